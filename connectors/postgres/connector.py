"""The PostgreSQL connector: running statements and transactions on pooled connections. The SQL is made elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import IsolationLevel, RawCursor
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg.types.json import JsonbLoader, JsonLoader

from ...data.contract import SourcePlace
from ...errors import OperatorError, StoreError
from ...model.definition import ModelDefinition
from ..sql.collection import Answer
from ..sql.connector import SqlConnector, Transaction
from ..sql.dialect import Dialect
from ..sql.table import Table
from .dialect import PostgresDialect
from .discovery import PostgresDiscovery
from .failures import UNKNOWN_OUTCOME, UNREACHABLE, is_reading, lost, translated
from .pool import Connection, Connections, Opening
from .rows import PostgresCollection, PostgresDatabase
from .settings import opening_of, schema_of

_FAILURES: Final = (psycopg.Error, UnicodeError)

_LEVELS: Final[Mapping[str, IsolationLevel]] = {level.name.replace("_", " "): level for level in IsolationLevel}


class PostgresConnector(SqlConnector[PostgresCollection, Connection], PostgresDiscovery, PostgresDatabase):
    """One PostgreSQL database.

    Args:
        opening: how to connect.
        dialect: how to say things.
    """

    name = "postgresql"
    mark = "%s"

    def __init__(self, opening: Opening, dialect: PostgresDialect) -> None:
        super().__init__()
        self._connections = Connections(opening)
        self.dialect: Dialect = dialect
        self.schema: str = dialect.schema
        self.tables: dict[str, Table] = {}

    def collection(self, definition: ModelDefinition) -> PostgresCollection:
        """See Connector."""
        return PostgresCollection(self, definition)

    def close(self) -> None:
        """See Connector."""
        self._connections.close()

    # -- running

    def _sent(self, text: str, params: Sequence[Any], table: Table | None) -> Answer:
        """See SqlConnector; parameters of native SQL are $1, $2, and so on."""
        with self._connection() as connection, _translating(connection, text, table, self._lost_code(text)):
            cursor = _native(connection) if table is None else connection.cursor()
            return _answer(cursor.execute(text.encode(), params or None if table is None else params))

    def _lost_code(self, text: str) -> str:
        """What it means if the connection ends while a statement runs: a write by itself may have taken effect or not."""
        return UNREACHABLE if self.in_transaction or is_reading(text) else UNKNOWN_OUTCOME

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        transaction = self._transaction()
        if transaction is not None:
            yield transaction.connection
        else:
            with self._connections.one() as connection:
                yield connection

    # -- transactions

    @contextmanager
    def transaction(self, isolation: str | None = None) -> Iterator[None]:
        """See Transactions (source: datasources.md 3.6; the levels of SQL, READ COMMITTED by default).

        Raises:
            OperatorError: there is no such level.
        """
        level = _level(isolation)
        current = self._transaction()
        if current is not None:
            with _block(current.connection, lost_at_end=UNREACHABLE):
                yield
            return
        with self._connections.one() as connection:
            connection.isolation_level = level
            with _block(connection, lost_at_end=UNKNOWN_OUTCOME), self._joined(Transaction(connection)):
                yield


def _level(isolation: str | None) -> IsolationLevel | None:
    if isolation is None:
        return None
    level = _LEVELS.get(isolation.upper())
    if level is None:
        raise OperatorError(f"Invalid isolationLevel: {isolation}; known: {', '.join(sorted(_LEVELS))}")
    return level


@contextmanager
def _block(connection: Connection, *, lost_at_end: str) -> Iterator[None]:
    """BEGIN and COMMIT, or a savepoint; what the block itself raises is translated already.

    Args:
        connection: which one.
        lost_at_end: the code of the error if the connection ends between the block's last statement and the answer to its end.
    """
    code = UNREACHABLE
    try:
        with connection.transaction():
            yield
            _check_alive(connection)
            code = lost_at_end
    except psycopg.Error as error:
        raise lost(error, code) if _is_gone(connection) else translated(error, "COMMIT", None) from error


def _check_alive(connection: Connection) -> None:
    """Refuse to commit what PostgreSQL would undo without a word, because somebody went on after a statement had failed."""
    if connection.info.transaction_status is TransactionStatus.INERROR:
        raise StoreError(
            "PostgreSQL: a statement of the transaction has failed, so all of it is undone: put what may fail into a transaction "
            "of its own inside it, which is a savepoint"
        )


def _is_gone(connection: Connection) -> bool:
    return connection.broken or connection.closed


@contextmanager
def _translating(connection: Connection, text: str, table: Table | None, lost_code: str) -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        if isinstance(error, psycopg.Error) and _is_gone(connection):
            raise lost(error, lost_code) from error
        raise translated(error, text, table) from error


def _native(connection: Connection) -> psycopg.Cursor[TupleRow]:
    """A cursor for SQL as users write it, which reads JSON."""
    cursor = RawCursor(connection)
    cursor.adapters.register_loader("json", JsonLoader)
    cursor.adapters.register_loader("jsonb", JsonbLoader)
    return cursor


def _answer(cursor: psycopg.Cursor[Any]) -> Answer:
    if cursor.description is None:
        return Answer((), cursor.rowcount)
    return Answer(cursor.fetchall(), cursor.rowcount, tuple([column.name for column in cursor.description]))


def connect(settings: Mapping[str, Any], place: SourcePlace) -> PostgresConnector:
    """A connector as data source settings describe it; opens nothing (source: datasources.md 6.1).

    Args:
        settings: `url`, or `host`, `port`, `user`, `password`, `database`; `schema`; `ssl`; `min` and `max` connections of a process;
            `idleTimeoutMillis`; `connectionTimeout`: milliseconds to wait for a connection, 1000; `statementTimeout`: milliseconds
            that a statement may run, 5000; `defaultIdSort`: false or "numericIdOnly": no order by id; `preparedStatements`: false
            where something between here and the server does not keep them.
        place: not needed here.

    Raises:
        ProjectError: a setting is wrong.
    """
    return PostgresConnector(opening_of(settings), PostgresDialect(schema_of(settings), settings.get("defaultIdSort", True)))
