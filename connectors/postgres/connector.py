"""The PostgreSQL connector: running statements and transactions on pooled connections. The SQL is made elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import IsolationLevel, RawCursor
from psycopg.types.json import JsonbLoader, JsonLoader

from ...data.contract import Connector, Place, Transactions
from ...data.execution import ExecutionHook, ExecutionHooks, Moment
from ...errors import OperatorError, StoreError
from ...model.definition import ModelDefinition
from ...model.kinds import SIMPLE_KINDS, Kind
from ...types import Row
from ..sql.collection import Answer
from ..sql.fragment import Fragment
from ..sql.table import Table
from .dialect import PostgresDialect
from .discovery import PostgresDiscovery
from .failures import UNKNOWN_OUTCOME, lost, translated
from .pool import Connection, Connections, Opening
from .rows import PostgresCollection, PostgresDatabase
from .settings import opening_of, schema_of

_FAILURES: Final = (psycopg.Error, UnicodeError)
Send = Callable[[str, Sequence[Any]], Answer]

_LEVELS: Final[Mapping[str, IsolationLevel]] = {level.name.replace("_", " "): level for level in IsolationLevel}


@dataclass(slots=True)
class Transaction:
    """The connection that a block holds, and whether the block still runs."""

    connection: Connection
    open: bool = True


class PostgresConnector(Connector[PostgresCollection], Transactions, PostgresDiscovery, PostgresDatabase):
    """One PostgreSQL database.

    Args:
        opening: how to connect.
        schema: where the tables are whose models name no schema.

    Its hooks see every statement about rows and tables as {"sql": text, "params": values}, and the Answer to it.
    """

    name = "postgresql"
    id_kind: Kind = SIMPLE_KINDS["number"]
    free_form = False
    relational = True

    def __init__(self, opening: Opening, schema: str) -> None:
        self._hooks = ExecutionHooks()
        self._connections = Connections(opening)
        self._current: ContextVar[Transaction | None] = ContextVar("lbpy_postgres_transaction", default=None)
        self.dialect: PostgresDialect = PostgresDialect(schema)
        self.schema = schema
        self.tables: dict[str, Table] = {}

    def collection(self, definition: ModelDefinition) -> PostgresCollection:
        """See Connector."""
        return PostgresCollection(self, definition)

    def observe(self, moment: Moment, hook: ExecutionHook) -> None:
        """See Connector."""
        self._hooks.add(moment, hook)

    def close(self) -> None:
        """See Connector."""
        self._connections.close()

    def ping(self) -> None:
        """See Connector."""
        self.execute("SELECT 1")

    # -- running

    def run(self, statement: Fragment, table: Table) -> Answer:
        """See Database."""
        return self._hooked(statement.render("%s"), statement.params, lambda text, params: self._sent(text, params, table))

    def execute(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        """See Native; parameters are $1, $2, and so on."""
        answer = self._hooked(sql, params, self._sent_raw)
        return [dict(zip(answer.names, row, strict=True)) for row in answer.rows]

    def _hooked(self, text: str, params: Sequence[Any], send: Send) -> Answer:
        if not self._hooks:
            return send(text, params)
        return self._hooks.run({"sql": text, "params": params}, lambda req: send(req["sql"], req["params"]))

    def _sent(self, text: str, params: Sequence[Any], table: Table) -> Answer:
        with self._connection() as connection, _translating(connection, text, table):
            return _answer(connection.execute(text.encode(), params))

    def _sent_raw(self, text: str, params: Sequence[Any]) -> Answer:
        with self._connection() as connection, _translating(connection, text, None):
            cursor = RawCursor(connection)
            cursor.adapters.register_loader("json", JsonLoader)
            cursor.adapters.register_loader("jsonb", JsonbLoader)
            return _answer(cursor.execute(text.encode(), params or None))

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        transaction = self._transaction()
        if transaction is not None:
            yield transaction.connection
        else:
            with self._connections.one() as connection:
                yield connection

    # -- transactions

    @property
    def in_transaction(self) -> bool:
        """Whether the current context is inside a transaction."""
        return self._transaction() is not None

    def _transaction(self) -> Transaction | None:
        """The one that the current context is in; a context copied inside may live longer than the block."""
        current = self._current.get()
        return current if current is not None and current.open else None

    @contextmanager
    def transaction(self, isolation: str | None = None) -> Iterator[None]:
        """See Transactions (source: datasources.md 3.6; the levels of SQL, READ COMMITTED by default).

        Raises:
            OperatorError: there is no such level.
        """
        level = _level(isolation)
        current = self._transaction()
        if current is not None:
            with _committing(current.connection), current.connection.transaction():
                yield
            return
        with self._connections.one() as connection:
            connection.isolation_level = level
            with _committing(connection), connection.transaction(), self._joined(Transaction(connection)):
                yield

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """See Database."""
        with self.transaction():
            yield

    @contextmanager
    def _joined(self, transaction: Transaction) -> Iterator[None]:
        token = self._current.set(transaction)
        try:
            yield
        finally:
            transaction.open = False
            self._current.reset(token)


def _level(isolation: str | None) -> IsolationLevel | None:
    if isolation is None:
        return None
    level = _LEVELS.get(isolation.upper())
    if level is None:
        raise OperatorError(f"Invalid isolationLevel: {isolation}; known: {', '.join(sorted(_LEVELS))}")
    return level


@contextmanager
def _committing(connection: Connection) -> Iterator[None]:
    """Translate what BEGIN, COMMIT and the commands of savepoints raise; what the block itself raises is translated already."""
    try:
        yield
    except psycopg.OperationalError as error:
        if connection.broken or connection.closed:
            raise StoreError(f"PostgreSQL: the connection was lost: {error}", code=UNKNOWN_OUTCOME) from error
        raise translated(error, "COMMIT", None) from error
    except psycopg.Error as error:
        raise translated(error, "COMMIT", None) from error


@contextmanager
def _translating(connection: Connection, text: str, table: Table | None) -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        if isinstance(error, psycopg.Error) and (connection.broken or connection.closed):
            raise lost(error, text) from error
        raise translated(error, text, table) from error


def _answer(cursor: psycopg.Cursor[Any]) -> Answer:
    if cursor.description is None:
        return Answer((), cursor.rowcount)
    return Answer(cursor.fetchall(), cursor.rowcount, tuple([column.name for column in cursor.description]))


def connect(settings: Mapping[str, Any], place: Place) -> PostgresConnector:
    """A connector as data source settings describe it; opens nothing (source: datasources.md 6.1).

    Args:
        settings: `url`, or `host`, `port`, `user`, `password`, `database`; `schema`; `ssl`; `min` and `max` connections of a process;
            `idleTimeoutMillis`; `connectionTimeout`: milliseconds to wait for a connection, 1000; `statementTimeout`: milliseconds
            that a statement may run, 5000; `preparedStatements`: false where something between here and the server does not keep them.
        place: not needed here.

    Raises:
        ProjectError: a setting is wrong.
    """
    return PostgresConnector(opening_of(settings), schema_of(settings))
