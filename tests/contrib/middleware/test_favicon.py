"""The icon: ours, one's own, and requests that are not meant for it."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from lbpy.app.entries import Place
from lbpy.contrib.middleware import favicon
from lbpy.testing import Client

Serve = Callable[..., Client]


def test_there_is_an_icon_of_our_own(serve: Serve, place: Place) -> None:
    result = serve(favicon.make(None, place)).get("/favicon.ico")
    assert (result.status, result.headers["Content-Type"]) == (200, "image/x-icon")
    assert result.headers["Cache-Control"] == "public, max-age=31536000"
    assert result.body.startswith(b"\0\0\1\0")


def test_a_path_names_an_icon(serve: Serve, place: Place) -> None:
    (place.folder / "own.ico").write_bytes(b"icon")
    client = serve(favicon.make([str(place.folder / "own.ico"), {"maxAge": "1d"}], place))
    result = client.get("/favicon.ico")
    assert (result.body, result.headers["Cache-Control"]) == (b"icon", "public, max-age=86400")


def test_an_icon_that_is_not_there_is_told_and_replaced(
    serve: Serve, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        client = serve(favicon.make("none.ico", place))
    assert "server/middleware.json:files.static: there is no such icon" in caplog.text
    assert client.get("/favicon.ico").status == 200


def test_an_icon_known_already_is_not_sent_again(serve: Serve, place: Place) -> None:
    client = serve(favicon.make(None, place))
    tag = client.get("/favicon.ico").headers["ETag"]
    result = client.get("/favicon.ico", headers={"If-None-Match": tag})
    assert (result.status, result.body, "Content-Type" in result.headers) == (304, b"", False)


def test_head_has_the_length_only(serve: Serve, place: Place) -> None:
    result = serve(favicon.make(None, place)).head("/favicon.ico")
    assert (result.body, result.headers["Content-Length"]) == (b"", "70")


@pytest.mark.parametrize(("method", "status"), [("OPTIONS", 200), ("POST", 405), ("DELETE", 405)])
def test_other_methods_are_refused(serve: Serve, place: Place, method: str, status: int) -> None:
    result = serve(favicon.make(None, place)).request(method, "/favicon.ico")
    assert (result.status, result.headers["Allow"], result.body) == (status, "GET, HEAD, OPTIONS", b"")


@pytest.mark.parametrize("path", ["/favicon.ico/x", "/x/favicon.ico", "/FAVICON.ico"])
def test_other_paths_pass(serve: Serve, place: Place, path: str) -> None:
    assert serve(favicon.make(None, place)).get(path).status == 404
