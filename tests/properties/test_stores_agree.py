"""All stores give the same rows in the same order for the same filter, over properties of every kind.

Left to each store: like, regexp, and the order of missing values (docs/stores.md), so rows are sorted by properties that all have.
Left to MongoDB besides, and so only asked of the others: what `Width` names.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import lbpy
from lbpy import GeoPoint, Model, PersistedModel
from lbpy.errors import BadRequest
from lbpy.model.declare import class_from_json
from lbpy.testing import StoreSettings

from .conftest import STORES, proof

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


@dataclass(frozen=True)
class Width:
    """What the generator makes for some stores and not for others.

    lists_in_lists: free-form data has lists directly inside lists. loose_order: data that no kind describes is compared by gt, lt and
    their like.
    """

    lists_in_lists: bool
    loose_order: bool


EVERYWHERE = Width(lists_in_lists=False, loose_order=False)
BESIDE_MONGODB = Width(lists_in_lists=True, loose_order=True)


def free(width: Width) -> st.SearchStrategy[Any]:
    """Data that no kind describes."""
    return st.recursive(SCALARS, lambda one: items(one, width) | st.dictionaries(KEYS, one, max_size=2), max_leaves=5)


def items(one: st.SearchStrategy[Any], width: Width) -> st.SearchStrategy[list[Any]]:
    fit = one if width.lists_in_lists else one.filter(lambda value: not isinstance(value, list))
    return st.lists(fit, max_size=3)


def some(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects in which each member is mostly there, sometimes null or absent."""
    return st.fixed_dictionaries({}, optional={name: st.one_of(part, part, part, st.none()) for name, part in parts.items()})


INNERS = some(text=TEXTS, number=NUMBERS, date=DATES, flag=st.booleans())
SURE = {"rank": 1, "word": "a", "since": EPOCH}


def rows(width: Width) -> st.SearchStrategy[dict[str, Any]]:
    """Rows that have what they are sorted by, and some of everything else."""
    more = some(
        text=TEXTS,
        long=TEXTS,
        number=NUMBERS,
        flag=st.booleans(),
        date=DATES,
        day=DAYS,
        bytes=st.binary(max_size=3),
        point=POINTS,
        object=st.dictionaries(KEYS, free(width), max_size=2),
        any=free(width),
        json=free(width),
        array=items(free(width), width),
        inner=INNERS,
        inline=some(text=TEXTS, number=NUMBERS),
        texts=st.lists(TEXTS, max_size=3),
        numbers=st.lists(NUMBERS, max_size=3),
        dates=st.lists(DATES, max_size=2),
        flags=st.lists(st.booleans(), max_size=2),
        inners=st.lists(INNERS, max_size=2),
    )
    sure = st.fixed_dictionaries({"rank": NUMBERS, "word": TEXTS, "since": DATES})
    return st.builds(lambda sure, more: {**sure, **more}, sure, more)


# -- filters -------------------------------------------------------------------

LOOSE = [
    *("object", "any", "json", "array", "inner", "inline", "inners", "point", "unknown"),
    *("object.k", "object.k.l", "object.0", "any.k", "any.0", "json.l", "array.0", "array.k", "inner.other", "point.lat"),
    *("text.x", "date.x"),
]
"""Paths to what no kind describes, or to whole objects."""

KNOWN = [
    *(name for name in THING["properties"] if name not in LOOSE),  # type: ignore[attr-defined]  # a mapping of properties
    *("inner.text", "inner.number", "inner.date", "inner.flag", "inline.text", "inline.number"),
    *("texts.0", "numbers.1", "inners.text", "inners.number", "inners.0.date"),
]
OPERANDS = SCALARS | DATES | st.sampled_from(["2020-02-29T12:00:00.000Z", "1970-01-01", 0, "false", "1"])
EQUALS = st.one_of(
    OPERANDS,
    st.dictionaries(st.sampled_from(["eq", "neq"]), OPERANDS, min_size=1, max_size=2),
    st.builds(lambda name, values: {name: values}, st.sampled_from(["inq", "nin"]), st.lists(OPERANDS, max_size=3)),
    st.sampled_from([{}, []]),
)
CLAUSES = st.one_of(
    EQUALS,
    st.dictionaries(st.sampled_from(["eq", "neq", "gt", "gte", "lt", "lte"]), OPERANDS, min_size=1, max_size=2),
    st.builds(lambda *values: {"between": [*values]}, OPERANDS, OPERANDS),
)


def any_condition(width: Width) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions on any property, most of which few rows meet."""
    loose = st.dictionaries(st.sampled_from(LOOSE), CLAUSES if width.loose_order else EQUALS, max_size=1)
    return st.builds(lambda one, other: {**one, **other}, loose, st.dictionaries(st.sampled_from(KNOWN), CLAUSES, max_size=1))


TYPED: dict[str, st.SearchStrategy[Any]] = {
    "rank": NUMBERS, "word": TEXTS, "since": DATES, "text": TEXTS, "long": TEXTS, "number": NUMBERS, "flag": st.booleans(),
    "date": DATES, "day": DAYS, "any": SCALARS, "array": SCALARS, "object.k": SCALARS, "inner.text": TEXTS, "inner.number": NUMBERS,
    "inline.number": NUMBERS, "texts": TEXTS, "numbers": NUMBERS, "dates": DATES, "flags": st.booleans(), "inners.text": TEXTS,
    "texts.0": TEXTS, "point.lat": st.integers(-90, 90),
}  # fmt: skip


def fitting(path: str, width: Width) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions on a property with values of its own kind, so that some rows meet them and some do not."""
    values = TYPED[path]
    if path in LOOSE and not width.loose_order:
        several = st.lists(st.none() | values, max_size=3)
        return st.one_of(
            st.builds(lambda name, one: {path: {name: one}}, st.sampled_from(["eq", "neq"]), st.none() | values),
            st.builds(lambda name, listed: {path: {name: listed}}, st.sampled_from(["inq", "nin"]), several),
        )
    return st.one_of(
        st.builds(lambda name, one: {path: {name: one}}, st.sampled_from(["eq", "neq", "gt", "gte", "lt", "lte"]), values),
        st.builds(lambda low, high: {path: {"gte": low, "lt": high}}, values, values),
        st.builds(lambda name, several: {path: {name: several}}, st.sampled_from(["inq", "nin"]), st.lists(st.none() | values, max_size=3)),
        st.builds(lambda low, high: {path: {"between": [low, high]}}, values, values),
        st.sampled_from([{path: None}, {path: {"neq": None}}]),
    )


def wheres(width: Width) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions of all sorts."""
    fit = st.sampled_from(sorted(TYPED)).flatmap(lambda path: fitting(path, width))
    return st.recursive(
        st.one_of(fit, fit, fit, any_condition(width)),
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
PAGES = {
    "order": ORDERS,
    "limit": st.integers(1, 4),
    "skip": st.integers(0, 3),
    "fields": st.lists(st.sampled_from(["id", "rank", "text", "inner", "numbers"]), min_size=1),
}


def filters(width: Width) -> st.SearchStrategy[dict[str, Any]]:
    """Filters, one in six of which asks for what is near."""
    some = wheres(width)
    near = st.builds(lambda near, where: {"and": [near, where]}, NEAR, some)
    return st.fixed_dictionaries({"where": st.one_of(some, some, some, some, some, near)}, optional=PAGES)


# -- the proof -----------------------------------------------------------------

Store = type[PersistedModel]
Stores = dict[str, Store]


@pytest.fixture
def stores(postgresql_store: StoreSettings, mongodb_store: StoreSettings) -> Iterator[Stores]:
    settings: dict[str, Any] = {**STORES, "postgresql": postgresql_store, "mongodb": mongodb_store}
    with ExitStack() as made:
        apps = {name: made.enter_context(lbpy.App()) for name in settings}
        for name, app in apps.items():
            app.data_source("db", **settings[name])
        yield {name: _store(app) for name, app in apps.items()}


def _store(app: lbpy.App) -> Store:
    app.model(class_from_json(INNER, Model), public=False)
    thing = class_from_json(THING, PersistedModel)
    assert issubclass(thing, PersistedModel)
    return app.model(thing, data_source="db", public=False)


def found(thing: Store, filter: dict[str, Any]) -> Any:
    """The rows by a filter without the nulls that SQL stores add, or the text of the refusal."""
    try:
        return [{name: one for name, one in row.to_dict().items() if one is not None} for row in thing.find(**filter)]
    except BadRequest as error:
        return str(error)


def refill(thing: Store, rows: list[dict[str, Any]]) -> None:
    thing.destroy_all()
    thing.create_many([{"id": place, **row} for place, row in enumerate(rows, 1)])


Example = tuple[list[dict[str, Any]], list[dict[str, Any]]]
NESTED_NULLS: Example = ([{**SURE, "any": one} for one in ([None, []], [[]], [None], [])], [{"where": {"any": {"neq": None}}}])


def questions(width: Width) -> st.SearchStrategy[Example]:
    """Rows, and filters to ask for some of them."""
    return st.tuples(st.lists(rows(width), min_size=3, max_size=7), st.lists(filters(width), min_size=1, max_size=6))


@given(asked=questions(EVERYWHERE))
@proof(60)
def test_all_stores_find_the_same_rows_in_the_same_order(stores: Stores, asked: Example) -> None:
    _agree(stores, asked)


@example(asked=NESTED_NULLS)
@given(asked=questions(BESIDE_MONGODB))
@proof(60)
def test_stores_beside_mongodb_agree_on_what_is_left_to_it(stores: Stores, asked: Example) -> None:
    _agree({name: one for name, one in stores.items() if name != "mongodb"}, asked)


def _agree(stores: Stores, asked: Example) -> None:
    for one in stores.values():
        refill(one, asked[0])
    for filter in asked[1]:
        expected = found(stores["memory"], filter), _count(stores["memory"], filter)
        for name, one in stores.items():
            assert (found(one, filter), _count(one, filter)) == expected, (name, filter)


def _count(thing: Store, filter: dict[str, Any]) -> Any:
    try:
        return thing.count(filter["where"])
    except BadRequest as error:
        return str(error)


@given(given_rows=st.lists(rows(EVERYWHERE), min_size=3, max_size=6), where=wheres(EVERYWHERE), changes=rows(EVERYWHERE))
@proof(40)
def test_the_same_rows_after_a_write(
    stores: Stores, given_rows: list[dict[str, Any]], where: dict[str, Any], changes: dict[str, Any]
) -> None:
    for one in stores.values():
        refill(one, given_rows)
    answers = {name: (_write(one, where, changes), found(one, {"order": "id"})) for name, one in stores.items()}
    if "has no property" in str(answers["sqlite"]):  # what only stores with columns refuse
        assert answers["postgresql"] == answers.pop("sqlite")
        del answers["postgresql"]
    for name, answer in answers.items():
        assert answer == answers["memory"], name


def _write(thing: Store, where: dict[str, Any], changes: dict[str, Any]) -> Any:
    try:
        return thing.update_all(where, changes), thing.destroy_all({"and": [where, {"rank": {"gt": 0}}]})
    except BadRequest as error:
        return str(error)
