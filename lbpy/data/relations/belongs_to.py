"""belongsTo: the owner holds the key of one other instance, of one model or (polymorphic) of several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import NotFound
from ...model.base import Model
from ...query.filter import merge_scope
from ...types import NO_OPTIONS, Json, Options, Row
from .. import reading, writing
from ..bound import Bound, bound_of
from ..transaction import atomic
from .definition import RelationDefinition
from .edges import bound_model
from .keys import primary_key, type_name
from .related import Related, taken_back


@dataclass(frozen=True, slots=True)
class BelongsTo(Related):
    """The instance that its owner belongs to."""

    def is_unset(self, instance: Model) -> bool:
        """Whether the owner says that it belongs to nothing."""
        return instance._row.get(self.relation.foreign_key) is None

    def get(self, instance: Model, options: Options = NO_OPTIONS) -> Model | None:
        """The instance, None where the key is not set or leads nowhere."""
        return _instance(self.target, self.relation, instance._row.get(self.relation.foreign_key), options)

    @atomic
    def create(self, instance: Model, data: Json = None, options: Options = NO_OPTIONS) -> Model:
        """Store a new instance and let its owner belong to it."""
        row: Row = writing.create(self.target, data, options)
        with taken_back(self.target, [row]):
            self.point(instance, self.model._wrap(self.copied(instance, row)))
            writing.save(self.owner, instance, options)
        return self.model._wrap(row)

    def point(self, instance: Model, other: Model | None) -> None:
        """Set the key; stored when the owner is saved."""
        key = primary_key(self.relation, self.target)
        instance._row[self.relation.foreign_key] = None if other is None else other._row.get(key)
        if other is not None:
            self.copied(instance, other._row)


@dataclass(frozen=True, slots=True)
class TypedBelongsTo:
    """The same with the name of the model beside the key."""

    owner: Bound
    relation: RelationDefinition

    def is_unset(self, instance: Model) -> bool:
        """Whether the owner says that it belongs to nothing."""
        shape = self.relation.polymorphic
        assert shape is not None
        return instance._row.get(shape.foreign_key) is None or type_name(instance._row.get(shape.discriminator)) is None

    def get(self, instance: Model, options: Options = NO_OPTIONS) -> Model | None:
        """The instance, None where nothing is set or the key leads nowhere.

        Raises:
            NotFound: the type names no model.
        """
        shape = self.relation.polymorphic
        assert shape is not None
        if self.is_unset(instance):
            return None
        name = str(instance._row[shape.discriminator])
        model = bound_model(self.owner.find_model, name)
        if model is None:
            raise NotFound(f"There is no model {name}", code="MODEL_NOT_FOUND")
        return _instance(bound_of(model), self.relation, instance._row[shape.foreign_key], options)

    def point(self, instance: Model, other: Model | None) -> None:
        """Set key and type; stored when the owner is saved."""
        shape = self.relation.polymorphic
        assert shape is not None
        if other is None:
            instance._row.update({shape.foreign_key: None, shape.discriminator: None})
            return
        target = bound_of(type(other))
        key = other._row.get(primary_key(self.relation, target))
        instance._row.update({shape.foreign_key: key, shape.discriminator: target.name})


def _instance(target: Bound, relation: RelationDefinition, key: Any, options: Options) -> Model | None:
    if key is None:
        return None
    within: Mapping[str, Json] = merge_scope({"where": {primary_key(relation, target): key}}, relation.scope)
    row = reading.find_one(target, None, options, within)
    return None if row is None else target.model._wrap(row)
