"""What was read from a store a moment ago, kept for a short while in this process. Knows no model's meaning."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any, ClassVar, Final, Generic, NamedTuple, TypeVar

from ...data.bound import bound_of, if_bound
from ...model.base import Model

T = TypeVar("T")

SECONDS: Final = 5.0
MOST: Final = 10_000


class Tracked:
    """A model whose classes tell that rows were changed by this process.

    Attributes:
        edition__: another object after each change.
    """

    __slots__ = ()

    edition__: ClassVar[object] = object()

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        cls.edition__ = object()


def track(cls: type[Model]) -> None:
    """Have changes of rows noted by the class that they belong to."""
    for hook in ("after save", "after delete"):
        cls.observe(hook, _note)


def _note(ctx: Any) -> None:
    """Now for whoever reads within the transaction, and at its end for all that read what was there before it."""
    _renew(ctx.model)
    bound_of(ctx.model).source.on_commit(partial(_renew, ctx.model))


def _renew(cls: type[Tracked]) -> None:
    cls.edition__ = object()


def _may_be_undone(cls: type[Tracked]) -> bool:
    """Whether rows of a model are read inside a transaction."""
    bound = if_bound(cls) if issubclass(cls, Model) else None
    return bound is not None and bound.source.in_transaction


class _Entry(NamedTuple):
    editions: tuple[object, ...]
    until: float
    value: Any


class Cache(Generic[T]):
    """Values by key, each as long as its classes are unchanged here, and no longer than some seconds.

    Args:
        seconds: 0 keeps nothing.
        clock: seconds that only grow.
    """

    def __init__(self, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._known: dict[Hashable, _Entry] = {}

    def get(self, key: Hashable, classes: tuple[type[Tracked], ...], make: Callable[[], T], seconds: float | None = None) -> T:
        """The value of a key, read anew where that is due.

        Args:
            key: what it is known by.
            classes: the models that it comes from.
            make: reads it; None is never kept, nor what is read inside a transaction of its models.
            seconds: how long this value is kept, where that differs.
        """
        editions = tuple(one.edition__ for one in classes)
        known = self._known.get(key)
        if known is not None and known.editions == editions and self._clock() < known.until:
            value: T = known.value
            return value
        made = make()
        span = self._seconds if seconds is None else seconds
        if span > 0 and made is not None and not any(map(_may_be_undone, classes)):
            self._keep(key, _Entry(editions, self._clock() + span, made))
        return made

    def _keep(self, key: Hashable, entry: _Entry) -> None:
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = entry


def seconds_of(settings: Mapping[str, Any]) -> float:
    """How long an application keeps what it read: `authCache` in config.json, in seconds."""
    told = settings.get("authCache", SECONDS)
    return float(told) if isinstance(told, (int, float)) and not isinstance(told, bool) and told >= 0 else SECONDS
