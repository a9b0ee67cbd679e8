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
from .declared import Language, adapted, derived_access, function_of, member_of, path_of
from .method import Access, Argument, ArgumentType, RemoteMethod, Returned, Route, Source, XmlStyle
from .negotiation import JSON
from .signature import instance_of, many, nullable, one_or_many, parameters_of

SOURCES: Final[Mapping[str, Source]] = MappingProxyType(
    {
        "body": "body", "form": "form", "formData": "form", "query": "query", "path": "path", "header": "header",
        "req": "req", "res": "res", "context": "context", "optionsFromRequest": "options",
    }
)  # fmt: skip
VERBS: Final = frozenset({"get", "post", "patch", "put", "del", "delete", "head", "all"})
ACCESS: Final[Mapping[str, Access]] = MappingProxyType({"READ": "READ", "WRITE": "WRITE", "EXECUTE": "EXECUTE", "REPLICATE": "REPLICATE"})


def described_methods(
    cls: type[Model], methods: Json, built_in: Mapping[str, RemoteMethod], language: Language
) -> Iterator[RemoteMethod]:
    """The methods that `methods` of a model's JSON describes (source: logic.md 1).

    Args:
        cls: the class; the function of `myMethod` is its attribute of that name, or `my_method`.
        methods: name -> description.
        built_in: the methods that the model has without, by full name; one that is described without a function of its own
            becomes a further way to the same operation.
        language: gives the models that arguments may have as their types.

    Raises:
        DefinitionError: a function does not take the arguments that are described, or one has an unknown source.
    """
    for name, spec in methods.items() if isinstance(methods, Mapping) else ():
        if isinstance(spec, Mapping):
            method = _described(name, spec)
            attribute = next((one for one in spellings(method.name) if _is_own(cls, one)), None)
            if attribute is not None:
                _check_sources(f"{cls.__name__}.{attribute}", spec)
                yield _with_function(cls, method, attribute, language)
            else:
                yield _without_function(method, built_in.get(method.full_name))


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


def _source(spec: Mapping[str, Json]) -> str:
    """The source of an argument as written, "" for none."""
    http = spec.get("http")
    told = http.get("source") if isinstance(http, Mapping) else http
    return "" if told is None else str(told)


def _argument(spec: Mapping[str, Json]) -> Argument:
    return Argument(
        _name(spec),
        _type(spec.get("type")),
        SOURCES.get(_source(spec), "auto"),
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
        xml=_xml(spec.get("xml")),
        content_type=JSON,
        json=spec.get("json") is True,
    )


def _xml(value: Json) -> XmlStyle:
    """How a result looks as XML: `{"wrapperElement": "note", "declaration": false}`."""
    spec = value if isinstance(value, Mapping) else {}
    root = spec.get("wrapperElement")
    return XmlStyle(root if isinstance(root, str) and root else "response", spec.get("declaration") is not False)


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


def _without_function(method: RemoteMethod, built_in: RemoteMethod | None) -> RemoteMethod:
    """The built-in method by this description, closed where there is none."""
    if built_in is None:
        return method
    return replace(
        built_in,
        routes=method.routes,
        access=method.access,
        scopes=method.scopes,
        shared=method.shared,
        returns=method.returns or built_in.returns,
        description=method.description,
    )


def spellings(name: str) -> tuple[str, str]:
    """The names that a method can have in Python: as in LoopBack, or in snake_case."""
    return name, dasherize(name).replace("-", "_")


def _is_own(cls: type[Model], attribute: str) -> bool:
    """Whether something callable of that name comes from elsewhere than the root classes, whose operations are no such functions."""
    member = member_of(cls, attribute)
    home = next((base for base in cls.__mro__ if attribute in vars(base)), object)
    rooted = home.__module__.startswith(("lbpy.model.", "lbpy.data.", "builtins"))
    return not rooted and (callable(member) or isinstance(member, classmethod))


def _check_sources(place: str, spec: Mapping[str, Json]) -> None:
    for one in _list(spec.get("accepts")):
        source = _source(one) if isinstance(one, Mapping) else ""
        if source and source not in SOURCES:
            remedy = f"use one of {', '.join(SOURCES)}"
            raise DefinitionError(f"{place}: the argument {_name(one)!r} has the unknown source {source!r}; {remedy}")


def _with_function(cls: type[Model], method: RemoteMethod, attribute: str, language: Language) -> RemoteMethod:
    """The method with the project's own function."""
    member, place = member_of(cls, attribute), f"{cls.__name__}.{attribute}"
    function = function_of(member)
    static = isinstance(member, (staticmethod, classmethod))
    if static is not method.static:
        wanted = "a class method or static method" if method.static else "an instance method"
        raise DefinitionError(f"{place}: {method.full_name} is described as {wanted}")
    parameters = {one.name: one for one in parameters_of(function, bound=not isinstance(member, staticmethod))}
    names = {one.name: _parameter(one.name, parameters, function, place) for one in method.accepts}
    required = (name for name, one in parameters.items() if one.default is one.empty and name in names.values())
    renamed = {name: one for name, one in names.items() if name != one}
    accepts = tuple(_with_instances(one, language) for one in method.accepts)
    return replace(method, call=adapted(getattr(cls, attribute), renamed, tuple(required)), accepts=accepts, closed=False)


def _with_instances(argument: Argument, language: Language) -> Argument:
    """The argument with objects made instances, where its type is a model or a list of one (source: rest-api.md 3.2)."""
    listed = isinstance(argument.type, tuple)
    cls = language.models.get(argument.type[0] if listed else argument.type)
    if cls is None:
        return argument
    make = nullable(instance_of(cls, language.define))
    convert = nullable(many(make)) if listed else one_or_many(make) if argument.allow_array else make
    return replace(argument, convert=convert)


def _parameter(name: str, parameters: Mapping[str, inspect.Parameter], function: Callable[..., Any], place: str) -> str:
    found = next((one for one in spellings(name) if one in parameters), None)
    if found is not None:
        return found
    if any(one.kind is one.VAR_KEYWORD for one in inspect.signature(function).parameters.values()):
        return name
    remedy = f"add the parameter {spellings(name)[1]!r}, or take the argument out of the JSON"
    raise DefinitionError(f"{place}: takes no argument {name!r}, which its description has; {remedy}")
