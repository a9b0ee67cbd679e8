"""Values as JSON text and back, for columns that hold lists, objects and points. Knows kinds; knows no database."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

import orjson

from ...geo import GeoPoint
from ...model.encoding import jsonable
from ...model.kinds import Kind, ListOf, Nested
from ...model.lossy import Lossy
from ...types import Json

Revive: TypeAlias = Callable[[Any], Any]

_OPTIONS: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS
_LONG_NUMBER: Final = re.compile(r"\d{19}")


def to_json(value: Json) -> str:
    """Compact JSON text of a row's value; integers of any size stay exact."""
    try:
        return orjson.dumps(value, default=jsonable, option=_OPTIONS).decode()
    except TypeError:
        return json.dumps(value, default=jsonable, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Json:
    """The value of JSON text; text that is none (a column that others filled) is kept as it is."""
    try:
        return json.loads(text) if _LONG_NUMBER.search(text) else orjson.loads(text)
    except ValueError:
        return text


def fits(number: Any) -> bool:
    """Whether a database holds a number exactly: whole ones have at most 64 bits with their sign."""
    return not isinstance(number, int) or -(2**63) <= number < 2**63


def clipped(number: Any) -> Any:
    """The number, or the float next to it if it does not fit: as good for comparing with those that do."""
    return number if fits(number) else float(number)


def strict_kind(kind: Kind) -> Kind:
    """The kind itself, without the leave to read loosely that may be around it."""
    return strict_kind(kind.kind) if isinstance(kind, Lossy) else kind


def reviver(kind: Kind) -> Revive | None:
    """What turns parsed JSON into values of a kind, None where JSON is all there is to it."""
    kind = strict_kind(kind)
    if isinstance(kind, ListOf):
        return _list_reviver(reviver(kind.item))
    if isinstance(kind, Nested):
        revivers = {name: revive for name, one in kind.fields.items() if (revive := reviver(one)) is not None}
        return _object_reviver(revivers) if revivers else None
    return _REVIVERS.get(kind.name)


def _list_reviver(revive: Revive | None) -> Revive | None:
    if revive is None:
        return None
    return lambda value: [revive(one) for one in value] if isinstance(value, list) else value


def _object_reviver(revivers: Mapping[str, Revive]) -> Revive:
    def revive_object(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return value | {name: revive(value[name]) for name, revive in revivers.items() if name in value}

    return revive_object


def _date(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _buffer(value: Any) -> Any:
    return bytes(value["data"]) if isinstance(value, dict) and "data" in value else value


def _point(value: Any) -> Any:
    return GeoPoint(value["lat"], value["lng"]) if isinstance(value, dict) and {"lat", "lng"} <= value.keys() else value


_REVIVERS: Final[Mapping[str, Revive]] = {"date": _date, "buffer": _buffer, "geopoint": _point}
