"""Patching: the merged instance is judged, and the id stays."""

from __future__ import annotations

import pytest

import lbpy
from lbpy.data.bound import bound_of
from lbpy.errors import UnsavedError
from tests.data.notes import FREE, NOTE


def test_a_patch_validates_the_whole_merged_instance(model):
    cls, api = model(NOTE)
    bound_of(cls).store.create({"stars": 1})
    assert api("PATCH", "/Things/1", {"stars": 2})[0] == 422
    assert api("PATCH", "/Things/1", {"title": "now"})[0] == 200


@pytest.mark.parametrize(
    ("id", "patched", "put"),
    [(1, 200, 200), ("1", 200, 200), (2, 400, 400), ("x", 400, 400), (None, 400, 200), ("", 400, 200)],
)
@pytest.mark.parametrize("spec", [NOTE, FREE], ids=["forced", "free"])
def test_the_id_cannot_be_changed(model, spec, id, patched, put):
    cls, api = model(spec)
    cls.create(title="a")
    assert api("PATCH", "/Things/1", {"id": id})[0] == patched
    assert api("PUT", "/Things/1", {"title": "a", "id": id})[0] == put
    assert [one.id for one in cls.find()] == [1]


def test_texts_of_refusals_to_change_an_id(model):
    cls, api = model(NOTE)
    cls.create(title="a")
    patched = api("PATCH", "/Things/1", {"id": 2})[1]["error"]["message"]
    replaced = api("PUT", "/Things/1", {"title": "a", "id": 2})[1]["error"]["message"]
    assert patched == "id cannot be updated from 1 to 2 when forceId is set to true"
    assert replaced == "id property (id) cannot be updated from 1 to 2"


@pytest.mark.parametrize(
    "use",
    [
        lambda note: note.update_attributes({"title": "y"}),
        lambda note: note.replace_attributes({"title": "y"}),
        lambda note: note.destroy(),
    ],
)
def test_an_instance_that_is_not_stored_yet_says_so(app, use):
    class Note(lbpy.PersistedModel):
        title: str

    app.model(Note, data_source="db")
    with pytest.raises(UnsavedError, match="this Note is not stored yet"):
        use(Note(title="x"))
