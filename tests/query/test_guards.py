"""What clients may not say in a query: hidden names, too many levels."""

import pytest

from lbpy.errors import BadRequest
from lbpy.query.guards import check_depth, without_hidden
from lbpy.query.nodes import Equal
from lbpy.query.where import compile_where


@pytest.mark.parametrize("name", ["secret", "secret.x", "x.secret", "mayor.pin", "deputies.pin", "deputies.0.pin"])
@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: {"or": [{"nor": {"0": one}}]}])
def test_hidden_properties_are_refused_at_any_level(city, message, name, wrap):
    assert "may not be used" in message(wrap({name: "x"}), city.client_rules())


def test_the_look_for_hidden_names_leaves_other_mistakes_to_be_told(city, message):
    assert message({"or": [5]}, city.client_rules()) == "The where clause 5 is not an object"
    assert "invalid clauses 5" in message({"or": 5}, city.client_rules())


@pytest.mark.parametrize("name", ["mayor.name", "mayor.name.x", "deputies.0.age", "tags.0", "nobody.x"])
def test_paths_without_a_hidden_part_are_free(city, compiled, name):
    assert compiled({name: "1"}, city.client_rules()) == compiled({name: "1"})


def test_code_may_name_hidden_properties(city, compiled):
    assert compiled({"secret": "x"}) == Equal(city.path("secret"), "x")


def test_a_model_may_open_its_hidden_properties_to_clients(grammar):
    open_city = grammar(prohibitHiddenPropertiesInQuery=False)
    assert compile_where(open_city, {"secret": "x"}, open_city.client_rules()) == Equal(open_city.path("secret"), "x")


def test_protected_properties_are_refused_in_includes_only(city, compiled, message):
    rules = city.client_rules()
    assert compiled({"inner": "x"}, rules) == Equal(city.path("inner"), "x")
    assert "may not be used" in message({"inner": "x"}, rules.for_include(city.definition))


def test_what_is_permitted_stays_as_it_is(city):
    where = {"name": "x", "and": [{"tags": 1}]}
    assert without_hidden(city, where, city.client_rules()) == where


def test_depth_is_limited(city, compiled, message):
    deep = {"name": "x"}
    for _ in range(6):
        deep = {"and": [deep]}
    assert message(deep, city.client_rules()) == "The query object exceeds maximum depth 12"
    assert compiled(deep) == compiled({"name": "x"})
    assert compiled(deep["and"][0], city.client_rules())


def test_depth_counts_lists_and_objects():
    check_depth({"a": [{"b": 1}]}, 3)
    with pytest.raises(BadRequest) as caught:
        check_depth({"a": [{"b": 1}]}, 2)
    assert caught.value.code == "QUERY_OBJECT_TOO_DEEP"
