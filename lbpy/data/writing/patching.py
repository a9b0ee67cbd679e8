"""Changing some properties of one instance, and saving an instance that was changed. Finds none by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import BadRequest, Problem
from ...model.base import Model
from ...types import NO_OPTIONS, Json, Options, Row
from ..bound import Bound
from ..reading import by_key, loaded
from ..saving import Operation, in_order, look, missing, observed, saved
from ..transaction import atomic
from .creating import create


@atomic
def patch(bound: Bound, instance: Model, data: Json = None, options: Options = NO_OPTIONS) -> Row:
    """Change some properties of an instance; the merged instance has to be valid.

    Args:
        instance: as loaded; changed in place.
        data: the properties to set.

    Raises:
        BadRequest: the id would change. Invalid: the merged instance is refused. NotFound: it is gone.
    """
    given = {} if data is None else data
    id = bound.id_of(instance)
    check_id(bound, given, id)
    return patched(Operation(bound, options), instance, given, id)


def check_id(bound: Bound, data: Json, id: Any) -> None:
    """Refuse data that would change the id."""
    if isinstance(data, Mapping) and bound.id_name in data and bound.read_id(data[bound.id_name]) != id:
        given = data[bound.id_name]
        raise BadRequest(f"id cannot be updated from {id} to {'null' if given is None else given} when forceId is set to true")


def patched(operation: Operation, instance: Model, data: Json, id: Any, *, lenient: bool = False) -> Row:
    """The steps of a patch; lenient: undeclared keys are dropped and rules may be switched off (patchOrCreate)."""
    bound = operation.bound
    where = by_key(bound, id)["where"]
    changes, problems = _read(operation, data, id, lenient=lenient)
    if not problems and bound.observers("before save"):
        context = operation.before_save(where=where, data=changes, current_instance=instance)
        changes = operation.settle(context.data)
        changes.pop(bound.id_name, None)
    merged = {**instance._row, **changes}
    if not (lenient and bound.definition.setting("validateUpsert") is False and not problems):
        operation.validate(merged, problems)
    stored = operation.persist(changes, where=where, current_instance=instance, is_new=False)
    _update(operation, id, stored)
    instance._row = in_order(bound, merged)
    look(operation, dict(instance._row), instance._row, is_new=False)
    instance._row = saved(operation, instance._row, is_new=False)
    return instance._row


def _read(operation: Operation, data: Json, id: Any, *, lenient: bool) -> tuple[Row, list[Problem]]:
    changes, problems = operation.read(data, linking=False)
    problems = operation.drop_id(changes, problems, id)
    return changes, [one for one in problems if one.code != "unknown-property"] if lenient else problems


def _update(operation: Operation, id: Any, changes: Row) -> None:
    bound = operation.bound
    with operation.storing(changes):
        found = bound.store.update(bound.is_id(id), changes)
    if not found:
        raise missing("update attributes", id)


@atomic
def save(bound: Bound, instance: Model, options: Options = NO_OPTIONS) -> Row:
    """Store an instance: a new one is created, another is merged over the stored one (source: logic.md 3.1, "save").

    Raises:
        Invalid: it is refused. NotFound: it is gone.
    """
    if instance._new:
        row: Row = create(bound, instance._row, options)
        return row
    operation = Operation(bound, options)
    id = bound.id_of(instance)
    row, problems = operation.read(instance._row, linking=False)  # what an include put there may be of an earlier key
    row = observed(operation, row, problems, new=False)
    operation.validate(row, problems)
    where = by_key(bound, id)["where"]
    stored = operation.persist(row, where=where, current_instance=bound.model._wrap(row))
    _update(operation, id, {name: value for name, value in stored.items() if name != bound.id_name})
    loaded(bound, [dict(row)], options, state=operation.state)
    return saved(operation, row, is_new=False)
