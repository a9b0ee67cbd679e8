"""The client sends what a test says and shows what came back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import falcon
import pytest

import lbpy
from lbpy import Download, Model, PersistedModel, Upload, remote_method
from lbpy.errors import Conflict
from lbpy.testing import Answer, Client

closed: list[str] = []


class Note(PersistedModel):
    """Something to ask for."""

    text: str
    stars: int | None = None
    day: datetime | None = None


class Echo(Model):
    """Tells what it was sent."""

    @remote_method(verb="put")
    @staticmethod
    def told(req: falcon.Request, upload: Upload) -> dict[str, Any]:
        body = upload.read(-1).decode("latin-1")
        return {"body": body, "type": req.content_type, "query": req.query_string, "own": req.get_header("X-Own"), "ip": req.remote_addr}

    @remote_method(verb="get", path="/item/:name")
    @staticmethod
    def item(name: str) -> str:
        return name

    @remote_method(verb="get")
    @staticmethod
    def cookies(res: falcon.Response) -> None:
        res.set_cookie("a", "1")
        res.set_cookie("b", "2")

    @remote_method(verb="get")
    @staticmethod
    def page() -> Download:
        return Download("<p>é</p>", "text/html", filename="page.html")

    @remote_method(verb="get")
    @staticmethod
    def numbers() -> Iterator[bytes]:
        try:
            for number in range(1000):
                yield str(number).encode()
        finally:
            closed.append("numbers")

    @remote_method(verb="get")
    @staticmethod
    def fails() -> None:
        raise Conflict("taken", code="TAKEN")


@pytest.fixture
def client() -> Iterator[Client]:
    closed.clear()
    app = lbpy.App()
    app.model(Note, data_source=app.data_source("db", url="memory://"), public=True)
    app.model(Echo)
    with lbpy.testing.client(app) as client:
        yield client


def told(client: Client, **sent: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.put("/api/Echos/told", **sent).expect(200).json
    return found


# -- sending -----------------------------------------------------------------


def test_every_verb_is_sent(client: Client) -> None:
    note = client.post("/api/Notes", json={"text": "a"}).expect(200).json
    path = f"/api/Notes/{note['id']}"
    assert client.put(path, json={"text": "b"}).json["text"] == "b"
    assert client.patch(path, json={"stars": 3}).json == {**note, "text": "b", "stars": 3}
    assert (client.head(path).status, client.head(path).body) == (200, b"")
    assert client.options("/api/Notes").status < 500
    assert client.delete(path).json == {"count": 1}
    assert client.request("GET", path).status == 404


def test_conditions_are_sent_as_json(client: Client) -> None:
    for stars in (1, 2, 3):
        Note.create(text="n", stars=stars)
    assert [one["stars"] for one in client.get("/api/Notes", filter={"where": {"stars": {"gt": 1}}, "order": "stars DESC"}).json] == [3, 2]
    assert client.get("/api/Notes/count", where={"stars": 2}).json == {"count": 1}
    assert client.get("/api/Notes?filter[limit]=1", params={"filter[skip]": 2}).json[0]["stars"] == 3
    assert client.get("/api/Notes", filter="{broken").status == 400


def test_dates_are_sent_as_the_wire_has_them(client: Client) -> None:
    day = datetime(2020, 1, 2, tzinfo=UTC)
    assert client.post("/api/Notes", json={"text": "a", "day": day}).json["day"] == "2020-01-02T00:00:00.000Z"
    assert client.get("/api/Notes/count", where={"day": {"gte": day}}).json == {"count": 1}


def test_parameters_that_are_no_text_are_json(client: Client) -> None:
    query = told(client, params={"text": "a&b é", "flag": True, "list": [1], "nothing": None})["query"]
    assert query == "text=a%26b%20%C3%A9&flag=true&list=%5B1%5D&nothing=null"


def test_a_path_is_sent_as_it_is_written(client: Client) -> None:
    assert client.get("/api/Echos/item/a%2Fb").json == "a/b"
    assert client.get("/api/Echos/item/é ü").json == "é ü"
    assert client.get("/api/Echos/item/%FF").status == 400


def test_headers_of_the_client_and_of_the_request_go_together(client: Client) -> None:
    mine = client.with_headers({"X-Own": "client"})
    assert [told(one)["own"] for one in (client, mine)] == [None, "client"]
    assert told(mine, headers={"x-own": "request"})["own"] == "request"


def test_a_body_is_sent_as_it_is(client: Client) -> None:
    assert told(client, body=b"\x00\xff")["body"] == "\x00\xff"
    sent = told(client, body="text", headers={"Content-Type": "text/plain"})
    assert (sent["body"], sent["type"]) == ("text", "text/plain")


def test_a_form_is_urlencoded(client: Client) -> None:
    assert client.post("/api/Notes", form={"text": "a b", "stars": "2"}).json["text"] == "a b"
    assert told(client, form={"a": "1&"})["body"] == "a=1%26"


def test_files_are_multipart(client: Client) -> None:
    sent = told(client, form={"title": "cat"}, files={"photo": ('a"b.png', b"PNG")})
    kind, boundary = sent["type"].split("; boundary=")
    assert kind == "multipart/form-data"
    assert sent["body"] == (
        f'--{boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\ncat\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="a%22b.png"\r\nContent-Type: image/png\r\n\r\nPNG\r\n'
        f"--{boundary}--\r\n"
    )


def test_the_environ_may_say_what_a_server_would(client: Client) -> None:
    assert [told(client)["ip"], told(client, environ={"REMOTE_ADDR": "10.0.0.1"})["ip"]] == ["127.0.0.1", "10.0.0.1"]


# -- answers -----------------------------------------------------------------


def test_headers_are_found_in_any_case_and_all_of_a_name(client: Client) -> None:
    answer = client.get("/api/Echos/cookies").expect(204)
    assert [one.split(";")[0] for one in answer.headers.get_all("set-cookie")] == ["a=1", "b=2"]
    assert client.get("/api/Notes").headers["CONTENT-TYPE"] == "application/json; charset=utf-8"
    assert answer.headers["X-Absent"] is None


def test_an_answer_without_a_body_is_no_json(client: Client) -> None:
    answer = client.get("/api/Echos/cookies")
    assert (answer.body, answer.text, answer.json) == (b"", "", None)


def test_a_download_is_bytes_and_text(client: Client) -> None:
    answer = client.get("/api/Echos/page").expect(200)
    assert (answer.body, answer.text) == ("<p>é</p>".encode(), "<p>é</p>")
    with pytest.raises(AssertionError, match="GET /api/Echos/page answered 200 <p>é</p>, which is no JSON"):
        answer.json  # noqa: B018  -- reading it raises


def test_errors_are_loopbacks(client: Client) -> None:
    error = client.get("/api/Echos/fails").expect(409).error
    assert (error["statusCode"], error["message"], error["code"]) == (409, "taken", "TAKEN")
    with pytest.raises(AssertionError, match="no error"):
        client.get("/api/Notes").error  # noqa: B018  -- reading it raises


def test_another_status_than_expected_shows_the_body(client: Client) -> None:
    assert isinstance(client.get("/api/Notes").expect(404, 200), Answer)
    with pytest.raises(AssertionError, match=r'GET /api/Echos/fails answered 409 .*"taken".*, and not 200 or 204'):
        client.get("/api/Echos/fails").expect(200, 204)


# -- streams -----------------------------------------------------------------


def test_a_stream_is_made_as_it_is_read_and_closed_when_the_client_goes(client: Client) -> None:
    with client.stream("GET", "/api/Echos/numbers") as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/octet-stream")
        assert [next(answer.chunks), next(answer.chunks)] == [b"0", b"1"]
        assert closed == []
    assert closed == ["numbers"]


def test_what_is_left_of_a_stream_can_be_read_at_once(client: Client) -> None:
    with client.stream("GET", "/api/Echos/numbers") as answer:
        next(answer.chunks)
        assert answer.read().text.startswith("123")
    assert len(client.get("/api/Echos/numbers").body) == 2890


# -- applications ------------------------------------------------------------


def test_the_end_of_the_client_releases_the_classes() -> None:
    for _ in range(2):
        app = lbpy.App()
        app.model(Note, data_source=app.data_source("db", url="memory://"))
        with lbpy.testing.client(app) as client:
            client.post("/api/Notes", json={"text": "only"}).expect(200)
            assert Note.count() == 1


def test_any_wsgi_callable_can_be_called_and_is_held_to_the_protocol() -> None:
    def careless(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("204 No Content", [("Content-Type", "text/plain")])
        return []

    with pytest.raises(AssertionError, match="Content-Type"):
        lbpy.testing.client(careless).get("/")
