"""A small application for the middleware to stand before and behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import falcon
import pytest
from falcon.routing import DefaultRouter

from lbpy.app.entries import Entry, Place
from lbpy.app.phases import Host, build
from lbpy.errors import ClientError
from lbpy.testing import Client

Serve: TypeAlias = Callable[..., Client]


class Page:
    """Answers with whatever the test put in."""

    def __init__(self, answer: Callable[[falcon.Request, falcon.Response], None]) -> None:
        self.answer = answer

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self.answer(req, resp)

    on_head = on_post = on_get


def hello(_req: falcon.Request, resp: falcon.Response) -> None:
    resp.media = {"hello": "world"}


def not_found(_req: falcon.Request, resp: falcon.Response) -> None:
    resp.status = 404
    resp.text = "nobody"


def on_error(_req: falcon.Request, resp: falcon.Response, error: Exception, _params: dict[str, Any]) -> None:
    if not isinstance(error, ClientError):
        raise error
    resp.status = error.status
    resp.media = {"name": error.name, "message": error.message}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "server"
    folder.mkdir()
    return Place("server/middleware.json", "files.static", folder, tmp_path)


@pytest.fixture
def serve() -> Serve:
    """Makes a client of targets: in `initial`, or in the phase named; /page answers as told."""

    def make(
        *targets: object, phase: str = "initial", answer: Callable[[Any, Any], None] = hello, paths: tuple[str, ...] = ()
    ) -> Client:
        router = DefaultRouter()
        router.add_route("/page", Page(answer))
        entries = [Entry(phase, target, paths) for target in targets]
        return Client(build(entries, Host(router, not_found, on_error)))

    return make
