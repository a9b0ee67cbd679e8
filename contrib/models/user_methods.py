"""The remote methods of users as a table (source: auth.md 1.1). Tells no story: each call is handed on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import falcon

from ...data.bound import bound_of
from ...errors import OperatorError, Unauthorized
from ...remoting.method import OPTIONS, Argument, RemoteMethod, Returned, Route
from ...types import NO_OPTIONS, Json, Options, Row
from . import recovery, verification
from .login import login
from .mailer import MailMissing
from .throttle import TooManyFailures

if TYPE_CHECKING:
    from .user import User

REQUEST: Final = Argument("req", "object", "req")
RESPONSE: Final = Argument("res", "object", "res")
RESERVED: Final = "%:/?#[]@!$&'()*+,;="
"""What stands in an address as it is (RFC 3986, 2.2), escapes among it."""


def user_methods(users: type[User]) -> Iterator[RemoteMethod]:
    """The remote methods that a user model has beside those of all stored models."""
    body = Argument("credentials", "object", "body", required=True)
    yield RemoteMethod(
        "login",
        partial(_login, users),
        accepts=(body, Argument("include", "any", "query"), REQUEST, RESPONSE),
        returns=(Returned("accessToken", "object", root=True),),
        routes=(Route("post", "/login"),),
        description="Login a user with username/email and password.",
    )
    yield RemoteMethod("logout", partial(_logout, users), accepts=(OPTIONS,), routes=(Route("all", "/logout"),))
    yield RemoteMethod("verify", _verify, static=False, routes=(Route("post", "/:id/verify"),))
    yield _confirm_method(users)
    ask = Argument("options", "object", "body", required=True)
    yield RemoteMethod("resetPassword", partial(_ask, users), accepts=(ask,), routes=(Route("post", "/reset"),))
    yield from _password_methods(users)


def _confirm_method(users: type[User]) -> RemoteMethod:
    return RemoteMethod(
        "confirm",
        partial(_confirm, users),
        accepts=(
            Argument("uid", "string", required=True),
            Argument("token", "string", required=True),
            Argument("redirect", "string"),
        ),
        routes=(Route("get", "/confirm"),),
        access="READ",
    )


def _password_methods(users: type[User]) -> Iterator[RemoteMethod]:
    new = Argument("newPassword", "string", "form", required=True)
    yield RemoteMethod(
        "changePassword",
        partial(_change, users),
        accepts=(Argument("oldPassword", "string", "form", required=True), new, OPTIONS, REQUEST, RESPONSE),
        routes=(Route("post", "/change-password"),),
    )
    restricted = bound_of(users).definition.setting("restrictResetPasswordTokenScope") is True
    yield RemoteMethod(
        "setPassword",
        partial(_set, users),
        accepts=(new, OPTIONS),
        routes=(Route("post", "/reset-password"),),
        scopes=(recovery.RESET_SCOPE,) if restricted else ("DEFAULT", recovery.RESET_SCOPE),
    )


def _login(users: type[User], credentials: Json, req: falcon.Request, res: falcon.Response, include: Json | None = None) -> Row:
    with _telling(res):
        opened = login(users, credentials, include, address_of(req))
    if "user" in opened:
        _show_nested(opened["user"])
    return opened


def _show_nested(user: User) -> None:
    """A user inside an answer is without what is protected, as every record inside another."""
    for name in bound_of(type(user)).definition.protected & user.to_dict().keys():
        del user[name]


@contextmanager
def _telling(res: falcon.Response) -> Iterator[None]:
    """Tell a client who failed too often when to come again."""
    try:
        yield
    except TooManyFailures as error:
        res.set_header("Retry-After", str(error.seconds))
        raise


def address_of(req: falcon.Request) -> str:
    """Where a request comes from; forwarded headers were read before where a proxy is trusted."""
    address: str = req.env.get("REMOTE_ADDR") or "unknown"
    return address


def _logout(users: type[User], options: Options = NO_OPTIONS) -> None:
    token = options.get("accessToken")
    if token is None:
        raise Unauthorized("accessToken is required to logout")
    tokens = type(token)
    if not tokens.destroy_by_id(tokens.stored_id(token["id"])):
        raise Unauthorized("Could not find accessToken")


def _verify(user: User) -> None:
    try:
        verification.verify(user, {})
    except OperatorError as error:
        raise MailMissing(str(error), code="MAIL_MISSING") from error


def _confirm(users: type[User], uid: str, token: str, redirect: str | None = None) -> None:
    target = verification.confirm(users, uid, token, redirect)
    if target is not None:
        raise falcon.HTTPFound(quote(target, safe=RESERVED))  # a header has ASCII, and no line that a client begins


def _ask(users: type[User], options: Json) -> None:
    recovery.ask_quietly(users, options)


def _change(users: type[User], *, req: falcon.Request, res: falcon.Response, options: Options = NO_OPTIONS, **sent: str) -> None:
    caller = recovery.caller_of(users, options)
    with _telling(res):
        recovery.change(caller, sent["oldPassword"], sent["newPassword"], options, address_of(req))


def _set(users: type[User], *, options: Options = NO_OPTIONS, **sent: str) -> None:
    recovery.set_new(recovery.caller_of(users, options), sent["newPassword"], options)
