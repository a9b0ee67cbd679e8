"""Finding and counting: default scope, access observers, one compiled filter, the store, loaded observers. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import NotFound
from ..model.hooks import Loaded, Reading
from ..model.kinds import NOTHING
from ..query.evaluate import project
from ..query.filter import compile_filter, merge_scope, permitted
from ..query.nodes import Filter, Where
from ..query.where import compile_where
from ..types import NO_OPTIONS, Json, Options, Row
from .bound import Bound
from .include import include

RawFilter = Mapping[str, Json]


def find(bound: Bound, filter: RawFilter | None = None, options: Options = NO_OPTIONS) -> list[Row]:
    """The rows that meet a raw filter (source: querying.md 1).

    Args:
        filter: LoopBack's filter object: where, order, limit, skip, fields, include.
        options: the caller's options; those of a request bring limits on what may be named.
    """
    return fetch(bound, compiled_filter(bound, filter or {}, options), options)


def find_one(bound: Bound, filter: RawFilter | None = None, options: Options = NO_OPTIONS) -> Row | None:
    """The first row that meets a raw filter."""
    rows = find(bound, {**(filter or {}), "limit": 1}, options)
    return rows[0] if rows else None


def find_by_id(bound: Bound, id: Any, filter: RawFilter | None = None, options: Options = NO_OPTIONS) -> Row | None:
    """The row with an id; of the filter only `include` and `fields` count."""
    key = bound.read_id(id)
    if key is NOTHING:
        return None
    if not (filter or bound.scope or bound.observers("access")):
        rows = fetch(bound, bound.by_id(key), options)
        return rows[0] if rows else None
    kept = {name: filter[name] for name in ("include", "fields") if name in filter} if filter else {}
    rows = find(bound, {**by_key(bound, key), "limit": 1, **kept}, options)
    return rows[0] if rows else None


def exists(bound: Bound, id: Any, options: Options = NO_OPTIONS) -> bool:
    """Whether a row with that id is there."""
    key = bound.read_id(id)
    return key is not NOTHING and count(bound, by_key(bound, key)["where"], options) > 0


def count(bound: Bound, where: Json = None, options: Options = NO_OPTIONS) -> int:
    """How many rows meet a raw condition."""
    return bound.store.count(condition(bound, where, options))


def by_key(bound: Bound, key: Any) -> dict[str, Any]:
    """The raw filter for one id."""
    return {"where": {bound.id_name: key}}


def compiled_filter(bound: Bound, filter: RawFilter, options: Options, state: dict[str, Any] | None = None) -> Filter:
    """A raw filter checked for what its caller may name, with the default scope, seen by the access observers, compiled."""
    asked = permitted(bound.grammar, filter, bound.query_rules(options))
    query = accessed(bound, merge_scope(asked, bound.scope), options, state)
    return compile_filter(bound.grammar, query, bound.trusted_rules(options))


def condition(bound: Bound, where: Json, options: Options) -> Where:
    """A raw condition treated as `compiled_filter` treats a filter."""
    return compile_where(bound.grammar, accessed(bound, asked_where(bound, where, options), options).get("where"), bound.trusted)


def asked_where(bound: Bound, where: Json, options: Options) -> dict[str, Any]:
    """A raw filter with nothing but a condition, checked for what its caller may name, the default scope's and-ed to it."""
    scope = {"where": bound.scope["where"]} if "where" in bound.scope else {}
    if where is None:
        return dict(scope)
    return dict(merge_scope(permitted(bound.grammar, {"where": where}, bound.query_rules(options)), scope))


def accessed(bound: Bound, query: RawFilter, options: Options, state: dict[str, Any] | None = None) -> RawFilter:
    """The query as the access observers leave it."""
    observers = bound.observers("access")
    if not observers or options.get("notify") is False:
        return query
    context: Reading[Any] = Reading(bound.model, options, {} if state is None else state, query=dict(query))
    for observer in observers:
        observer(context)
    return context.query


def fetch(bound: Bound, filter: Filter, options: Options) -> list[Row]:
    """Run a compiled filter: rows from the store, related rows, loaded observers, the wanted properties."""
    rows = bound.store.find(filter)
    if bound.read_defaults:
        for row in rows:
            bound.fill(row, bound.read_defaults)
    if filter.include:
        include(bound, rows, filter.include, options)
    rows = loaded(bound, rows, options)
    return rows if filter.fields is None else project(filter.fields, rows)


def loaded(bound: Bound, rows: list[Row], options: Options, *, is_new: bool = False, state: dict[str, Any] | None = None) -> list[Row]:
    """The rows as the loaded observers leave them."""
    observers = bound.observers("loaded")
    if not observers or options.get("notify") is False:
        return rows
    return [_loaded(bound, row, options, is_new, {} if state is None else state) for row in rows]


def _loaded(bound: Bound, row: Row, options: Options, is_new: bool, state: dict[str, Any]) -> Row:
    context: Loaded[Any] = Loaded(bound.model, options, state, data=row, is_new=is_new)
    for observer in bound.observers("loaded"):
        observer(context)
    return context.data


def not_found(bound: Bound, id: Any) -> NotFound:
    """What is said of an instance that is not there (source: rest-api.md 1.1)."""
    return NotFound(f"could not find a model with id {id}", code="MODEL_NOT_FOUND")
