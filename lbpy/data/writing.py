"""Creating and changing: each operation is one straight pipeline of the steps in saving.py. Runs no remote hook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..errors import BadRequest, ClientError, Duplicate, Invalid, ManyFailed, NotFound, Problem
from ..model.base import Model
from ..model.kinds import NOTHING
from ..query.nodes import Filter
from ..query.where import compile_where
from ..types import NO_OPTIONS, Json, Options, Row
from .asking import accessed, writing_rules
from .bound import Bound
from .reading import RawFilter, asked_where, by_key, compiled_filter, condition, find_by_id, find_one, loaded
from .saving import Operation, same_id

SILENT: Final[Options] = {"notify": False}
"""Options of a look at the store that no observer sees."""

# -- create ------------------------------------------------------------------


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


def prepare(operation: Operation, data: Json, also: tuple[Row, ...] = ()) -> Row:
    """The row of a new instance: read, completed, observed and validated, not stored yet."""
    row, problems = operation.read(data)
    problems += operation.complete(row)
    row = observed(operation, row, problems, new=True, is_new=True)
    operation.validate(row, problems, creating=True, also=also)
    return without_empty_id(operation.bound, row)


def observed(operation: Operation, row: Row, problems: list[Problem], *, new: bool, **members: Any) -> Row:
    """The row after the observers of "before save", which see an instance around it."""
    if problems or not operation.bound.observers("before save"):
        return row
    instance = operation.bound.model._wrap(row, new=new)
    operation.before_save(instance=instance, **members)
    return operation.settle(instance._row)


def without_empty_id(bound: Bound, row: Row) -> Row:
    """The row without an id that counts as none: null, 0 or empty text."""
    key = bound.definition.id
    if key is not None and key.name in row and not row[key.name]:
        del row[key.name]
    return row


def _store(operation: Operation, row: Row) -> Row:
    bound = operation.bound
    instance = bound.model._wrap(row, new=True)
    data = operation.for_store(operation.persist(row, current_instance=instance, is_new=True))
    try:
        stored = bound.store.create(data)
    except Duplicate as error:
        raise operation.refused(error, data) from error
    return _created(operation, row, stored)


def _created(operation: Operation, row: Row, stored: Row) -> Row:
    bound = operation.bound
    _take_id(bound, row, stored)
    _look(operation, stored, row, is_new=True)
    return saved(operation, in_order(bound, row), is_new=True)


def _look(operation: Operation, stored: Row, row: Row, *, is_new: bool) -> None:
    """Show what was stored to the observers of "loaded"; what they change comes into the row only where the model says so."""
    [seen] = loaded(operation.bound, [stored], operation.options, is_new=is_new, state=operation.state)
    if operation.bound.definition.setting("updateOnLoad"):
        row.update(seen)


def _take_id(bound: Bound, row: Row, stored: Row) -> None:
    key = bound.definition.id
    if key is None:
        return
    row[key.name] = stored[key.name]
    if key.name != "id" and "id" in row and "id" not in bound.definition.properties:
        row["id"] = stored[key.name]  # LoopBack's instances have an accessor `id` for a key of another name


def saved(operation: Operation, row: Row, **members: Any) -> Row:
    """The row after the observers of "after save", which see an instance around it."""
    if not operation.bound.observers("after save"):
        return row
    instance = operation.bound.model._wrap(row)
    operation.after_save(instance=instance, **members)
    return instance._row


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
    return [_created(one, row, made) for (one, row), made in zip(prepared, stored, strict=True)] if rows else []


def _prepare_all(
    bound: Bound, items: Sequence[Json], options: Options
) -> tuple[list[tuple[Operation, Row]], list[ClientError | None]]:
    prepared: list[tuple[Operation, Row]] = []
    errors: list[ClientError | None] = []
    for item in items:
        operation = Operation(bound, options)
        try:
            prepared.append((operation, prepare(operation, item, tuple(row for _, row in prepared))))
            errors.append(None)
        except ClientError as error:
            errors.append(error)
    return prepared, errors


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


# -- patch -------------------------------------------------------------------


def patch(bound: Bound, instance: Model, data: Json = None, options: Options = NO_OPTIONS) -> Row:
    """Change some properties of an instance; the merged instance has to be valid.

    Args:
        instance: as loaded; changed in place.
        data: the properties to set.

    Raises:
        BadRequest: the id would change. Invalid: the merged instance is refused. NotFound: it is gone.
    """
    given = {} if data is None else data
    id = instance._row[bound.id_name]
    check_id(bound, given, id)
    return _patch(Operation(bound, options), instance, given, id)


def check_id(bound: Bound, data: Json, id: Any) -> None:
    """Refuse data that would change the id."""
    if isinstance(data, Mapping) and not same_id(bound, data.get(bound.id_name), id):
        raise BadRequest(f"id cannot be updated from {id} to {data[bound.id_name]} when forceId is set to true")


def _patch(operation: Operation, instance: Model, data: Json, id: Any, *, lenient: bool = False) -> Row:
    """The steps of a patch; lenient: undeclared keys are dropped and rules may be switched off (patchOrCreate)."""
    bound = operation.bound
    where = by_key(bound, id)["where"]
    changes, problems = operation.read(data)
    problems = operation.drop_id(changes, problems)
    if lenient:
        problems = [one for one in problems if one.code != "unknown-property"]
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
    _look(operation, dict(instance._row), instance._row, is_new=False)
    instance._row = saved(operation, instance._row, is_new=False)
    return instance._row


def _update(operation: Operation, id: Any, changes: Row) -> None:
    bound = operation.bound
    try:
        found = bound.store.update(bound.is_id(id), changes)
    except Duplicate as error:
        raise operation.refused(error, changes) from error
    if not found:
        raise missing("update attributes", id)


def missing(what: str, id: Any) -> NotFound:
    """What is said when an operation by id finds nothing at the store."""
    return NotFound(f"Could not {what}. Object with id {id} does not exist!")


def in_order(bound: Bound, row: Row) -> Row:
    """The row with declared properties first, in order of declaration."""
    ordered = {name: row[name] for name in bound.definition.properties if name in row}
    return {**ordered, **row} if len(ordered) < len(row) else ordered


# -- replace -----------------------------------------------------------------


def replace_by_id(bound: Bound, id: Any, data: Json = None, options: Options = NO_OPTIONS) -> Row:
    """Put an instance in the place of the one with that id; properties that are not given are gone, defaults apply.

    Raises:
        BadRequest: the data has another id. NotFound: there is none. Invalid: it is refused.
    """
    key = bound.read_id(id)
    if key is NOTHING:
        raise missing("replace", id)
    given = {} if data is None else data
    if isinstance(given, Mapping) and not same_id(bound, given.get(bound.id_name), key):
        raise BadRequest(f"id property ({bound.id_name}) cannot be updated from {key} to {given[bound.id_name]}")
    return _replace(Operation(bound, options), key, given)


def _replace(operation: Operation, id: Any, data: Json) -> Row:
    bound = operation.bound
    row, problems = operation.read(data)
    problems = operation.drop_id(row, problems)
    row[bound.id_name] = id
    problems += operation.complete(row)
    row = observed(operation, row, problems, new=False, is_new=False)
    row[bound.id_name] = id
    operation.validate(row, problems)
    if not _in_scope(bound, id):
        raise missing("replace", id)
    stored = operation.persist(row, where=by_key(bound, id)["where"], current_instance=bound.model._wrap(row), is_new=False)
    if not _put(operation, id, stored):
        raise missing("replace", id)
    loaded(bound, [dict(row)], operation.options, state=operation.state)
    return saved(operation, row, is_new=False)


def _in_scope(bound: Bound, id: Any) -> bool:
    """Whether a row may be overwritten: one outside the default scope may not (switch putIgnoresScope)."""
    if "where" not in bound.scope or bound.settings.old("putIgnoresScope"):
        return True
    return bound.store.count(condition(bound, by_key(bound, id)["where"], SILENT)) > 0


def _put(operation: Operation, id: Any, row: Row) -> bool:
    try:
        return operation.bound.store.replace(id, operation.for_store(row))
    except Duplicate as error:
        raise operation.refused(error, row) from error
    except Invalid as error:
        if any(one.property == operation.bound.id_name for one in error.problems):
            return False  # a column that cannot hold the id has no such row
        raise


def save(bound: Bound, instance: Model, options: Options = NO_OPTIONS) -> Row:
    """Store an instance: a new one is created, another is merged over the stored one (source: logic.md 3.1, "save").

    Raises:
        Invalid: it is refused. NotFound: it is gone.
    """
    if instance._new:
        row: Row = create(bound, instance._row, options)
        return row
    operation = Operation(bound, options)
    id = instance._row[bound.id_name]
    row, problems = operation.read(instance._row)
    row = observed(operation, row, problems, new=False)
    operation.validate(row, problems)
    where = by_key(bound, id)["where"]
    stored = operation.persist(row, where=where, current_instance=bound.model._wrap(row))
    _update(operation, id, {name: value for name, value in stored.items() if name != bound.id_name})
    loaded(bound, [dict(row)], options, state=operation.state)
    return saved(operation, row, is_new=False)


# -- upserts -----------------------------------------------------------------


def patch_or_create(bound: Bound, data: Json = None, options: Options = NO_OPTIONS) -> Row:
    """Merge into the instance with the data's id, or create one (source: models.md 3, logic.md 9).

    Raises:
        NotFound: the id is unknown and ids are made by the store.
    """
    given = _object(data)
    key = _given_id(bound, given)
    if key is None or (key is NOTHING and not bound.definition.force_id):
        row: Row = create(bound, given, options)
        return row
    if not bound.definition.force_id:
        return _upsert(Operation(bound, options), key, given, replace=False)
    current = None if key is NOTHING else find_by_id(bound, key, None, options)
    if current is None:
        raise missing("update attributes", given[bound.id_name])
    return _patch(Operation(bound, options), bound.model._wrap(current), given, key, lenient=True)


def replace_or_create(bound: Bound, data: Json = None, options: Options = NO_OPTIONS) -> Row:
    """Put in the place of the instance with the data's id, or create one; errors as of `patch_or_create`."""
    given = _object(data)
    key = _given_id(bound, given)
    if key is None or (key is NOTHING and not bound.definition.force_id):
        row: Row = create(bound, given, options)
        return row
    if not bound.definition.force_id:
        return _upsert(Operation(bound, options), key, given, replace=True)
    return replace_by_id(bound, given[bound.id_name], given, options)


def _object(data: Json) -> Mapping[str, Json]:
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise BadRequest("Value is not an object.")
    return data


def _given_id(bound: Bound, data: Mapping[str, Json]) -> Any:
    """The id in the data: None if it counts as none, NOTHING if no row can have it."""
    value = data.get(bound.id_name)
    return bound.read_id(value) if value else None


def _upsert(operation: Operation, id: Any, data: Mapping[str, Json], *, replace: bool) -> Row:
    bound = operation.bound
    accessed(bound, by_key(bound, id), operation.options, operation.state)
    row, problems = operation.read(data)
    if replace:
        problems += operation.complete(row)
    else:
        problems = [one for one in problems if one.code != "unknown-property"]
    row = _observed_upsert(operation, row, problems, id, replace=replace)
    if replace or bound.definition.setting("validateUpsert") is not False or problems:
        operation.validate(row, problems)
    if not _in_scope(bound, id) and bound.store.count(bound.is_id(id)):
        raise missing("replace" if replace else "update attributes", id)
    members = {"where": by_key(bound, id)["where"], "current_instance": bound.model._wrap(row)}
    stored, is_new = _put_or_create(operation, id, operation.persist(row, **members), replace=replace)
    answer = bound.fill(stored, bound.read_defaults)
    loaded(bound, [dict(answer)], operation.options, is_new=is_new, state=operation.state)
    return saved(operation, answer, is_new=is_new)


def _observed_upsert(operation: Operation, row: Row, problems: list[Problem], id: Any, *, replace: bool) -> Row:
    bound = operation.bound
    if replace:
        return observed(operation, row, problems, new=False)
    if problems or not bound.observers("before save"):
        return row
    return operation.settle(operation.before_save(where=by_key(bound, id)["where"], data=row).data)


def _put_or_create(operation: Operation, id: Any, row: Row, *, replace: bool) -> tuple[Row, bool]:
    bound = operation.bound
    try:
        if bound.upsert is not None:
            bound.ready()
            return bound.upsert.upsert(id, operation.for_store(row) if replace else row, replace=replace)
        found = bound.store.find(bound.by_id(id))
        if not found:
            return bound.store.create(row), True
        merged = row if replace else {**found[0], **row}
        bound.store.replace(id, merged)
    except Duplicate as error:
        raise operation.refused(error, row) from error
    return merged, False


def upsert_with_where(bound: Bound, where: Json, data: Json = None, options: Options = NO_OPTIONS) -> Row:
    """Patch the one instance that meets a condition, or create one; the data alone has to be valid.

    Raises:
        BadRequest: no condition, no data, or several instances meet the condition.
    """
    given = _object(data)
    if where is None:
        raise BadRequest("where is a required argument")
    if not given:
        raise BadRequest("data object cannot be empty!")
    operation = Operation(bound, options)
    query = accessed(bound, asked_where(bound, where, options), options, operation.state)
    compiled = compile_where(bound.grammar, query.get("where"), writing_rules(bound, options))
    row, problems = operation.read(given)
    if not problems and bound.observers("before save"):
        row = operation.settle(operation.before_save(where=query.get("where") or {}, data=row).data)
    operation.validate(row, problems, creating=True)
    members = {"where": query.get("where") or {}, "current_instance": bound.model._wrap(row)}
    stored = operation.persist(without_empty_id(bound, row), **members)
    answer, is_new = _update_or_create(operation, compiled, stored)
    bound.fill(answer, bound.read_defaults)
    loaded(bound, [dict(answer)], options, is_new=is_new, state=operation.state)
    return saved(operation, answer, is_new=is_new)


def _update_or_create(operation: Operation, where: Any, row: Row) -> tuple[Row, bool]:
    bound = operation.bound
    found = bound.store.find(Filter(where=where, limit=2))
    if len(found) > 1:
        raise BadRequest("There are multiple instances found.Upsert Operation will not be performed!")
    try:
        if not found:
            return bound.store.create(row), True
        changes = {name: value for name, value in row.items() if name != bound.id_name}
        bound.store.update(bound.is_id(found[0][bound.id_name]), changes)
    except Duplicate as error:
        raise operation.refused(error, row) from error
    return in_order(bound, {**found[0], **changes}), False


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
    row = prepare(operation, {} if data is None else data)
    members = {"where": filter.get("where") or {}, "current_instance": bound.model._wrap(row, new=True), "is_new": True}
    bound.ready()
    stored, is_new = bound.find_or_create.find_or_create(compiled, operation.for_store(operation.persist(row, **members)))
    if is_new:
        return _created(operation, row, stored), True
    bound.fill(stored, bound.read_defaults)
    [seen] = loaded(bound, [stored], options, state=operation.state)
    return seen, False


# -- many at once ------------------------------------------------------------


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
    changes, problems = operation.read(_object(data))
    problems = [one for one in operation.drop_id(changes, problems) if one.code != "unknown-property"]
    if not problems and bound.observers("before save"):
        context = operation.before_save(where=query.get("where") or {}, data=changes)
        changes, query = operation.settle(context.data), {"where": context.where}
    if problems or bound.definition.setting("validateUpdate"):
        operation.validate(changes, problems)
    compiled = compile_where(bound.grammar, query.get("where"), writing_rules(bound, options))
    stored = operation.persist(changes, where=query.get("where") or {})
    try:
        found = bound.store.update(compiled, stored)
    except Duplicate as error:
        raise operation.refused(error, stored) from error
    operation.after_save(where=query.get("where") or {}, data=stored, info={"count": found})
    return found
