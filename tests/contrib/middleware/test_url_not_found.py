"""The last entry of a generated project."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lbpy.app.entries import Place
from lbpy.contrib.middleware import url_not_found
from lbpy.testing import Client

Serve = Callable[..., Client]


def message(client: Client, path: str, method: str = "GET", **extras: str) -> str:
    """Ask as a server does that hands on the target as it was sent."""
    result = client.request(method, path, environ=extras)
    assert (result.status, result.json["name"]) == (404, "Error")
    text: str = result.json["message"]
    return text


@pytest.mark.parametrize("target", ["/none", "/..%2fserver%2fconfig.json", "/a%20b", "/none?a=1&b=%20"])
@pytest.mark.parametrize("key", ["RAW_URI", "REQUEST_URI"])
def test_it_names_the_target_as_sent(serve: Serve, place: Place, target: str, key: str) -> None:
    client = serve(url_not_found.make(None, place), phase="final")
    path, _, query = target.partition("?")
    extras = {"RAW_URI": "", key: target, "QUERY_STRING": query}
    assert message(client, path, **extras) == f"Cannot GET {target}"


def test_a_target_that_was_rewritten_is_named_as_it_is_now(serve: Serve, place: Place) -> None:
    client = serve(url_not_found.make(None, place), phase="final")
    assert message(client, "/new%20one", RAW_URI="/old") == "Cannot GET /new%20one"


def test_a_target_in_absolute_form_loses_scheme_and_host(serve: Serve, place: Place) -> None:
    client = serve(url_not_found.make(None, place), phase="final")
    assert message(client, "/none", RAW_URI="http://x.example/none?a") == "Cannot GET /none"


def test_what_the_application_is_mounted_at_is_left_out(serve: Serve, place: Place) -> None:
    client = serve(url_not_found.make(None, place), phase="final", paths=("/sub",))
    assert message(client, "/sub/none", "POST", SCRIPT_NAME="/app", RAW_URI="/app/sub/none") == "Cannot POST /none"


def test_routes_come_first(serve: Serve, place: Place) -> None:
    assert serve(url_not_found.make(None, place), phase="final").get("/page").status == 200
