"""Bodies by parts: what comes in is read as it comes, what goes out is made as it is sent, and neither is held as a whole."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import falcon
import pytest

import lbpy
from lbpy import Arg, Download, Model, Returned, Upload, remote_method
from lbpy.errors import Conflict
from lbpy.remoting.streams import BodyReader
from lbpy.testing import Client

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
    def told(name: str = "", type: str = "text/plain") -> Download:
        return Download(b"x", type, headers={"X-Name": name})

    @remote_method(verb="get", returns=Returned(target="header", header="X-Name"))
    @staticmethod
    def headed(name: str) -> str:
        return name

    @remote_method(verb="get")
    @staticmethod
    def misnamed() -> Download:
        def parts() -> Iterator[bytes]:
            try:
                yield b"x"
            finally:
                closed.append("misnamed")

        return Download(parts(), headers={"X Name": "x"})

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
    def named(name: Annotated[str, Arg(source="form")]) -> str:
        return name

    @remote_method(verb="put")
    @staticmethod
    def both(name: Annotated[str, Arg(source="form")], upload: Upload) -> list[Any]:
        return [name, sum(len(part) for part in upload)]

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
    Client(app).get("/api/Files/page")

    def run() -> None:
        with Client(app).stream("GET", "/api/Files/big?megabytes=50") as answer:
            assert sum(len(one) for one in answer.chunks) == 50 * MEGABYTE

    assert peak_of(run) < 8 * MEGABYTE
    assert closed == ["big"]


def test_a_large_body_is_never_held(app):
    Client(app).get("/api/Files/page")

    def run() -> None:
        body = {"wsgi.input": Zeros(50 * MEGABYTE), "CONTENT_LENGTH": str(50 * MEGABYTE), "CONTENT_TYPE": "video/mp4"}
        answer = Client(app).put("/api/Files/size?name=x", environ=body)
        assert answer.json == {"size": 50 * MEGABYTE, "name": "x", "type": "video/mp4", "length": 50 * MEGABYTE}

    assert peak_of(run) < 8 * MEGABYTE


def test_a_body_goes_through_as_it_comes(app):
    answer = Client(app).put("/api/Files/back", body=b"abc", headers={"Content-Type": "application/octet-stream"})
    assert answer.body == b"abc"
    assert answer.headers["content-type"] == "application/octet-stream"


class Drips(io.BytesIO):
    """A body that gives less than it is asked for."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 2))


def test_a_stream_that_gives_less_than_it_has_is_read_to_its_end(app):
    sent = {"wsgi.input": Drips(b'{"name": "drips"}'), "CONTENT_LENGTH": "17", "CONTENT_TYPE": "application/json"}
    assert Client(app).put("/api/Files/size", environ=sent).json["size"] == 17
    sent["wsgi.input"] = Drips(b'{"name": "drips"}')
    assert Client(app).put("/api/Files/named", environ=sent).json == "drips"


class Taker:
    """Middleware that reads bodies."""

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.bounded_stream.read()


def test_what_a_middleware_has_read_is_not_missed(app):
    app.middleware("initial", Taker())
    assert Client(app).put("/api/Files/size", json={"name": "x"}).json["size"] == 0
    assert Client(app).put("/api/Files/named", json={"name": "x"}).status == 400


def test_a_body_that_was_parsed_is_no_upload_any_more(app):
    assert Client(app).put("/api/Files/both", json={"name": "x"}).json == ["x", 0]


def test_an_upload_is_not_parsed_even_if_it_is_json(app):
    assert Client(app).put("/api/Files/size", json={"name": "never"}).json["name"] == ""


def test_a_body_over_the_limit_is_413_whether_declared_or_not(app):
    assert Client(app).put("/api/Files/small", body=b"x" * 10, headers={"Content-Type": "application/octet-stream"}).json == 10
    assert Client(app).put("/api/Files/small", body=b"x" * 11, headers={"Content-Type": "application/octet-stream"}).status == 413
    chunked = {"wsgi.input": io.BytesIO(b"x" * 11), "HTTP_TRANSFER_ENCODING": "chunked"}
    assert Client(app).put("/api/Files/small", environ=chunked).status == 413


def test_what_fails_before_the_first_part_is_an_answer_of_its_own(app):
    assert Client(app).get("/api/Files/fails?first=true").status == 409
    assert Client(app).get("/api/Files/fails?first=false").body == b"a"


def test_a_download_tells_type_name_and_headers_whatever_the_client_takes(app):
    answer = Client(app).get("/api/Files/page", headers={"Accept": "text/html"})
    assert answer.body == b"text"
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["x-own"] == "yes"
    assert answer.headers["content-disposition"] == "attachment; filename=\"tea.txt\"; filename*=UTF-8''tea.txt"


def test_a_name_cannot_break_out_of_its_header(app):
    told = Client(app).get("/api/Files/page?name=a%22%0D%0AX-Evil:1%C3%A9").headers["content-disposition"]
    assert told == "attachment; filename=\"a___X-Evil:1_\"; filename*=UTF-8''a%22%0D%0AX-Evil%3A1%C3%A9"


NAME = "a\r\nSet-Cookie: x=1\u20ac\xe9"
ENCODED = "a%0D%0ASet-Cookie: x=1%E2%82%AC\xe9"


def test_what_a_client_says_cannot_break_out_of_a_header(app):
    assert Client(app).get(f"/api/Files/told?name={quote(NAME)}").headers["x-name"] == ENCODED
    assert Client(app).get(f"/api/Files/headed?name={quote(NAME)}").headers["x-name"] == ENCODED


def test_a_type_that_cannot_be_one_is_that_of_unknown_bytes(app):
    answer = Client(app).get(f"/api/Files/told?type={quote(NAME)}")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/octet-stream")


def test_a_name_that_is_none_is_the_applications_mistake_and_closes_the_stream(app):
    closed.clear()
    answer = Client(app).get("/api/Files/misnamed")
    assert answer.status == 500
    assert answer.json["error"]["statusCode"] == 500
    assert closed == ["misnamed"]


def test_a_file_is_read_by_parts_and_closed(app, tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(b"p" * 200_000)
    answer = Client(app).get(f"/api/Files/disk?path={path}")
    assert len(answer.body) == 200_000
    assert answer.headers["content-type"] == "image/png"


def test_a_client_that_goes_away_and_head_close_the_stream(app):
    with Client(app).stream("GET", "/api/Files/big?megabytes=5") as answer:
        next(answer.chunks)
    assert closed == ["big"]
    assert Client(app).head("/api/Files/big?megabytes=5").body == b""
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
        answer = Client(app).get("/api/Describeds/get?kind=bytes")
        assert (answer.body, answer.headers["content-type"]) == (b"b", "text/css")
        answer = Client(app).get("/api/Describeds/get?kind=text")
        assert (answer.body, answer.headers["content-type"]) == (b"t", "application/json; charset=utf-8")
        assert Client(app).get("/api/Describeds/get?kind=object").status == 500


@pytest.mark.parametrize(("length", "size"), [(None, None), (None, 5000), (5000, None), (5000, 5000)])
def test_a_server_that_gives_less_than_it_was_asked_for_cuts_nothing(length, size):
    class Slow(io.BytesIO):
        def read(self, size=-1, /):
            return super().read(700 if size < 0 else min(size, 700))

    assert BodyReader(Slow(b"x" * 5000), length).read(size) == b"x" * 5000
