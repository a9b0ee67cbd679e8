"""The built-in model of tokens: making, finding and judging them. Looks at no request."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Self

from ...data.bound import bound_of
from ...data.persisted import PersistedModel
from ...errors import Unauthorized
from ...model.acls import deny
from ...model.base import Model
from ...model.definition import now
from ...model.hooks import Saving
from ...model.properties import prop
from ...remoting.access import Principal
from .cache import Tracked, track

ALPHABET: Final = string.ascii_letters + string.digits
ETERNAL: Final = -1
DEFAULT_SCOPES: Final = ("DEFAULT",)


class AccessToken(Tracked, PersistedModel, acls=[deny("$everyone")], relations={
    "user": {"type": "belongsTo", "model": "User", "foreignKey": "userId"}
}):  # fmt: skip
    """What a user shows instead of the password (source: auth.md 2).

    Settings: `accessTokenIdLength` (64); `hashTokens`: the store keeps a hash of the id only, so that whoever reads the store
    cannot sign in; off where an old server shares the store.
    """

    id: str | None = prop(default=None, id=True)
    ttl: float = prop(default=1209600)
    scopes: list[str] | None = None
    created: datetime | None = prop(factory=now)

    @classmethod
    def issue(cls, data: Mapping[str, Any]) -> Self:
        """Store a new token; the instance has the id that its user is to show.

        Args:
            data: userId, ttl in seconds, scopes, principalType.
        """
        shown = new_id(int(cls._setting("accessTokenIdLength", 64)))
        token = cls.create({**data, "id": cls.stored_id(shown)})
        token["id"] = shown
        return token

    @classmethod
    def standing_for(cls, principal: Principal) -> Self:
        """A token for a caller who is known without one; no store has it."""
        token = cls(id=new_id(int(cls._setting("accessTokenIdLength", 64))))
        token["appId" if principal.type == "APP" else "userId"] = principal.id
        if principal.type not in ("APP", "USER"):
            token["principalType"] = principal.type
        return token

    @classmethod
    def stored_id(cls, id: str) -> str:
        """The id as the store has it."""
        return hashlib.sha256(id.encode(errors="surrogatepass")).hexdigest() if cls._setting("hashTokens", None) is True else id

    @classmethod
    def resolve(cls, id: str) -> Self | None:
        """The valid token with an id, None where there is no such token.

        Raises:
            Unauthorized: it is malformed, or has run out and is deleted (source: auth.md 2.2).
        """
        token = cls.find_by_id(cls.stored_id(id))
        if token is None:
            return None
        if not token.is_valid:
            if token.has_run_out:
                token.destroy()
            raise Unauthorized("Invalid Access Token", code="INVALID_TOKEN")
        token["id"] = id
        return token

    def copied(self) -> Self:
        """The same token in an instance of its own."""
        return type(self)._wrap(self.to_dict())

    @property
    def is_valid(self) -> bool:
        """Whether its life has not ended (seconds; -1 is for ever where the user's model allows that)."""
        return self._life is not None and not self.has_run_out

    @property
    def has_run_out(self) -> bool:
        """Whether it had a life, which has ended."""
        life, created = self._life, self.to_dict().get("created")
        if life is None or not isinstance(created, datetime):
            return False
        return not self._may_be_eternal() if life == ETERNAL else (now() - created).total_seconds() >= life

    @property
    def _life(self) -> float | None:
        """Seconds that it lives, None where the row says nothing that makes sense."""
        row = self.to_dict()
        ttl = row.get("ttl")
        if not isinstance(ttl, (int, float)) or isinstance(ttl, bool) or not isinstance(row.get("created"), datetime):
            return None
        return ttl if ttl > 0 or ttl == ETERNAL else None

    def _may_be_eternal(self) -> bool:
        user = self._user_model()
        return user is not None and user.definition__ is not None and user.definition__.setting("allowEternalTokens") is True

    def _user_model(self) -> type[Model] | None:
        bound = bound_of(type(self))
        relation = bound.relations.get("user")
        name = self.to_dict().get("principalType") or (relation.model if relation else None)
        return bound.find_model(str(name)) if name else None

    @classmethod
    def _setting(cls, name: str, default: Any) -> Any:
        return bound_of(cls).definition.setting(name, default)


def new_id(length: int) -> str:
    """Letters and digits that nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def principals_of(token: Model | None) -> tuple[Principal, ...]:
    """The user and the application that a token stands for (source: auth.md 3.3)."""
    row = token.to_dict() if token is not None else {}
    user = [Principal(str(row.get("principalType") or "USER"), row["userId"])] if row.get("userId") is not None else []
    app = [Principal("APP", row["appId"])] if row.get("appId") is not None else []
    return (*user, *app)


def scopes_of(token: Model | None) -> tuple[str, ...]:
    """The scopes of a token; DEFAULT without any, and without a token."""
    scopes = token.to_dict().get("scopes") if token is not None else None
    return DEFAULT_SCOPES if scopes is None else tuple(map(str, scopes))


def give_id(ctx: Saving[Any]) -> None:
    """A new token without an id gets one."""
    if "instance" in ctx and "is_new" in ctx and ctx.is_new:
        instance = ctx.instance
        if not instance.to_dict().get("id"):
            instance["id"] = new_id(int(type(instance)._setting("accessTokenIdLength", 64)))


AccessToken.observe("before save", give_id)
track(AccessToken)
