"""Cookies that cookie-parser signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import falcon
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbpy.app.entries import Place
from lbpy.contrib.middleware import signed_cookies
from lbpy.contrib.middleware.signed_cookies import sign, unsigned
from lbpy.testing import Client

Serve = Callable[..., Client]

HELLO = "s:hello.DGDUkGlIkCzPz+C0B064FNgHdEjox7ch8tOBGslZ5QI"  # from the tests of the npm package cookie-signature


def found(serve: Serve, place: Place, params: Any, cookie: str) -> Any:
    def answer(req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = req.env[signed_cookies.SIGNED]

    return serve(signed_cookies.make(params, place), answer=answer).get("/page", headers={"Cookie": cookie}).json


def test_it_signs_as_the_npm_package_does() -> None:
    assert sign("hello", "tobiiscool") == HELLO
    assert unsigned(HELLO, ["tobiiscool"]) == "hello"


@pytest.mark.parametrize(
    "cookie", ["hello", "s:hello", "s:hello.", HELLO[2:], HELLO + "x", HELLO.replace("hello", "hullo"), "s:.", "", "s:ü.ü"]
)
def test_what_is_not_signed_is_refused(cookie: str) -> None:
    assert unsigned(cookie, ["tobiiscool", "luna"]) is None


def test_any_of_the_secrets_may_have_signed() -> None:
    assert unsigned(sign("a.b", "old"), ["new", "old"]) == "a.b"
    assert unsigned(sign("a.b", "old"), []) is None


@given(st.text(), st.text(min_size=1))
def test_what_was_signed_is_found_again(value: str, secret: str) -> None:
    assert unsigned(sign(value, secret), [secret]) == value


def test_signed_cookies_reach_the_rest_of_the_chain(serve: Serve, place: Place) -> None:
    cookie = f"plain=1; access_token=s%3A{HELLO[2:].replace('+', '%2B')}; bad=s:x.y; =z; novalue"
    assert found(serve, place, "tobiiscool", cookie) == {"access_token": "hello"}


def test_the_first_of_two_cookies_counts(serve: Serve, place: Place) -> None:
    assert found(serve, place, [["k"]], f'a="{sign("1", "k")}"; a={sign("2", "k")}') == {"a": "1"}


def test_without_a_secret_nothing_is_signed(serve: Serve, place: Place) -> None:
    assert found(serve, place, None, f"a={HELLO}") == {}


@pytest.mark.parametrize("params", ["", [[""]], 5, [["a", 1]]])
def test_an_empty_secret_is_refused(place: Place, params: Any) -> None:
    with pytest.raises(ValueError, match="secret"):
        signed_cookies.make(params, place)
