"""Data of any shape, as rows keep it and as JSON text holds it. Refuses what cannot be written; changes nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NoReturn

from ..types import Json
from .javascript import Unreadable, encodable, mended_text, tidy

DEEPEST_TEXT: Final = 32


def plain(value: Any) -> Any:
    """Data of any shape as rows keep it, copied: lists, dicts, text that UTF-8 can hold, finite numbers.

    Raises:
        Unreadable: something in it cannot be written as JSON.
    """
    reader = _PLAIN.get(type(value))
    return value if reader is None else reader(value)


def plain_list(values: list[Any] | tuple[Any, ...]) -> list[Any]:
    """A list as rows keep it; see `plain`."""
    return [plain(one) for one in values]


def plain_dict(values: dict[Any, Any]) -> dict[str, Any]:
    """An object as rows keep it; see `plain`."""
    return {_plain_key(key): plain(one) for key, one in values.items()}


def _plain_key(key: Any) -> str:
    if not isinstance(key, str):
        raise Unreadable("type", "has a key that is no text", key)
    return encodable(key)


def _finite(number: int | float) -> int | float:
    kept = tidy(number)
    if not math.isfinite(kept):
        raise Unreadable("type", "is not a valid number", number)
    return kept


_PLAIN: Final[Mapping[type, Callable[[Any], Any]]] = MappingProxyType(
    {str: encodable, int: _finite, float: _finite, list: plain_list, tuple: plain_list, dict: plain_dict}
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


def shown(value: Any) -> str:
    """A value as compact JSON, for messages."""
    return mended_text(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str))
