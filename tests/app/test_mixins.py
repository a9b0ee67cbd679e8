"""Mixins of classes that several applications have, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import lbpy
from lbpy import Model, PersistedModel
from lbpy.contrib.hooks.totals import total_count
from lbpy.errors import DefinitionError
from lbpy.testing import Client, client


class Note(PersistedModel, mixins={"SoftDelete": {"builtin": True}, "Tagged": True}):
    text: str = ""


def tagged(model: type[Model], options: Mapping[str, Any]) -> None:
    model.define_property("tags", ["string"])
    model.observe("before save", lambda ctx: "instance" in ctx and ctx.instance["tags"].append("new"))
    model.after_remote("find", lambda call: call.res.append_header("X-Seen", "once"))


def create_app() -> lbpy.App:
    app = lbpy.App()
    app.mixins.register("Tagged", tagged)
    app.model(Note, data_source=app.data_source("db", connector="memory"))
    total_count(app, {})
    return app


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_each_application_of_a_class_has_its_mixins_once(turn: int) -> None:
    with client(create_app()) as api:
        assert api.post("/api/Notes", json={"tags": []}).expect(200).json["tags"] == ["new"]
        listed = api.get("/api/Notes").expect(200)
        assert listed.headers["X-Seen"] == "once"
        assert listed.headers["Access-Control-Expose-Headers"] == "X-Total-Count"
        assert api.delete("/api/Notes/1").json == {"count": 1}
        assert api.get("/api/Notes").json == []


def test_hooks_of_the_class_itself_stay() -> None:
    seen: list[str] = []

    class Own(PersistedModel, mixins={"SoftDelete": {"builtin": True}}):
        text: str = ""

    Own.observe("access", lambda ctx: seen.append("access"))
    for _ in range(2):
        with lbpy.App() as app:
            app.model(Own, data_source=app.data_source("db", connector="memory"))
            Client(app).get("/api/Owns").expect(200)
    assert seen == ["access", "access"]


def test_classes_that_are_bound_together_have_their_mixins_as_well() -> None:
    with lbpy.App() as app:
        app.mixins.register("Tagged", tagged)
        app.attach_all([(Note, app.data_source("db", connector="memory"))])
        app.serve(Note, everything=False)
        assert Client(app).post("/api/Notes", json={"tags": []}).expect(200).json["tags"] == ["new"]


def test_unknown_mixins_of_classes_that_are_bound_together_are_named() -> None:
    with lbpy.App() as app, pytest.raises(DefinitionError, match="Note uses unknown mixins: Tagged"):
        app.attach_all([(Note, app.data_source("db", connector="memory"))])
