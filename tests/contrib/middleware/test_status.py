"""The status entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from lbpy.app.entries import Place
from lbpy.contrib.middleware import status
from lbpy.testing import Client

Serve = Callable[..., Client]


def test_it_tells_since_when_the_application_runs(serve: Serve, place: Place) -> None:
    result = serve(status.make(None, place), paths=("/status",)).get("/status")
    assert timedelta(0) <= datetime.now(UTC) - datetime.fromisoformat(result.json["started"]) < timedelta(minutes=1)
    assert 0 <= result.json["uptime"] < 60
    assert result.headers["Content-Type"] == "application/json; charset=utf-8"


def test_it_answers_at_its_paths_only(serve: Serve, place: Place) -> None:
    assert serve(status.make(None, place), paths=("/status",)).get("/page").json == {"hello": "world"}
