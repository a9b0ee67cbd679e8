"""Who calls, and in which roles: built-in ones, those of resolvers, those that are told or stored. Weighs no rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...model.base import Model
from ...remoting.access import Principal
from ...remoting.current import current
from ...types import Options
from ..models import Role, RoleMapping, RoleRequest
from ..models.access_token import principals_of, scopes_of
from ..models.cache import Cache
from ..models.role import Resolver, stored_roles
from .rules import BUILT_IN, Rule

ANY_ROLE = "*"


@dataclass(frozen=True, slots=True)
class Roles:
    """Where roles come from in one application.

    resolvers: by name of role. role, mapping: classes of stored roles, None where there are none. unported: roles whose resolver is
    a script that cannot run, "*" for all that nobody knows; they count where a rule denies, never where it allows. cache: stored
    roles that were read a moment ago.
    """

    resolvers: Mapping[str, Resolver]
    role: type[Role] | None
    mapping: type[RoleMapping] | None
    unported: frozenset[str] = frozenset()
    cache: Cache[frozenset[str]] = field(default_factory=lambda: Cache(0))

    def is_unported(self, name: str) -> bool:
        """Whether nobody can say who is in a role."""
        if name in BUILT_IN or name in self.resolvers:
            return False
        return name in self.unported or (ANY_ROLE in self.unported and not self._is_stored(name))

    def _is_stored(self, name: str) -> bool:
        return self.role is not None and self.role.count({"name": name}) > 0

    def stored(self, principals: tuple[Principal, ...]) -> frozenset[str]:
        """The names of the stored roles of principals."""
        role, mapping = self.role, self.mapping
        if role is None or mapping is None or not principals:
            return frozenset()
        key = tuple((one.type, str(one.id)) for one in principals)
        return self.cache.get(key, (role, mapping), lambda: stored_roles(role, mapping, principals))


class Caller:
    """Who calls: what their token says, and their roles as far as somebody asked."""

    def __init__(self, roles: Roles, options: Options) -> None:
        token = options.get("accessToken")
        self._roles = roles
        self.token: Model | None = token if isinstance(token, Model) else None
        self.principals: tuple[Principal, ...] = principals_of(self.token)
        self.scopes: tuple[str, ...] = scopes_of(self.token)

    @property
    def user(self) -> Principal | None:
        """The principal of the user, None where there is none."""
        return next((one for one in self.principals if one.type != "APP"), None)

    @cached_property
    def stored(self) -> frozenset[str]:
        """The names of the stored roles."""
        return self._roles.stored(self.principals)

    @cached_property
    def told(self) -> frozenset[str]:
        """The names of the roles that whoever found the principal knew."""
        return current.principal.roles if current.authenticated else frozenset()

    def is_named(self, rule: Rule) -> bool:
        """Whether a rule is about one of the principals; ids are compared as text."""
        return any(rule.principal_type == one.type and rule.principal_id == str(one.id) for one in self.principals)

    def is_effective(self, rule: Rule, asked: Asked) -> bool:
        """Whether a rule is about the caller."""
        if rule.principal_type != "ROLE":
            return self.is_named(rule)
        if self._roles.is_unported(rule.principal_id):
            return rule.denies
        return self.is_in(rule.principal_id, asked)

    def is_in(self, role: str, asked: Asked) -> bool:
        """Whether the caller is in a role when that is asked for (source: auth.md 4)."""
        resolve = self._roles.resolvers.get(role)
        if resolve is not None:
            return bool(resolve(RoleRequest(asked.model, asked.id, asked.method, asked.access, self.principals, self.token)))
        match role:
            case "$everyone":
                return True
            case "$authenticated":
                return bool(self.principals)
            case "$unauthenticated":
                return not self.principals
            case "$owner":
                return asked.is_owned_by(self.user)
        return role in self.told or role in self.stored


class Asked:
    """What is asked for: a method of a model, and the record that it is called on."""

    def __init__(self, model: type[Model], method: str, access: str, record: Record) -> None:
        self.model = model
        self.method = method
        self.access = access
        self._record = record

    @property
    def id(self) -> Any:
        """The id of the record, None where it is called on none."""
        return self._record.id

    def is_owned_by(self, user: Principal | None) -> bool:
        """Whether the record belongs to a user."""
        return user is not None and self._record.is_owned_by(user)


class Record:
    """A record that somebody may own; this one is none."""

    id: Any = None

    def is_owned_by(self, user: Principal) -> bool:
        """Whether it belongs to a user."""
        return False
