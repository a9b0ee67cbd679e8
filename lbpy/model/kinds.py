"""The kinds of properties: what a value from outside becomes in a row, a condition, a path. Knows no model and no store."""

from __future__ import annotations

import binascii
import math
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, Literal
from uuid import UUID

from ..errors import BadRequest
from ..geo import GeoPoint
from ..types import Json
from .dates import iso, moment_of
from .freeform import parsed_json, plain, plain_dict, plain_list, shown
from .javascript import EXACT, NUMERAL, SPACE, Unreadable, encodable, is_short, number_of, text_of


class Nothing:
    """The type of NOTHING: an operand that no stored value equals."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = Nothing()


class Kind:
    """What one sort of property accepts.

    Attributes:
        name: LoopBack's name of the type.
        python: the type of the values in rows.
    """

    name: str
    python: type

    def read(self, value: Any) -> Any:
        """A value from a client's body, a hook or Python code, as rows keep it; None stays None (source: models.md 2.1).

        Raises:
            Unreadable: it cannot be kept.
            BadRequest: it is no list where one is needed.
        """
        raise NotImplementedError

    def read_item(self, value: Any) -> Any:
        """The same for a value inside a typed list."""
        return self.read(value)

    def operand(self, value: Any) -> Any:
        """A value of a condition, or NOTHING if no stored value equals it; None stays None (source: querying.md 2.1).

        Raises:
            BadRequest: it is no date where one is needed.
        """
        try:
            return plain(value)
        except Unreadable:
            return NOTHING

    def path_id(self, text: str) -> Any:
        """An id in the path of a URL, or NOTHING if no row can have it (source: rest-api.md 1.1)."""
        return self.operand(text)

    def is_no_id(self, value: Any) -> bool:
        """Whether what stands for an id counts as none, so that the store makes one: null, 0, empty text."""
        return not value

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class Scalar(Kind):
    """A kind of single values; a list inside a typed list is kept as it is."""

    def read_item(self, value: Any) -> Any:
        """Read one item."""
        return plain(value) if isinstance(value, list) else self.read(value)


# -- single values ---------------------------------------------------------------


class String(Scalar):
    """Text."""

    name = "string"
    python = str

    def read(self, value: Any) -> Any:
        """Text of a value: 5 -> "5", ["x", "y"] -> "x,y"."""
        if type(value) is str:
            return encodable(value)
        return None if value is None else text_of(value)

    def read_item(self, value: Any) -> Any:
        """Null becomes the word, as LoopBack has it."""
        return "null" if value is None else super().read_item(value)

    def operand(self, value: Any) -> Any:
        """Text of a value; an object equals nothing."""
        try:
            return String.read(self, value)
        except Unreadable:
            return NOTHING


class Uuid(String):
    """A UUID, kept as text in its usual form."""

    def read(self, value: Any) -> Any:
        """The text in lower case with dashes."""
        if value is None:
            return None
        text = text_of(value)
        try:
            return str(UUID(text))
        except ValueError:
            raise Unreadable("type", "is not a valid UUID", value) from None

    def operand(self, value: Any) -> Any:
        """The text in lower case with dashes, NOTHING for other text."""
        try:
            return self.read(value)
        except Unreadable:
            return NOTHING


class Number(Scalar):
    """A whole or broken number: int where it is whole, else float."""

    name = "number"
    python: type = float

    def read(self, value: Any) -> Any:
        """A number of a value: " 7 " -> 7, "0x10" -> 16, "" -> 0, True -> 1."""
        if value is None or (type(value) is int and -EXACT <= value <= EXACT):
            return value
        number = number_of(value)
        if number is None or not math.isfinite(number):
            raise Unreadable("type", "is not a valid number", value)
        return number

    def operand(self, value: Any) -> Any:
        """A number of a value; what is none equals nothing."""
        if value is None:
            return None
        number = number_of(value)
        return NOTHING if number is None else number


class Integer(Number):
    """A number that must be whole, of at most 64 bits."""

    python = int

    def read(self, value: Any) -> Any:
        """A whole number of a value."""
        number = super().read(value)
        if isinstance(number, float):
            raise Unreadable("type", "is not a whole number", value)
        return number


class DecimalNumber(Number):
    """A number whose digits are kept exactly."""

    python = Decimal

    def read(self, value: Any) -> Any:
        """A Decimal of a value; text and floats keep the digits that they show."""
        if value is None:
            return None
        number = value if isinstance(value, Decimal) else _decimal(value)
        if number is None or not is_short(number):
            raise Unreadable("type", "is not a valid number", value)
        return number

    def operand(self, value: Any) -> Any:
        """A Decimal of a value; what is none equals nothing."""
        try:
            return self.read(value)
        except Unreadable:
            return NOTHING


def _decimal(value: Any) -> Decimal | None:
    text = value.strip(SPACE) if isinstance(value, str) else ""
    if NUMERAL.fullmatch(text):
        return Decimal(text)
    number = number_of(value)
    return None if number is None else Decimal(repr(number))


BOOLEANS: Final = MappingProxyType({"true": True, "1": True, "false": False, "0": False, "": False})


class Boolean(Scalar):
    """True or false."""

    name = "boolean"
    python = bool

    def read(self, value: Any) -> Any:
        """The words true, false, 1 and 0 by their meaning, everything else as JavaScript decides what is true."""
        if value is True or value is False or value is None:
            return value
        if isinstance(value, str):
            return BOOLEANS.get(value, True)
        return not isinstance(value, (int, float, Decimal)) or (value != 0 and value == value)

    def operand(self, value: Any) -> Any:
        """The same as in a body."""
        return self.read(value)


class Date(Scalar):
    """A moment in UTC, to the millisecond."""

    name = "date"
    python = datetime

    def read(self, value: Any) -> Any:
        """A moment of ISO or other text, or milliseconds since 1970."""
        if value is None:
            return None
        moment = moment_of(value)
        if moment is None:
            raise Unreadable("date", "is not a valid date", value)
        return moment

    def operand(self, value: Any) -> Any:
        """The same; what is no date is a mistake in the condition."""
        try:
            return self.read(value)
        except Unreadable:
            raise BadRequest(f"Invalid date: {shown(value)}") from None


class DateString(Kind):
    """A date that stays the text it came as."""

    name = "datestring"
    python = str

    def read(self, value: Any) -> Any:
        """The text, if a date can be read from it."""
        if isinstance(value, datetime):
            return iso(value)
        if value is None or (isinstance(value, str) and moment_of(value)):
            return value
        raise Unreadable("type", "is not a valid date", value)

    def operand(self, value: Any) -> Any:
        """Text of a value, as for texts: it is compared as it stands."""
        return SIMPLE_KINDS["string"].operand(value)


# -- bytes and places ------------------------------------------------------------


class Buffer(Kind):
    """Bytes."""

    name = "buffer"
    python = bytes

    def read(self, value: Any) -> Any:
        """Bytes of text (UTF-8), a list of numbers, or the two JSON forms of bytes."""
        if value is None or type(value) is bytes:
            return value
        if isinstance(value, str):
            return encodable(value).encode()
        found = _bytes(value)
        if found is None:
            raise Unreadable("type", "is not a valid buffer", value)
        return found

    def operand(self, value: Any) -> Any:
        """Bytes of a value; what is none equals nothing."""
        try:
            return self.read(value)
        except Unreadable:
            return NOTHING


def _bytes(value: Any) -> bytes | None:
    match value:
        case bytes() | bytearray() | memoryview():
            return bytes(value)
        case list() if all(map(_is_byte, value)):
            return bytes(map(int, value))
        case {"type": "Buffer", "data": list() as numbers}:
            return _bytes(numbers)
        case {"$type": "base64", "$data": str() as text}:
            return _base64(text)
    return None


def _is_byte(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 255 and value == int(value)


def _base64(text: str) -> bytes | None:
    try:
        return b64decode(text.replace("-", "+").replace("_", "/").rstrip("=") + "==")
    except (binascii.Error, ValueError):
        return None


class Geo(Kind):
    """A place on the earth."""

    name = "geopoint"
    python = GeoPoint

    def read(self, value: Any) -> Any:
        """A GeoPoint of an object, a list, "lat,lng" or JSON text."""
        if value is None:
            return None
        try:
            return GeoPoint.read(value)
        except ValueError as error:
            raise Unreadable("type", f"is not a valid geopoint: {error}", value) from None


# -- data with parts -------------------------------------------------------------


class FreeForm(Kind):
    """Any JSON value, kept as it comes: any, json, object and text."""

    def __init__(self, name: str, python: type = object) -> None:
        self.name = name
        self.python = python

    def read(self, value: Any) -> Any:
        """The value itself."""
        return plain(value)


class Array(Kind):
    """A list of anything."""

    name = "array"
    python = list

    def read(self, value: Any) -> Any:
        """The list, or the list that JSON text holds."""
        return None if value is None else plain_list(items_of(value))


@dataclass(frozen=True, slots=True, repr=False)
class ListOf(Array):
    """A list whose items are of one kind."""

    item: Kind

    def read(self, value: Any) -> Any:
        """The list with its items read."""
        if value is None:
            return None
        read = self.item.read_item
        try:
            return [read(one) for one in items_of(value)]
        except Unreadable as error:
            raise Unreadable("type", f"has an item that {error.message}", error.value) from None

    def operand(self, value: Any) -> Any:
        """A condition on a list is one on its items."""
        return [self.item.operand(one) for one in value] if isinstance(value, list) else self.item.operand(value)


def items_of(value: Any) -> list[Any]:
    """The items of a list, or of the list that JSON text holds.

    Raises:
        BadRequest: it is no list.
    """
    if isinstance(value, str):
        value = _items_of_text(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    raise BadRequest(f"Items must be an array: {shown(value)}")


def _items_of_text(text: str) -> Json:
    try:
        return parsed_json(text)
    except ValueError:
        raise BadRequest(f"could not create List from JSON string: {shown(text)}") from None


@dataclass(frozen=True, slots=True, repr=False)
class Nested(Kind):
    """An object with declared properties of its own, as a named model or inline.

    name: of the model, "" for inline ones. fields: kind by property. strict: what becomes of other keys. hidden: never shown.
    """

    name: str
    fields: Mapping[str, Kind]
    strict: Literal["off", "reject", "filter"] = "off"
    hidden: frozenset[str] = frozenset()

    python = dict

    def read(self, value: Any) -> Any:
        """The object, or the object that JSON text holds, with its properties read, declared ones first."""
        if value is None:
            return None
        given = _object_of_text(value) if isinstance(value, str) else value
        if not isinstance(given, Mapping):
            raise Unreadable("type", "is not a valid object", value)
        row = {name: kind.read(given[name]) for name, kind in self.fields.items() if name in given}
        return row if len(row) == len(given) else row | self._others(given)

    def _others(self, given: Mapping[str, Any]) -> dict[str, Any]:
        others = {key: one for key, one in given.items() if key not in self.fields}
        if self.strict == "reject":
            raise Unreadable("type", f"has a property that is not defined: {', '.join(map(shown, others))}", dict(given))
        return {} if self.strict == "filter" else plain_dict(others)


def _object_of_text(text: str) -> Json:
    try:
        return parsed_json(text)
    except ValueError:
        return None


# -- by name ---------------------------------------------------------------------

ANY: Final = FreeForm("any")
SIMPLE_KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "string": String(),
        "text": FreeForm("text"),
        "number": Number(),
        "boolean": Boolean(),
        "date": Date(),
        "datestring": DateString(),
        "buffer": Buffer(),
        "binary": Buffer(),
        "array": Array(),
        "object": FreeForm("object", dict),
        "any": ANY,
        "json": FreeForm("json"),
        "geopoint": Geo(),
    }
)
"""The kinds without parts, by LoopBack's name in lower case."""
