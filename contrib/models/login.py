"""The story of a login: credentials, the user, the password, a token. Sets no password and sees no HTTP library."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ...errors import BadRequest, ClientError, Unauthorized
from ...model.javascript import number_of
from ...types import Json, Row
from . import passwords
from .access_token import ETERNAL
from .sessions import id_of, needed_sessions

if TYPE_CHECKING:
    from .user import User

LONGEST_LIFE: Final = 31556926
LIFE: Final = 1209600


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who says they are who: a raw where that finds the user, the password as sent, the life of the token in seconds."""

    where: Mapping[str, str]
    password: Json
    ttl: float

    @property
    def account(self) -> str:
        """What the account is called in the books on failures, where it belongs to nobody: letter case and padding do not count."""
        return (self.where.get("email") or self.where["username"]).strip().casefold()


def login(users: type[User], given: Json, include: Json | None = None, address: str = "") -> Row:
    """Check credentials and open a session (source: auth.md 1.2).

    Args:
        users: the user model.
        given: email or username, password, and if wanted ttl and realm.
        include: "user" (in any case, or in a list) brings the user along.
        address: where the call comes from, "" for code: only calls with an address are counted.

    Returns:
        The token's row.

    Raises:
        BadRequest: they cannot be read. Unauthorized: they fit no user. TooManyFailures: too many did not.
    """
    wanted = read_credentials(users, given)
    user = users.find_one(wanted.where)
    check_password(users, user, wanted.password, address, wanted.account)
    assert user is not None
    _check_verified(users, user)
    token = needed_sessions(users).open(user, wanted.ttl).to_dict()
    return {**token, "user": user} if _wants_user(include) else token


def check_password(users: type[User], user: User | None, password: Json, address: str, account: str) -> None:
    """Hold a password against a user's, and count failures.

    Raises:
        Unauthorized: it does not fit, or there is no user. TooManyFailures: it failed too often.
    """
    kept = None if user is None else user.to_dict().get("password")
    with _trying(users, (users.__name__, _short(account) if user is None else id_of(user), address)):
        if not passwords.matches(password, kept, users.cost()):
            raise Unauthorized("login failed", code="LOGIN_FAILED")


def _short(account: str) -> str:
    """A text of one length for any account, lest a stranger fills the books: what was sent may be long."""
    return hashlib.sha256(account.encode(errors="backslashreplace")).hexdigest()


def _trying(users: type[User], key: tuple[str, Any, str]) -> AbstractContextManager[None]:
    """What counts one try; without an address it is code's, which is not counted."""
    counted = users.throttle().counting(key) if key[2] else None
    return nullcontext() if counted is None else counted.trying()


def _check_verified(users: type[User], user: User) -> None:
    if users.setting("emailVerificationRequired") and not user.to_dict().get("emailVerified"):
        text = "login failed as the email has not been verified"
        raise Unauthorized(text, code="LOGIN_FAILED_EMAIL_NOT_VERIFIED", details={"userId": id_of(user)})


def _wants_user(include: Json) -> bool:
    names = include if isinstance(include, list) else [include]
    return any(isinstance(name, str) and name.lower() == "user" for name in names)


# -- reading -----------------------------------------------------------------


def read_credentials(users: type[User], given: Json) -> Credentials:
    """What a caller sent, checked.

    Raises:
        BadRequest: a member is missing or of a wrong type.
    """
    sent = given if isinstance(given, Mapping) else {}
    where = _identity(users, sent)
    for name in ("realm", "username", "email"):
        if name in where and not isinstance(where[name], str):
            raise refused(f"Invalid {name}", f"INVALID_{name.upper()}")
    return Credentials(where, sent.get("password"), life(users, sent.get("ttl")))


def _identity(users: type[User], sent: Mapping[str, Json]) -> dict[str, Any]:
    name = "email" if sent.get("email") else "username"
    delimiter, value = users.setting("realmDelimiter"), sent.get(name)
    if not (delimiter or users.setting("realmRequired")):
        _need_identity(value)
        return {name: value}
    prefix, own = split(value, delimiter)
    realm = prefix or sent.get("realm")
    if not realm:
        raise refused("realm is required", "REALM_REQUIRED")
    if not isinstance(realm, str):
        raise refused("Invalid realm", "INVALID_REALM")
    _need_identity(own)
    return {"realm": realm, name: own}


def _need_identity(value: Json) -> None:
    if not value:
        raise refused("username or email is required", "USERNAME_EMAIL_REQUIRED")


def split(value: Json, delimiter: Any) -> tuple[str, Json]:
    """(realm, rest) of a name that says its realm first, ("", the name) of others."""
    if not isinstance(value, str) or not isinstance(delimiter, str) or not delimiter or delimiter not in value:
        return "", value
    realm, _, own = value.partition(delimiter)
    return realm, own


def life(users: type[User], ttl: Json) -> float:
    """How long a token lives, in seconds: as asked for, at most `maxTTL`; -1 is for ever.

    Raises:
        BadRequest: it is no span of time.
    """
    if not ttl and not isinstance(ttl, (list, dict)):
        ttl = users.setting("ttl", LIFE)
    seconds = number_of(ttl) if isinstance(ttl, (int, float, str)) and not isinstance(ttl, bool) else None
    if seconds is None or not math.isfinite(seconds) or (seconds < 0 and seconds != ETERNAL):
        raise BadRequest("ttl is a number of seconds")
    longest: float = users.setting("maxTTL", LONGEST_LIFE)
    return min(seconds, longest)


def refused(message: str, code: str) -> ClientError:
    """A request that cannot be read."""
    return BadRequest(message, code=code)
