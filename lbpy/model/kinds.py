"""The kinds of properties: what a value from outside becomes in a row, a condition, an answer. Knows no model and no store."""

from __future__ import annotations

import binascii
import json
import math
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, Literal, NoReturn
from uuid import UUID

from ..errors import BadRequest, ClientError
from ..geo import GeoPoint
from ..types import Json


class Unreadable(ClientError):
    """A value that the kind of its property cannot keep.

    Args:
        code: "date" for what is no date, "type" for other values; kinds of one's own may say another.
        message: what is wrong, to be read after the name of the property: "is not a valid number".
        value: the value as it came.
    """

    status = 422
    name = "ValidationError"
    code: str

    def __init__(self, code: str, message: str, value: Any) -> None:
        super().__init__(message, code=code)
        self.args = (code, message, value)
        self.value = value if isinstance(value, float) else _mended(value)  # an error must be writable as JSON

    def __str__(self) -> str:
        return self.message


class Nothing:
    """The type of NOTHING: an operand that no stored value equals."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = Nothing()


# -- numbers as JavaScript reads and writes them -------------------------------

SPACE: Final = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
NUMERAL: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
RADIX: Final = re.compile(r"0(?:x[0-9a-f]+|o[0-7]+|b[01]+)", re.ASCII | re.IGNORECASE)
INFINITE: Final = MappingProxyType({"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf})
EXACT: Final = 2**53


def number_of(value: Any) -> int | float | None:
    """What JavaScript's Number() makes of a value; None where that is NaN (source: models.md 2.1).

    Whole numbers come as int: exact within 64 bits, beyond that as the float next to them.
    """
    if type(value) is int and -EXACT <= value <= EXACT:
        return value
    match value:
        case Enum():
            return number_of(value.value)
        case bool():
            return int(value)
        case int() | float():
            return None if value != value else _tidy(value)
        case str():
            return _parsed_number(value.strip(SPACE))
        case Decimal():
            return number_of(int(value) if _is_short(value) and value == value.to_integral_value() else float(value))
        case list() | tuple():
            return _number_of_list(value)
    return None


def _tidy(number: int | float) -> int | float:
    if isinstance(number, float):
        return int(number) if number.is_integer() and abs(number) <= EXACT else number
    return number if -(2**63) <= number < 2**64 else _as_float(number)


def _as_float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _parsed_number(text: str) -> int | float | None:
    if not text:
        return 0
    if len(text) <= 15 and text.isdecimal() and text.isascii():
        return int(text)
    if NUMERAL.fullmatch(text):
        return _tidy(_short_int(text) or float(text))
    return _tidy(int(text, 0)) if RADIX.fullmatch(text) else INFINITE.get(text)


def _short_int(text: str) -> int | None:
    try:
        return int(text) if len(text) <= 21 else None
    except ValueError:
        return None


def _number_of_list(values: list[Any] | tuple[Any, ...]) -> int | float | None:
    try:
        return _parsed_number(text_of(values).strip(SPACE))
    except Unreadable:
        return None


def _is_short(value: Decimal) -> bool:
    return value.is_finite() and -400 < value.adjusted() < 309


def _finite(number: int | float) -> int | float:
    tidy = _tidy(number)
    if not math.isfinite(tidy):
        raise Unreadable("type", "is not a valid number", number)
    return tidy


def number_text(number: float) -> str:
    """A number as JavaScript writes it: 5.0 is "5", 0.00001 is "0.00001", 1e21 is "1e+21"."""
    if 1e-6 <= abs(number) < 1e21 or number == 0:
        return format(Decimal(repr(number + 0.0)), "f").removesuffix(".0")
    mantissa, _, exponent = repr(number).partition("e")
    return f"{mantissa}e{int(exponent):+d}"


# -- texts ---------------------------------------------------------------------


def text_of(value: Any) -> str:
    """What JavaScript's String() makes of a value (source: models.md 2.1).

    Raises:
        Unreadable: objects, numbers that are not finite, and text that UTF-8 cannot hold.
    """
    match value:
        case Enum():
            return text_of(value.value)
        case str():
            return _encodable(str(value))
        case bool():
            return "true" if value else "false"
        case int() | Decimal() | UUID():
            return str(value)
        case float() if math.isfinite(value):
            return number_text(value)
        case list() | tuple():
            return ",".join("" if one is None else text_of(one) for one in value)
        case datetime():
            return iso(value)
        case GeoPoint():
            return f"{value.lat},{value.lng}"
    raise Unreadable("type", "is not a valid string", value)


def _encodable(text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unreadable("type", "is not a valid string", _mended_text(text)) from None
    return text


def _mended_text(text: str) -> str:
    """The text with a replacement character for each surrogate that stands alone."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


# -- dates as JavaScript reads them --------------------------------------------

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_DATE: Final = 120
ISO: Final = re.compile(
    r"([+-]\d{6}|\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
COMMENT: Final = re.compile(r"\([^()]*\)")
CLOCK: Final = re.compile(
    r"(?:(?<=\d)t)?(?<![\d:])(\d\d?):(\d\d)(?::(\d\d)(?:[.:](\d+))?)?(?!\d)\s*([ap]m(?![a-z]))?\s*([+-]\d\d?(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
ZONE: Final = re.compile(r"(?<![a-z])(z|utc?|gmt|[ecmp][sd]t)(?![a-z])\s*([+-]\d\d?(?::?\d\d)?)?", re.ASCII | re.IGNORECASE)
PIECE: Final = re.compile(r"[a-z]+|\d+|[^\s,./-]", re.ASCII | re.IGNORECASE)
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ZONES: Final = MappingProxyType({"e": -300, "c": -360, "m": -420, "p": -480})
"""Minutes east of Greenwich of the American zones, by their first letter."""

Day = tuple[int, int, int]


def moment_of(value: Any) -> datetime | None:
    """What JavaScript's Date makes of a value, in UTC and cut to milliseconds (source: models.md 2.1).

    Args:
        value: a datetime or date, milliseconds since 1970, or text: ISO, RFC 2822, "March 1, 2015" and the like. A date alone
            in ISO form is midnight UTC; other forms, and times without a zone, are in the server's zone.

    Returns:
        None for what is no date, or none of the years 1 to 9999.
    """
    match value:
        case datetime():
            return _in_utc(value)
        case date():
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        case int() | float():
            return _moment_of_ms(value)
        case str():
            return _parsed_date(value)
        case [str() | int() as only]:
            return _parsed_date(text_of(only))
    return None


def _in_utc(moment: datetime) -> datetime | None:
    cut = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    try:
        return cut.astimezone(UTC) if cut.tzinfo else _from_server_zone(cut)
    except (ValueError, OverflowError, OSError):
        return None


def _from_server_zone(moment: datetime) -> datetime:
    """A naive moment in UTC; an hour that the clocks jumped over counts as before the jump, which astimezone() gets wrong."""
    seconds = moment.replace(microsecond=0).timestamp()
    return EPOCH + timedelta(seconds=seconds, microseconds=moment.microsecond)


def _moment_of_ms(milliseconds: float) -> datetime | None:
    try:
        return EPOCH + timedelta(milliseconds=int(milliseconds))
    except (ValueError, OverflowError):
        return None


def _parsed_date(text: str) -> datetime | None:
    if len(text) > LONGEST_DATE:
        return None
    if len(text) == 24 and text[4:20:3] == "--T::." and text[-1] == "Z":  # as JSON shows dates: no need for the slow way
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    found = ISO.fullmatch(text)
    return _iso_date(*found.groups()) if found else _spoken_date(COMMENT.sub(" ", text))


def _iso_date(
    year: str, month: str | None, day: str | None, hour: str | None, minute: str, second: str, fraction: str, zone: str | None
) -> datetime | None:  # fmt: skip
    on = (int(year), int(month or 1), int(day or 1))
    if hour is None:
        return _moment(on, 0, 0)
    east = None if zone is None else _minutes_east(zone)
    return _moment(on, _clock_ms(hour, minute, second, fraction), east)


def _spoken_date(text: str) -> datetime | None:
    """Dates as people and mail programs write them: day, time and zone in any order."""
    clock, text = _taken(CLOCK, text)
    zone, text = _taken(ZONE, text)
    day = _day(PIECE.findall(text.lower())) if text.isascii() else None
    if day is None:
        return None
    east = (zone[2] or zone[1] if zone else None) or (clock[6] if clock else None)
    return _moment(day, _clock_ms(*clock.groups()[:5]) if clock else 0, _minutes_east(east) if east else None)


def _taken(pattern: re.Pattern[str], text: str) -> tuple[re.Match[str] | None, str]:
    """The first match and the text without it."""
    found = pattern.search(text)
    return found, f"{text[: found.start()]} {text[found.end() :]}" if found else text


def _clock_ms(hour: str, minute: str, second: str | None, fraction: str | None, half: str | None = None) -> int | None:
    """Milliseconds since midnight; None for no time of a day."""
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    if half:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0) if hours <= 12 else 99
    total = ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(f"{fraction or 0:0<3}"[:3])
    return total if minutes < 60 and seconds < 60 and total <= 86_400_000 else None


def _minutes_east(zone: str) -> int:
    """Minutes east of Greenwich: "Z", "GMT", "PDT", "+2", "-0530", "+05:30"."""
    letter = zone[0].lower()
    if letter in ZONES:
        return ZONES[letter] + (60 if zone[1] in "dD" else 0)
    if letter not in "+-":
        return 0
    digits = zone[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) < 3 else (int(digits[:-2]), int(digits[-2:]))
    return (hours * 60 + minutes) * (-1 if letter == "-" else 1)


def _day(pieces: list[str]) -> Day | None:
    """Year, month and day of numbers, at most one month and names of weekdays, in the orders that JavaScript knows."""
    words = [piece for piece in pieces if not piece.isdigit()]
    numbers = [int(piece) for piece in pieces if piece.isdigit() and len(piece) <= 6]
    months = [month for word in words if (month := _position(word, MONTHS))]
    known = len(months) + sum(1 for word in words if _position(word, WEEKDAYS))
    if known < len(words) or len(numbers) + len(words) < len(pieces) or len(months) > 1:
        return None
    return _ordered_day(numbers, months[0] if months else None)


def _position(word: str, names: tuple[str, ...]) -> int:
    return next((index for index, name in enumerate(names, 1) if len(word) >= 3 and name.startswith(word)), 0)


def _ordered_day(numbers: list[int], named: int | None) -> Day | None:
    if not 1 <= len(numbers) <= (2 if named else 3):
        return None
    first, second, third = [*numbers, 1, 1][:3]
    if named:
        return (_full_year(second), named, first) if 1 <= first <= 31 else (_full_year(first), named, second)
    return (_full_year(third), first, second) if 1 <= first <= 31 else (_full_year(first), second, third)


def _full_year(year: int) -> int:
    return year + 2000 if year < 50 else year + 1900 if year < 100 else year


def _moment(day: Day, clock: int | None, east: int | None) -> datetime | None:
    """A day up to the 31st of any month, milliseconds of that day, and minutes east of Greenwich (None: the server's zone)."""
    if clock is None or not 1 <= day[2] <= 31 or abs(east or 0) >= 1440:
        return None
    try:
        local = datetime(day[0], day[1], 1) + timedelta(days=day[2] - 1, milliseconds=clock)
        return _in_utc(local) if east is None else local.replace(tzinfo=UTC) - timedelta(minutes=east)
    except (ValueError, OverflowError):
        return None


# -- free-form data ------------------------------------------------------------

DEEPEST_TEXT: Final = 32


def plain(value: Any) -> Any:
    """Data of any shape as rows keep it, copied: lists, dicts, text that UTF-8 can hold, finite numbers.

    Raises:
        Unreadable: something in it cannot be written as JSON.
    """
    reader = _PLAIN.get(type(value))
    return value if reader is None else reader(value)


def _plain_list(values: list[Any] | tuple[Any, ...]) -> list[Any]:
    return [plain(one) for one in values]


def _plain_dict(values: dict[Any, Any]) -> dict[str, Any]:
    return {_plain_key(key): plain(one) for key, one in values.items()}


def _plain_key(key: Any) -> str:
    if not isinstance(key, str):
        raise Unreadable("type", "has a key that is no text", key)
    return _encodable(key)


_PLAIN: Final[Mapping[type, Callable[[Any], Any]]] = MappingProxyType(
    {str: _encodable, int: _finite, float: _finite, list: _plain_list, tuple: _plain_list, dict: _plain_dict}
)


def parsed_json(text: str) -> Json:
    """JSON that came as the text of a value.

    Raises:
        ValueError: it is no JSON, or deeper than data may be.
    """
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("too deep") from None
    if _is_deeper(value, DEEPEST_TEXT):
        raise ValueError("too deep")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _is_deeper(value: Json, levels: int) -> bool:
    if not isinstance(value, (list, dict)):
        return False
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in (value.values() if isinstance(value, dict) else value))


def _shown(value: Any) -> str:
    return _mended_text(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str))


# -- kinds ---------------------------------------------------------------------


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

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class Scalar(Kind):
    """A kind of single values; a list inside a typed list is kept as it is."""

    def read_item(self, value: Any) -> Any:
        """Read one item."""
        return plain(value) if isinstance(value, list) else self.read(value)


class String(Scalar):
    """Text."""

    name = "string"
    python = str

    def read(self, value: Any) -> Any:
        """Text of a value: 5 -> "5", ["x", "y"] -> "x,y"."""
        if type(value) is str:
            return _encodable(value)
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
        if number is None or not _is_short(number):
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
            raise BadRequest(f"Invalid date: {_shown(value)}") from None


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


class Buffer(Kind):
    """Bytes."""

    name = "buffer"
    python = bytes

    def read(self, value: Any) -> Any:
        """Bytes of text (UTF-8), a list of numbers, or the two JSON forms of bytes."""
        if value is None or type(value) is bytes:
            return value
        if isinstance(value, str):
            return _encodable(value).encode()
        found = _bytes(value)
        if found is None:
            raise Unreadable("type", "is not a valid buffer", value)
        return found


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
        return None if value is None else _plain_list(_items(value))


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
            return [read(one) for one in _items(value)]
        except Unreadable as error:
            raise Unreadable("type", f"has an item that {error.message}", error.value) from None

    def operand(self, value: Any) -> Any:
        """A condition on a list is one on its items."""
        return [self.item.operand(one) for one in value] if isinstance(value, list) else self.item.operand(value)


def _items(value: Any) -> list[Any]:
    if isinstance(value, str):
        value = _items_of_text(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    raise BadRequest(f"Items must be an array: {_shown(value)}")


def _items_of_text(text: str) -> Json:
    try:
        return parsed_json(text)
    except ValueError:
        raise BadRequest(f"could not create List from JSON string: {_shown(text)}") from None


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
            raise Unreadable("type", f"has a property that is not defined: {', '.join(map(_shown, others))}", dict(given))
        return {} if self.strict == "filter" else _plain_dict(others)


def _object_of_text(text: str) -> Json:
    try:
        return parsed_json(text)
    except ValueError:
        return None


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


# -- the switch lossyCoercion --------------------------------------------------

MOST_ZERO_BYTES: Final = 65536


class Lossy(Kind):
    """A kind that keeps what LoopBack would where the other one refuses.

    Args:
        kind: the strict kind.
        keep: what to store for a value that it refused.
    """

    def __init__(self, kind: Kind, keep: Callable[[Any], Any]) -> None:
        self.kind = kind
        self.keep = keep
        self.name = kind.name
        self.python = kind.python

    def read(self, value: Any) -> Any:
        """The strict kind's value, or what can be kept; only a date that is none is refused."""
        try:
            return self.kind.read(value)
        except Unreadable as error:
            if error.code == "date":
                raise
            return self.keep(value)

    def read_item(self, value: Any) -> Any:
        """The same for an item; a date that is none becomes null."""
        try:
            return self.kind.read_item(value)
        except Unreadable:
            return self.keep(value)

    def operand(self, value: Any) -> Any:
        """As the strict kind."""
        return self.kind.operand(value)

    def path_id(self, text: str) -> Any:
        """As the strict kind."""
        return self.kind.path_id(text)


def lossy(kind: Kind) -> Kind:
    """The kind as LoopBack reads it, refusing little but bad dates and points (switch lossyCoercion; source: models.md 2.1)."""
    if isinstance(kind, ListOf):
        return ListOf(lossy(kind.item))
    if isinstance(kind, Nested):
        return _lossy_nested(kind)
    keep = _KEPT.get(type(kind))
    return kind if keep is None else Lossy(kind, keep)


def _lossy_nested(kind: Nested) -> Kind:
    fields = {name: lossy(one) for name, one in kind.fields.items()}
    inner = replace(kind, fields=fields, strict="off" if kind.strict == "off" else "filter")
    return Lossy(inner, lambda value: _mended(inner.read(_indexed(value))))


def _indexed(value: Any) -> dict[str, Any]:
    """A text as an object of its letters, a list as one of its items, anything else as an empty one."""
    if isinstance(value, Mapping):
        return {_lossy_text(key): _mended(one) for key, one in value.items()}
    return {str(index): one for index, one in enumerate(_mended(value))} if isinstance(value, (str, list)) else {}


def _mended(value: Any) -> Any:
    """Free-form data with null for numbers and replacement characters for letters that cannot be kept."""
    match value:
        case dict():
            return {_lossy_text(key): _mended(one) for key, one in value.items()}
        case list() | tuple():
            return [_mended(one) for one in value]
        case str():
            return _mended_text(value)
        case int() | float() if not isinstance(value, bool):
            tidy = _tidy(value)
            return tidy if math.isfinite(tidy) else None
    return value


def _lossy_text(value: Any) -> str:
    match value:
        case str():
            return _mended_text(value)
        case list() | tuple():
            return ",".join("" if one is None else _lossy_text(one) for one in value)
        case float() if not math.isfinite(value):
            return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    try:
        return text_of(value)
    except Unreadable:
        return "[object Object]"


def _lossy_bytes(value: Any) -> bytes | None:
    """A number as that many zero bytes, a list as the lowest byte of each number."""
    if isinstance(value, (int, float)) and 0 <= value <= MOST_ZERO_BYTES:
        return bytes(int(value))
    if isinstance(value, list):
        return bytes(int(one) & 255 if math.isfinite(one) else 0 for one in (number_of(item) or 0 for item in value))
    return _mended_text(value).encode() if isinstance(value, str) else None


def _no_value(value: Any) -> None:
    return None


_KEPT: Final[Mapping[type[Kind], Callable[[Any], Any]]] = MappingProxyType(
    {
        String: _lossy_text,
        FreeForm: _mended,
        Array: lambda value: _mended(_items(value)),
        Number: _no_value,
        Date: _no_value,
        Buffer: _lossy_bytes,
    }
)
"""What is stored, by kind, where the strict kind refuses; kinds that are not here go on refusing, as LoopBack fails there."""


# -- on the wire ---------------------------------------------------------------


def iso(moment: datetime) -> str:
    """A moment as JSON shows it: "2015-03-01T10:00:00.000Z"."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat("T", "milliseconds")[:-6] + "Z"


def jsonable(value: Any) -> Json:
    """What a JSON encoder writes for a value that it does not know: orjson's `default`, with OPT_PASSTHROUGH_DATETIME.

    Raises:
        TypeError: no JSON form is known.
    """
    match value:
        case datetime():
            return iso(value)
        case date() | time():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            return {"type": "Buffer", "data": list(bytes(value))}
        case Decimal():
            return _decimal_number(value)
        case UUID():
            return str(value)
        case Enum():
            return value.value
        case GeoPoint():
            return {"lat": value.lat, "lng": value.lng}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _decimal_number(value: Decimal) -> int | float | None:
    number = number_of(value)
    return number if number is not None and math.isfinite(number) else None
