"""A real server takes in and gives out 200 MB and never holds them: its peak of memory stays where it was."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Server

MEGABYTES = 200
SIZE = MEGABYTES << 20
ALLOWED = 64 << 20
"""Bytes by which the peak may grow: a fraction of what goes through."""
CHUNK = bytes(1 << 20)
PATIENCE = 120
"""Seconds that one body may take on a busy machine."""

SITE = """
import resource
from collections.abc import Iterator
from typing import Annotated

import lbpy
from lbpy import Arg, Download, FormFile, Upload, remote_method


class File(lbpy.Model):
    @remote_method(verb="get")
    @staticmethod
    def peak() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    @remote_method(verb="get")
    @staticmethod
    def made(megabytes: int) -> Iterator[bytes]:
        return (bytes(1 << 20) for _ in range(megabytes))

    @remote_method(verb="get")
    @staticmethod
    def stored(path: str) -> Download:
        return Download(open(path, "rb"))

    @remote_method()
    @staticmethod
    def raw(upload: Upload) -> int:
        return sum(len(part) for part in upload)

    @remote_method()
    @staticmethod
    def form(file: Annotated[FormFile, Arg(limit=1 << 30)]) -> int:
        return sum(len(part) for part in file)


app = lbpy.App()
app.model(File)
"""


@pytest.fixture
def server(tmp_path: Path, serve: Callable[..., Server]) -> Server:
    (tmp_path / "files_app.py").write_text(SITE, "utf-8")
    words = ("--workers", "1", "--threads", "2", "--bind", "127.0.0.1:{port}", "files_app:app")
    return serve("gunicorn", "-c", "python:lbpy.gunicorn", *words, TMPDIR=str(tmp_path))


def ask(server: Server, verb: str, path: str, body: Any = None, **headers: str) -> int | bytes:
    """How many bytes came back, or what they were where they are few."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        connection.request(verb, f"/api/Files/{path}", body, headers, encode_chunked="Transfer-Encoding" in headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        start = answer.read(100)
        return len(start) + sum(len(part) for part in iter(lambda: answer.read(1 << 20), b"")) if len(start) == 100 else start


def large() -> Iterator[bytes]:
    return (CHUNK for _ in range(MEGABYTES))


def peak(server: Server) -> int:
    return int(json.loads(ask(server, "GET", "peak")))  # type: ignore[arg-type]  # a short answer is bytes


def test_large_bodies_go_through_without_being_held(server: Server, tmp_path: Path) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    tail = b"\r\n--b--\r\n"
    with (tmp_path / "stored").open("wb") as file:
        file.truncate(SIZE)
    ask(server, "POST", "raw", b"x")
    before = peak(server)

    assert ask(server, "GET", f"made?megabytes={MEGABYTES}") == SIZE
    assert ask(server, "GET", f"stored?path={tmp_path / 'stored'}") == SIZE
    assert ask(server, "POST", "raw", large(), **{"Content-Length": str(SIZE)}) == str(SIZE).encode()
    assert ask(server, "POST", "raw", large(), **{"Transfer-Encoding": "chunked"}) == str(SIZE).encode()
    form = (part for whole in ([head], large(), [tail]) for part in whole)
    told = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(len(head) + SIZE + len(tail))}
    assert ask(server, "POST", "form", form, **told) == str(SIZE).encode()

    assert peak(server) - before < ALLOWED
