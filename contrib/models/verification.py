"""Proving that an address belongs to a user: the mail with its link, and what the link does. Decides no access.

Source: auth.md 1.4.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urlsplit

from ...data.bound import bound_of
from ...errors import BadRequest, NotFound, OperatorError
from ...naming import plural_of
from ...types import Row
from . import mailer
from .sessions import id_of

if TYPE_CHECKING:
    from .user import User

DEFAULTS: Final[Mapping[str, Any]] = {"type": "email", "from": "noreply@example.com"}
MAIL: Final = mailer.Standard(
    "Thanks for Registering", "Please verify your email by opening this link in a web browser:\n\t{href}"
)
STANDARD_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Site:
    """Where the application says that it is reached: what links in mails begin with; and the folder of templates."""

    host: str = "localhost"
    port: int = 3000
    api_root: str = "/api"
    root: str = "."


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of asking for a verification: what the transport said, the token and the id in the link."""

    email: Row
    token: str
    uid: Any


def verify(user: User, options: Mapping[str, Any]) -> Verification:
    """Give a user a token and mail the link that proves the address; where the mail cannot be sent, the user stays as before.

    Args:
        user: stored.
        options: those of LoopBack, on top of the setting `verifyOptions`: type, from, to, subject, text, html, template (a file
            below the project, or a callable given the values), redirect, protocol, host, port, restApiRoot, verifyHref, mailer,
            headers, generateVerificationToken.

    Raises:
        OperatorError: a setting is missing, or there is no model of mails. StoreError: the mail could not be handed on.
    """
    told = {**DEFAULTS, **(type(user).setting("verifyOptions") or {}), **options}
    if told["type"] != "email" or not told.get("from"):
        raise OperatorError(f"{type(user).__name__}.verifyOptions wants type 'email' and an address in `from`")
    mailer.mailer_of(type(user), told.get("mailer"))
    make: Callable[[Any], str] = told.get("generateVerificationToken") or _token
    before, token = user.to_dict().get("verificationToken"), make(user)
    _keep(user, token)
    try:
        return Verification(mailer.send(type(user), told, _values(user, told, token), MAIL), token, id_of(user))
    except Exception:
        _keep(user, before)
        raise


def _token(_user: Any) -> str:
    return secrets.token_hex(64)


def _keep(user: User, token: str | None) -> None:
    user.update_attributes({"verificationToken": token}, options={"setPassword": True})


def _values(user: User, told: Mapping[str, Any], token: str) -> dict[str, Any]:
    """What the mail may name."""
    link = href(user, {**told, "uid": id_of(user), "token": token})
    shown = {"email": user["email"], "username": user.to_dict().get("username") or "", "uid": id_of(user), "token": token}
    return {**shown, "href": link, "verifyHref": link}


def href(user: User, values: Mapping[str, Any]) -> str:
    """The link that a mail holds; the port shows unless it is the usual one."""
    if values.get("verifyHref"):
        start = str(values["verifyHref"])
    else:
        site = type(user).site__
        scheme, host, port = values.get("protocol") or "http", values.get("host") or site.host, int(values.get("port") or site.port)
        place = host if port == STANDARD_PORTS.get(scheme) else f"{host}:{port}"
        start = f"{scheme}://{place}{values.get('restApiRoot') or site.api_root}{path_of(user)}/confirm"
    query = urlencode({"uid": values["uid"], "redirect": values.get("redirect") or "/", "token": values["token"]}, quote_via=quote)
    return f"{start}{'&' if '?' in start else '?'}{query}"


def path_of(user: User) -> str:
    """The path of the user model's routes below the root of the API."""
    definition = bound_of(type(user)).definition
    return definition.path or f"/{plural_of(definition.name)}"


# -- confirming --------------------------------------------------------------


def confirm(users: type[User], uid: str, token: str, redirect: str | None = None) -> str | None:
    """Take a link's word for an address.

    Returns:
        Where to go from here, None to stay.

    Raises:
        NotFound: there is no such user. BadRequest: the token is not that of the last mail.
    """
    user = users.find_by_id(uid)
    if user is None:
        raise NotFound(f"User not found: {uid}", code="USER_NOT_FOUND")
    kept = user.to_dict().get("verificationToken")
    if not kept or not hmac.compare_digest(str(kept).encode(), token.encode(errors="surrogatepass")):
        raise BadRequest(f"Invalid token: {token}", code="INVALID_TOKEN")
    user.update_attributes({"verificationToken": None, "emailVerified": True}, options={"setPassword": True})
    return redirect if redirect and may_lead_to(users, redirect) else None


def may_lead_to(users: type[User], target: str) -> bool:
    """Whether a link may lead somewhere: within this site, or to an origin in the setting `confirmRedirects`."""
    if bound_of(users).settings.old("confirmRedirectAnywhere"):
        return True
    if any(ord(letter) <= 32 or letter == "\\" for letter in target):
        return False
    if target.startswith("/"):
        return not target.startswith("//")
    return _origin(target) in {_origin(str(one)) for one in users.setting("confirmRedirects") or ()} - {None}


def _origin(target: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    return (parts.scheme.lower(), parts.netloc.lower()) if parts.scheme and parts.netloc else None
