"""The built-in models that synchronisation keeps its books in. Tracks no change itself."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from ...data.persisted import PersistedModel
from ...model.definition import now
from ...model.hooks import Saving
from ...model.properties import prop


class Change(PersistedModel):
    """The last known revision of one record of another model."""

    id: str | None = prop(default=None, id=True)
    rev: str | None = None
    prev: str | None = None
    checkpoint: float | None = None
    modelName: str | None = None
    modelId: str | None = None


def identify(ctx: Saving[Any]) -> None:
    """A new change has the id that LoopBack makes of the record it is about, so that there is one change a record."""
    if "instance" not in ctx or not ctx.is_new:
        return
    about = ctx.instance.to_dict()
    if about.get("modelName") and about.get("modelId"):
        text = f"{about['modelName']}-{about['modelId']}"
        ctx.instance["id"] = hashlib.sha1(text.encode(errors="replace"), usedforsecurity=False).hexdigest()


Change.observe("before save", identify)


class Checkpoint(PersistedModel):
    """A moment that changes are counted from."""

    seq: float | None = None
    time: datetime | None = prop(factory=now)
    sourceId: str | None = None
