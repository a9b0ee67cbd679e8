from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbpy.errors import BadRequest
from lbpy.geo import GeoPoint
from lbpy.model.definition import from_json
from lbpy.query.evaluate import like, predicate, project, run, search
from lbpy.query.filter import compile_filter
from lbpy.query.grammar import Grammar, Rules
from lbpy.query.nodes import Filter, Matches, Path
from lbpy.query.operators import OPERATORS
from lbpy.query.where import compile_where

CODE = Rules()


@pytest.fixture
def names(grammar, rows):
    def find(**raw):
        return [row["name"] for row in run(compile_filter(grammar(), raw, CODE), rows)]

    return find


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"population": 520}, "Lyon"),
        ({"population": None}, "Ghost"),
        ({"founded": None}, "Bern Ghost"),
        ({"population": {"neq": 520}}, "Rome Bern Ghost"),
        ({"founded": {"neq": None}}, "Rome Lyon"),
        ({"population": {"gt": 134, "lt": 2800}}, "Lyon"),
        ({"name": {"gte": "L"}}, "Rome Lyon"),
        ({"founded": {"between": ["1975-01-01", "1985-01-01"]}}, "Lyon"),
        ({"population": {"between": [520, 134]}}, ""),
        ({"name": {"inq": ["Rome", "Nowhere"]}}, "Rome"),
        ({"population": {"inq": [520, None]}}, "Lyon Ghost"),
        ({"population": {"nin": [520]}}, "Rome Bern Ghost"),
        ({"population": {"nin": [520, None]}}, "Rome Bern"),
        ({"population": {"nin": []}}, "Rome Lyon Bern Ghost"),
        ({"capital": {"neq": True}}, "Lyon Bern Ghost"),
        ({"or": [{"name": "Rome"}, {"population": {"lt": 200}}]}, "Rome Bern"),
        ({"nor": [{"name": "Rome"}, {"population": {"lt": 200}}]}, "Lyon Ghost"),
        ({"and": [{"capital": True}, {"name": "Rome"}, {"id": 1}]}, "Rome"),
    ],
)
def test_comparing(names, where, found):
    assert names(where=where) == found.split()


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"tags": "river"}, "Rome Bern"),
        ({"tags": {"neq": "river"}}, "Rome Lyon Ghost"),
        ({"tags": {"neq": "old"}}, "Rome Lyon Bern Ghost"),
        ({"tags": {"nin": ["river"]}}, "Rome Ghost"),
        ({"tags": None}, "Ghost"),
        ({"tags": {"like": "^o"}}, "Rome"),
        ({"tags": {"nlike": "^o"}}, "Rome Bern"),
        ({"tags": ["old", "river"]}, ""),
        ({"scores": {"between": [8, 8]}}, "Rome"),
        ({"scores.0": 9}, "Rome"),
        ({"scores.5": None}, "Rome Lyon Bern Ghost"),
        ({"districts.name": "Monti"}, "Rome"),
        ({"districts.0.name": "Monti"}, ""),
        ({"districts.name": {"neq": "Monti"}}, "Rome Lyon Bern Ghost"),
        ({"deputies.age": {"gt": "35"}}, "Rome"),
    ],
)
def test_a_condition_on_a_list_holds_if_any_element_meets_it(names, where, found):
    assert names(where=where) == found.split()


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"box.k": 1}, "Rome Lyon"),
        ({"box.k": "1"}, "Rome Lyon"),
        ({"box.k": {"gt": "0"}}, "Rome Lyon"),
        ({"box.k": {"inq": ["1"]}}, "Rome Lyon"),
        ({"box.deep.x": "a"}, "Rome"),
        ({"box.deep": {"x": "a"}}, ""),
        ({"box.deep": {"neq": "a"}}, "Rome Lyon Bern Ghost"),
        ({"box.k": None}, "Bern Ghost"),
        ({"extra": 2}, "Rome Lyon"),
        ({"extra": {"neq": "2"}}, "Bern Ghost"),
        ({"extra": {"nin": [2, None]}}, ""),
        ({"extra": True}, ""),
        ({"mayor.age": "50"}, "Rome"),
        ({"location.lat": {"gt": 46}}, "Bern"),
        ({"name.length": 4}, ""),
    ],
)
def test_paths_and_data_that_no_kind_reads(names, where, found):
    assert names(where=where) == found.split()


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"name": {"like": "om"}}, "Rome"),
        ({"name": {"like": "R%e"}}, "Rome"),
        ({"name": {"like": "^.e_n$"}}, "Bern"),
        ({"name": {"like": "x*"}}, "Rome Lyon Bern Ghost"),
        ({"name": {"like": ""}}, ""),
        ({"name": {"nlike": ""}}, ""),
        ({"name": {"like": "ROME", "options": "i"}}, ""),
        ({"name": {"ilike": "ROME"}}, "Rome"),
        ({"name": {"nilike": "ROME"}}, "Lyon Bern Ghost"),
        ({"population": {"like": "^5"}}, "Lyon"),
        ({"population": {"nlike": "^5"}}, "Rome Bern"),
        ({"capital": {"like": "n"}}, ""),
        ({"box": {"like": "."}}, ""),
        ({"name": {"regexp": "^[LB]\\w+n$"}}, "Lyon Bern"),
        ({"name": {"regexp": "/^r/i"}}, "Rome"),
        ({"population": {"regexp": "^1"}}, "Bern"),
        ({"capital": {"regexp": "."}}, "Rome Lyon"),
    ],
)
def test_patterns(names, where, found):
    assert names(where=where) == found.split()


@pytest.mark.parametrize(("pattern", "text", "fits"), [("C++", "my C++ x", True), ("c++", "C++", False), ("[_", "[_", True)])
def test_a_like_that_does_not_parse_is_matched_literally(pattern, text, fits):
    assert like(pattern)(text) is fits


def test_a_literal_like_can_ignore_case():
    assert like("c++", ignore_case=True)("I write C++")


def test_the_flag_m_lets_anchors_fit_at_lines():
    multi, single = search("^b$", "m"), search("^b$")
    assert multi is not None
    assert single is not None
    assert (multi("a\nb"), single("a\nb")) == (True, False)


def test_patterns_are_checked_when_a_condition_is_prepared():
    assert search("(") is None
    assert not predicate(Matches(Path("name", ("name",), None, None), "("))({"name": "("})
    with pytest.raises(BadRequest):
        search("(?=a)")


def test_a_slow_pattern_of_other_engines_is_fast(names):
    assert names(where={"name": {"regexp": "^(([a-zA-Z]+)+)+$!"}}) == []


# -- near --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clause", "found"),
    [
        ({"near": "46,9"}, "Bern Lyon Rome"),
        ({"near": "46,9", "maxDistance": 400, "unit": "kilometers"}, "Bern Lyon"),
        ({"near": "46,9", "minDistance": 300, "unit": "kilometers"}, "Lyon Rome"),
    ],
)
def test_near_sorts_by_distance_and_drops_rows_without_a_point(names, clause, found):
    assert names(where={"location": clause}) == found.split()
    assert names(where={"and": [{"id": {"gt": 0}}, {"location": clause}]}, order="name", limit=2) == found.split()[:2]


def test_near_reads_points_of_undeclared_data(grammar):
    filter = compile_filter(grammar(), {"where": {"spot": {"near": "0,0"}}}, CODE)
    rows = [{"spot": {"lat": 2, "lng": 0}}, {"spot": "here"}, {"spot": [1, 0]}, {"spot": {"lat": 3, "lng": 0}}, {}]
    assert [row["spot"] for row in run(filter, rows)] == [{"lat": 2, "lng": 0}, {"lat": 3, "lng": 0}]


def test_the_nearest_of_several_points_counts(grammar):
    filter = compile_filter(grammar(), {"where": {"spots.at": {"near": "0,0"}}}, CODE)
    far, near = ({"spots": [{"at": {"lat": lat, "lng": 0}} for lat in lats]} for lats in ([9, 5], [20, 1]))
    assert run(filter, [far, near]) == [near, far]


# -- order -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("name", "Bern Ghost Lyon Rome"),
        ("name DESC", "Rome Lyon Ghost Bern"),
        ("population", "Ghost Bern Lyon Rome"),
        ("founded", "Bern Ghost Rome Lyon"),
        ("founded DESC", "Lyon Rome Ghost Bern"),
        ("capital DESC, name", "Rome Ghost Lyon Bern"),
        ("mayor.name", "Lyon Bern Ghost Rome"),
        ("tags", "Lyon Rome Bern Ghost"),
        ("nothing", "Rome Lyon Bern Ghost"),
    ],
)
def test_order(names, order, found):
    assert names(order=order) == found.split()


def sorted_by(grammar, order, values):
    rows = [{"id": place, **({} if value is ... else {"x": value})} for place, value in enumerate(values)]
    return [row.get("x", ...) for row in run(compile_filter(grammar(), {"order": order}, CODE), rows)]


@pytest.mark.parametrize(
    ("values", "ascending"),
    [
        ([3, None, -1, ...], [..., -1, None, 3]),
        (["b", None, "a"], ["b", None, "a"]),
        (["b", ..., "a"], [..., "a", "b"]),
        (["10", 9, "a"], [9, "10", "a"]),
        ([{"a": 1}, 2, 1], [{"a": 1}, 1, 2]),
        ([None, None], [None, None]),
        ([2, {"a": 1}, ...], [..., 2, {"a": 1}]),
        ([True, 0.5, False], [False, 0.5, True]),
        ([datetime(1970, 1, 2, tzinfo=UTC), None, 5], [None, 5, datetime(1970, 1, 2, tzinfo=UTC)]),
    ],
)
def test_missing_null_and_mixed_values_are_ordered_as_in_loopback(grammar, values, ascending):
    assert sorted_by(grammar, "x", values) == ascending


def test_descending_order_is_stable():
    definition = from_json({"name": "X", "properties": {"n": "number"}}, lambda name: None)
    rows = [{"id": 1, "n": 1}, {"id": 2, "n": 1}, {"id": 3, "n": 2}]
    assert [row["id"] for row in run(compile_filter(Grammar(definition), {"order": "n DESC"}, CODE), rows)] == [3, 1, 2]


def test_null_lets_the_next_key_decide_among_texts(grammar):
    rows = [{"id": 1, "a": "XX", "b": 3}, {"id": 2, "a": None, "b": 1}, {"id": 3, "a": "XX", "b": 2}]
    found = run(compile_filter(grammar(), {"order": "a DESC, b"}, CODE), rows)
    assert [row["id"] for row in found] == [2, 3, 1]


# -- page and fields ---------------------------------------------------------


@pytest.mark.parametrize(
    ("filter", "ids"),
    [
        (Filter(), [1, 2, 3, 4]),
        (Filter(limit=2), [1, 2]),
        (Filter(limit=2, skip=3), [4]),
        (Filter(skip=60), []),
        (Filter(limit=2**53 - 1, skip=1), [2, 3, 4]),
    ],
)
def test_pages(rows, filter, ids):
    assert [row["id"] for row in run(filter, rows)] == ids
    assert [row["id"] for row in run(filter, iter(rows))] == ids


def test_a_page_reads_no_more_rows_than_it_needs(grammar):
    def rows():
        yield {"id": 1, "name": "x"}
        yield {"id": 2, "name": "x"}
        raise AssertionError("one row too many")

    filter = compile_filter(grammar(), {"where": {"name": "x"}, "limit": 2}, CODE)
    assert len(run(filter, rows())) == 2


def test_project_keeps_named_properties():
    rows = [{"a": 1, "b": None}, {"b": 2}]
    assert project(("b", "a", "z"), rows) == [{"b": None, "a": 1}, {"b": 2}]
    assert project((), rows) == [{}, {}]
    assert project(None, rows) == rows


# -- any data ----------------------------------------------------------------

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=3),
    st.sampled_from(["1", "46,9", "(", "a%", "2020-01-01", "10" * 200]),
    st.sampled_from([datetime(2020, 1, 1, tzinfo=UTC), GeoPoint(1, 2)]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from([*OPERATORS, "unit", "k", "0"]), inner, max_size=2)
    ),
    max_leaves=4,
)
NAMES = st.sampled_from(
    ["name", "population", "tags", "box", "box.k", "districts.k", "deputies.age", "extra", "location", "founded"]
)


@given(st.dictionaries(NAMES, VALUES, max_size=2), st.lists(st.dictionaries(NAMES, VALUES, max_size=3), max_size=3))
def test_whatever_is_asked_of_whatever_is_stored_is_answered_or_refused(grammar, where, rows):
    city = grammar()
    try:
        meets = predicate(compile_where(city, where, CODE))
    except BadRequest:
        return
    assert all(meets(row) in (True, False) for row in rows)


@given(st.lists(st.dictionaries(NAMES, VALUES, max_size=3), max_size=5), st.lists(NAMES, max_size=2))
def test_whatever_is_stored_can_be_ordered(grammar, rows, order):
    found = run(compile_filter(grammar(), {"order": order}, CODE), rows)
    assert sorted(map(id, found)) == sorted(map(id, rows))
