"""hasMany: other instances hold the key of their owner; the same polymorphic, with the owner's model beside the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import BadRequest
from ...model.base import Model
from ...model.kinds import NOTHING
from ...types import NO_OPTIONS, Json, Options, Row
from .. import deleting, reading, writing
from ..bound import Bound
from .edges import discriminated
from .keys import primary_key
from .related import Related, keyed, objects


@dataclass(frozen=True, slots=True)
class Keyed(Related):
    """A relation whose other side holds the key of its owner."""

    def condition(self, instance: Model) -> Mapping[str, Any] | None:
        """What the instances of an owner hold; None where the owner has no key, so that none can be its own."""
        value = instance._row.get(primary_key(self.relation, self.owner))
        path = self.target.grammar.path(self.relation.foreign_key)
        if value is not None and path is not None and path.kind is not None:
            value = path.kind.operand(value)
        if value is None or value is NOTHING:
            return None
        return {self.relation.foreign_key: value, **discriminated(self.owner, self.relation)}

    def demanded(self, instance: Model) -> Mapping[str, Any]:
        """The same for writing. Raises: BadRequest where the owner has no key."""
        where = self.condition(instance)
        if where is None:
            key = f"{self.owner.name}.{primary_key(self.relation, self.owner)}"
            raise BadRequest(f"{key} is not set, so nothing can belong to it")
        return where

    def keep(self, instance: Model, data: Json) -> None:
        """Refuse data that would hand an instance over to another owner; one of a polymorphic relation may change its type, as recorded.

        Raises:
            BadRequest: the foreign key would change.
        """
        key = self.relation.foreign_key
        if not isinstance(data, Mapping) or key not in data:
            return
        path, value = self.target.grammar.path(key), self.demanded(instance)[key]
        given = data[key] if path is None or path.kind is None else path.kind.operand(data[key])
        if given != value:
            raise BadRequest(f"Cannot override foreign key {key} from {value} to {data[key]}")


@dataclass(frozen=True, slots=True)
class HasMany(Keyed):
    """The list of instances that hold their owner's key (source: rest-api.md 2.1)."""

    def find(self, instance: Model, filter: Mapping[str, Json] | None = None, options: Options = NO_OPTIONS) -> list[Model]:
        """The instances that meet a raw filter."""
        where = self.condition(instance)
        rows = [] if where is None else reading.find(self.target, filter, options, self.within(where))
        return [self.model._wrap(row) for row in rows]

    def count(self, instance: Model, where: Json = None, options: Options = NO_OPTIONS) -> int:
        """How many of the instances meet a raw condition."""
        own = self.condition(instance)
        return 0 if own is None else reading.count(self.target, where, options, self.within(own))

    def create(self, instance: Model, data: Json = None, options: Options = NO_OPTIONS) -> Any:
        """Store a new instance, or a list of them, with the owner's key whatever the data says."""
        where = self.demanded(instance)
        rows = [self.copied(instance, keyed(one, where)) for one in objects(data)]
        if isinstance(data, list):
            return [self.model._wrap(row) for row in writing.create_many(self.target, rows, options)]
        row: Row = writing.create(self.target, rows[0], options)
        return self.model._wrap(row)

    def find_by_id(self, instance: Model, fk: Any, options: Options = NO_OPTIONS) -> Model:
        """The instance with an id.

        Raises:
            NotFound: it is not there, or another owner's.
        """
        where = self.condition(instance)
        row = None if where is None else one_of(self.target, fk, options, self.within(where))
        if row is None:
            raise self.no_instance(fk)
        return self.model._wrap(row)

    def update_by_id(self, instance: Model, fk: Any, data: Json = None, options: Options = NO_OPTIONS) -> Model:
        """Change some properties of the instance with an id.

        Raises:
            NotFound: as of `find_by_id`. BadRequest: it would get another owner.
        """
        found = self.find_by_id(instance, fk, options)
        self.keep(instance, data)
        writing.patch(self.target, found, data, options)
        return found

    def destroy_by_id(self, instance: Model, fk: Any, options: Options = NO_OPTIONS) -> None:
        """Delete the instance with an id; errors as of `find_by_id`."""
        deleting.destroy(self.target, self.find_by_id(instance, fk, options), options)

    def destroy_all(self, instance: Model, options: Options = NO_OPTIONS, where: Json = None) -> None:
        """Delete all of the owner's instances that lie within the relation's scope."""
        own = self.condition(instance)
        if own is not None:
            deleting.delete_all(self.target, where, options, self.within(own))


def one_of(target: Bound, id: Any, options: Options, within: Mapping[str, Json]) -> Row | None:
    """The row with an id among those within a raw filter."""
    key = target.read_id(id)
    if key is NOTHING:
        return None
    scope = {name: one for name, one in within.items() if name not in ("limit", "skip", "offset", "order")}
    return reading.find_one(target, None, options, {**scope, "where": {"and": [{target.id_name: key}, scope["where"]]}})
