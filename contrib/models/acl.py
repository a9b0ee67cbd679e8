"""The built-in models of stored access rules: ACL and Scope. Weighs no rule."""

from __future__ import annotations

from ...data.persisted import PersistedModel
from .kept import Watched, watch


class ACL(Watched, PersistedModel):
    """One stored access rule; it counts from the moment it is stored (source: auth.md 3.3)."""

    model: str | None = None
    property: str | None = None
    accessType: str | None = None  # noqa: N815  -- LoopBack's names, on the wire and in stores
    permission: str | None = None
    principalType: str | None = None  # noqa: N815
    principalId: str | None = None  # noqa: N815


watch(ACL)


class Scope(PersistedModel):
    """A named scope of tokens."""

    name: str
    description: str | None = None
