"""Reads the value of an argument by its declared type: loosely from text, strictly from JSON. Knows no request.

A reader takes a JSON value and returns what the method gets, UNSET where text means "not given" (source: rest-api.md 3.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from ..errors import BadRequest, UnreadableBody
from ..geo import GeoPoint
from ..model.javascript import number_of
from ..types import UNSET, Json
from . import jsontext
from .method import Argument, ArgumentType
from .multipart import as_file

Reader: TypeAlias = Callable[[Json], Json]

MAX_SAFE_INTEGER: Final = 2**53 - 1
WHOLE: Final = re.compile("-?[0-9]+")
PLAIN_NUMBER: Final = re.compile(r"-?([0-9]|[1-9][0-9]*|[0-9]*\.[0-9]+)")
BOOLEANS: Final[Mapping[str, bool]] = MappingProxyType({"true": True, "1": True, "false": False, "0": False})


@dataclass(frozen=True, slots=True)
class Coercion:
    """The two readers of one argument.

    loose: of text from path, query, header or form, and of lists and dicts that brackets made of such text.
    typed: of a JSON value. Both raise BadRequest.
    """

    loose: Reader
    typed: Reader


def _dates() -> Coercion:
    return Coercion(_loose_date, jsontext.read_date)


@dataclass(frozen=True, slots=True)
class Coercions:
    """How an application reads arguments.

    is_model: whether a type's name is a model's; these are read as objects, other unknown names as "any".
    delimiters: what separates the items of a list in one text, nothing by default (source: rest-api.md 3.2).
    date: the readers of dates.
    """

    is_model: Callable[[str], bool]
    delimiters: Sequence[str] = ()
    date: Coercion = field(default_factory=_dates)

    def of_type(self, type: ArgumentType) -> Coercion:
        """The readers of a type: a name in any case, a one-item list of a type, or a dict (an object described inline)."""
        if isinstance(type, (list, tuple)):
            return self._list_of(self.of_type(type[0] if type else "any"))
        if str(type).lower() == "array":
            return self._list_of(ANY)
        if isinstance(type, Mapping) or self.is_model(str(type)):
            return OBJECT
        return self.date if str(type).lower() == "date" else TYPES.get(str(type).lower(), ANY)

    def _list_of(self, item: Coercion) -> Coercion:
        return _list_of(item, _splitter(self.delimiters))


def coercion(argument: Argument, coercions: Coercions) -> Coercion:
    """The readers of an argument's type, made once."""
    if argument.allow_array:
        return _object_or_list(OBJECT)
    return replace(coercions, date=_dates_of(argument.name)).of_type(argument.type)


def _dates_of(name: str) -> Coercion:
    """Readers of dates whose complaints name the argument where it is text or a number that is no date, as LoopBack's do."""

    def naming(read: Reader) -> Reader:
        def reader(value: Json) -> Json:
            try:
                return read(value)
            except BadRequest as error:
                named = isinstance(value, (str, int, float)) and not isinstance(value, bool)
                raise BadRequest(f'Invalid argument "{name}". {error.message}') if named else error from None

        return reader

    return Coercion(naming(_loose_date), naming(jsontext.read_date))


# --- Text and numbers --------------------------------------------------------------------------------------------------------


def _joined(value: Json) -> str | None:
    """A list as JavaScript writes it into text; None for what is no text and no list of texts."""
    if isinstance(value, list):
        items = [_joined(item) for item in value]
        return None if None in items else ",".join(item or "" for item in items)
    return value if isinstance(value, str) else None


def _loose_string(value: Json) -> Json:
    return UNSET if value == "" else _string(_joined(value))


def _string(value: Json) -> str:
    if isinstance(value, str):
        return value
    raise BadRequest("Value is not a string.")


def _loose_number(value: Json) -> Json:
    return UNSET if value == "" else _number(number_of(value))


def _number(value: Json) -> Json:
    if type(value) in (int, float):
        return number_of(value)
    raise BadRequest("Value is not a number.")


def _loose_integer(value: Json) -> Json:
    number = _loose_number(value)
    return number if number is UNSET else _integer(number)


def _integer(value: Json) -> int:
    number = _number(value)
    if abs(number) <= MAX_SAFE_INTEGER and number == int(number):
        return int(number)
    raise BadRequest("Value is not a safe integer.")


def _loose_boolean(value: Json) -> Json:
    if value == "":
        return UNSET
    return _boolean(BOOLEANS.get(value.lower()) if isinstance(value, str) else None)


def _boolean(value: Json) -> bool:
    if isinstance(value, bool):
        return value
    raise BadRequest("Value is not a boolean.")


def _loose_date(value: Json) -> Json:
    if value == "":
        return UNSET
    return jsontext.read_date(number_of(value) if isinstance(value, str) and WHOLE.fullmatch(value) else value)


def _loose_geopoint(value: Json) -> Json:
    if value == "":
        return UNSET
    return None if value == "null" else _geopoint(value)


def _geopoint(value: Json) -> GeoPoint:
    try:
        return GeoPoint.read(value)
    except ValueError as error:
        raise BadRequest(str(error)) from None


# --- Objects, lists and anything ---------------------------------------------------------------------------------------------


def _nothing(value: Json) -> bool:
    return isinstance(value, str) and value in ("", "null")


def _parsed(text: str, what: str) -> Json:
    try:
        return jsontext.read(text)
    except UnreadableBody:
        raise BadRequest(f"Cannot parse JSON-encoded {what} value.") from None


def _loose_object(value: Json) -> Json:
    if _nothing(value):
        return None if value else UNSET
    if isinstance(value, str) and value[0] == "{" and value[-1] == "}":
        return _object(_parsed(value, "object"))  # text of an object may be that of a date or of bytes
    return _object(jsontext.unwrapped(value))


def _object(value: Json) -> Json:
    if value is None or isinstance(value, dict):
        return value
    raise BadRequest("Value is not an object.")


def _object_or_list(item: Coercion) -> Coercion:
    """One object or a list of objects; a list is never read from JSON in text."""

    def typed(value: Json) -> Json:
        if not isinstance(value, list):
            return item.typed(value)
        if all(each is None or isinstance(each, dict) for each in value):
            return value
        raise BadRequest("Some of array items are not an object.")

    return Coercion(lambda value: typed(value) if isinstance(value, list) else item.loose(value), typed)


Split: TypeAlias = Callable[[str], Sequence[str]]
"""Gives the items that one text means."""


def _splitter(delimiters: Sequence[str]) -> Split:
    if not delimiters:
        return lambda text: (text,)
    return re.compile("|".join(map(re.escape, delimiters))).split


def _list_of(item: Coercion, split: Split) -> Coercion:
    def typed(value: Json) -> Json:
        if value is None:
            return None
        if not isinstance(value, list):
            raise BadRequest("Value is not an array.")
        return [item.typed(each) for each in value]

    def loose(value: Json) -> Json:
        if _nothing(value):
            return None if value else UNSET
        if isinstance(value, str) and value[0] == "[" and value[-1] == "]":
            return typed(_parsed(value, "array"))
        return [None if each is UNSET else each for each in map(item.loose, _items(value, split))]

    return Coercion(loose, typed)


def _items(value: Json, split: Split) -> Sequence[Json]:
    """The items that text means; a long list came with numbers as keys."""
    if isinstance(value, dict) and all(key.isdecimal() for key in value):
        return list(value.values())
    if isinstance(value, str):
        return split(value)
    return value if isinstance(value, list) else [value]


def _loose_any(value: Json) -> Json:
    if not isinstance(value, str):
        return jsontext.unwrapped(value)
    if _nothing(value):
        return None if value else UNSET
    if value[0] + value[-1] in ("{}", "[]"):
        return _json_or_text(value)
    if PLAIN_NUMBER.fullmatch(value):
        return _safe_number(value)
    return {"true": True, "false": False}.get(value.lower(), value)


def _json_or_text(text: str) -> Json:
    try:
        return jsontext.read(text)
    except UnreadableBody:
        return text


def _safe_number(text: str) -> Json:
    """A number that loses nothing as a float, else the text."""
    number = number_of(text)
    return text if number is None or abs(number) > MAX_SAFE_INTEGER else number


def _untouched(value: Json) -> Json:
    return value


OBJECT: Final = Coercion(_loose_object, _object)
ANY: Final = Coercion(_loose_any, _untouched)

TYPES: Final[Mapping[str, Coercion]] = MappingProxyType(
    {
        "string": Coercion(_loose_string, _string),
        "number": Coercion(_loose_number, _number),
        "integer": Coercion(_loose_integer, _integer),
        "boolean": Coercion(_loose_boolean, _boolean),
        "geopoint": Coercion(_loose_geopoint, _geopoint),
        "object": OBJECT,
        "any": ANY,
        "file": Coercion(as_file, as_file),
    }
)
