"""The options of the error handler on their way to whoever answers errors."""

from __future__ import annotations

from typing import Any

import falcon
from falcon.routing import DefaultRouter

from lbpy.app.entries import Entry, Place
from lbpy.app.phases import Host, build
from lbpy.contrib.middleware import error_handler
from lbpy.testing import Client


def fail(_req: falcon.Request, _resp: falcon.Response) -> None:
    raise RuntimeError("broken")


def tell_options(req: falcon.Request, resp: falcon.Response, _error: Exception, _params: dict[str, Any]) -> None:
    resp.media = req.env.get(error_handler.ERROR_OPTIONS, "none")


def told(*entries: Entry) -> Any:
    return Client(build(entries, Host(DefaultRouter(), fail, tell_options))).get("/x/y").json


def test_options_reach_the_answer_to_an_error(place: Place) -> None:
    assert told(Entry("final:after", error_handler.make({"debug": True, "log": False}, place))) == {"debug": True, "log": False}


def test_the_last_handler_at_the_path_counts(place: Place) -> None:
    made = [error_handler.make({"is": name}, place) for name in ("all", "x", "other")]
    assert told(*map(Entry, ["final"] * 3, made, [(), ("/x",), ("/z",)])) == {"is": "x"}


def test_without_a_handler_there_are_none() -> None:
    assert told() == "none"


def test_the_older_names_have_no_params(place: Place) -> None:
    assert told(Entry("final", error_handler.make_plain({"debug": True}, place))) == {}
