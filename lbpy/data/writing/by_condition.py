"""Writes that a condition leads to: one instance patched or created, found or created, or all that meet it changed."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import BadRequest, Invalid
from ...query.nodes import Filter, Where
from ...query.where import compile_where
from ...types import NO_OPTIONS, Json, Options, Row
from ..asking import accessed, writing_rules
from ..bound import Bound
from ..contract import UpsertWhere
from ..reading import RawFilter, asked_where, compiled_filter, find_one, loaded
from ..saving import Operation, in_order, keep_alias, object_of, saved, without_empty_id
from ..transaction import atomic
from .creating import create, created, prepare
from .patching import check_id, patched


@atomic
def upsert_with_where(bound: Bound, where: Json, data: Json = None, options: Options = NO_OPTIONS) -> Row:
    """Patch the one instance that meets a condition, or create one (source: logic.md 3.1).

    Where the store does that in one step the data alone has to be valid, else the instance as it would be.

    Raises:
        BadRequest: no condition, no data, or several instances meet the condition. Invalid: it breaks rules.
    """
    given = object_of(data)
    if where is None:
        raise BadRequest("where is a required argument")
    if not given:
        raise BadRequest("data object cannot be empty!")
    operation = Operation(bound, options)
    query = accessed(bound, asked_where(bound, where, options), options, operation.state)
    if bound.upsert_where is None:
        return _patch_or_create(operation, query.get("where"), given)
    return _merge_or_create(bound.upsert_where, operation, query.get("where"), given)


def _several() -> BadRequest:
    return BadRequest("There are multiple instances found.Upsert Operation will not be performed!")


def _compiled(operation: Operation, where: Json) -> Where:
    return compile_where(operation.bound.grammar, where, writing_rules(operation.bound, operation.options))


def _patch_or_create(operation: Operation, where: Json, data: Mapping[str, Json]) -> Row:
    bound = operation.bound
    found = bound.store.find(Filter(where=_compiled(operation, where), limit=2))
    if len(found) > 1:
        raise _several()
    if not found:
        row: Row = create(bound, data, operation.options)
        return row
    id = found[0][bound.id_name]
    check_id(bound, data, id)
    return patched(operation, bound.model._wrap(bound.fill(found[0], bound.read_defaults)), data, id)


def _merge_or_create(store: UpsertWhere, operation: Operation, where: Json, data: Mapping[str, Json]) -> Row:
    bound, compiled = operation.bound, _compiled(operation, where)
    row, problems = operation.read(data)
    if not problems and bound.observers("before save"):
        row = operation.settle(operation.before_save(where=where or {}, data=row).data)
    operation.validate(row, problems, creating=True)
    keep_alias(bound, row)
    stored = operation.persist(without_empty_id(bound, row, data), where=where or {}, current_instance=bound.model._wrap(row))
    answer, is_new = _merged(store, operation, compiled, stored)  # without defaults, as LoopBack has it
    loaded(bound, [dict(answer)], operation.options, is_new=is_new, state=operation.state)
    return saved(operation, answer, is_new=is_new)


def _merged(store: UpsertWhere, operation: Operation, where: Where, row: Row) -> tuple[Row, bool]:
    operation.bound.ready()
    with operation.storing(row):
        done = store.upsert_where(where, row)
    if done is None:
        raise _several()
    return in_order(operation.bound, done[0]), done[1]


@atomic
def find_or_create(bound: Bound, filter: Mapping[str, Json], data: Json = None, options: Options = NO_OPTIONS) -> tuple[Row, bool]:
    """The first instance that meets a filter, or a new one; two callers at once make one where the store can do that.

    Returns:
        The row, and whether it is new.
    """
    if bound.find_or_create is None:
        found = find_one(bound, filter, options)
        return (found, False) if found is not None else (create(bound, data, options), True)
    operation = Operation(bound, options)
    compiled = compiled_filter(bound, {**filter, "limit": 1}, options, operation.state)
    bound.ready()
    try:
        row = prepare(operation, {} if data is None else data)
    except Invalid:
        there = bound.rows.find(compiled)  # what is looked for may be the very instance that a rule of uniqueness met
        if not there:
            raise
        return _found(operation, there[0]), False
    members = {"where": filter.get("where") or {}, "current_instance": bound.model._wrap(row, new=True), "is_new": True}
    stored, is_new = bound.find_or_create.find_or_create(compiled, operation.for_store(operation.persist(row, **members)))
    return (created(operation, row, stored), True) if is_new else (_found(operation, stored), False)


def _found(operation: Operation, stored: Row) -> Row:
    """A row that was there already, as callers see it."""
    operation.bound.fill(stored, operation.bound.read_defaults)
    [seen] = loaded(operation.bound, [stored], operation.options, state=operation.state)
    return seen


@atomic
def update_all(bound: Bound, where: Json, data: Json = None, options: Options = NO_OPTIONS) -> int:
    """Set properties on every instance that meets a condition; rules are not asked unless the model says validateUpdate.

    Args:
        where: a raw condition; {} is every instance, None is refused.

    Returns:
        How many instances met the condition.
    """
    if where is None:
        raise BadRequest("where is a required argument")
    operation = Operation(bound, options)
    query: RawFilter = accessed(bound, asked_where(bound, where, options), options, operation.state)
    changes, met = _changes(operation, object_of(data), query.get("where") or {})
    compiled = _compiled(operation, met)
    stored = operation.persist(changes, where=met)
    with operation.storing(stored):
        found = bound.store.update(compiled, stored)
    operation.after_save(where=met, data=stored, info={"count": found})
    return found


def _changes(operation: Operation, data: Mapping[str, Json], where: Json) -> tuple[Row, Json]:
    """What is set, and the condition for it, after the observers of "before save"."""
    bound = operation.bound
    changes, problems = operation.read(data)
    problems = [one for one in operation.drop_id(changes, problems) if one.code != "unknown-property"]
    if not problems and bound.observers("before save"):
        context = operation.before_save(where=where, data=changes)
        changes, where = operation.settle(context.data), context.where or {}
    if problems or bound.definition.setting("validateUpdate"):
        operation.validate(changes, problems)
    return changes, where
