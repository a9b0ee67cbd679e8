"""Memory and SQLite give the same rows in the same order for the same filter, over properties of every kind.

Left to each store: like, regexp, and the order of missing values (docs/stores.md), so rows are sorted by properties that all have.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import lbpy
from lbpy import GeoPoint, Model, PersistedModel
from lbpy.errors import BadRequest
from lbpy.model.declare import class_from_json

from .conftest import proof

INNER = {"name": "Inner", "properties": {"text": "string", "number": "number", "date": "date", "flag": "boolean"}}
THING = {
    "name": "Thing",
    "forceId": False,
    "properties": {
        "id": {"type": "number", "id": True},
        "rank": "number",
        "word": "string",
        "since": "date",
        "text": "string",
        "long": "text",
        "number": "number",
        "flag": "boolean",
        "date": "date",
        "day": "datestring",
        "bytes": "buffer",
        "point": "geopoint",
        "object": "object",
        "any": "any",
        "json": "json",
        "array": "array",
        "inner": "Inner",
        "inline": {"text": "string", "number": "number"},
        "texts": ["string"],
        "numbers": ["number"],
        "dates": ["date"],
        "flags": ["boolean"],
        "inners": ["Inner"],
    },
}

# -- rows ----------------------------------------------------------------------

WORDS = ["", "a", "b", "B", "ab", "é", "z", "2", "10", "1.5", "true", "null", "%", "_", "a b", "a\nb", "\U0001f600", "\uffff"]
TEXTS = st.sampled_from(WORDS)
NUMBERS = st.sampled_from([0, 1, 2, 10, -1, 1.5, -0.5, 0.1 + 0.2, 1e21, 2**53, -(2**53), 2**40 + 1])
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DATES = st.sampled_from([EPOCH, EPOCH - timedelta(milliseconds=1), datetime(2020, 2, 29, 12, tzinfo=UTC)])
DAYS = st.sampled_from(["2020-01-02", "2021", "2020-01-02T00:00:00Z"])
POINTS = st.builds(GeoPoint, st.integers(-90, 90), st.integers(-180, 180))
KEYS = st.sampled_from(["k", "l", "0"])
SCALARS = st.none() | st.booleans() | TEXTS | NUMBERS
FREE = st.recursive(SCALARS, lambda one: st.lists(one, max_size=3) | st.dictionaries(KEYS, one, max_size=2), max_leaves=5)


def some(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects in which each member is mostly there, sometimes null or absent."""
    return st.fixed_dictionaries({}, optional={name: st.one_of(part, part, part, st.none()) for name, part in parts.items()})


INNERS = some(text=TEXTS, number=NUMBERS, date=DATES, flag=st.booleans())
ROW = st.builds(
    lambda sure, more: {**sure, **more},
    st.fixed_dictionaries({"rank": NUMBERS, "word": TEXTS, "since": DATES}),
    some(
        text=TEXTS,
        long=TEXTS,
        number=NUMBERS,
        flag=st.booleans(),
        date=DATES,
        day=DAYS,
        bytes=st.binary(max_size=3),
        point=POINTS,
        object=st.dictionaries(KEYS, FREE, max_size=2),
        any=FREE,
        json=FREE,
        array=st.lists(FREE, max_size=3),
        inner=INNERS,
        inline=some(text=TEXTS, number=NUMBERS),
        texts=st.lists(TEXTS, max_size=3),
        numbers=st.lists(NUMBERS, max_size=3),
        dates=st.lists(DATES, max_size=2),
        flags=st.lists(st.booleans(), max_size=2),
        inners=st.lists(INNERS, max_size=2),
    ),
)

# -- filters -------------------------------------------------------------------

PATHS = st.sampled_from(
    [
        *THING["properties"],  # type: ignore[misc]  # a mapping of properties
        *("unknown", "$where", "object.k", "object.k.l", "object.0", "any.k", "any.0", "json.l", "array.0", "array.k"),
        *("inner.text", "inner.number", "inner.date", "inner.flag", "inner.other", "inline.text", "inline.number"),
        *("texts.0", "numbers.1", "inners.text", "inners.number", "inners.0.date", "point.lat", "text.x", "date.x"),
    ]
)
OPERANDS = SCALARS | DATES | st.sampled_from(["2020-02-29T12:00:00.000Z", "1970-01-01", 0, "false", "1"])
CLAUSES = st.one_of(
    OPERANDS,
    st.dictionaries(st.sampled_from(["eq", "neq", "gt", "gte", "lt", "lte"]), OPERANDS, min_size=1, max_size=2),
    st.builds(lambda name, values: {name: values}, st.sampled_from(["inq", "nin"]), st.lists(OPERANDS, max_size=3)),
    st.builds(lambda *values: {"between": [*values]}, OPERANDS, OPERANDS),
    st.sampled_from([{}, []]),
)
TYPED: dict[str, st.SearchStrategy[Any]] = {
    "rank": NUMBERS, "word": TEXTS, "since": DATES, "text": TEXTS, "long": TEXTS, "number": NUMBERS, "flag": st.booleans(),
    "date": DATES, "day": DAYS, "any": SCALARS, "array": SCALARS, "object.k": SCALARS, "inner.text": TEXTS, "inner.number": NUMBERS,
    "inline.number": NUMBERS, "texts": TEXTS, "numbers": NUMBERS, "dates": DATES, "flags": st.booleans(), "inners.text": TEXTS,
    "texts.0": TEXTS, "point.lat": st.integers(-90, 90),
}  # fmt: skip


def fitting(path: str) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions on a property with values of its own kind, so that some rows meet them and some do not."""
    values = TYPED[path]
    return st.one_of(
        st.builds(lambda name, one: {path: {name: one}}, st.sampled_from(["eq", "neq", "gt", "gte", "lt", "lte"]), values),
        st.builds(lambda low, high: {path: {"gte": low, "lt": high}}, values, values),
        st.builds(lambda name, several: {path: {name: several}}, st.sampled_from(["inq", "nin"]), st.lists(st.none() | values, max_size=3)),
        st.builds(lambda low, high: {path: {"between": [low, high]}}, values, values),
        st.sampled_from([{path: None}, {path: {"neq": None}}]),
    )


FITTING = st.sampled_from(sorted(TYPED)).flatmap(fitting)
WHERES = st.recursive(
    st.one_of(FITTING, FITTING, FITTING, st.dictionaries(PATHS, CLAUSES, max_size=2)),
    lambda one: st.builds(lambda name, parts: {name: parts}, st.sampled_from(["and", "or", "nor"]), st.lists(one, max_size=3)),
    max_leaves=4,
)
NEAR = st.builds(
    lambda point, high, unit: {"point": {"near": point, **({"maxDistance": high, "unit": unit} if high else {})}},
    POINTS,
    st.sampled_from([0, 500, 5000]),
    st.sampled_from(["kilometers", "miles"]),
)
ORDERS = st.lists(st.sampled_from(["rank", "rank DESC", "word", "word DESC", "since", "since DESC", "id", "id DESC"]), max_size=3)
NEAR_AND_MORE = st.builds(lambda near, where: {"and": [near, where]}, NEAR, WHERES)
FILTERS = st.fixed_dictionaries(
    {"where": st.one_of(FITTING, FITTING, WHERES, WHERES, WHERES, NEAR_AND_MORE)},
    optional={
        "order": ORDERS,
        "limit": st.integers(1, 4),
        "skip": st.integers(0, 3),
        "fields": st.lists(st.sampled_from(["id", "rank", "text", "inner", "numbers"]), min_size=1),
    },
)

# -- the proof -----------------------------------------------------------------

Store = type[PersistedModel]


@pytest.fixture
def stores(make_app: Callable[[str], lbpy.App]) -> tuple[Store, Store]:
    return _store(make_app("memory")), _store(make_app("sqlite"))


def _store(app: lbpy.App) -> Store:
    app.model(class_from_json(INNER, Model), public=False)
    thing = class_from_json(THING, PersistedModel)
    assert issubclass(thing, PersistedModel)
    return app.model(thing, data_source="db", public=False)


def found(thing: Store, filter: dict[str, Any]) -> Any:
    """The rows by a filter without the nulls that SQLite adds, or the text of the refusal."""
    try:
        return [{name: one for name, one in row.to_dict().items() if one is not None} for row in thing.find(**filter)]
    except BadRequest as error:
        return str(error)


def refill(thing: Store, rows: list[dict[str, Any]]) -> None:
    thing.destroy_all()
    thing.create_many([{"id": place, **row} for place, row in enumerate(rows, 1)])


SURE = {"rank": 1, "word": "a", "since": EPOCH}


@example(rows=[{**SURE, "any": one} for one in ([None, []], [[]], [None], [])], filters=[{"where": {"any": {"neq": None}}}])
@given(rows=st.lists(ROW, min_size=3, max_size=7), filters=st.lists(FILTERS, min_size=1, max_size=6))
@proof(150)
def test_the_same_rows_in_the_same_order(stores: tuple[Store, Store], rows: list[dict[str, Any]], filters: list[dict[str, Any]]) -> None:
    memory, sqlite = stores
    for one in stores:
        refill(one, rows)
    for filter in filters:
        assert found(sqlite, filter) == found(memory, filter), filter
        assert _count(sqlite, filter) == _count(memory, filter), filter


def _count(thing: Store, filter: dict[str, Any]) -> Any:
    try:
        return thing.count(filter["where"])
    except BadRequest as error:
        return str(error)


@given(rows=st.lists(ROW, min_size=3, max_size=6), where=WHERES, changes=ROW)
@proof(100)
def test_the_same_rows_after_a_write(
    stores: tuple[Store, Store], rows: list[dict[str, Any]], where: dict[str, Any], changes: dict[str, Any]
) -> None:
    for one in stores:
        refill(one, rows)
    answers = [(_write(one, where, changes), found(one, {"order": "id"})) for one in stores]
    if not any("has no property" in str(answer) for answer, _ in answers):  # what only a store with columns refuses
        assert answers[0] == answers[1]


def _write(thing: Store, where: dict[str, Any], changes: dict[str, Any]) -> Any:
    try:
        return thing.update_all(where, changes), thing.destroy_all({"and": [where, {"rank": {"gt": 0}}]})
    except BadRequest as error:
        return str(error)
