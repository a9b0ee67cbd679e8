"""From raw wheres to nodes: logic, paths, names that no row has, switches."""

import pytest

from lbpy.errors import BadRequest
from lbpy.query.grammar import Rules
from lbpy.query.nodes import EVERY_ROW, NO_ROW, And, Equal, Nor, Or, Ordered
from lbpy.query.where import compile_where

CODE = Rules()


# -- and, or, nor ----------------------------------------------------------------


def test_conditions_nest(city, compiled):
    name, capital = city.path("name"), city.path("capital")
    raw = {"capital": True, "or": {"0": {"name": "a"}, "1": {"nor": [{"name": "b"}]}}}
    assert compiled(raw) == And((Equal(capital, True), Or((Equal(name, "a"), Nor((Equal(name, "b"),))))))


@pytest.mark.parametrize(
    ("raw", "node"),
    [
        ({"and": []}, EVERY_ROW),
        ({"or": []}, NO_ROW),
        ({"nor": []}, EVERY_ROW),
        ({"nor": [{}]}, NO_ROW),
        ({"or": [{}, {"name": "a"}]}, EVERY_ROW),
        ({"and": [{"name": []}, {"name": "a"}]}, NO_ROW),
    ],
)
def test_constants_are_folded(compiled, raw, node):
    assert compiled(raw) == node


def test_hundreds_of_clauses_are_fine(compiled):
    assert len(compiled({"or": [{"population": number} for number in range(200)]}).parts) == 200


# -- paths -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "many"),
    [
        ("name", "string", False),
        ("tags", "string", True),
        ("tags.0", "string", False),
        ("mayor.age", "number", False),
        ("deputies.age", "number", True),
        ("deputies.1.age", "number", False),
        ("box.k.0", None, False),
        ("undeclared.x", None, False),
    ],
)
def test_paths_know_the_kind_at_their_end(city, text, kind, many):
    path = city.path(text)
    assert (path.kind.name if path.kind else None, path.many) == (kind, many)


@pytest.mark.parametrize("name", ["$where", "__proto__", "box.$where", "", "a..b"])
def test_names_that_a_store_could_take_for_an_operator_are_unknown(compiled, name):
    assert compiled({name: "1"}) == NO_ROW
    assert compiled({name: {"name": "Rome"}}) == NO_ROW


# -- unknown properties ----------------------------------------------------------


@pytest.mark.parametrize("condition", [None, {"eq": None}, {"neq": 1}, {"nin": [1]}, {"inq": [None]}, {"neq": {}}])
def test_an_unknown_property_is_missing_in_every_row(grammar, condition):
    assert compile_where(grammar(relational=True), {"altitude": condition}, CODE) == EVERY_ROW


@pytest.mark.parametrize("condition", [5, {"gt": 1}, {"neq": None}, {"nin": [None]}, {"nlike": "a"}, {"neq": 1, "gt": 1}, {}])
def test_an_unknown_property_meets_nothing_else(grammar, condition):
    assert compile_where(grammar(strict=True), {"altitude": condition}, CODE) == NO_ROW


@pytest.mark.parametrize("settings", [{"strict": True}, {"strict": "filter"}, {"relational": True}])
def test_an_unknown_property_is_refused_in_writes(grammar, settings):
    with pytest.raises(BadRequest, match="altitude"):
        compile_where(grammar(**settings), {"or": [{"altitude": None}]}, CODE.for_writing())


def test_free_form_data_may_be_named_in_writes(city, compiled):
    assert compiled({"altitude": 5}, CODE.for_writing()) == Equal(city.path("altitude"), 5)


# -- switches --------------------------------------------------------------------


def test_filter_hidden_drops_conditions_as_loopback_does(grammar):
    city = grammar(compat=["filterHidden"])
    assert compile_where(city, {"or": [{"secret": "x"}], "name": "a"}, city.client_rules()) == Equal(city.path("name"), "a")


def test_first_operator_only_takes_the_first_of_a_fixed_order(grammar):
    city = grammar(compat=["firstOperatorOnly"])
    assert compile_where(city, {"population": {"lt": 3, "gt": 1}}, CODE) == Ordered(city.path("population"), "gt", 1)


def test_unknown_operator_finds_nothing(grammar):
    city = grammar(compat=["unknownOperator"])
    assert compile_where(city, {"population": {"above": 1}}, CODE) == NO_ROW
    assert compile_where(city, {"population": {"above": 1, "gt": 1}}, CODE) == Ordered(city.path("population"), "gt", 1)


def test_broken_regexp_finds_nothing(grammar):
    assert compile_where(grammar(compat=["brokenRegexp"]), {"name": {"regexp": "("}}, CODE) == NO_ROW


def test_unknown_in_where_is_dropped_on_relational_stores(grammar):
    assert compile_where(grammar(compat=["unknownInWhere"], relational=True), {"altitude": 5}, CODE) == EVERY_ROW
    assert compile_where(grammar(compat=["unknownInWhere"], strict=True), {"altitude": 5}, CODE) == NO_ROW
