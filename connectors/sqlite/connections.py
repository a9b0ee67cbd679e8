"""Connections to one SQLite database: opened at first use, handed out one at a time, never carried across a fork."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from ...errors import StoreError
from .failures import TRY_AGAIN, code_of
from .functions import Patterns, register

KEPT_OPEN: Final = 16
STATEMENTS_KEPT: Final = 256

Open = Callable[[], sqlite3.Connection]
T = TypeVar("T")

_IN_THE_WAY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY})
_FIRST_PAUSE: Final = 0.001
_LONGEST_PAUSE: Final = 0.05


def patiently(seconds: float, call: Callable[[], T]) -> T:
    """What a call gives, made again while another connection has the lock; SQLite's error once that takes too long.

    SQLite could wait by itself, but in C: no greenlet would run meanwhile, not even the one that has the lock.
    """
    end, pause = 0.0, _FIRST_PAUSE
    while True:
        try:
            return call()
        except sqlite3.OperationalError as error:
            now = time.monotonic()
            end = end or now + seconds
            if code_of(error) not in _IN_THE_WAY or now > end:
                raise
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Opening:
    """How to open. path: of the file. busy_ms: how long to wait for another writer. synchronous: SQLite's own setting."""

    path: str
    busy_ms: int
    synchronous: str

    @property
    def patience(self) -> float:
        """The same in seconds."""
        return self.busy_ms / 1000

    def open(self, patterns: Patterns) -> sqlite3.Connection:
        """A new connection, in autocommit and with write-ahead logging. Raises sqlite3.Error, StoreError."""
        connection = self._connect()
        try:
            self._prepare(connection, patterns)
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect(self) -> sqlite3.Connection:
        try:
            return sqlite3.connect(
                self.path,
                timeout=0,  # waiting is done by `patiently`
                isolation_level=None,
                check_same_thread=False,  # a connection wanders between threads, one at a time
                cached_statements=STATEMENTS_KEPT,
            )
        except sqlite3.OperationalError as error:
            raise StoreError(f"SQLite: {error} {self.path}: its folder must be there, and both must be writable") from error

    def _prepare(self, connection: sqlite3.Connection, patterns: Patterns) -> None:
        register(connection, patterns)
        patiently(self.patience, lambda: connection.execute("PRAGMA journal_mode = WAL"))
        connection.execute(f"PRAGMA synchronous = {self.synchronous}")


class Connections(ABC):
    """Where connections come from and go to."""

    @abstractmethod
    def take(self) -> sqlite3.Connection:
        """A connection that nobody else uses until it is given back. Raises sqlite3.Error, StoreError."""

    @abstractmethod
    def give(self, connection: sqlite3.Connection) -> None:
        """Give it back."""

    @abstractmethod
    def close(self) -> None:
        """Close those that are not in use; `take` opens new ones."""


class FileConnections(Connections):
    """As many connections to a file as are used at the same time.

    Those from before a fork are set aside unclosed: closing them in the child would harm the file that the parent still uses.
    """

    def __init__(self, open: Open) -> None:
        self._open = open
        self._idle: deque[sqlite3.Connection] = deque()
        self._left_behind: list[sqlite3.Connection] = []
        self._pid = os.getpid()

    def take(self) -> sqlite3.Connection:
        """See Connections."""
        if self._pid != os.getpid():
            self._leave_behind()
        try:
            return self._idle.pop()
        except IndexError:
            return self._open()

    def _leave_behind(self) -> None:
        self._left_behind += self._idle
        self._idle.clear()
        self._pid = os.getpid()

    def give(self, connection: sqlite3.Connection) -> None:
        """See Connections."""
        if connection.in_transaction:  # native SQL may begin what it does not end
            connection.rollback()
        if len(self._idle) < KEPT_OPEN:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """See Connections."""
        while self._idle:
            self._idle.pop().close()


class MemoryConnection(Connections):
    """The one connection to a database in memory, for one user at a time.

    Args:
        open: opens it. patience: seconds to wait for it.
    """

    def __init__(self, open: Open, patience: float) -> None:
        self._open = open
        self._patience = patience
        self._lock = threading.Lock()  # also for the same thread: its next request must not get into a stream's transaction
        self._only: sqlite3.Connection | None = None

    def take(self) -> sqlite3.Connection:
        """See Connections. Raises StoreError if others have it too long."""
        if not self._lock.acquire(timeout=self._patience):
            raise StoreError(f"SQLite: the database in memory is locked by others for more than {self._patience} s", code=TRY_AGAIN)
        try:
            self._only = self._only or self._open()
            return self._only
        except BaseException:
            self._lock.release()
            raise

    def give(self, connection: sqlite3.Connection) -> None:
        """See Connections."""
        self._lock.release()

    def close(self) -> None:
        """See Connections; all that is in it is lost."""
        with self._lock:
            if self._only is not None:
                self._only.close()
            self._only = None
