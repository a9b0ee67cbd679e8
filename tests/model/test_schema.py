"""What a model's reader makes of data from clients and hooks: declared and undeclared properties, and what cannot be kept."""

from datetime import UTC, datetime

import pytest

from lbpy.errors import BadRequest, Problem
from lbpy.model.schema import Reader

PROPERTIES = {"title": "string", "stars": "number", "due": "date", "tags": ["string"], "inner": {"x": "number"}}


@pytest.fixture
def reader(read):
    return lambda keep_lost=False, **spec: Reader(read({"properties": PROPERTIES, **spec}), keep_lost=keep_lost)


def codes(problems):
    return [(one.property, one.code) for one in problems]


def test_values_come_as_rows_hold_them(reader):
    row, problems = reader().read({"stars": "5", "title": 7, "due": 0, "tags": '["a"]', "inner": {"x": "1"}})
    assert row == {"title": "7", "stars": 5, "due": datetime(1970, 1, 1, tzinfo=UTC), "tags": ["a"], "inner": {"x": 1}}
    assert problems == []


def test_absent_stays_absent_and_null_stays_null(reader):
    assert reader().read({"title": None}) == ({"title": None}, [])


def test_what_cannot_be_kept_is_a_problem_each(reader):
    row, problems = reader().read({"stars": "many", "due": "never", "title": {}, "tags": [{}], "inner": 5})
    assert row == {}
    assert sorted(codes(problems)) == [("due", "date"), ("inner", "type"), ("stars", "type"), ("tags", "type"), ("title", "type")]
    assert next(one for one in problems if one.property == "stars").value == "many"


def test_readable_values_are_read_beside_unreadable_ones(reader):
    assert reader().read({"title": 5, "stars": "many"})[0] == {"title": "5"}


def test_what_is_no_list_is_a_mistake_in_the_request(reader):
    with pytest.raises(BadRequest, match="Items must be an array: 5"):
        reader().read({"tags": 5})


def test_undeclared_properties_follow_in_the_order_in_which_they_came(reader):
    data = {"z": 1, "title": "t", "y": 2, "x": {"b": [1]}, "stars": 3, "w": None}
    row, problems = reader().read(data)
    assert list(row.items()) == [("title", "t"), ("stars", 3), ("z", 1), ("y", 2), ("x", {"b": [1]}), ("w", None)]
    assert problems == []


def test_an_undeclared_value_that_no_json_can_hold_is_a_problem_of_its_property(reader):
    row, problems = reader().read({"z": float("inf"), "y": "\ud800", "x": 1})
    assert row == {"x": 1}
    assert codes(problems) == [("z", "type"), ("y", "type")]


def test_strict_models_refuse_undeclared_properties(reader):
    row, problems = reader(strict=True).read({"z": 1, "title": "t", "y": 2})
    assert row == {"title": "t"}
    assert problems == [Problem(name, "unknown-property", "is not defined in the model") for name in ("z", "y")]


def test_filtering_models_drop_undeclared_properties(reader):
    assert reader(strict="filter").read({"z": float("inf"), "title": "t"}) == ({"title": "t"}, [])


@pytest.mark.parametrize("name", ["a.b", "constructor", "__proto__", "prototype", 5])
@pytest.mark.parametrize("strict", [False, True, "filter"])
def test_keys_that_no_property_can_have(reader, name, strict):
    with pytest.raises(BadRequest, match="cannot be the name of a property"):
        reader(strict=strict).read({name: 1})


@pytest.mark.parametrize("name", ["Meta", "load", "fields", "opts", "unknown", "partial", "get", "set"])
def test_a_property_may_have_any_other_name(reader, name):
    assert reader(properties={name: "number"}).read({name: "5"}) == ({name: 5}, [])


def test_the_old_way_keeps_what_it_can(reader):
    row, problems = reader(keep_lost=True).read({"title": {}, "stars": "many", "due": "never"})
    assert row["title"] == "[object Object]"
    assert "stars" in row
    assert codes(problems) == [("due", "date")]


def test_what_was_read_is_read_again_to_the_same(reader):
    first, _ = reader().read({"due": "2020-01-01", "tags": [1], "z": 1})
    assert reader().read(first) == (first, [])
