"""What answers leave out of rows: plans made at set-up from definitions. Reads no rows by itself and encodes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ..types import Row
from .definition import ModelDefinition
from .kinds import Kind, ListOf, Nested

Mask: TypeAlias = Callable[[Any], Any]
"""Takes a row (or a list of rows, or None) and gives it without what must not be seen; may change it in place."""


def mask_of(definition: ModelDefinition, *, nested: bool = False) -> Mask | None:
    """What takes hidden properties out of a model's rows, None where there are none (source: models.md 10).

    Args:
        nested: the rows are shown inside others, where protected properties are left out too.
    """
    hidden = definition.hidden | definition.protected if nested else definition.hidden
    inner = _nested_masks({name: one.kind for name, one in definition.properties.items()})
    return _mask(tuple(hidden), inner) if hidden or inner else None


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
