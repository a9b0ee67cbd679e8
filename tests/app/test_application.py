"""App: composing models and sources, several applications in one process, contexts of requests, and what is opened when."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import falcon
import pytest

import lbpy
from lbpy import Model, PersistedModel, prop
from lbpy.errors import DefinitionError, OperatorError, PluginError, UnboundError
from lbpy.testing import Answer, Client

WHO: ContextVar[str] = ContextVar("who", default="nobody")


def get(app: Any, path: str, method: str = "GET", **more: Any) -> Answer:
    return Client(app).request(method, path, **more)


def note() -> type[PersistedModel]:
    """A class of its own for each test."""

    class Note(PersistedModel):
        title: str | None = None

    return Note


@pytest.fixture
def make() -> Iterator[Callable[..., lbpy.App]]:
    """Makes applications with a memory source "db" and the given classes, closed when the test ends."""
    made: list[lbpy.App] = []

    def app(*classes: type[Model]) -> lbpy.App:
        one = lbpy.App()
        made.append(one)
        one.data_source("db", connector="memory")
        for cls in classes:
            one.model(cls, data_source="db")
        return one

    yield app
    for one in made:
        one.close()


# -- models


def test_a_model_is_served_and_given_back(make):
    app, cls = make(), note()
    assert app.model(cls, data_source="db") is cls
    cls.create(title="a")
    assert get(app, "/api/Notes").json == [{"title": "a", "id": 1}]


@pytest.mark.parametrize(("public", "one", "many"), [(None, 200, 404), (True, 200, 200), (False, 404, 404)])
def test_how_much_of_a_model_is_served(make, public, one, many):
    app = make()
    app.model(note(), data_source="db", public=public)
    assert get(app, "/api/Notes").status == one
    assert get(app, "/api/Notes/update?where={}", "POST", json={"title": "a"}).status == many


def test_a_model_may_be_served_later(make):
    app = make()
    assert get(app, "/api/Notes").status == 404
    app.model(note(), data_source="db")
    assert get(app, "/api/Notes").status == 200


def test_a_source_may_be_named_or_given(make):
    app, cls = make(), note()
    source = app.data_source("other", connector="memory")
    app.model(cls, data_source=source)
    assert app.registry.source("other") is source


def test_nested_models_need_not_be_told(make):
    class Town(Model):
        name: str

    class House(PersistedModel):
        town: Town
        towns: list[Town] = prop(factory=list)

    app = make(House)
    status = get(app, "/api/Houses", "POST", json={"town": {"name": "Rome"}, "towns": [{"name": ""}]})
    assert status.status == 422
    assert House.create(town=Town(name="Rome")).town.name == "Rome"


@pytest.mark.parametrize("name", ["none", "Memory2"])
def test_an_unknown_connector_is_named(make, name):
    with pytest.raises(PluginError, match=name):
        make().data_source("x", connector=name)


@pytest.mark.parametrize(
    ("url", "connector"), [("memory://", "memory"), ("sqlite:///notes.db", "sqlite"), ("mongodb+srv://host/notes", "mongodb")]
)
def test_a_url_names_the_connector_by_its_scheme(make: Callable[..., lbpy.App], url: str, connector: str) -> None:
    assert make().data_source("other", url=url).connector.name == connector


@pytest.mark.parametrize("settings", [{}, {"url": "notes.db"}, {"file": "notes.db"}])
def test_a_source_without_connector_and_url_says_what_to_give(make: Callable[..., lbpy.App], settings: dict[str, Any]) -> None:
    with pytest.raises(OperatorError, match=r"data source other: say connector=\.\.\. or url="):
        make().data_source("other", **settings)


def test_mistakes_in_a_declaration_are_told_when_the_class_is_bound(make):
    class Bad(PersistedModel):
        a: Nobody  # noqa: F821  # known to nobody

    with pytest.raises(DefinitionError, match=r"Bad\.a"):
        make().model(Bad, data_source="db")


def test_a_class_that_could_not_be_bound_leaves_nothing_behind(make):
    class Bad(PersistedModel):
        a: Nobody  # noqa: F821  # known to nobody

    app = make()
    with pytest.raises(DefinitionError):
        app.model(Bad, data_source="db")
    with pytest.raises(UnboundError):
        Bad.count()
    assert get(app, "/api/Bads").status == 404


# -- bindings


def test_a_class_belongs_to_one_application_at_a_time(make):
    cls = note()
    make(cls)
    with pytest.raises(OperatorError, match=r"Note is bound already; close\(\) the application that bound it first"):
        make(cls)


def test_one_name_is_one_model(make):
    app = make(note())
    with pytest.raises(OperatorError, match="this application has a model called Note already"):
        app.model(note(), data_source="db")


def test_closing_releases_the_classes(make):
    cls = note()
    with lbpy.App() as app:
        app.data_source("db", connector="memory")
        app.model(cls, data_source="db")
        cls.create(title="a")
    with pytest.raises(UnboundError):
        cls.count()
    make(cls)
    assert cls.count() == 0


def test_subclasses_are_not_bound(make):
    cls = note()

    class Memo(cls):
        pass

    app = make(cls)
    with pytest.raises(UnboundError, match="Memo"):
        Memo.count()
    app.model(Memo, data_source="db")
    Memo.create(title="m")
    assert (cls.count(), Memo.count()) == (0, 1)


def test_two_applications_know_nothing_of_each_other(make):
    first, second = note(), note()
    one, other = make(first), make(second)
    first.create(title="one")
    second.observe("before save", lambda ctx: setattr(ctx.instance, "title", "other"))
    assert get(other, "/api/Notes", "POST", json={"title": "x"}).json["title"] == "other"
    assert [each["title"] for each in get(one, "/api/Notes").json] == ["one"]
    one.close()
    assert get(other, "/api/Notes").status == 200
    assert second.count() == 1


def test_the_applications_class_of_a_built_in_model(make):
    base = note()

    class Mine(base):
        pass

    app = make()
    assert app[base] is base
    app.model(Mine, data_source="db")
    assert app[base] is Mine


# -- routes


def test_routes_are_listed(make):
    routes = make(note()).routes()
    assert ("GET", "/api/Notes/:id", "Note.findById") in routes
    assert ("PATCH", "/api/Notes/:id", "Note.prototype.patchAttributes") in routes
    assert ("POST", "/api/Notes", "Note.create") in routes
    assert not any(method.endswith("updateAll") for _, _, method in routes)


def test_unknown_paths(make):
    app = make(note())
    assert get(app, "/api/Nope").json["error"]["message"] == "There is no method to handle GET /Nope"
    assert get(app, "/api/Notes/1/nope?a=1").json["error"]["message"] == (
        'Shared class "Note" has no method handling GET /1/nope?a=1'
    )
    assert get(app, "/elsewhere").status == 404


# -- contexts


class SetWho:
    """Falcon middleware that says who is calling."""

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        WHO.set(req.get_param("who") or "anybody")


class Streamed:
    """Falcon middleware that answers with a stream which looks at the caller late."""

    def __init__(self) -> None:
        self.closed: list[str] = []

    def process_response(self, req: falcon.Request, resp: falcon.Response, resource: object, succeeded: bool) -> None:
        resp.status = 200
        resp.data = resp.text = None
        resp.stream = self._parts()

    def _parts(self) -> Iterator[bytes]:
        try:
            for _ in range(3):
                yield WHO.get().encode() + b" "
        finally:
            self.closed.append(WHO.get())


def test_a_variable_set_in_a_request_does_not_leak_into_the_thread(make):
    app = make(note())
    app.middleware("initial", SetWho())
    get(app, "/api/Notes?who=ann")
    assert WHO.get() == "nobody"


def test_a_variable_set_in_a_request_is_seen_by_hooks(make):
    cls = note()
    app = make(cls)
    app.middleware("initial", SetWho())
    seen: list[str] = []
    cls.observe("access", lambda ctx: seen.append(WHO.get()))
    get(app, "/api/Notes?who=ann")
    get(app, "/api/Notes?who=bob")
    assert seen == ["ann", "bob"]


def test_a_variable_is_not_lost_in_a_stream(make):
    streamed = Streamed()
    app = make(note())
    app.middleware("initial", SetWho())
    app.middleware("initial:after", streamed)
    assert get(app, "/api/Notes?who=ann").text == "ann ann ann "
    assert streamed.closed == ["ann"]
    assert WHO.get() == "nobody"


def test_two_streams_read_by_turns_keep_their_own_variables(make):
    app = make(note())
    app.middleware("initial", SetWho())
    app.middleware("initial:after", Streamed())
    ann, bob = (iter(_body(app, who)) for who in ("ann", "bob"))
    assert [next(ann), next(bob), next(ann), next(bob)] == [b"ann ", b"bob ", b"ann ", b"bob "]


def _body(app: lbpy.App, who: str) -> Iterable[bytes]:
    environ: dict[str, Any] = {"PATH_INFO": "/api/Notes", "QUERY_STRING": f"who={who}"}
    setup_testing_defaults(environ)
    return app(environ, lambda status, headers, exc_info=None: lambda data: None)


def test_requests_at_once_do_not_mix(make):
    cls = note()
    app = make(cls)
    app.middleware("initial", SetWho())
    wrong: list[tuple[str, str]] = []

    def check(ctx: Any) -> None:
        wanted = ctx.query["where"]["title"]
        if wanted != WHO.get():
            wrong.append((wanted, WHO.get()))

    cls.observe("access", check)

    def run(who: str) -> None:
        for _ in range(20):
            get(app, "/api/Notes", params={"who": who, "filter": json.dumps({"where": {"title": who}})})

    threads = [threading.Thread(target=run, args=(f"user{n}",)) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []


# -- opening


OPENS_NOTHING = """
import os, threading
def used():
    files = [f"/proc/self/fd/{one}" for one in os.listdir("/proc/self/fd")]
    return threading.active_count(), sorted(os.readlink(one) for one in files if os.path.exists(one))
before = used()
import lbpy
from lbpy import PersistedModel
class Note(PersistedModel):
    title: str | None = None
app = lbpy.App(root=".")
db = app.data_source("db", connector="sqlite", file="shop.db", autoupdate=True)
mem = app.data_source("mem", connector="memory", file="rows.json")
app.model(Note, data_source=db)
app.routes()
assert used() == before, (before, used())
assert os.listdir(".") == [], os.listdir(".")
Note.create(title="a")
assert os.path.exists("shop.db")
app.close()
assert [one for one in used()[1] if "shop.db" in one] == []
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
def test_importing_and_composing_open_nothing(tmp_path, root):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", OPENS_NOTHING],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
