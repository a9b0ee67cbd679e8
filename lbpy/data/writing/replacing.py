"""Putting an instance in the place of the one with its id. Creates none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...errors import BadRequest, Invalid
from ...model.kinds import NOTHING
from ...types import NO_OPTIONS, Json, Options, Row
from ..bound import Bound
from ..reading import by_key, condition, loaded
from ..saving import Operation, in_order, missing, observed, same_id, saved
from ..transaction import atomic

SILENT: Final[Options] = {"notify": False}
"""Options of a look at the store that no observer sees."""


@atomic
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
    problems = operation.drop_id(row, problems, id)
    row[bound.id_name] = id
    problems += operation.complete(row)
    row = in_order(bound, observed(operation, row, problems, new=False, is_new=False) | {bound.id_name: id})
    operation.validate(row, problems)
    if not in_scope(bound, id):
        raise missing("replace", id)
    stored = operation.persist(row, where=by_key(bound, id)["where"], current_instance=bound.model._wrap(row), is_new=False)
    if not _put(operation, id, stored):
        raise missing("replace", id)
    loaded(bound, [dict(row)], operation.options, state=operation.state)
    return saved(operation, row, is_new=False)


def in_scope(bound: Bound, id: Any) -> bool:
    """Whether a row may be overwritten: one outside the default scope may not (switch putIgnoresScope)."""
    if "where" not in bound.scope or bound.settings.old("putIgnoresScope"):
        return True
    return bound.store.count(condition(bound, by_key(bound, id)["where"], SILENT)) > 0


def _put(operation: Operation, id: Any, row: Row) -> bool:
    try:
        with operation.storing(row):
            return operation.bound.store.replace(id, operation.for_store(row))
    except Invalid as error:
        if any(one.property == operation.bound.id_name for one in error.problems):
            return False  # a column that cannot hold the id has no such row
        raise
