"""Failures of login in a data source, so that all workers count the same ones. Decides on no login."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from ...data.persisted import PersistedModel
from ...data.turns import Turns
from ...model.properties import prop

if TYPE_CHECKING:
    from .user import User


class LoginFailure(PersistedModel):
    """One failure. key: of account and address, told by nobody who reads the store. moment: seconds since 1970."""

    key: str = prop(index=True)
    moment: float = prop(index=True)


class SharedBooks:
    """The moments of failures by key, in a data source; see throttle.FailureBooks.

    Args:
        model: where they are stored.
        clock: seconds since 1970, since it is compared with those of other machines.
    """

    def __init__(self, model: type[LoginFailure], clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.turn = Turns()
        self._model = model

    def within(self, key: Hashable, seconds: int) -> list[float]:
        """The moments of the last failures, the oldest first."""
        where = {"key": _hidden(key), "moment": {"gt": self.clock() - seconds}}
        return sorted(float(one["moment"]) for one in self._model.find(where))

    def add(self, key: Hashable, seconds: int, most: int) -> None:
        """Note a failure, and drop everybody's that count no more."""
        moment = self.clock()
        self._model.destroy_all({"moment": {"lte": moment - seconds}})
        self._model.create({"key": _hidden(key), "moment": moment})

    def drop(self, key: Hashable) -> None:
        """Forget the failures of a key."""
        self._model.destroy_all({"key": _hidden(key)})


def failures_of(users: type[User]) -> type[LoginFailure]:
    """A new class for the failures of one user model, with a name of its own."""
    return type(f"{users.__name__}LoginFailure", (LoginFailure,), {})


def _hidden(key: Hashable) -> str:
    """What was sent as an account may be a password in the wrong field, so only a hash is stored."""
    return hashlib.sha256(repr(key).encode(errors="backslashreplace")).hexdigest()
