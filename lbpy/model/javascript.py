"""Numbers and texts as JavaScript reads and writes them, and the refusal of values that are neither. Knows no property and no store."""

from __future__ import annotations

import math
import re
from datetime import datetime
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from ..errors import ClientError
from ..geo import GeoPoint
from .dates import iso


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
        self.args: tuple[Any, ...] = (code, message, value)
        self.value: Any = value if isinstance(value, float) else mended(value)  # an error must be writable as JSON

    def __str__(self) -> str:
        return self.message


# -- numbers ---------------------------------------------------------------------

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
    if type(value) is str:
        return _parsed_number(value.strip(SPACE))
    match value:
        case Enum():
            return number_of(value.value)
        case bool():
            return int(value)
        case int() | float():
            return None if value != value else tidy(value)
        case str():
            return _parsed_number(value.strip(SPACE))
        case Decimal():
            return number_of(int(value) if is_short(value) and value == value.to_integral_value() else float(value))
        case list() | tuple():
            return _number_of_list(value)
    return None


def tidy(number: int | float) -> int | float:
    """A number as lbpy holds it: whole ones as int where that is exact, or within 64 bits; others as float."""
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
        return tidy(_short_int(text) or float(text))
    return tidy(int(text, 0)) if RADIX.fullmatch(text) else INFINITE.get(text)


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


def is_short(value: Decimal) -> bool:
    """Whether a Decimal is finite and no longer, written out, than the longest float."""
    return value.is_finite() and -400 < value.adjusted() < 309


def number_text(number: float) -> str:
    """A number as JavaScript writes it: 5.0 is "5", 0.00001 is "0.00001", 1e21 is "1e+21"."""
    if 1e-6 <= abs(number) < 1e21 or number == 0:
        return format(Decimal(repr(number + 0.0)), "f").removesuffix(".0")
    mantissa, _, exponent = repr(number).partition("e")
    return f"{mantissa}e{int(exponent):+d}"


# -- texts -----------------------------------------------------------------------


def text_of(value: Any) -> str:
    """What JavaScript's String() makes of a value (source: models.md 2.1).

    Raises:
        Unreadable: objects, numbers that are not finite, and text that UTF-8 cannot hold.
    """
    match value:
        case Enum():
            return text_of(value.value)
        case str():
            return encodable(str(value))
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


def encodable(text: str) -> str:
    """The text itself.

    Raises:
        Unreadable: UTF-8 cannot hold it.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unreadable("type", "is not a valid string", mended_text(text)) from None
    return text


def mended_text(text: str) -> str:
    """The text with a replacement character for each surrogate that stands alone."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


# -- data that can be written, whatever it was -----------------------------------


def mended(value: Any) -> Any:
    """Free-form data with null for numbers and replacement characters for letters that cannot be kept."""
    match value:
        case dict():
            return {lossy_text(key): mended(one) for key, one in value.items()}
        case list() | tuple():
            return [mended(one) for one in value]
        case str():
            return mended_text(value)
        case int() | float() if not isinstance(value, bool):
            number = tidy(value)
            return number if math.isfinite(number) else None
    return value


def lossy_text(value: Any) -> str:
    """A text of anything, as LoopBack stores it: what has none becomes "[object Object]"."""
    match value:
        case str():
            return mended_text(value)
        case list() | tuple():
            return ",".join("" if one is None else lossy_text(one) for one in value)
        case float() if not math.isfinite(value):
            return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    try:
        return text_of(value)
    except Unreadable:
        return "[object Object]"
