"""Remote methods written in Python: the decorator, and the records that marked methods of a class become. Calls none of them."""

from __future__ import annotations

import inspect
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, TypeVar, get_args

from ..errors import DefinitionError
from ..model.base import Model
from ..model.properties import mark, marks_of
from ..model.remote import RemoteObserver
from .method import Access, RemoteMethod, Returned, Route
from .signature import Define, Markers, Scope, parameters_of, returns_of, signature_of

F = TypeVar("F", bound=Callable[..., Any])

Verb: TypeAlias = Literal["get", "post", "put", "patch", "delete", "head", "all"]

VERBS: Final = get_args(Verb)

MARK: Final = "remote"


@dataclass(frozen=True, slots=True)
class Declared:
    """What `remote_method()` was told of a method."""

    verb: Verb | None
    paths: tuple[str, ...]
    routes: tuple[tuple[Verb, str], ...]
    name: str
    returns: tuple[Returned, ...] | None
    status: int | None
    error_status: int | None
    access: Access | None
    scopes: tuple[str, ...]
    aliases: tuple[str, ...]
    shared: bool
    description: str
    rest_before: RemoteObserver | None
    rest_after: RemoteObserver | None


def remote_method(
    *, verb: Verb | None = None, path: str | Sequence[str] = (), routes: Sequence[tuple[Verb, str]] = (), name: str = "",
    returns: str | Returned | Sequence[str | Returned] = (), status: int | None = None, error_status: int | None = None,
    access: Access | None = None, scopes: Sequence[str] = ("DEFAULT",), aliases: Sequence[str] = (), shared: bool = True,
    description: str = "", rest_before: RemoteObserver | None = None, rest_after: RemoteObserver | None = None,
) -> Callable[[F], F]:  # fmt: skip
    """Let clients call a method of a model; instance methods have their path below `/:id`.

    Arguments and results are told by the annotations: parameters without default and not `| None` are required; the value is
    the whole body; None is answered 204; Iterator[bytes] and Download are sent by parts, the values of any other Iterator one by
    one as events. A parameter of type RemoteContext gets the call, one of type Upload the body unread, one of type FormFile a
    file of a multipart form, falcon.Request and falcon.Response themselves, one called `options` the request's options.

    Args:
        verb: of the request; default post.
        path: below the model's path, with `:name` variables; several make several routes; default the method's name.
        routes: pairs of verb and path, in the place of both.
        name: LoopBack's name for access rules and hooks; default the method's name. With the name of a built-in method
            it takes the place of that, and its routes and access type unless it says its own.
        returns: name of the member in the body that holds the value, several for a tuple, Returned for statuses and headers.
        status: of a success. error_status: of exceptions that have none of their own.
        access: READ, WRITE, EXECUTE; default READ for get and head, else EXECUTE.
        scopes: of access tokens that may call it.
        aliases: further names for switching it off and for access rules.
        shared: False: no routes until a project's settings switch them on.
        description: default the first line of the docstring.
        rest_before, rest_after: callables with one argument, the call, that run outside of all remote hooks: before access is
            checked, and last of all. What they raise meets no hook.

    Source: logic.md 1.
    """
    listed = (returns,) if isinstance(returns, (str, Returned)) else tuple(returns)
    told = Declared(
        verb,
        (path,) if isinstance(path, str) else tuple(path),
        tuple(routes),
        name,
        tuple(one if isinstance(one, Returned) else Returned(one) for one in listed) or None,
        status,
        error_status,
        access,
        tuple(scopes),
        tuple(aliases),
        shared,
        description,
        rest_before,
        rest_after,
    )
    return lambda method: mark(method, MARK, told)


# -- reading a class ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Language:
    """What declarations are read with, the same for all models of an application.

    models: classes by name. define: gives their definitions. markers: types of parameters that mean a part of the call.
    """

    models: Mapping[str, type[Model]]
    define: Define
    markers: Markers


def declared_methods(cls: type[Model], built_in: Mapping[str, RemoteMethod], language: Language) -> Iterator[RemoteMethod]:
    """The methods that a class and its bases mark as remote.

    Args:
        cls: the class.
        built_in: those that it has without, by full name.
        language: what annotations are read with.

    Raises:
        DefinitionError: an annotation cannot be read, or a method is asynchronous.
    """
    for attribute, told in _marked(cls).items():
        yield _record(cls, attribute, told, built_in, language)


def _marked(cls: type[Model]) -> dict[str, Declared]:
    """What was told of each method, by attribute; the closest class counts."""
    return {name: told for base in reversed(cls.__mro__) for name, told in marks_of(vars(base), MARK)}


def member_of(cls: type[Model], attribute: str) -> Any:
    """What a class or the closest of its bases has under a name, as it stands there; None for nothing."""
    return next((vars(base)[attribute] for base in cls.__mro__ if attribute in vars(base)), None)


def _record(cls: type[Model], attribute: str, told: Declared, built_in: Mapping[str, RemoteMethod], language: Language) -> RemoteMethod:
    member = member_of(cls, attribute)
    function = function_of(member)
    scope = _scope(cls, attribute, function, language)
    static = isinstance(member, (staticmethod, classmethod))
    signature = signature_of(parameters_of(function, bound=not isinstance(member, staticmethod)), scope)
    name = told.name or attribute
    replaced = built_in.get(name if static else f"prototype.{name}")
    _check_verbs(_verbs(told), scope.place)
    annotated = returns_of(inspect.signature(function).return_annotation, scope)
    return RemoteMethod(
        name,
        adapted(getattr(cls, attribute), signature.names, signature.absent),
        static=static,
        aliases=told.aliases or (replaced.aliases if replaced else ()),
        accepts=signature.accepts,
        returns=annotated if told.returns is None else told.returns,
        routes=_routes(told, name, static, replaced),
        access=told.access or (replaced.access if replaced else derived_access(name, _verbs(told))),
        scopes=told.scopes,
        shared=told.shared,
        status=told.status,
        error_status=told.error_status,
        description=told.description or (inspect.getdoc(function) or "").partition("\n")[0],
        rest_before=told.rest_before,
        rest_after=told.rest_after,
    )


def function_of(member: Any) -> Callable[..., Any]:
    """The function inside a method. Raises: DefinitionError if it is asynchronous."""
    function: Callable[..., Any] = member.__func__ if isinstance(member, (staticmethod, classmethod)) else member
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise DefinitionError(f"{function.__qualname__}: a WSGI application cannot run asynchronous methods")
    return function


def _scope(cls: type[Model], attribute: str, function: Callable[..., Any], language: Language) -> Scope:
    frame = cls.declaration__.frame
    local = frame.f_locals if frame is not None else {}
    module = inspect.getmodule(function)
    names = ChainMap(dict(local), dict(vars(module)) if module else {}, dict(language.models))
    return Scope(names, language.markers, language.define, f"{cls.__name__}.{attribute}")


def _routes(told: Declared, name: str, static: bool, replaced: RemoteMethod | None) -> tuple[Route, ...]:
    if told.routes:
        return tuple(Route(verb, path_of(path, static)) for verb, path in told.routes)
    if replaced is not None and not told.paths and told.verb is None:
        return replaced.routes
    return tuple(Route(told.verb or "post", path_of(path, static)) for path in told.paths or (name,))


def _check_verbs(verbs: Sequence[str], place: str) -> None:
    wrong = next((one for one in verbs if one not in VERBS), None)
    if wrong is not None:
        raise DefinitionError(f"{place}: {wrong!r} is no verb; use one of {', '.join(VERBS)}")


def _verbs(told: Declared) -> list[str]:
    return [verb for verb, _ in told.routes] or [told.verb or "post"]


def path_of(path: str, static: bool) -> str:
    """A method's path below the model's."""
    below = path if path.startswith("/") else f"/{path}"
    return below if static else f"/:id{below.rstrip('/')}"


WRITERS: Final = frozenset({"create", "updateOrCreate", "upsert", "upsertWithWhere", "destroyById", "deleteById", "removeById"})
READERS: Final = frozenset({"exists", "findById", "find", "findOne", "count"})


def derived_access(name: str, verbs: Sequence[str]) -> Access:
    """The access type of a method that does not say it.

    Args:
        name: without "prototype.". verbs: of its routes, in lower case.

    Source: auth.md 3.2.
    """
    if len(verbs) == 1 and verbs[0] in ("get", "head"):
        return "READ"
    return "WRITE" if name in WRITERS else "READ" if name in READERS else "EXECUTE"


def adapted(call: Callable[..., Any], names: Mapping[str, str], absent: Sequence[str]) -> Callable[..., Any]:
    """A callable that takes a client's names of arguments.

    Args:
        names: client's name -> parameter, where they differ. absent: parameters that get None where the client sends nothing.
    """
    if not names and not absent:
        return call
    nothing = dict.fromkeys(absent)

    def run(*owner: Any, **arguments: Any) -> Any:
        return call(*owner, **{**nothing, **{names.get(name, name): value for name, value in arguments.items()}})

    return run
