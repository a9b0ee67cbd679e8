"""What runs around a remote method, in which order, and who sees which failure (source: logic.md 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import lbpy
from lbpy import PersistedModel, RemoteContext, current, remote_method
from lbpy.errors import Conflict, Forbidden, OperatorError, Unauthorized
from lbpy.testing import Client

Hook = Callable[[RemoteContext], None]


class Story:
    """Notes each step; a step whose name is `fails` raises. Other steps are told by `at`."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.fails = ""

    def note(self, step: str) -> None:
        self.steps.append(step)
        if step == self.fails:
            raise Conflict(f"{step} failed")

    def hook(self, step: str) -> Hook:
        return lambda ctx: self.note(step)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def app(story: Story) -> Iterator[lbpy.App]:
    class Note(PersistedModel):
        """One static method and one of instances, with everything around them."""

        @remote_method(verb="get", rest_before=story.hook("rest.before"), rest_after=story.hook("rest.after"))
        @staticmethod
        def act() -> str:
            story.note("method")
            return "done"

        @remote_method(verb="get", rest_before=story.hook("rest.before"), rest_after=story.hook("rest.after"))
        def look(self) -> str:
            story.note("method")
            return "seen"

    with lbpy.App() as app:
        app.model(Note, data_source=app.data_source("db", connector="memory"))
        Client(app).post("/api/Notes", json={})
        for phase in ("after invoke", "before invoke", "before auth"):
            app.remoting_phase(phase, story.hook(phase))
        for where, pattern, name in ((app, "**", "**"), (Note, "*", "*"), (Note, "prototype.*", "*"), (Note, "act", "exact")):
            where.before_remote(pattern, story.hook(f"before {name}"))
            where.after_remote(pattern, story.hook(f"after {name}"))
        app.after_remote_error("**", story.hook("error"))
        app.authorise_with(lambda: lambda request: story.note("auth"))
        yield app


BEFORE = ["rest.before", "before auth", "auth", "before invoke", "before exact", "before *", "before **"]
AFTER = ["after exact", "after *", "after **", "after invoke", "rest.after"]
WHOLE = [*BEFORE, "method", *AFTER]
OUTSIDE = ("rest.before", "rest.after")


def test_the_order_of_a_call(app, story):
    assert Client(app).get("/api/Notes/act").json == "done"
    assert story.steps == WHOLE


def test_the_order_of_a_call_on_an_instance(app, story):
    assert Client(app).get("/api/Notes/1/look").json == "seen"
    assert story.steps == [one for one in WHOLE if "exact" not in one]


@pytest.mark.parametrize("step", WHOLE)
def test_a_step_that_fails_is_the_last_and_error_hooks_see_it_unless_it_stands_outside(app, story, step):
    story.fails = step
    answer = Client(app).get("/api/Notes/act")
    assert (answer.status, answer.json["error"]["message"]) == (409, f"{step} failed")
    assert story.steps == WHOLE[: WHOLE.index(step) + 1] + ([] if step in OUTSIDE else ["error"])


def test_a_missing_owner_is_told_after_access_and_meets_error_hooks(app, story):
    assert Client(app).get("/api/Notes/9/look").status == 404
    assert story.steps == ["rest.before", "before auth", "auth", "error"]


def test_arguments_that_cannot_be_read_meet_nothing(app, story):
    assert Client(app).get("/api/Notes?filter=x").status == 400
    assert story.steps == []


def test_nothing_found_is_a_result_to_all_and_404_to_the_client(app, story):
    assert Client(app).get("/api/Notes/9").status == 404
    assert "error" not in story.steps
    assert story.steps[-1] == "after invoke"


def test_phases_may_change_arguments_options_and_results(app):
    def mark(ctx: RemoteContext) -> None:
        ctx.args["options"]["marked"] = ctx.method_string

    def wrap(ctx: RemoteContext) -> None:
        ctx.result = {"data": ctx.result, "marked": current.options["marked"]}

    app.remoting_phase("before auth", mark)
    app.remoting_phase("after invoke", wrap)
    assert Client(app).get("/api/Notes/count").json == {"data": {"count": 1}, "marked": "Note.count"}


def test_results_are_instances_to_a_phase(app):
    seen = []
    app.remoting_phase("after invoke", lambda ctx: seen.extend(type(one).__name__ for one in ctx.result))
    assert Client(app).get("/api/Notes").json == [{"id": 1}]
    assert seen == ["Note"]


def test_a_phase_that_does_not_exist_is_refused(app, story):
    with pytest.raises(OperatorError, match="no remoting phase is called 'invoke'; use one of before auth"):
        app.remoting_phase("invoke", story.hook("x"))


def test_hooks_of_a_phase_run_as_they_were_added(app, story):
    app.remoting_phase("before auth", story.hook("second"))
    Client(app).get("/api/Notes/count")
    assert story.steps[:2] == ["before auth", "second"]


def test_the_method_itself_may_change_what_stands_around_it():
    def ask(ctx: RemoteContext) -> None:
        ctx.args["name"] = ctx.args["name"].upper()

    def answer(ctx: RemoteContext) -> None:
        ctx.result = [ctx.result, current.options["accessToken"]]

    class Job(lbpy.Model):
        @remote_method(verb="get", rest_before=ask, rest_after=answer)
        @staticmethod
        def say(name: str) -> Any:
            return name

    with lbpy.App() as app:
        app.model(Job)
        assert Client(app).get("/api/Jobs/say?name=ann").json == ["ANN", None]


@pytest.mark.parametrize(("made", "status"), [(Unauthorized("who?"), 401), (Forbidden("no"), 403), (KeyError("x"), 500)])
def test_error_hooks_replace_the_error_one_after_the_other(app, story, made, status):
    seen = []

    def replace(ctx: RemoteContext) -> None:
        seen.append(str(ctx.error))
        ctx.error = made

    story.fails = "method"
    app.after_remote_error("**", replace)
    assert Client(app).get("/api/Notes/act").status == status
    assert seen == ["method failed"]


def test_an_error_hook_that_fails_gives_the_error(app, story):
    def fail(ctx: RemoteContext) -> None:
        raise Forbidden("told otherwise")

    story.fails = "method"
    app.after_remote_error("**", fail)
    assert Client(app).get("/api/Notes/act").status == 403
