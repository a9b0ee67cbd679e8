"""Remote hooks as model classes keep them, and the call as they see it. Matches no pattern and runs no hook.

A remote hook is any callable with one argument, the context of the call (source: logic.md 2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias, TypeVar, get_args, overload
from weakref import WeakMethod, WeakSet
from wsgiref.types import WSGIEnvironment

from ..types import Json
from .properties import mark

if TYPE_CHECKING:
    from .base import Model

F = TypeVar("F", bound="Callable[[RemoteContext], object] | Callable[[Any, RemoteContext], object]")
"""A function of the call, or a class method of class and call, as type checkers see it below a decorator."""

Phase: TypeAlias = Literal["before auth", "before invoke", "after invoke"]
"""Places around the two phases of each call: `auth` checks access, `invoke` runs the method between its hooks."""

PHASES: Final[tuple[Phase, ...]] = get_args(Phase)

When: TypeAlias = Literal["before", "after", "error"] | Phase

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


class Shared(Protocol):
    """Attributes of any name, which those who see one request share."""

    def __getattr__(self, name: str, /) -> Any: ...

    def __setattr__(self, name: str, value: Any, /) -> None: ...


class HttpRequest(Protocol):
    """A request as hooks and methods may read it; falcon.Request is one.

    Attributes:
        env: the WSGI environ. method: in capitals. path: decoded, below where the application is mounted.
        query_string: as it came, without its "?". content_type: of the body, None where none is said.
    """

    env: WSGIEnvironment
    method: str
    path: str
    query_string: str
    content_type: str | None

    @property
    def context(self) -> Shared:
        """What middleware keeps of this request."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """All headers, their names in capitals."""
        ...

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies by name."""
        ...

    @property
    def scheme(self) -> str:
        """http or https."""
        ...

    @property
    def host(self) -> str:
        """The host that is asked, without its port."""
        ...

    @property
    def remote_addr(self) -> str:
        """The address of the client."""
        ...

    @overload
    def get_header(self, name: str, *, default: str) -> str: ...

    @overload
    def get_header(self, name: str, *, default: None = None) -> str | None: ...

    def get_header(self, name: str, *, default: str | None = None) -> str | None:
        """One header, its name in any case."""
        ...


class HttpResponse(Protocol):
    """A response as hooks and methods may change it; falcon.Response is one.

    Attributes:
        status: as a number, or a line such as "201 Created".
    """

    status: str | int | HTTPStatus

    @property
    def context(self) -> Shared:
        """What middleware keeps of this response."""
        ...

    def get_header(self, name: str) -> str | None:
        """A header that was set, its name in any case."""
        ...

    def set_header(self, name: str, value: str) -> None:
        """Set a header in the place of the one that was set before; the value is one line of Latin-1."""
        ...

    def append_header(self, name: str, value: str) -> None:
        """Set a header beside those of this name that were set before."""
        ...

    def delete_header(self, name: str) -> None:
        """Take a header back."""
        ...

    def set_cookie(
        self,
        name: str,
        value: str,
        *,
        expires: datetime | None = None,
        max_age: int | None = None,
        domain: str | None = None,
        path: str | None = None,
        secure: bool | None = None,
        http_only: bool = True,
        same_site: str | None = None,
    ) -> None:
        """Have the client keep a cookie. max_age: in seconds. secure: over https only, None for the usual, which is yes."""
        ...

    def unset_cookie(self, name: str, *, domain: str | None = None, path: str | None = None) -> None:
        """Have the client forget a cookie."""
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
        """Its whole name, such as "Note.find" or "Note.prototype.patchAttributes"."""
        raise NotImplementedError

    @property
    def ctor_args(self) -> Mapping[str, Json]:
        """What the instance was found by; its `id` is the text in the path."""
        raise NotImplementedError

    @property
    def req(self) -> HttpRequest:
        """The request; a falcon.Request."""
        raise NotImplementedError

    @property
    def res(self) -> HttpResponse:
        """The response; a falcon.Response."""
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

    __slots__ = ("__weakref__", "_bases", "_heirs", "_listeners", "_own")

    def __init__(self, bases: Sequence[RemoteHooks] = ()) -> None:
        self._bases = tuple(bases)
        self._own: list[RemoteHook] = []
        self._heirs: WeakSet[RemoteHooks] = WeakSet()
        self._listeners: list[WeakMethod[Callable[[], None]]] = []
        for base in self._bases:
            base._heirs.add(self)

    def add(self, hook: RemoteHook) -> None:
        """Append a hook."""
        self._own.append(hook)
        self._tell()

    def remove(self, hook: RemoteHook) -> None:
        """Take a hook of this class away, if it is there."""
        if hook in self._own:
            self._own.remove(hook)
            self._tell()

    def own(self) -> Sequence[RemoteHook]:
        """The hooks that were added here, in order of registration."""
        return tuple(self._own)

    def all(self) -> tuple[RemoteHook, ...]:
        """The hooks in order of registration, each class once."""
        return tuple(hook for each in self._line() for hook in each._own)

    def on_change(self, changed: Callable[[], None]) -> None:
        """Have a bound method called whenever a hook is added here or in a base class; it is held weakly."""
        self._listeners = [one for one in self._listeners if one() is not None] + [WeakMethod(changed)]

    def _line(self) -> Sequence[RemoteHooks]:
        return tuple(dict.fromkeys([*(one for base in self._bases for one in base._line()), self]))

    def _tell(self) -> None:
        for listener in self._listeners:
            changed = listener()
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
