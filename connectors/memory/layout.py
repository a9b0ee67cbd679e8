"""LoopBack's file of a memory store as text: rows are JSON inside JSON, laid out as JavaScript does. Opens no file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import orjson

from ...model.encoding import jsonable
from ...model.javascript import Unreadable, number_text, text_of
from ...types import Json, Row

V = TypeVar("V")

INT64: Final = range(-(2**63), 2**63)
LARGEST_INDEX: Final = 2**32 - 2


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds.

    ids: the next id by collection. models: by collection the rows as JSON text, by the text of their ids.
    """

    ids: Mapping[str, float]
    models: Mapping[str, Mapping[str, str]]


def parse(text: str) -> Content:
    """The content of a file (source: datasources.md 4).

    Raises:
        ValueError: it is no JSON, or not laid out as LoopBack does.
    """
    whole = json.loads(text)
    models = _member(_checked(whole, "the file"), "models")
    ids = {name: value for name, value in _member(whole, "ids").items() if value is not None}
    wrong = [name for name, value in ids.items() if not isinstance(value, (int, float))]
    if wrong:
        raise ValueError(f"ids.{wrong[0]} is no number")
    return Content(ids, {name: _texts(_member(models, name)) for name in models})


def _member(whole: Mapping[str, Json], name: str) -> dict[str, Json]:
    value = whole.get(name)
    return {} if value is None else _checked(value, name)


def _checked(value: Json, name: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no object")
    return value


def _texts(rows: Mapping[str, Json]) -> dict[str, str]:
    return {id: row if isinstance(row, str) else row_text(row) for id, row in rows.items() if row is not None}


def render(content: Content) -> bytes:
    """The bytes of a file with that content, as LoopBack writes them."""
    models = {name: in_script_order(texts) for name, texts in content.models.items()}
    whole = {"ids": in_script_order(_portable(content.ids)), "models": in_script_order(models)}
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2)


def row_text(row: Row) -> str:
    """A row as JSON text, number for number as JavaScript writes it."""
    return orjson.dumps(_portable(row)).decode()


def id_text(id: Any) -> str:
    """The name that a row with this id has in the file."""
    try:
        return text_of(id)
    except Unreadable:
        return orjson.dumps(_portable(id)).decode()


def _portable(value: Any) -> Any:
    """A value that orjson writes as JavaScript would."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        return value if value in INT64 else orjson.Fragment(str(value))
    if isinstance(value, float):
        return orjson.Fragment(number_text(value)) if math.isfinite(value) else None
    if isinstance(value, list):
        return [_portable(one) for one in value]
    if isinstance(value, dict):
        return in_script_order({key: _portable(one) for key, one in value.items()})
    return _portable(jsonable(value))


def in_script_order(items: Mapping[str, V]) -> dict[str, V]:
    """The items as a JavaScript object keeps them: names that are indexes first, ascending, then the others as they came."""
    indexes = sorted((name for name in items if _is_index(name)), key=int)
    if not indexes:
        return dict(items)
    return {name: items[name] for name in indexes} | dict(items)


def _is_index(name: str) -> bool:
    return name.isdecimal() and name.isascii() and len(name) <= 10 and str(int(name)) == name and int(name) <= LARGEST_INDEX
