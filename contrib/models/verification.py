"""Proving that an address belongs to a user: the mail with its link, and what the link does. Decides no access.

Source: auth.md 1.4.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urlsplit

from ...data.bound import bound_of
from ...errors import BadRequest, NotFound, OperatorError
from ...naming import plural_of
from ...types import Row
from .email import Email
from .sessions import id_of

if TYPE_CHECKING:
    from .user import User

DEFAULTS: Final[Mapping[str, Any]] = {"type": "email", "from": "noreply@example.com"}
SUBJECT: Final = "Thanks for Registering"
TEXT: Final = "Please verify your email by opening this link in a web browser:\n\t{href}"
STANDARD_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Site:
    """Where the application says that it is reached: what links in mails begin with."""

    host: str = "localhost"
    port: int = 3000
    api_root: str = "/api"


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of asking for a verification: what the transport said, the token and the id in the link."""

    email: Row
    token: str
    uid: Any


def verify(user: User, options: Mapping[str, Any]) -> Verification:
    """Give a user a token and mail the link that proves the address.

    Args:
        user: stored.
        options: those of LoopBack, on top of the setting `verifyOptions`: type, from, to, subject, text, html, template (a
            callable given the values of the link), redirect, protocol, host, port, restApiRoot, verifyHref, mailer, headers,
            generateVerificationToken.

    Raises:
        OperatorError: a setting is missing, or there is no model of mails.
    """
    told = {**DEFAULTS, **(type(user).setting("verifyOptions") or {}), **options}
    if told["type"] != "email" or not told.get("from"):
        raise OperatorError(f"{type(user).__name__}.verifyOptions wants type 'email' and an address in `from`")
    make: Callable[[Any], str] = told.get("generateVerificationToken") or _token
    token = make(user)
    user.update_attributes({"verificationToken": token}, options={"setPassword": True})
    values = {**told, "uid": id_of(user), "token": token, "email": user["email"]}
    values["href"] = href(user, values)
    return Verification(_mailer(user, told).send(mail(values)), token, id_of(user))


def _token(_user: Any) -> str:
    return secrets.token_hex(64)


def _mailer(user: User, told: Mapping[str, Any]) -> type[Email]:
    named = told.get("mailer") or "Email"
    found = bound_of(type(user)).find_model(named) if isinstance(named, str) else named
    if not isinstance(found, type) or not issubclass(found, Email):
        raise OperatorError(f"verifying an address needs the model {named} on a data source of the connector `mail`")
    return found


def mail(values: Mapping[str, Any]) -> dict[str, Any]:
    """The mail with the link.

    Args:
        values: the options, and href, token, uid, email.
    """
    text = str(values.get("text") or TEXT)
    template = values.get("template")
    html = template(values) if callable(template) else values.get("html") or escape(text).replace("\n", "<br>")
    return {
        "from": values["from"],
        "to": values.get("to") or values["email"],
        "subject": values.get("subject") or SUBJECT,
        "text": text.replace("{href}", values["href"]),
        "html": str(html).replace("{href}", escape(values["href"])),
        "headers": values.get("headers") or {},
    }


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
