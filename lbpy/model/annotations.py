"""From Python annotations to kinds of properties. Knows no class body and evaluates nothing but annotations."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin
from uuid import UUID

from ..errors import DefinitionError
from ..geo import GeoPoint
from .kinds import ANY, SIMPLE_KINDS, Array, DecimalNumber, Integer, Kind, ListOf, Uuid
from .properties import Instance

ModelKind = Callable[[type[Instance]], Kind]

PLAIN: Final[Mapping[Any, Kind]] = types.MappingProxyType(
    {
        str: SIMPLE_KINDS["string"],
        int: Integer(),
        float: SIMPLE_KINDS["number"],
        Decimal: DecimalNumber(),
        bool: SIMPLE_KINDS["boolean"],
        datetime: SIMPLE_KINDS["date"],
        UUID: Uuid(),
        bytes: SIMPLE_KINDS["buffer"],
        GeoPoint: SIMPLE_KINDS["geopoint"],
        dict: SIMPLE_KINDS["object"],
        list: Array(),
        object: ANY,
        Any: ANY,
    }
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an annotation says: the kind, whether None is allowed, and the values that an Enum or Literal allows."""

    kind: Kind
    optional: bool = False
    choices: tuple[Any, ...] = ()


def evaluate(text: str, names: Mapping[str, Any], place: str) -> Any:
    """The object that an annotation's text means.

    Args:
        text: the annotation as written.
        names: everything that may be named in it.
        place: "Class.attribute", for the message.

    Raises:
        DefinitionError: a name in it is not known, or it is no expression.
    """
    try:
        return eval(text, {}, names)  # the application's own source, evaluated as Python itself would
    except Exception as error:
        raise DefinitionError(f"{place}: the annotation {text!r} cannot be read: {error}") from error


def meaning_of(annotation: Any, model_kind: ModelKind, place: str) -> Meaning:
    """The kind that an evaluated annotation means (source: design of the face).

    Args:
        annotation: str, int, list[str], float | None, Literal[...], an Enum, a model class ...
        model_kind: gives the kind of a model class.
        place: "Class.attribute", for the message.
    """
    if get_origin(annotation) in (Union, types.UnionType):
        return _union(annotation, model_kind, place)
    if get_origin(annotation) is Annotated:
        return _annotated(annotation, model_kind, place)
    if get_origin(annotation) is Literal:
        return _choices(get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _choices(tuple(member.value for member in annotation))
    return Meaning(_kind(annotation, model_kind, place))


def _union(annotation: Any, model_kind: ModelKind, place: str) -> Meaning:
    members = [one for one in get_args(annotation) if one is not type(None)]
    optional = len(members) < len(get_args(annotation))
    if len(members) != 1:
        return Meaning(ANY, optional)
    inner = meaning_of(members[0], model_kind, place)
    return Meaning(inner.kind, optional, inner.choices)


def _annotated(annotation: Any, model_kind: ModelKind, place: str) -> Meaning:
    """What `Annotated[str, kind]` means: the kind where one is given, else what stands before it."""
    inner, *more = get_args(annotation)
    kind = next((one for one in more if isinstance(one, Kind)), None)
    return Meaning(kind) if kind is not None else meaning_of(inner, model_kind, place)


def _choices(values: tuple[Any, ...]) -> Meaning:
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    return Meaning(SIMPLE_KINDS["number" if numbers else "string"], False, values)


def _kind(annotation: Any, model_kind: ModelKind, place: str) -> Kind:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is list and args:
        return ListOf(meaning_of(args[0], model_kind, place).kind)
    if origin is dict:
        return SIMPLE_KINDS["object"]
    if isinstance(annotation, type) and issubclass(annotation, Instance):
        return model_kind(annotation)
    try:
        return PLAIN[annotation]
    except (KeyError, TypeError):
        known = "str, int, float, Decimal, bool, datetime, UUID, bytes, GeoPoint, list, dict, Any, an Enum, a Literal or a model"
        raise DefinitionError(f"{place}: {annotation!r} is no type of a property; use {known}") from None
