"""JSON text of rows and results: one fast encoder, and a slow one for what it does not know. Hides nothing and reads nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, Final

import orjson

from ..types import Json
from .kinds import jsonable

MOST: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


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
