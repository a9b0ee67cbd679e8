"""Connector hooks through a data source: they see each command, may change it, and may answer in the store's place."""

from collections.abc import Iterator

import pytest

import lbpy
from lbpy.data.execution import Execution
from lbpy.errors import OperatorError


@pytest.fixture
def notes() -> Iterator[type[lbpy.PersistedModel]]:
    class Note(lbpy.PersistedModel):
        title: str

    with lbpy.App() as app:
        source = app.data_source("db", connector="sqlite")
        app.model(Note, data_source=source)
        source.migrate()
        yield Note


def observe(model: type[lbpy.PersistedModel], moment: str, hook: object) -> None:
    model.bound__.source.connector.observe(moment, hook)


def test_hooks_see_command_and_result(notes):
    seen = []
    observe(notes, "before execute", lambda ctx: seen.append(ctx.req["sql"].split()[0]))
    observe(notes, "after execute", lambda ctx: seen.append(ctx.res.count))
    notes.create(title="a")
    assert seen == ["INSERT", 1]


def test_a_hook_changes_the_parameters(notes):
    def shout(ctx: Execution) -> None:
        ctx.req["params"] = [one.upper() if isinstance(one, str) else one for one in ctx.req["params"]]

    observe(notes, "before execute", shout)
    notes.create(title="a")
    assert notes.find_one().title == "A"


def test_a_hook_ends_the_call(notes):
    notes.create(title="a")
    kept = []
    observe(notes, "after execute", lambda ctx: kept.append(ctx.res))
    notes.find()
    observe(notes, "before execute", lambda ctx: ctx.end(kept[0]))
    notes.create(title="b")
    assert [one.title for one in notes.find()] == ["a"]
    assert len(kept) == 1


def test_what_a_hook_raises_stops_the_operation(notes):
    def refuse(ctx: Execution) -> None:
        raise lbpy.errors.Forbidden("no")

    observe(notes, "before execute", refuse)
    with pytest.raises(lbpy.errors.Forbidden):
        notes.find()


def test_unknown_moments_and_stores_without_commands_say_so(notes):
    with pytest.raises(OperatorError, match="before execute, after execute"):
        observe(notes, "sometime", print)
    with lbpy.App() as app, pytest.raises(OperatorError, match="memory"):
        app.data_source("db", connector="memory").connector.observe("before execute", print)


def test_hooks_of_one_command_share_a_state(notes):
    told = []
    observe(notes, "before execute", lambda ctx: ctx.state.update(verb=ctx.req["sql"].split()[0]))
    observe(notes, "after execute", lambda ctx: told.append(ctx.state))
    notes.create(title="a")
    notes.count()
    assert told == [{"verb": "INSERT"}, {"verb": "SELECT"}]
