"""The built-in models that synchronisation keeps its books in. Tracks no change itself."""

from __future__ import annotations

from datetime import datetime

from ...data.persisted import PersistedModel
from ...model.definition import now
from ...model.properties import prop


class Change(PersistedModel):
    """The last known revision of one record of another model."""

    id: str | None = prop(default=None, id=True)
    rev: str | None = None
    prev: str | None = None
    checkpoint: float | None = None
    modelName: str | None = None  # noqa: N815  -- LoopBack's names, on the wire and in stores
    modelId: str | None = None  # noqa: N815


class Checkpoint(PersistedModel):
    """A moment that changes are counted from."""

    seq: float | None = None
    time: datetime | None = prop(factory=now)
    sourceId: str | None = None  # noqa: N815
