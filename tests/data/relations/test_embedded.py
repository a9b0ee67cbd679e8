"""Rows inside rows: ids, rules, hooks and what an owner's data may say of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import lbpy
from lbpy import PersistedModel, embeds_many
from lbpy.data import reading
from lbpy.data.bound import bound_of
from lbpy.errors import BadRequest, Invalid, NotFound

Make = Callable[..., dict[str, Any]]

LINE = {
    "name": "Line",
    "properties": {"id": {"type": "number", "id": True}, "text": {"type": "string", "required": True}, "cost": "number"},
    "hidden": ["cost"],
}
STAMP = {"name": "Stamp", "properties": {"by": {"type": "string", "required": True}, "size": {"type": "number", "default": 3}}}
SHEET = {
    "name": "Sheet",
    "properties": {"title": "string"},
    "relations": {
        "lines": {"type": "embedsMany", "model": "Line", "property": "lineList"},
        "stamp": {"type": "embedsOne", "model": "Stamp", "property": "stampRow"},
    },
}


@pytest.fixture
def models(make: Make) -> dict[str, Any]:
    return make(LINE, STAMP, SHEET)


def stored(sheet: Any) -> Any:
    return type(sheet).find_by_id(sheet.id)


def test_number_ids_count_up_within_the_owner(models: dict[str, Any]) -> None:
    sheet = models["Sheet"].create(title="a")
    assert [sheet.lines.create(text=text).id for text in "xy"] == [1, 2]
    assert [line["text"] for line in stored(sheet)["lineList"]] == ["x", "y"]


def test_lists_are_empty_from_the_start(models: dict[str, Any]) -> None:
    assert models["Sheet"].create(title="a")["lineList"] == []


def test_embedded_rows_keep_their_own_rules(models: dict[str, Any]) -> None:
    sheet = models["Sheet"].create(title="a")
    with pytest.raises(Invalid, match="Line: text"):
        sheet.lines.create(cost=1)
    with pytest.raises(Invalid, match="lineList contains invalid item: `1` \\(`text` can't be blank\\)"):
        models["Sheet"].create(lineList=[{"id": 1}])
    with pytest.raises(Invalid, match="lineList contains invalid item at index `1` \\(`text`"):
        models["Sheet"].create(lineList=[{"id": 1, "text": "a"}, {}])
    with pytest.raises(Invalid, match="stamp is invalid: `by`"):
        models["Sheet"].create(stampRow={"size": 1})
    assert stored(sheet)["lineList"] == []


def test_rows_that_are_stored_by_themselves_too_come_with_their_ids(make: Make) -> None:
    lines = {"type": "embedsMany", "model": "Line", "property": "lineList", "options": {"persistent": True}}
    sheet = make(LINE, {"name": "Sheet", "relations": {"lines": lines}})["Sheet"]
    with pytest.raises(Invalid, match="lineList contains invalid item at index `0`: `id` is blank"):
        sheet.create(lineList=[{"text": "a"}])
    assert sheet.create(lineList=[{"id": 1, "text": "a"}]).lines.create(id=2, text="b").id == 2


def test_no_two_have_the_same_id(models: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="contains duplicate `id`"):
        models["Sheet"].create(lineList=[{"id": 1, "text": "a"}, {"id": 1, "text": "b"}])


def test_a_list_is_embedded_whole_or_not_at_all(models: dict[str, Any]) -> None:
    sheet = models["Sheet"].create(title="a")
    relation = type(sheet).lines.__get__(sheet, type(sheet))._relation
    with pytest.raises(Invalid):
        relation.create(sheet, [{"text": "a"}, {}])
    assert relation.count(sheet) == 0
    assert len(relation.create(sheet, [{"text": "a"}, {"text": "b"}])) == 2


def test_find_honours_where_order_and_page(models: dict[str, Any]) -> None:
    sheet = models["Sheet"].create(lineList=[{"id": at, "text": text} for at, text in enumerate("cab")])
    assert [line.text for line in sheet.lines.find(order="text", limit=2)] == ["a", "b"]
    assert [line.text for line in sheet.lines.find({"id": {"gt": 0}})] == ["a", "b"]
    assert sheet.lines.count({"text": "c"}) == 1


def test_one_is_changed_and_taken_away_by_its_id(models: dict[str, Any]) -> None:
    sheet = models["Sheet"].create(lineList=[{"id": 1, "text": "a"}, {"id": 2, "text": "b"}])
    assert sheet.lines.update_by_id(2, {"text": "c"}).text == "c"
    sheet.lines.destroy(1)
    assert [line["text"] for line in stored(sheet)["lineList"]] == ["c"]
    with pytest.raises(NotFound):
        sheet.lines.update_by_id(1, {"text": "x"})


def test_one_row_is_embedded_changed_and_taken_away(models: dict[str, Any]) -> None:
    sheet = models["Sheet"].create(title="a")
    assert sheet.stamp.create(by="me").size == 3
    assert sheet.stamp.update(size=4).by == "me"
    sheet.stamp.destroy()
    assert sheet.stamp.get() is None


def test_hooks_of_both_models_run_around_each_other(models: dict[str, Any]) -> None:
    seen: list[str] = []
    for name in ("Line", "Sheet"):
        for hook in ("before save", "after save", "before delete", "after delete"):
            models[name].observe(hook, lambda ctx, said=f"{name} {hook}": seen.append(said))
    sheet = models["Sheet"].create(title="a")
    seen.clear()
    line = sheet.lines.create(text="x")
    assert seen == ["Line before save", "Sheet before save", "Sheet after save", "Line after save"]
    seen.clear()
    sheet.lines.destroy(line.id)
    assert seen == ["Line before delete", "Sheet before save", "Sheet after save", "Line after delete"]


def test_hidden_properties_stay_hidden_inside_their_owner(models: dict[str, Any]) -> None:
    models["Sheet"].create(lineList=[{"id": 1, "text": "a", "cost": 9}])
    client = {"prohibitHiddenPropertiesInQuery": True}
    [row] = reading.find(bound_of(models["Sheet"]), {"include": "lines"}, client)
    assert row["lines"] == [{"id": 1, "text": "a"}]
    with pytest.raises(BadRequest):
        reading.find(bound_of(models["Sheet"]), {"include": {"relation": "lines", "scope": {"where": {"cost": 9}}}}, client)


def test_an_item_that_is_no_object_breaks_no_list_that_includes_it():
    class Item(PersistedModel):
        word: str | None = None

    class Order(PersistedModel):
        items = embeds_many(lambda: Item)

    with lbpy.App() as app:
        db = app.data_source("db", connector="memory")
        app.model(Item, data_source=db)
        app.model(Order, data_source=db)
        place = next(name for name in Order.definition__.properties if name != "id")
        Order.create({place: [{"id": 1, "word": "a"}]})
        bound_of(Order).store.create({place: [None, {"id": 2, "word": "a"}]})
        found = Order.find(include={"relation": "items", "scope": {"where": {"word": "a"}}}, order="id")
        assert [len(one["items"]) for one in found] == [1, 1]
