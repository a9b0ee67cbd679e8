"""Answers and errors in their forms, through a whole application: HTTP in, HTTP out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import falcon
import pytest

import lbpy
from lbpy.app.configuration import Configuration
from lbpy.remoting.negotiation import offer_of
from lbpy.remoting.problem import Telling
from lbpy.testing import Answer, Client

Files = dict[str, Any]
JSON = "application/json; charset=utf-8"
MODELS: Files = {"_meta": {"sources": ["../common/models"]}}


def client_of(configuration: Configuration | None = None) -> tuple[lbpy.App, Client]:
    class Memo(lbpy.PersistedModel):
        title: str
        n: float | None = None

    app = lbpy.App(configuration=configuration)
    app.model(Memo, data_source=app.data_source("db", connector="memory"))
    client = Client(app)
    client.post("/api/Memos", json={"title": "a & <b>"})
    return app, client


@pytest.fixture
def client() -> Iterator[Client]:
    app, client = client_of()
    with app:
        yield client


@pytest.fixture
def xml_client() -> Iterator[Client]:
    app, client = client_of(Configuration(offer=offer_of(None, xml=True)))
    with app:
        yield client


def get(client: Client, path: str, accept: str | None = None, **headers: str) -> Answer:
    return client.get(path, headers={**({"Accept": accept} if accept else {}), **headers})


# -- results -----------------------------------------------------------------


def test_a_result_as_xml(xml_client):
    answer = get(xml_client, "/api/Memos", "application/xml")
    assert answer.headers["content-type"] == "application/xml; charset=utf-8"
    assert answer.text.splitlines()[1:4] == ["<response>", "  <result>", "    <title>a &amp; &lt;b></title>"]


def test_a_result_as_xml_by_format_though_it_is_not_on_offer(client):
    assert get(client, "/api/Memos/count?_format=xml").text.endswith("<response>\n  <count>1</count>\n</response>")


@pytest.mark.parametrize("accept", ["application/javascript", "text/javascript"])
def test_a_result_as_a_script_that_calls_what_the_client_names(client, accept):
    answer = get(client, "/api/Memos/count?callback=a;b(c)", accept)
    assert answer.text == "/**/ typeof abc === 'function' && abc({\"count\":1});"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_script_has_no_line_ends_of_old_javascript(client):
    client.post("/api/Memos", json={"title": "x\u2028y\u2029z"})
    text = get(client, "/api/Memos/2?callback=f", "text/javascript").text
    assert "x\\u2028y\\u2029z" in text
    assert get(client, "/api/Memos/2").json["title"] == "x\u2028y\u2029z"


@pytest.mark.parametrize("query", ["", "?callback=", "?callback=();", "?callback[a]=b"])
def test_a_script_without_a_callback_is_json(client, query):
    answer = get(client, f"/api/Memos/count{query}", "application/javascript")
    assert (answer.headers["content-type"], answer.json) == (JSON, {"count": 1})


def test_a_callback_alone_makes_no_script(client):
    assert get(client, "/api/Memos/count?callback=f").json == {"count": 1}


@pytest.mark.parametrize("path", ["/api/Memos", "/api/Memos/1", "/api/Memos/count?_format=yaml"])
def test_what_the_client_does_not_take_is_406_in_plain_text(client, path):
    answer = get(client, path, "image/png")
    assert (answer.status, answer.text) == (406, "Not Acceptable")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_write_whose_answer_is_not_acceptable_does_not_happen(client):
    answer = client.post("/api/Memos", json={"title": "x"}, headers={"Accept": "text/html"})
    assert answer.status == 406
    assert get(client, "/api/Memos/count").json == {"count": 1}


def test_errors_before_a_write_are_told_though_its_answer_would_not_be_acceptable(client):
    missing = client.patch("/api/Memos/99", json={"n": 1}, headers={"Accept": "text/html"})
    broken = client.post("/api/Memos", body="{", headers={"Accept": "text/html", "Content-Type": "application/json"})
    assert (missing.status, broken.status) == (404, 400)
    assert missing.headers["content-type"].startswith("text/html")


# -- entity tags -------------------------------------------------------------


def test_what_was_read_has_a_weak_tag_and_is_not_sent_twice(client):
    first = get(client, "/api/Memos/1")
    tag = first.headers["etag"]
    again = get(client, "/api/Memos/1", **{"If-None-Match": f'"other", {tag}'})
    assert tag.startswith('W/"')
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert "content-type" not in again.headers


def test_a_changed_answer_is_sent_in_full(client):
    tag = get(client, "/api/Memos/1").headers["etag"]
    client.patch("/api/Memos/1", json={"n": 2})
    assert get(client, "/api/Memos/1", **{"If-None-Match": tag}).json["n"] == 2


def test_a_client_that_wants_no_cache_gets_the_whole(client):
    tag = get(client, "/api/Memos/1").headers["etag"]
    assert get(client, "/api/Memos/1", **{"If-None-Match": tag, "Cache-Control": "no-cache"}).status == 200


def test_any_tag_will_do_for_a_star(client):
    assert get(client, "/api/Memos/1", **{"If-None-Match": "*"}).status == 304


def test_writes_and_errors_are_never_not_modified(client):
    written = client.patch("/api/Memos/1", json={"n": 2}, headers={"If-None-Match": "*"})
    assert written.json["n"] == 2
    assert get(client, "/api/Memos/99", **{"If-None-Match": "*"}).status == 404


# -- forms of errors ---------------------------------------------------------


def test_an_error_as_a_page(client):
    answer = get(client, "/api/Memos/99", "text/html")
    assert answer.status == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    assert "MODEL_NOT_FOUND" in answer.text


@pytest.mark.parametrize(("path", "accept"), [("/api/Memos/99", "text/xml"), ("/api/Memos/99?_format=xml", None)])
def test_an_error_as_xml(client, path, accept):
    answer = get(client, path, accept)
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.text.splitlines() == [
        "<?xml version='1.0'?>",
        "<error>",
        "    <statusCode>404</statusCode>",
        "    <name>Error</name>",
        '    <message>Unknown "Memo" id "99".</message>',
        "    <code>MODEL_NOT_FOUND</code>",
        "</error>",
    ]


def test_an_error_in_an_unknown_format_is_json_with_a_warning(client):
    answer = client.post("/api/nowhere?_format=yaml")
    assert answer.json["error"]["statusCode"] == 404
    assert answer.headers["x-warning"] == 'Response _format "yaml" is not supported; used "json" instead'
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("query", ["_format=%0d%0aSet-Cookie:%20x", "_format[a]=b", "&".join(["_format=a"] * 1001)])
def test_no_query_breaks_the_answer_to_an_error(client, query):
    answer = client.get(f"/api/nowhere?{query}")
    assert answer.status == 404
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("accept", ["application/json", "text/html", "text/xml"])
def test_halves_of_surrogate_pairs_do_not_break_the_answer(client, accept):
    body = '{"title": {"\\ud800": "\\udc00 \\ud83d\\ude00"}}'
    headers = {"Content-Type": "application/json", "Accept": accept}
    answer = client.post("/api/Memos?_format=" + accept.rpartition("/")[2], body=body, headers=headers)
    assert 400 <= answer.status < 500
    assert answer.body.decode()


# -- which handler tells -----------------------------------------------------


def test_the_wrapper_has_the_name_that_was_configured():
    app, client = client_of(Configuration(telling=Telling(root="fault")))
    with app:
        assert "fault" in get(client, "/api/Memos/99").json
        assert "<fault>" in get(client, "/api/Memos/99", "text/xml").text
    app, client = client_of(Configuration(telling=Telling(root=None)))
    with app:
        assert get(client, "/api/Memos/99").json["statusCode"] == 404
        assert "<error>" in get(client, "/api/Memos/99", "text/xml").text


def test_what_nobody_answers_is_the_page_of_express_where_no_handler_is(client):
    answer = client.post("/nowhere?x=<i>", json={"a": 1})
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<pre>Cannot POST /nowhere</pre>" in answer.text


def test_errors_left_to_nobody_are_json_whatever_the_client_takes():
    app, client = client_of(Configuration(handle_errors=False, telling=Telling(debug=True)))
    with app:
        answer = get(client, "/api/Memos/99", "text/html")
    assert answer.headers["content-type"] == JSON
    assert "stack" not in answer.json["error"]


def test_errors_of_the_api_pass_by_error_middleware_only_where_they_are_handled_there():
    def teapot(req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]) -> None:
        resp.status = 418

    for handled, status in ((True, 404), (False, 418)):
        app, client = client_of(Configuration(handle_errors=handled))
        app.middleware("final:after", teapot)
        with app:
            assert get(client, "/api/Memos/99").status == status
            assert get(client, "/nowhere").status == 418


# -- projects ----------------------------------------------------------------


def booted(
    scaffold: Callable[[Files], Path], handle_errors: bool, params: Files | None, **error_handler: Any
) -> Client:
    config = {"remoting": {"rest": {"handleErrors": handle_errors}, "errorHandler": error_handler}}
    middleware: Files = {"routes": {"loopback#rest": {"paths": ["/api"]}}, "final": {"loopback#urlNotFound": {}}}
    handler: Files = {} if params is None else {"final:after": {"strong-error-handler": {"params": params}}}
    folder = scaffold(
        {
            "server/config.json": config,
            "server/middleware.json": {**middleware, **handler},
            "server/model-config.json": {**MODELS, "Note": {"dataSource": "db", "public": True}},
            "server/component-config.json": {},
        }
    )
    return Client(lbpy.boot(folder))


def test_errors_left_to_the_handler_in_middleware_are_told_as_its_params_say(scaffold):
    client = booted(scaffold, False, {"rootProperty": "fault", "defaultType": "xml", "negotiateContentType": False})
    assert "<fault>" in get(client, "/api/Notes/9", "text/html").text
    assert "<fault>" in get(client, "/nowhere", "text/html").text


def test_errors_of_the_api_are_told_as_its_own_handler_says(scaffold):
    client = booted(scaffold, True, {"rootProperty": "fault"}, rootProperty="problem", debug=True)
    assert list(get(client, "/api/Notes/9").json) == ["problem"]
    assert "stack" in get(client, "/api/nope").json["problem"]
    assert list(get(client, "/nowhere").json) == ["fault"]


def test_without_a_handler_errors_of_the_api_are_plain_json(scaffold):
    client = booted(scaffold, False, None, debug=True)
    answer = get(client, "/api/Notes/9", "text/html")
    assert set(answer.json["error"]) == {"statusCode", "name", "message", "code"}
    assert get(client, "/nowhere", "text/html").json["error"]["message"] == "Cannot GET /nowhere"


def test_a_model_without_a_store_has_its_place(scaffold):
    folder = scaffold(
        {
            "server/model-config.json": {**MODELS, "Bare": {"dataSource": "db", "public": True}},
            "common/models/bare.json": {"name": "Bare", "base": "Model", "plural": "bare", "properties": {"a": "string"}},
            "server/component-config.json": {},
        }
    )
    answer = get(Client(lbpy.boot(folder)), "/api/bare")
    assert answer.status == 404
    assert answer.json["error"]["message"] == 'Shared class "Bare" has no method handling GET /'
