"""Deleting by id, by condition and through an instance."""

from __future__ import annotations

import pytest

from lbpy import PersistedModel
from lbpy.errors import NotFound
from lbpy.model.declare import class_from_json

SPEC = {"properties": {"title": "string"}}


@pytest.fixture
def things(model, store):
    def make(**settings):
        cls, api = model({**SPEC, **settings}, store=store)
        cls.create_many([{"title": "a"}, {"title": "b"}, {"title": "c"}])
        return cls, api

    return make


def left(cls):
    return "".join(one["title"] for one in cls.find(order="title"))


def test_by_id(things):
    cls, api = things()
    assert api("DELETE", "/Things/2") == (200, {"count": 1})
    assert api("DELETE", "/Things/2") == (200, {"count": 0})
    assert cls.destroy_by_id(1) == 1
    assert cls.destroy_by_id("abc") == 0
    assert left(cls) == "c"


def test_strict_deletion_misses_what_is_not_there(things):
    cls, api = things(strictDelete=True)
    assert api("DELETE", "/Things/2")[0] == 200
    for id in ("2", "abc"):
        status, body = api("DELETE", f"/Things/{id}")
        assert (status, body["error"]["code"]) == (404, "NOT_FOUND")
        assert body["error"]["message"] == f"No instance with id {id} found for Thing"
    gone = cls.find_by_id(1)
    gone.destroy()
    with pytest.raises(NotFound):
        gone.destroy()


def test_an_instance(things):
    cls, _ = things()
    one = cls.find_by_id(2)
    one.destroy()
    one.destroy()
    assert left(cls) == "ac"


def test_by_condition(things):
    cls, api = things()
    assert cls.destroy_all({"title": {"gt": "b"}}) == 1
    assert api("DELETE", "/Things", where={"title": "a"}) == (200, {"count": 1})
    assert left(cls) == "b"


def test_without_a_condition_all_are_deleted(things):
    cls, api = things()
    assert api("DELETE", "/Things") == (200, {"count": 3})
    cls.create(title="z")
    assert cls.destroy_all() == 1


def test_a_filter_is_no_condition(things):
    cls, api = things()
    assert api("DELETE", "/Things", filter={"where": {"title": "a"}})[0] == 400
    assert api("DELETE", "/Things", filter={"where": {"title": "b"}}, where={"title": "a"}) == (200, {"count": 1})
    assert left(cls) == "bc"


@pytest.mark.parametrize(("settings", "status"), [({}, 200), ({"strict": True}, 400)])
def test_a_condition_that_names_no_property(model, settings, status):
    cls, api = model({**SPEC, **settings})
    cls.create(title="a")
    assert api("DELETE", "/Things", where={"nothing": 1})[0] == status
    assert cls.count() == 1


def test_all_of_a_model_cannot_be_deleted_unless_told_so(make_app, api_of):
    app = make_app()
    cls = class_from_json({"name": "Thing", **SPEC}, PersistedModel)
    app.model(cls, data_source="db")
    cls.create(title="a")
    assert api_of(app)("DELETE", "/Things")[0] == 404
    assert cls.count() == 1
