"""Cross-origin headers and preflight answers as the npm package cors gives them. Protects nothing: browsers do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import falcon

from ...app.entries import Place
from ...app.phases import Steps, add_vary, handler
from ...types import Json
from .params import comma_list, options

Origin: TypeAlias = Callable[[str | None], str | None]
"""From the Origin of a request the value of Access-Control-Allow-Origin; None: the header stays away."""

_PATTERN: Final = re.compile(r"/(.+)/(i?)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Cors:
    origin: Origin
    varies: bool
    always: Mapping[str, str]
    preflight: Mapping[str, str]
    reflect: bool
    status: int | None

    def request(self, req: falcon.Request, resp: falcon.Response, _base: str) -> None:
        self.common(req, resp)
        if req.method == "OPTIONS":
            self.preflighted(req, resp)

    def common(self, req: falcon.Request, resp: falcon.Response) -> None:
        allowed = self.origin(req.get_header("Origin"))
        if allowed is not None:
            resp.set_header("Access-Control-Allow-Origin", allowed)
        if self.varies:
            add_vary(resp, "Origin")
        resp.set_headers(self.always)

    def preflighted(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.set_headers(self.preflight)
        if self.reflect:
            add_vary(resp, "Access-Control-Request-Headers")
            asked = req.get_header("Access-Control-Request-Headers")
            resp.set_headers({"Access-Control-Allow-Headers": asked} if asked else {})
        if self.status is not None:
            resp.status = self.status
            resp.complete = True


def make(params: Json, _place: Place) -> Steps | None:
    """The entry `cors`.

    Args:
        params: the options of the npm package: origin (true, "*", one origin, a list; text such as "/\\\\.example\\\\.com$/i"
            is a pattern), methods, allowedHeaders, exposedHeaders, credentials, maxAge in seconds, preflightContinue,
            optionsSuccessStatus.
        _place: not looked at.

    Returns:
        None for `origin: false`, which turns it off.

    Raises:
        ValueError: a pattern is none.
    """
    given = {"origin": "*", "optionsSuccessStatus": 204, **options(params)}
    if not given["origin"]:
        return None
    made = _Cors(
        _origin(given["origin"]),
        given["origin"] != "*",
        _always(given),
        _preflight(given),
        not _allowed_headers(given),
        None if given.get("preflightContinue") else int(given["optionsSuccessStatus"]),
    )
    return handler(made.request)


def _origin(allowed: Json) -> Origin:
    """A single text is sent to everybody, whatever the request says: the browser compares."""
    if isinstance(allowed, str) and not _PATTERN.fullmatch(allowed):
        return lambda _sent: allowed
    test = _test(allowed)
    return lambda sent: sent if sent is not None and test(sent) else None


def _test(allowed: Json) -> Callable[[str], bool]:
    if isinstance(allowed, list):
        tests = [_test(one) for one in allowed]
        return lambda sent: any(test(sent) for test in tests)
    if isinstance(allowed, str):
        return _text_test(allowed)
    return lambda _sent: bool(allowed)


def _text_test(allowed: str) -> Callable[[str], bool]:
    written = _PATTERN.fullmatch(allowed)
    if written is None:
        return lambda sent: sent == allowed
    try:
        pattern = re.compile(written[1], re.IGNORECASE if written[2] else 0)
    except re.error as error:
        raise ValueError(f"origin holds a broken pattern: {error}") from error
    return lambda sent: pattern.search(sent) is not None


def _always(given: Mapping[str, Json]) -> dict[str, str]:
    headers = {"Access-Control-Allow-Credentials": "true"} if given.get("credentials") is True else {}
    exposed = comma_list(given.get("exposedHeaders") or "")
    return {**headers, "Access-Control-Expose-Headers": exposed} if exposed else headers


def _preflight(given: Mapping[str, Json]) -> dict[str, str]:
    named = {
        "Access-Control-Allow-Methods": comma_list(given.get("methods", "GET,HEAD,PUT,PATCH,POST,DELETE")),
        "Access-Control-Allow-Headers": comma_list(_allowed_headers(given) or ""),
        "Access-Control-Max-Age": "" if given.get("maxAge") is None else str(given["maxAge"]),
    }
    return {name: value for name, value in named.items() if value}


def _allowed_headers(given: Mapping[str, Json]) -> Json:
    return given.get("allowedHeaders") or given.get("headers")
