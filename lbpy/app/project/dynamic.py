"""Putting values in the place of `${NAME}`. Pure: where values come from is told from outside."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final

from ...types import UNSET, Json
from .files import joined

Lookup = Callable[[str], Json]
Missing = Callable[[str, str], None]

_NAME: Final = re.compile(r"\$\{(\w+)\}")


def resolved(value: Json, lookup: Lookup, missing: Missing, path: str = "") -> Json:
    """The value with all names put in, also in nested objects and lists.

    A text that is one name only takes over the value with its kind; elsewhere it is written into the text.

    Args:
        value: JSON as read.
        lookup: the value of a name, UNSET where there is none.
        missing: is told path and name of what cannot be resolved; its text becomes absent.
        path: dotted path of the value.

    Returns:
        The new value; UNSET where it is absent.

    Source: logic.md 7.3.
    """
    if isinstance(value, str):
        return _text(value, lookup, missing, path)
    if isinstance(value, dict):
        return _present({key: resolved(one, lookup, missing, joined(path, key)) for key, one in value.items()})
    if isinstance(value, list):
        items = [resolved(one, lookup, missing, joined(path, index)) for index, one in enumerate(value)]
        return [one for one in items if one is not UNSET]
    return value


def _present(value: dict[str, Json]) -> dict[str, Json]:
    return {key: one for key, one in value.items() if one is not UNSET}


def _text(text: str, lookup: Lookup, missing: Missing, path: str) -> Json:
    values = {name: lookup(name) for name in _NAME.findall(text)}
    lost = [name for name, value in values.items() if value is UNSET]
    for name in lost:
        missing(path, name)
    if lost:
        return UNSET
    whole = _NAME.fullmatch(text)
    return values[whole[1]] if whole else _NAME.sub(lambda found: _written(values[found[1]]), text)


def _written(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)
