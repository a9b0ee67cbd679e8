"""The port for access control: who calls what, and the one function that may refuse. Knows no rules, roles or tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..model.base import Model
from ..types import Options
from .method import RemoteMethod


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling: LoopBack's principal type ("USER", "APP", or a user model's name), its id, and the roles known so far."""

    type: str
    id: Any
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """One call that wants to happen.

    model: name of the model. method: what is called. instance: the loaded owner of an instance method, None if it is missing.
    arguments: as bound. options: of the request, the token among them.
    """

    model: str
    method: RemoteMethod
    instance: Model | None
    arguments: Mapping[str, Any]
    options: Options


Authorizer: TypeAlias = Callable[[AccessRequest], None]
"""Lets a call pass by returning; raises Unauthorized, Forbidden or NotFound."""


def everybody(request: AccessRequest) -> None:
    """The authorizer of an application without access control."""
