"""What the switch lossyCoercion keeps where the kinds refuse, and what is refused all the same."""

import math

import pytest

from lbpy.model.javascript import Unreadable
from lbpy.model.kinds import ANY, NOTHING, SIMPLE_KINDS, Array, ListOf, Nested
from lbpy.model.lossy import lossy

STRING, NUMBER, BOOLEAN, DATE = (SIMPLE_KINDS[name] for name in ("string", "number", "boolean", "date"))
BUFFER, POINT, DATESTRING = (SIMPLE_KINDS[name] for name in ("buffer", "geopoint", "datestring"))
ADDRESS = Nested("", {"street": STRING, "zip": STRING, "pos": Nested("", {"x": NUMBER})})
SURROGATE = "a\ud800b"


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        (NUMBER, [3, 4], None),
        (NUMBER, {"v": 1}, None),
        (NUMBER, math.inf, None),
        (NUMBER, "5", 5),
        (STRING, {"x": 1}, "[object Object]"),
        (STRING, [{"x": 1}, None, "y"], "[object Object],,y"),
        (STRING, math.inf, "Infinity"),
        (STRING, SURROGATE, "a\ufffdb"),
        (ListOf(NUMBER), ["x", 1], [None, 1]),
        (ListOf(STRING), [{}], ["[object Object]"]),
        (ListOf(DATE), ["nope"], [None]),
        (ADDRESS, "Main", {"0": "M", "1": "a", "2": "i", "3": "n"}),
        (ADDRESS, [1], {"0": 1}),
        (ADDRESS, 5, {}),
        (ADDRESS, {"zip": {}}, {"zip": "[object Object]"}),
        (ADDRESS, {"pos": {"x": "y"}, "k": SURROGATE}, {"pos": {"x": None}, "k": "a\ufffdb"}),
        (Nested("A", {"zip": STRING}, strict="reject"), "ab", {}),
        (ListOf(ADDRESS), [1, "x"], [{}, {"0": "x"}]),
        (BUFFER, 3, b"\0\0\0"),
        (BUFFER, [256, "x", 104, math.inf, -1], b"\0\0h\0\xff"),
        (BUFFER, {}, None),
        (ANY, {"a": [math.inf, SURROGATE, 1, -(2**64)]}, {"a": [None, "a\ufffdb", 1, -(2.0**64)]}),
        (Array(), [math.nan], [None]),
        (BOOLEAN, {}, True),
    ],
)
def test_the_lossy_kind_keeps_what_loopback_would(kind, value, kept):
    assert lossy(kind).read(value) == kept


@pytest.mark.parametrize(("kind", "value", "code"), [(DATE, "x", "date"), (POINT, "x", "type"), (DATESTRING, "x", "type")])
def test_the_lossy_kind_refuses_where_loopback_does(kind, value, code):
    with pytest.raises(Unreadable) as caught:
        lossy(kind).read(value)
    assert caught.value.code == code


def test_the_lossy_kind_reads_conditions_and_ids_as_the_strict_one():
    kind = lossy(NUMBER)
    assert (kind.name, kind.operand("x"), kind.path_id("0x1")) == ("number", NOTHING, 1)
