"""Finding and counting: default scope, access observers, one compiled filter, the store, loaded observers. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from ..errors import NotFound
from ..model.definition import EMPTY
from ..model.hooks import Loaded
from ..model.kinds import NOTHING
from ..query.evaluate import project
from ..query.filter import compile_filter, counted, merge_scope, permitted
from ..query.nodes import Filter, Where
from ..query.where import compile_where
from ..types import NO_OPTIONS, WATCH, Json, Options, Row, is_client
from .asking import accessed, callers_rules, trusted_rules
from .bound import Bound
from .budget import Budget
from .include import Seen, check, foresee, include, relation_name
from .watching import GiveRows, at_hand, watch_of

RawFilter = Mapping[str, Json]
EVERYTHING: Final[RawFilter] = EMPTY


def find(
    bound: Bound, filter: RawFilter | None = None, options: Options = NO_OPTIONS, within: RawFilter = EVERYTHING
) -> list[Row]:
    """The rows that meet a raw filter (source: querying.md 1).

    Args:
        filter: LoopBack's filter object: where, order, limit, skip, fields, include.
        options: the caller's options; those of a request bring limits on what may be named.
        within: a raw filter that is not the caller's, such as that of a relation; merged as a scope is.
    """
    state: dict[str, Any] = {}
    return fetch(bound, compiled_filter(bound, filter or {}, options, state, within), options, state=state)


def find_one(
    bound: Bound, filter: RawFilter | None = None, options: Options = NO_OPTIONS, within: RawFilter = EVERYTHING
) -> Row | None:
    """The first row that meets a raw filter; arguments as of `find`."""
    rows = find(bound, {**(filter or {}), "limit": 1}, options, within)
    return rows[0] if rows else None


def find_by_id(bound: Bound, id: Any, filter: RawFilter | None = None, options: Options = NO_OPTIONS) -> Row | None:
    """The row with an id; of the filter only `include` and `fields` count."""
    key, state = bound.read_id(id), dict[str, Any]()
    rows = [] if key is NOTHING else fetch(bound, filter_by_id(bound, key, filter, options, state), options, state=state)
    return rows[0] if rows else None


def find_owner(bound: Bound, id: Any, options: Options) -> Row | None:
    """The row with an id that something is called on, without what its default scope includes: nobody is shown that."""
    key, state = bound.read_id(id), dict[str, Any]()
    if key is NOTHING:
        return None
    rows = fetch(bound, replace(filter_by_id(bound, key, None, options, state), include=()), options, state=state)
    return rows[0] if rows else None


def filter_by_id(bound: Bound, key: Any, filter: RawFilter | None, options: Options, state: dict[str, Any]) -> Filter:
    """The compiled filter of `find_by_id` for an id as rows hold it; state: what the hooks of the operation share."""
    if not (filter or bound.scope or bound.observers("access")):
        return bound.by_id(key)
    kept = {name: filter[name] for name in ("include", "fields") if name in filter} if filter else {}
    return compiled_filter(bound, {**by_key(bound, key), "limit": 1, **kept}, options, state)


def exists(bound: Bound, id: Any, options: Options = NO_OPTIONS) -> bool:
    """Whether a row with that id is there."""
    key = bound.read_id(id)
    return key is not NOTHING and count(bound, by_key(bound, key)["where"], options) > 0


def count(bound: Bound, where: Json = None, options: Options = NO_OPTIONS, within: RawFilter = EVERYTHING) -> int:
    """How many rows meet a raw condition; of `within` only the condition counts."""
    return bound.store.count(condition(bound, where, options, within))


def by_key(bound: Bound, key: Any) -> dict[str, Any]:
    """The raw filter for one id."""
    return {"where": {bound.id_name: key}}


def compiled_filter(
    bound: Bound, filter: RawFilter, options: Options, state: dict[str, Any] | None = None, within: RawFilter = EVERYTHING
) -> Filter:
    """A raw filter checked for what its caller may name, with the default scope, seen by the access observers, compiled."""
    rules = callers_rules(bound, filter, options)
    if not (within or bound.scope or bound.observers("access")):
        return compile_filter(bound.grammar, filter, rules)
    return scoped_filter(bound, merge_scope(permitted(bound.grammar, filter, rules), within), options, state)


def scoped_filter(bound: Bound, asked: RawFilter, options: Options, state: dict[str, Any] | None = None) -> Filter:
    """The same for a raw filter that was checked."""
    query = accessed(bound, counted(merge_scope(asked, bound.scope)), options, state)
    return compile_filter(bound.grammar, query, trusted_rules(bound, query, options))


def condition(bound: Bound, where: Json, options: Options, within: RawFilter = EVERYTHING) -> Where:
    """A raw condition treated as `compiled_filter` treats a filter."""
    query = accessed(bound, asked_where(bound, where, options, within), options)
    return compile_where(bound.grammar, query.get("where"), trusted_rules(bound, query, options))


def asked_where(bound: Bound, where: Json, options: Options, within: RawFilter = EVERYTHING) -> dict[str, Any]:
    """A raw filter with nothing but a condition, checked for what its caller may name, the default scope's and-ed to it."""
    scope = merge_scope(*({"where": one["where"]} if "where" in one else {} for one in (within, bound.scope)))
    if where is None:
        return dict(scope)
    asked = {"where": where}
    return dict(merge_scope(permitted(bound.grammar, asked, callers_rules(bound, asked, options)), scope))


def fetch(
    bound: Bound, filter: Filter, options: Options, budget: Budget | None = None, seen: Seen = None, state: dict[str, Any] | None = None
) -> list[Row]:
    """Run a compiled filter: rows from the store, related rows, loaded observers, the wanted properties.

    Args:
        budget: of the include for which the rows are fetched, if there is one.
        seen: looks at the rows as they are stored before anything else is read.
        state: what the access observers of this operation shared.
    """
    if filter.include and budget is None:
        budget = _checked(bound, filter.include, options)
    rows = bound.store.find(filter)
    if bound.read_defaults:
        for row in rows:
            bound.fill(row, bound.read_defaults)
    if seen is not None:
        seen(rows)
    if filter.include and budget is not None:
        _watch_followed(bound, filter.include, partial(_whole, bound, filter, rows), options)
        include(bound, rows, filter.include, options, budget, RELATED)
    rows = loaded(bound, rows, options, state=state)
    return rows if filter.fields is None else project(_shown(filter), rows)


def _watch_followed(bound: Bound, wanted: tuple[Any, ...], rows: GiveRows, options: Options) -> None:
    """Have relations watched before they are followed from rows."""
    for part in wanted if WATCH in options else ():
        watch_of(options)(bound, f"__get__{relation_name(part)}", rows)


def _whole(bound: Bound, filter: Filter, rows: list[Row]) -> list[Row]:
    """The rows of a filter with all their properties: whose they are is not among those that were asked for."""
    return rows if filter.fields is None else bound.store.find(replace(filter, fields=None, include=()))


def members(bound: Bound, where: RawFilter, scope: RawFilter, options: Options, budget: Budget) -> list[Row]:
    """All rows that a relation leads to, as they are stored, whatever its caller asks for.

    Args:
        where: the relation's own condition, on its keys.
        scope: of the relation; of it only the condition counts.
        budget: takes the rows.
    """
    own = scoped_filter(bound, {"where": {**(scope.get("where") or {}), **where}}, options)
    most = None if budget.left is None else budget.left + 1
    rows = fetch(bound, replace(own, include=(), fields=None, skip=0, limit=most), {**options, "notify": False})
    budget.take(len(rows))
    return rows


def _shown(filter: Filter) -> tuple[str, ...]:
    """The properties that a filter keeps, and the relations that it brings along."""
    return (*(filter.fields or ()), *map(relation_name, filter.include))


def _checked(bound: Bound, wanted: tuple[Any, ...], options: Options) -> Budget:
    """The budget of an include in which every relation is there and no limit is passed yet."""
    limits, client = bound.settings.limits, is_client(options)
    check(bound, wanted, options, Budget("include", limits, client=client))
    if WATCH in options:
        foresee(bound, wanted, options, set())
    return Budget("include", limits, client=client)


def with_related(bound: Bound, rows: list[Row], wanted: tuple[Any, ...], options: Options) -> None:
    """Put what an include names into rows that come from elsewhere than the store."""
    budget = _checked(bound, wanted, options)
    _watch_followed(bound, wanted, at_hand(rows), options)
    include(bound, rows, wanted, options, budget, RELATED)


def in_order_of(bound: Bound, filter: Filter, ids: list[Any], options: Options, state: dict[str, Any]) -> list[Row]:
    """The rows of a filter in the order of their ids in a list; its page is cut after that."""
    rows = fetch(bound, replace(filter, limit=None, skip=0, fields=None), options, state=state)
    place = {id: at for at, id in enumerate(ids)}
    rows.sort(key=lambda row: place.get(row[bound.id_name], len(ids)))
    stop = None if filter.limit is None else filter.skip + filter.limit
    page = rows[filter.skip : stop]
    return page if filter.fields is None else project(_shown(filter), page)


class _Related:
    """What include is given of this module."""

    def compiled(self, bound: Bound, asked: RawFilter, options: Options) -> Filter:
        """See include.Find."""
        return scoped_filter(bound, asked, options)

    def fetch(self, bound: Bound, filter: Filter, options: Options, budget: Budget, seen: Seen) -> list[Row]:
        """See include.Find."""
        return fetch(bound, filter, options, budget, seen)

    def members(self, bound: Bound, where: RawFilter, scope: RawFilter, options: Options, budget: Budget) -> list[Row]:
        """See include.Find."""
        return members(bound, where, scope, options, budget)


RELATED: Final = _Related()


def loaded(bound: Bound, rows: list[Row], options: Options, *, is_new: bool = False, state: dict[str, Any] | None = None) -> list[Row]:
    """The rows as the loaded observers leave them."""
    observers = bound.observers("loaded")
    if not observers or options.get("notify") is False:
        return rows
    shared: dict[str, Any] = {} if state is None else state
    return [_loaded(bound, row, options, is_new, shared) for row in rows]


def _loaded(bound: Bound, row: Row, options: Options, is_new: bool, state: dict[str, Any]) -> Row:
    context: Loaded[Any] = Loaded(bound.model, options, state, data=row, is_new=is_new)
    for observer in bound.observers("loaded"):
        observer(context)
    return context.data


def not_found(bound: Bound, id: Any) -> NotFound:
    """What is said of an instance that is not there (source: rest-api.md 1.1)."""
    return NotFound(f"could not find a model with id {id}", code="MODEL_NOT_FOUND")
