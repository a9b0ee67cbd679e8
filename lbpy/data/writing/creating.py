"""Creating: one instance, or a list of them that is stored whole or not at all. Changes nothing that is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import BadRequest, ClientError, Duplicate, ManyFailed
from ...query.where import compile_where
from ...types import NO_OPTIONS, Json, Options, Row
from ..bound import Bound
from ..saving import Operation, in_order, keep_alias, look, object_of, observed, saved, without_empty_id
from ..transaction import atomic


@atomic
def create(bound: Bound, data: Json = None, options: Options = NO_OPTIONS) -> Any:
    """Store one new instance, or a list of them: all or none.

    Args:
        data: an object, or a list of objects.

    Returns:
        The row as stored, or the list of rows.

    Raises:
        Invalid, Duplicate: the instance is refused. ManyFailed: items of the list are.
    """
    if isinstance(data, list):
        return create_many(bound, data, options)
    operation = Operation(bound, options)
    row = prepare(operation, {} if data is None else data)
    return _store(operation, row)


def prepare(operation: Operation, data: Json, also: Sequence[Row] = ()) -> Row:
    """The row of a new instance: read, completed, observed and validated, not stored yet; `also` as of `Operation.validate`."""
    given = object_of(data)
    row, problems = operation.read(given)
    problems += operation.complete(row)
    row = observed(operation, row, problems, new=True, is_new=True)
    operation.validate(row, problems, creating=True, also=also)
    return without_empty_id(operation.bound, row, given)


def _store(operation: Operation, row: Row) -> Row:
    bound = operation.bound
    instance = bound.model._wrap(row, new=True)
    data = operation.for_store(operation.persist(row, current_instance=instance, is_new=True))
    with operation.storing(data):
        stored = bound.store.create(data)
    return created(operation, row, stored)


def created(operation: Operation, row: Row, stored: Row) -> Row:
    """The row of an instance that is stored now: with its id, after the observers of "loaded" and "after save"."""
    bound = operation.bound
    _take_id(bound, row, stored)
    look(operation, stored, row, is_new=True)
    return saved(operation, in_order(bound, row), is_new=True)


def _take_id(bound: Bound, row: Row, stored: Row) -> None:
    key = bound.definition.id
    if key is None:
        return
    row[key.name] = stored[key.name]
    keep_alias(bound, row, row[key.name])


@atomic
def create_many(bound: Bound, items: Sequence[Json], options: Options = NO_OPTIONS) -> list[Row]:
    """Store several new instances: every one is validated before any is stored (source: models.md 5.3).

    Raises:
        ManyFailed: at least one was refused; none is stored.
    """
    if not all(isinstance(item, Mapping) for item in items):
        raise BadRequest("Some of array items are not an object.")
    prepared, errors = _prepare_all(bound, items, options)
    if any(errors):
        raise ManyFailed(errors)
    rows = [row for _, row in prepared]
    data = [one.for_store(one.persist(row, current_instance=bound.model._wrap(row, new=True), is_new=True)) for one, row in prepared]
    stored = _store_all(bound, data)
    return [created(one, row, made) for (one, row), made in zip(prepared, stored, strict=True)] if rows else []


def _prepare_all(
    bound: Bound, items: Sequence[Json], options: Options
) -> tuple[list[tuple[Operation, Row]], list[ClientError | None]]:
    operations: list[Operation] = []
    rows: list[Row] = []
    errors: list[ClientError | None] = []
    for item in items:
        operation = Operation(bound, options)
        try:
            rows.append(prepare(operation, item, rows))
            operations.append(operation)
            errors.append(None)
        except ClientError as error:
            errors.append(error)
    return list(zip(operations, rows, strict=True)), errors


def _store_all(bound: Bound, rows: Sequence[Row]) -> list[Row]:
    bound.ready()
    try:
        if bound.create_many is not None:
            return bound.create_many.create_many(rows)
        return _one_by_one(bound, rows)
    except Duplicate as error:
        raise ManyFailed(_blame(bound, rows, error)) from error


def _one_by_one(bound: Bound, rows: Sequence[Row]) -> list[Row]:
    """Where the store takes single rows only, those of a list that fails half-way are taken away again."""
    stored: list[Row] = []
    try:
        for row in rows:
            stored.append(bound.store.create(row))
    except Exception:
        for row in stored:
            bound.store.delete(bound.is_id(row[bound.id_name]))
        raise
    return stored


def _blame(bound: Bound, rows: Sequence[Row], error: Duplicate) -> list[ClientError | None]:
    """Which rows of a list were duplicates: a value seen before in the list, or in the store."""
    seen: list[Any] = []
    errors: list[ClientError | None] = []
    for row in rows:
        value = row.get(error.property)
        twice = value is not None and (value in seen or _is_stored(bound, error.property, value))
        errors.append(Operation(bound, NO_OPTIONS).refused(error, row) if twice else None)
        seen.append(value)
    return errors if any(errors) else [error, *errors[1:]]


def _is_stored(bound: Bound, name: str, value: Any) -> bool:
    return bound.store.count(compile_where(bound.grammar, {name: value}, bound.code)) > 0
