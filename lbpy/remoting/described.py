"""Remote methods as JSON describes them (`methods` of a model), joined with their Python functions. Calls none of them.

What a description says wrongly is passed over as LoopBack passes over it; a method without a function is closed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from ..errors import DefinitionError, NotPorted
from ..model.base import Model
from ..naming import dasherize
from ..types import Json
from .declared import adapted, derived_access, function_of, member_of, path_of
from .method import Access, Argument, ArgumentType, RemoteMethod, Returned, Route, Source
from .negotiation import JSON
from .signature import parameters_of

SOURCES: Final[Mapping[str, Source]] = MappingProxyType(
    {
        "body": "body", "form": "form", "formData": "form", "query": "query", "path": "path", "header": "header",
        "req": "req", "res": "res", "context": "context", "optionsFromRequest": "options",
    }
)  # fmt: skip
VERBS: Final = frozenset({"get", "post", "patch", "put", "del", "delete", "head", "all"})
ACCESS: Final[Mapping[str, Access]] = MappingProxyType({"READ": "READ", "WRITE": "WRITE", "EXECUTE": "EXECUTE", "REPLICATE": "REPLICATE"})


def described_methods(cls: type[Model], methods: Json, built_in: Mapping[str, RemoteMethod]) -> Iterator[RemoteMethod]:
    """The methods that `methods` of a model's JSON describes (source: logic.md 1).

    Args:
        cls: the class; the function of `myMethod` is its attribute of that name, or `my_method`.
        methods: name -> description.
        built_in: the methods that the model has without, by full name; one that is described without a function of its own
            becomes a further way to the same operation.

    Raises:
        DefinitionError: a function does not take the arguments that are described.
    """
    for name, spec in methods.items() if isinstance(methods, Mapping) else ():
        if isinstance(spec, Mapping):
            method = _described(name, spec)
            yield _joined(cls, method, built_in.get(method.full_name))


def _described(full_name: str, spec: Mapping[str, Json]) -> RemoteMethod:
    """The record of a description that has no function yet."""
    static = not full_name.startswith("prototype.") and spec.get("isStatic") is not False
    name = full_name.removeprefix("prototype.")
    routes = tuple(_routes(spec.get("http"), name, static))
    scopes = spec.get("accessScopes")
    return RemoteMethod(
        name,
        _not_ported,
        static=static,
        aliases=tuple(one for one in _list(spec.get("aliases")) if isinstance(one, str)),
        accepts=tuple(_argument(one) for one in _list(spec.get("accepts")) if isinstance(one, Mapping)),
        returns=tuple(_returned(one) for one in _list(spec.get("returns")) if isinstance(one, Mapping)),
        routes=routes,
        access=ACCESS.get(str(spec.get("accessType"))) or derived_access(name, [one.verb for one in routes]),
        scopes=tuple(str(one) for one in _list(scopes)) if scopes else ("DEFAULT",),
        shared=spec.get("shared") is not False,
        status=_status(spec.get("http"), "status"),
        error_status=_status(spec.get("http"), "errorStatus"),
        description=_text(spec.get("description")),
        closed=True,
    )


def _not_ported(*owner: Any, **arguments: Any) -> Any:
    raise NotPorted(code="NOT_PORTED")


def _list(value: Json) -> list[Json]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _text(value: Json) -> str:
    return "\n".join(one for one in _list(value) if isinstance(one, str))


def _status(http: Json, key: str) -> int | None:
    found = next((one[key] for one in _list(http) if isinstance(one, Mapping) and key in one), None)
    return found if type(found) is int and 100 <= found <= 599 else None


def _routes(http: Json, name: str, static: bool) -> Iterator[Route]:
    """The routes of a description: any verb and the method's name where it says nothing."""
    for one in _list(http) or [{}]:
        if isinstance(one, Mapping):
            verb = str(one.get("verb") or "all").lower()
            path = one.get("path")
            if verb in VERBS:
                yield Route(verb, path_of(path if isinstance(path, str) and path else name, static))


def _argument(spec: Mapping[str, Json]) -> Argument:
    http = spec.get("http")
    told = http.get("source") if isinstance(http, Mapping) else http
    source = SOURCES.get(told, "auto") if isinstance(told, str) else "auto"
    return Argument(
        _name(spec),
        _type(spec.get("type")),
        source,
        required=spec.get("required") is True,
        allow_array=spec.get("allowArray") is True,
        headers=True,
        description=_text(spec.get("description")),
    )


def _returned(spec: Mapping[str, Json]) -> Returned:
    http = spec.get("http")
    target = http.get("target") if isinstance(http, Mapping) else None
    return Returned(
        _name(spec),
        _type(spec.get("type")),
        root=spec.get("root") is True,
        target=target if target in ("status", "header") else "body",
        header=str(http.get("header") or "") if isinstance(http, Mapping) else "",
        description=_text(spec.get("description")),
        content_type=JSON,
    )


def _name(spec: Mapping[str, Json]) -> str:
    return str(spec.get("arg") or spec.get("name") or "")


def _type(value: Json) -> ArgumentType:
    """A type as arguments have it: a name, a one-item tuple, "object" for one described inline."""
    if isinstance(value, list):
        return (_type(value[0]) if value else "any",)
    if isinstance(value, Mapping):
        return "object"
    return value if isinstance(value, str) and value else "any"


# -- functions ---------------------------------------------------------------


def _joined(cls: type[Model], method: RemoteMethod, built_in: RemoteMethod | None) -> RemoteMethod:
    """The method with its function: the project's own, else the built-in one of that name."""
    attribute = next((one for one in spellings(method.name) if _is_own(cls, one)), None)
    if attribute is not None:
        return _with_function(cls, method, attribute)
    if built_in is not None:
        return replace(
            built_in,
            routes=method.routes,
            access=method.access,
            scopes=method.scopes,
            shared=method.shared,
            returns=method.returns or built_in.returns,
            description=method.description,
        )
    return method


def spellings(name: str) -> tuple[str, str]:
    """The names that a method can have in Python: as in LoopBack, or in snake_case."""
    return name, dasherize(name).replace("-", "_")


def _is_own(cls: type[Model], attribute: str) -> bool:
    """Whether something callable of that name comes from elsewhere than the root classes, whose operations are no such functions."""
    member = member_of(cls, attribute)
    home = next((base for base in cls.__mro__ if attribute in vars(base)), object)
    rooted = home.__module__.startswith(("lbpy.model.", "lbpy.data.", "builtins"))
    return not rooted and (callable(member) or isinstance(member, classmethod))


def _with_function(cls: type[Model], method: RemoteMethod, attribute: str) -> RemoteMethod:
    member = member_of(cls, attribute)
    function = function_of(member)
    static = isinstance(member, (staticmethod, classmethod))
    if static is not method.static:
        wanted = "a class method or static method" if method.static else "an instance method"
        raise DefinitionError(f"{cls.__name__}.{attribute}: {method.full_name} is described as {wanted}")
    parameters = {one.name: one for one in parameters_of(function, bound=not isinstance(member, staticmethod))}
    names = {one.name: _parameter(one.name, parameters, function) for one in method.accepts}
    required = (name for name, one in parameters.items() if one.default is one.empty and name in names.values())
    renamed = {name: one for name, one in names.items() if name != one}
    return replace(method, call=adapted(getattr(cls, attribute), renamed, tuple(required)), closed=False)


def _parameter(name: str, parameters: Mapping[str, inspect.Parameter], function: Callable[..., Any]) -> str:
    found = next((one for one in spellings(name) if one in parameters), None)
    if found is not None:
        return found
    if any(one.kind is one.VAR_KEYWORD for one in inspect.signature(function).parameters.values()):
        return name
    raise DefinitionError(f"{function.__qualname__}: takes no argument {name!r}, which its description has")
