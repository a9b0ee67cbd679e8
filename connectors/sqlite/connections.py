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
from typing import Final

from ...errors import StoreError
from .functions import Patterns, register

KEPT_OPEN: Final = 16
STATEMENTS_KEPT: Final = 256

Open = Callable[[], sqlite3.Connection]


@dataclass(frozen=True, slots=True)
class Opening:
    """How to open. path: of the file. busy_ms: how long to wait for another writer. synchronous: SQLite's own setting."""

    path: str
    busy_ms: int
    synchronous: str

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
                timeout=self.busy_ms / 1000,
                isolation_level=None,
                check_same_thread=False,  # a connection wanders between threads, one at a time
                cached_statements=STATEMENTS_KEPT,
            )
        except sqlite3.OperationalError as error:
            raise StoreError(f"SQLite: {error} {self.path}: its folder must be there, and both must be writable") from error

    def _prepare(self, connection: sqlite3.Connection, patterns: Patterns) -> None:
        register(connection, patterns)
        _log_ahead(connection, time.monotonic() + self.busy_ms / 1000)
        connection.execute(f"PRAGMA synchronous = {self.synchronous}")


def _log_ahead(connection: sqlite3.Connection, deadline: float) -> None:
    """Switch the file to write-ahead logging; SQLite does not wait by itself while another process does the same."""
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


class Connections(ABC):
    """Where connections come from and go to."""

    @abstractmethod
    def take(self) -> sqlite3.Connection:
        """A connection that nobody else uses until it is given back. Raises sqlite3.Error."""

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
    """The one connection to a database in memory, for one user at a time."""

    def __init__(self, open: Open) -> None:
        self._open = open
        self._lock = threading.RLock()
        self._only: sqlite3.Connection | None = None

    def take(self) -> sqlite3.Connection:
        """See Connections; waits for it."""
        self._lock.acquire()
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
