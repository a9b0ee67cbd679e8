"""Connections to one PostgreSQL: opened at first use in each process, handed out one at a time, never carried across a fork."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import psycopg
from psycopg.pq import ConnStatus
from psycopg.rows import TupleRow
from psycopg.types.string import TextLoader
from psycopg_pool import ConnectionPool

from ...errors import StoreError
from .failures import UNREACHABLE

Connection: TypeAlias = psycopg.Connection[TupleRow]
Pool: TypeAlias = ConnectionPool[Connection]

AS_TEXT: Final = ("json", "jsonb", "uuid", "inet", "cidr", "interval", "time", "timetz")
"""Types whose values rows hold as text, as LoopBack has them."""

RECONNECT_SECONDS: Final = 0.5
"""How long the pool goes on trying by itself: the next call tries anew, so that it finds a server that is back at once."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How to connect.

    conninfo: as libpq has it. wait: seconds to wait for a connection. statement_ms: how long a statement may run, 0 endless.
    least, most: how many connections a process keeps and has at most. idle: seconds before one is given up.
    prepared: whether statements that repeat are prepared on the server.
    """

    conninfo: str
    wait: float
    statement_ms: int
    least: int
    most: int
    idle: float
    prepared: bool

    def pool(self) -> Pool:
        """A pool of such connections, opened; its threads connect when there are callers."""
        made: Pool = ConnectionPool(
            self.conninfo,
            connection_class=psycopg.Connection[TupleRow],
            kwargs=self._arguments(),
            min_size=self.least,
            max_size=self.most,
            open=False,
            configure=self._configure,
            check=_check,
            timeout=self.wait,
            max_idle=self.idle,
            reconnect_timeout=RECONNECT_SECONDS,
        )
        made.open()
        return made

    def _arguments(self) -> dict[str, Any]:
        return {"autocommit": True, "prepare_threshold": 5 if self.prepared else None, "client_encoding": "UTF8"}

    def _configure(self, connection: Connection) -> None:
        for name in AS_TEXT:
            connection.adapters.register_loader(name, TextLoader)
        connection.execute(
            "SELECT set_config('TimeZone', 'UTC', false), set_config('statement_timeout', %s, false)",
            [str(self.statement_ms)],
        )


def _check(connection: Connection) -> None:
    """Raise OperationalError if the server has closed an idle connection; costs no round trip."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    while poll.poll(0):  # a farewell of the server, or a notice: what follows it is the end of the stream, or nothing
        connection.pgconn.consume_input()
        if connection.pgconn.status != ConnStatus.OK:
            raise psycopg.OperationalError("the server closed the connection")


class Connections:
    """The connections of one connector, by process.

    A pool from before a fork is left as it is: it belongs to the parent, and its threads do not live in the child.
    """

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._left_behind: list[Pool] = []
        self._pid = os.getpid()

    @contextmanager
    def one(self) -> Iterator[Connection]:
        """A connection that nobody else uses inside the block. Raises StoreError if there is none in time."""
        pool = self._opened()
        try:
            connection = pool.getconn()
        except psycopg.OperationalError as error:
            raise StoreError(f"PostgreSQL cannot be reached: {error}", code=UNREACHABLE) from error
        try:
            yield connection
        finally:
            pool.putconn(connection)

    def _opened(self) -> Pool:
        if self._pool is not None and self._pid == os.getpid():
            return self._pool
        with self._lock:
            if self._pid != os.getpid():
                self._left_behind += [self._pool] if self._pool is not None else []
                self._pool, self._pid = None, os.getpid()
            self._pool = self._pool or self._opening.pool()
            return self._pool

    def close(self) -> None:
        """Close those that are not in use; `one` opens new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None and self._pid == os.getpid():
            pool.close()
