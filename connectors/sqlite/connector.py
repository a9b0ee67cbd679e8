"""The SQLite connector: its settings, running statements, transactions. The SQL is made elsewhere."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final
from urllib.parse import unquote

from ...data.contract import SourcePlace
from ...errors import PluginError, ProjectError
from ...model.definition import ModelDefinition
from ..sql.collection import Answer, SqlCollection
from ..sql.connector import SqlConnector, Transaction
from ..sql.dialect import Dialect
from ..sql.table import Table
from .connections import Connections, FileConnections, MemoryConnection, Opening, patiently
from .dialect import SqliteDialect
from .discovery import SqliteDiscovery
from .failures import translated
from .functions import Patterns

OLDEST: Final = (3, 38)
BUSY_MS: Final = 5000
MEMORY: Final = ":memory:"
SYNCHRONOUS: Final = frozenset({"OFF", "NORMAL", "FULL", "EXTRA"})
_FAILURES: Final = (sqlite3.Error, UnicodeError)


class SqliteConnector(SqlConnector[SqlCollection, sqlite3.Connection], SqliteDiscovery):
    """One SQLite database.

    Args:
        opening: how to open it.
    """

    name = "sqlite"

    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self._patterns = Patterns()
        self._patience = opening.patience
        self._connections = _connections(opening, self._patterns)
        self.dialect: Dialect = SqliteDialect(self._patterns)

    def collection(self, definition: ModelDefinition) -> SqlCollection:
        """See Connector."""
        return SqlCollection(self, definition)

    def close(self) -> None:
        """See Connector."""
        self._connections.close()

    # -- running

    def _sent(self, text: str, params: Sequence[Any], table: Table | None) -> Answer:
        """See SqlConnector."""
        transaction = self._transaction()
        if transaction is not None:
            return self._answer(transaction.connection, text, params, table)
        connection = self._take()
        try:
            return self._answer(connection, text, params, table)
        finally:
            self._connections.give(connection)

    def _answer(self, connection: sqlite3.Connection, text: str, params: Sequence[Any], table: Table | None) -> Answer:
        try:
            return patiently(self._patience, lambda: _answer(connection, text, params))
        except _FAILURES as error:
            raise translated(error, table) from error

    def _take(self) -> sqlite3.Connection:
        try:
            return self._connections.take()
        except sqlite3.Error as error:
            raise translated(error, None) from error

    # -- transactions

    def transaction(self, isolation: str | None = None) -> AbstractContextManager[None]:
        """See Transactions. SQLite isolates completely, so every level is given. No other process writes until the end."""
        current = self._transaction()
        return self._begun() if current is None else _savepoint(current)

    @contextmanager
    def _begun(self) -> Iterator[None]:
        connection = self._take()
        try:
            self._answer(connection, "BEGIN IMMEDIATE", (), None)
            with self._joined(Transaction(connection)), self._all_or_nothing(connection):
                yield
        finally:
            self._connections.give(connection)

    @contextmanager
    def _all_or_nothing(self, connection: sqlite3.Connection) -> Iterator[None]:
        try:
            yield
            self._answer(connection, "COMMIT", (), None)
        except BaseException:
            if connection.in_transaction:  # some failures make SQLite roll back by itself
                connection.rollback()
            raise


@contextmanager
def _savepoint(transaction: Transaction[sqlite3.Connection]) -> Iterator[None]:
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


def _answer(connection: sqlite3.Connection, text: str, params: Sequence[Any]) -> Answer:
    cursor = connection.execute(text, params)
    rows = cursor.fetchall()
    return Answer(rows, cursor.rowcount, tuple([column[0] for column in cursor.description or ()]))


# -- settings ----------------------------------------------------------------


def _connections(opening: Opening, patterns: Patterns) -> Connections:
    def open() -> sqlite3.Connection:
        return opening.open(patterns)

    return MemoryConnection(open, opening.patience) if opening.path == MEMORY else FileConnections(open)


def connect(settings: Mapping[str, Any], place: SourcePlace) -> SqliteConnector:
    """A connector as data source settings describe it; opens nothing (source: datasources.md 8).

    Args:
        settings: `file` (also `file_name`): path from the project's folder, ":memory:" or nothing for a database in memory;
            `url` instead of it: sqlite:///shop.db, sqlite:////var/shop.db for an absolute path, sqlite:// for memory;
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


def _path(settings: Mapping[str, Any], place: SourcePlace) -> str:
    file = str(settings.get("file") or settings.get("file_name") or _path_in(str(settings.get("url") or "")) or MEMORY)
    return file if file == MEMORY else os.path.join(place.root, file)


def _path_in(url: str) -> str:
    """What follows host and slash, as in SQLAlchemy's URLs; "" for memory, and for a URL that an overlay left of another store."""
    scheme, _, path = url.partition("://")
    if not scheme.startswith("sqlite"):
        return ""
    if "?" in path or path[:1] not in ("", "/"):
        raise ProjectError("is no address of a file, such as sqlite:///shop.db", key="url")
    return unquote(path[1:])


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
