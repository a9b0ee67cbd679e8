"""The mixin SoftDelete: deleted records are marked instead, and nobody finds them. Never removes a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...data.persisted import PersistedModel
from ...errors import DefinitionError, NotFound
from ...model.base import Model
from ...model.definition import now
from ...model.hooks import Deleting, Reading, Saving
from ...types import as_code


def soft_delete(model: type[Model], options: Mapping[str, Any]) -> None:
    """Mark records of a model as deleted where they would be removed.

    Args:
        model: a stored model, not bound yet.
        options: deletedAt: the property with the time of deletion. scrub: true, or names: properties that are set to null
            with it.

    Calls in code that carry the option `deleted` see deleted records too. Source: real-projects.md 6.

    Raises:
        DefinitionError: the model is not stored.
    """
    if not issubclass(model, PersistedModel):
        raise DefinitionError(f"{model.__name__} keeps no records, so none can be marked as deleted")
    name = str(options.get("deletedAt", "deletedAt"))
    model.define_property(name, "date")

    def hide(ctx: Reading[Model]) -> None:
        if not ctx.options.get("deleted"):
            ctx.query = {**ctx.query, "where": {"and": [ctx.query.get("where") or {}, {name: None}]}}

    def mark(ctx: Deleting[PersistedModel]) -> None:
        trusted = as_code(ctx.options)
        changes = {name: now(), **dict.fromkeys(_scrubbed(ctx.model, options.get("scrub")))}
        ctx.replace(ctx.model.update_all(ctx.where, changes, options=trusted))

    def refuse(ctx: Saving[PersistedModel]) -> None:
        if _replaces(ctx) and not ctx.model.exists(ctx.instance.id, options=ctx.options):
            raise NotFound(f'Unknown "{ctx.model.__name__}" id "{ctx.instance.id}".', code="MODEL_NOT_FOUND")

    model.observe("access", hide)
    model.observe("before save", refuse)
    model.observe("before delete", mark)


def _replaces(ctx: Saving[PersistedModel]) -> bool:
    """Whether a whole record is written over one that no `access` observer was asked for."""
    return "instance" in ctx and "current_instance" not in ctx and "is_new" in ctx and not ctx.is_new


def _scrubbed(model: type[Model], scrub: Any) -> list[str]:
    """The properties that are emptied: those named, or all but the ids."""
    if isinstance(scrub, list):
        return [str(name) for name in scrub]
    properties = model.definition__.properties.values() if scrub is True and model.definition__ else ()
    return [one.name for one in properties if not one.id and not one.required]
