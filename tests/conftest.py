"""What all tests share: which lbpy is under test, how long hypothesis looks, real servers. Holds no fixture of a single room."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings

import lbpy
from lbpy import gunicorn as shipped
from lbpy.types import Json

pytest_plugins = ["lbpy.testing.fixtures"]

settings.register_profile("lbpy", deadline=None, max_examples=50, print_blob=True)
settings.load_profile("lbpy")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Shells start what runs in the background so, and servers would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    return f"lbpy {lbpy.__version__} from {Path(lbpy.__file__).parent}"


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout, or of the unpacked source distribution."""
    return Path(__file__).parent.parent


# -- servers -----------------------------------------------------------------

DEADLINE = 20
"""Seconds that anything about a server may take."""

NOT_INHERITED = {"HOST", "PORT", "LBPY_ENV", "NODE_ENV", "LBPY_COMPAT", "WEB_CONCURRENCY", "GUNICORN_CMD_ARGS"}
"""Environment variables that would change what a test starts."""

Answer = tuple[int, Json]
"""Status and body: JSON, or text where it is none."""


@dataclass
class Server:
    """A running command that listens at a port of this machine; what it prints is in `log`."""

    process: subprocess.Popen[str]
    port: int
    log: Path
    open: urllib.request.OpenerDirector = field(default_factory=lambda: urllib.request.build_opener(urllib.request.ProxyHandler({})))

    def request(self, path: str, data: Json = None, *, method: str | None = None, headers: dict[str, str] | None = None) -> Answer:
        body = None if data is None else json.dumps(data).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, sent, method=method)
        try:
            with self.open.open(asked, timeout=DEADLINE) as answer:
                return answer.status, content(answer.read())
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, content(answer.read())

    def until(self, met: Callable[[], object]) -> None:
        """Wait for something to become true."""
        end = time.monotonic() + DEADLINE
        while not met():
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)

    def signal(self, number: signal.Signals) -> None:
        """To the whole process group, as a terminal does."""
        os.killpg(self.process.pid, number)

    def end(self) -> int:
        if self.process.poll() is None:
            self.signal(signal.SIGINT)
        try:
            return self.process.wait(DEADLINE + shipped.graceful_timeout)
        finally:
            if self.process.poll() is None:
                self.signal(signal.SIGKILL)
                self.process.wait()


def content(body: bytes) -> Json:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment of commands that tests start."""
    return {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}


@pytest.fixture
def serve(tmp_path: Path, free_port: int, environment: dict[str, str]) -> Iterator[Callable[..., Server]]:
    """Starts `python -m MODULE ARGUMENT...` in the test's folder and waits until it listens at the free port; "{port}" becomes that."""
    servers: list[Server] = []

    def started(*words: str | Path, **variables: str) -> Server:
        command = [sys.executable, "-m", *(str(word).replace("{port}", str(free_port)) for word in words)]
        log = tmp_path / f"server{len(servers)}.log"
        with log.open("w") as out:
            process = subprocess.Popen(
                command, cwd=tmp_path, env=environment | variables, stdout=out, stderr=out, text=True, start_new_session=True
            )
        servers.append(Server(process, free_port, log))
        servers[-1].until(lambda: accepts(free_port) or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        return servers[-1]

    yield started
    for one in servers:
        one.end()
