"""Whatever a client sends for a column of any type is stored as it is answered, or refused by the name of its property."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import lbpy
from lbpy.testing import Answer, Client, client
from lbpy.testing.postgres import fresh_database


def column(kind: Any, data_type: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "postgresql": {"dataType": data_type, **more}}


COLUMNS: dict[str, Any] = {
    "string": "string",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "buffer": "buffer",
    "geopoint": "geopoint",
    "object": "object",
    "array": "array",
    "any": "any",
    "strings": ["string"],
    "numbers": ["number"],
    "nested": {"type": {"text": "string", "n": "number", "at": "date"}},
    "short": column("string", "varchar", dataLength=3),
    "fixed": column("string", "char", dataLength=2),
    "uuid": column("string", "uuid"),
    "smallint": column("number", "smallint"),
    "integer": column("number", "integer"),
    "bigint": column("number", "bigint"),
    "real": column("number", "real"),
    "numeric": column("number", "numeric", dataPrecision=6, dataScale=2),
    "day": column("date", "date"),
    "stamp": column("date", "timestamp"),
    "bytes": column("buffer", "bytea"),
    "json": column("object", "json"),
    "jsonb": column("any", "jsonb"),
    "texts": column(["string"], "varchar[]"),
    "integers": column(["number"], "integer[]"),
    "inet": column("string", "inet"),
    "interval": column("string", "interval"),
    "bit": column("string", "bit", dataLength=3),
    "dated": column("string", "date"),
    "counted": column("string", "integer"),
}

OUR_TYPES = [name for name, spec in COLUMNS.items() if "postgresql" not in spec]
"""The others may keep less than they are given: numbers of two digits, days without a time."""

ODD = st.sampled_from(
    [
        *("", "\0", "a\0b", "\ud800", "abcd", "NaN", "Infinity", "1e400", "0x10", " 7 ", "true", "{}", "[1]", "null", "\\", "\\x0g"),
        *("0001-01-01", "300000-01-01", "-000001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "2020-02-30", "infinity", "2,3", "91,181"),
        *(0, -1, 32767, 32768, 2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30),
        *(1.5, 1e308, -1e308, 5e-324, 9999.99, 9999.995),
        *(True, False, None, 8.64e15, -8.64e15, 253402300800000, -62135596800001),
    ]
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | ODD
KEYS = st.text(max_size=3) | ODD.map(str)
VALUES = st.recursive(PLAIN, lambda one: st.lists(one, max_size=3) | st.dictionaries(KEYS, one, max_size=3), max_leaves=5)
POINTS = st.builds(lambda lat, lng: {"lat": lat, "lng": lng}, PLAIN, PLAIN)
BUFFERS = st.builds(lambda data: {"type": "Buffer", "data": data}, st.lists(st.integers(0, 255), max_size=4))


@pytest.fixture(scope="module")
def web(postgresql_server: str) -> Iterator[Client]:
    model = {"name": "Thing", "base": "PersistedModel", "properties": COLUMNS, "plural": "things"}
    with fresh_database(postgresql_server) as url, lbpy.App() as app, client(app) as made:
        db = app.data_source("db", connector="postgresql", url=url, autoupdate=True)
        [things] = app.define_models([model], db)
        app.serve(things, everything=True)
        yield made


def told(answer: Answer) -> dict[str, Any]:
    """What a client of JavaScript sees, for whom all numbers are floats."""
    found: dict[str, Any] = json.loads(answer.body, parse_int=float)
    return found


def stored(web: Client) -> Any:
    return web.get("/api/things/count").json["count"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(COLUMNS)), VALUES | POINTS | BUFFERS)
@example("bit", "01")
@example("interval", "1 day")
def test_a_value_is_stored_as_answered_or_refused_by_name(web: Client, name: str, value: Any) -> None:
    before = stored(web)
    answer = web.post("/api/things", json={name: value})
    if answer.status == 200:
        row = web.get(f"/api/things/{answer.json['id']}")
        assert row.status == 200
        if name in OUR_TYPES:
            assert told(row)[name] == told(answer).get(name)
        assert web.patch(f"/api/things/{answer.json['id']}", json={name: value}).status == 200
    else:
        assert answer.status in (400, 422), answer.json
        assert stored(web) == before
        assert answer.status == 400 or list(answer.json["error"]["details"]["codes"]) == [name]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(COLUMNS)), VALUES, VALUES)
def test_of_a_list_with_a_bad_value_nothing_is_stored(web: Client, name: str, value: Any, other: Any) -> None:
    before = stored(web)
    answer = web.post("/api/things", json=[{name: None}] * 10 + [{name: value}, {name: other}])
    assert answer.status in (200, 400, 422), answer.json
    assert stored(web) == before + (12 if answer.status == 200 else 0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(COLUMNS)), VALUES | POINTS | BUFFERS)
@example("json", {"k": ["x"]})
@example("jsonb", "5")
@example("any", "5")
@example("texts", ["a", None, 'b"\\'])
def test_many_are_stored_as_one_is(web: Client, name: str, value: Any) -> None:
    one, many = web.post("/api/things", json={name: value}), web.post("/api/things", json=[{name: value}] * 12)
    assert (one.status == 200) is (many.status == 200)
    if one.status == 200:
        alone, last = (web.get(f"/api/things/{id}").json for id in (one.json["id"], many.json[-1]["id"]))
        assert last[name] == alone[name]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(COLUMNS)), st.sampled_from(["=", "neq", "gt", "lte", "inq", "nin", "between", "like", "regexp"]), VALUES)
def test_any_condition_is_answered_or_refused(web: Client, name: str, operator: str, value: Any) -> None:
    operand = [value, value] if operator in ("inq", "nin", "between") else value
    where = {name: value if operator == "=" else {operator: operand}}
    assert web.get("/api/things", filter={"where": where}).status in (200, 400)
