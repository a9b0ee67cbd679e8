from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbpy.connectors.sql.value import guises
from lbpy.connectors.sql.values import clipped, fits, from_json, reviver, to_json
from lbpy.geo import GeoPoint
from lbpy.model.kinds import SIMPLE_KINDS, ListOf, Nested
from lbpy.model.lossy import lossy

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
NOON = datetime(2020, 1, 2, 12, tzinfo=UTC)


@given(JSON)
def test_json_comes_back_as_it_went(value: Any) -> None:
    assert from_json(to_json(value)) == value


def test_whole_numbers_beyond_64_bits_stay_exact_in_json() -> None:
    assert from_json(to_json([2**80 + 1])) == [2**80 + 1]


def test_text_that_is_no_json_is_kept() -> None:
    assert from_json("hello") == "hello"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ListOf(SIMPLE_KINDS["date"]), [NOON, None]),
        (ListOf(SIMPLE_KINDS["geopoint"]), [GeoPoint(1, 2)]),
        (Nested("", {"at": SIMPLE_KINDS["date"], "raw": SIMPLE_KINDS["buffer"]}), {"at": NOON, "raw": b"ab", "more": 1}),
        (ListOf(Nested("", {"at": SIMPLE_KINDS["date"]})), [{"at": NOON}, {}]),
        (lossy(Nested("", {"at": SIMPLE_KINDS["date"]})), {"at": NOON}),
    ],
)
def test_values_inside_json_come_back_as_their_kinds_keep_them(kind: Any, value: Any) -> None:
    revive = reviver(kind)
    assert revive is not None
    assert revive(from_json(to_json(value))) == value


PLAIN = [SIMPLE_KINDS["any"], ListOf(SIMPLE_KINDS["string"]), Nested("", {"n": SIMPLE_KINDS["number"]})]


@pytest.mark.parametrize("kind", PLAIN)
def test_plain_json_needs_no_reviving(kind: Any) -> None:
    assert reviver(kind) is None


def test_what_does_not_fit_compares_as_the_float_next_to_it() -> None:
    assert fits(2**63 - 1)
    assert not fits(2**63)
    assert clipped(2**63) == float(2**63)
    assert clipped("x") == "x"


@pytest.mark.parametrize(
    ("operand", "expected"),
    [
        (2, ["2", 2]),
        ("2", ["2", 2]),
        ("2.0", ["2.0"]),
        ("", [""]),
        (True, ["true", True]),
        ("false", ["false", False]),
        (1.5, ["1.5", 1.5]),
        ("a", ["a"]),
        ({}, [None]),
    ],
)
def test_an_operand_equals_what_is_written_alike(operand: Any, expected: list[Any]) -> None:
    assert guises(operand) == expected
