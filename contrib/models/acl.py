"""The built-in models of stored access rules: ACL and Scope. Weighs no rule."""

from __future__ import annotations

from ...data.persisted import PersistedModel
from .cache import Tracked, track


class ACL(Tracked, PersistedModel):
    """One stored access rule; it counts from the moment it is stored (source: auth.md 3.3)."""

    model: str | None = None
    property: str | None = None
    accessType: str | None = None
    permission: str | None = None
    principalType: str | None = None
    principalId: str | None = None


track(ACL)


class Scope(PersistedModel):
    """A named scope of tokens."""

    name: str
    description: str | None = None
