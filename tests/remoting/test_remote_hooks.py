"""Remote hooks: which of them run, in which order, and what they can change."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator

import pytest

import lbpy
from lbpy import Model, PersistedModel, RemoteContext, after_remote, after_remote_error, before_remote, remote_method
from lbpy.errors import Conflict, Forbidden
from lbpy.remoting.hooks import fits
from lbpy.testing import Client


class Teapot(Exception):
    """An error without a status."""


@pytest.fixture
def app() -> Iterator[lbpy.App]:
    with lbpy.App() as app:
        app.data_source("db", connector="memory")
        yield app


@pytest.fixture
def note(app: lbpy.App) -> type[PersistedModel]:
    class Note(PersistedModel, hidden=["secret"]):
        title: str | None = None
        secret: str | None = None

        @remote_method(verb="get")
        @staticmethod
        def act() -> str:
            return "acted"

        @remote_method(verb="get")
        @staticmethod
        def fail() -> None:
            raise Teapot("broken")

    return app.model(Note, data_source="db")


def noting(seen: list[str], name: str) -> Callable[[RemoteContext], None]:
    return lambda ctx: seen.append(name)


def test_the_closest_pattern_runs_first_and_then_what_was_registered_first(app, note):
    seen: list[str] = []
    for where, pattern in ((app, "**"), (note, "**"), (app, "Note.*"), (note, "*"), (note, "act"), (note, "act"), (app, "Other.*")):
        where.before_remote(pattern, noting(seen, f"{'app' if where is app else 'model'} {pattern}"))
        where.after_remote(pattern, noting(seen, "after"))
    Client(app).get("/api/Notes/act")
    assert seen == ["model act", "model act", "model *", "app Note.*", "model **", "app **"] + ["after"] * 6


def test_instance_methods_have_their_own_patterns(app, note):
    seen: list[str] = []
    for pattern in ("**", "*.patchAttributes", "prototype.*", "prototype.patchAttributes", "*", "patchAttributes"):
        note.before_remote(pattern, noting(seen, pattern))
    Client(app).post("/api/Notes", json={})
    seen.clear()
    Client(app).patch("/api/Notes/1", json={"title": "x"})
    assert seen == ["prototype.patchAttributes", "prototype.*", "*.patchAttributes", "**"]


@pytest.mark.parametrize(
    ("pattern", "name", "fitting"),
    [
        ("*", "find", True), ("*", "prototype.find", False), ("**", "prototype.find", True), ("find*", "findById", True),
        ("prototype.**", "prototype.x", True), ("**.x", "Note.prototype.x", True), ("**.x", "x", False), ("find", "Find", False),
    ],
)  # fmt: skip
def test_what_patterns_mean(pattern, name, fitting):
    assert fits(pattern, name) is fitting


def test_a_pattern_may_name_an_alias(app, note):
    seen: list[str] = []
    note.before_remote("upsert", noting(seen, "x"))
    Client(app).patch("/api/Notes", json={"title": "a"})
    assert seen == ["x"]


def test_arguments_can_be_changed_before(app, note):
    def title(ctx: RemoteContext) -> None:
        ctx.args["data"]["title"] = "changed"

    note.before_remote("create", title)
    assert Client(app).post("/api/Notes", json={"title": "sent"}).json["title"] == "changed"


def test_results_are_instances_and_can_be_replaced_and_stay_masked(app, note):
    seen = []
    note.after_remote("find", lambda ctx: seen.extend(type(one).__name__ for one in ctx.result))
    Client(app).post("/api/Notes", json={"title": "a", "secret": "s"})
    assert Client(app).get("/api/Notes").json == [{"title": "a", "id": 1}]
    assert seen == ["Note"]

    def wrap(ctx: RemoteContext) -> None:
        ctx.result = {"data": ctx.result}

    app.after_remote("**", wrap)
    assert Client(app).get("/api/Notes").json == {"data": [{"title": "a", "id": 1}]}
    assert Client(app).get("/api/Notes/count").json == {"data": {"count": 1}}


def test_an_error_before_stops_the_call_with_its_status(app, note):
    seen: list[str] = []

    def refuse(ctx: RemoteContext) -> None:
        raise Forbidden("not today")

    note.before_remote("create", refuse)
    note.before_remote("*", noting(seen, "later"))
    note.after_remote("*", noting(seen, "after"))
    note.after_remote_error("*", lambda ctx: seen.append(type(ctx.error).__name__))
    assert Client(app).post("/api/Notes", json={}).status == 403
    assert seen == ["Forbidden"]
    assert Client(app).get("/api/Notes").json == []


def test_an_error_can_be_replaced(app, note):
    def replace(ctx: RemoteContext) -> None:
        ctx.error = Conflict("told otherwise")

    note.after_remote_error("fail", replace)
    answer = Client(app).get("/api/Notes/fail")
    assert (answer.status, answer.json["error"]["message"]) == (409, "told otherwise")


def test_a_missing_owner_meets_error_hooks_only(app, note):
    seen: list[str] = []
    note.before_remote("**", noting(seen, "before"))
    note.after_remote("**", noting(seen, "after"))
    note.after_remote_error("**", noting(seen, "error"))
    assert Client(app).patch("/api/Notes/9", json={}).status == 404
    assert seen == ["error"]


def test_nothing_found_is_a_result_to_hooks_and_404_to_the_client(app, note):
    seen: list[str] = []
    note.before_remote("findById", noting(seen, "before"))
    note.after_remote("findById", lambda ctx: seen.append(repr(ctx.result)))
    note.after_remote_error("findById", noting(seen, "error"))
    assert Client(app).get("/api/Notes/9").status == 404
    assert seen == ["before", "None"]


def test_arguments_that_cannot_be_read_meet_no_hook(app, note):
    seen: list[str] = []
    note.after_remote_error("**", noting(seen, "error"))
    note.before_remote("**", noting(seen, "before"))
    assert Client(app).get("/api/Notes?filter=x").status == 400
    assert seen == []


def test_notes_among_the_arguments_stay_with_the_hooks(app, note):
    seen: list[object] = []
    note.before_remote("act", lambda ctx: ctx.args.update(note="mine"))
    note.after_remote("act", lambda ctx: seen.append(ctx.args["note"]))
    assert Client(app).get("/api/Notes/act").json == "acted"
    assert seen == ["mine"]


def test_a_hook_may_give_what_is_required(app):
    class Sum(Model):
        @remote_method(verb="get")
        @staticmethod
        def half(n: int) -> float:
            return n / 2

    app.model(Sum)
    assert Client(app).get("/api/Sums/half").error["message"] == "n is a required argument"
    Sum.before_remote("half", lambda ctx: ctx.args.setdefault("n", 3))
    assert Client(app).get("/api/Sums/half").json == 1.5


def test_hooks_may_choose_status_and_result_where_the_method_says_none(app):
    class Job(Model):
        @remote_method()
        @staticmethod
        def run() -> None: ...

        @remote_method(status=202)
        @staticmethod
        def later() -> str:
            return "later"

        @remote_method(verb="get")
        @staticmethod
        def own(call: RemoteContext) -> str:
            call.res.status = "203 Mine"
            return "own"

    def answer(ctx: RemoteContext) -> None:
        ctx.result = {"ran": ctx.result}
        ctx.res.status = 201

    app.model(Job)
    assert Client(app).post("/api/Jobs/run").expect(204).body == b""
    assert Client(app).get("/api/Jobs/own").expect(203).json == "own"
    Job.after_remote("*", answer)
    assert Client(app).post("/api/Jobs/run").expect(201).json == {"ran": None}
    assert Client(app).post("/api/Jobs/later").expect(202).json == {"ran": "later"}


def test_code_calls_meet_no_hook(app, note):
    seen: list[str] = []
    note.before_remote("**", noting(seen, "before"))
    note.create(title="x")
    assert seen == []


def test_what_the_context_tells(app, note):
    seen: list[object] = []

    def look(ctx: RemoteContext) -> None:
        method = ctx.method
        seen.extend([ctx.method_string, method.name, method.static, ctx.instance.title, ctx.ctor_args, ctx.req.method, ctx.args["data"]])
        ctx.res.set_header("X-Hook", "was here")

    note.before_remote("prototype.*", look)
    Client(app).post("/api/Notes", json={"title": "a"})
    answer = Client(app).patch("/api/Notes/1", json={"title": "b"})
    assert seen == ["Note.prototype.patchAttributes", "patchAttributes", False, "a", {"id": "1"}, "PATCH", {"title": "b"}]
    assert answer.headers["x-hook"] == "was here"


def test_options_changed_before_reach_observers(app, note):
    seen = []

    def mark(ctx: RemoteContext) -> None:
        ctx.args["options"]["marked"] = True

    note.before_remote("create", mark)
    note.observe("before save", lambda ctx: seen.append(ctx.options["marked"]))
    Client(app).post("/api/Notes", json={})
    assert seen == [True]


def test_hooks_stand_in_class_bodies_and_are_inherited(app):
    seen: list[str] = []

    class Base(PersistedModel):
        @before_remote("find")
        @staticmethod
        def first(ctx: RemoteContext) -> None:
            seen.append("before")

        @after_remote("*")
        @classmethod
        def second(cls, ctx: RemoteContext) -> None:
            seen.append(f"after {cls.__name__}")

        @after_remote_error("**")
        @staticmethod
        def third(ctx: RemoteContext) -> None:
            seen.append("error")

    class Child(Base):
        pass

    app.model(Child, data_source="db")
    Client(app).get("/api/Children")
    Client(app).patch("/api/Children/1", json={})
    assert seen == ["before", "after Base", "error"]


def test_hooks_that_come_after_the_first_request_count_too(app, note):
    seen: list[str] = []
    assert Client(app).get("/api/Notes").status == 200
    note.before_remote("find", noting(seen, "late"))
    Client(app).get("/api/Notes")
    assert seen == ["late"]


def test_hooks_keep_no_application_alive():
    class Note(PersistedModel):
        pass

    with lbpy.App() as first:
        first.model(Note, data_source=first.data_source("db", connector="memory"))
    known = weakref.ref(first)
    del first
    gc.collect()
    assert known() is None
    Note.before_remote("find", print)
