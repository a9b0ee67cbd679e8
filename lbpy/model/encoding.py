"""JSON text of rows and results: one fast encoder, and a slow one for what it does not know. Hides nothing and reads nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

import orjson

from ..geo import GeoPoint
from ..types import Json
from .dates import iso
from .javascript import number_of

MOST: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


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


def dumps(value: Json, default: Callable[[Any], Json] = jsonable) -> bytes:
    """JSON text of a value.

    Args:
        value: rows, lists, scalars; dates, bytes and points included; texts made before, as `orjson.Fragment`.
        default: gives JSON for values that JSON does not know.
    """
    try:
        return orjson.dumps(value, default, MOST)
    except TypeError:
        return utf8(json.dumps(_exact(value, default), ensure_ascii=False, separators=(",", ":")))


def utf8(text: str) -> bytes:
    """Text as bytes; halves of surrogate pairs, which have none, become U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _exact(value: Any, default: Callable[[Any], Json]) -> Json:
    """The value with plain types only, for the slow encoder, which knows integers of any size."""
    if isinstance(value, dict):
        return {str(key): _exact(one, default) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(one, default) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (str, int)) else _exact(default(value), default)
