"""The security headers of the npm package helmet 3, one factory a header and one for all. Decides nothing by the request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import falcon

from ...app.entries import Place
from ...app.phases import RequestPart, Steps, handler
from ...types import Json
from .params import options

Options = Mapping[str, Json]

_OLD_IE: Final = re.compile(r"msie\s*[1-8](?!\d)", re.IGNORECASE)
_FRAMES: Final = {"DENY": "DENY", "SAMEORIGIN": "SAMEORIGIN", "SAME-ORIGIN": "SAMEORIGIN"}
_FRAMES_FROM: Final = ("ALLOW-FROM", "ALLOWFROM")
_CROSS_DOMAIN: Final = ("none", "master-only", "by-content-type", "all")
_REFERRER: Final = (
    "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin", "origin-when-cross-origin",
    "strict-origin-when-cross-origin", "unsafe-url", "",
)  # fmt: skip


def xss_filter(params: Json, _place: Place) -> Steps:
    """X-XSS-Protection; options mode ("block" or null), reportUri, setOnOldIE. Off for Internet Explorer below 9."""
    given = options(params)
    blocks = _one_of("mode", given.get("mode", "block"), ("block", None)) == "block"
    report = [f"report={given['reportUri']}"] if given.get("reportUri") else []
    value = "; ".join(["1", *(["mode=block"] if blocks else []), *report])

    def request(req: falcon.Request, resp: falcon.Response, _base: str) -> None:
        agent = req.env.get("HTTP_USER_AGENT")
        old = agent and not given.get("setOnOldIE") and _OLD_IE.search(agent)
        resp.set_header("X-XSS-Protection", "0" if old else value)

    return handler(request)


def frameguard(params: Json, _place: Place) -> Steps:
    """X-Frame-Options; options action (deny, sameorigin, allow-from) and domain.

    Text in place of options says nothing, so that `["deny"]` gives SAMEORIGIN (recorded).
    """
    given = options(params)
    action = str(given.get("action", "SAMEORIGIN")).upper()
    if action in _FRAMES_FROM:
        return _fixed({"X-Frame-Options": f"ALLOW-FROM {given['domain']}"}) if given.get("domain") else _refuse("domain")
    return _fixed({"X-Frame-Options": _FRAMES.get(action) or _refuse("action")})


def hsts(params: Json, _place: Place) -> Steps:
    """Strict-Transport-Security; options maxAge in seconds, includeSubDomains, preload."""
    given = options(params)
    age = given.get("maxAge", 180 * 24 * 60 * 60)
    if isinstance(age, bool) or not isinstance(age, int | float) or age < 0:
        _refuse("maxAge")
    inside = given.get("includeSubDomains") is not False and given.get("includeSubdomains") is not False
    flags = (["includeSubDomains"] if inside else []) + (["preload"] if given.get("preload") else [])
    return _fixed({"Strict-Transport-Security": "; ".join([f"max-age={round(age)}", *flags])})


def hide_powered_by(params: Json, _place: Place) -> Steps:
    """No X-Powered-By, not even from applications mounted inside; option setTo makes one up."""
    instead = options(params).get("setTo")
    if instead:
        return _fixed({"X-Powered-By": str(instead)})

    def response(_req: falcon.Request, resp: falcon.Response, _resource: object, _succeeded: bool) -> None:
        resp.delete_header("X-Powered-By")

    return handler(response=response)


def ie_no_open(_params: Json, _place: Place) -> Steps:
    """X-Download-Options: noopen."""
    return _fixed({"X-Download-Options": "noopen"})


def no_sniff(_params: Json, _place: Place) -> Steps:
    """X-Content-Type-Options: nosniff."""
    return _fixed({"X-Content-Type-Options": "nosniff"})


def no_cache(_params: Json, _place: Place) -> Steps:
    """The four headers that keep answers out of every cache."""
    return _fixed(
        {
            "Surrogate-Control": "no-store",
            "Cache-Control": "no-store, no-cache, must-revalidate, proxy-revalidate",
            "Pragma": "no-cache",
            "Expires": "0",
        }
    )


def dns_prefetch_control(params: Json, _place: Place) -> Steps:
    """X-DNS-Prefetch-Control; option allow."""
    return _fixed({"X-DNS-Prefetch-Control": "on" if options(params).get("allow") else "off"})


def referrer_policy(params: Json, _place: Place) -> Steps:
    """Referrer-Policy; option policy, one name or a list."""
    policy = options(params).get("policy", "no-referrer")
    names = [_one_of("policy", name, _REFERRER) for name in (policy if isinstance(policy, list) else [policy])]
    return _fixed({"Referrer-Policy": ",".join(names)})


def permitted_cross_domain_policies(params: Json, _place: Place) -> Steps:
    """X-Permitted-Cross-Domain-Policies; option permittedPolicies."""
    policy = _one_of("permittedPolicies", options(params).get("permittedPolicies", "none"), _CROSS_DOMAIN)
    return _fixed({"X-Permitted-Cross-Domain-Policies": policy})


def content_security_policy(params: Json, _place: Place) -> Steps:
    """Content-Security-Policy; options directives (camel case or dashed names to lists, text, true or false) and reportOnly."""
    given = options(params)
    directives = given.get("directives") or _refuse("directives")
    policy = "; ".join(text for name, value in directives.items() if (text := _directive(name, value)))
    return _fixed({"Content-Security-Policy" + ("-Report-Only" if given.get("reportOnly") else ""): policy})


def helmet(params: Json, place: Place) -> Steps:
    """All headers that helmet sets by itself; an option named after a header holds its options, false leaves it out."""
    given = options(params)
    wanted = [name for name in _ALL if given.get(name, name in _BY_DEFAULT) not in (False, None)]
    made = [_ALL[name](given.get(name), place) for name in wanted]
    requests = [parts.request for parts in made if parts.request]
    response = next((parts.response for parts in made if parts.response), None)
    return handler(_in_turn(requests), response)


def _in_turn(parts: list[RequestPart]) -> RequestPart:
    def request(req: falcon.Request, resp: falcon.Response, base: str) -> None:
        for part in parts:
            part(req, resp, base)

    return request


def _fixed(headers: Mapping[str, str]) -> Steps:
    pairs = tuple(headers.items())

    def request(_req: falcon.Request, resp: falcon.Response, _base: str) -> None:
        for name, value in pairs:
            resp.set_header(name, value)

    return handler(request)


def _directive(name: str, value: Json) -> str:
    dashed = re.sub(r"[A-Z]", lambda capital: f"-{capital[0].lower()}", name)
    if isinstance(value, bool) or value is None:
        return dashed if value else ""
    return " ".join([dashed, *map(str, value if isinstance(value, list) else [value])])


def _one_of(option: str, value: Json, allowed: tuple[Json, ...]) -> Json:
    return value if value in allowed else _refuse(option)


def _refuse(option: str) -> Json:
    raise ValueError(f"{option} has a value that helmet does not know")


_BY_DEFAULT: Final = ("dnsPrefetchControl", "frameguard", "hidePoweredBy", "hsts", "ieNoOpen", "noSniff", "xssFilter")
_ALL: Final[Mapping[str, Callable[[Json, Place], Steps]]] = {
    "contentSecurityPolicy": content_security_policy,
    "dnsPrefetchControl": dns_prefetch_control,
    "frameguard": frameguard,
    "hidePoweredBy": hide_powered_by,
    "hsts": hsts,
    "ieNoOpen": ie_no_open,
    "noSniff": no_sniff,
    "permittedCrossDomainPolicies": permitted_cross_domain_policies,
    "referrerPolicy": referrer_policy,
    "xssFilter": xss_filter,
    "noCache": no_cache,
}
