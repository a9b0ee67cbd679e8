"""Writes that a condition leads to."""

from __future__ import annotations

import pytest

from lbpy import PersistedModel, prop
from lbpy.errors import BadRequest, Invalid
from tests.data.notes import FREE, NOTE, codes


def test_an_update_of_many_asks_for_rules_only_if_told_to(model):
    cls, api = model(NOTE)
    cls.create(title="a")
    assert api("POST", "/Things/update", {"title": ""}, where={}) == (200, {"count": 1})
    assert api("POST", "/Things/update", {"stars": "x"}, where={})[0] == 422
    assert api("POST", "/Things/update", {"due": "never"}, where={})[0] == 422
    cls, api = model({**NOTE, "name": "Other", "validateUpdate": True})
    assert api("POST", "/Others/update", {"title": ""}, where={})[0] == 422


def test_an_update_of_many_that_would_break_uniqueness_is_refused_by_a_store_with_indexes(make_app, api_of):
    class Tag(PersistedModel):
        word: str | None = prop(default=None, unique=True)

    app = make_app("sqlite")
    app.model(Tag, data_source="db", public=True)
    Tag.create_many([{"word": "a"}, {"word": "b"}])
    status, answer = api_of(app)("POST", "/Tags/update", {"word": "c"}, where={})
    assert (status, codes(answer)) == (422, {"word": ["uniqueness"]})
    assert [one.word for one in Tag.find(order="id")] == ["a", "b"]


def test_upsert_with_where(model, store):
    cls, api = model(NOTE, store=store)
    cls.create_many([{"title": "a"}, {"title": "b"}, {"title": "b"}])
    patched = api("POST", "/Things/upsertWithWhere", {"title": "c"}, where={"title": "a"})
    assert (patched[0], patched[1]["id"], patched[1]["title"]) == (200, 1, "c")
    assert api("POST", "/Things/upsertWithWhere", {"title": "d"}, where={"title": "z"})[1]["id"] == 4
    status, body = api("POST", "/Things/upsertWithWhere", {"title": "e"}, where={"title": "b"})
    assert (status, body["error"]["message"]) == (400, "There are multiple instances found.Upsert Operation will not be performed!")
    assert [one.title for one in cls.find(order="id")] == ["c", "b", "b", "d"]


def test_upsert_with_where_answers_without_defaults_where_the_store_does_it_in_one_step(model):
    """Source: logic.md 3.1."""
    _, api = model({"properties": {"title": "string", "views": {"type": "number", "default": 0}}})
    assert api("POST", "/Things/upsertWithWhere", {"title": "a"}, where={"title": "a"}) == (200, {"title": "a", "id": 1})
    assert api("GET", "/Things/1") == (200, {"title": "a", "views": 0, "id": 1})


@pytest.mark.parametrize(
    ("query", "body", "message"),
    [({}, {"title": "a"}, "where is a required argument"), ({"where": {}}, {}, "data object cannot be empty!")],
)
def test_upsert_with_where_needs_both(model, query, body, message):
    status, answer = model(NOTE)[1]("POST", "/Things/upsertWithWhere", body, **query)
    assert (status, answer["error"]["message"]) == (400, message)


def test_an_update_of_many_needs_a_condition(model):
    cls, api = model(NOTE)
    cls.create(title="a")
    assert api("POST", "/Things/update", {"title": "b"})[0] == 400
    assert api("POST", "/Things/update", {"title": "b"}, filter={"where": {"title": "a"}})[0] == 400
    assert api("POST", "/Things/update", {"title": "b"}, where={}) == (200, {"count": 1})
    with pytest.raises(BadRequest):
        cls.update_all(None, {"title": "c"})


@pytest.mark.parametrize(("store", "strict", "status"), [("memory", False, 200), ("memory", True, 400), ("sqlite", False, 400)])
@pytest.mark.parametrize("path", ["/Things/update", "/Things/upsertWithWhere"])
def test_a_write_whose_condition_names_no_property(model, store, strict, status, path):
    cls, api = model({**NOTE, "strict": strict}, store=store)
    cls.create(title="a")
    assert api("POST", path, {"title": "b"}, where={"nothing": 1})[0] == status
    assert cls.find_by_id(1).title == "a"


def test_find_or_create(model, store):
    cls, _ = model(NOTE, store=store)
    first, made = cls.find_or_create({"title": "a"}, {"title": "a", "stars": 1})
    again, remade = cls.find_or_create({"title": "a"}, {"title": "a", "stars": 2})
    assert (made, remade, again.id, again.stars) == (True, False, first.id, 1)
    with pytest.raises(Invalid):
        cls.find_or_create({"title": "z"}, {})


@pytest.mark.parametrize("spec", [NOTE, FREE], ids=["forced", "free"])
def test_what_is_sent_with_a_condition_is_judged_alone_in_memory_and_in_its_place_elsewhere(model, store, spec):
    cls, api = model(spec, store=store)
    cls.create(title="a", stars=1)
    assert api("POST", "/Things/upsertWithWhere", {"stars": 2}, where={"title": "a"})[0] == (422 if store == "memory" else 200)
    assert api("POST", "/Things/upsertWithWhere", {"title": "a", "stars": 3}, where={"title": "a"})[0] == 200
    assert cls.find_by_id(1).stars == 3


def test_an_instance_may_keep_its_unique_value(make_app, api_of):
    class Tag(PersistedModel):
        word: str | None = prop(default=None, unique=True)
        used: int | None = None

    app = make_app("sqlite")
    app.model(Tag, data_source="db", public=True)
    Tag.create(word="a")
    assert api_of(app)("POST", "/Tags/upsertWithWhere", {"word": "a", "used": 1}, where={"word": "a"})[0] == 200
    assert Tag.find_by_id(1).used == 1
