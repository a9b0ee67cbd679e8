"""The first rows of an installation, from `seed.json` beside config.json: roles, users, mappings. Applied once, at the start.

Source: real-projects.md 8.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ...app.application import App
from ...app.project.files import Folder, read_json
from ...app.project.reading import Project
from ...data.bound import if_bound
from ...data.persisted import PersistedModel
from ...errors import ClientError, Duplicate, ProjectError
from ...model.definition import now
from ...model.properties import prop
from ...remoting.access import Principal
from ..models import Role
from .people import grants_of, principal_of, user_named, users_of

FILE: Final = "seed.json"
APPLIED: Final = "seed.json"
FROM_ENVIRONMENT: Final = re.compile(r"\$\{(\w+)\}")
KEYS: Final = ("roles", "users", "mappings")


class Seed(PersistedModel):
    """That a seed was applied: its row is stored first, so that one worker of many applies it."""

    id: str = prop(id=True)
    applied: datetime = prop(factory=now)


def seeding(app: App, project: Project) -> Callable[[], None] | None:
    """What applies a project's seed when it starts, None where it has none.

    The table of what was applied lies in the data source of the roles, and comes with the others by `lbpy migrate`.

    Raises:
        ProjectError: the file is wrong, or there are no stored roles.
    """
    path = project.server / FILE
    if not path.is_file():
        return None
    shown = path.relative_to(project.root).as_posix()
    told = _read(project, path)
    if set(told) - set(KEYS) or not all(isinstance(one, list) for one in told.values()):
        raise ProjectError("holds lists named roles, users and mappings", shown)
    role = if_bound(app[Role])
    if role is None:
        raise ProjectError("wants the models Role and RoleMapping in model-config.json", shown)
    ledger = type("Seed", (Seed,), {})
    app.attach(ledger, role.source)
    return Sowing(app, ledger, told, shown, os.environ)


def _read(project: Project, path: Path) -> Mapping[str, Any]:
    folder = Folder(project.root, project.server)
    told = read_json(folder, path)
    for one in folder.report.findings:
        raise ProjectError(one.text, one.file, one.key)
    return told


@dataclass(frozen=True, slots=True)
class Sowing:
    """Applies one seed.

    ledger: where it is noted. told: what the file says. file: as shown. environ: where passwords come from.
    """

    app: App
    ledger: type[Seed]
    told: Mapping[str, Any]
    file: str
    environ: Mapping[str, str]

    def __call__(self) -> None:
        """Apply the seed unless that was done. Nothing that is there already is changed.

        Raises:
            ProjectError: an entry is wrong, or a password is not in the environment; the next start tries again.
        """
        if self.ledger.find_by_id(APPLIED) is not None or not self._is_first():
            return
        try:
            self._apply()
        except BaseException:
            self.ledger.destroy_by_id(APPLIED)
            raise

    def _is_first(self) -> bool:
        try:
            self.ledger.create({"id": APPLIED})
        except Duplicate:
            return False
        return True

    def _apply(self) -> None:
        for part, apply in (("roles", self._role), ("users", self._user), ("mappings", self._mapping)):
            for at, entry in enumerate(self.told.get(part, ())):
                self._one(f"{part}.{at}", apply, entry)

    def _one(self, key: str, apply: Callable[[Mapping[str, Any]], None], entry: Any) -> None:
        named = {"name": entry} if isinstance(entry, str) else entry
        if not isinstance(named, Mapping):
            raise ProjectError("is no object", self.file, key)
        try:
            apply(named)
        except KeyError as missing:
            raise ProjectError(f"wants {missing}", self.file, key) from missing
        except ClientError as error:
            raise ProjectError(str(error), self.file, key) from error

    def _role(self, entry: Mapping[str, Any]) -> None:
        grants_of(self.app).role(entry["name"], entry.get("description"))

    def _user(self, entry: Mapping[str, Any]) -> None:
        users = users_of(self.app, entry.get("model"))
        own = {name: one for name, one in entry.items() if name not in ("model", "roles", "password")}
        user = users.find_one({"email": entry["email"]}) or users.create({**own, "password": self._password(entry["password"])})
        self._grant(principal_of(user), entry.get("roles", ()))

    def _mapping(self, entry: Mapping[str, Any]) -> None:
        self._grant(self._principal(entry), [entry["role"]])

    def _principal(self, entry: Mapping[str, Any]) -> Principal:
        if "user" in entry:
            return principal_of(user_named(users_of(self.app, entry.get("model")), entry["user"]))
        return Principal(entry["principalType"], entry["principalId"])

    def _grant(self, principal: Principal, roles: Iterable[str]) -> None:
        for role in roles:
            grants_of(self.app).grant(principal, role)

    def _password(self, told: Any) -> str:
        found = FROM_ENVIRONMENT.fullmatch(told) if isinstance(told, str) else None
        if found is None:
            raise ProjectError('a password is "${NAME}" of an environment variable, never the password itself', self.file, "users")
        if not self.environ.get(found[1]):
            raise ProjectError(f"the environment variable {found[1]} is not set", self.file, "users")
        return self.environ[found[1]]
