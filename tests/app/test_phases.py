"""The chain: who runs when, for which requests, around which applications."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import falcon
import pytest
from falcon import Request as Req
from falcon import Response as Resp
from falcon import testing
from falcon.routing import DefaultRouter

from lbpy.app.entries import Entry, PhaseList
from lbpy.app.phases import (
    ROUTER,
    Host,
    Target,
    as_target,
    build,
    error_step,
    falcon_middleware,
    findings,
    handler,
    wsgi_app,
    wsgi_middleware,
)  # fmt: skip
from lbpy.errors import ClientError, ProjectError
from lbpy.testing import Client


class Item:
    def on_get(self, req: Req, resp: Resp) -> None:
        resp.media = {"trace": req.env.get("trace", []), "path": req.path}

    def on_post(self, req: Req, resp: Resp) -> None:
        resp.data = req.bounded_stream.read()

    def on_delete(self, req: Req, resp: Resp) -> None:
        raise RuntimeError("broken")

    def on_put(self, req: Req, resp: Resp) -> None:
        raise falcon.HTTPUnauthorized(description="who?", challenges=["Basic"])


def not_found(req: Req, resp: Resp) -> None:
    resp.status = 404
    resp.text = f"nobody at {req.path}"


def on_error(_req: Req, resp: Resp, error: Exception, _params: dict[str, Any]) -> None:
    resp.status = error.status if isinstance(error, ClientError) else 500
    resp.media = {"error": str(error)}


def host() -> Host:
    router = DefaultRouter()
    router.add_route("/item", Item())
    return Host(router, not_found, on_error)


def client(*entries: Entry, phases: PhaseList = PhaseList()) -> Client:  # noqa: B008 -- it is frozen
    return Client(build(entries, host(), phases))


class Tracer:
    """Falcon middleware that leaves its name wherever it passes."""

    def __init__(self, name: str) -> None:
        self.name = name

    def process_request(self, req: Req, resp: Resp) -> None:
        req.env.setdefault("trace", []).append(self.name)

    def process_response(self, req: Req, resp: Resp, resource: object, req_succeeded: bool) -> None:
        resp.append_header("X-Trace", self.name)


class Answering:
    """Falcon middleware that answers everything."""

    def process_request(self, req: Req, resp: Resp) -> None:
        resp.text = "early"
        resp.complete = True


def tracing(name: str) -> Callable[[WSGIApplication], WSGIApplication]:
    """Plain WSGI middleware that does the same."""

    def wrap(app: WSGIApplication) -> WSGIApplication:
        def run(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            environ.setdefault("trace", []).append(name)
            return app(environ, start_response)

        return run

    return wrap


def trace(client: Client, path: str = "/item") -> list[str]:
    seen: list[str] = client.get(path).json["trace"]
    return seen


# --- order and conditions


def test_without_entries_there_is_one_falcon_app() -> None:
    assert type(build([], host())) is falcon.App


def test_entries_run_in_the_order_of_their_phases() -> None:
    phases = ["routes:before", "auth:after", "initial", "auth", "auth:before"]
    assert trace(client(*(Entry(phase, Tracer(phase)) for phase in phases))) == [
        "initial", "auth:before", "auth", "auth:after", "routes:before"
    ]  # fmt: skip


def test_custom_phases_take_their_place() -> None:
    phases = PhaseList().merged(["initial", "own", "session"])
    entries = [Entry("session", Tracer("session")), Entry("own", Tracer("own")), Entry("initial", Tracer("initial"))]
    assert trace(client(*entries, phases=phases)) == ["initial", "own", "session"]


def test_several_entries_of_one_kind_all_run() -> None:
    assert trace(client(Entry("auth", Tracer("a")), Entry("auth", Tracer("a")))) == ["a", "a"]


def test_response_parts_run_from_the_inside_out() -> None:
    made = client(Entry("initial", Tracer("outer")), Entry("auth", Tracer("inner")))
    assert made.get("/item").headers["X-Trace"] == "inner, outer"


def test_a_response_part_runs_only_if_its_request_part_ran() -> None:
    made = client(Entry("initial", Tracer("a")), Entry("session", Answering()), Entry("auth", Tracer("never")))
    result = made.get("/item")
    assert (result.text, result.headers["X-Trace"]) == ("early", "a")


def test_after_an_error_the_response_parts_that_ran_still_do() -> None:
    def fail(_req: Req, _resp: Resp, _base: str) -> None:
        raise ClientError("no")

    made = client(Entry("initial", Tracer("a")), Entry("session", handler(fail)), Entry("auth", Tracer("never")))
    result = made.get("/item")
    assert (result.status, result.headers["X-Trace"]) == (400, "a")


def test_an_entry_sees_its_paths_only() -> None:
    entry = Entry("auth", Tracer("a"), paths=("/it", "/item"))
    assert trace(client(entry)) == ["a"]
    assert trace(client(Entry("auth", Tracer("a"), paths=("/it",)))) == []
    assert "X-Trace" not in client(entry).get("/items").headers


@pytest.mark.parametrize("path", ["/Legacy", "/legacy/", "/legacy/x", "//legacy//x"])
@pytest.mark.parametrize("configured", ["/legacy", "legacy/", "/leg*", "/:any"])
def test_paths_are_prefixes_of_whole_segments_in_any_case(path: str, configured: str) -> None:
    assert "X-Trace" in client(Entry("auth", Tracer("a"), paths=(configured,))).get(path).headers


def test_an_entry_sees_its_methods_only() -> None:
    made = client(Entry("auth", Tracer("a"), methods=frozenset({"POST"})))
    assert "X-Trace" not in made.get("/item").headers
    assert made.post("/item").headers["X-Trace"] == "a"


def test_a_handler_is_told_where_it_sits() -> None:
    bases: list[str] = []
    made = client(Entry("auth", handler(lambda req, resp, base: bases.append(base)), paths=("/item", "/x/:y")))
    made.get("/item")
    made.get("/x/1/2")
    assert bases == ["/item", "/x/1"]


def test_process_resource_runs_where_the_request_part_did() -> None:
    class Looking:
        def process_resource(self, req: Req, resp: Resp, resource: object, params: dict[str, Any]) -> None:
            resp.set_header("X-Resource", type(resource).__name__)

    assert client(Entry("auth", Looking())).get("/item").headers["X-Resource"] == "Item"
    assert "X-Resource" not in client(Entry("auth", Looking(), paths=("/other",))).get("/item").headers


def test_an_unknown_phase_is_refused() -> None:
    with pytest.raises(ProjectError, match="Unknown middleware phase nowhere"):
        client(Entry("nowhere", Tracer("a")))


# --- behind the routes


def test_entries_behind_the_routes_see_only_what_no_route_took() -> None:
    made = client(Entry("files", Answering()))
    assert made.get("/file").text == "early"
    assert trace(made) == []


def test_behind_the_routes_the_first_answer_counts() -> None:
    def answering(text: str) -> Target:
        def request(_req: Req, resp: Resp, _base: str) -> None:
            resp.text = text

        return handler(request)

    made = client(
        Entry("final", answering("third")), Entry("files", Tracer("a")), Entry("files", answering("second")),
        Entry("files", Tracer("never")),
    )  # fmt: skip
    result = made.get("/file")
    assert (result.text, result.headers["X-Trace"]) == ("second", "a")


def test_a_status_is_an_answer_too() -> None:
    def gone(_req: Req, resp: Resp, _base: str) -> None:
        resp.status = 410

    assert client(Entry("files", handler(gone))).get("/file").status == 410


def test_what_nobody_answers_is_not_found() -> None:
    result = client(Entry("files", Tracer("a"))).get("/file")
    assert (result.status, result.text) == (404, "nobody at /file")


def test_the_router_stands_where_it_is_put() -> None:
    assert client(Entry("auth", ROUTER), Entry("parse", Answering())).get("/item").json["trace"] == []


# --- errors


def test_errors_meet_the_application() -> None:
    assert client().delete("/item").json == {"error": "broken"}


def test_falcons_errors_look_like_all_others() -> None:
    result = client().put("/item")
    assert (result.status, result.json, result.headers["WWW-Authenticate"]) == (401, {"error": "who?"}, "Basic")


def test_error_steps_run_until_one_answers() -> None:
    def note(req: Req, resp: Resp, error: Exception, params: dict[str, Any]) -> None:
        resp.set_header("X-Seen", str(error))

    def answer(req: Req, resp: Resp, error: Exception, params: dict[str, Any]) -> None:
        resp.status = 418

    made = client(Entry("final:after", error_step(note)), Entry("final:after", error_step(answer)))
    result = made.delete("/item")
    assert (result.status, result.headers["X-Seen"], result.text) == (418, "broken", "")


def test_an_error_step_may_raise_another_error() -> None:
    def change(req: Req, resp: Resp, error: Exception, params: dict[str, Any]) -> None:
        raise ClientError(f"was {error}")

    made = client(Entry("final:after", error_step(change)), Entry("final:after", error_step(change)))
    assert made.delete("/item").json == {"error": "was was broken"}


def test_an_error_step_sees_its_paths_only() -> None:
    def answer(req: Req, resp: Resp, error: Exception, params: dict[str, Any]) -> None:
        resp.status = 418

    assert client(Entry("final", error_step(answer), paths=("/other",))).delete("/item").status == 500


def test_error_steps_serve_every_part_of_the_chain() -> None:
    def answer(req: Req, resp: Resp, error: Exception, params: dict[str, Any]) -> None:
        resp.text = f"caught {error}"

    def failing(app: WSGIApplication) -> WSGIApplication:
        def run(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if environ["PATH_INFO"] == "/cut":
                raise RuntimeError("cut")
            return app(environ, start_response)

        return run

    for before in ([], [Entry("initial", Tracer("a"))]):
        made = client(*before, Entry("auth", wsgi_middleware(failing)), Entry("final:after", error_step(answer)))
        assert made.get("/cut").text == "caught cut"
        assert made.delete("/item").text == "caught broken"


def test_headers_about_the_lost_body_do_not_stay_on_an_error() -> None:
    def spoil(_req: Req, resp: Resp, _resource: object, _succeeded: bool) -> None:
        resp.set_header("Content-Encoding", "gzip")
        raise RuntimeError("late")

    result = client(Entry("initial", handler(response=spoil))).get("/item")
    assert result.json == {"error": "late"}
    assert "content-encoding" not in result.headers


# --- plain WSGI middleware


def test_wsgi_middleware_wraps_what_follows_it() -> None:
    entries = [Entry("session", wsgi_middleware(tracing("cut"))), Entry("initial", Tracer("a")), Entry("auth", Tracer("b"))]
    made = client(*entries)
    assert trace(made) == ["a", "cut", "b"]
    assert made.get("/item").headers["X-Trace"] == "b, a"


def test_wsgi_middleware_may_come_first_and_more_than_once() -> None:
    made = client(Entry("initial", wsgi_middleware(tracing("a"))), Entry("initial", wsgi_middleware(tracing("b"))))
    assert trace(made) == ["a", "b"]
    assert made.get("/nothing").text == "nobody at /nothing"


def test_wsgi_middleware_behind_the_routes_sees_the_rest_only() -> None:
    made = client(Entry("files", wsgi_middleware(tracing("cut"))), Entry("final", Tracer("b")), Entry("final", Answering()))
    assert trace(made) == []
    result = made.get("/file")
    assert (result.text, result.headers["X-Trace"]) == ("early", "b")


def test_wsgi_middleware_sees_its_paths_and_methods_only() -> None:
    cut = wsgi_middleware(tracing("cut"))
    assert trace(client(Entry("auth", cut, paths=("/item",), methods=frozenset({"GET"})))) == ["cut"]
    assert trace(client(Entry("auth", cut, paths=("/other",)))) == []
    assert trace(client(Entry("auth", cut, methods=frozenset({"POST"})))) == []


def test_a_path_rewritten_in_falcon_holds_behind_a_cut() -> None:
    def rewrite(req: Req, _resp: Resp, _base: str) -> None:
        req.path = "/item"

    made = client(Entry("initial", handler(rewrite)), Entry("auth", wsgi_middleware(tracing("cut"))))
    assert made.get("/old").json == {"trace": ["cut"], "path": "/item"}


def test_the_body_of_a_request_survives_a_cut() -> None:
    made = client(Entry("initial", Tracer("a")), Entry("auth", wsgi_middleware(tracing("cut"))))
    assert made.post("/item", body="hello").text == "hello"


def test_a_resource_part_before_a_cut_is_a_finding() -> None:
    class Looking:
        def process_resource(self, req: Req, resp: Resp, resource: object, params: dict[str, Any]) -> None: ...

    cut = Entry("session", wsgi_middleware(tracing("cut")))
    (found,) = findings([Entry("initial", Looking(), name="early"), cut, Entry("auth", Looking())])
    assert found.startswith("early: process_resource never runs")


# --- mounted applications


Header = tuple[str, str]
TEXT: Header = ("Content-Type", "text/plain")


class Recorded:
    """A WSGI application that answers as it is told and remembers what it was asked."""

    def __init__(self, status: str = "200 OK", headers: Iterable[Header] = (TEXT,), body: Iterable[bytes] = ()) -> None:
        self.status, self.headers, self.body = status, list(headers), list(body)
        self.closed = 0
        self.asked: WSGIEnvironment = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.asked = environ
        start_response(self.status, self.headers)
        return self

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)

    def close(self) -> None:
        self.closed += 1


def raw(app: WSGIApplication, path: str, method: str = "GET") -> tuple[str, list[tuple[str, str]], bytes]:
    """Call as a server does, without any help."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    environ = testing.create_environ(path=path, method=method)

    def start(status: str, headers: list[tuple[str, str]], exc_info: object = None, /) -> Callable[[bytes], object]:
        started.append((status, headers))
        return lambda data: None

    result = app(environ, start)
    try:
        body = b"".join(result)
    finally:
        if close := getattr(result, "close", None):
            close()
    return *started[-1], body


@pytest.mark.parametrize("phase", ["initial", "routes:before", "routes", "routes:after", "files", "final:after"])
def test_an_application_is_mounted_in_any_phase(phase: str) -> None:
    app = Recorded(body=[b"le", b"gacy"])
    made = client(Entry(phase, wsgi_app(app), paths=("/legacy",)))
    assert made.get("/legacy/a%20b").text == "legacy"
    assert (app.asked["SCRIPT_NAME"], app.asked["PATH_INFO"], app.closed) == ("/legacy", "/a b", 1)
    assert trace(made) == []


def test_what_is_mounted_in_routes_comes_before_the_router() -> None:
    made = client(Entry("routes", ROUTER), Entry("routes", wsgi_app(Recorded(body=[b"app"])), paths=("/item",)))
    assert made.get("/item").text == "app"


def test_a_mount_at_the_root_keeps_the_path() -> None:
    app = Recorded()
    client(Entry("files", wsgi_app(app), paths=("/",))).get("/a/b")
    assert (app.asked["SCRIPT_NAME"], app.asked["PATH_INFO"]) == ("", "/a/b")


def test_a_mount_named_with_other_letters_is_shifted_by_bytes() -> None:
    app = Recorded()
    client(Entry("files", wsgi_app(app), paths=("/füße",))).get("/f%C3%BC%C3%9Fe/%C3%BC")
    assert app.asked["SCRIPT_NAME"].encode("latin-1").decode() == "/füße"
    assert app.asked["PATH_INFO"].encode("latin-1").decode() == "/ü"


def test_a_mounted_application_reads_the_body_itself() -> None:
    def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [TEXT])
        return [environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))]

    result = client(Entry("auth", Tracer("a")), Entry("routes", wsgi_app(echo))).post(
        "/x", body="a=1", headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert result.text == "a=1"


def test_a_generator_says_its_status_with_its_first_chunk() -> None:
    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("202 Accepted", [("Content-Type", "text/plain")])
        yield b"one"
        yield b"two"

    result = client(Entry("files", wsgi_app(app))).get("/x")
    assert (result.status, result.text) == (202, "onetwo")


def test_an_application_may_write() -> None:
    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [TEXT])(b"written ")
        return [b"returned"]

    assert client(Entry("files", wsgi_app(app))).get("/x").text == "written returned"


def test_headers_that_an_application_does_not_send_stay_absent() -> None:
    made = build([Entry("files", wsgi_app(Recorded("299 Odd", [("X-One", "1")], [b"x"])))], host())
    assert raw(made, "/x") == ("299 Odd", [("x-one", "1")], b"x")


def test_several_cookies_and_repeated_headers_survive() -> None:
    headers = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Link", "</a>"), ("Link", "</b>"), ("Content-Length", "0")]
    made = build([Entry("files", wsgi_app(Recorded(headers=headers)))], host())
    expected = [("content-length", "0"), ("link", "</a>, </b>"), ("set-cookie", "a=1"), ("set-cookie", "b=2")]
    assert sorted(raw(made, "/x")[1]) == expected


def test_headers_of_an_application_replace_those_set_around_it_but_vary_adds_up() -> None:
    def around(_req: Req, resp: Resp, _base: str) -> None:
        resp.set_headers({"Vary": "Origin", "Cache-Control": "no-store"})

    app = Recorded(headers=[TEXT, ("Vary", "Cookie, origin"), ("Cache-Control", "private")])
    result = client(Entry("initial", handler(around)), Entry("files", wsgi_app(app))).get("/x")
    assert (result.headers["Vary"], result.headers["Cache-Control"]) == ("Origin, Cookie", "private")


@pytest.mark.parametrize(("method", "status"), [("GET", "200 OK"), ("HEAD", "200 OK"), ("GET", "204 No"), ("GET", "304 Old")])
@pytest.mark.parametrize("through_cut", [False, True])
def test_every_body_is_closed_once(method: str, status: str, through_cut: bool) -> None:
    app = Recorded(status, body=[b"x", b"y"])
    cut = [Entry("session", wsgi_middleware(tracing("cut"))), Entry("initial", Tracer("a"))] if through_cut else []
    answer = raw(build([*cut, Entry("files", wsgi_app(app))], host()), "/x", method)
    assert app.closed == 1
    assert answer[2] == (b"xy" if (method, status) == ("GET", "200 OK") else b"")


def test_head_does_not_invent_a_length() -> None:
    made = build([Entry("files", wsgi_app(Recorded(body=[b"x"])))], host())
    assert raw(made, "/x", "HEAD")[1] == [("content-type", "text/plain")]


def test_a_body_that_an_error_replaces_is_closed() -> None:
    def fail(_req: Req, _resp: Resp, _resource: object, _succeeded: bool) -> None:
        raise RuntimeError("late")

    app = Recorded(body=[b"x"])
    result = client(Entry("initial", handler(response=fail)), Entry("files", wsgi_app(app))).get("/x")
    assert (result.json, app.closed) == ({"error": "late"}, 1)


def test_an_application_that_fails_is_an_error_and_is_closed() -> None:
    class Failing(Recorded):
        def __iter__(self) -> Iterator[bytes]:
            raise RuntimeError("broken inside")

    app = Failing()
    assert client(Entry("files", wsgi_app(app))).get("/x").json == {"error": "broken inside"}
    assert app.closed == 1


def test_an_application_that_says_nothing_is_an_error() -> None:
    result = client(Entry("files", wsgi_app(lambda environ, start: []))).get("/x")
    assert result.status == 500


def test_a_stream_is_not_read_ahead_further_than_its_first_chunk() -> None:
    pulled: list[int] = []

    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [])
        for number in range(3):
            pulled.append(number)
            yield b"x"

    build([Entry("files", wsgi_app(app))], host())(testing.create_environ(path="/x"), lambda *_: io.BytesIO().write)
    assert pulled == [0]


# --- what may be handed over


def test_callables_are_told_by_their_arguments() -> None:
    kinds = [type(as_target(thing)).__name__ for thing in (tracing("a"), Recorded(), on_error, Tracer("a"), ROUTER)]
    assert kinds == ["WsgiMiddleware", "WsgiApp", "ErrorStep", "Steps", "RouterMark"]


@pytest.mark.parametrize("thing", [object(), Tracer, "cors", lambda a, b, c: None])
def test_anything_else_is_refused(thing: object) -> None:
    with pytest.raises(ProjectError, match="is no middleware object"):
        build([Entry("auth", thing)], host())


def test_coroutines_are_refused() -> None:
    class Async:
        async def process_request(self, req: Req, resp: Resp) -> None: ...

    with pytest.raises(ProjectError, match="coroutine"):
        falcon_middleware(Async())
