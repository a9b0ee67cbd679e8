"""Remote hooks as model classes keep them, and the call as they see it. Matches no pattern and runs no hook.

A remote hook is any callable with one argument, the context of the call (source: logic.md 2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias, TypeVar
from weakref import WeakMethod, WeakSet

from ..types import Json
from .properties import mark

if TYPE_CHECKING:
    from .base import Model

F = TypeVar("F", bound="Callable[[RemoteContext], object] | Callable[[Any, RemoteContext], object]")
"""A function of the call, or a class method of class and call, as type checkers see it below a decorator."""

When: TypeAlias = Literal["before", "after", "error"]

MARK: Final = "remote hook"


class MethodInfo(Protocol):
    """What a hook may read of the method that is called."""

    @property
    def name(self) -> str:
        """LoopBack's name without "prototype."."""
        ...

    @property
    def static(self) -> bool:
        """Whether it is called on the model rather than on an instance."""
        ...

    @property
    def full_name(self) -> str:
        """The name with "prototype." before instance methods."""
        ...


class RemoteContext:
    """One call as remote hooks, and methods that ask for it, see it.

    Attributes:
        args: the arguments by name; may be changed.
        options: what built-in methods get as `options`.
        instance: the instance that an instance method is called on.
        result: after the call; for a method that does not return its value as the whole body, the object that holds it.
        error: in hooks for errors; may be replaced.
    """

    __slots__ = ()

    args: dict[str, Any]
    options: dict[str, Any]
    instance: Model | None
    result: Any
    error: Exception | None

    @property
    def method(self) -> MethodInfo:
        """The method that is called."""
        raise NotImplementedError

    @property
    def method_string(self) -> str:
        """Its whole name: "Note.find", "Note.prototype.patchAttributes"."""
        raise NotImplementedError

    @property
    def ctor_args(self) -> Mapping[str, Json]:
        """What the instance was found by: {"id": text}."""
        raise NotImplementedError

    @property
    def req(self) -> Any:
        """The falcon.Request."""
        raise NotImplementedError

    @property
    def res(self) -> Any:
        """The falcon.Response."""
        raise NotImplementedError


RemoteObserver: TypeAlias = Callable[[RemoteContext], object]


@dataclass(frozen=True, slots=True)
class RemoteHook:
    """One hook: when it runs, for which methods ("find", "prototype.*", "**"), and what is called."""

    when: When
    pattern: str
    call: RemoteObserver


class RemoteHooks:
    """The remote hooks of one model class, or of a whole application; those of base classes come first."""

    __slots__ = ("__weakref__", "_bases", "_heirs", "_own", "_watchers")

    def __init__(self, bases: Sequence[RemoteHooks] = ()) -> None:
        self._bases = tuple(bases)
        self._own: list[RemoteHook] = []
        self._heirs: WeakSet[RemoteHooks] = WeakSet()
        self._watchers: list[WeakMethod[Callable[[], None]]] = []
        for base in self._bases:
            base._heirs.add(self)

    def add(self, hook: RemoteHook) -> None:
        """Append a hook."""
        self._own.append(hook)
        self._tell()

    def all(self) -> tuple[RemoteHook, ...]:
        """The hooks in order of registration, each class once."""
        return tuple(hook for each in self._line() for hook in each._own)

    def watch(self, changed: Callable[[], None]) -> None:
        """Have a bound method called whenever a hook is added here or in a base class; it is held weakly."""
        self._watchers = [one for one in self._watchers if one() is not None] + [WeakMethod(changed)]

    def _line(self) -> Sequence[RemoteHooks]:
        return tuple(dict.fromkeys([*(one for base in self._bases for one in base._line()), self]))

    def _tell(self) -> None:
        for watcher in self._watchers:
            changed = watcher()
            if changed is not None:
                changed()
        for heir in self._heirs:
            heir._tell()


# -- in class bodies ---------------------------------------------------------


def before_remote(pattern: str) -> Callable[[F], F]:
    """Run a static or class method of a model before its remote methods that fit.

    Args:
        pattern: "find", "prototype.patchAttributes", "*" (static methods), "prototype.*", "*.patchAttributes", "**" (all).
    """
    return _marker("before", pattern)


def after_remote(pattern: str) -> Callable[[F], F]:
    """Run a static or class method of a model after its remote methods that fit; arguments as of `before_remote`."""
    return _marker("after", pattern)


def after_remote_error(pattern: str) -> Callable[[F], F]:
    """Run a static or class method of a model when its remote methods that fit failed; arguments as of `before_remote`."""
    return _marker("error", pattern)


def _marker(when: When, pattern: str) -> Callable[[F], F]:
    return lambda method: mark(method, MARK, (when, pattern))
