"""Ambient transactions: which block the current call is in, and what waits for its commit. Talks to no store by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .contract import Transactions

Call = Callable[[], None]


class Ambient:
    """The transactions of one data source, one stack a context (thread, task, request)."""

    def __init__(self) -> None:
        self._waiting: ContextVar[list[Call] | None] = ContextVar("waiting", default=None)

    @contextmanager
    def block(self, connector: Transactions, isolation: str | None) -> Iterator[None]:
        """One `with` block; calls that wait for a commit are dropped where it is undone."""
        outer = self._waiting.get()
        waiting: list[Call] = []
        token = self._waiting.set(waiting)
        try:
            with connector.transaction(isolation):
                yield
        finally:
            self._waiting.reset(token)
        if outer is not None:
            outer.extend(waiting)
        else:
            for call in waiting:
                call()

    def on_commit(self, call: Call) -> None:
        """Keep a call for the commit of the outermost block, or make it now."""
        waiting = self._waiting.get()
        if waiting is None:
            call()
        else:
            waiting.append(call)
