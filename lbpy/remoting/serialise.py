"""From results to JSON bytes: hidden properties are masked by plans made at set-up, then one fast encoder runs. Reads nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import orjson

from ..model.definition import ModelDefinition
from ..model.kinds import Kind, ListOf, Nested, jsonable
from ..model.properties import Instance
from ..types import Json, Row

Mask: TypeAlias = Callable[[Any], Any]
"""Takes a row (or a list of rows, or None) and gives it without what must not be seen; may change it in place."""

MOST: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


def dumps(value: Json, default: Callable[[Any], Json] = jsonable) -> bytes:
    """JSON text of a value.

    Args:
        value: rows, lists, scalars; dates, bytes and points included.
        default: gives JSON for values that JSON does not know.
    """
    try:
        return orjson.dumps(value, default, MOST)
    except TypeError:
        return json.dumps(_exact(value, default), ensure_ascii=False, separators=(",", ":")).encode()


def _exact(value: Any, default: Callable[[Any], Json]) -> Json:
    """The value with plain types only, for the slow encoder, which knows integers of any size."""
    if isinstance(value, dict):
        return {str(key): _exact(one, default) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(one, default) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (str, int)) else _exact(default(value), default)


def mask_of(definition: ModelDefinition) -> Mask | None:
    """What takes hidden properties out of a model's rows, None where there are none (source: models.md 10)."""
    hidden = tuple(name for name in definition.hidden)
    nested = _nested_masks({name: one.kind for name, one in definition.properties.items()})
    return _mask(hidden, nested) if hidden or nested else None


def _nested_masks(kinds: Mapping[str, Kind]) -> tuple[tuple[str, Mask], ...]:
    made = ((name, _mask_of_kind(kind)) for name, kind in kinds.items())
    return tuple((name, mask) for name, mask in made if mask is not None)


def _mask_of_kind(kind: Kind) -> Mask | None:
    inner = kind.item if isinstance(kind, ListOf) else kind
    if not isinstance(inner, Nested):
        return None
    nested = _nested_masks(inner.fields)
    return _mask(tuple(inner.hidden), nested) if inner.hidden or nested else None


def _mask(hidden: tuple[str, ...], nested: tuple[tuple[str, Mask], ...]) -> Mask:
    def mask(value: Any) -> Any:
        if isinstance(value, list):
            return [mask(one) for one in value]
        return masked(value) if isinstance(value, dict) else value

    def masked(row: Row) -> Row:
        row = {name: one for name, one in row.items() if name not in hidden}
        for name, inner in nested:
            if name in row:
                row[name] = inner(row[name])
        return row

    return mask


def default_of(masks: Mapping[type, Mask]) -> Callable[[Any], Json]:
    """The encoder's default for an application: instances become their masked rows.

    Args:
        masks: by model class; classes without hidden properties need none.
    """

    def default(value: Any) -> Json:
        if not isinstance(value, Instance):
            return jsonable(value)
        mask = masks.get(type(value))
        return mask(value._row) if mask is not None else value._row

    return default
