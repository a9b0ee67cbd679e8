"""The mixin ReadOnly: properties, or whole models, that clients cannot write. Code may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...data.persisted import PersistedModel
from ...errors import Forbidden
from ...model.base import Model
from ...model.hooks import Deleting, Saving

OF_REQUEST: Final = "accessToken"
"""The option that every call from a client carries."""


def read_only(model: type[Model], options: Mapping[str, Any]) -> None:
    """Take what clients send for some properties out again; without names nothing of the model can be written by them.

    Args:
        model: the class.
        options: the names, each with true; or `{"properties": [names]}`.

    Source: real-projects.md 6.
    """
    listed = options.get("properties")
    names = frozenset(listed if isinstance(listed, list) else (name for name, on in options.items() if on is True))
    if not names:
        model.observe("before save", _refuse)
        model.observe("before delete", _refuse)
        return

    def restore(ctx: Saving[Model]) -> None:
        if OF_REQUEST in ctx.options:
            _restore(ctx, names)

    model.observe("before save", restore)


def _refuse(ctx: Saving[Model] | Deleting[Model]) -> None:
    if OF_REQUEST in ctx.options:
        raise Forbidden(f"Unable to update: {ctx.model.__name__} is read only.")


def _restore(ctx: Saving[Model], names: frozenset[str]) -> None:
    if "instance" not in ctx:
        ctx.data = {name: value for name, value in ctx.data.items() if name not in names}
        return
    before = _before(ctx)
    for name in names:
        _restore_one(ctx.instance, before, name)


def _before(ctx: Saving[Model]) -> Model | None:
    """The record as it is stored, None for a new one; not every operation has read it."""
    if "current_instance" in ctx:
        return ctx.current_instance
    is_new = "is_new" in ctx and ctx.is_new
    if not is_new and isinstance(ctx.instance, PersistedModel) and ctx.instance.id is not None:
        return type(ctx.instance).find_by_id(ctx.instance.id)
    return None


def _restore_one(instance: Model, before: Model | None, name: str) -> None:
    """The value of old where there is one, else the property's default, else none."""
    if before is not None and name in before:
        instance[name] = before[name]
    elif before is None and name in instance.defaults__:
        instance[name] = instance.defaults__[name]()
    elif name in instance:
        del instance[name]
