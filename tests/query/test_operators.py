"""What the operators of a condition take, which node each becomes, and how mistakes are told."""

from datetime import UTC, datetime

import pytest

from lbpy.errors import BadRequest
from lbpy.geo import GeoPoint, to_km
from lbpy.query.grammar import Rules
from lbpy.query.nodes import EVERY_ROW, NO_ROW, And, Between, Equal, In, Like, Matches, Near, NotIn, Ordered, Unequal
from lbpy.query.where import compile_where

CODE = Rules()
LIST_WANTED = "Value is not an array or object with sequential numeric indices"


# -- values ----------------------------------------------------------------------


@pytest.mark.parametrize("raw", [None, {}])
def test_nothing_is_every_row(compiled, raw):
    assert compiled(raw) == EVERY_ROW


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ({"population": "520"}, 520),
        ({"name": 5}, "5"),
        ({"capital": "false"}, False),
        ({"capital": "yes"}, True),
        ({"founded": "1980-01-01"}, datetime(1980, 1, 1, tzinfo=UTC)),
        ({"founded": 0}, datetime(1970, 1, 1, tzinfo=UTC)),
        ({"tags": 5}, "5"),
        ({"tags": ["old"]}, "old"),
        ({"name": ["Rome", "Bern"]}, "Rome,Bern"),
        ({"population": ["520"]}, 520),
        ({"population": (1,)}, 1),
        ({"mayor.name": [["Anna"]]}, "Anna"),
        ({"population": None}, None),
        ({"mayor.age": "7"}, 7),
        ({"undeclared": "7"}, "7"),
        ({"undeclared": datetime(2020, 1, 2, tzinfo=UTC)}, "2020-01-02T00:00:00.000Z"),
    ],
)
def test_values_are_read_by_the_kind_of_their_property(city, compiled, raw, value):
    (name,) = raw
    assert compiled(raw) == Equal(city.path(name), value)


@pytest.mark.parametrize("value", [{}, [], [1, 2], [{}], "many", {"eq": [[{}]]}, {"gt": "many"}, {"gt": None}, {"inq": ["many"]}])
def test_what_no_number_equals_finds_nothing(compiled, value):
    assert compiled({"population": value}) == NO_ROW


def test_what_no_number_equals_is_unequal_to_all(city, compiled):
    assert compiled({"population": {"neq": "many"}}) == EVERY_ROW
    assert compiled({"population": {"nin": ["many"]}}) == NotIn(city.path("population"), ())


def test_one_bad_item_of_a_list_is_left_out(city, compiled):
    assert compiled({"population": {"inq": ["1", "x", None]}}) == In(city.path("population"), (1,), null=True)


def test_a_bad_date_is_refused(message):
    assert "Invalid date" in message({"founded": {"gt": "yesterday"}})
    assert "Invalid date" in message({"founded": "1577836800000"})


# -- operators -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "node"),
    [
        ({"eq": "1"}, lambda at: Equal(at, 1)),
        ({"neq": "1"}, lambda at: Unequal(at, 1)),
        ({"neq": None}, lambda at: Unequal(at, None)),
        ({"gt": 1}, lambda at: Ordered(at, "gt", 1)),
        ({"lte": "1"}, lambda at: Ordered(at, "lte", 1)),
        ({"between": [1, "2"]}, lambda at: Between(at, 1, 2)),
        ({"between": {"0": 1, "1": 2}}, lambda at: Between(at, 1, 2)),
        ({"inq": []}, lambda at: NO_ROW),
        ({"inq": {"0": "1", "1": 2}}, lambda at: In(at, (1, 2))),
        ({"nin": []}, lambda at: NotIn(at, ())),
        ({"nin": [None]}, lambda at: NotIn(at, (), null=True)),
        ({"like": "a%"}, lambda at: Like(at, "a%")),
        ({"nilike": "a%"}, lambda at: Like(at, "a%", negated=True, ignore_case=True)),
        ({"like": "a", "options": "i"}, lambda at: Like(at, "a", options="i")),
        ({"regexp": "^a"}, lambda at: Matches(at, "^a")),
        ({"regexp": "/^a/gi"}, lambda at: Matches(at, "^a", "i")),
        ({"regexp": "/"}, lambda at: Matches(at, "/")),
        ({"gt": 1, "lt": 3}, lambda at: And((Ordered(at, "gt", 1), Ordered(at, "lt", 3)))),
        ({"between": [None, 1]}, lambda at: NO_ROW),
    ],
)
def test_operators_become_nodes(city, compiled, condition, node):
    assert compiled({"population": condition}) == node(city.path("population"))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (5, "The where clause 5 is not an object"),
        ("Rome", 'The where clause "Rome" is not an object'),
        ([{"name": "Rome"}], 'The where clause [{"name":"Rome"}] is not an object'),
        ({"or": ["x", 1]}, 'The where clause "x" is not an object'),
        ({"and": {"name": "IT"}}, f'The and operator has invalid clauses {{"name":"IT"}}: {LIST_WANTED}'),
        ({"or": 5}, f"The or operator has invalid clauses 5: {LIST_WANTED}"),
        ({"or": {}}, "The or operator has invalid clauses {}: Value is an empty object"),
        ({"name": {"inq": "x"}}, f'The name property has invalid clause {{"inq":"x"}}: Error: {LIST_WANTED}'),
        ({"name": {"between": 1}}, f'The name property has invalid clause {{"between":1}}: Error: {LIST_WANTED}'),
        (
            {"name": {"between": [134]}},
            'The name property has invalid clause {"between":[134]}: Expected precisely 2 values, received 1',
        ),
        ({"name": {"like": 5}}, 'The name property has invalid clause {"like":5}: Expected a string or RegExp'),
        ({"name": {"regexp": 1}}, "Invalid argument, must be a string, regex literal, or RegExp object"),
        ({"name": {"regexp": "/o/x"}}, "Invalid regex flags: x"),
        ({"name": {"regexp": "/rome"}}, "Invalid regex flags: r,o,e"),
        ({"name": {"regexp": "a/b"}}, "Invalid regex flags: b"),
        ({"name": {"regexp": "/o/ii"}}, "Invalid regex flags: i"),
    ],
)
def test_mistakes_are_told_in_the_words_of_loopback(message, raw, text):
    assert message(raw) == text


@pytest.mark.parametrize("operator", ["like", "nilike", "regexp"])
@pytest.mark.parametrize("pattern", ["(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", "(a)\\1", "\\k<n>", "a" * 1001, "a{5000}"])
def test_patterns_that_no_store_may_run_are_refused(message, operator, pattern):
    assert message({"name": {operator: pattern}})


def test_a_broken_regexp_is_refused_and_a_broken_like_is_not(compiled, message):
    assert "Invalid regular expression" in message({"name": {"regexp": "("}})
    assert "Invalid regular expression" in message({"name": {"regexp": "\ud800"}})
    assert isinstance(compiled({"name": {"like": "C++"}}), Like)


@pytest.mark.parametrize(
    "condition", [{"bogus": 1}, {"exists": True}, {"gt": 1, "bogus": 2}, {"unit": "miles"}, {"options": "i"}]
)
def test_unknown_operators_are_refused(message, condition):
    assert "Unknown operator" in message({"population": condition})


@pytest.mark.parametrize("name", ["box", "location", "mayor", "districts", "undeclared", "box.k"])
def test_an_object_is_a_value_where_objects_can_be_stored_and_equals_nothing(compiled, name):
    assert compiled({name: {"lat": 1, "lng": 2}}) == NO_ROW


def test_operators_of_mongodb_are_refused(city):
    with pytest.raises(BadRequest) as caught:
        compile_where(city, {"and": [{"anything": {"$gt": 1}}]}, CODE)
    assert caught.value.message == 'Operators "$gt" are not allowed in query'
    assert caught.value.code == "OPERATOR_NOT_ALLOWED_IN_QUERY"
    assert caught.value.details == {"operators": ["$gt"], "where": {"anything": {"$gt": 1}}}


def test_operators_of_mongodb_can_be_let_through(city, compiled):
    assert compiled({"population": {"$gt": 1}}, Rules(extended=True)) == Ordered(city.path("population"), "gt", 1)


# -- near ------------------------------------------------------------------------


@pytest.mark.parametrize("point", ["46,9", [46, 9], {"lat": 46, "lng": "9"}])
def test_near_takes_all_forms_of_a_point(city, compiled, point):
    assert compiled({"location": {"near": point}}) == Near(city.path("location"), GeoPoint(46, 9))


def test_distances_become_kilometres(compiled):
    near = compiled({"location": {"near": "46,9", "maxDistance": "150", "minDistance": 0, "unit": "meters"}})
    assert (near.max_km, near.min_km) == (pytest.approx(0.15), None)
    assert compiled({"location": {"near": "46,9", "maxDistance": 1}}).max_km == to_km(1, "miles")


@pytest.mark.parametrize(
    "clause",
    [
        {"near": "here"},
        {"near": [460, 9]},
        {"near": "46,9", "unit": "parsecs"},
        {"near": "46,9", "unit": ["miles"]},
        {"near": "46,9", "maxDistance": "far"},
        {"near": "46,9", "maxDistance": -1},
        {"near": "46,9", "maxDistance": [1]},
    ],
)
def test_bad_points_and_distances_are_refused(message, clause):
    assert message({"location": clause}).startswith("The location property has invalid clause")
