"""`lbpy.current` is the request's own: in hooks, in streams, in threads and greenlets, and nothing outside a request."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import lbpy
from lbpy import PersistedModel, Principal, RemoteContext, current, remote_method
from lbpy.errors import OperatorError, Unauthorized

from .client import call, environ_of

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


def test_the_principal_of_the_request(app):
    assert call(app, "GET", "/api/Whos/me", **as_user("ann")).json == "ann"


def test_nobody_known_is_401(app):
    assert call(app, "GET", "/api/Whos/me").status == 401


def test_observers_see_it_and_can_narrow_what_is_read(app):
    Who.observe("access", observer := lambda ctx: ctx.query.setdefault("where", {}).update(owner=current.principal.id))
    try:
        for owner in ("ann", "bob"):
            call(app, "POST", "/api/Whos", {"owner": owner}, **as_user(owner))
        assert [one["owner"] for one in call(app, "GET", "/api/Whos", **as_user("bob")).json] == ["bob"]
    finally:
        Who.remove_observer("access", observer)


def test_a_stream_sees_its_own_request_while_others_run(app):
    first, second = (stream_of(app, name) for name in ("ann", "bob"))
    told = [next(one).decode() for _ in range(STREAMED) for one in (first, second)]
    assert told == ["ann r-ann r-ann;", "bob r-bob r-bob;"] * STREAMED


def stream_of(app: lbpy.App, name: str) -> Iterator[bytes]:
    environ = environ_of("GET", "/api/Whos/stream", **as_user(name))
    return iter(app(environ, lambda status, headers, exc_info=None: None))


def test_threads_never_mix(app):
    def ask(n: int) -> bool:
        name = f"u{n % 16}"
        if n % 10 == 0:
            return call(app, "GET", "/api/Whos/stream", **as_user(name)).raw == f"{name} r-{name} r-{name};".encode() * STREAMED
        return bool(call(app, "GET", "/api/Whos/me", **as_user(name)).json == name)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(2000)))


GREENLETS = """
from gevent import monkey; monkey.patch_all()
import gevent, json, lbpy
from lbpy import Principal, current
from wsgiref.util import setup_testing_defaults

class Who(lbpy.Model):
    @lbpy.remote_method(verb="get")
    @staticmethod
    def me() -> str:
        gevent.sleep(0.001)
        return str(current.principal.id)

    @lbpy.remote_method(verb="get")
    @staticmethod
    def stream() -> "Iterator[bytes]":
        for _ in range(3):
            gevent.sleep(0)
            yield str(current.principal.id).encode()

from collections.abc import Iterator
app = lbpy.App()
app.model(Who)

def ask(n):
    path = "/api/Whos/stream" if n % 10 == 0 else "/api/Whos/me"
    env = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "lbpy.principal": Principal("USER", f"u{n}")}
    setup_testing_defaults(env)
    text = b"".join(app(env, lambda *told: None)).decode()
    return text == (f"u{n}" * 3 if n % 10 == 0 else json.dumps(f"u{n}"))

jobs = [gevent.spawn(ask, n) for n in range(1000)]
gevent.joinall(jobs)
print(all(job.value for job in jobs))
"""


def test_greenlets_never_mix():
    pytest.importorskip("gevent")
    ran = subprocess.run([sys.executable, "-c", GREENLETS], capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "True", ran.stderr


def test_the_request_id_is_the_trusted_proxys_if_it_is_a_plain_one(app):
    seen: list[str] = []
    app.before_remote("**", lambda ctx: seen.extend([current.request_id, current.request_id]))
    call(app, "GET", "/api/Whos", HTTP_X_REQUEST_ID="abc-1")
    call(app, "GET", "/api/Whos", HTTP_X_REQUEST_ID="a\nb")
    call(app, "GET", "/api/Whos")
    assert seen[:2] == ["abc-1", "abc-1"]
    assert seen[2] == seen[3] != seen[4]
    assert len(seen[2]) == 32


def test_nobody_else_names_a_request():
    with lbpy.App() as app:
        app.model(Who, data_source=app.data_source("db", connector="memory"))
        seen: list[str] = []
        app.before_remote("**", lambda ctx: seen.append(current.request_id))
        environ = environ_of("GET", "/api/Whos", HTTP_X_REQUEST_ID="abc-1")
        b"".join(app(environ, lambda *told: None))
    assert seen == [environ["lbpy.request_id"]] != ["abc-1"]


def test_an_application_inside_another_keeps_the_id(app):
    seen: list[str] = []
    app.before_remote("**", lambda ctx: seen.append(current.request_id))
    with lbpy.App() as outer:
        outer.mount("/inner", app)
        environ = environ_of("GET", "/inner/api/Whos", HTTP_X_REQUEST_ID="abc-1")
        b"".join(outer(environ, lambda *told: None))
    assert seen == [environ["lbpy.request_id"]] != ["abc-1"]


def test_it_is_read_only(app):
    def write(ctx: RemoteContext) -> None:
        for change in (lambda: setattr(current, "principal", None), lambda: current.options.update(a=1)):
            with pytest.raises((AttributeError, TypeError)):
                change()

    app.before_remote("**", write)
    assert call(app, "GET", "/api/Whos").status == 200


def test_outside_a_request_there_is_nothing_and_asking_for_somebody_says_so():
    assert not current
    assert not current.authenticated
    assert current.options == {}
    with pytest.raises(OperatorError, match="outside a request"):
        _ = current.principal
    with pytest.raises(OperatorError, match="outside a request"):
        _ = current.request_id


def test_nothing_is_left_after_a_request(app):
    call(app, "GET", "/api/Whos/me", **as_user("ann"))
    assert not current


def test_nobody_known_raises_unauthorized_in_code_too(app):
    seen = []

    def look(ctx: RemoteContext) -> None:
        assert not current.authenticated
        with pytest.raises(Unauthorized):
            _ = current.principal
        seen.append(True)

    app.before_remote("**", look)
    call(app, "GET", "/api/Whos")
    assert seen == [True]
