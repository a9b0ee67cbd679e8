"""Users of an application as operators name them, and which stored roles they have. Knows no command line and no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from ...app.application import App
from ...data.bound import bound_of, if_bound
from ...errors import OperatorError
from ...model.base import Model
from ...remoting.access import Principal
from ..models import Role, RoleMapping, User
from ..models.sessions import id_of, sessions_of

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Grants:
    """The stored roles of an application, and who is mapped to them."""

    roles: type[Role]
    mappings: type[RoleMapping]

    def role(self, name: str, description: str | None = None) -> Role:
        """The role of that name, stored now where there is none."""
        more = {} if description is None else {"description": description}
        return self.roles.find_one({"name": name}) or self.roles.create({"name": name, **more})

    def grant(self, principal: Principal, name: str) -> None:
        """Put somebody into a role."""
        row = self._row(principal, self.role(name))
        if not self.mappings.count(row):
            self.mappings.create(row)

    def revoke(self, principal: Principal, name: str) -> bool:
        """Take somebody out of a role; False where they were not in it."""
        role = self.roles.find_one({"name": name})
        row = self._row(principal, role) if role is not None else {}
        if not row or not self.mappings.count(row):
            return False
        self.mappings.destroy_all(row)
        return True

    def _row(self, principal: Principal, role: Role) -> dict[str, object]:
        return {"principalType": principal.type, "principalId": str(principal.id), "roleId": id_of(role)}


def grants_of(app: App) -> Grants:
    """The stored roles of an application.

    Raises:
        OperatorError: it has none.
    """
    return Grants(_stored(app, Role), _stored(app, RoleMapping))


def users_of(app: App, name: str | None = None) -> type[User]:
    """A user model: the one of that name, else the application's own one.

    Raises:
        OperatorError: there is none, or it is no user model.
    """
    found = app.registry.model(name) if name else _stored(app, User)
    if not issubclass(found, User):
        raise OperatorError(f"{name} is no user model")
    return found


def user_named(users: type[User], name: str) -> User:
    """The user with an address, else with a user name.

    Raises:
        OperatorError: there is none.
    """
    found = users.find_one({"email": name}) or users.find_one({"username": name})
    if found is None:
        raise OperatorError(f"there is no {bound_of(users).name} {name}")
    return found


def principal_of(user: User) -> Principal:
    """A user as rules and mappings name them: by the name of the model where there are several user models (source: auth.md 5)."""
    sessions = sessions_of(type(user))
    owner = next(iter(sessions.owner.values()), None) if sessions is not None else None
    return Principal(str(owner or "USER"), id_of(user))


def _stored(app: App, built_in: type[M]) -> type[M]:
    found = app[built_in]
    if if_bound(found) is None:
        raise OperatorError(f"the application has no model {built_in.__name__} on a data source")
    return found
