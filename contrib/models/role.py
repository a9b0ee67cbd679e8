"""The built-in models of roles: stored ones with their mappings, and resolvers in Python. Decides no access."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar

from ...data.bound import bound_of
from ...data.persisted import PersistedModel
from ...errors import OperatorError
from ...model.base import Model
from ...model.definition import now
from ...model.hooks import Saving
from ...model.properties import prop
from ...model.rules import uniqueness
from ...remoting.access import Principal
from .cache import Tracked, track

HERE: Final = __name__


@dataclass(frozen=True, slots=True)
class RoleRequest:
    """What a resolver is asked about (source: auth.md 4).

    model: class of the model that is called. id: of the record that is called on, None for others. method: canonical name.
    access: "READ", "WRITE" or "EXECUTE". principals: the user and the application that call. token: None for strangers.
    """

    model: type[Model]
    id: Any
    method: str
    access: str
    principals: tuple[Principal, ...]
    token: Model | None = None

    @property
    def user(self) -> Principal | None:
        """The principal of the user, None where there is none."""
        return next((one for one in self.principals if one.type != "APP"), None)

    @property
    def user_id(self) -> Any:
        """The id of the user, None where there is none."""
        return self.user.id if self.user else None

    @property
    def is_authenticated(self) -> bool:
        """Whether a user or an application is known."""
        return bool(self.principals)


Resolver = Callable[[RoleRequest], bool]
R = TypeVar("R", bound=Resolver)


class Role(Tracked, PersistedModel, rules=[uniqueness("name", message="already exists")], relations={
    "principals": {"type": "hasMany", "model": "RoleMapping", "foreignKey": "roleId"}
}):  # fmt: skip
    """A role that users, applications and others are mapped to, or that a resolver gives."""

    resolvers__: ClassVar[dict[str, Resolver]] = {}

    id: str | None = prop(default=None, id=True, generated=True)
    name: str
    description: str | None = None
    created: datetime | None = prop(factory=now)
    modified: datetime | None = prop(factory=now)

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        cls.resolvers__ = dict(cls.resolvers__)

    @classmethod
    def resolver(cls, name: str) -> Callable[[R], R]:
        """Let a function say who is in a role: `@app[Role].resolver("teamMember")`; it wins over a stored role of that name.

        Args:
            name: of the role.

        Raises:
            OperatorError: called on the built-in class, which all applications share.
        """
        if cls.__module__ == HERE:
            raise OperatorError(f"no application has this class, so nobody could resolve {name!r}: say app[Role].resolver(...)")

        def keep(resolve: R) -> R:
            cls.resolvers__[name] = resolve
            return resolve

        return keep


class RoleMapping(Tracked, PersistedModel, relations={"role": {"type": "belongsTo", "model": "Role", "foreignKey": "roleId"}}):
    """Who is in a stored role: type and id of a principal, the id as text."""

    id: str | None = prop(default=None, id=True, generated=True)
    principalType: str | None = None
    principalId: str | None = prop(default=None, index=True)


def touch(ctx: Saving[Any]) -> None:
    """A role notes when it was changed."""
    target: Any = ctx.instance if "instance" in ctx else ctx.data
    target["modified"] = now()


Role.observe("before save", touch)
track(Role)
track(RoleMapping)


def stored_roles(role: type[Role], mapping: type[RoleMapping], principals: Sequence[Principal]) -> frozenset[str]:
    """The names of the stored roles of some principals; nested roles are not followed."""
    wanted = [{"principalType": one.type, "principalId": str(one.id)} for one in principals]
    ids = [row["roleId"] for row in _rows(mapping, {"or": wanted}) if row.get("roleId") is not None] if wanted else []
    key = bound_of(role).id_name
    return frozenset(str(row["name"]) for row in _rows(role, {key: {"inq": ids}})) if ids else frozenset()


def _rows(cls: type[PersistedModel], where: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return [one.to_dict() for one in cls.find(where)]
