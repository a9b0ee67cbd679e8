"""From the parameters and annotations of a Python function to the arguments and results of a remote method. Calls nothing."""

from __future__ import annotations

import inspect
import types
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, get_args, get_origin
from uuid import UUID

from ..data.persisted import PersistedModel
from ..errors import BadRequest, DefinitionError, Invalid
from ..geo import GeoPoint
from ..model.annotations import evaluate
from ..model.base import Model
from ..model.definition import ModelDefinition
from ..model.javascript import Unreadable
from ..model.kinds import Buffer, DecimalNumber, Kind, Uuid
from ..model.remote import HttpRequest, HttpResponse, RemoteContext
from ..model.rules import Subject, rules_of, run
from ..model.schema import Reader
from ..types import UNSET, Json
from .binding import FILES
from .method import Argument, ArgumentType, Converter, Returned, Source
from .multipart import FormFile
from .streams import OCTETS, Download, Upload

Markers: TypeAlias = Mapping[type, Source]
"""Types of parameters that mean a part of the call rather than a value that the client sends."""

MARKERS: Final[Markers] = types.MappingProxyType({RemoteContext: "context", Upload: "upload", HttpRequest: "req", HttpResponse: "res"})

Define: TypeAlias = Callable[[type[Model]], ModelDefinition]
"""Gives the definition of a model class."""

PLAIN: Final[Mapping[Any, ArgumentType]] = types.MappingProxyType(
    {
        str: "string", int: "integer", float: "number", bool: "boolean", datetime: "date", GeoPoint: "geopoint",
        dict: "object", Mapping: "object", list: "array", object: "any", Any: "any", FormFile: "file",
    }
)  # fmt: skip
KINDS: Final[Mapping[Any, Kind]] = types.MappingProxyType({Decimal: DecimalNumber(), UUID: Uuid(), bytes: Buffer()})
STREAMS: Final = (Iterator, Iterable, Generator)
EVENTS: Final = (Iterator, Generator)
SOURCES: Final = get_args(Source)


@dataclass(frozen=True, slots=True)
class Arg:
    """What can be said of a parameter beside its type: `percent: Annotated[float, Arg(source="query")]`.

    Args:
        name: that clients use; default the parameter's.
        source: where the value is looked up; default path, body member, query, and for a FormFile "form".
        limit: of an Upload or FormFile, most bytes.
        description: for the documentation.
    """

    name: str = ""
    source: Source | None = None
    limit: int | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What annotations are read with.

    names: everything that may be named in them. markers: types of parameters that mean a part of the call.
    define: gives the definition of a model class. place: "Model.method", for messages.
    """

    names: Mapping[str, Any]
    markers: Markers
    define: Define
    place: str

    def read(self, annotation: Any) -> Any:
        """The object that an annotation means. Raises: DefinitionError."""
        return evaluate(annotation, self.names, self.place) if isinstance(annotation, str) else annotation


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the annotation of a parameter says; convert: from the value as read to what the function gets."""

    type: ArgumentType = "any"
    convert: Converter | None = None
    optional: bool = False
    allow_array: bool = False
    told: Arg = Arg()
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters of a function as arguments. names: client's name -> parameter. absent: parameters that get None if absent."""

    accepts: tuple[Argument, ...]
    names: Mapping[str, str]
    absent: tuple[str, ...]


# -- parameters --------------------------------------------------------------


def parameters_of(function: Callable[..., Any], *, bound: bool) -> list[inspect.Parameter]:
    """The parameters that a call hands over by name.

    Args:
        function: as defined. bound: whether its first parameter is the class or the instance.
    """
    listed = list(inspect.signature(function).parameters.values())[int(bound):]
    return [one for one in listed if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]


def signature_of(parameters: Iterable[inspect.Parameter], scope: Scope) -> Signature:
    """The arguments that parameters mean: without default and not `| None` they are required.

    Raises:
        DefinitionError: an annotation cannot be read.
    """
    pairs = [(one, _argument(one, _meaning_of(one, scope), scope.place)) for one in parameters]
    upload = any(argument.source == "upload" for _, argument in pairs)
    return Signature(
        tuple(_beside_upload(argument) if upload else argument for _, argument in pairs),
        {argument.name: one.name for one, argument in pairs if argument.name != one.name},
        tuple(one.name for one, argument in pairs if one.default is one.empty and not argument.required and argument.source in _SENT),
    )


_SENT: Final = ("auto", "body", "form", "query", "path", "header")


def _meaning_of(parameter: inspect.Parameter, scope: Scope) -> Meaning:
    if parameter.annotation is parameter.empty:
        return Meaning(source="options") if parameter.name == "options" else Meaning()
    meaning = meaning_of(scope.read(parameter.annotation), scope)
    if parameter.name == "options" and meaning.type == "object" and meaning.told.source is None:
        return Meaning(source="options")  # never the client's, as in operations
    return meaning


def _argument(parameter: inspect.Parameter, meaning: Meaning, place: str) -> Argument:
    source = meaning.source or meaning.told.source or ("form" if meaning.type in FILES else "auto")
    if source not in SOURCES:
        raise DefinitionError(f"{place}: {parameter.name} has the unknown source {source!r}; use one of {', '.join(_SENT)}")
    return Argument(
        meaning.told.name or parameter.name,
        meaning.type,
        source,
        required=source in _SENT and parameter.default is parameter.empty and not meaning.optional and meaning.type != "any",
        allow_array=meaning.allow_array,
        convert=meaning.convert,
        limit=meaning.told.limit,
        description=meaning.told.description,
    )


def _beside_upload(argument: Argument) -> Argument:
    """Beside an upload nothing is looked for in the body, which must stay unread."""
    return replace(argument, source="url") if argument.source == "auto" else argument


# -- annotations -------------------------------------------------------------


def meaning_of(annotation: Any, scope: Scope) -> Meaning:
    """What an evaluated annotation says: str, float | None, list[str], Literal[...], an Enum, a model, a marker ...

    Raises:
        DefinitionError: it is nothing that a request can carry.
    """
    origin, args = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, (list, dict, set)):  # [int] for list[int]
        raise DefinitionError(f"{scope.place}: {annotation!r} is no type; {_CARRIED}")
    if origin is Annotated:
        return _annotated(args, scope)
    if origin in (Union, types.UnionType):
        return _union(args, scope)
    if annotation in scope.markers:
        return Meaning(source=scope.markers[annotation])
    type, convert = _value(annotation, scope)
    return Meaning(type, convert if type == "any" and convert is None else _present(convert))


def _annotated(args: tuple[Any, ...], scope: Scope) -> Meaning:
    told = next((one for one in args[1:] if isinstance(one, Arg)), Arg())
    kind = next((one for one in args[1:] if isinstance(one, Kind)), None)
    if kind is not None:
        return Meaning("any", _present(_by_kind(kind)), told=told)
    return replace(meaning_of(args[0], scope), told=told)


def _union(args: tuple[Any, ...], scope: Scope) -> Meaning:
    members = [one for one in args if one is not types.NoneType]
    optional = len(members) < len(args)
    if len(members) == 2 and get_origin(members[1]) is list and get_args(members[1]) == (members[0],):
        return _one_or_many(members[0], scope, optional)
    if len(members) != 1:
        return Meaning(optional=optional)
    inner = meaning_of(members[0], scope)
    return replace(inner, optional=True, convert=nullable(inner.convert))


def _one_or_many(item: Any, scope: Scope, optional: bool) -> Meaning:
    """What `Product | list[Product]` says: an object, or a list of such; other unions of this kind may be anything."""
    inner = meaning_of(item, scope)
    if inner.type != "object":
        return Meaning(optional=optional)
    convert = one_or_many(inner.convert)
    return Meaning("object", nullable(convert) if optional else convert, optional, allow_array=True)


def _value(annotation: Any, scope: Scope) -> tuple[ArgumentType, Converter | None]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return _choice(args, {one: one for one in args})
    if origin is list and args:
        return _list(args[0], scope)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _choice([one.value for one in annotation], {one.value: one for one in annotation})
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return "object", instance_of(annotation, scope.define)
    if annotation in KINDS:
        return "any", _by_kind(KINDS[annotation])
    found = PLAIN.get(origin or annotation)
    if found is None:
        raise DefinitionError(f"{scope.place}: {annotation!r} is nothing that a request can carry; {_CARRIED}")
    return found, None


_CARRIED: Final = "use str, int, float, bool, datetime, Decimal, UUID, bytes, GeoPoint, list, dict, Any, an Enum, a Literal or a model"


def _list(item: Any, scope: Scope) -> tuple[ArgumentType, Converter | None]:
    inner = meaning_of(item, scope)
    return (inner.type,), many(inner.convert)


def many(convert: Converter | None) -> Converter | None:
    """What converts each item of a list, none of which may become nothing."""
    if convert is None:
        return None

    def each(values: list[Json]) -> list[Any]:
        made = [convert(one) for one in values]
        if UNSET in made:
            raise BadRequest("a list has an empty item")
        return made

    return each


def one_or_many(convert: Converter | None) -> Converter | None:
    """What converts an object, or each of a list of objects."""
    each = many(convert)
    if convert is None or each is None:
        return None
    return lambda value: each(value) if isinstance(value, list) else convert(value)


def _choice(values: Iterable[Any], made: Mapping[Any, Any]) -> tuple[ArgumentType, Converter]:
    texts = all(isinstance(one, str) for one in values)

    def choose(value: Json) -> Any:
        if isinstance(value, (dict, list)) or value not in made:
            raise BadRequest(f"Value is none of {', '.join(str(one) for one in made)}.")
        return made[value]

    return ("string" if texts else "any"), choose


def _by_kind(kind: Kind) -> Converter:
    def convert(value: Json) -> Any:
        try:
            return kind.read(value)
        except Unreadable as error:
            raise BadRequest(f"Value {error.message}.") from None

    return convert


def instance_of(cls: type[Model], define: Define) -> Converter:
    """What makes an instance of a model, its types read and its defaults filled in.

    Rules of stored models are asked when the instance is saved, those of models in JSON never (as in LoopBack), all others here.
    """
    definition = define(cls)
    reader = Reader(definition)
    rules = () if issubclass(cls, PersistedModel) or cls.declaration__.spec else rules_of(definition, cls)

    def make(value: Json) -> Model:
        row, problems = reader.read(value)
        if problems:
            raise Invalid(definition.name, problems)
        defaults = {name: default() for name, default in cls.defaults__.items() if name not in row}
        made = cls._wrap({**defaults, **row}, new=True)
        if broken := run(rules, Subject(made._row, made)):
            raise Invalid(definition.name, broken)
        return made

    return make


def _present(convert: Converter | None) -> Converter:
    """Null is as good as absent where no None is expected."""
    return lambda value: UNSET if value is None else value if convert is None else convert(value)


def nullable(convert: Converter | None) -> Converter | None:
    """The same where null stays null."""
    return None if convert is None else lambda value: None if value is None else convert(value)


# -- results -----------------------------------------------------------------


def returns_of(annotation: Any, scope: Scope) -> tuple[Returned, ...]:
    """The results that the annotation behind `->` means: the value is the whole body, None is no body.

    Iterator[bytes] and Download are sent as they are, the values of any other Iterator one by one.
    """
    if annotation is inspect.Signature.empty:
        return (Returned("result", "any", root=True),)
    read = scope.read(annotation)
    if read in (None, types.NoneType):
        return ()
    if is_stream(read, scope.place):
        return (Returned("result", "file", root=True, content_type=OCTETS),)
    if get_origin(read) in EVENTS:
        return (Returned("result", "ReadableStream", root=True, json=True),)
    return (Returned("result", type_of(read, scope), root=True),)


def is_stream(annotation: Any, place: str) -> bool:
    """Whether a result of that type is sent by parts. Raises: DefinitionError for asynchronous ones."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is AsyncIterator:
        raise DefinitionError(f"{place}: {annotation!r}: a WSGI application cannot run asynchronous methods")
    return annotation is Download or (origin in STREAMS and args[:1] == (bytes,))


def type_of(annotation: Any, scope: Scope) -> ArgumentType:
    """The type of a result for the documentation: a type name, or a one-item tuple of one."""
    members = [one for one in get_args(annotation) if one is not types.NoneType]
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return type_of(members[0], scope) if len(members) == 1 else "any"
    if origin is list and members:
        return (type_of(members[0], scope),)
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return scope.define(annotation).name
    return PLAIN.get(origin or annotation, "any")
