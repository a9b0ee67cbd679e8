"""Counting failures of one account from one address within a window of time. Knows no user and no store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from ...data.turns import Turns
from ...errors import ClientError, Unauthorized

MOST_KEYS: Final = 100_000


class TooManyFailures(ClientError):
    """Too many failures of one account from one address.

    Args:
        seconds: until the next try is looked at.
    """

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many failed attempts, try again later.", code="TOO_MANY_FAILURES")
        self.seconds = seconds
        self.args: tuple[Any, ...] = (seconds,)

    def __str__(self) -> str:
        return self.message


class FailureBooks(Protocol):
    """Where the moments of failures are kept: in this process (Books), or shared (login_failure.SharedBooks)."""

    @property
    def clock(self) -> Callable[[], float]:
        """Seconds; moments are told by it."""
        ...

    @property
    def turn(self) -> Callable[[Hashable], AbstractContextManager[None]]:
        """One try of a key after the other, so that many at once are not all looked at before the first of them failed."""
        ...

    def within(self, key: Hashable, seconds: int) -> list[float]:
        """The moments of the last failures, the oldest first."""
        ...

    def add(self, key: Hashable, seconds: int, most: int) -> None:
        """Note a failure; at least the last `most` are kept for so many seconds."""
        ...

    def drop(self, key: Hashable) -> None:
        """Forget the failures of a key."""
        ...


@dataclass(frozen=True, slots=True)
class Throttle:
    """The setting `throttle` of a user model: so many failures are looked at within so many seconds; none where failures is 0."""

    books: FailureBooks
    failures: int = 10
    seconds: int = 900

    def counting(self, key: Hashable) -> Counted | None:
        """The count of one account and address, None where nothing is counted."""
        return Counted(self, key) if self.failures else None


@dataclass(frozen=True, slots=True)
class Counted:
    """The failures of one account from one address."""

    throttle: Throttle
    key: Hashable

    @contextmanager
    def trying(self) -> Iterator[None]:
        """One try, that Unauthorized makes a failure and anything else but an error a success. Raises: as `check` does."""
        with self.throttle.books.turn(self.key):
            self.check()
            try:
                yield
            except Unauthorized:
                self.fail()
                raise
            self.forget()

    def check(self) -> None:
        """Raises: TooManyFailures, if no further try is looked at now."""
        failed = self.throttle.books.within(self.key, self.throttle.seconds)
        if len(failed) >= self.throttle.failures:
            wait = failed[-self.throttle.failures] + self.throttle.seconds - self.throttle.books.clock()
            raise TooManyFailures(max(1, round(wait + 0.5)))

    def fail(self) -> None:
        """One failure more."""
        self.throttle.books.add(self.key, self.throttle.seconds, self.throttle.failures)

    def forget(self) -> None:
        """It was them after all."""
        self.throttle.books.drop(self.key)


class Books:
    """The moments of failures by key, in this process; the oldest keys give way where there are too many.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.turn = Turns()
        self._failed: dict[Hashable, list[float]] = {}
        self._lock = threading.Lock()

    def within(self, key: Hashable, seconds: int) -> list[float]:
        """The moments of the last failures, the oldest first."""
        since = self.clock() - seconds
        with self._lock:
            return [moment for moment in self._failed.get(key, ()) if moment > since]

    def add(self, key: Hashable, seconds: int, most: int) -> None:
        """Note a failure; at most so many are kept."""
        moment = self.clock()
        with self._lock:
            kept = [one for one in self._failed.pop(key, []) if one > moment - seconds]
            self._failed[key] = [*kept, moment][-most:]
            if len(self._failed) > MOST_KEYS:
                self._failed.pop(next(iter(self._failed)))

    def drop(self, key: Hashable) -> None:
        """Forget the failures of a key."""
        with self._lock:
            self._failed.pop(key, None)
