"""Finding for an answer: as reading.py does, but with rows as JSON text where the store has it and nobody looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model.kinds import NOTHING
from ..query.nodes import Filter
from ..types import NO_OPTIONS, Json, Options
from .bound import Bound
from .reading import RawFilter, compiled_filter, fetch, filter_by_id


def find(bound: Bound, filter: RawFilter | None = None, options: Options = NO_OPTIONS) -> Sequence[Json]:
    """The rows that meet a raw filter, all of them as text or all as rows; arguments as of `reading.find`."""
    state: dict[str, Any] = {}
    return _fetch(bound, compiled_filter(bound, filter or {}, options, state), options, state)


def find_one(bound: Bound, filter: RawFilter | None = None, options: Options = NO_OPTIONS) -> Json:
    """The first row that meets a raw filter, as text or as a row; None if there is none."""
    return _first(find(bound, {**(filter or {}), "limit": 1}, options))


def find_by_id(bound: Bound, id: Any, filter: RawFilter | None = None, options: Options = NO_OPTIONS) -> Json:
    """The row with an id, as text or as a row; None if there is none."""
    key, state = bound.read_id(id), dict[str, Any]()
    return None if key is NOTHING else _first(_fetch(bound, filter_by_id(bound, key, filter, options, state), options, state))


def _fetch(bound: Bound, filter: Filter, options: Options, state: dict[str, Any]) -> Sequence[Json]:
    store = bound.raw_json
    if store is None or filter.include or filter.fields is not None or bound.observers("loaded"):
        return fetch(bound, filter, options, state=state)
    bound.ready()
    texts = store.find_json(filter)
    return fetch(bound, filter, options, state=state) if texts is None else texts


def _first(rows: Sequence[Json]) -> Json:
    return rows[0] if rows else None
