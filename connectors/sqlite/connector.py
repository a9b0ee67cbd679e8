"""The SQLite connector: its settings, running statements, transactions. The SQL is made elsewhere."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from ...data.contract import Connector, Place, Transactions
from ...data.execution import ExecutionHook, ExecutionHooks, Moment
from ...data.native import Native
from ...errors import PluginError, ProjectError
from ...model.definition import ModelDefinition
from ...model.kinds import SIMPLE_KINDS, Kind
from ...types import Row
from ..sql.collection import Answer, Database, SqlCollection
from ..sql.fragment import Fragment
from ..sql.table import Table
from .connections import Connections, FileConnections, MemoryConnection, Opening
from .dialect import SqliteDialect
from .failures import translated
from .functions import Patterns

OLDEST: Final = (3, 38)
BUSY_MS: Final = 5000
MEMORY: Final = ":memory:"
SYNCHRONOUS: Final = frozenset({"OFF", "NORMAL", "FULL", "EXTRA"})
_FAILURES: Final = (sqlite3.Error, UnicodeError)


@dataclass(slots=True)
class Transaction:
    """The connection that a block holds, and how many savepoints are open in it."""

    connection: sqlite3.Connection
    open: bool = True
    depth: int = 0


class SqliteConnector(Connector[SqlCollection], Transactions, Native, Database):
    """One SQLite database.

    Args:
        opening: how to open it.

    Its hooks see every statement about rows and tables as {"sql": text, "params": values}, and the Answer to it.
    """

    name = "sqlite"
    id_kind: Kind = SIMPLE_KINDS["number"]
    free_form = False
    relational = True

    def __init__(self, opening: Opening) -> None:
        self._hooks = ExecutionHooks()
        self._patterns = Patterns()
        self._connections = _connections(opening, self._patterns)
        self._current: ContextVar[Transaction | None] = ContextVar("lbpy_sqlite_transaction", default=None)
        self.dialect: SqliteDialect = SqliteDialect(self._patterns)

    def collection(self, definition: ModelDefinition) -> SqlCollection:
        """See Connector."""
        return SqlCollection(self, definition)

    def observe(self, moment: Moment, hook: ExecutionHook) -> None:
        """See Connector."""
        self._hooks.add(moment, hook)

    def close(self) -> None:
        """See Connector."""
        self._connections.close()

    def ping(self) -> None:
        """See Connector."""
        self._execute("SELECT 1", (), None)

    # -- running

    def run(self, statement: Fragment, table: Table) -> Answer:
        """See Database."""
        return self._execute(statement.render(), statement.params, table)

    def execute(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        """Run native SQL with `?` for parameters, inside the current transaction if there is one.

        Returns:
            the rows, as dicts by column name; none for what answers no rows.

        Raises:
            StoreError: SQLite refuses it.
        """
        answer = self._execute(sql, tuple(params), None)
        return [dict(zip(answer.names, row, strict=True)) for row in answer.rows]

    def _execute(self, text: str, params: Sequence[Any], table: Table | None) -> Answer:
        if not self._hooks:
            return self._sent(text, params, table)
        return self._hooks.run({"sql": text, "params": params}, lambda req: self._sent(req["sql"], req["params"], table))

    def _sent(self, text: str, params: Sequence[Any], table: Table | None) -> Answer:
        transaction = self._transaction()
        if transaction is not None:
            return _answer(transaction.connection, text, params, table)
        connection = self._take()
        try:
            return _answer(connection, text, params, table)
        finally:
            self._connections.give(connection)

    def _take(self) -> sqlite3.Connection:
        try:
            return self._connections.take()
        except sqlite3.Error as error:
            raise translated(error, None) from error

    # -- transactions

    def _transaction(self) -> Transaction | None:
        """The one that the current context is in; a context copied inside may live longer than the block."""
        current = self._current.get()
        return current if current is not None and current.open else None

    def transaction(self, isolation: str | None = None) -> AbstractContextManager[None]:
        """See Transactions. SQLite isolates completely, so every level is given. No other process writes until the end."""
        current = self._transaction()
        return self._begun() if current is None else _savepoint(current)

    def atomic(self) -> AbstractContextManager[None]:
        """See Database."""
        return self.transaction()

    @contextmanager
    def _begun(self) -> Iterator[None]:
        connection = self._take()
        try:
            _control(connection, "BEGIN IMMEDIATE")
            with self._joined(Transaction(connection)), _all_or_nothing(connection):
                yield
        finally:
            self._connections.give(connection)

    @contextmanager
    def _joined(self, transaction: Transaction) -> Iterator[None]:
        token = self._current.set(transaction)
        try:
            yield
        finally:
            transaction.open = False
            self._current.reset(token)


@contextmanager
def _all_or_nothing(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
        _control(connection, "COMMIT")
    except BaseException:
        if connection.in_transaction:  # some failures make SQLite roll back by itself
            connection.rollback()
        raise


@contextmanager
def _savepoint(transaction: Transaction) -> Iterator[None]:
    connection, name = transaction.connection, f"lbpy_{transaction.depth}"
    _control(connection, f"SAVEPOINT {name}")
    transaction.depth += 1
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            _control(connection, f"ROLLBACK TO {name}")
        raise
    finally:
        transaction.depth -= 1
        if connection.in_transaction:
            _control(connection, f"RELEASE {name}")


def _control(connection: sqlite3.Connection, text: str) -> None:
    try:
        connection.execute(text)
    except sqlite3.Error as error:
        raise translated(error, None) from error


def _answer(connection: sqlite3.Connection, text: str, params: Sequence[Any], table: Table | None) -> Answer:
    try:
        cursor = connection.execute(text, params)
        rows = cursor.fetchall()
    except _FAILURES as error:
        raise translated(error, table) from error
    return Answer(rows, cursor.rowcount, tuple([column[0] for column in cursor.description or ()]))


# -- settings ----------------------------------------------------------------


def _connections(opening: Opening, patterns: Patterns) -> Connections:
    kind = MemoryConnection if opening.path == MEMORY else FileConnections
    return kind(lambda: opening.open(patterns))


def connect(settings: Mapping[str, Any], place: Place) -> SqliteConnector:
    """A connector as data source settings describe it; opens nothing (source: datasources.md 8).

    Args:
        settings: `file` (also `file_name`): path from the project's folder, ":memory:" or nothing for a database in memory;
            `busyTimeout`: milliseconds to wait for another writer, 5000; `synchronous`: FULL (nothing that was answered
            is lost when the power fails), NORMAL, OFF.
        place: where relative paths start.

    Raises:
        PluginError: the SQLite that Python was built with is too old.
        ProjectError: a setting is wrong.
    """
    if sqlite3.sqlite_version_info < OLDEST:
        raise PluginError(f"the sqlite connector needs SQLite 3.38 or later, and Python has {sqlite3.sqlite_version}")
    return SqliteConnector(Opening(_path(settings, place), _busy_ms(settings), _synchronous(settings)))


def _path(settings: Mapping[str, Any], place: Place) -> str:
    file = str(settings.get("file") or settings.get("file_name") or MEMORY)
    return file if file == MEMORY else os.path.join(place.root, file)


def _busy_ms(settings: Mapping[str, Any]) -> int:
    value = settings.get("busyTimeout", BUSY_MS)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ProjectError(f"a number of milliseconds is needed, not {value!r}", key="busyTimeout")
    return value


def _synchronous(settings: Mapping[str, Any]) -> str:
    value = str(settings.get("synchronous", "FULL")).upper()
    if value not in SYNCHRONOUS:
        raise ProjectError(f"one of {', '.join(sorted(SYNCHRONOUS))} is needed, not {value!r}", key="synchronous")
    return value
