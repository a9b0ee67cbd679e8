"""Switching access control on for an application: missing models, the look-up of tokens, the authorizer. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar, cast

from ...app.application import App
from ...app.entries import Entry
from ...data.bound import if_bound
from ...data.source import DataSource
from ...model.base import Model
from ...model.declare import class_from_json
from ..middleware.token import looking, read_options
from ..models import ACL, AccessToken, Role, RoleMapping, User
from ..models.cache import Cache, seconds_of
from ..models.login_failure import SharedBooks, failures_of
from ..models.sessions import sessions_of
from ..models.verification import Site
from .callers import Roles
from .guard import Access
from .ownership import Ownership

M = TypeVar("M", bound=Model)
NEEDED: Final[tuple[type[Model], ...]] = (User, AccessToken, ACL, Role, RoleMapping)


def enable(app: App, source: DataSource | None, unported: frozenset[str]) -> None:
    """Switch access control on (source: auth.md 6).

    Args:
        app: the application.
        source: where built-in models go that the application has not; None to do without.
        unported: roles whose resolver cannot run, "*" for all that nobody knows.
    """
    for built_in in NEEDED if source is not None else ():
        if app.registry.model_by_type(built_in) is built_in:
            own = class_from_json({"name": built_in.__name__, **_relations(app, built_in)}, built_in)
            app.model(own, data_source=source, public=built_in is User)
    for users in user_models(app):
        users.site__ = site_of(app)
        _share_failures(app, users)
    app.add_entry(Entry("routes:before", looking(read_options({})), (app.configuration.api_root,), name="loopback#token"))
    app.authorise_with(lambda: authorizer(app, unported))


def _relations(app: App, built_in: type[Model]) -> dict[str, Any]:
    """The tokens of an application with a user model of its own are those of its users."""
    if built_in is not AccessToken:
        return {}
    users = app[User]
    name = str(users.declaration__.spec.get("name") or users.__name__)
    return {"relations": {"user": {"type": "belongsTo", "model": name, "foreignKey": "userId"}}}


def user_models(app: App) -> list[type[User]]:
    """The user models of an application that are bound."""
    return [cls for _, cls in app.registry.models() if issubclass(cls, User) and _is_bound(cls)]


def _share_failures(app: App, users: type[User]) -> None:
    """Count failures of login in the data source that the setting `throttle` names, if it names one."""
    told = users.setting("throttle")
    name = told.get("dataSource") if isinstance(told, Mapping) else None
    if name:
        failures = failures_of(users)
        app.attach(failures, str(name))
        users.books__ = SharedBooks(failures)


def authorizer(app: App, unported: frozenset[str] = frozenset()) -> Access:
    """The access control of an application whose models are all known."""
    users = user_models(app)
    site = site_of(app)
    for cls in users:
        cls.site__ = site
    role, seconds = _stored(app, Role), seconds_of(app.settings)
    return Access(
        Roles(role.resolvers__ if role else {}, role, _stored(app, RoleMapping), unported, Cache(seconds)),
        Ownership(app.registry.find_model, any(_has_owner_types(cls) for cls in users)),
        _stored(app, ACL),
        _error_status(app.settings.get("aclErrorStatus")),
        app.configuration.settings.old("relatedIgnoresAcl"),
        Cache(seconds),
    )


def _has_owner_types(cls: type[User]) -> bool:
    sessions = sessions_of(cls)
    return sessions is not None and bool(sessions.owner)


def _is_bound(cls: type[Model]) -> bool:
    return if_bound(cls) is not None


def _stored(app: App, built_in: type[M]) -> type[M] | None:
    found = app[built_in]
    return found if _is_bound(found) else None


def _error_status(told: Any) -> int:
    return cast("int", told) if told in (401, 403, 404) else 401


def site_of(app: App) -> Site:
    """Where the application says that it is reached."""
    host, port = app.settings.get("host"), app.settings.get("port")
    return Site(
        host if isinstance(host, str) and host else "localhost",
        int(port) if isinstance(port, (int, str)) and str(port).isdigit() else 3000,
        app.configuration.api_root,
        app.root,
    )
