"""Answers made from JSON text that the store keeps are the same as those made from rows, whatever happened before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from lbpy import PersistedModel
from lbpy.data import answers, reading
from lbpy.data.bound import bound_of
from lbpy.model.encoding import dumps

Make = Callable[..., tuple[type[PersistedModel], Any]]

SPEC: dict[str, Any] = {
    "plural": "things",
    "properties": {"title": "string", "at": {"type": "date", "defaultFn": "now"}, "tags": ["string"], "place": "geopoint"},
}
FIRST: dict[str, Any] = {"title": "one", "at": "2020-02-29T12:00:00Z", "tags": ["a", "b"], "place": {"lat": 1, "lng": 2}}


@pytest.fixture
def things(model: Make) -> tuple[type[PersistedModel], Any]:
    cls, api = model(SPEC)
    for title in ("one", "two", "three"):
        cls.create({**FIRST, "title": title})
    return cls, api


def is_text(found: Any) -> bool:
    return isinstance(found, orjson.Fragment)


def titles(api: Any) -> list[str]:
    return [row["title"] for row in api("GET", "/things")[1]]


def test_the_memory_store_gives_text_that_equals_the_rows(things: tuple[type[PersistedModel], Any]) -> None:
    bound = bound_of(things[0])
    for query in ({}, {"where": {"title": "two"}}, {"order": "title DESC", "limit": 2}, {"where": {"id": 3}, "skip": 1}):
        texts = answers.find(bound, query)
        assert all(map(is_text, texts))
        assert dumps(texts) == dumps(reading.find(bound, query))


@pytest.mark.parametrize("id", ["2", 2, "4", "x", None])
def test_a_single_row_is_the_same_as_text_and_as_a_row(things: tuple[type[PersistedModel], Any], id: Any) -> None:
    bound = bound_of(things[0])
    assert dumps(answers.find_by_id(bound, id)) == dumps(reading.find_by_id(bound, id))
    assert dumps(answers.find_one(bound, {"where": {"id": id}})) == dumps(reading.find_one(bound, {"where": {"id": id}}))


def test_a_change_shows_in_the_next_answer(things: tuple[type[PersistedModel], Any]) -> None:
    cls, api = things
    assert titles(api) == ["one", "two", "three"]
    api("PATCH", "/things/1", {"title": "first"})
    api("PUT", "/things/2", {"title": "second"})
    cls.update_all({"title": "three"}, {"title": "third"})
    assert titles(api) == ["first", "second", "third"]
    cls.destroy_by_id(1)
    assert titles(api) == ["second", "third"]
    assert api("GET", "/things/1")[0] == 404


def test_fields_are_still_cut(things: tuple[type[PersistedModel], Any]) -> None:
    assert things[1]("GET", "/things", filter={"fields": ["title"], "limit": 1}) == (200, [{"title": "one"}])


def test_loaded_observers_see_every_row(things: tuple[type[PersistedModel], Any]) -> None:
    cls, api = things
    assert titles(api)[0] == "one"
    cls.observe("loaded", lambda ctx: ctx.data.update(title="seen"))
    assert titles(api) == ["seen"] * 3
    assert api("GET", "/things/1")[1]["title"] == "seen"


def test_a_default_fills_rows_that_were_stored_without_it(things: tuple[type[PersistedModel], Any]) -> None:
    cls, api = things
    bound_of(cls).rows.create({"title": "bare"})
    assert api("GET", "/things/4")[1]["at"].endswith("Z")
    assert all("at" in row for row in api("GET", "/things")[1])


def test_hidden_properties_stay_hidden(model: Make) -> None:
    cls, api = model({**SPEC, "hidden": ["tags"]})
    cls.create(FIRST)
    assert "tags" not in api("GET", "/things/1")[1]
    assert "tags" not in api("GET", "/things")[1][0]


def test_models_that_share_rows_get_them_as_each_declares(make_app: Callable[..., Any], api_of: Callable[[Any], Any]) -> None:
    app = make_app()

    class Short(PersistedModel, plural="shorts", memory={"collection": "all"}):
        title: str | None = None

    class Long(PersistedModel, plural="longs", memory={"collection": "all"}):
        title: str | None = None
        size: int = 3

    for cls in (Short, Long):
        app.model(cls, data_source="db")
    Short.create(title="x")
    api = api_of(app)
    assert "size" not in api("GET", "/shorts/1")[1]
    assert api("GET", "/longs/1")[1]["size"] == 3
