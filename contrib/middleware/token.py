"""Finds the access token of a request, in query, headers and signed cookies, and what it stands for. Refuses nobody but whoever
shows a token that has run out, or asks for "me" without one.

A principal that middleware before has found stands, and gets a token that no store has.

Source: auth.md 2.1, 2.2.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import falcon

from ...app.application import App
from ...app.entries import Place
from ...app.phases import Steps, handler
from ...data.bound import if_bound
from ...errors import ClientError, Unauthorized
from ...remoting.access import Principal
from ...remoting.current import PRINCIPAL
from ...remoting.querystring import parse
from ...types import Json
from ..models import AccessToken, User
from ..models.access_token import principals_of
from ..models.cache import Cache, seconds_of
from ..models.sessions import sessions_of
from .params import options
from .signed_cookies import SIGNED

TOKEN: Final = "lbpy.token"
"""Key in environ: the valid token, None where there is none; absent where nobody has looked."""
PRINCIPALS: Final = "lbpy.principals"
"""Key in environ: the user and the application that the token stands for."""


@dataclass(frozen=True, slots=True)
class Places:
    """Names under which a token may come, in the order in which they are looked at."""

    params: tuple[str, ...]
    headers: tuple[str, ...]
    cookies: tuple[str, ...]
    bearer_is_encoded: bool


@dataclass(frozen=True, slots=True)
class Looking:
    """The options of one entry.

    model: name of the model of tokens, None for the application's own. literal: path segment that means the caller's id, "" none.
    again: whether it looks although somebody looked before; replacing: also where that one found something.
    """

    places: Places
    model: str | None = None
    literal: str = ""
    again: bool = False
    replacing: bool = False


def make(params: Json, _place: Place) -> Steps:
    """The entry `loopback#token`.

    Args:
        params: options of LoopBack's middleware: model, params, headers, cookies, searchDefaultTokenKeys, currentUserLiteral,
            bearerTokenBase64Encoded, enableDoublecheck, overwriteExistingToken.
        _place: not looked at.
    """
    return looking(read_options(options(params)))


def looking(told: Looking) -> Steps:
    """An entry that looks for the token of each request."""

    known: Cache[AccessToken | None] = Cache()

    def request(req: falcon.Request, _resp: falcon.Response, _base: str) -> None:
        if _is_wanted(told, req.env):
            caller = req.env.get(PRINCIPAL) if TOKEN not in req.env else None
            if isinstance(caller, Principal):
                _admit(told, req.env, caller)
            else:
                _note(req.env, find_token(told, req, known))
        if told.literal:
            put_id(told.literal, req.env)

    return handler(request)


def read_options(given: Mapping[str, Json]) -> Looking:
    """The options as a record."""
    more = given.get("searchDefaultTokenKeys") is not False
    places = Places(
        (*_names(given.get("params")), *(("access_token",) if more else ())),
        (*_names(given.get("headers")), *(("X-Access-Token", "Authorization") if more else ())),
        (*_names(given.get("cookies")), *(("access_token", "authorization") if more else ())),
        given.get("bearerTokenBase64Encoded") is not False,
    )
    literal, model = given.get("currentUserLiteral"), given.get("model")
    return Looking(
        places,
        model if isinstance(model, str) else None,
        (literal if isinstance(literal, str) else "me") if literal else "",
        bool(given.get("enableDoublecheck")),
        bool(given.get("overwriteExistingToken")),
    )


def _names(value: Json) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (value,) if isinstance(value, str) else ()


def _note(environ: dict[str, Any], token: AccessToken | None) -> None:
    environ[TOKEN] = token
    environ[PRINCIPALS] = principals = principals_of(token)
    environ[PRINCIPAL] = principals[0] if principals else None


def _admit(told: Looking, environ: dict[str, Any], caller: Principal) -> None:
    tokens = _model(told, environ["lbpy.app"])
    if tokens is None:
        environ[TOKEN], environ[PRINCIPALS] = None, (caller,)
        return
    _note(environ, tokens.standing_for(_as_token_says(caller, environ["lbpy.app"])))
    environ[PRINCIPAL] = replace(environ[PRINCIPAL], roles=caller.roles)


def _as_token_says(caller: Principal, app: App) -> Principal:
    """The principal with the type that a token of its user would have: the model's name only where there are several."""
    users = app.registry.find_model(caller.type)
    if users is None or not issubclass(users, User) or if_bound(users) is None:
        return caller
    sessions = sessions_of(users)
    return caller if sessions is not None and sessions.owner else replace(caller, type="USER")


def _is_wanted(told: Looking, environ: Mapping[str, Any]) -> bool:
    if TOKEN not in environ:
        return True
    return told.again and (environ[TOKEN] is None or told.replacing)


def find_token(told: Looking, req: falcon.Request, known: Cache[AccessToken | None]) -> AccessToken | None:
    """The valid token of a request, None where it shows none that is known.

    Args:
        told: where to look.
        req: the request.
        known: tokens that were found a moment ago.

    Raises:
        Unauthorized: the token has run out.
    """
    shown, app = next(shown_ids(told.places, req), ""), req.env["lbpy.app"]
    tokens = _model(told, app) if shown else None
    if tokens is None:
        return None
    found = known.get((tokens, shown), (tokens,), lambda: tokens.resolve(shown), seconds_of(app.settings))
    if found is None:
        return None
    return found.copied() if found.is_valid else tokens.resolve(shown)


def _model(told: Looking, app: App) -> type[AccessToken] | None:
    found = app.registry.find_model(told.model) if told.model else app[AccessToken]
    if found is None or not issubclass(found, AccessToken) or if_bound(found) is None:
        return None
    return found


# -- looking -----------------------------------------------------------------


def shown_ids(places: Places, req: falcon.Request) -> Iterator[str]:
    """The ids that a request shows, in the order of their places; the first one counts, also where it is none."""
    query = _query(req) if places.params and req.query_string else {}
    yield from (value for name in places.params if isinstance(value := query.get(name), str))
    sent = (req.get_header(name) for name in places.headers)
    yield from (token_in(value.strip(), is_encoded=places.bearer_is_encoded) for value in sent if value and value.strip())
    cookies: Mapping[str, str] = req.env.get(SIGNED) or {}
    yield from (cookies[name] for name in places.cookies if name in cookies)


def _query(req: falcon.Request) -> Mapping[str, Json]:
    try:
        return parse(req.query_string)
    except ClientError:
        return {}  # the route answers it


def token_in(header: str, *, is_encoded: bool) -> str:
    """The token in the value of a header: as it is, or after `Bearer` or `Basic`.

    Args:
        header: the value, not empty.
        is_encoded: whether what follows `Bearer` is base64.
    """
    if header.startswith("Bearer "):
        return decoded(header[7:]) if is_encoded else header[7:]
    if header[:6].lower() == "basic ":
        user, colon, password = decoded(header[6:]).partition(":")
        return max(password, user, key=len) if colon else user
    return header


def decoded(text: str) -> str:
    """The text in base64, read as leniently as Node does: either alphabet, no padding, other characters passed over."""
    letters = re.sub(r"[^A-Za-z0-9+/]", "", text.partition("=")[0].replace("-", "+").replace("_", "/"))
    usable = letters[: len(letters) - (len(letters) % 4 == 1)]
    return base64.b64decode(usable + "=" * (-len(usable) % 4)).decode(errors="replace")


# -- "me" --------------------------------------------------------------------


def put_id(literal: str, environ: dict[str, Any]) -> None:
    """Put the caller's id in the place of the literal in the path.

    Raises:
        Unauthorized: the path has the literal, and nobody known is calling.
    """
    segments = environ["PATH_INFO"].split("/")
    if literal not in segments:
        return
    user = next((one for one in environ[PRINCIPALS] if one.type != "APP"), None)
    if user is None:
        raise Unauthorized("Authorization Required", code="AUTHORIZATION_REQUIRED")
    id = str(user.id).encode().decode("latin-1")
    environ["PATH_INFO"] = "/".join(id if one == literal else one for one in segments)
