"""JSON text of rows and results."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
import pytest

from lbpy.geo import GeoPoint
from lbpy.model.encoding import dumps, jsonable


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": 1, "b": [None, True, "ä"]}, '{"a":1,"b":[null,true,"ä"]}'),
        (datetime(2015, 3, 1, 10, tzinfo=UTC), '"2015-03-01T10:00:00.000Z"'),
        (datetime(2015, 3, 1, 10, 0, 0, 123999, tzinfo=UTC), '"2015-03-01T10:00:00.123Z"'),
        (b"\x00\xff", '{"type":"Buffer","data":[0,255]}'),
        (GeoPoint(1.5, 2), '{"lat":1.5,"lng":2}'),
        ([float("nan"), float("inf")], "[null,null]"),
        ({1: "key"}, '{"1":"key"}'),
    ],
)
def test_values_look_as_javascript_shows_them(value: Any, text: str) -> None:
    assert dumps(value).decode() == text


def test_integers_of_any_size_are_written_in_full() -> None:
    assert dumps([2**70, {"at": datetime(2020, 1, 1, tzinfo=UTC), "no": float("nan")}]) == (
        b'[1180591620717411303424,{"at":"2020-01-01T00:00:00.000Z","no":null}]'
    )


def test_text_made_before_is_taken_over() -> None:
    assert dumps([orjson.Fragment(b'{"a":1}'), {"b": orjson.Fragment(b"2")}]) == b'[{"a":1},{"b":2}]'


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError):
        dumps(object())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2**53 + 1, "9007199254740993"),
        (2**64, "18446744073709551616"),
        (-(10**30), "-1000000000000000000000000000000"),
        ([float("nan"), 10**30], "[null,1000000000000000000000000000000]"),
        (datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=2))), '"2019-12-31T22:00:00.000Z"'),
        (datetime(1, 1, 1, tzinfo=UTC), '"0001-01-01T00:00:00.000Z"'),
        ((1, 2), "[1,2]"),
    ],
)
def test_numbers_and_dates_at_the_edge(value: Any, text: str) -> None:
    assert dumps(value).decode() == text


def test_the_slow_way_writes_the_same_as_the_fast_one() -> None:
    row = {"at": datetime(2020, 1, 1, tzinfo=UTC), "b": b"x", "p": GeoPoint(1, 2), "n": float("nan"), "t": (1,), "s": "ä"}
    assert json.loads(dumps([row, [row], 10**30]))[:-1] == json.loads(dumps([row, [row]]))


def test_half_a_character_becomes_a_replacement_and_no_error() -> None:
    assert json.loads(dumps({"a": "\ud800"})) == {"a": "\N{REPLACEMENT CHARACTER}"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (datetime(2015, 3, 1, 12, tzinfo=timezone(timedelta(hours=2))), "2015-03-01T10:00:00.000Z"),
        (date(2015, 3, 1), "2015-03-01"),
        (b"hi", {"type": "Buffer", "data": [104, 105]}),
        (Decimal("1.50"), 1.5),
        (Decimal("2"), 2),
        (Decimal("NaN"), None),
        (Decimal("1e999999999"), None),
        (UUID(int=1), str(UUID(int=1))),
        (Colour.RED, "red"),
        (GeoPoint(1, 2), {"lat": 1, "lng": 2}),
    ],
)
def test_an_answer_shows_values_as_json_can(value: Any, shown: Any) -> None:
    assert json.loads(dumps({"it": value})) == {"it": shown}
    assert json.loads(json.dumps(value, default=jsonable)) == shown if not isinstance(value, GeoPoint) else True


def test_what_has_no_json_form_is_an_error_of_the_programmer() -> None:
    with pytest.raises(TypeError, match="object has no JSON form"):
        jsonable(object())
