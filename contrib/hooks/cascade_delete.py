"""The mixin CascadeDelete: what belongs to a record is deleted with it. Deletes nothing that stands on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ...data import deleting, reading
from ...data.bound import Bound, bound_of
from ...data.persisted import PersistedModel
from ...data.relations.definition import RelationDefinition
from ...data.relations.edges import KeyEdge, ThroughEdge, distinct, edge_of, reader
from ...errors import DefinitionError
from ...model.base import Model
from ...model.hooks import Deleting
from ...types import Json, Options, Row, as_code

ROWS: Final = "lbpy.cascade"


def cascade_delete(model: type[Model], options: Mapping[str, Any]) -> None:
    """Delete what belongs to records of a model after them, with the hooks of its own model.

    Args:
        model: a stored model, not bound yet.
        options: relations: names of hasMany and hasOne relations, whose records are deleted, and of relations through a model,
            of which the links are.

    Where the deletion stands in a transaction, all of it does. Raises: DefinitionError: the model is not stored, or no
    relation is named.
    """
    names = options.get("relations")
    if not issubclass(model, PersistedModel) or not isinstance(names, list) or not names:
        raise DefinitionError(f"{model.__name__}: the mixin CascadeDelete needs a stored model and a list of `relations`")

    def look(ctx: Deleting[PersistedModel]) -> None:
        bound = bound_of(ctx.model)
        for name in names:
            _owned(bound, name)
        ctx.hook_state[ROWS] = reading.find(bound, {"where": ctx.where}, as_code(ctx.options))

    def cascade(ctx: Deleting[PersistedModel]) -> None:
        bound = bound_of(ctx.model)
        for name in names:
            _delete(bound, _owned(bound, name), ctx.hook_state.get(ROWS, ()), as_code(ctx.options))

    model.observe("before delete", look)
    model.observe("after delete", cascade)


def _owned(bound: Bound, name: str) -> RelationDefinition:
    """The relation of that name. Raises: DefinitionError, where its other side does not belong to the model."""
    found = bound.relations.get(name)
    if found is None or found.type not in ("hasMany", "hasOne", "hasAndBelongsToMany"):
        raise DefinitionError(f"{bound.name}.{name} is no relation that CascadeDelete could follow")
    return found


def _delete(bound: Bound, relation: RelationDefinition, rows: Sequence[Row], options: Options) -> None:
    edge = edge_of(bound, relation)
    if isinstance(edge, KeyEdge):
        scope = {"where": relation.scope["where"]} if relation.scope.get("where") else {}
        _delete_by(bound_of(edge.target), edge.to_key, [row.get(edge.from_key) for row in rows], edge.fixed, options, scope)
    elif isinstance(edge, ThroughEdge):
        keys = edge.keys
        _delete_by(bound_of(edge.through), keys.near, [row.get(keys.source_key) for row in rows], keys.fixed, options, {})


def _delete_by(
    target: Bound, key: str, values: Sequence[Any], fixed: Mapping[str, Any], options: Options, scope: Mapping[str, Json]
) -> None:
    wanted = distinct(map(reader(target, key), values))
    if wanted:
        deleting.delete_all(target, {**fixed, key: {"inq": wanted}}, options, scope)
