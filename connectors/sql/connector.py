"""What all SQL connectors do alike: hooks around statements, native SQL, the transaction that a call is in. Sends nothing itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ...data.contract import Connector, Transactions
from ...data.execution import ExecutionHook, ExecutionHooks, Moment
from ...data.native import Native
from ...model.kinds import Kind, Number
from ...types import Row
from .collection import Answer, Database, SqlCollection
from .fragment import Fragment
from .table import Table

C = TypeVar("C", bound=SqlCollection)
K = TypeVar("K")
"""The driver's connections."""


@dataclass(slots=True)
class Transaction(Generic[K]):
    """The connection that a block holds, whether the block still runs, and how many savepoints are open in it."""

    connection: K
    open: bool = True
    depth: int = 0


class SerialKind(Number):
    """Numbers that the database counts; 0 is an id like any other (source: recorded crud/force-id)."""

    def is_no_id(self, value: Any) -> bool:
        """Whether it is null, or empty text or false, which would be read as 0."""
        return value is None or value is False or value == ""


class SqlConnector(Connector[C], Transactions, Native, Database, Generic[C, K]):
    """One SQL database.

    Its hooks see every statement about rows and tables as {"sql": text, "params": values}, and the Answer to it.

    Attributes:
        mark: what stands for a parameter in the text of a statement.
    """

    id_kind: Kind = SerialKind()
    free_form = False
    relational = True
    mark: str = "?"

    def __init__(self) -> None:
        self._hooks = ExecutionHooks()
        self._current: ContextVar[Transaction[K] | None] = ContextVar("lbpy_sql_transaction", default=None)

    @abstractmethod
    def _sent(self, text: str, params: Sequence[Any], table: Table | None) -> Answer:
        """What the database answers, inside the current transaction if there is one; errors of the driver are translated.

        Args:
            text: a statement, with `mark` for each parameter if it is about a table, else as its user wrote it.
            params: its values.
            table: what it is about, None for native SQL.
        """

    def observe(self, moment: Moment, hook: ExecutionHook) -> None:
        """See Connector."""
        self._hooks.add(moment, hook)

    def ping(self) -> None:
        """See Connector."""
        self.execute("SELECT 1")

    # -- running

    def run(self, statement: Fragment, table: Table) -> Answer:
        """See Database."""
        return self._hooked(statement.render(self.mark), statement.params, table)

    def execute(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        """See Native."""
        answer = self._hooked(sql, tuple(params), None)
        return [dict(zip(answer.names, row, strict=True)) for row in answer.rows]

    def _hooked(self, text: str, params: Sequence[Any], table: Table | None) -> Answer:
        if not self._hooks:
            return self._sent(text, params, table)
        return self._hooks.run({"sql": text, "params": params}, lambda req: self._sent(req["sql"], req["params"], table))

    # -- transactions

    @property
    def in_transaction(self) -> bool:
        """Whether the current context is inside a transaction."""
        return self._transaction() is not None

    def _transaction(self) -> Transaction[K] | None:
        """The one that the current context is in; a context copied inside may live longer than the block."""
        current = self._current.get()
        return current if current is not None and current.open else None

    def atomic(self) -> AbstractContextManager[None]:
        """See Database."""
        return self.transaction()

    @contextmanager
    def _joined(self, transaction: Transaction[K]) -> Iterator[None]:
        self._current.set(transaction)
        try:
            yield
        finally:
            transaction.open = False  # this alone ends it: where a generator is thrown away, that happens in a foreign context
