"""The table of relation kinds: which class works for a relation of a bound model. Calls none of their operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from ...model.base import Model
from ..bound import Bound
from .belongs_to import BelongsTo, TypedBelongsTo
from .definition import RelationDefinition
from .edges import bound_model, known
from .embeds_many import EmbedsMany
from .embeds_one import EmbedsOne
from .has_many import HasMany
from .has_one import HasOne
from .references_many import ReferencesMany
from .through import Through

Single: TypeAlias = HasOne | EmbedsOne
Multiple: TypeAlias = HasMany | Through | ReferencesMany | EmbedsMany
Working: TypeAlias = BelongsTo | TypedBelongsTo | Single | Multiple

KINDS: Final[Mapping[str, Callable[[Bound, RelationDefinition, type[Model]], Working]]] = {
    "belongsTo": BelongsTo,
    "hasOne": HasOne,
    "hasMany": HasMany,
    "referencesMany": ReferencesMany,
    "embedsOne": EmbedsOne,
    "embedsMany": EmbedsMany,
}


def working(bound: Bound, relation: RelationDefinition) -> Working:
    """The relation ready for calls.

    Raises:
        BadRequest: its other side is not there.
    """
    if relation.model is None:
        return TypedBelongsTo(bound, relation)
    target = known(bound, relation.model, relation)
    if relation.through:
        return Through(bound, relation, target, known(bound, relation.through, relation))
    return KINDS[relation.type](bound, relation, target)


def is_resolved(bound: Bound, relation: RelationDefinition) -> bool:
    """Whether the other side of a relation is there."""
    names = [name for name in (relation.model, relation.through) if name]
    return all(bound_model(bound.find_model, name) is not None for name in names)
