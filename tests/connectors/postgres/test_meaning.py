"""Conditions mean on PostgreSQL what they mean in memory: both run the same compiled queries over the same rows."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lbpy.connectors.postgres import connect
from lbpy.connectors.postgres.rows import PostgresCollection
from lbpy.data.contract import Place
from lbpy.errors import ClientError
from lbpy.model.definition import from_json
from lbpy.query.evaluate import run
from lbpy.query.filter import compile_filter
from lbpy.query.nodes import EVERY_ROW
from lbpy.query.where import Grammar, Rules

PROPERTIES = {
    "id": {"type": "number", "id": 1, "generated": True},
    "name": "string",
    "n": "number",
    "ok": "boolean",
    "at": "date",
    "tags": ["string"],
    "scores": ["number"],
    "meta": "object",
    "any": "any",
    "mayor": {"name": "string", "age": "number", "born": "date", "left": "boolean"},
    "districts": [{"name": "string", "size": "number", "marks": ["number"]}],
}
MODEL = from_json({"name": "Thing", "properties": PROPERTIES}, lambda _: None)
GRAMMAR = Grammar(MODEL, free_form=False, relational=True)

TEXTS = st.sampled_from(["", "a", "b", "B", "é", "2", "10", "1.5", "true", "null", "%", "a\nb"])
NUMBERS = st.sampled_from([0, 1, 2, 10, -1, 1.5, 0.1 + 0.2, 1e9])
DATES = st.sampled_from([datetime(1970, 1, 1, tzinfo=UTC), datetime(2020, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)])
SCALARS = st.none() | st.booleans() | TEXTS | NUMBERS
FREE = st.recursive(
    SCALARS,
    lambda one: st.lists(one, min_size=1, max_size=3) | st.dictionaries(st.sampled_from(["k", "l", "0"]), one, max_size=3),
    max_leaves=6,
)


def optional(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: st.none() | part for name, part in parts.items()})


ROWS = optional(
    name=TEXTS,
    n=NUMBERS,
    ok=st.booleans(),
    at=DATES,
    tags=st.lists(TEXTS, max_size=2),
    scores=st.lists(NUMBERS, max_size=2),
    meta=st.dictionaries(st.sampled_from(["k", "l", "0"]), FREE, max_size=3),
    any=FREE,
    mayor=optional(name=TEXTS, age=NUMBERS, born=DATES, left=st.booleans()),
    districts=st.lists(optional(name=TEXTS, size=NUMBERS, marks=st.lists(NUMBERS, max_size=2)), max_size=2),
)
PATHS = st.sampled_from(
    [
        *("id", "name", "n", "ok", "at", "tags", "scores", "meta", "any", "unknown", "meta.k", "meta.k.l", "meta.0", "meta.l.0"),
        *("any.k", "any.0", "tags.0", "scores.1", "name.x", "mayor.name", "mayor.age", "mayor.born", "mayor.left"),
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


@pytest.fixture(scope="module")
def collection(postgres_url: str) -> Iterator[PostgresCollection]:
    settings = {"url": postgres_url, "schema": "lbpy_meaning"}
    with closing(connect(settings, Place("db", "."))) as connector:
        made = connector.collection(MODEL)
        made.automigrate()
        yield made
        connector.execute("DROP SCHEMA lbpy_meaning CASCADE")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROWS, min_size=1, max_size=4), st.lists(WHERES, min_size=1, max_size=6))
def test_the_same_rows_are_found_as_in_memory(
    collection: PostgresCollection, rows: list[dict[str, Any]], wheres: list[dict[str, Any]]
) -> None:
    collection.delete(EVERY_ROW)
    stored = collection.create_many(rows)
    for where in wheres:
        try:
            filter = compile_filter(GRAMMAR, {"where": where}, Rules())
        except ClientError:
            continue
        expected = [row["id"] for row in run(filter, stored)]
        assert [row["id"] for row in collection.find(filter)] == expected, where
        assert collection.count(filter.where) == len(expected)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROWS, max_size=3))
def test_rows_come_back_as_they_went(collection: PostgresCollection, rows: list[dict[str, Any]]) -> None:
    collection.delete(EVERY_ROW)
    stored = collection.create_many(rows)
    found = collection.find(compile_filter(GRAMMAR, {}, Rules()))
    assert found == [{name: row.get(name) for name in MODEL.properties} for row in stored]
