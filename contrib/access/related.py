"""Whether a caller may read what is reached indirectly: by a relation's route, or by an include. Answers with no row.

Source: auth.md 3.6. Every related record that these parents have is asked for as if it were called by its own route, whatever the
caller's condition, so that the answer never tells what a condition hits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Protocol

from ...data import reading
from ...data.bound import Bound
from ...data.include import Step, steps
from ...data.relations.definition import RelationDefinition
from ...data.relations.edges import Fetched, edge_of
from ...query.filter import include_parts
from ...remoting.access import AccessRequest, Principal
from ...types import NO_OPTIONS, Json, Row
from .callers import Record
from .ownership import SILENT, Called, Ownership
from .rules import ALL, Call, Rule

READERS: Final = ("get", "findById", "count", "exists")


class Decides(Protocol):
    """What is needed of the one who decides for a caller."""

    def may(self, bound: Bound, call: Call, record: Record) -> bool:
        """Whether the caller may call a method on a record."""
        ...

    def rules(self, bound: Bound, call: Call) -> Sequence[Rule]:
        """All rules that are about a call."""
        ...

    def rule(self, bound: Bound, call: Call, record: Record) -> Rule | None:
        """The rule that decides, None where none does."""
        ...

    def refused(self, bound: Bound, id: Any) -> Exception:
        """What a caller who may not read a record is told."""
        ...


class Own(Record):
    """A record that belongs to whoever asks."""

    def is_owned_by(self, user: Principal) -> bool:
        """It does."""
        return True


@dataclass(slots=True)
class Collector:
    """Fetches related rows for edges without any condition of the caller, and keeps them by model."""

    found: dict[str, tuple[Bound, list[Row]]] = field(default_factory=dict)

    def __call__(self, target: Bound, where: Mapping[str, Json], keys: tuple[str, ...]) -> Fetched:
        """See edges.Fetch."""
        return Fetched(self._kept(target, reading.find(target, {"where": where}, SILENT)))

    def links(self, through: Bound, where: Mapping[str, Json]) -> Sequence[Row]:
        """See edges.Fetch."""
        return reading.find(through, {"where": where}, SILENT)

    def chosen(self, target: Bound, rows: list[Row]) -> list[Row]:
        """See edges.Fetch."""
        return self._kept(target, rows)

    def _kept(self, target: Bound, rows: list[Row]) -> list[Row]:
        self.found.setdefault(target.name, (target, []))[1].extend(rows)
        return rows


class Edge:
    """One relation of some parents; the rows at its other end are fetched when they are asked for."""

    def __init__(self, bound: Bound, relation: RelationDefinition, parents: Callable[[], Sequence[Row]]) -> None:
        self.bound = bound
        self.relation = relation
        self.parents = parents

    @cached_property
    def found(self) -> Mapping[str, tuple[Bound, list[Row]]]:
        """The rows at the other end, by name of their model."""
        collector, rows = Collector(), [dict(one) for one in self.parents()]
        if rows:
            edge_of(self.bound, self.relation).attach(rows, collector)
        return collector.found

    @cached_property
    def targets(self) -> list[Bound]:
        """The models at the other end: known ones, else those that the rows lead to."""
        if self.relation.model is None:
            return [target for target, _ in self.found.values()]
        found = self.bound.find_model(self.relation.model)
        known = vars(found).get("bound__") if found is not None else None
        return [known] if isinstance(known, Bound) else []

    def rows(self, target: Bound) -> list[Row]:
        """The rows of one model at the other end."""
        return self.found[target.name][1] if target.name in self.found else []


@dataclass(frozen=True, slots=True)
class Related:
    """Asks for everything that one request reaches indirectly.

    Raises of its methods: what `decides.refused` gives.
    """

    decides: Decides
    ownership: Ownership

    def check(self, bound: Bound, request: AccessRequest) -> None:
        """Ask for what a request reads beside the record that it is called on."""
        if bound.settings.old("relatedIgnoresAcl"):
            return
        path = relation_path(bound, request.method.name)
        for where in asked_wheres(request.arguments):
            for asked in [bound] if not path else end_of(bound, path):
                self._check_where(asked, where)
        if request.method.access != "READ":
            return
        if path:
            self._check_route(bound, path, request)
        else:
            parts = asked_parts(bound, request.arguments.get("filter"))
            if parts:
                self._check_include(bound, lambda: top_rows(bound, request), parts)

    def _check_route(self, bound: Bound, path: Sequence[RelationDefinition], request: AccessRequest) -> None:
        parents = [request.instance.to_dict()] if request.instance is not None else []
        edge = Edge(bound, path[0], lambda: parents)
        self._check_targets(edge)
        for target in edge.targets:
            if len(path) > 1:
                self._check_targets(Edge(target, path[1], lambda target=target: edge.rows(target)))  # type: ignore[misc]  # a default binds the loop's value
            else:
                parts = asked_parts(target, request.arguments.get("filter"))
                self._check_include(target, lambda target=target: edge.rows(target), parts)  # type: ignore[misc]  # as above

    def _check_include(self, bound: Bound, parents: Callable[[], Sequence[Row]], parts: Sequence[Any]) -> None:
        for step in steps(bound, parts, NO_OPTIONS):
            edge = Edge(bound, step.relation, parents)
            self._check_method(edge)
            self._check_targets(edge)
            for target in edge.targets:
                self._check_where(target, step.scope.get("where"))
                inner = inner_parts(target, step)
                if inner:
                    self._check_include(target, lambda edge=edge, target=target: edge.rows(target), inner)  # type: ignore[misc]  # as above

    def _check_where(self, bound: Bound, where: Json) -> None:
        """A condition on related records tells something of all of them, so all of them must be open to the caller."""
        for relation, inner in asked_relations(bound, where):
            edge = Edge(bound, relation, tuple)
            rule = self.decides.rule(bound, reading_call(bound, f"__get__{relation.name}"), Record())
            if rule is not None and rule.denies and rule.method != ALL:
                raise self.decides.refused(bound, None)
            for target in edge.targets:
                if not self.decides.may(target, reading_call(target, "find"), Record()):
                    raise self.decides.refused(target, None)
                self._check_where(target, inner)

    def _check_method(self, edge: Edge) -> None:
        """A DENY that names the relation's method counts for each record that includes."""
        bound, call = edge.bound, reading_call(edge.bound, f"__get__{edge.relation.name}")
        if not any(rule.denies and rule.method != ALL for rule in self.decides.rules(bound, call)):
            return
        for row in edge.parents():
            rule = self.decides.rule(bound, call, self._record(bound, row))
            if rule is not None and rule.denies and rule.method != ALL:
                raise self.decides.refused(bound, row.get(id_name(bound)))

    def _check_targets(self, edge: Edge) -> None:
        """READ on the related model: for all, for nobody, or record by record."""
        for target in edge.targets:
            if self.decides.may(target, reading_call(target, "find"), Record()):
                continue
            by_id = reading_call(target, "findById")
            if not self.decides.may(target, by_id, Own()):
                raise self.decides.refused(target, None)
            for row in edge.rows(target):
                if not self.decides.may(target, by_id, self._record(target, row)):
                    raise self.decides.refused(target, row.get(id_name(target)))

    def _record(self, bound: Bound, row: Row) -> Record:
        return Called(self.ownership, bound, row.get(id_name(bound)), row)


def reading_call(bound: Bound, method: str) -> Call:
    """A call that reads."""
    return Call(bound.name, method, frozenset(), "READ")


def id_name(bound: Bound) -> str:
    """Name of the id property; "id" for embedded rows of models without one."""
    return bound.definition.id.name if bound.definition.id is not None else "id"


def relation_path(bound: Bound, method: str) -> Sequence[RelationDefinition]:
    """The relations that a reading method of relations follows: one, or two where it is nested; none for other methods."""
    _, _, rest = method.partition("__")
    verb, _, name = rest.partition("__")
    if not method.startswith("__") or verb not in READERS:
        return ()
    if name in bound.relations:
        return (bound.relations[name],)
    return next(iter(_nested(bound, name)), ())


def _nested(bound: Bound, name: str) -> Iterator[Sequence[RelationDefinition]]:
    for outer in bound.relations.values():
        found = bound.find_model(outer.model) if outer.model and name.startswith(f"{outer.name}__") else None
        inner = vars(found).get("bound__") if found is not None else None
        relation = inner.relations.get(name.removeprefix(f"{outer.name}__")) if isinstance(inner, Bound) else None
        if relation is not None:
            yield (outer, relation)


# -- conditions --------------------------------------------------------------


def asked_wheres(arguments: Mapping[str, Json]) -> Iterator[Json]:
    """The conditions in the arguments of a call."""
    filter = arguments.get("filter")
    yield arguments.get("where")
    yield filter.get("where") if isinstance(filter, Mapping) else None


def end_of(bound: Bound, path: Sequence[RelationDefinition]) -> list[Bound]:
    """The models that a condition is about where a relation is called; none that only the rows tell."""
    bounds = [bound]
    for relation in path:
        bounds = [target for one in bounds for target in Edge(one, relation, tuple).targets]
    return bounds


def asked_relations(bound: Bound, where: Json) -> Iterator[tuple[RelationDefinition, Json]]:
    """(relation, condition) of every relation that a condition on a model names, at any depth of and, or, nor."""
    if isinstance(where, (list, tuple)):
        for part in where:
            yield from asked_relations(bound, part)
    elif isinstance(where, Mapping):
        for name, inner in where.items():
            if name in ("and", "or", "nor"):
                yield from asked_relations(bound, list(inner.values()) if isinstance(inner, Mapping) else inner)
            elif name in bound.askable and name not in bound.definition.properties:
                yield bound.relations[name], inner


# -- includes ----------------------------------------------------------------


def asked_parts(bound: Bound, filter: Json) -> list[Any]:
    """The relations that a filter includes or has counted, and those that the model includes always."""
    given = filter if isinstance(filter, Mapping) else {}
    asked, counted = given.get("include"), given.get("counts")
    numbers = [name for name in (counted if isinstance(counted, list) else [counted]) if isinstance(name, str) and name in bound.relations]
    return [*include_parts(asked), *numbers, *include_parts(bound.scope.get("include"))]


def inner_parts(target: Bound, step: Step) -> list[Any]:
    """The relations that are included at the other end of one that is included."""
    return [*include_parts(step.relation.scope.get("include")), *asked_parts(target, step.scope)]


def top_rows(bound: Bound, request: AccessRequest) -> Sequence[Row]:
    """The records that a finding method answers with, without what they include."""
    filter = request.arguments.get("filter")
    kept: dict[str, Any] = {name: one for name, one in (filter or {}).items() if name not in ("include", "fields")}
    options = {**request.options, "notify": False}
    if request.method.name == "findById":
        found = reading.find_by_id(bound, request.arguments.get("id"), None, options)
        return _plain([found])
    rows = reading.find(bound, {**kept, "limit": 1} if request.method.name == "findOne" else kept, options)
    return _plain(rows)


def _plain(rows: Iterable[Row | None]) -> Sequence[Row]:
    return [row for row in rows if row is not None]
