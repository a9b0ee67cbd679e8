"""The names by which LoopBack folders call what they do not hold themselves. Data only: loads nothing, promises nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

MODELS: Final = frozenset(
    {
        "Model", "PersistedModel", "KeyValueModel", "User", "AccessToken", "Role", "RoleMapping", "ACL", "Scope",
        "Application", "Email", "Change", "Checkpoint", "Container", "UserCredential", "UserIdentity",
        "ApplicationCredential", "Installation", "Notification", "PushNotification", "OAuthClientApplication",
        "OAuthAccessToken", "OAuthAuthorizationCode", "OAuthPermission", "OAuthScope", "OAuthScopeMapping",
    }
)
UNSTORED: Final = frozenset({"Model", "KeyValueModel", "Email", "Container"})
"""Built-in models below which there are no records of a store, so no CRUD routes either."""

CONNECTORS: Final = frozenset(
    {
        "memory", "kv-memory", "kv-redis", "transient", "mongodb", "mail", "postgresql", "mysql", "rest", "soap",
        "openapi", "storage", "push", "sqlite", "sqlite3", "remote",
    }
)

MIDDLEWARE: Final = frozenset(
    {
        "compression", "cookie-parser", "cors", "helmet", "serve-favicon", "serve-static", "strong-error-handler",
        "loopback#favicon", "loopback#static", "loopback#status", "loopback#token", "loopback#rest",
        "loopback#urlNotFound", "loopback-component-oauth2#authenticate",
    }
)

COMPONENTS: Final = frozenset({"explorer", "oauth2", "passport", "push", "storage"})

MIXINS: Final = frozenset({"TimeStamp", "Timestamp"})


@dataclass(frozen=True, slots=True)
class Installed:
    """Which names there are for a project besides its own; those of LoopBack's own packages unless told.

    A short name of a connector or component stands for the long one too ("loopback-component-explorer"); a middleware
    stands for its members too ("helmet" for "helmet#hsts"). stand_in: the connector under sources that cannot be used, "" none.
    offered_mixins: those that take a name only where a model asks for them by {"builtin": true}.
    """

    models: Collection[str] = MODELS
    connectors: Collection[str] = CONNECTORS
    middleware: Collection[str] = MIDDLEWARE
    components: Collection[str] = COMPONENTS
    mixins: Collection[str] = MIXINS
    stand_in: str = ""
    offered_mixins: Collection[str] = ()
