"""Turns: one caller of this process at a time for each key. Knows no store; other processes are the store's business."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from ..errors import StoreError

TRY_AGAIN = "TRY_AGAIN"


class Turns:
    """Blocks that exclude each other by key; whoever has a key may enter again.

    Args:
        seconds: how long to wait for a key, None for as long as it takes.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = seconds
        self._taken: dict[Hashable, int] = {}
        self._given_back = threading.Condition()

    @contextmanager
    def __call__(self, key: Hashable) -> Iterator[None]:
        """Have a key for the length of a block.

        Raises:
            StoreError: others keep it too long.
        """
        me = threading.get_ident()
        if self._taken.get(key) == me:
            yield
            return
        self._take(key, me)
        try:
            yield
        finally:
            self._give_back(key)

    def _take(self, key: Hashable, caller: int) -> None:
        with self._given_back:
            if not self._given_back.wait_for(lambda: key not in self._taken, self._seconds):
                raise StoreError("others change the same record, and it takes too long", code=TRY_AGAIN)
            self._taken[key] = caller

    def _give_back(self, key: Hashable) -> None:
        with self._given_back:
            del self._taken[key]
            self._given_back.notify_all()
