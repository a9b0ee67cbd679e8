"""Database servers for tests: started on a free port with a throw-away folder, or named by the environment. Knows no database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, TypeAlias

from ..errors import OperatorError

READY_SECONDS: Final = 30

Process: TypeAlias = subprocess.Popen[bytes]


class NoServer(OperatorError):
    """A server that tests need cannot be started; the text says what to install or set."""


@dataclass(frozen=True, slots=True)
class Server(ABC):
    """A database server of our own.

    Attributes:
        folder: where its data and its log are.
        port: on 127.0.0.1.
        title: what it is called.
        remedy: what helps where it does not start.
    """

    folder: Path
    port: int

    title: ClassVar[str]
    remedy: ClassVar[str]

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it answers."""

    @abstractmethod
    def command(self) -> list[str]:
        """What starts it."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it takes writes."""

    def user(self) -> int | None:
        """The id of the user who runs it, None for our own."""
        return None

    def start(self) -> Process:
        """Start it and wait until it is ready.

        Raises:
            NoServer: it does not become ready.
        """
        user = self.user()
        groups: list[int] | None = None if user is None else []
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, cwd=self.folder, user=user, group=user, extra_groups=groups
            )
        self._await(process)
        return process

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _await(self, process: Process) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if self.is_ready():
                return
            time.sleep(0.05)
        process.kill()
        process.wait()
        raise self.failed("did not start", self._log.read_bytes())

    def failed(self, what: str, output: bytes) -> NoServer:
        """The error for something that did not work, with the last line that was printed."""
        lines = output.decode(errors="replace").strip().splitlines()
        return NoServer(f"{self.title} {what} ({lines[-1][:300] if lines else 'no output'}): {self.remedy}")


def stop(process: Process) -> None:
    """Stop a server and wait for its end; transactions that run are rolled back."""
    process.send_signal(signal.SIGINT)
    process.wait()


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def running(variable: str, own: Callable[[], AbstractContextManager[Server]]) -> Iterator[str]:
    """The URL of a server: of the one that the environment names, or of one started for this block.

    Args:
        variable: of the environment.
        own: gives a server of our own, prepared and not started.

    Raises:
        NoServer: it cannot be started.
    """
    given = os.environ.get(variable)
    if given:
        yield given
        return
    with own() as server:
        process = server.start()
        try:
            yield server.url
        finally:
            stop(process)
