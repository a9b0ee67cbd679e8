"""What is compressed, and what is left alone."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import Any

import falcon
import pytest

from lbpy.app.entries import Place
from lbpy.app.phases import wsgi_app
from lbpy.contrib.middleware import compression
from lbpy.testing import Client

Serve = Callable[..., Client]

LONG = "long enough " * 200
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def served(serve: Serve, place: Place) -> Callable[..., Client]:
    def make(params: Any = None, text: str = LONG, **headers: str) -> Client:
        def answer(_req: falcon.Request, resp: falcon.Response) -> None:
            resp.text = text
            resp.content_type = headers.pop("content_type", "text/plain")
            resp.set_headers({name.replace("_", "-"): value for name, value in headers.items()})

        return serve(compression.make(params, place), answer=answer)

    return make


def test_a_long_text_is_compressed(served: Any) -> None:
    result = served().get("/page", headers=GZIP)
    assert result.headers["Content-Encoding"] == "gzip"
    assert result.headers["Content-Length"] == str(len(result.body))
    assert result.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(result.body).decode() == LONG


@pytest.mark.parametrize("accepted", ["gzip", "*", "gzip;q=0.5", "deflate, gzip;q=1.0", "GZIP"])
def test_gzip_is_sent_to_whoever_takes_it(accepted: str) -> None:
    assert compression.wants_gzip(accepted)


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "*;q=0", "identity", "identity, gzip;q=0.5", "gzip;q=x"])
def test_gzip_is_not_sent_to_others(accepted: str) -> None:
    assert not compression.wants_gzip(accepted)


def test_a_client_that_takes_no_gzip_gets_the_plain_body(served: Any) -> None:
    result = served().get("/page")
    assert result.text == LONG
    assert (result.headers["Vary"], result.headers.get("Content-Encoding")) == ("Accept-Encoding", None)


@pytest.mark.parametrize(("threshold", "encoding"), [(None, None), (200, "gzip"), ("0.2kb", "gzip"), ("1mb", None)])
def test_short_bodies_are_left_alone(served: Any, threshold: Any, encoding: str | None) -> None:
    params = {} if threshold is None else {"threshold": threshold}
    headers = served(params, "x" * 300).get("/page", headers=GZIP).headers
    assert (headers.get("Content-Encoding"), headers["Vary"]) == (encoding, "Accept-Encoding")


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "image/png"},
        {"content_type": "text/event-stream"},
        {"content_encoding": "br"},
        {"cache_control": "public, no-transform"},
        {"content_range": "bytes 0-9/10"},
    ],
)
def test_what_must_not_change_does_not(served: Any, headers: dict[str, str]) -> None:
    result = served(**headers).get("/page", headers=GZIP)
    assert result.body.decode() == LONG
    assert "Vary" not in result.headers


def test_head_tells_the_plain_length(served: Any) -> None:
    result = served().head("/page", headers=GZIP)
    assert (result.headers["Content-Length"], result.headers["Vary"]) == (str(len(LONG)), "Accept-Encoding")
    assert "Content-Encoding" not in result.headers


def test_an_answer_without_body_stays_as_it_is(serve: Serve, place: Place) -> None:
    def unchanged(_req: falcon.Request, resp: falcon.Response) -> None:
        resp.status = 304

    result = serve(compression.make(None, place), answer=unchanged).get("/page", headers=GZIP)
    assert (result.status, result.headers.get("Vary"), result.headers.get("Content-Encoding")) == (304, None, None)


def test_a_strong_tag_becomes_weak(served: Any) -> None:
    assert served(etag='"a"').get("/page", headers=GZIP).headers["ETag"] == 'W/"a"'
    assert served(etag='"a"').get("/page").headers["ETag"] == '"a"'


def test_errors_are_compressed_too(serve: Serve, place: Place) -> None:
    def fail(_req: falcon.Request, _resp: falcon.Response) -> None:
        raise falcon.HTTPBadRequest(description=LONG)

    result = serve(compression.make(None, place), answer=fail).get("/page", headers=GZIP)
    assert (result.status, result.headers["Content-Encoding"]) == (400, "gzip")


def test_a_stream_of_known_length_is_compressed_on_its_way(serve: Serve, place: Place) -> None:
    stream = io.BytesIO(LONG.encode())

    def answer(_req: falcon.Request, resp: falcon.Response) -> None:
        resp.set_stream(stream, len(LONG))
        resp.content_type = "text/plain"

    result = serve(compression.make(None, place), answer=answer).get("/page", headers=GZIP)
    assert gzip.decompress(result.body).decode() == LONG
    assert "Content-Length" not in result.headers
    assert stream.closed


def test_a_stream_of_unknown_length_is_left_alone(serve: Serve, place: Place) -> None:
    def answer(_req: falcon.Request, resp: falcon.Response) -> None:
        resp.stream = [LONG.encode()]
        resp.content_type = "text/plain"

    result = serve(compression.make(None, place), answer=answer).get("/page", headers=GZIP)
    assert result.text == LONG


def test_the_answer_of_a_mounted_application_is_compressed(serve: Serve, place: Place) -> None:
    def app(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(LONG)))])
        return [LONG.encode()]

    result = serve(compression.make(None, place), wsgi_app(app)).get("/x", headers=GZIP)
    assert gzip.decompress(result.body).decode() == LONG


@pytest.mark.parametrize("params", [{"threshold": "many"}, {"threshold": True}, {"level": 10}])
def test_params_that_make_no_sense_are_refused(place: Place, params: Any) -> None:
    with pytest.raises(ValueError, match=r"amount|number|level"):
        compression.make(params, place)
