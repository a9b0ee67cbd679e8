"""Patching or replacing the instance with the id in the data, or creating it. Looks for none by another condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import Problem
from ...model.kinds import NOTHING
from ...types import NO_OPTIONS, Json, Options, Row
from ..asking import accessed
from ..bound import Bound
from ..reading import by_key, find_owner, loaded
from ..saving import Operation, keep_alias, missing, object_of, observed, saved
from ..transaction import atomic
from .creating import create
from .patching import patched
from .replacing import in_scope, replace_by_id


@atomic
def patch_or_create(bound: Bound, data: Json = None, options: Options = NO_OPTIONS) -> Row:
    """Merge into the instance with the data's id, or create one (source: models.md 3, logic.md 9).

    Raises:
        NotFound: the id is unknown and ids are made by the store.
    """
    given = object_of(data)
    key = _given_id(bound, given)
    if key is None or (key is NOTHING and not bound.definition.force_id):
        row: Row = create(bound, given, options)
        return row
    if not bound.definition.force_id:
        return _upsert(Operation(bound, options), key, given, replace=False)
    current = None if key is NOTHING else find_owner(bound, key, options)
    if current is None:
        raise missing("update attributes", given[bound.id_name])
    return patched(Operation(bound, options), bound.model._wrap(current), given, key, lenient=True)


@atomic
def replace_or_create(bound: Bound, data: Json = None, options: Options = NO_OPTIONS) -> Row:
    """Put in the place of the instance with the data's id, or create one; errors as of `patch_or_create`."""
    given = object_of(data)
    key = _given_id(bound, given)
    if key is None or (key is NOTHING and not bound.definition.force_id):
        row: Row = create(bound, given, options)
        return row
    if not bound.definition.force_id:
        return _upsert(Operation(bound, options), key, given, replace=True)
    return replace_by_id(bound, given[bound.id_name], given, options)


def _given_id(bound: Bound, data: Mapping[str, Json]) -> Any:
    """The id in the data: None if it counts as none, NOTHING if no row can have it."""
    value = data.get(bound.id_name)
    return None if bound.id_kind.is_no_id(value) else bound.read_id(value)


def _upsert(operation: Operation, id: Any, data: Mapping[str, Json], *, replace: bool) -> Row:
    bound = operation.bound
    accessed(bound, by_key(bound, id), operation.options, operation.state)
    row, problems = operation.read(data)
    if replace:
        problems += operation.complete(row)
    else:
        problems = [one for one in problems if one.code != "unknown-property"]
    row = _observed_upsert(operation, row, problems, id, replace=replace)
    keep_alias(bound, row, id)
    if replace or bound.definition.setting("validateUpsert") is not False or problems:
        operation.validate(row if replace else _whole(bound, id, row), problems)
    if not in_scope(bound, id) and bound.store.count(bound.is_id(id)):
        raise missing("replace" if replace else "update attributes", id)
    members = {"where": by_key(bound, id)["where"], "current_instance": bound.model._wrap(row)}
    stored, is_new = _put_or_create(operation, id, operation.persist(row, **members), replace=replace)
    answer = bound.fill(stored, bound.read_defaults)
    loaded(bound, [dict(answer)], operation.options, is_new=is_new, state=operation.state)
    return saved(operation, answer, is_new=is_new)


def _whole(bound: Bound, id: Any, row: Row) -> Row:
    """What has to be valid: the row as it would be.

    Where the model says `validateUpsert` and the store is one that LoopBack lets merge by itself, the data alone
    (source: models.md 5.4).
    """
    if bound.definition.setting("validateUpsert") is True and not bound.grammar.relational:
        return row
    found = bound.store.find(bound.by_id(id))
    return {**found[0], **row} if found else row


def _observed_upsert(operation: Operation, row: Row, problems: list[Problem], id: Any, *, replace: bool) -> Row:
    bound = operation.bound
    if replace:
        return observed(operation, row, problems, new=False)
    if problems or not bound.observers("before save"):
        return row
    return operation.settle(operation.before_save(where=by_key(bound, id)["where"], data=row).data)


def _put_or_create(operation: Operation, id: Any, row: Row, *, replace: bool) -> tuple[Row, bool]:
    bound = operation.bound
    with operation.storing(row):
        if bound.upsert is not None:
            bound.ready()
            return bound.upsert.upsert(id, operation.for_store(row) if replace else row, replace=replace)
        found = bound.store.find(bound.by_id(id))
        if not found:
            return bound.store.create(row), True
        merged = row if replace else {**found[0], **row}
        bound.store.replace(id, merged)
    return merged, False
