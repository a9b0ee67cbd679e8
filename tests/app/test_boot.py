"""What booting refuses because a model and its data source do not fit."""

import pytest

import lbpy
from lbpy.errors import ProjectError

NOTE = {"name": "Note", "base": "PersistedModel", "transaction": True, "properties": {"title": {"type": "string"}}}


def sources(connector):
    return {"db": {"name": "db", "connector": connector}}


def test_a_model_that_wants_transactions_of_a_store_without_any_is_refused_by_file_and_key(scaffold):
    project = scaffold({"common/models/note.json": NOTE, "server/datasources.json": sources("memory")})
    with pytest.raises(ProjectError) as caught:
        lbpy.boot(project)
    assert (caught.value.file, caught.value.key) == ("common/models/note.json", "transaction")
    assert "Note: the memory connector of db has no transactions" in caught.value.text
    assert "put the model on another data source" in caught.value.text


def test_on_a_store_with_transactions_it_starts(scaffold):
    project = scaffold({"common/models/note.json": NOTE, "server/datasources.json": sources("sqlite")})
    with lbpy.boot(project) as app:
        assert ("GET", "/api/Notes", "Note.find") in app.routes()


def test_a_closed_model_without_a_data_source_may_want_them(scaffold):
    project = scaffold({"common/models/note.json": NOTE, "server/datasources.json": sources("oracle")})
    with lbpy.boot(project) as app:
        assert ("GET", "/api/Notes", "Note.find") in app.routes()
