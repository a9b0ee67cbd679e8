"""How rows and their related rows are matched for include: which keys to ask for, and who gets what. Fetches nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias

from ...errors import BadRequest
from ...model.base import Model
from ...model.definition import EMPTY
from ...model.kinds import NOTHING, Number, String
from ...model.masking import Mask
from ...types import Json, Row
from ..bound import Bound, FindModel, bound_of, if_bound
from .definition import RelationDefinition
from .keys import ThroughKeys, demand_ids, primary_key, through_keys, type_name

Reader: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Fetched:
    """Related rows in the order asked for, the page of them that each row gets, and what hides properties of them."""

    rows: Sequence[Row] = ()
    skip: int = 0
    limit: int | None = None
    mask: Mask | None = None

    def by(self, name: str, read: Reader) -> dict[Any, list[Row]]:
        """The rows by the value of a property, which may be one of those that are hidden then."""
        groups = grouped(self.rows, name, read)
        if self.mask is None:
            return groups
        return {key: [self.mask(row) for row in rows] for key, rows in groups.items()}

    def page(self, rows: list[Row]) -> list[Row]:
        """One row's part of its related rows."""
        return rows[self.skip :][: self.limit] if self.skip or self.limit is not None else rows


class Fetch(Protocol):
    """Fetches what is related by a condition; the scope of the include is known to it."""

    def __call__(self, target: Bound, where: Mapping[str, Json], keys: tuple[str, ...]) -> Fetched:
        """Related rows with at least the properties in `keys`."""
        ...

    def links(self, through: Bound, where: Mapping[str, Json]) -> Sequence[Row]:
        """Rows of a model in between, to which no scope applies."""
        ...

    def chosen(self, target: Bound, rows: list[Row]) -> list[Row]:
        """Those of embedded rows that meet the scope, hidden properties taken out for clients."""
        ...


AS_IT_IS: Final[Mapping[Callable[..., Any], type]] = {Number.operand: int, String.operand: str}
"""Values of which types need no reading, by how a kind reads them."""


def reader(bound: Bound, name: str) -> Reader:
    """How a value is read to be compared with a property: as its kind does; None for what no row can have."""
    path = bound.grammar.path(name)
    kind = path.kind if path is not None else None
    operand = kind.operand if kind is not None else None
    as_it_is = AS_IT_IS.get(type(kind).operand) if kind is not None else None

    def read(value: Any) -> Any:
        if value is None or type(value) is as_it_is:
            return value
        key = value if operand is None else operand(value)
        return key if key is not NOTHING and isinstance(key, Hashable) else None

    return read


def distinct(values: Iterable[Any]) -> list[Any]:
    """The values without None and repetitions, in order."""
    return list(dict.fromkeys(value for value in values if value is not None))


def grouped(rows: Iterable[Row], name: str, read: Reader) -> dict[Any, list[Row]]:
    """The rows by the value of a property."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        key = read(row.get(name))
        if key in groups:
            groups[key].append(row)
        else:
            groups[key] = [row]
    return groups


class Edge(Protocol):
    """One relation as include follows it."""

    def attach(self, rows: list[Row], fetch: Fetch) -> None:
        """Put the related rows into rows, under the relation's name."""
        ...

    def targets(self) -> list[Bound]:
        """The models at the other end that are known before rows are read."""
        ...


@dataclass(frozen=True, slots=True)
class KeyEdge:
    """A key in one row is that of another: belongsTo, hasOne, hasMany.

    owner: whose ids it may begin at. fixed: what else the related rows must have.
    """

    relation: RelationDefinition
    target: type[Model]
    from_key: str
    to_key: str
    owner: Bound | None = None
    fixed: Mapping[str, Any] = field(default_factory=lambda: EMPTY)

    def targets(self) -> list[Bound]:
        """See Edge."""
        return [bound_of(self.target)]

    def attach(self, rows: list[Row], fetch: Fetch) -> None:
        """See Edge."""
        name, from_key = self.relation.name, self.from_key
        if self.owner is not None:
            demand_ids(self.owner, rows, from_key)
        target = bound_of(self.target)
        read = reader(target, self.to_key)
        keys = [read(row.get(from_key)) for row in rows]
        wanted = distinct(keys)
        found = fetch(target, {**self.fixed, self.to_key: {"inq": wanted}}, (self.to_key,)) if wanted else Fetched()
        groups = found.by(self.to_key, read)
        groups.pop(None, None)
        for row, key in zip(rows, keys, strict=True):
            if self.relation.is_many:
                row[name] = found.page(groups.get(key, []))
            elif key in groups:
                row[name] = groups[key][0]


@dataclass(frozen=True, slots=True)
class ListEdge:
    """A list of keys in one row: referencesMany. The list's order counts and pages do not, as recorded."""

    relation: RelationDefinition
    target: type[Model]
    to_key: str

    def targets(self) -> list[Bound]:
        """See Edge."""
        return [bound_of(self.target)]

    def attach(self, rows: list[Row], fetch: Fetch) -> None:
        """See Edge."""
        target = bound_of(self.target)
        read = reader(target, self.to_key)
        lists = [[read(one) for one in row.get(self.relation.foreign_key) or ()] for row in rows]
        wanted = distinct(key for keys in lists for key in keys)
        found = fetch(target, {self.to_key: {"inq": wanted}}, (self.to_key,)) if wanted else Fetched()
        by_key = found.by(self.to_key, read)
        for row, keys in zip(rows, lists, strict=True):
            row[self.relation.name] = [one for key in keys for one in by_key.get(key, ())]


@dataclass(frozen=True, slots=True)
class ThroughEdge:
    """Two keys in rows of a model in between: hasMany through, hasAndBelongsToMany."""

    relation: RelationDefinition
    target: type[Model]
    through: type[Model]
    keys: ThroughKeys
    owner: Bound

    def targets(self) -> list[Bound]:
        """See Edge."""
        return [bound_of(self.target)]

    def attach(self, rows: list[Row], fetch: Fetch) -> None:
        """See Edge."""
        keys, through, target = self.keys, bound_of(self.through), bound_of(self.target)
        demand_ids(self.owner, rows, keys.source_key)
        near, far = reader(through, keys.near), reader(target, keys.target_key)
        wanted = distinct(near(row.get(keys.source_key)) for row in rows)
        links = fetch.links(through, {keys.near: {"inq": wanted}, **keys.fixed}) if wanted else ()
        linked = [(near(link.get(keys.near)), far(link.get(keys.far))) for link in links]
        ends = distinct(end for _, end in linked)
        found = fetch(target, {keys.target_key: {"inq": ends}}, (keys.target_key,)) if ends else Fetched()
        related = _collected(linked, found.by(keys.target_key, far))
        for row in rows:
            row[self.relation.name] = found.page(related.get(near(row.get(keys.source_key)), []))


def _collected(linked: Iterable[tuple[Any, Any]], groups: Mapping[Any, list[Row]]) -> dict[Any, list[Row]]:
    """The related rows of each owner, in the order in which they were found."""
    owners: dict[Any, dict[Any, None]] = {}
    for owner, end in linked:
        owners.setdefault(end, {})[owner] = None
    related: dict[Any, list[Row]] = {}
    for end, rows in groups.items():
        for owner in owners.get(end, ()):
            related.setdefault(owner, []).extend(rows)
    return related


@dataclass(frozen=True, slots=True)
class TypedEdge:
    """A key and the name of a model in one row: polymorphic belongsTo. One query a type.

    Unless the relation says another key, rows are looked up by a property called `id`; a model whose id has another name
    gives none, and the key is shown as the id that it means, as recorded.
    """

    relation: RelationDefinition
    find_model: FindModel

    def targets(self) -> list[Bound]:
        """See Edge."""
        return []

    def attach(self, rows: list[Row], fetch: Fetch) -> None:
        """See Edge."""
        shape = self.relation.polymorphic
        assert shape is not None
        for name, group in grouped(rows, shape.discriminator, type_name).items():
            target = bound_model(self.find_model, name) if isinstance(name, str) else None
            key = self.relation.primary_key or "id"
            if target is not None and bound_of(target).definition.properties.get(key) is not None:
                read = reader(bound_of(target), key)
                for row in (one for one in group if shape.foreign_key in one):
                    row[shape.foreign_key] = read(row[shape.foreign_key]) or row[shape.foreign_key]
                KeyEdge(self.relation, target, shape.foreign_key, key).attach(group, fetch)


@dataclass(frozen=True, slots=True)
class EmbeddedEdge:
    """Rows inside rows: embedsOne, embedsMany. Nothing is fetched; an include inside it is passed over, as recorded."""

    relation: RelationDefinition
    target: type[Model]

    def targets(self) -> list[Bound]:
        """See Edge."""
        return []

    def attach(self, rows: list[Row], fetch: Fetch) -> None:
        """See Edge."""
        target = bound_of(self.target)
        for row in rows:
            value = row.get(self.relation.place)
            if self.relation.is_many:
                row[self.relation.name] = fetch.chosen(target, [one for one in value or () if isinstance(one, dict)])
            elif value is not None:
                row.update(zip([self.relation.name], fetch.chosen(target, [value]), strict=False))


def edge_of(bound: Bound, relation: RelationDefinition) -> Edge:
    """How include follows a relation of a model.

    Raises:
        BadRequest: its other side is not there.
    """
    if relation.model is None:
        return TypedEdge(relation, bound.find_model)
    target = known(bound, relation.model, relation)
    if relation.is_embedded:
        return EmbeddedEdge(relation, target)
    if relation.type == "referencesMany":
        return ListEdge(relation, target, bound_of(target).id_name)
    if relation.type == "belongsTo":
        return KeyEdge(relation, target, relation.foreign_key, primary_key(relation, bound_of(target)))
    if relation.through:
        through = known(bound, relation.through, relation)
        keys = through_keys(bound, relation, bound_of(target), bound_of(through))
        return ThroughEdge(relation, target, through, keys, bound)
    fixed = discriminated(bound, relation)
    return KeyEdge(relation, target, primary_key(relation, bound), relation.foreign_key, bound, fixed)


def bound_model(find_model: FindModel, name: str) -> type[Model] | None:
    """The class of a model that is on a data source, or None."""
    found = find_model(name)
    return None if if_bound(found) is None else found


def known(bound: Bound, name: str, relation: RelationDefinition) -> type[Model]:
    """The class of a model on the other side of a relation.

    Raises:
        BadRequest: there is none, or it is on no data source.
    """
    found = bound_model(bound.find_model, name)
    if found is None:
        raise BadRequest(f'Relation "{relation.name}" of {bound.name} leads to {name}, which is not there')
    return found


def discriminated(bound: Bound, relation: RelationDefinition) -> Mapping[str, Any]:
    """What the rows on the other side hold beside the key: the owner's name where the relation is polymorphic."""
    shape = relation.polymorphic
    return EMPTY if shape is None else {shape.discriminator: bound.name}
