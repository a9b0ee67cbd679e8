"""Real servers: a body that a lost connection cuts off, or that is badly framed, is the caller's mistake, and nothing of it is stored."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lbpy.types import Json

if TYPE_CHECKING:
    from tests.conftest import Server

PATIENCE = 30
"""Seconds that an answer may take on a busy machine."""

SITE = """
import sys
from wsgiref.simple_server import make_server

import lbpy
from lbpy import FormFile, PersistedModel, Upload, remote_method


class Note(PersistedModel):
    title: str | None = None

    @remote_method()
    @staticmethod
    def raw(upload: Upload) -> int:
        return sum(len(part) for part in upload)

    @remote_method()
    @staticmethod
    def file(file: FormFile) -> int:
        return file.size


app = lbpy.App()
app.model(Note, data_source=app.data_source("db", connector="memory"))

if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), app).serve_forever()
"""

JSON = ("/api/Notes", "application/json", b'{"title":"abcde"}')
FORM = ("/api/Notes", "application/x-www-form-urlencoded", b"title=abcde")
RAW = ("/api/Notes/raw", "video/mp4", b"abcde")
FILE = (
    "/api/Notes/file",
    "multipart/form-data; boundary=x",
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabcde\r\n--x--\r\n',
)
EACH = (JSON, FORM, RAW, FILE)

GUNICORNS = ("sync", "gthread", "gevent")


@pytest.fixture
def start(tmp_path: Path, serve: Callable[..., Server]) -> Callable[[str], Server]:
    """Starts the site under a kind of gunicorn's workers, or under the server of the standard library."""
    (tmp_path / "notes_app.py").write_text(SITE, "utf-8")

    def started(kind: str) -> Server:
        if kind not in GUNICORNS:
            return serve("notes_app", "{port}")
        return serve("gunicorn", "-c", "python:lbpy.gunicorn", "--worker-class", kind, "--bind", "127.0.0.1:{port}", "notes_app:app")

    return started


def send(server: Server, path: str, content_type: str, framing: str, sent: bytes) -> tuple[int, Json]:
    """Post so much of a body, and no more; gives status and body of the answer."""
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {content_type}\r\n{framing}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(head.encode() + sent)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            told, _, body = answer.read().partition(b"\r\n\r\n")
    return int(told.split()[1]), json.loads(body)


def chunked(body: bytes) -> bytes:
    return b"".join(b"1\r\n%c\r\n" % one for one in body) + b"0\r\n\r\n"


@pytest.mark.parametrize("kind", [*GUNICORNS, "wsgiref"])
def test_a_body_shorter_than_it_was_declared_is_refused(start: Callable[[str], Server], kind: str) -> None:
    server = start(kind)
    for path, content_type, body in EACH:
        length = f"Content-Length: {len(body)}"
        for sent in (body[:-1], b""):
            status, told = send(server, path, content_type, length, sent)
            assert (status, told["error"]["message"]) == (400, "request size did not match content length")  # type: ignore[index, call-overload]
        assert server.request("/api/Notes/count") == (200, {"count": 0})
    _check_whole(server, lambda body: (f"Content-Length: {len(body)}", body))


@pytest.mark.parametrize("kind", GUNICORNS)
def test_chunks_that_are_cut_off_or_badly_framed_are_refused(start: Callable[[str], Server], kind: str) -> None:
    server = start(kind)
    for path, content_type, body in EACH:
        whole = chunked(body)
        for sent in (whole[:-5], whole[:-9], b"zz\r\n" + body, b"1\r\nabc", b""):
            assert send(server, path, content_type, "Transfer-Encoding: chunked", sent)[0] == 400, (path, sent)
        assert server.request("/api/Notes/count") == (200, {"count": 0})
    _check_whole(server, lambda body: ("Transfer-Encoding: chunked", chunked(body)))


def _check_whole(server: Server, framed: Callable[[bytes], tuple[str, bytes]]) -> None:
    """Whole bodies are taken, and nothing before was an error of the server."""
    answers = [send(server, path, content_type, *framed(body)) for path, content_type, body in EACH]
    assert answers == [(200, {"title": "abcde", "id": 1}), (200, {"title": "abcde", "id": 2}), (200, 5), (200, 5)]
    assert "Traceback" not in server.log.read_text("utf-8")
