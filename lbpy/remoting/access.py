"""The port for access control: who calls what, and the one function that may refuse. Knows no rules, roles or tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..errors import Unauthorized
from ..model.base import Model
from ..types import Json
from .binding import RequestParts
from .method import RemoteMethod


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling: LoopBack's principal type ("USER", "APP", or a user model's name), its id, and the roles known so far."""

    type: str
    id: Json
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """One call that wants to happen.

    model: name of the model. method: what is called. instance: the loaded owner of an instance method, None if it is missing.
    arguments: as bound. options: of the request, the token among them; whatever is called with them sees what is put there.
    request: its parts, None where the route is closed and nothing of it may be looked at.
    """

    model: str
    method: RemoteMethod
    instance: Model | None
    arguments: Mapping[str, Json]
    options: dict[str, Any]
    request: RequestParts | None = None


Authorizer: TypeAlias = Callable[[AccessRequest], None]
"""Lets a call pass by returning; raises Unauthorized, Forbidden or NotFound."""


def everybody(request: AccessRequest) -> None:
    """The authorizer of an application without access control."""


def nobody_known(rules_of: Callable[[str], Sequence[Mapping[str, Json]]]) -> Authorizer:
    """The authorizer of an application that knows no users: models with a rule that denies are closed to all.

    Args:
        rules_of: gives the access rules of a model by its name.
    """

    def authorise(request: AccessRequest) -> None:
        if any(str(rule.get("permission")).upper() != "ALLOW" for rule in rules_of(request.model)):
            raise Unauthorized("Authorization Required", code="AUTHORIZATION_REQUIRED")

    return authorise
