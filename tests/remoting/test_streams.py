"""Bodies by parts: what comes in is read as it comes, what goes out is made as it is sent, and neither is held as a whole."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest

import lbpy
from lbpy import Arg, Download, Model, Upload, remote_method
from lbpy.errors import Conflict

from .client import call, environ_of

MEGABYTE = 1 << 20
closed: list[str] = []


class File(Model):
    """Files that nobody stores."""

    @remote_method(verb="get")
    @staticmethod
    def big(megabytes: int) -> Iterator[bytes]:
        try:
            for _ in range(megabytes):
                yield b"x" * MEGABYTE
        finally:
            closed.append("big")

    @remote_method(verb="get")
    @staticmethod
    def fails(first: bool) -> Iterator[bytes]:
        if first:
            raise Conflict("before anything was sent")
        yield b"a"

    @remote_method(verb="get")
    @staticmethod
    def page(name: str = "tea.txt") -> Download:
        return Download("text", "text/plain", filename=name, headers={"X-Own": "yes"})

    @remote_method(verb="get")
    @staticmethod
    def disk(path: str) -> Download:
        return Download(Path(path).open("rb"), "image/png")

    @remote_method(verb="put")
    @staticmethod
    def size(upload: Upload, name: str = "") -> dict[str, Any]:
        return {"size": sum(len(part) for part in upload), "name": name, "type": upload.content_type, "length": upload.length}

    @remote_method(verb="put")
    @staticmethod
    def small(upload: Annotated[Upload, Arg(limit=10)]) -> int:
        return len(upload.read(-1))

    @remote_method(verb="put")
    @staticmethod
    def back(upload: Upload) -> Iterator[bytes]:
        return iter(upload)


@pytest.fixture
def app() -> Iterator[lbpy.App]:
    closed.clear()
    with lbpy.App() as app:
        app.model(File)
        yield app


class Zeros(io.RawIOBase):
    """A body that takes no memory."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        size = min(self.left, size if size >= 0 else self.left)
        self.left -= size
        return bytes(size)


def peak_of(run: Any) -> int:
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_large_answer_is_never_held(app):
    call(app, "GET", "/api/Files/page")

    def run() -> None:
        chunks = app(environ_of("GET", "/api/Files/big?megabytes=50"), lambda status, headers, exc_info=None: None)
        assert sum(len(one) for one in chunks) == 50 * MEGABYTE
        chunks.close()

    assert peak_of(run) < 8 * MEGABYTE
    assert closed == ["big"]


def test_a_large_body_is_never_held(app):
    call(app, "GET", "/api/Files/page")

    def run() -> None:
        body = {"wsgi.input": Zeros(50 * MEGABYTE), "CONTENT_LENGTH": str(50 * MEGABYTE), "CONTENT_TYPE": "video/mp4"}
        answer = call(app, "PUT", "/api/Files/size?name=x", **body)
        assert answer.json == {"size": 50 * MEGABYTE, "name": "x", "type": "video/mp4", "length": 50 * MEGABYTE}

    assert peak_of(run) < 8 * MEGABYTE


def test_a_body_goes_through_as_it_comes(app):
    answer = call(app, "PUT", "/api/Files/back", b"abc")
    assert answer.raw == b"abc"
    assert answer.headers["content-type"] == "application/octet-stream"


def test_an_upload_is_not_parsed_even_if_it_is_json(app):
    assert call(app, "PUT", "/api/Files/size", {"name": "never"}).json["name"] == ""


def test_a_body_over_the_limit_is_413_whether_declared_or_not(app):
    assert call(app, "PUT", "/api/Files/small", b"x" * 10).json == 10
    assert call(app, "PUT", "/api/Files/small", b"x" * 11).status == 413
    chunked = {"wsgi.input": io.BytesIO(b"x" * 11), "HTTP_TRANSFER_ENCODING": "chunked"}
    assert call(app, "PUT", "/api/Files/small", **chunked).status == 413


def test_what_fails_before_the_first_part_is_an_answer_of_its_own(app):
    assert call(app, "GET", "/api/Files/fails?first=true").status == 409
    assert call(app, "GET", "/api/Files/fails?first=false").raw == b"a"


def test_a_download_tells_type_name_and_headers_whatever_the_client_takes(app):
    answer = call(app, "GET", "/api/Files/page", HTTP_ACCEPT="text/html")
    assert answer.raw == b"text"
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["x-own"] == "yes"
    assert answer.headers["content-disposition"] == "attachment; filename=\"tea.txt\"; filename*=UTF-8''tea.txt"


def test_a_name_cannot_break_out_of_its_header(app):
    told = call(app, "GET", "/api/Files/page?name=a%22%0D%0AX-Evil:1%C3%A9").headers["content-disposition"]
    assert told == "attachment; filename=\"a___X-Evil:1_\"; filename*=UTF-8''a%22%0D%0AX-Evil%3A1%C3%A9"


def test_a_file_is_read_by_parts_and_closed(app, tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(b"p" * 200_000)
    answer = call(app, "GET", f"/api/Files/disk?path={path}")
    assert len(answer.raw) == 200_000
    assert answer.headers["content-type"] == "image/png"


def test_a_client_that_goes_away_and_head_close_the_stream(app):
    chunks = app(environ_of("GET", "/api/Files/big?megabytes=5"), lambda status, headers, exc_info=None: None)
    next(iter(chunks))
    chunks.close()
    assert closed == ["big"]
    assert call(app, "HEAD", "/api/Files/big?megabytes=5").raw == b""
    assert closed == ["big", "big"]


METHOD = {
    "accepts": {"arg": "kind", "type": "string"},
    "returns": [
        {"arg": "body", "type": "file", "root": True},
        {"arg": "type", "type": "string", "http": {"target": "header", "header": "Content-Type"}},
    ],
    "http": {"verb": "get", "path": "/get"},
}


def test_files_as_json_describes_them():
    class Described(Model, methods={"get": METHOD}):
        @staticmethod
        def get(kind):
            return {"bytes": b"b", "text": "t", "object": {"a": 1}}[kind], "text/css" if kind == "bytes" else None

    with lbpy.App() as app:
        app.model(Described)
        answer = call(app, "GET", "/api/Describeds/get?kind=bytes")
        assert (answer.raw, answer.headers["content-type"]) == (b"b", "text/css")
        answer = call(app, "GET", "/api/Describeds/get?kind=text")
        assert (answer.raw, answer.headers["content-type"]) == (b"t", "application/json; charset=utf-8")
        assert call(app, "GET", "/api/Describeds/get?kind=object").status == 500
