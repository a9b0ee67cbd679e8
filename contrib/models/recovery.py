"""Changing a password: with the old one, or with a token that was mailed. Hashes nothing itself.

Source: auth.md 1.5.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from ...data.bound import bound_of
from ...errors import BadRequest, ClientError, Forbidden, NotFound, OperatorError, StoreError, Unauthorized
from ...model.base import Model
from ...types import NO_OPTIONS, Json, Options, as_code
from . import mailer, passwords
from .access_token import DEFAULT_SCOPES, AccessToken, principals_of
from .login import check_password
from .sessions import id_of, needed_sessions

if TYPE_CHECKING:
    from .user import User

RESET_SCOPE: Final = "reset-password"
RESET_LIFE: Final = 900
DEFAULTS: Final[Mapping[str, Any]] = {"from": "noreply@example.com"}
MAIL: Final = mailer.Standard("Your new password", "To set a new password go on with:\n\t{href}")

log: Final = logging.getLogger("lbpy.mail")


class Unsent(StoreError):
    """The mail with a token could not be handed on."""


@dataclass(frozen=True, slots=True)
class ResetRequest:
    """Somebody asked for a new password: what observers of "reset password request" are given, to mail the token."""

    email: str
    access_token: AccessToken
    user: User
    options: Mapping[str, Json]


def ask(users: type[User], given: Json) -> ResetRequest | None:
    """Open a session that is good for a new password only, mail its token (setting `resetOptions`) and tell the observers of it.

    Where one of them fails the session ends.

    Args:
        users: the user model.
        given: email, and realm if wanted.

    Returns:
        None where there is no such user, or the address is not verified though it must be.

    Raises:
        BadRequest: no address. PasswordRefused: a `password` came along and is none.
        NotFound, Unauthorized: nobody has that address (switch resetTellsUnknown). Unsent: the mail could not be handed on.
    """
    sent = given if isinstance(given, Mapping) else {}
    email = sent.get("email")
    if not isinstance(email, str):
        raise BadRequest("Email is required", code="EMAIL_REQUIRED")
    if sent.get("password"):
        passwords.check_password(sent["password"])
    realm = {"realm": sent["realm"]} if isinstance(sent.get("realm"), str) and sent["realm"] else {}
    user = users.find_one({"email": email, **realm})
    refusal = _refusal(users, user)
    if refusal is not None and bound_of(users).settings.old("resetTellsUnknown"):
        raise refusal
    return None if refusal is not None or user is None else _opened(user, email, sent)


def _refusal(users: type[User], user: User | None) -> ClientError | None:
    if user is None:
        return NotFound("Email not found", code="EMAIL_NOT_FOUND")
    if users.setting("emailVerificationRequired") and not user.to_dict().get("emailVerified"):
        return Unauthorized("Email has not been verified", code="RESET_FAILED_EMAIL_NOT_VERIFIED")
    return None


def _opened(user: User, email: str, sent: Mapping[str, Json]) -> ResetRequest:
    users = type(user)
    token = needed_sessions(users).open(user, users.setting("resetPasswordTokenTTL", RESET_LIFE), _scopes(users))
    request = ResetRequest(email, token, user, sent)
    try:
        _tell(users, request)
    except Exception:
        needed_sessions(users).tokens.destroy_by_id(token.stored_id(str(token["id"])))
        raise
    return request


def _scopes(users: type[User]) -> Sequence[str]:
    """What the token of a reset is good for; none says that it is a session like any other, which nobody can spend."""
    old = bound_of(users).settings.old
    if not old("resetTokenIsSession") or users.setting("restrictResetPasswordTokenScope"):
        return (RESET_SCOPE,)
    return () if old("resetTokenReusable") else (*DEFAULT_SCOPES, RESET_SCOPE)


def ask_quietly(users: type[User], given: Json) -> None:
    """The same for a client, who does not learn from a mail that could not be sent whether there is such a user."""
    try:
        ask(users, given)
    except Unsent as error:
        if bound_of(users).settings.old("resetTellsUnknown"):
            raise
        log.error("a mail for a new password was not sent: %s", error)


def _tell(users: type[User], request: ResetRequest) -> None:
    try:
        _mail(users, request)
        for observer in users.observers__.chain("reset password request"):
            observer(request)
    except (StoreError, OperatorError) as error:
        raise Unsent(str(error)) from error


def _mail(users: type[User], request: ResetRequest) -> None:
    """Mail the token, where the setting `resetOptions` says how: from, subject, text, html, template, href, mailer."""
    options = users.setting("resetOptions")
    if not isinstance(options, Mapping):
        return
    user, token = request.user.to_dict(), str(request.access_token["id"])
    values = {"email": request.email, "username": user.get("username") or "", "uid": id_of(request.user), "token": token}
    link = mailer.filled(str(options.get("href") or "{token}"), {**values, "token": quote(token)})
    mailer.send(users, {**DEFAULTS, **options}, {**values, "href": link}, MAIL)


# -- new passwords -----------------------------------------------------------


def change(user: User, old: Json, new: str, options: Options = NO_OPTIONS, address: str = "") -> None:
    """Set another password for whoever knows the old one.

    Raises:
        BadRequest: the old one is wrong. TooManyFailures: it was wrong too often. PasswordRefused: the new one is none.
    """
    try:
        check_password(type(user), user, old, address, "")
    except Unauthorized:
        raise BadRequest("Invalid current password", code="INVALID_PASSWORD") from None
    set_new(user, new, options)


def set_new(user: User, new: str, options: Options = NO_OPTIONS) -> None:
    """Set another password, and end the sessions of the user but the one at hand and all that were opened for a reset."""
    passwords.check_password(new)
    user.update_attributes({"password": passwords.hashed(new, type(user).cost())}, options=_as_code(options))
    if not bound_of(type(user)).settings.old("resetTokenReusable"):
        sessions = needed_sessions(type(user))
        sessions.spend_resets(user[bound_of(type(user)).id_name], RESET_SCOPE)


def _as_code(options: Options) -> dict[str, Any]:
    """The options of a request for a change that its caller does not spell out."""
    return {**as_code(options), "setPassword": True}


def caller_of(users: type[User], options: Options) -> User:
    """The user who calls.

    Raises:
        Forbidden: a user of another model. Unauthorized: nobody, or somebody who is gone.
    """
    token = options.get("accessToken")
    principal = next((one for one in principals_of(token if isinstance(token, Model) else None) if one.type != "APP"), None)
    if principal is None:
        raise Unauthorized("Authorization Required", code="AUTHORIZATION_REQUIRED")
    if principal.type not in ("USER", bound_of(users).name):
        raise Forbidden("Access Denied")
    found = users.find_by_id(principal.id)
    if found is None:
        raise Unauthorized(f"User {principal.id} not found", code="USER_NOT_FOUND")
    return found


