"""What methods of an application's own return, as clients see it: values one by one, streams, statuses, headers, XML."""

from __future__ import annotations

import io
import json
from collections.abc import Generator, Iterator
from typing import Any

import pytest

import lbpy
from lbpy import Configuration, Model, PersistedModel, Returned, current, remote_method
from lbpy.errors import Conflict
from lbpy.model.declare import declared_with
from lbpy.remoting.method import XmlStyle
from lbpy.remoting.negotiation import offer_of
from lbpy.testing import Answer, Client
from lbpy.testing.sending import environ_of

ended: list[str] = []


class Secret(PersistedModel, hidden=["key"]):
    """A model with something to hide."""

    title: str
    key: str = "k"


class Feed(Model):
    """Values that come one by one."""

    @remote_method(verb="get")
    @staticmethod
    def numbers(upto: int) -> Iterator[int]:
        try:
            yield from range(upto)
        finally:
            ended.append("numbers")

    @remote_method(verb="get")
    @staticmethod
    def breaks(kind: str) -> Generator[dict[str, Any]]:
        yield {"a": 1}
        raise Conflict("taken") if kind == "client" else KeyError("secret")

    @remote_method(verb="get")
    @staticmethod
    def refused() -> Iterator[int]:
        raise Conflict("before anything was sent")

    @remote_method(verb="get")
    @staticmethod
    def secrets() -> Iterator[Secret]:
        yield from Secret.find()

    @remote_method(verb="get")
    @staticmethod
    def caller() -> Iterator[str]:
        yield current.request_id
        yield current.request_id

    @remote_method(verb="get", returns=Returned("it", "ReadableStream"))
    @staticmethod
    def raw() -> Any:
        return io.BytesIO(b"raw")

    @remote_method(verb="get", returns=Returned("it", "ReadableStream", json=True))
    @staticmethod
    def odd() -> Any:
        return {"no": "stream"}

    @remote_method(verb="get", returns=Returned("note", root=True, xml=XmlStyle("note", declaration=False)))
    @staticmethod
    def wrapped() -> dict[str, int]:
        return {"a": 1}


@pytest.fixture
def app() -> Iterator[lbpy.App]:
    ended.clear()
    with lbpy.App(configuration=Configuration(offer=offer_of(None, xml=True))) as app:
        app.model(Secret, data_source=app.data_source("db", connector="memory"))
        app.model(Feed)
        yield app


def events(answer: Answer) -> list[tuple[str, Any]]:
    """The events of an answer after the first line: (name, data)."""
    first, *blocks = answer.body.decode().split("\n\n")
    assert first == ":ok"
    pairs = [block.split("\n") for block in blocks if block]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in pairs]


ASK = {"HTTP_ACCEPT": "text/event-stream"}


def test_values_are_events_for_a_client_that_takes_these(app):
    answer = Client(app).get("/api/Feeds/numbers?upto=2", environ=ASK)
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["cache-control"] == "no-cache, no-transform"
    assert answer.headers["content-encoding"] == "x-no-compression"
    assert events(answer) == [("data", 0), ("data", 1), ("end", None)]


@pytest.mark.parametrize("format", ["event-stream", "event-source"])
def test_the_query_may_ask_for_events(app, format):
    assert events(Client(app).get(f"/api/Feeds/numbers?upto=0&_format={format}")) == [("end", None)]


def test_other_clients_get_a_json_text_a_line(app):
    answer = Client(app).get("/api/Feeds/numbers?upto=3", headers={"Accept": "*/*"})
    assert (answer.body, answer.headers["content-type"]) == (b"0\n1\n2\n", "application/json; boundary=NL")


def test_the_head_goes_out_before_the_first_value_and_the_end_closes_the_source(app):
    chunks = app(environ_of("GET", "/api/Feeds/numbers?upto=9", environ=ASK), lambda status, headers, exc_info=None: None)
    assert next(iter(chunks)) == b":ok\n\n"
    chunks.close()
    Client(app).head("/api/Feeds/numbers?upto=9")
    Client(app).get("/api/Feeds/numbers?upto=1")
    assert ended == ["numbers"]  # the first two never began


def test_what_fails_on_the_way_is_an_event_that_tells_no_secret(app, caplog):
    taken = {"statusCode": 409, "name": "Error", "message": "taken"}
    assert events(Client(app).get("/api/Feeds/breaks?kind=client", environ=ASK))[1] == ("error", taken)
    failed = {"statusCode": 500, "message": "Internal Server Error"}
    assert events(Client(app).get("/api/Feeds/breaks?kind=server", environ=ASK))[1] == ("error", failed)
    assert "secret" in caplog.text
    assert json.loads(Client(app).get("/api/Feeds/breaks?kind=client").body.splitlines()[-1]) == {"error": taken}


def test_what_fails_before_is_an_answer_of_its_own(app):
    assert Client(app).get("/api/Feeds/refused", environ=ASK).status == 409


def test_hidden_properties_stay_hidden(app):
    Secret.create(title="a")
    assert events(Client(app).get("/api/Feeds/secrets", environ=ASK))[0] == ("data", {"title": "a", "id": 1})


def test_a_stream_knows_its_request_to_the_end(app):
    (_, first), (_, second), _ = events(Client(app).get("/api/Feeds/caller", environ=ASK))
    assert first == second


def test_a_stream_of_bytes_is_sent_as_it_is_also_without_root(app):
    assert Client(app).get("/api/Feeds/raw").body == b"raw"


def test_a_stream_of_values_that_is_none_is_the_applications_mistake(app):
    assert Client(app).get("/api/Feeds/odd").status == 500


# -- XML ----------------------------------------------------------------------


def test_a_result_says_how_it_looks_as_xml(app):
    assert Client(app).get("/api/Feeds/wrapped", headers={"Accept": "text/xml"}).body == b"<note>\n  <a>1</a>\n</note>"


def test_a_result_in_json_says_how_it_looks_as_xml(app):
    xml = {"wrapperElement": "thing", "declaration": False}
    methods = {"act": {"returns": {"arg": "v", "root": True, "type": "object", "xml": xml}, "http": {"verb": "get"}}}
    cls = type("Thing", (PersistedModel,), {"__module__": __name__, "act": staticmethod(lambda: {"b": 2})})
    app.model(declared_with(cls, {"name": "Thing", "methods": methods}, Model), data_source="db")
    assert Client(app).get("/api/Things/act", headers={"Accept": "text/xml"}).body == b"<thing>\n  <b>2</b>\n</thing>"


# -- statuses -----------------------------------------------------------------


def test_statuses_of_success_and_failure_as_json_says_them():
    def act(fail):
        if fail:
            raise ValueError("odd")

    methods = {"act": {"accepts": {"arg": "fail", "type": "boolean"}, "http": {"verb": "post", "status": 201, "errorStatus": 418}}}
    cls = type("Thing", (Model,), {"__module__": __name__, "act": staticmethod(act)})
    with lbpy.App() as app:
        app.model(declared_with(cls, {"name": "Thing", "methods": methods}, Model))
        assert Client(app).post("/api/Things/act").expect(201).body == b""
        failed = Client(app).post("/api/Things/act", json={"fail": True})
        assert (failed.status, failed.json["error"]["message"]) == (418, "odd")
