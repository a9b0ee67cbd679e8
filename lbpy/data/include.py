"""Bringing related rows along: one query for each relation edge, whatever the number of rows. Knows no store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ..errors import BadRequest
from ..model.masking import Mask
from ..query.evaluate import run
from ..query.filter import EMBEDDED, compile_filter, include_parts, merge_scope, permitted
from ..query.nodes import Filter
from ..types import Json, Limits, Options, Row, is_client
from .asking import callers_rules
from .bound import Bound
from .relations.definition import RelationDefinition
from .relations.edges import Fetched, edge_of


class Tree:
    """What one include as a whole has used up of its limits (source: design 5.9).

    Args:
        limits: of the application.
        client: whether the caller is a client; for code only the depth counts.
    """

    __slots__ = ("_client", "_depth", "_edges", "_limits", "_rows")

    def __init__(self, limits: Limits, *, client: bool) -> None:
        self._limits = limits
        self._client = client
        self._depth = self._edges = self._rows = 0

    def enter(self) -> None:
        """One level deeper. Raises: BadRequest."""
        self._depth += 1
        if self._depth > self._limits.include_depth:
            raise BadRequest(f"The include is nested deeper than {self._limits.include_depth} levels (limits.includeDepth)")

    def leave(self) -> None:
        """Back one level."""
        self._depth -= 1

    def follow(self) -> None:
        """One relation more. Raises: BadRequest."""
        self._edges += 1
        most = self._limits.include_edges
        if self._client and most is not None and self._edges > most:
            raise BadRequest(f"The include follows more than {most} relations (limits.includeEdges)")

    @property
    def left(self) -> int | None:
        """How many rows may still come; None for any number."""
        most = self._limits.include_rows
        return None if most is None or not self._client else most - self._rows

    def take(self, rows: int) -> None:
        """So many rows came. Raises: BadRequest."""
        self._rows += rows
        if self.left is not None and self.left < 0:
            raise BadRequest(f"The include brings more than {self._limits.include_rows} records (limits.includeRows)")


class Find(Protocol):
    """What include needs of reading: compiling a raw filter that was checked, and fetching by it with its own includes."""

    def compiled(self, bound: Bound, asked: Mapping[str, Json], options: Options) -> Filter:
        """A raw filter with the default scope, seen by the access observers."""
        ...

    def fetch(self, bound: Bound, filter: Filter, options: Options, tree: Tree) -> list[Row]:
        """The rows, with related rows and seen by the loaded observers."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One relation to follow, and the raw filter on its other side."""

    relation: RelationDefinition
    scope: Mapping[str, Json]


def include(bound: Bound, rows: list[Row], wanted: Sequence[Any], options: Options, tree: Tree, find: Find) -> None:
    """Put related rows into rows, under the relations' names (source: querying.md 7).

    Args:
        bound: the model of the rows.
        rows: plain rows, changed in place.
        wanted: parts of the filter's `include`, as written.
        options: the caller's options.
        tree: what the whole include has used up.
        find: how related rows are found.

    Raises:
        BadRequest: a limit is passed, or a relation is not there.
    """
    tree.enter()
    for step in steps(bound, wanted, options):
        if rows:
            edge_of(bound, step.relation).attach(rows, _Fetch(step, options, tree, find))
    tree.leave()


def check(bound: Bound, wanted: Sequence[Any], options: Options, tree: Tree) -> None:
    """Look at a whole include before any row is read; arguments and errors as of `include`."""
    tree.enter()
    for step in steps(bound, wanted, options):
        tree.follow()
        inner = tuple(include_parts(step.scope.get("include")))
        for target in edge_of(bound, step.relation).targets() if inner else ():
            check(target, inner, options, tree)
    tree.leave()


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

    __slots__ = ("_find", "_options", "_step", "_tree")

    def __init__(self, step: Step, options: Options, tree: Tree, find: Find) -> None:
        self._step = step
        self._options = options
        self._tree = tree
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
        return Fetched(self._rows(target, filter), filter.skip, filter.limit, self._mask(target))

    def _permitted(self, target: Bound) -> Mapping[str, Json]:
        scope = self._step.scope
        rules = callers_rules(target, scope, self._options).for_include(target.definition)
        return permitted(target.grammar, scope, rules) if scope else scope

    def _rows(self, target: Bound, filter: Filter) -> list[Row]:
        """All rows of the filter: its page is that of each row they belong to."""
        left = self._tree.left
        whole = replace(filter, limit=None if left is None else left + 1, skip=0)
        rows = self._find.fetch(target, whole, self._options, self._tree)
        self._tree.take(len(rows))
        return rows

    def _mask(self, target: Bound) -> Mask | None:
        return target.nested_mask if is_client(self._options) else None

    def links(self, through: Bound, where: Mapping[str, Json]) -> Sequence[Row]:
        """See edges.Fetch."""
        filter = self._find.compiled(through, {"where": where}, self._options)
        rows = self._find.fetch(through, filter, self._options, self._tree)
        self._tree.take(len(rows))
        return rows

    def chosen(self, target: Bound, rows: list[Row]) -> list[Row]:
        """See edges.Fetch."""
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
