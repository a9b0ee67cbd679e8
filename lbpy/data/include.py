"""Bringing related rows along: one query for each relation edge, whatever the number of rows. Knows no store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, TypeAlias

from ..errors import BadRequest
from ..model.masking import Mask
from ..query.evaluate import run
from ..query.filter import EMBEDDED, compile_filter, include_parts, merge_scope, permitted
from ..query.nodes import Filter
from ..types import Json, Options, Row, is_client
from .asking import callers_rules
from .bound import Bound, bound_of
from .budget import Budget
from .relations.definition import RelationDefinition
from .relations.edges import Fetched, edge_of, known
from .watching import at_hand, watch_of

Seen: TypeAlias = Callable[[list[Row]], None] | None
"""What looks at rows as they are stored, None for nothing."""


class Find(Protocol):
    """What include needs of reading: compiling a raw filter that was checked, and fetching by it with its own includes."""

    def compiled(self, bound: Bound, asked: Mapping[str, Json], options: Options) -> Filter:
        """A raw filter with the default scope, seen by the access observers."""
        ...

    def fetch(self, bound: Bound, filter: Filter, options: Options, budget: Budget, seen: Seen) -> list[Row]:
        """The rows, with related rows and seen by the loaded observers; `seen` looks at them as they are stored before."""
        ...

    def members(
        self, bound: Bound, where: Mapping[str, Json], scope: Mapping[str, Json], options: Options, budget: Budget
    ) -> list[Row]:
        """All rows that a relation leads to, as they are stored, whatever its caller asks for."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One relation to follow, and the raw filter on its other side."""

    relation: RelationDefinition
    scope: Mapping[str, Json]


def include(bound: Bound, rows: list[Row], wanted: Sequence[Any], options: Options, budget: Budget, find: Find) -> None:
    """Put related rows into rows, under the relations' names (source: querying.md 7).

    Args:
        bound: the model of the rows.
        rows: plain rows, changed in place.
        wanted: parts of the filter's `include`, as written.
        options: the caller's options.
        budget: of the whole include.
        find: how related rows are found.

    Raises:
        BadRequest: a limit is passed, or a relation is not there. Whatever the watch of the call raises.
    """
    with budget.deeper():
        for step in steps(bound, wanted, options):
            if rows:
                edge_of(bound, step.relation).attach(rows, _Fetch(step, options, budget, find))


def check(bound: Bound, wanted: Sequence[Any], options: Options, budget: Budget) -> None:
    """Look at a whole include before any row is read; arguments and errors as of `include`."""
    with budget.deeper():
        for step in steps(bound, wanted, options):
            budget.follow()
            inner = tuple(include_parts(step.scope.get("include")))
            for target in edge_of(bound, step.relation).targets() if inner else ():
                check(target, inner, options, budget)


def foresee(bound: Bound, wanted: Sequence[Any], options: Options, expanded: set[tuple[str, str]]) -> None:
    """Have every model watched that an include may lead to, by what scopes include too, whether there are rows or not.

    Args:
        expanded: the relations (model, name) whose scopes were looked into, which may include one another.
    """
    for step in steps(bound, wanted, options):
        for target in _end(bound, step.relation):
            watch_of(options)(target, "find", tuple)
            inner, place = step.scope, (bound.name, step.relation.name)
            if place not in expanded:
                expanded.add(place)
                inner = merge_scope(merge_scope(inner, step.relation.scope), target.scope)
            foresee(target, tuple(include_parts(inner.get("include"))), options, expanded)


def _end(bound: Bound, relation: RelationDefinition) -> list[Bound]:
    """The model at the other end, none where only rows tell."""
    return [] if relation.model is None else [bound_of(known(bound, relation.model, relation))]


def steps(bound: Bound, wanted: Sequence[Any], options: Options) -> Iterator[Step]:
    """The relations that the parts of an include name; those that may not be followed are passed over.

    Raises:
        BadRequest: a relation that the model does not have.
    """
    for part in wanted:
        name, scope = _read(part)
        relation = bound.relations.get(name)
        if relation is None:
            raise BadRequest(f'Relation "{name}" is not defined for {bound.name} model')
        if not relation.on("disableInclude") and not (is_client(options) and name in bound.definition.hidden):
            yield Step(relation, scope)


def relation_name(part: Any) -> str:
    """The relation that one part of an include names."""
    return _read(part)[0]


def _read(part: Any) -> tuple[str, Mapping[str, Json]]:
    """(name of the relation, raw filter on its other side)"""
    if isinstance(part, str):
        return part, {}
    named = part.get("relation") or part.get("rel")
    if not isinstance(named, str):
        [(name, inner)] = part.items()
        return name, {"include": inner}
    scope = part.get("scope")
    if scope is not None and not isinstance(scope, Mapping):
        raise BadRequest(f'The scope of the relation "{named}" is not an object')
    return named, scope or {}


class _Fetch:
    """Fetches the other side of one step for edges."""

    __slots__ = ("_budget", "_find", "_options", "_step")

    def __init__(self, step: Step, options: Options, budget: Budget, find: Find) -> None:
        self._step = step
        self._options = options
        self._budget = budget
        self._find = find

    def __call__(self, target: Bound, where: Mapping[str, Json], keys: tuple[str, ...]) -> Fetched:
        """See edges.Fetch."""
        asked = merge_scope(self._permitted(target), self._step.relation.scope)
        own = asked.get("where") or {}
        if not isinstance(own, Mapping):
            raise BadRequest("Value is not an object.")
        joined = {**asked, "where": {**own, **where}}  # a condition on the key itself is lost, as recorded
        if "fields" in joined:
            joined["fields"] = _with_keys(joined["fields"], keys)
        filter = self._find.compiled(target, joined, self._options)
        if filter.fields is not None:
            filter = replace(filter, fields=tuple(dict.fromkeys((*filter.fields, *keys))))
        return Fetched(self._rows(target, filter, self._watched(target, filter, where)), filter.skip, filter.limit, self._mask(target))

    def _watched(self, target: Bound, filter: Filter, where: Mapping[str, Json]) -> Seen:
        """Have the rows watched before the caller's condition: now, or as they come where there is none and they come whole."""
        watch = watch_of(self._options)
        if not self._step.scope.get("where") and filter.fields is None:
            return partial(self._counted, then=lambda rows: watch(target, "find", at_hand(rows)))
        scope = self._step.relation.scope
        watch(target, "find", partial(self._find.members, target, where, scope, self._options, self._budget))
        return self._counted

    def _counted(self, rows: list[Row], then: Seen = None) -> None:
        """Refuse too many rows before anything of them counts: the caller's order decides which of them came."""
        self._budget.take(len(rows))
        if then is not None:
            then(rows)

    def _permitted(self, target: Bound) -> Mapping[str, Json]:
        scope = self._step.scope
        rules = callers_rules(target, scope, self._options).for_include(target.definition)
        return permitted(target.grammar, scope, rules) if scope else scope

    def _rows(self, target: Bound, filter: Filter, seen: Seen) -> list[Row]:
        """All rows of the filter: its page is that of each row they belong to."""
        left = self._budget.left
        whole = replace(filter, limit=None if left is None else left + 1, skip=0)
        return self._find.fetch(target, whole, self._options, self._budget, seen)

    def _mask(self, target: Bound) -> Mask | None:
        return target.nested_mask if is_client(self._options) else None

    def links(self, through: Bound, where: Mapping[str, Json]) -> Sequence[Row]:
        """See edges.Fetch."""
        filter = self._find.compiled(through, {"where": where}, self._options)
        rows = self._find.fetch(through, filter, self._options, self._budget, None)
        self._budget.take(len(rows))
        return rows

    def chosen(self, target: Bound, rows: list[Row]) -> list[Row]:
        """See edges.Fetch."""
        watch_of(self._options)(target, "find", at_hand(rows))
        scope = merge_scope(self._permitted(target), self._step.relation.scope)
        if scope.get("where"):
            rows = run(compile_filter(target.grammar, {"where": scope["where"]}, target.trusted, members=EMBEDDED), rows)
        mask = self._mask(target)
        return rows if mask is None else [mask(row) for row in rows]


def _with_keys(fields: Json, keys: tuple[str, ...]) -> Json:
    """The fields with the names of keys, without which rows could not be matched."""
    if isinstance(fields, Mapping):
        return {**fields, **dict.fromkeys(keys, True)} if fields else fields
    listed = [fields] if isinstance(fields, str) else fields
    return [*listed, *keys] if isinstance(listed, (list, tuple)) and listed else fields
