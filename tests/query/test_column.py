import pytest

from lbpy.geo import GeoPoint
from lbpy.model.properties import Attribute
from lbpy.query.column import Column, Condition, col, raw_where
from lbpy.query.grammar import Rules
from lbpy.query.where import compile_where

name: Column[str] = col(Attribute("name"))
population: Column[float] = col(Attribute("population"))


@pytest.mark.parametrize(
    ("condition", "raw"),
    [
        (name == "Rome", {"name": "Rome"}),
        (name == None, {"name": None}),  # noqa: E711  # the way to ask for null
        (name != "Rome", {"name": {"neq": "Rome"}}),
        (population < 1, {"population": {"lt": 1}}),
        (population <= 1, {"population": {"lte": 1}}),
        (population > 1, {"population": {"gt": 1}}),
        (population >= 1, {"population": {"gte": 1}}),
        (col(Attribute("box")) == {"gt": 1}, {"box": {"eq": {"gt": 1}}}),
        (name.is_null(), {"name": None}),
        (name.not_null(), {"name": {"neq": None}}),
        (name.one_of(("a", "b")), {"name": {"inq": ["a", "b"]}}),
        (name.not_in(iter("ab")), {"name": {"nin": ["a", "b"]}}),
        (population.between(1, 2), {"population": {"between": [1, 2]}}),
        (name.like("a%"), {"name": {"like": "a%"}}),
        (name.like("a%", ignore_case=True), {"name": {"ilike": "a%"}}),
        (name.not_like("a%"), {"name": {"nlike": "a%"}}),
        (name.not_like("a%", ignore_case=True), {"name": {"nilike": "a%"}}),
        (name.matches("a/b"), {"name": {"regexp": "/a/b/"}}),
        (name.matches("^a", ignore_case=True), {"name": {"regexp": "/^a/i"}}),
        (col(Attribute("mayor"))["name"] == "Anna", {"mayor.name": "Anna"}),
        (col(Attribute("tags"))[0] == "old", {"tags.0": "old"}),
        (
            col(Attribute("location")).near(GeoPoint(1, 2), within=3),
            {"location": {"near": GeoPoint(1, 2), "unit": "miles", "maxDistance": 3}},
        ),
    ],
)
def test_conditions_are_raw_wheres(grammar, condition, raw):
    assert condition.raw == raw
    assert compile_where(grammar(), condition.raw, Rules()) == compile_where(grammar(), raw, Rules())


def test_conditions_are_joined():
    a, b, c = name == "a", name == "b", name == "c"
    assert (a & b & c).raw == {"and": [a.raw, b.raw, c.raw]}
    assert (a | b | c).raw == {"or": [a.raw, b.raw, c.raw]}
    assert (a & (b | c)).raw == {"and": [a.raw, {"or": [b.raw, c.raw]}]}
    assert (~(a | b)).raw == {"nor": [{"or": [a.raw, b.raw]}]}


def test_the_same_column_twice_keeps_both_conditions():
    assert ((population > 1) & (population < 3)).raw == {"and": [{"population": {"gt": 1}}, {"population": {"lt": 3}}]}


def test_python_words_do_not_join_conditions():
    with pytest.raises(TypeError, match="&"):
        bool(name == "a")


def test_comparing_an_attribute_in_the_place_of_a_column_says_what_to_write():
    with pytest.raises(TypeError, match=r"False is no condition: .*col\(Product.name\)"):
        raw_where(Attribute("name") == "a")  # type: ignore[arg-type]
    assert [raw_where(None), raw_where({"a": 1}), raw_where(name == "a")] == [None, {"a": 1}, {"name": "a"}]


def test_a_column_is_made_of_a_property():
    with pytest.raises(TypeError, match="property"):
        col("name")


def test_a_condition_shows_itself():
    assert repr(Condition({"a": 1})) == "Condition({'a': 1})"
