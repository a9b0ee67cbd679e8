"""Writing access rules in Python: each is an entry of LoopBack's `acls`. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from ..types import Json

Access: TypeAlias = Literal["READ", "WRITE", "EXECUTE", "*"]
Acl: TypeAlias = Mapping[str, Json]
"""One entry of `acls` (source: auth.md 3.3)."""


def allow(principal: str, access: Access = "*", *, method: str | Sequence[str] = "*") -> Acl:
    """A rule that lets somebody call.

    Args:
        principal: a role ("$owner", "admin"), or "USER:1", "APP:mine" for one user or application.
        access: the type of methods that it is about.
        method: a name, or several; default all methods of that type.

    Returns:
        an entry for the `acls` of a model.
    """
    return _entry("ALLOW", principal, access, method)


def deny(principal: str, access: Access = "*", *, method: str | Sequence[str] = "*") -> Acl:
    """A rule that keeps somebody from calling; arguments as of `allow`."""
    return _entry("DENY", principal, access, method)


def _entry(permission: str, principal: str, access: Access, method: str | Sequence[str]) -> Acl:
    kind, colon, id = principal.partition(":")
    who = {"principalType": kind, "principalId": id} if colon else {"principalType": "ROLE", "principalId": principal}
    about = {"accessType": access, "property": method if isinstance(method, str) else list(method)}
    return {**who, "permission": permission, **{key: value for key, value in about.items() if value != "*"}}
