"""Which texts and numbers are dates, which moments they mean, and how moments are shown."""

import math
import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbpy.errors import BadRequest
from lbpy.model.dates import iso, moment_of
from lbpy.model.javascript import Unreadable
from lbpy.model.kinds import SIMPLE_KINDS

DATE = SIMPLE_KINDS["date"]


@pytest.fixture
def rome(monkeypatch):
    """The server stands in Rome."""
    monkeypatch.setenv("TZ", "Europe/Rome")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2015", "2015-01-01T00:00:00.000Z"),
        ("2015-03", "2015-03-01T00:00:00.000Z"),
        ("2015-03-01", "2015-03-01T00:00:00.000Z"),
        ("+002015-03-01", "2015-03-01T00:00:00.000Z"),
        ("2015-02-30", "2015-03-02T00:00:00.000Z"),
        ("2015-02-30T10:00:00.000Z", "2015-03-02T10:00:00.000Z"),
        ("2015-03-01T10:00Z", "2015-03-01T10:00:00.000Z"),
        ("2015-03-01t10:00:00z", "2015-03-01T10:00:00.000Z"),
        ("2015-03-01T10:00:00.123456Z", "2015-03-01T10:00:00.123Z"),
        ("2015-03-01T10:00:00.5Z", "2015-03-01T10:00:00.500Z"),
        ("2015-03-01T10:00:00+02:00", "2015-03-01T08:00:00.000Z"),
        ("2015-03-01T10:00:00.123+05:30", "2015-03-01T04:30:00.123Z"),
        ("2015-03-01T24:00:00Z", "2015-03-02T00:00:00.000Z"),
        (1425204000000, "2015-03-01T10:00:00.000Z"),
        (1425204000000.9, "2015-03-01T10:00:00.000Z"),
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (True, "1970-01-01T00:00:00.001Z"),
        (["2015-03-01"], "2015-03-01T00:00:00.000Z"),
        ("Sun, 01 Mar 2015 10:00:00 GMT", "2015-03-01T10:00:00.000Z"),
        ("Sun Mar 01 2015 10:00:00 GMT+0100 (CET)", "2015-03-01T09:00:00.000Z"),
        ("Sun Mar 01 2015 10:00:00 GMT+0100 (Mitteleuropäische Zeit)", "2015-03-01T09:00:00.000Z"),
        ("Sun Mar 01 10:00:00 GMT 2015", "2015-03-01T10:00:00.000Z"),
        ("Thu, 01 Jan 1970 00:00:00 EST", "1970-01-01T05:00:00.000Z"),
        ("1 Jan 1970 00:00 PDT", "1970-01-01T07:00:00.000Z"),
        ("Jan 1 2015 10:00 GMT-5", "2015-01-01T15:00:00.000Z"),
        ("Jan 1 2015 10:00 -0530", "2015-01-01T15:30:00.000Z"),
        ("2015-03-01T10:00:00+0200", "2015-03-01T08:00:00.000Z"),
        ("2015-03-01Z", "2015-03-01T00:00:00.000Z"),
        ("March 1, 2015 UTC", "2015-03-01T00:00:00.000Z"),
        (date(2015, 3, 1), "2015-03-01T00:00:00.000Z"),
        (datetime(2015, 3, 1, 10, 0, 0, 123999, tzinfo=timezone(timedelta(hours=2))), "2015-03-01T08:00:00.123Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ("0001-01-01", "0001-01-01T00:00:00.000Z"),
    ],
)
def test_a_date_is_read_as_javascript_does(value, moment):
    assert iso(DATE.read(value)) == moment


@pytest.mark.usefixtures("rome")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2015-03-01T10:00:00", "2015-03-01T09:00:00.000Z"),
        ("2015-03-01 10:00:00", "2015-03-01T09:00:00.000Z"),
        ("2015-3-1", "2015-02-28T23:00:00.000Z"),
        (" 2015-03-01 ", "2015-02-28T23:00:00.000Z"),
        ("2015/03/01", "2015-02-28T23:00:00.000Z"),
        ("3/1/2015", "2015-02-28T23:00:00.000Z"),
        ("3/1/15", "2015-02-28T23:00:00.000Z"),
        ("01.03.2015", "2015-01-02T23:00:00.000Z"),
        ("March 1, 2015", "2015-02-28T23:00:00.000Z"),
        ("1 March 2015", "2015-02-28T23:00:00.000Z"),
        ("1-Mar-2015", "2015-02-28T23:00:00.000Z"),
        ("2015 Mar 1", "2015-02-28T23:00:00.000Z"),
        ("March 2015", "2015-02-28T23:00:00.000Z"),
        ("Mar 15", "2001-03-14T23:00:00.000Z"),
        ("1 Mar 49", "2049-02-28T23:00:00.000Z"),
        ("1 Mar 50", "1950-02-28T23:00:00.000Z"),
        ("31 Feb 2015", "2015-03-02T23:00:00.000Z"),
        ("Monday 2 March 2015", "2015-03-01T23:00:00.000Z"),
        ("Sept 1 2015", "2015-08-31T22:00:00.000Z"),
        ("1 Mar 2015 10:00 PM", "2015-03-01T21:00:00.000Z"),
        ("2015-03-01 12:00 AM", "2015-02-28T23:00:00.000Z"),
        ("3 Mar 2015, 10:30", "2015-03-03T09:30:00.000Z"),
        ("Jan 1 2015 10:00:00:500", "2015-01-01T09:00:00.500Z"),
        ("12", "2001-11-30T23:00:00.000Z"),
        ("50", "1949-12-31T23:00:00.000Z"),
        ("2015-03-29T02:30:00", "2015-03-29T01:30:00.000Z"),
        ("2015-10-25T02:30:00", "2015-10-25T00:30:00.000Z"),
        ("0099-01-01T00:00", "0098-12-31T23:10:04.000Z"),
    ],
)
def test_a_date_without_a_zone_is_in_the_zone_of_the_server(text, moment):
    assert iso(DATE.read(text)) == moment


@pytest.mark.usefixtures("rome")
def test_a_naive_datetime_is_in_the_zone_of_the_server():
    assert iso(DATE.read(datetime(2015, 3, 1, 10, 0, 0, 1999))) == "2015-03-01T09:00:00.001Z"


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "nope", "yesterday", "abc 5", "1425204000000", "20150301", "2015-13-01", "2015-00-01", "2015-02-32",
        "13/1/2015", "10:00",
        "2015-03-01T24:01:00Z", "2015-03-01T10", "2015-03-01T10:00:00+24:00", "2015-W10", "32 Feb 2015", "2 Mar 2015 25:00",
        "2 Mar 2015 10:60", "2015-03-01 13:00 PM", "1 2 3 4", "1 Mar 2 Apr", "January", "Mar 1st 2015", "2015年3月1日",
        "²", "٣", "null", "1e3",
        "0000-01-01", "+010000-01-01", "-000001-01-01", 8.64e15, -8.64e15, math.nan, math.inf, 10**400, {}, {"y": 2015},
        [], [1, 2],
        "9" * 5000, "(" * 1000, "2015-03-01x10:00:00.000Z", "a\ud800b",
        datetime.min.replace(tzinfo=timezone(timedelta(hours=2))),
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused_as_such(value):
    with pytest.raises(Unreadable) as caught:
        DATE.read(value)
    assert caught.value.code == "date"
    with pytest.raises(BadRequest):
        DATE.operand(value)


def test_a_moment_in_the_usual_form_stays_itself():
    moment = datetime(2015, 3, 1, 10, tzinfo=UTC)
    assert DATE.read(moment) == DATE.operand("2015-03-01T10:00:00.000Z") == DATE.path_id("2015-03-01T10:00:00.000Z") == moment


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_date_that_was_shown_reads_as_itself(moment):
    shown = iso(moment)
    assert iso(moment_of(shown)) == shown
