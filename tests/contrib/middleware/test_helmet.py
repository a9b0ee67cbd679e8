"""The security headers, as recorded from helmet 3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lbpy.app.entries import Place
from lbpy.app.phases import wsgi_app
from lbpy.contrib.middleware import helmet
from lbpy.testing import Client

Serve = Callable[..., Client]

Made = Callable[..., dict[str, str]]


@pytest.fixture
def headers(serve: Serve, place: Place) -> Made:
    def ask(factory: Any, params: Any = None, **sent: str) -> dict[str, str]:
        found = serve(factory(params, place)).get("/page", headers={k.replace("_", "-"): v for k, v in sent.items()})
        return dict(found.headers.items())

    return ask


@pytest.mark.parametrize(
    ("factory", "params", "name", "value"),
    [
        (helmet.xss_filter, None, "X-XSS-Protection", "1; mode=block"),
        (helmet.xss_filter, {"mode": None}, "X-XSS-Protection", "1"),
        (helmet.xss_filter, {"reportUri": "/r"}, "X-XSS-Protection", "1; mode=block; report=/r"),
        (helmet.frameguard, None, "X-Frame-Options", "SAMEORIGIN"),
        (helmet.frameguard, ["deny"], "X-Frame-Options", "SAMEORIGIN"),
        (helmet.frameguard, {"action": "deny"}, "X-Frame-Options", "DENY"),
        (helmet.frameguard, [{"action": "allow-from", "domain": "http://x"}], "X-Frame-Options", "ALLOW-FROM http://x"),
        (helmet.hsts, None, "Strict-Transport-Security", "max-age=15552000; includeSubDomains"),
        (helmet.hsts, {"maxAge": 0, "includeSubDomains": True}, "Strict-Transport-Security", "max-age=0; includeSubDomains"),
        (helmet.hsts, {"includeSubDomains": False, "preload": True}, "Strict-Transport-Security", "max-age=15552000; preload"),
        (helmet.hide_powered_by, {"setTo": "PHP"}, "X-Powered-By", "PHP"),
        (helmet.ie_no_open, None, "X-Download-Options", "noopen"),
        (helmet.no_sniff, None, "X-Content-Type-Options", "nosniff"),
        (helmet.no_cache, None, "Cache-Control", "no-store, no-cache, must-revalidate, proxy-revalidate"),
        (helmet.no_cache, None, "Surrogate-Control", "no-store"),
        (helmet.no_cache, None, "Pragma", "no-cache"),
        (helmet.no_cache, None, "Expires", "0"),
        (helmet.dns_prefetch_control, None, "X-DNS-Prefetch-Control", "off"),
        (helmet.referrer_policy, None, "Referrer-Policy", "no-referrer"),
        (helmet.referrer_policy, {"policy": ["origin", "same-origin"]}, "Referrer-Policy", "origin,same-origin"),
        (helmet.permitted_cross_domain_policies, None, "X-Permitted-Cross-Domain-Policies", "none"),
        (
            helmet.content_security_policy,
            {"directives": {"defaultSrc": ["'self'", "x.example"], "upgradeInsecureRequests": True, "img-src": "*"}},
            "Content-Security-Policy",
            "default-src 'self' x.example; upgrade-insecure-requests; img-src *",
        ),
        (
            helmet.content_security_policy,
            {"directives": {"sandbox": []}, "reportOnly": True},
            "Content-Security-Policy-Report-Only",
            "sandbox",
        ),
    ],
)
def test_each_header_has_helmets_value(headers: Made, factory: Any, params: Any, name: str, value: str) -> None:
    assert headers(factory, params)[name.lower()] == value


@pytest.mark.parametrize(("agent", "value"), [("MSIE 8.0", "0"), ("MSIE 10.0", "1; mode=block")])
def test_the_filter_is_off_for_old_internet_explorers(headers: Made, agent: str, value: str) -> None:
    assert headers(helmet.xss_filter, None, User_Agent=agent)["x-xss-protection"] == value


def test_powered_by_is_hidden_also_for_what_is_mounted(serve: Serve, place: Place) -> None:
    def app(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("X-Powered-By", "Express")])
        return []

    assert "X-Powered-By" not in serve(helmet.hide_powered_by(None, place), wsgi_app(app)).get("/x").headers


def test_all_at_once_sets_what_helmet_sets_by_itself(headers: Made) -> None:
    found = headers(helmet.helmet, {"frameguard": {"action": "deny"}, "noSniff": False, "noCache": True})
    assert found["x-frame-options"] == "DENY"
    assert {"x-dns-prefetch-control", "x-download-options", "strict-transport-security", "pragma"} <= found.keys()
    assert "x-content-type-options" not in found


@pytest.mark.parametrize(
    ("factory", "params"),
    [
        (helmet.frameguard, {"action": "maybe"}),
        (helmet.frameguard, {"action": "allow-from"}),
        (helmet.hsts, {"maxAge": -1}),
        (helmet.hsts, {"maxAge": "1"}),
        (helmet.xss_filter, {"mode": "x"}),
        (helmet.referrer_policy, {"policy": "x"}),
        (helmet.content_security_policy, None),
    ],
)
def test_values_that_helmet_refuses_are_refused(factory: Any, params: Any, place: Place) -> None:
    with pytest.raises(ValueError, match="helmet does not know"):
        factory(params, place)
