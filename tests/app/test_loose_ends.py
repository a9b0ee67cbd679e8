"""A relation whose other side never comes is told of, once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lbpy
from lbpy.app.boot import read, rehearsed, started
from lbpy.testing import Client


def test_it_is_logged_when_routes_are_made_and_not_again(caplog: pytest.LogCaptureFixture) -> None:
    class Note(lbpy.PersistedModel):
        parts = lbpy.has_many("Nowhere")

    with lbpy.App() as app, caplog.at_level(logging.WARNING, "lbpy.app"):
        app.model(Note, data_source=app.data_source("db", connector="memory"))
        http = Client(app)
        assert http.get("/api/Notes").json == []
        app.before_remote("**", lambda ctx: None)  # has the routes made anew
        http.get("/api/Notes")
    assert [one.getMessage().split(";")[0] for one in caplog.records] == [
        "warn RELATION_TARGET Note:relations.parts leads to Nowhere, which is no model here: "
        "the relation has no routes and cannot be used"
    ]


def test_a_model_that_comes_later_is_in_time(caplog: pytest.LogCaptureFixture) -> None:
    class Note(lbpy.PersistedModel):
        parts = lbpy.has_many("Part")

    class Part(lbpy.PersistedModel):
        pass

    with lbpy.App() as app, caplog.at_level(logging.WARNING, "lbpy.app"):
        db = app.data_source("db", connector="memory")
        app.model(Note, data_source=db)
        app.model(Part, data_source=db)
        Client(app).get("/api/Notes")
    assert caplog.records == []


NOTE = """
from lbpy import PersistedModel, has_many

class Note(PersistedModel):
    parts = has_many("Nowhere")
"""


@pytest.mark.parametrize("start", [started, rehearsed])
def test_a_project_has_it_among_its_findings(write: Callable[[Any], Path], start: Callable[[Any], lbpy.App]) -> None:
    folder = write(
        {
            "server/datasources.json": {"db": {"connector": "memory"}},
            "server/model-config.json": {"_meta": {"sources": ["../common/models"]}, "Note": {"dataSource": "db", "public": True}},
            "common/models/note.py": NOTE,
            "common/models/note.json": {"name": "Note", "base": "PersistedModel"},
        }
    )
    with start(read(folder)) as app:
        found = [(one.file, one.key) for one in app.report.findings if one.code == "RELATION_TARGET"]
    assert found == [("Note", "relations.parts")]
