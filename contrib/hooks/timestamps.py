"""The mixin TimeStamp: when a record was made and when it was last changed. Trusts no time that a caller sends for the change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model.base import Model
from ...model.definition import now
from ...model.hooks import Saving


def timestamps(model: type[Model], options: Mapping[str, Any]) -> None:
    """Give a model the properties `createdAt` and `updatedAt` and keep them.

    Args:
        model: the class, not bound yet.
        options: createdAt, updatedAt: other names for the two. required: whether they must be there, default true.
            validateUpsert: the model's setting of that name, if it is to be changed.

    A call with the option `skipUpdatedAt` leaves the second one alone. Source: real-projects.md 6.
    """
    created, updated = str(options.get("createdAt", "createdAt")), str(options.get("updatedAt", "updatedAt"))
    required = options.get("required", True) is not False
    model.define_property(created, {"type": "date", "required": required, "defaultFn": "now"})
    model.define_property(updated, {"type": "date", "required": required})
    if "validateUpsert" in options:
        model.define_setting("validateUpsert", options["validateUpsert"])

    def stamp(ctx: Saving[Model]) -> None:
        if ctx.options.get("skipUpdatedAt"):
            return
        if "instance" in ctx:
            ctx.instance[updated] = now()
        else:
            ctx.data[updated] = now()

    model.observe("before save", stamp)
