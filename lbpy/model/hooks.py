"""Operation hooks: what observers are handed, and the ordered lists of observers of one model class. Calls no store.

An observer is any callable with one argument, the context of its hook. Those of base classes run first, then own ones in order
of registration; an exception stops the operation (source: logic.md 3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeVar, overload
from weakref import WeakSet

from ..types import UNSET, Json, Options, Row
from .properties import mark

if TYPE_CHECKING:
    from .base import Model

M = TypeVar("M", bound="Model")

Observer = Callable[[Any], None]

HOOKS: Final = frozenset({"access", "before save", "persist", "loaded", "after save", "before delete", "after delete"})


class Context(Generic[M]):
    """What every hook is handed.

    Attributes:
        model: the model class.
        options: the caller's options, the same object for all hooks of a call.
        hook_state: a dict that the hooks of one operation share.

    Members that an operation does not have (logic.md 3.1) raise AttributeError.
    """

    __slots__ = ("_members", "hook_state", "model", "options")

    def __init__(self, model: type[M], options: Options, state: dict[str, Json], **members: Any) -> None:
        self.model: type[M] = model
        self.options: Options = options
        self.hook_state: dict[str, Json] = state
        self._members = members

    def __contains__(self, member: str) -> bool:
        """Whether the operation hands over this member: `"instance" in ctx`."""
        return member in self._members

    def _get(self, member: str) -> Any:
        value = self._members.get(member, UNSET)
        if value is UNSET:
            has = ", ".join(sorted(self._members)) or "none"
            raise AttributeError(f"this operation has no {member!r} in its context; it has: {has}")
        return value


class Saving(Context[M]):
    """Context of "before save", "persist" and "after save".

    Operations that save whole instances have `instance`; those that save parts have `data`, and mostly `current_instance`.
    """

    __slots__ = ()

    @property
    def instance(self) -> M:
        """The instance that is being saved; changes to it in "before save" are validated and stored."""
        found: M = self._get("instance")
        return found

    @property
    def data(self) -> Row:
        """The properties that are being saved, as a plain dict; change it or assign another."""
        found: Row = self._get("data")
        return found

    @data.setter
    def data(self, value: Row) -> None:
        self._members["data"] = value

    @property
    def current_instance(self) -> M:
        """The instance as it is before the change; to be read only."""
        found: M = self._get("current_instance")
        return found

    @property
    def where(self) -> Mapping[str, Json]:
        """Which instances are being changed; in "before save" of an update of many another one may be assigned."""
        found: Mapping[str, Json] = self._get("where")
        return found

    @where.setter
    def where(self, value: Mapping[str, Json]) -> None:
        self._members["where"] = value

    @property
    def is_new(self) -> bool:
        """Whether the instance is made rather than changed."""
        found: bool = self._get("is_new")
        return found

    @property
    def info(self) -> Mapping[str, int]:
        """Its `count` is the number of instances, after an update of many."""
        found: Mapping[str, int] = self._get("info")
        return found


class Deleting(Context[M]):
    """Context of "before delete" and "after delete"."""

    __slots__ = ()

    @property
    def where(self) -> Mapping[str, Json]:
        """Which instances are deleted; in "before delete" another one may be assigned."""
        found: Mapping[str, Json] = self._get("where")
        return found

    @where.setter
    def where(self, value: Mapping[str, Json]) -> None:
        self._members["where"] = value

    def replace(self, count: int) -> None:
        """In "before delete": say that the deletion was done in another way, such as by marking.

        Args:
            count: how many instances it took away; the store is left alone.
        """
        self._members["replaced"] = count

    @property
    def replaced(self) -> int | None:
        """How many instances were taken away in another way, None where the store deletes."""
        found: int | None = self._members.get("replaced")
        return found

    @property
    def instance(self) -> M:
        """The instance, when one was asked to destroy itself."""
        found: M = self._get("instance")
        return found

    @property
    def info(self) -> Mapping[str, int]:
        """Its `count` is the number of instances, after the deletion."""
        found: Mapping[str, int] = self._get("info")
        return found


class Reading(Context[M]):
    """Context of "access": the query before it runs."""

    __slots__ = ()

    @property
    def query(self) -> dict[str, Json]:
        """The filter as a plain dict ("where", "limit" ...); change it or assign another."""
        found: dict[str, Json] = self._get("query")
        return found

    @query.setter
    def query(self, value: dict[str, Json]) -> None:
        self._members["query"] = value


class Loaded(Context[M]):
    """Context of "loaded": one row as it came from the store."""

    __slots__ = ()

    @property
    def data(self) -> Row:
        """The row as a plain dict; changes show in the answer, not in the store."""
        found: Row = self._get("data")
        return found

    @data.setter
    def data(self, value: Row) -> None:
        self._members["data"] = value

    @property
    def is_new(self) -> bool:
        """Whether the row was made by this operation."""
        found: bool = self._get("is_new")
        return found


class Observers:
    """The observers of one model class: its own, and the chain with those of its bases."""

    __slots__ = ("__weakref__", "_bases", "_chains", "_heirs", "_own")

    def __init__(self, bases: Sequence[Observers] = ()) -> None:
        self._bases = tuple(bases)
        self._own: dict[str, list[Observer]] = {}
        self._chains: dict[str, tuple[Observer, ...]] = {}
        self._heirs: WeakSet[Observers] = WeakSet()
        for base in self._bases:
            base._heirs.add(self)

    def add(self, hook: str, observer: Observer) -> None:
        """Append an observer; custom names are allowed beside HOOKS."""
        self._own.setdefault(hook, []).append(observer)
        self._forget()

    def remove(self, hook: str, observer: Observer) -> bool:
        """Take one observer of this class away; False if it was not there."""
        own = self._own.get(hook, [])
        found = observer in own
        if found:
            own.remove(observer)
            self._forget()
        return found

    def own(self) -> Sequence[tuple[str, Observer]]:
        """(hook, observer) of all that were added here, in order of registration within each hook."""
        return tuple((hook, one) for hook, listed in self._own.items() for one in listed)

    def clear(self, hook: str) -> None:
        """Take all of this class's own observers of one hook away."""
        self._own.pop(hook, None)
        self._forget()

    def chain(self, hook: str) -> tuple[Observer, ...]:
        """All observers of a hook in the order in which they run."""
        known = self._chains.get(hook)
        if known is None:
            known = self._chains[hook] = tuple(one for each in self._line() for one in each._own.get(hook, ()))
        return known

    def _line(self) -> Sequence[Observers]:
        """The bases and this, each once: what is inherited on two ways runs once."""
        return tuple(dict.fromkeys([*(one for base in self._bases for one in base._line()), self]))

    def _forget(self) -> None:
        self._chains.clear()
        for heir in self._heirs:
            heir._forget()


# -- in class bodies ---------------------------------------------------------


@overload
def observe(
    hook: Literal["before save", "persist", "after save"],
) -> Callable[[Callable[[Saving[M]], None]], Callable[[Saving[M]], None]]: ...
@overload
def observe(
    hook: Literal["before delete", "after delete"],
) -> Callable[[Callable[[Deleting[M]], None]], Callable[[Deleting[M]], None]]: ...
@overload
def observe(hook: Literal["access"]) -> Callable[[Callable[[Reading[M]], None]], Callable[[Reading[M]], None]]: ...
@overload
def observe(hook: Literal["loaded"]) -> Callable[[Callable[[Loaded[M]], None]], Callable[[Loaded[M]], None]]: ...
def observe(hook: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Run a static method of a model at one of its operation hooks; its one argument is the context.

    Args:
        hook: "access", "loaded", "before save", "persist", "after save", "before delete", "after delete".

    Returns:
        the decorator, to stand above `@staticmethod`.
    """
    return lambda method: mark(method, "observe", hook)
