"""Where a token is looked for, and what it does to the path."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from lbpy.app.entries import Entry, Place
from lbpy.contrib.middleware import signed_cookies, token
from lbpy.contrib.middleware.signed_cookies import sign
from lbpy.contrib.middleware.token import decoded, token_in
from lbpy.contrib.models import AccessToken

Start = Callable[..., Any]


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def site(start: Start) -> Any:
    found = start()
    found.token = found.sign_in("ann")
    return found


def with_options(site: Any, place: Place, **options: Any) -> Any:
    site.app.add_entry(Entry("auth", token.make(options, place)))
    return site


def reads(site: Any, path: str = "/customers/1", **headers: str) -> int:
    return int(site.status("GET", path, headers=headers))


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Authorization", "{}", 200),
        ("Authorization", " {} ", 200),
        ("X-Access-Token", "{}", 200),
        ("Authorization", "Bearer {}", 401),
        ("Authorization", "bearer {}", 401),
        ("Authorization", "Token {}", 401),
        ("Cookie", "access_token={}", 401),
    ],
)
def test_headers(site: Any, header: str, value: str, status: int) -> None:
    assert reads(site, **{header: value.format(site.token)}) == status


@pytest.mark.parametrize("form", ["Bearer {}", "Basic {}", "basic {}"])
def test_encoded_headers(site: Any, form: str) -> None:
    assert reads(site, Authorization=form.format(encoded(site.token))) == 200


@pytest.mark.parametrize("text", ["{}:", "token:{}", "{}:pw"])
def test_either_part_of_basic(text: str) -> None:
    long = "t" * 20
    assert token_in("Basic " + encoded(text.format(long)), is_encoded=True) == long


def test_bytes_that_are_no_text_are_nobody(site: Any) -> None:
    assert reads(site, Authorization="Bearer //79") == 401


def test_a_query_wins_over_headers_also_where_it_is_wrong(site: Any) -> None:
    assert reads(site, f"/customers/1?access_token={site.token}") == 200
    for query in ("access_token=x", "access_token="):
        assert reads(site, f"/customers/1?{query}", Authorization=site.token) == 401


def test_a_list_in_the_query_is_passed_over(site: Any) -> None:
    assert reads(site, "/customers/1?access_token=a&access_token=b", Authorization=site.token) == 200


def test_a_wrong_token_is_nobody_and_public_methods_work(site: Any) -> None:
    assert site.status("POST", "/customers", "x", {"email": "bob@example.com", "password": "p"}) == 200


def test_plain_bearer_where_that_is_asked_for(site: Any, place: Place) -> None:
    assert reads(with_options(site, place, bearerTokenBase64Encoded=False), Authorization=f"Bearer {site.token}") == 200


def test_own_names_and_no_others(site: Any, place: Place) -> None:
    with_options(site, place, headers=["X-Ticket"], params="ticket", searchDefaultTokenKeys=False)
    assert [reads(site, **{"X-Ticket": site.token}), reads(site, f"/customers/1?ticket={site.token}")] == [200, 200]
    assert reads(site, Authorization=site.token) == 401


def test_a_signed_cookie(site: Any, place: Place) -> None:
    site.app.add_entry(Entry("initial", signed_cookies.make("key", place)))
    with_options(site, place)
    assert [reads(site, Cookie=f"access_token={sign(site.token, key)}") for key in ("key", "other")] == [200, 401]


@pytest.mark.parametrize(("path", "status"), [("/customers/me", 200), ("/customers/me?x=1", 200), ("/customers/mean", 401)])
def test_me_is_the_caller(site: Any, place: Place, path: str, status: int) -> None:
    assert reads(with_options(site, place, currentUserLiteral=True), path, Authorization=site.token) == status


def test_me_needs_a_caller(site: Any, place: Place) -> None:
    with_options(site, place, currentUserLiteral="me")
    assert site.call("GET", "/customers/me").json["error"]["code"] == "AUTHORIZATION_REQUIRED"


# -- lives -------------------------------------------------------------------


def issued(site: Any, **members: Any) -> Any:
    return site.app[AccessToken].create({"id": "t", "userId": 1, "ttl": 60, **members})


@pytest.mark.parametrize(
    ("members", "kept"),
    [
        ({"created": "2015-01-01T00:00:00Z"}, 0),
        ({"ttl": -1}, 0),
        ({"ttl": 0}, 1),
        ({"ttl": -5}, 1),
        ({"ttl": None}, 1),
        ({"created": None}, 1),
    ],
)
def test_a_token_without_life_is_refused_everywhere(site: Any, members: dict[str, Any], kept: int) -> None:
    issued(site, **members)
    error = site.call("POST", "/customers/login", "t", {"username": "ann", "password": "secret"}).json["error"]
    assert (error["statusCode"], error["code"]) == (401, "INVALID_TOKEN")
    assert site.app[AccessToken].count({"id": "t"}) == kept


def test_a_token_lives_for_ever_where_the_model_allows_that(start: Start) -> None:
    site = start(allow_eternal_tokens=True)
    site.sign_up("ann")
    issued(site, ttl=-1)
    assert site.status("GET", "/customers/1", "t") == 200


def test_base64_is_read_as_leniently_as_node_does() -> None:
    assert [decoded(one) for one in ("aGk", "aGk=", "a G-k", "_-", "a", "")][:2] == ["hi", "hi"]
    assert decoded("") == decoded("a") == ""
