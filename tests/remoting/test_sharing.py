"""Which remote methods have routes, by which verbs and paths, and how they are switched off and overridden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import lbpy
from lbpy import Model, PersistedModel, remote_method
from lbpy.errors import OperatorError
from lbpy.testing import Client


@pytest.fixture
def app() -> Iterator[lbpy.App]:
    with lbpy.App() as app:
        app.data_source("db", connector="memory")
        yield app


def methods_of(app: lbpy.App) -> set[str]:
    return {method for _, _, method in app.routes()}


# -- verbs and paths ----------------------------------------------------------


def test_one_method_may_have_several_verbs_and_paths(app):
    class Job(Model):
        @remote_method(routes=[("get", "/look"), ("post", "/do/:name")])
        @staticmethod
        def act(name: str = "none") -> str:
            return name

    app.model(Job)
    assert Client(app).get("/api/Jobs/look").json == "none"
    assert Client(app).post("/api/Jobs/do/it").json == "it"
    assert Client(app).get("/api/Jobs/do/it").status == 404
    assert Client(app).post("/api/Jobs/act").status == 404


@pytest.mark.parametrize(("routes", "access"), [([("get", "/a")], "READ"), ([("get", "/a"), ("post", "/a")], "EXECUTE")])
def test_the_access_type_is_derived_from_all_verbs(app, routes, access):
    class Job(Model):
        act = staticmethod(remote_method(routes=routes)(lambda: None))

    seen: list[Any] = []
    app.model(Job)
    app.before_remote("**", lambda ctx: seen.append(ctx.method.access))
    Client(app).get("/api/Jobs/a")
    assert seen == [access]


def test_routes_are_listed_as_they_are_looked_up(app):
    class Note(PersistedModel):
        @remote_method(verb="get", path="/zed")
        @staticmethod
        def zed() -> None: ...

    class Deep(PersistedModel, plural="deep", http={"path": "notes/deep"}):
        pass

    app.model(Note, data_source="db")
    app.model(Deep, data_source="db")
    listed = [(verb, path) for verb, path, _ in app.routes()]
    deep = [path.startswith("/api/notes/deep") for _, path in listed]
    assert deep == sorted(deep, reverse=True)
    got = [path for verb, path in listed if verb == "GET" and path.startswith("/api/Notes")]
    names = ("count", "findOne", "zed", ":id/exists", ":id")
    assert got == [*(f"/api/Notes/{name}" for name in names), "/api/Notes"]
    verbs = [verb for verb, path in listed if path.startswith("/api/Notes")]
    assert list(dict.fromkeys(verbs)) == ["PUT", "POST", "PATCH", "HEAD", "GET", "DELETE"]


# -- switching off ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "verb", "path", "gone"),
    [
        ("create", "POST", "/api/Notes", "Note.create"),
        ("upsert", "PATCH", "/api/Notes", "Note.patchOrCreate"),
        ("prototype.patchAttributes", "PATCH", "/api/Notes/1", "Note.prototype.patchAttributes"),
        ("prototype.updateAttributes", "PATCH", "/api/Notes/1", "Note.prototype.patchAttributes"),
        ("act", "POST", "/api/Notes/act", "Note.act"),
        ("other", "POST", "/api/Notes/act", "Note.act"),
        ("prototype.look", "POST", "/api/Notes/1/look", "Note.prototype.look"),
    ],
)
def test_a_method_is_switched_off_by_its_name_or_an_alias(app, name, verb, path, gone):
    class Note(PersistedModel):
        @remote_method(aliases=["other"])
        @staticmethod
        def act() -> None: ...

        @remote_method()
        def look(self) -> None: ...

    app.model(Note, data_source="db")
    before = methods_of(app)
    app.disable_methods(Note, name)
    assert before - methods_of(app) == {gone}
    assert Client(app).request(verb, path, json={}).status == 404
    assert Note.create({}).id == 1


def test_patterns_switch_off_and_exact_names_beat_them(app):
    class Base(PersistedModel, shared_methods={"*": False, "find": True}):
        pass

    class Note(Base, shared_methods={"count": True, "prototype.*": False}):
        pass

    app.model(Note, data_source="db")
    assert methods_of(app) == {"Note.find", "Note.count"}
    app.disable_methods("Note", "find")
    assert methods_of(app) == {"Note.count"}


def test_a_method_that_is_not_shared_is_switched_on(app):
    class Note(PersistedModel, shared_methods={"destroyAll": True, "hidden": True}):
        @remote_method(verb="get", shared=False)
        @staticmethod
        def hidden() -> int:
            return 1

    app.model(Note, data_source="db")
    assert Client(app).get("/api/Notes/hidden").json == 1
    assert Client(app).delete("/api/Notes").json == {"count": 0}


def test_a_model_without_routes_has_none_to_switch_off(app):
    class Note(PersistedModel):
        pass

    app.model(Note, data_source="db", public=False)
    with pytest.raises(OperatorError, match="Note has no routes"):
        app.disable_methods(Note, "find")


# -- overriding ---------------------------------------------------------------


def test_a_built_in_method_is_overridden_with_its_routes_aliases_and_access(app):
    class Note(PersistedModel):
        title: str = "none"

        @remote_method(name="patchOrCreate")
        @classmethod
        def stored(cls, data: dict[str, Any]) -> str:
            return "own"

        @remote_method(name="patchAttributes")
        def changed(self, data: dict[str, Any]) -> str:
            return f"own {self.title}"

    app.model(Note, data_source="db")
    Client(app).post("/api/Notes", json={"title": "a"})
    assert Client(app).patch("/api/Notes", json={"data": {}}).json == "own"
    assert Client(app).patch("/api/Notes/1", json={"data": {}}).json == "own a"
    app.disable_methods(Note, "upsert")
    assert Client(app).patch("/api/Notes", json={"data": {}}).status == 404
