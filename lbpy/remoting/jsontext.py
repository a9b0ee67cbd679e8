"""Reads JSON text that a client sent: exactly, strictly, and no deeper than it can be written again. Knows no request.

orjson reads what it can; the standard json reads what orjson rounds or refuses though it is JSON (design.md 5.6).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import Final, NoReturn

import orjson

from ..errors import BadRequest, UnreadableBody
from ..model.dates import moment_of
from ..types import Json

MAX_NESTING: Final = 200
"""Levels of lists and dicts; the encoder of answers refuses 255."""

LONG_INTEGER: Final = re.compile("[0-9]{19}")


def read(text: str) -> Json:
    """The value of JSON text.

    Returns: integers of any length exactly, numbers beyond all floats as infinity; `{"$type": T, "$data": ...}` as an aware
    datetime for T "date", as bytes for "base64" (source: rest-api.md 3.2).
    Raises: UnreadableBody for anything that is no JSON or nested too deeply, BadRequest for a wrapper around nonsense.
    """
    value = _value(text)
    if text.count("[") + text.count("{") > MAX_NESTING:
        _check_nesting(value)
    return unwrapped(value) if '"$type"' in text else value


def read_date(value: Json) -> datetime:
    """The moment that text or a number of epoch milliseconds means. Raises: BadRequest for anything else."""
    moment = moment_of(value) if type(value) in (str, int, float) else None
    if moment is None:
        raise BadRequest("Value is not a valid date.")
    return moment


def _value(text: str) -> Json:
    if LONG_INTEGER.search(text):
        return _slowly(text)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _slowly(text)


def _slowly(text: str) -> Json:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise UnreadableBody(_complaint(text, error.pos)) from None
    except RecursionError:
        raise UnreadableBody("JSON is nested too deeply") from None
    except ValueError:  # an integer of more digits than Python reads
        raise UnreadableBody("JSON has a number that is too long") from None


def _refuse_constant(name: str) -> NoReturn:
    """NaN and Infinity are Python's own idea of JSON."""
    raise UnreadableBody(f"Unexpected token {name} in JSON")


def _complaint(text: str, position: int) -> str:
    if position >= len(text.rstrip()):
        return "Unexpected end of JSON input"
    return f"Unexpected token {text[position]} in JSON at position {position}"


def _check_nesting(value: Json) -> None:
    level = _containers([value])
    for _ in range(MAX_NESTING):
        level = _containers(chain.from_iterable(node.values() if type(node) is dict else node for node in level))
        if not level:
            return
    raise UnreadableBody("JSON is nested too deeply")


def _containers(values: Iterable[Json]) -> list[Json]:
    return [value for value in values if type(value) is dict or type(value) is list]


def unwrapped(value: Json) -> Json:
    """The value with all `$type` wrappers in it replaced. Raises: BadRequest for a wrapper around nonsense."""
    if isinstance(value, list):
        return [unwrapped(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value.get("$type"):
        case "date":
            return read_date(value.get("$data"))
        case "base64":
            return _bytes_of(value.get("$data"))
    return {key: unwrapped(item) for key, item in value.items()}


def _bytes_of(text: Json) -> bytes:
    """Bytes of base64 text, which may be folded, unpadded and in the alphabet for URLs."""
    try:
        plain = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (AttributeError, ValueError, binascii.Error):
        raise BadRequest("Value is not base64.") from None
