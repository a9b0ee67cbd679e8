"""Reads the params of middleware as npm packages take them: one value or a list of arguments. Makes no middleware."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ...types import Json

_UNITS: Final = {
    "": 1, "ms": 1, "s": 1000, "sec": 1000, "second": 1000, "m": 60_000, "min": 60_000, "minute": 60_000,
    "h": 3_600_000, "hr": 3_600_000, "hour": 3_600_000, "d": 86_400_000, "day": 86_400_000,
    "w": 604_800_000, "week": 604_800_000, "y": 31_557_600_000, "yr": 31_557_600_000, "year": 31_557_600_000,
}  # fmt: skip
_SIZES: Final = {"": 1, "b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}
_AMOUNT: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)


def argument(params: Json, at: int = 0) -> Json:
    """One of the arguments that params stand for; None where there are fewer."""
    arguments = params if isinstance(params, list | tuple) else [params]
    return arguments[at] if at < len(arguments) else None


def options(params: Json, at: int = 0) -> Mapping[str, Json]:
    """The argument at that place as options; anything but an object means none, as in JavaScript.

    Source: recorded errors/cors (frameguard with "deny").
    """
    given = argument(params, at)
    return given if isinstance(given, dict) else {}


def milliseconds(value: Json) -> int:
    """A time span as the npm package ms reads it: a number of milliseconds, or text such as "2 days", "10h".

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, str):
        return _scaled(value, {**_UNITS, **{f"{unit}s": factor for unit, factor in _UNITS.items() if len(unit) > 1}})
    return _whole(value)


def byte_count(value: Json) -> int:
    """A size as the npm package bytes reads it: a number, or text such as "1kb".

    Raises:
        ValueError: it is neither.
    """
    return _scaled(value, _SIZES) if isinstance(value, str) else _whole(value)


def comma_list(value: Json) -> str:
    """A list of names, or text that holds one already, as a header value."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _scaled(text: str, units: Mapping[str, int]) -> int:
    match = _AMOUNT.fullmatch(text)
    if match is None or match[2].lower() not in units:
        raise ValueError("an amount with a known unit was expected")
    return int(float(match[1]) * units[match[2].lower()])


def _whole(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number was expected")
    return int(value)
