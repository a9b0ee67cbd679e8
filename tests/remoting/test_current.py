"""`lbpy.current` is the request's own: in hooks, in streams, in threads and greenlets, and nothing outside a request."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import lbpy
from lbpy import PersistedModel, Principal, RemoteContext, current, remote_method
from lbpy.data.bound import bound_of
from lbpy.errors import OperatorError, Unauthorized
from lbpy.testing import Client
from lbpy.testing.sending import environ_of

from .crowd import Site, answer_of, kind, verb

STREAMED = 3


class Who(PersistedModel):
    """Tells who is calling."""

    owner: str | None = None

    @remote_method(verb="get")
    @staticmethod
    def me() -> str:
        return str(current.principal.id)

    @remote_method(verb="get")
    @staticmethod
    def stream() -> Iterator[bytes]:
        for _ in range(STREAMED):
            yield f"{current.principal.id} {current.request_id} {current.options['who']};".encode()

    @classmethod
    def options_from_request(cls, ctx: RemoteContext) -> dict[str, Any]:
        return {"who": ctx.req.get_header("X-Request-Id")}


@pytest.fixture
def app() -> Iterator[lbpy.App]:
    with lbpy.App(configuration=lbpy.Configuration(trust_proxy=True)) as app:
        app.model(Who, data_source=app.data_source("db", connector="memory"))
        yield app


def as_user(id: str) -> dict[str, Any]:
    return {"lbpy.principal": Principal("USER", id), "HTTP_X_REQUEST_ID": f"r-{id}"}


def test_without_an_authorizer_the_roles_are_those_that_the_principal_brought(app):
    seen: list[bool] = []
    Who.before_remote("me", lambda ctx: seen.extend(current.has_role(name) for name in ("editor", "manager")))
    Client(app).get("/api/Whos/me", environ={"lbpy.principal": Principal("USER", 1, frozenset({"editor"}))})
    Client(app).get("/api/Whos/me")
    assert seen == [True, False, False, False]
    with pytest.raises(OperatorError):
        current.has_role("editor")


def test_the_principal_of_the_request(app):
    assert Client(app).get("/api/Whos/me", environ=as_user("ann")).json == "ann"


def test_nobody_known_is_401(app):
    assert Client(app).get("/api/Whos/me").status == 401


def test_observers_see_it_and_can_narrow_what_is_read(app):
    Who.observe("access", observer := lambda ctx: ctx.query.setdefault("where", {}).update(owner=current.principal.id))
    try:
        for owner in ("ann", "bob"):
            Client(app).post("/api/Whos", json={"owner": owner}, environ=as_user(owner))
        assert [one["owner"] for one in Client(app).get("/api/Whos", environ=as_user("bob")).json] == ["bob"]
    finally:
        Who.remove_observer("access", observer)


def test_a_stream_sees_its_own_request_while_others_run(app):
    first, second = (stream_of(app, name) for name in ("ann", "bob"))
    told = [next(one).decode() for _ in range(STREAMED) for one in (first, second)]
    assert told == ["ann r-ann r-ann;", "bob r-bob r-bob;"] * STREAMED


def stream_of(app: lbpy.App, name: str) -> Iterator[bytes]:
    environ = environ_of("GET", "/api/Whos/stream", environ=as_user(name))
    return iter(app(environ, lambda status, headers, exc_info=None: None))


# -- a crowd

REQUESTS, CALLERS = 10_000, 16


def test_threads_never_mix(tmp_path):
    site, interval = Site(str(tmp_path)), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        assert site.run(REQUESTS, CALLERS) == []
    finally:
        sys.setswitchinterval(interval)
        site.app.close()
    assert site.doors.passed > 5 * REQUESTS


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import sys
from tests.remoting.crowd import Site
site = Site(sys.argv[1])
print(site.run(int(sys.argv[2]), int(sys.argv[3]))[:10], site.doors.passed)
"""


def test_greenlets_never_mix(tmp_path, root):
    words = [sys.executable, "-c", GREENLETS, str(tmp_path), str(REQUESTS), str(CALLERS)]
    ran = subprocess.run(words, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=False)
    wrong, _, passed = ran.stdout.strip().rpartition(" ")
    assert wrong == "[]", ran.stdout + ran.stderr
    assert int(passed) > 5 * REQUESTS


SERVED = """
from tests.remoting.crowd import Site
site = Site(".")
app = site.app
app.mount("/wrong", lambda environ, start: (start("200 OK", []), [repr((site.doors.wrong[:10], site.doors.passed)).encode()])[1])
"""


def test_a_real_worker_of_gevents_never_mixes(tmp_path, root, serve):
    (tmp_path / "served.py").write_text(SERVED, "utf-8")
    words = ("--worker-class", "gevent", "--workers", "1", "--bind", "127.0.0.1:{port}", "served:app")
    server = serve("gunicorn", "-c", "python:lbpy.gunicorn", *words, PYTHONPATH=str(root))

    def ask(n: int) -> bool:
        answer = server.request(f"/api/Whos/{kind(n)}", method=verb(n), headers={"X-User": f"u{n}", "X-Request-Id": f"r{n}"})
        return answer == (200, answer_of(n))

    with ThreadPoolExecutor(CALLERS) as pool:
        assert all(pool.map(ask, range(400)))
    assert server.request("/wrong", headers={"X-User": "u0", "X-Request-Id": "r0"})[1].startswith("([], ")


# -- transactions that requests leave open


class Slow(PersistedModel):
    """Writes inside a transaction that lasts as long as the answer, or longer."""

    @remote_method(verb="get")
    @staticmethod
    def written() -> Iterator[bytes]:
        with bound_of(Slow).source.transaction():
            yield str(Slow.create().id).encode()
            yield b"end"

    @remote_method(verb="get")
    @staticmethod
    def forgotten() -> str:
        block = bound_of(Slow).source.transaction()
        block.__enter__()
        KEPT.append(block)
        return str(Slow.create().id)


KEPT: list[Any] = []


@pytest.fixture
def slow(tmp_path) -> Iterator[lbpy.App]:
    with lbpy.App(root=tmp_path) as app:
        app.model(Slow, data_source=app.data_source("db", connector="sqlite", file="slow.db", autoupdate=True))
        yield app
        while KEPT:
            KEPT.pop().__exit__(KeyError, KeyError(), None)


def seen_by_another(app: lbpy.App) -> tuple[int, bool]:
    """What the next request of the same thread sees: how many rows there are, and whether a commit is at once."""
    made: list[bool] = []

    def look(ctx: RemoteContext) -> None:
        app.registry.source("db").on_commit(lambda: made.append(True))

    app.before_remote("Slow.count", look)
    return Client(app).get("/api/Slows/count").json["count"], made == [True]


def test_a_stream_with_an_open_transaction_has_it_to_itself(slow):
    body = iter(slow(environ_of("GET", "/api/Slows/written"), lambda *told: None))
    assert next(body) == b"1"
    assert seen_by_another(slow) == (0, True)
    assert list(body) == [b"end"]
    assert Slow.count() == 1


def test_a_client_that_leaves_ends_the_transaction_of_its_stream(slow):
    body = slow(environ_of("GET", "/api/Slows/written"), lambda *told: None)
    assert next(iter(body)) == b"1"
    body.close()
    assert Slow.count() == 0
    Slow.create()


def test_one_that_a_method_leaves_open_reaches_no_other_request(slow):
    assert Client(slow).get("/api/Slows/forgotten").json == "1"
    assert seen_by_another(slow) == (0, True)


def test_the_request_id_is_the_trusted_proxys_if_it_is_a_plain_one(app):
    seen: list[str] = []
    app.before_remote("**", lambda ctx: seen.extend([current.request_id, current.request_id]))
    Client(app).get("/api/Whos", headers={"X-Request-Id": "abc-1"})
    Client(app).get("/api/Whos", headers={"X-Request-Id": "a\nb"})
    Client(app).get("/api/Whos")
    assert seen[:2] == ["abc-1", "abc-1"]
    assert seen[2] == seen[3] != seen[4]
    assert len(seen[2]) == 32


def test_nobody_else_names_a_request():
    with lbpy.App() as app:
        app.model(Who, data_source=app.data_source("db", connector="memory"))
        seen: list[str] = []
        app.before_remote("**", lambda ctx: seen.append(current.request_id))
        environ = environ_of("GET", "/api/Whos", headers={"X-Request-Id": "abc-1"})
        b"".join(app(environ, lambda *told: None))
    assert seen == [environ["lbpy.request_id"]] != ["abc-1"]


def test_an_application_inside_another_keeps_the_id(app):
    seen: list[str] = []
    app.before_remote("**", lambda ctx: seen.append(current.request_id))
    with lbpy.App() as outer:
        outer.mount("/inner", app)
        environ = environ_of("GET", "/inner/api/Whos", headers={"X-Request-Id": "abc-1"})
        b"".join(outer(environ, lambda *told: None))
    assert seen == [environ["lbpy.request_id"]] != ["abc-1"]


def test_it_is_read_only(app):
    def write(ctx: RemoteContext) -> None:
        for change in (lambda: setattr(current, "principal", None), lambda: current.options.update(a=1)):
            with pytest.raises((AttributeError, TypeError)):
                change()

    app.before_remote("**", write)
    assert Client(app).get("/api/Whos").status == 200


def test_outside_a_request_there_is_nothing_and_asking_for_somebody_says_so():
    assert not current
    assert not current.authenticated
    assert current.options == {}
    with pytest.raises(OperatorError, match="outside a request"):
        _ = current.principal
    with pytest.raises(OperatorError, match="outside a request"):
        _ = current.request_id


def test_nothing_is_left_after_a_request(app):
    Client(app).get("/api/Whos/me", environ=as_user("ann"))
    assert not current


def test_nobody_known_raises_unauthorized_in_code_too(app):
    seen = []

    def look(ctx: RemoteContext) -> None:
        assert not current.authenticated
        with pytest.raises(Unauthorized):
            _ = current.principal
        seen.append(True)

    app.before_remote("**", look)
    Client(app).get("/api/Whos")
    assert seen == [True]
