"""Conditions mean on SQL stores what they mean in memory: both run the same compiled queries over the same rows."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lbpy.connectors import postgres, sqlite
from lbpy.connectors.sql.collection import SqlCollection
from lbpy.data.contract import SourcePlace
from lbpy.errors import ClientError
from lbpy.geo import GeoPoint
from lbpy.model.definition import from_json
from lbpy.query.evaluate import run
from lbpy.query.filter import compile_filter
from lbpy.query.grammar import Grammar, Rules
from lbpy.query.nodes import EVERY_ROW

ID = {"type": "number", "id": 1, "generated": True}
BASE = from_json({"name": "PersistedModel", "properties": {"id": ID}}, lambda _: None)
PROPERTIES = {
    "name": "string",
    "n": "number",
    "ok": "boolean",
    "at": "date",
    "day": "datestring",
    "tags": ["string"],
    "scores": ["number"],
    "meta": "object",
    "any": "any",
    "mixed": "array",
    "place": "geopoint",
    "mayor": {"name": "string", "age": "number", "born": "date", "left": "boolean"},
    "districts": [{"name": "string", "size": "number", "marks": ["number"]}],
}
MODEL = from_json({"name": "Thing", "base": "PersistedModel", "properties": PROPERTIES}, lambda _: None, base=BASE)
GRAMMAR = Grammar(MODEL, free_form=False, relational=True)

def objects(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(["k", "l", "0"]), values, max_size=3)


TEXTS = st.sampled_from(["", "a", "b", "B", "é", "2", "10", "1.5", "true", "null", "%", "a\nb"])
NUMBERS = st.sampled_from([0, 1, 2, 10, -1, 1.5, 0.1 + 0.2, 1e9, 1e21])
DATES = st.sampled_from([datetime(1970, 1, 1, tzinfo=UTC), datetime(2020, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)])
SCALARS = st.none() | st.booleans() | TEXTS | NUMBERS
FREE = st.recursive(SCALARS, lambda one: st.lists(one, min_size=1, max_size=3) | objects(one), max_leaves=6)


def optional(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: st.none() | part for name, part in parts.items()})


MAYORS = optional(name=TEXTS, age=NUMBERS, born=DATES, left=st.booleans())
DISTRICTS = st.lists(optional(name=TEXTS, size=NUMBERS, marks=st.lists(NUMBERS, max_size=2)), max_size=2)
ROWS = optional(
    name=TEXTS,
    n=NUMBERS,
    ok=st.booleans(),
    at=DATES,
    day=st.sampled_from(["2020-01-02", "2021"]),
    tags=st.lists(TEXTS, max_size=2),
    scores=st.lists(NUMBERS, max_size=2),
    meta=objects(FREE),
    any=FREE,
    mixed=st.lists(FREE, max_size=3),
    place=st.builds(GeoPoint, st.integers(-90, 90), st.integers(-180, 180)),
    mayor=MAYORS,
    districts=DISTRICTS,
)
PATHS = st.sampled_from(
    [
        *("id", "name", "n", "ok", "at", "day", "tags", "scores", "meta", "any", "mixed", "unknown"),
        *("meta.k", "meta.k.l", "meta.0", "meta.l.0", "any.k", "any.0", "mixed.k", "mixed.0", "tags.0", "scores.1", "name.x"),
        *("place.lat", "mayor.name", "mayor.age", "mayor.born", "mayor.left"),
        *("districts.name", "districts.size", "districts.marks"),
    ]
)
OPERANDS = SCALARS | st.sampled_from(["2020-01-02T03:04:05.678Z", "1970-01-01"])
CLAUSES = st.one_of(
    OPERANDS,
    st.builds(lambda name, value: {name: value}, st.sampled_from(["eq", "neq", "gt", "gte", "lt", "lte"]), OPERANDS),
    st.builds(lambda name, values: {name: values}, st.sampled_from(["inq", "nin"]), st.lists(OPERANDS, max_size=3)),
    st.builds(lambda *values: {"between": values}, OPERANDS, OPERANDS),
    st.builds(lambda pattern: {"regexp": pattern}, st.sampled_from(["^a", "/^b/i", "1", "/^b$/m", "true", "^$", "2020-01"])),
)
WHERES = st.recursive(
    st.dictionaries(PATHS, CLAUSES, min_size=1, max_size=2),
    lambda one: st.builds(
        lambda name, parts: {name: parts}, st.sampled_from(["and", "or", "nor"]), st.lists(one, min_size=1, max_size=3)
    ),
    max_leaves=4,
)


SETTINGS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def things(request: pytest.FixtureRequest) -> Iterator[SqlCollection]:
    """An empty table; on SQLite in memory."""
    if request.param == "sqlite":
        connector: sqlite.SqliteConnector | postgres.PostgresConnector = sqlite.connect({}, SourcePlace("db", "."))
    else:
        url = request.getfixturevalue("postgresql_server")
        connector = postgres.connect({"url": url, "schema": "lbpy_meaning"}, SourcePlace("db", "."))
    with closing(connector):
        made = connector.collection(MODEL)
        made.automigrate()
        yield made
        made.delete(EVERY_ROW)


@SETTINGS
@given(st.lists(ROWS, min_size=1, max_size=4), st.lists(WHERES, min_size=1, max_size=6))
@example([{"mayor": {"name": "a"}}], [{"mayor.name": {"neq": "a"}}])
@example([{"tags": []}, {"tags": ["a"]}, {}], [{"tags": {"neq": "a"}}, {"tags": None}, {"tags": {"nin": ["a"]}}])
@example([{"any": "2"}, {"any": 2}, {"any": [2]}], [{"any": "2"}, {"any": {"gt": 1}}, {"any": {"nin": [2]}}])
def test_the_same_rows_are_found_as_in_memory(
    things: SqlCollection, rows: list[dict[str, Any]], wheres: list[dict[str, Any]]
) -> None:
    things.delete(EVERY_ROW)
    stored = things.create_many(rows)
    for where in wheres:
        try:
            filter = compile_filter(GRAMMAR, {"where": where}, Rules())
        except ClientError:
            continue
        expected = [row["id"] for row in run(filter, stored)]
        assert [row["id"] for row in things.find(filter)] == expected, where
        assert things.count(filter.where) == len(expected)


@SETTINGS
@given(st.lists(ROWS, max_size=3))
def test_rows_come_back_as_they_went(things: SqlCollection, rows: list[dict[str, Any]]) -> None:
    things.delete(EVERY_ROW)
    stored = things.create_many(rows)
    found = things.find(compile_filter(GRAMMAR, {}, Rules()))
    assert found == [{name: row.get(name) for name in MODEL.properties} for row in stored]


CITIES = [("Rome", 41.9, 12.5), ("Milan", 45.5, 9.2), ("Paris", 48.9, 2.4), ("Suva", -18.1, 178.4), ("Apia", -13.8, -171.8)]


@pytest.mark.parametrize(
    "where",
    [
        {"place": {"near": "46,9"}},
        {"place": {"near": "46,9", "maxDistance": 500, "unit": "kilometers"}},
        {"place": {"near": "46,9", "minDistance": 300, "unit": "kilometers"}},
        {"place": {"near": "-16,180", "maxDistance": 2000, "unit": "kilometers"}},
        {"and": [{"name": {"neq": "Milan"}}, {"place": {"near": "46,9"}}]},
        {"or": [{"place": {"near": "46,9", "maxDistance": 100, "unit": "kilometers"}}, {"name": "Nowhere"}]},
    ],
)
def test_what_is_near_comes_nearest_first(things: SqlCollection, where: dict[str, Any]) -> None:
    things.delete(EVERY_ROW)
    cities = [{"name": name, "place": GeoPoint(lat, lng)} for name, lat, lng in CITIES]
    stored = things.create_many([*cities, {"name": "Nowhere"}])
    filter = compile_filter(GRAMMAR, {"where": where, "limit": 3, "order": "name"}, Rules())
    if "or" not in where:
        assert [row["name"] for row in things.find(filter)] == [row["name"] for row in run(filter, stored)]
    assert things.count(filter.where) == len(run(compile_filter(GRAMMAR, {"where": where}, Rules()), stored))


def test_an_operand_that_no_value_in_a_document_can_be_finds_nothing(things: SqlCollection) -> None:
    things.delete(EVERY_ROW)
    things.create_many([{"tags": ["a"]}])
    for operator in ("gt", "lte"):
        where = compile_filter(GRAMMAR, {"where": {"tags.x": {operator: b"abc"}}}, Rules())
        assert things.find(where) == []
