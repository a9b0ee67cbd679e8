"""Which properties join two models: the keys of a relation with everything resolved. Reads and changes no store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import BadRequest
from ...model.definition import EMPTY
from ...naming import camel_case
from ...types import Row
from ..bound import Bound
from .definition import RelationDefinition


@dataclass(frozen=True, slots=True)
class ThroughKeys:
    """The keys of a relation through a model in between.

    near: its key of the owner. far: its key of the target. source_key, target_key: what they mean there. fixed: what else its
    rows hold.
    """

    near: str
    far: str
    source_key: str
    target_key: str
    fixed: Mapping[str, Any]


def primary_key(relation: RelationDefinition, bound: Bound) -> str:
    """The property that a foreign key means."""
    return relation.primary_key or bound.id_name


def through_keys(owner: Bound, relation: RelationDefinition, target: Bound, through: Bound) -> ThroughKeys:
    """The keys of a relation through a model; unless told, those of its own belongsTo relations count (source: models.md 6)."""
    near, far, fixed = through_names(owner.name, relation, through.relations)
    fixed = {name: owner.name if value is None else value for name, value in fixed.items()}
    return ThroughKeys(near, far, primary_key(relation, owner), target.id_name, fixed)


def through_names(
    source: str, relation: RelationDefinition, between: Mapping[str, RelationDefinition]
) -> tuple[str, str, Mapping[str, Any]]:
    """(key of the owner, key of the target, discriminators) in the model in between.

    Args:
        source: name of the owner's model.
        relation: that goes through the model.
        between: the relations of the model in between.
    """
    shape, target = relation.polymorphic, str(relation.model)
    far = relation.key_through or camel_case(f"{target}_id")
    if shape is not None and relation.invert:
        return _told(relation) or camel_case(f"{source}_id"), shape.foreign_key, {shape.discriminator: target}
    if shape is not None:
        return shape.foreign_key, far, {shape.discriminator: source}
    near = _told(relation) or _belongs_to(between, source, None) or relation.foreign_key
    return near, relation.key_through or _belongs_to(between, target, near) or far, EMPTY


def _told(relation: RelationDefinition) -> str | None:
    return relation.foreign_key if relation.near_given else None


def _belongs_to(between: Mapping[str, RelationDefinition], model: str, other_than: str | None) -> str | None:
    """The key of the model in between that means a model; the one that is not taken yet, where it has two."""
    keys = (one.foreign_key for one in between.values() if one.type == "belongsTo" and one.model == model)
    return next((key for key in keys if key != other_than), None)


def demand_ids(owner: Bound, rows: Iterable[Row], key: str) -> None:
    """Refuse to look for what belongs to rows without an id (source: querying.md 5); what is hidden of them is not told.

    Args:
        owner: the model of the rows. rows: as they were read. key: where the relation begins; if it is not the id, nothing is demanded.

    Raises:
        BadRequest: one has none.
    """
    if owner.definition.id is None or owner.definition.id.name != key:
        return
    for row in rows:
        if row.get(key) is None:
            told = row if owner.nested_mask is None else owner.nested_mask(row)
            shown = json.dumps(told, separators=(",", ":"), ensure_ascii=False, default=str)
            raise BadRequest(
                f'ID property "{key}" is missing for included item: {shown}. '
                f'Please make sure `fields` include "{key}" if it\'s present in the `filter`'
            )


def type_name(value: Any) -> str | None:
    """The name of a model in a row; None for anything else."""
    return value if isinstance(value, str) and value else None
