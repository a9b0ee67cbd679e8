"""Cross-origin headers, as recorded from the npm package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lbpy.app.entries import Place
from lbpy.contrib.middleware import cors
from lbpy.testing import Client

Serve = Callable[..., Client]

A = "http://a.example"
SCAFFOLD = {"origin": True, "credentials": True, "maxAge": 86400}


@pytest.fixture
def served(serve: Serve, place: Place) -> Any:
    return lambda params: serve(cors.make(params, place))


def allowed(client: Client, origin: str = A) -> str | None:
    return client.get("/page", headers={"Origin": origin}).headers.get("Access-Control-Allow-Origin")


def test_an_origin_is_reflected(served: Any) -> None:
    headers = served(SCAFFOLD).get("/page", headers={"Origin": A}).headers
    assert headers["Access-Control-Allow-Origin"] == A
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert headers["Vary"] == "Origin"


def test_without_an_origin_the_answer_varies_all_the_same(served: Any) -> None:
    headers = served(SCAFFOLD).get("/page").headers
    assert "Access-Control-Allow-Origin" not in headers
    assert (headers["Vary"], headers["Access-Control-Allow-Credentials"]) == ("Origin", "true")


def test_errors_carry_the_headers_too(served: Any) -> None:
    assert served(SCAFFOLD).get("/none", headers={"Origin": A}).headers["Access-Control-Allow-Origin"] == A


def test_a_preflight_is_answered_for_any_path(served: Any) -> None:
    asked = {"Origin": A, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type, x-thing"}
    result = served(SCAFFOLD).options("/none", headers=asked)
    assert (result.status, result.body) == (204, b"")
    assert result.headers["Access-Control-Allow-Methods"] == "GET,HEAD,PUT,PATCH,POST,DELETE"
    assert result.headers["Access-Control-Allow-Headers"] == "content-type, x-thing"
    assert result.headers["Access-Control-Max-Age"] == "86400"
    assert result.headers["Vary"] == "Origin, Access-Control-Request-Headers"


def test_without_params_everybody_is_allowed(served: Any) -> None:
    assert allowed(served(None)) == "*"


def test_a_single_origin_is_told_to_everybody(served: Any) -> None:
    assert allowed(served({"origin": "http://good.example"}), "http://bad.example") == "http://good.example"


@pytest.mark.parametrize("origin", ["http://a.example", "https://x.b.example"])
def test_a_list_holds_origins_and_patterns(served: Any, origin: str) -> None:
    assert allowed(served({"origin": ["http://a.example", "/\\.B\\.example$/i"]}), origin) == origin


@pytest.mark.parametrize("origin", ["http://c.example", "https://b.example", "null"])
def test_others_than_the_list_are_not_allowed(served: Any, origin: str) -> None:
    client = served({"origin": ["http://a.example", "/\\.b\\.example$/"]})
    assert allowed(client, origin) is None


def test_the_null_origin_is_reflected_like_any_other(served: Any) -> None:
    assert allowed(served(SCAFFOLD), "null") == "null"


def test_origin_false_turns_it_off(place: Place) -> None:
    assert cors.make({"origin": False}, place) is None


def test_lists_of_headers_and_methods_are_joined(served: Any) -> None:
    params = {"allowedHeaders": ["X-A", "X-B"], "exposedHeaders": ["X-C", "X-D"], "methods": ["GET", "PUT"], "maxAge": 0}
    headers = served(params).options("/page").headers
    assert headers["Access-Control-Allow-Headers"] == "X-A,X-B"
    assert headers["Access-Control-Expose-Headers"] == "X-C,X-D"
    assert headers["Access-Control-Allow-Methods"] == "GET,PUT"
    assert headers["Access-Control-Max-Age"] == "0"


def test_a_preflight_may_go_on_or_have_another_status(served: Any) -> None:
    assert served({"preflightContinue": True}).options("/none").status == 404
    assert served({"optionsSuccessStatus": 200}).options("/none").status == 200


def test_a_broken_pattern_is_refused(place: Place) -> None:
    with pytest.raises(ValueError, match="broken pattern"):
        cors.make({"origin": "/(/"}, place)
