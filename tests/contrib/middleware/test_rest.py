"""The place of the routes."""

from __future__ import annotations

from collections.abc import Callable

from lbpy.app.entries import Place
from lbpy.contrib.middleware import rest, status
from lbpy.testing import Client

Serve = Callable[..., Client]


def test_the_routes_stand_where_rest_is_named(serve: Serve, place: Place) -> None:
    assert serve(rest.make(None, place), status.make(None, place)).get("/page").json == {"hello": "world"}
    assert "uptime" in serve(status.make(None, place), rest.make(None, place)).get("/page").json
