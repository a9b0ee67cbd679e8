"""What query strings and forms mean, against recorded answers of the original parser."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbpy.errors import BadRequest, ClientError, TooLarge
from lbpy.remoting.querystring import parse, parse_form, size_of

RECORDED = json.loads((Path(__file__).parent / "querystrings.json").read_text("utf-8"))
PIECES = ["a", "b", "[]", "[0]", "[20]", "[a]", "[", "]", "&", "=", "&a[b]=", "%5B", "%zz", "+", "__proto__", "x"]


@pytest.mark.parametrize(("text", "expected"), RECORDED["query"])
def test_a_query_string_is_read_as_recorded(text, expected):
    assert json.dumps(parse(text)) == json.dumps(expected)


@pytest.mark.parametrize(("text", "expected"), [case for case in RECORDED["form"] if case[1] is not None])
def test_a_form_is_read_as_recorded(text, expected):
    assert json.dumps(parse_form(text)) == json.dumps(expected)


@pytest.mark.parametrize("text", [text for text, expected in RECORDED["form"] if expected is None])
def test_a_form_that_nests_too_deeply_is_refused(text):
    with pytest.raises(BadRequest, match="depth"):
        parse_form(text)


def test_parameters_beyond_the_limit_are_refused_and_not_dropped():
    assert len(parse("&".join(f"k{n}=1" for n in range(1000)))) == 1000
    with pytest.raises(BadRequest):
        parse("&".join(f"k{n}=1" for n in range(1001)))


def test_a_form_with_too_many_members_is_too_large():
    with pytest.raises(TooLarge, match="too many parameters"):
        parse_form("a&" * 1000)


def test_brackets_mean_nothing_in_a_form_that_is_not_extended():
    assert parse_form("a[b]=1&a[b]=2&c=3", extended=False) == {"a[b]": ["1", "2"], "c": "3"}


def test_the_size_of_parameters_counts_all_their_spellings():
    assert size_of("filter=12&filter[a]=3&filter%5Bb%5D=4&f%69lter=5&x=filter", frozenset({"filter"})) == 9 + 11 + 11 + 10
    assert size_of("", frozenset({"filter"})) == 0


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_text_is_read_or_refused(text):
    for read in (parse, parse_form):
        with suppress(ClientError):
            assert isinstance(read(text), dict)
