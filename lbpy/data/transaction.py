"""Ambient transactions: which block the current call is in, its time, and what waits for its commit. Talks to no store by itself."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Concatenate, Final, ParamSpec, Protocol, TypeAlias, TypeVar

from ..errors import BadRequest, OperatorError, TransactionTimeout
from ..types import NO_OPTIONS, Options
from .contract import Transactions

log: Final = logging.getLogger("lbpy.data")

LEVELS: Final = ("READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
"""The isolation levels (source: datasources.md 3.6)."""

Call = Callable[[], object]
Place: TypeAlias = "ContextVar[Transaction | None]"


@dataclass(slots=True, eq=False)
class Transaction:
    """One `with` block.

    Attributes:
        place: what each context is in, among its source's transactions.
        isolation: the level that was asked for, None for that of the store.
        deadline: when its time is over, on the monotonic clock in seconds; None for no limit.
        outer: the block around it, in which this one is a savepoint.
        id: its name in messages.
        waiting: the calls that wait for its commit.
        active: whether it still runs.
    """

    place: Place
    isolation: str | None = None
    deadline: float | None = None
    outer: Transaction | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    waiting: list[Call] = field(default_factory=list)
    active: bool = True

    def demand_joined(self) -> None:
        """Raise OperatorError if it has ended, or the current call is not in it (source: logic.md 11)."""
        if not self.active:
            raise OperatorError(f"The transaction is not active: {self.id}")
        found = self.place.get()
        while found is not self:
            if found is None:
                raise OperatorError(f"The transaction is another call's: {self.id}")
            found = found.outer

    def demand_time(self) -> None:
        """Raise TransactionTimeout if its time is over (source: datasources.md 3.6)."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise TransactionTimeout("Transaction is rolled back due to timeout", code="TRANSACTION_TIMEOUT")


class Ambient:
    """The transactions of one data source: in each context (thread, greenlet, request) the block that it is in."""

    def __init__(self) -> None:
        self._place: Place = ContextVar("lbpy_transaction", default=None)

    def current(self) -> Transaction | None:
        """The innermost block that the current call is in; a context copied inside one may live longer than it."""
        found = self._place.get()
        while found is not None and not found.active:
            found = found.outer
        return found

    @contextmanager
    def block(self, connector: Transactions, isolation: str | None, timeout: float | None) -> Iterator[Transaction]:
        """One `with` block; calls that wait for a commit are dropped where it is undone.

        Raises:
            OperatorError: it wants another isolation than the block around it. TransactionTimeout: it ends too late.
        """
        transaction = self._begun(isolation, timeout)
        self._place.set(transaction)
        try:
            with connector.transaction(None if transaction.outer else isolation):
                yield transaction
                transaction.demand_time()
        finally:
            transaction.active = False  # this alone ends it: where a generator is thrown away, that happens in a foreign context
        if transaction.outer is not None:
            transaction.outer.waiting.extend(transaction.waiting)
        else:
            for call in transaction.waiting:
                _make(call)

    def _begun(self, isolation: str | None, timeout: float | None) -> Transaction:
        """A new transaction, which has no more time than the one around it."""
        outer, end = self.current(), None if timeout is None else time.monotonic() + timeout
        if outer is None:
            return Transaction(self._place, isolation, end)
        if isolation not in (None, outer.isolation):
            raise OperatorError(f"{isolation} cannot be had inside a transaction: the outermost block sets the isolation")
        ends = [one for one in (outer.deadline, end) if one is not None]
        return Transaction(self._place, outer.isolation, min(ends, default=None), outer)

    def on_commit(self, call: Call) -> None:
        """Keep a call for the commit of the outermost block, or make it now."""
        transaction = self.current()
        if transaction is None:
            _make(call)
        else:
            transaction.waiting.append(call)


def _make(call: Call) -> None:
    """Make a call whose failure no longer changes anything: the data is stored, and other calls must not suffer."""
    try:
        call()
    except Exception:
        log.exception("a call made on commit failed; what was committed stays")


# -- what callers say --------------------------------------------------------


def level(isolation: str | None) -> str | None:
    """An isolation level as stores name it.

    Raises:
        OperatorError: there is no such level.
    """
    wanted = None if isolation is None else isolation.upper()
    if wanted is not None and wanted not in LEVELS:
        raise OperatorError(f"Invalid isolationLevel: {isolation}; known: {', '.join(LEVELS)}")
    return wanted


def checked(options: Options | None) -> Options:
    """The options of a call made in Python, empty for none; a transaction in them must be the current one (source: logic.md 11).

    Raises:
        OperatorError: their transaction has ended, or is another call's. BadRequest: it is none.
    """
    if not options:
        return NO_OPTIONS
    given = options.get("transaction")
    if isinstance(given, Transaction):
        given.demand_joined()
    elif given is not None:
        raise BadRequest("options.transaction is no transaction")
    return options


# -- operations that are one transaction each --------------------------------

Open = Callable[[], AbstractContextManager[object]]
"""Opens a block."""


class Transacted(Protocol):
    """What an operation writes to. transaction: opens the block that it runs in, None for none."""

    @property
    def transaction(self) -> Open | None:
        """What opens the block."""


S = TypeVar("S", bound=Transacted)
P = ParamSpec("P")
R = TypeVar("R")


def atomic(operation: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """The operation, hooks included, in one transaction where what it writes to wants that (model setting `transaction: true`)."""

    @wraps(operation)
    def run(written: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if written.transaction is None:
            return operation(written, *args, **kwargs)
        with written.transaction():
            return operation(written, *args, **kwargs)

    return run
