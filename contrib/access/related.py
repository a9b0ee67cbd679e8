"""Whether a caller may read what is reached indirectly: by a relation's route, an include, or a condition. Answers with no row.

Source: auth.md 3.6. What includes and conditions reach is told by whoever reads it (data/watching.py), so that nothing is read that was
not asked for here; a relation's route is asked for before it is called, by every record that the relation has for the one it is called
on, so that the answer never tells what a condition hits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Final, Protocol, TypeAlias

from ...data.bound import Bound, if_bound
from ...data.budget import Budget
from ...data.reading import EVERYTHING, members
from ...data.relations.definition import RelationDefinition
from ...data.relations.edges import Fetched, edge_of
from ...data.watching import GiveRows, at_hand
from ...remoting.access import AccessRequest, Principal
from ...types import Json, Options, Row, is_client
from .callers import Record
from .ownership import Called, Ownership
from .rules import ALL, Call, Rule

End: TypeAlias = tuple[Bound, GiveRows]
"""(a model, those of its rows that a path leads to)"""

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


@dataclass(frozen=True, slots=True)
class IndirectReads:
    """Asks for everything that one request reads beside the record that it is called on; called, it is the watch of the request.

    Raises of its methods: what `decides.refused` gives.
    """

    decides: Decides
    ownership: Ownership

    def __call__(self, bound: Bound, method: str, rows: GiveRows | None) -> None:
        """See data.watching.Watch."""
        if method == "find":
            self._check_read(bound, rows)
        else:
            self._check_followed(bound, method, rows)

    def check_route(self, bound: Bound | None, request: AccessRequest) -> None:
        """Ask for the records that a relation's route leads to; there is none without a store."""
        if bound is None:
            return
        owner = [request.instance.to_dict()] if request.instance is not None else []
        ends: list[End] = [(bound, at_hand(owner))]
        for relation in relation_path(bound, request.method.name):
            ends = [beyond for end in ends for beyond in _beyond(end, relation.name, request.options)]
            for target, rows in ends:
                self._check_read(target, rows)

    def _check_read(self, bound: Bound, rows: GiveRows | None) -> None:
        """READ on a model: for all, for nobody, or record by record."""
        if self.decides.may(bound, reading_call(bound, "find"), Record()):
            return
        by_id = reading_call(bound, "findById")
        if rows is None or not self.decides.may(bound, by_id, Own()):
            raise self.decides.refused(bound, None)
        for row in rows():
            if not self.decides.may(bound, by_id, self._record(bound, row)):
                raise self.decides.refused(bound, row.get(id_name(bound)))

    def _check_followed(self, bound: Bound, method: str, rows: GiveRows | None) -> None:
        """A DENY that names the relation's method counts for each record that the relation is followed from."""
        call = reading_call(bound, method)
        if not any(_names(rule) for rule in self.decides.rules(bound, call)):
            return
        for id, record in [(None, Record())] if rows is None else self._records(bound, rows()):
            rule = self.decides.rule(bound, call, record)
            if rule is not None and _names(rule):
                raise self.decides.refused(bound, id)

    def _records(self, bound: Bound, rows: Sequence[Row]) -> list[tuple[Any, Record]]:
        return [(row.get(id_name(bound)), self._record(bound, row)) for row in rows]

    def _record(self, bound: Bound, row: Row) -> Record:
        return Called(self.ownership, bound, row.get(id_name(bound)), row)


def _beyond(end: End, name: str, options: Options) -> list[End]:
    """The rows at the other end of a relation, by their model."""
    bound, parents = end
    edge = Edge(bound, bound.relations[name], parents, options)
    return [(target, partial(edge.rows, target.name)) for target in edge.targets]


def _names(rule: Rule) -> bool:
    """Whether a rule denies a method by its name."""
    return rule.denies and rule.method != ALL


def reading_call(bound: Bound, method: str) -> Call:
    """A call that reads; the methods of relations are those of instances."""
    aliases = {f"prototype.{method}"} if method.startswith("__") else ()
    return Call(bound.name, method, frozenset(aliases), "READ")


def id_name(bound: Bound) -> str:
    """Name of the id property; "id" for embedded rows of models without one."""
    return bound.definition.id.name if bound.definition.id is not None else "id"


# -- the routes of relations -----------------------------------------------------


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
        inner = if_bound(found)
        relation = inner.relations.get(name.removeprefix(f"{outer.name}__")) if inner is not None else None
        if relation is not None:
            yield (outer, relation)


@dataclass(frozen=True, slots=True)
class Collector:
    """Fetches related rows for edges without any condition of the caller, and keeps them by model.

    scope: of the relation. options: of the request. budget: of all that is fetched. found: (model, its rows) by name of the model.
    """

    scope: Mapping[str, Json]
    options: Options
    budget: Budget
    found: dict[str, tuple[Bound, list[Row]]] = field(default_factory=dict)

    def __call__(self, target: Bound, where: Mapping[str, Json], keys: tuple[str, ...]) -> Fetched:
        """See edges.Fetch."""
        return Fetched(self._kept(target, self._members(target, where, self.scope)))

    def links(self, through: Bound, where: Mapping[str, Json]) -> Sequence[Row]:
        """See edges.Fetch."""
        return self._members(through, where, EVERYTHING)

    def chosen(self, target: Bound, rows: list[Row]) -> list[Row]:
        """See edges.Fetch."""
        return self._kept(target, rows)

    def _members(self, bound: Bound, where: Mapping[str, Json], scope: Mapping[str, Json]) -> list[Row]:
        return members(bound, where, scope, self.options, self.budget)

    def _kept(self, target: Bound, rows: list[Row]) -> list[Row]:
        self.found.setdefault(target.name, (target, []))[1].extend(rows)
        return rows


class Edge:
    """One relation of some parents; the rows at its other end are fetched when they are asked for, within the limits of an include."""

    def __init__(self, bound: Bound, relation: RelationDefinition, parents: GiveRows, options: Options) -> None:
        self._bound = bound
        self._relation = relation
        self._parents = parents
        self._options = options

    @cached_property
    def _found(self) -> Mapping[str, tuple[Bound, list[Row]]]:
        budget = Budget("include", self._bound.settings.limits, client=is_client(self._options))
        collector, rows = Collector(self._relation.scope, self._options, budget), [dict(one) for one in self._parents()]
        if rows:
            edge_of(self._bound, self._relation).attach(rows, collector)
        return collector.found

    @property
    def targets(self) -> list[Bound]:
        """The models at the other end: known ones, else those that the rows lead to."""
        if self._relation.model is None:
            return [target for target, _ in self._found.values()]
        known = if_bound(self._bound.find_model(self._relation.model))
        return [] if known is None else [known]

    def rows(self, target: str) -> list[Row]:
        """The rows of one model at the other end."""
        return self._found[target][1] if target in self._found else []
