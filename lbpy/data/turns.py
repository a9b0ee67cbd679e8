"""Turns: one caller of this process at a time for each key. Knows no store; other processes are the store's business."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ..errors import StoreError

TRY_AGAIN = "TRY_AGAIN"


class Turns:
    """Blocks that exclude each other by key; whoever has a key may enter again.

    Args:
        seconds: how long to wait for a key, None for as long as it takes.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = seconds
        self._taken: set[Hashable] = set()
        self._given_back = threading.Condition()
        self._mine: ContextVar[frozenset[Hashable]] = ContextVar("lbpy_turns", default=frozenset())

    @contextmanager
    def __call__(self, key: Hashable) -> Iterator[None]:
        """Have a key for the length of a block.

        Raises:
            StoreError: others keep it too long.
        """
        mine = self._mine.get()
        if key in mine:
            yield
            return
        self._take(key)
        before = self._mine.set(mine | {key})
        try:
            yield
        finally:
            self._mine.reset(before)
            self._give_back(key)

    def _take(self, key: Hashable) -> None:
        with self._given_back:
            if not self._given_back.wait_for(lambda: key not in self._taken, self._seconds):
                raise StoreError("others change the same record, and it takes too long", code=TRY_AGAIN)
            self._taken.add(key)

    def _give_back(self, key: Hashable) -> None:
        with self._given_back:
            self._taken.remove(key)
            self._given_back.notify_all()
