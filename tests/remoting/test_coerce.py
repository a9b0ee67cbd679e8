"""How the value of an argument is read by its type, loosely from text and strictly from JSON."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbpy.errors import BadRequest
from lbpy.geo import GeoPoint
from lbpy.remoting.coerce import TYPES, Coercions, coercion
from lbpy.remoting.method import Argument
from lbpy.types import UNSET


def readers(type, **more):
    return coercion(Argument("v", type, **more), Coercions({"Note"}.__contains__))


def refusal(read, value):
    with pytest.raises(BadRequest) as refused:
        read(value)
    return refused.value.message


def assert_read_or_refused(read, value):
    """Any error but a refusal fails the test."""
    with suppress(BadRequest):
        read(value)


LOOSE = [
    ("string", "", UNSET),
    ("string", "null", "null"),
    ("string", ["a", "b"], "a,b"),
    ("string", " x ", " x "),
    ("number", "", UNSET),
    ("number", "0x10", 16),
    ("number", "1e3", 1000),
    ("number", " 5 ", 5),
    ("number", "-1.5", -1.5),
    ("number", "Infinity", float("inf")),
    ("number", ["5"], 5),
    ("number", "9007199254740993", 9007199254740993),
    ("integer", "", UNSET),
    ("integer", "5.0", 5),
    ("integer", "-0", 0),
    ("boolean", "", UNSET),
    ("boolean", "TRUE", True),
    ("boolean", "1", True),
    ("boolean", "False", False),
    ("boolean", "0", False),
    ("date", "", UNSET),
    ("date", "0", datetime(1970, 1, 1, tzinfo=UTC)),
    ("date", "-1000", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("date", "2015-03-01", datetime(2015, 3, 1, tzinfo=UTC)),
    ("object", "", UNSET),
    ("object", "null", None),
    ("object", '{"a": 1}', {"a": 1}),
    ("object", {"a": "1"}, {"a": "1"}),
    ("Note", '{"a": 1}', {"a": 1}),
    ({"a": "string"}, '{"a": 1}', {"a": 1}),
    ("array", "", UNSET),
    ("array", "null", None),
    ("array", "x", ["x"]),
    ("array", '[1, "2"]', [1, "2"]),
    ("array", ["1", "x"], [1, "x"]),
    (("number",), "[1, 2]", [1, 2]),
    (("number",), ["1", "2"], [1, 2]),
    (("number",), "1", [1]),
    (("string",), "1,2", ["1,2"]),
    (["string"], ["", "a"], [None, "a"]),
    (("number",), {"0": "7", "25": "8"}, [7, 8]),
    (("object",), '[{"a": 1}]', [{"a": 1}]),
    ("any", "", UNSET),
    ("any", "null", None),
    ("any", "True", True),
    ("any", "1.50", 1.5),
    ("any", "010", "010"),
    ("any", "-7", -7),
    ("any", "1e3", "1e3"),
    ("any", "9007199254740993", "9007199254740993"),
    ("any", '{"a": 1}', {"a": 1}),
    ("any", "[1]", [1]),
    ("any", "{a}", "{a}"),
    ("any", ["1"], ["1"]),
    ("unheard-of", "5", 5),
    ("NUMBER", "5", 5),
    ("geopoint", "", UNSET),
    ("geopoint", "null", None),
    ("geopoint", "10,20", GeoPoint(10, 20)),
    ("geopoint", "[10, 20]", GeoPoint(10, 20)),
    ("geopoint", {"lat": "10", "lng": "20"}, GeoPoint(10, 20)),
]


@pytest.mark.parametrize(("type", "text", "expected"), LOOSE)
def test_text_is_read_loosely(type, text, expected):
    value = readers(type).loose(text)
    assert (value, value.__class__) == (expected, expected.__class__)


@pytest.mark.parametrize(
    ("type", "text", "message"),
    [
        ("string", {"a": "b"}, "Value is not a string."),
        ("number", "abc", "Value is not a number."),
        ("number", "null", "Value is not a number."),
        ("number", "true", "Value is not a number."),
        ("number", "1_0", "Value is not a number."),
        ("number", {"a": "1"}, "Value is not a number."),
        ("integer", "1.5", "Value is not a safe integer."),
        ("integer", "9007199254740992", "Value is not a safe integer."),
        ("integer", "Infinity", "Value is not a safe integer."),
        ("boolean", "yes", "Value is not a boolean."),
        ("boolean", "null", "Value is not a boolean."),
        ("date", "bad", 'Invalid argument "v". Value is not a valid date.'),
        ("date", "null", 'Invalid argument "v". Value is not a valid date.'),
        ("date", "9" * 6000, 'Invalid argument "v". Value is not a valid date.'),
        ("object", "Rome", "Value is not an object."),
        ("object", "5", "Value is not an object."),
        ("object", "[]", "Value is not an object."),
        ("object", ['{"a":1}', '{"a":2}'], "Value is not an object."),
        ("object", '{"where":', "Value is not an object."),
        ("object", "{'limit':1}", "Cannot parse JSON-encoded object value."),
        ("array", "[1,]", "Cannot parse JSON-encoded array value."),
        (("number",), '["1"]', "Value is not a number."),
        (("number",), ["1", "x"], "Value is not a number."),
        ("geopoint", "91,0", "lat must be <= 90"),
    ],
)
def test_text_that_does_not_fit_is_refused(type, text, message):
    assert refusal(readers(type).loose, text) == message


TYPED = [
    ("string", "a"), ("string", ""), ("number", 1.5), ("number", 2), ("boolean", False), ("object", {"a": [1]}),
    ("object", None), ("Note", {}), ("array", None), ("array", [1, "x", None]), (("number",), [1, 2]), ("any", None),
    ("any", {"a": 1}), ("any", "null"),
]


@pytest.mark.parametrize(("type", "value"), TYPED)
def test_json_values_of_the_type_pass_unchanged(type, value):
    assert readers(type).typed(value) == value


@pytest.mark.parametrize(
    ("type", "value", "message"),
    [
        ("string", 1, "Value is not a string."),
        ("string", None, "Value is not a string."),
        ("number", "1", "Value is not a number."),
        ("number", True, "Value is not a number."),
        ("integer", 1.5, "Value is not a safe integer."),
        ("integer", 1e300, "Value is not a safe integer."),
        ("integer", float("inf"), "Value is not a safe integer."),
        ("boolean", 1, "Value is not a boolean."),
        ("date", None, "Value is not a valid date."),
        ("Date", True, "Value is not a valid date."),
        ("date", "bad", 'Invalid argument "v". Value is not a valid date.'),
        (("date",), ["bad"], 'Invalid argument "v". Value is not a valid date.'),
        (("date",), [{}], "Value is not a valid date."),
        ("object", [], "Value is not an object."),
        ("object", 5, "Value is not an object."),
        ("Note", "s", "Value is not an object."),
        ("array", {}, "Value is not an array."),
        (("number",), ["1"], "Value is not a number."),
        ("geopoint", None, None),
    ],
)
def test_json_values_of_another_type_are_refused(type, value, message):
    assert refusal(readers(type).typed, value) == (message or refusal(readers(type).typed, 5))


def test_whole_numbers_of_json_are_integers_and_dates_are_read():
    assert repr(readers("integer").typed(5.0)) == "5"
    assert readers("date").typed("2015-03-01T10:00:00Z") == readers("date").typed(1425204000000)


def test_an_object_argument_takes_lists_where_it_says_so():
    read = readers("object", allow_array=True)
    assert read.typed([{"a": 1}, None]) == read.loose([{"a": 1}, None]) == [{"a": 1}, None]
    assert read.typed({}) == {}
    assert refusal(read.typed, [[{"a": 1}]]) == "Some of array items are not an object."
    assert refusal(read.typed, 5) == refusal(read.loose, "[]") == "Value is not an object."


def test_wrapped_dates_are_read_from_text_and_brackets():
    moment = {"$type": "date", "$data": "2015-03-01T10:00:00Z"}
    expected = {"at": datetime(2015, 3, 1, 10, tzinfo=UTC)}
    assert readers("object").loose('{"at": {"$type": "date", "$data": "2015-03-01T10:00:00Z"}}') == expected
    assert readers("object").loose({"at": moment}) == readers("any").loose({"at": moment}) == expected


TEXTS = st.text(alphabet='0123456789-+.eExX{}[]":, nultrasfI', max_size=12)


@given(st.sampled_from([("date",), *TYPES]), TEXTS)
def test_any_text_is_read_or_refused_with_400(type, text):
    for value in (text, [text, text], {"a": text}):
        assert_read_or_refused(readers(type).loose, value)


def test_text_of_a_date_or_of_bytes_is_no_object():
    for text in ('{"$type":"base64","$data":"AAAA"}', '{"$type":"date","$data":0}'):
        with pytest.raises(BadRequest, match="Value is not an object"):
            coercion(Argument("filter", "object"), Coercions(lambda name: False)).loose(text)
