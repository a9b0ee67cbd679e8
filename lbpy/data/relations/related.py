"""What all relation kinds share: who owns, what is related, and the words for what is not there. Stores nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import BadRequest, NotFound
from ...model.base import Model
from ...query.filter import merge_scope
from ...types import Json, Options, Row
from .. import writing
from ..bound import Bound, bound_of
from .definition import RelationDefinition


@dataclass(frozen=True, slots=True)
class Related:
    """One relation of one bound model, its other side found.

    owner: the model that has it. relation: as declared. model: the class on the other side.
    """

    owner: Bound
    relation: RelationDefinition
    model: type[Model]

    @property
    def target(self) -> Bound:
        """The model on the other side."""
        return bound_of(self.model)

    def within(self, where: Mapping[str, Any]) -> Mapping[str, Json]:
        """The raw filter of what belongs to one owner: its condition and the relation's scope."""
        return merge_scope({"where": where}, self.relation.scope)

    def none_found(self) -> NotFound:
        """What is said where a single related instance is not there."""
        return NotFound(f'No "{self.target.name}" instance(s) found', code="MODEL_NOT_FOUND")

    def no_instance(self, id: Any) -> NotFound:
        """What is said where a list has no instance with an id."""
        return NotFound(f"No instance with id {id} found for {self.target.name}")

    def copied(self, instance: Model, row: Row) -> Row:
        """The row with the properties that the relation copies from its owner; with invertProperties they go the other way."""
        names = self.relation.properties
        if not names:
            return row
        if self.relation.on("invertProperties"):
            instance._row.update({other: row[name] for name, other in names.items() if name in row})
            return row
        return {**row, **{other: instance._row[name] for name, other in names.items() if name in instance._row}}


def objects(data: Json) -> list[Mapping[str, Json]]:
    """The objects of a body: one, or those of a list.

    Raises:
        BadRequest: one is no object.
    """
    listed: list[Any] = data if isinstance(data, list) else [data or {}]
    if not all(isinstance(one, Mapping) for one in listed):
        raise BadRequest("Value is not an object.")
    return listed


def create_each(target: Bound, rows: list[Row], options: Options, *, many: bool) -> list[Row]:
    """Store new rows: several, or the only one, whose errors are told as those of one."""
    return writing.create_many(target, rows, options) if many else [writing.create(target, rows[0], options)]


def keep_key(target: Bound, name: str, value: Any, data: Json) -> None:
    """Refuse data that would hand a related instance over to another owner.

    Raises:
        BadRequest: the foreign key would change.
    """
    if not isinstance(data, Mapping) or name not in data:
        return
    path = target.grammar.path(name)
    given = data[name] if path is None or path.kind is None else path.kind.operand(data[name])
    if given != value:
        raise BadRequest(f"Cannot override foreign key {name} from {value} to {data[name]}")


