"""Requests reach the application as gunicorn would hand them over."""

from typing import Any
from wsgiref.types import StartResponse

import pytest

from .client import Request, build, environ_of, send


@pytest.mark.parametrize(
    ("path", "raw", "decoded"),
    [
        ("/api/a%2Fb", "/api/a%2Fb", "/api/a/b"),
        ("/api/notes?x=1", "/api/notes?x=1", "/api/notes"),
        ("/api/ä b", "/api/%C3%A4%20b", "/api/\xc3\xa4 b"),
        ("//api", "//api", "//api"),
    ],
)
def test_the_raw_path_stays_beside_the_decoded_one(path: str, raw: str, decoded: str) -> None:
    environ = environ_of(build({"path": path}, {}))
    assert (environ["RAW_URI"], environ["PATH_INFO"]) == (raw, decoded)


def test_a_query_of_objects_goes_out_as_json() -> None:
    environ = environ_of(build({"path": "/n", "query": {"filter": {"limit": 1}, "a[]": [1, 2]}}, {}))
    assert environ["QUERY_STRING"] == "filter=%7B%22limit%22%3A1%7D&a%5B%5D=1&a%5B%5D=2"


def test_a_variable_alone_keeps_its_type() -> None:
    request = build({"method": "POST", "path": "/n/${id}", "json": {"id": "${id}", "text": "no ${id}"}}, {"id": 7})
    assert (request.target, request.body) == ("/n/7", b'{"id": 7, "text": "no 7"}')


def test_headers_are_overlaid_and_removed_whatever_their_case() -> None:
    request = build({"path": "/", "auth": "ann", "headers": {"accept": None, "X-A": 1}}, {"ann": "secret"})
    assert request.headers == {"Host": "127.0.0.1:3000", "User-Agent": "parity", "Authorization": "secret", "X-A": "1"}


def test_the_body_can_be_read_from_the_environment() -> None:
    environ = environ_of(Request("POST", "/", {"Host": "h", "Content-Type": "text/plain"}, b"hello"))
    assert (environ["wsgi.input"].read(), environ["CONTENT_LENGTH"], environ["CONTENT_TYPE"]) == (b"hello", "5", "text/plain")


def test_a_head_answer_has_no_body() -> None:
    def app(environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "a"), ("Set-Cookie", "b")])
        return [b"text"]

    answer = send(app, Request("HEAD", "/", {"Host": "h"}))
    assert (answer.status, answer.data, answer.headers["set-cookie"]) == (200, b"", ["a", "b"])


def test_the_response_body_is_closed() -> None:
    class Body(list[bytes]):
        closed = False

        def close(self) -> None:
            self.closed = True

    body = Body([b"x"])

    def app(environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [])
        return body

    assert send(app, Request("GET", "/", {"Host": "h"})).data == b"x"
    assert body.closed
