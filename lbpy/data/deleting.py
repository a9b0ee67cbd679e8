"""Deleting by id, by condition, or the instance at hand. Related rows are not looked at."""

from __future__ import annotations

from typing import Any

from ..errors import BadRequest, NotFound
from ..model.base import Model
from ..model.hooks import Deleting
from ..model.kinds import NOTHING
from ..query.where import compile_where
from ..types import NO_OPTIONS, Json, Options
from .asking import accessed, writing_rules
from .bound import Bound
from .reading import EVERYTHING, RawFilter, asked_where, by_key
from .transaction import atomic


@atomic
def delete_by_id(bound: Bound, id: Any, options: Options = NO_OPTIONS) -> int:
    """Delete the instance with an id.

    Returns:
        1, or 0 if there was none.

    Raises:
        NotFound: there was none and the model says strictDelete.
    """
    key = bound.read_id(id)
    found = 0 if key is NOTHING else _delete(bound, by_key(bound, key)["where"], options)
    if not found and bound.definition.setting("strictDelete"):
        raise NotFound(f"No instance with id {id} found for {bound.name}", code="NOT_FOUND")
    return found


@atomic
def delete_all(bound: Bound, where: Json = None, options: Options = NO_OPTIONS, within: RawFilter = EVERYTHING) -> int:
    """Delete every instance that meets a raw condition (None: every instance); returns how many there were.

    Args:
        within: a raw filter that is not the caller's, such as that of a relation; its condition counts too.
    """
    return _delete(bound, where, options, within)


def delete_asked(bound: Bound, where: Json = None, filter: Json = None, options: Options = NO_OPTIONS) -> int:
    """Delete all for a client: a filter without a condition is a mistake that would cost every row.

    Raises:
        BadRequest: there is a filter, but no where.
    """
    if where is None and filter is not None:
        raise BadRequest("where is missing: a filter is not read here")
    return delete_all(bound, where, options)


@atomic
def destroy(bound: Bound, instance: Model, options: Options = NO_OPTIONS) -> int:
    """Delete an instance; its hooks see it.

    Raises:
        NotFound: it was gone and the model says strictDelete.
    """
    id = bound.id_of(instance)
    found = _delete(bound, by_key(bound, id)["where"], options, instance=instance)
    if not found and bound.definition.setting("strictDelete"):
        raise NotFound(f"No instance with id {id} found for {bound.name}", code="NOT_FOUND")
    return found


def _delete(bound: Bound, where: Json, options: Options, within: RawFilter = EVERYTHING, **members: Any) -> int:
    state: dict[str, Any] = {}
    query = accessed(bound, asked_where(bound, where, options, within), options, state)
    context: Deleting[Any] = Deleting(bound.model, options, state, where=query.get("where") or {}, **members)
    notify = options.get("notify") is not False
    if notify:
        _observe(bound, "before delete", context)
    found = _stored_deletion(bound, context)
    if notify and bound.observers("after delete"):
        after = Deleting(bound.model, options, state, where=context.where, info={"count": found}, **members)
        _observe(bound, "after delete", after)
    return found


def _stored_deletion(bound: Bound, context: Deleting[Any]) -> int:
    if context.replaced is not None:
        return context.replaced
    rules = writing_rules(bound, context.options)
    return bound.store.delete(compile_where(bound.grammar, context.where, rules))


def _observe(bound: Bound, hook: str, context: Deleting[Any]) -> None:
    for observer in bound.observers(hook):
        observer(context)
