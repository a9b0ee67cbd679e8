"""What JSON text of clients means, and what is no JSON."""

from datetime import UTC, datetime

import orjson
import pytest

from lbpy.errors import BadRequest, UnreadableBody
from lbpy.remoting.jsontext import read, read_date


def test_long_integers_keep_every_digit():
    assert read('{"n": 123456789012345678901234567890, "m": 9007199254740993}') == {
        "n": 123456789012345678901234567890,
        "m": 9007199254740993,
    }


def test_what_javascript_reads_is_read():
    assert read('"\\ud800"') == "\ud800"
    assert read("1e999") == float("inf")
    assert read('{"a": 1, "a": 2}') == {"a": 2}


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "{'a': 1}", '{"a": 1,}', "[1] x", '"\n"', "01", "", "1" * 5000])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(UnreadableBody):
        read(text)


def test_the_complaint_tells_where_the_text_breaks():
    with pytest.raises(UnreadableBody, match="Unexpected end of JSON input"):
        read('{"title": ')
    with pytest.raises(UnreadableBody, match="Unexpected token ' in JSON at position 1"):
        read("{'a': 1}")


def test_deep_json_is_refused_and_what_is_read_can_be_written():
    assert orjson.dumps(read("[" * 200 + "]" * 200))
    for text in ("[" * 201 + "]" * 201, "[" * 100_000, '{"a":' * 900 + "1" + "}" * 900):
        with pytest.raises(UnreadableBody):
            read(text)


def test_many_containers_are_not_deep():
    assert len(read("[" + "{}," * 500 + '"[[["]')) == 501


def test_wrappers_become_dates_and_bytes_at_any_depth():
    assert read('{"a": [{"$type": "date", "$data": "2015-03-01T10:00:00.000Z"}]}') == {
        "a": [datetime(2015, 3, 1, 10, tzinfo=UTC)]
    }
    assert read('{"$type": "base64", "$data": "aGVs bG8"}') == b"hello"
    assert read('{"$type": "other", "x": 1}') == {"$type": "other", "x": 1}


@pytest.mark.parametrize("data", ['"nonsense"', "null", "{}", "[]", "true"])
@pytest.mark.parametrize("kind", ["date", "base64"])
def test_wrappers_around_nonsense_are_refused(kind, data):
    with pytest.raises(BadRequest):
        read(f'{{"$type": "{kind}", "$data": {data.replace("sense", "sense!")}}}')


def test_dates_are_text_or_epoch_milliseconds():
    assert read_date(-1000) == datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)
    for value in (None, True, [], {}, "x", float("inf"), 10**400):
        with pytest.raises(BadRequest, match="Value is not a valid date"):
            read_date(value)
