"""What each kind makes of values in bodies, conditions, paths and answers."""

import math
import time
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from types import MappingProxyType
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbpy.errors import BadRequest, ClientError
from lbpy.geo import GeoPoint
from lbpy.model.encoding import jsonable
from lbpy.model.javascript import Unreadable
from lbpy.model.kinds import ANY, NOTHING, SIMPLE_KINDS, Array, DecimalNumber, Integer, ListOf, Nested, Uuid
from lbpy.model.lossy import lossy

STRING, NUMBER, BOOLEAN, DATE = (SIMPLE_KINDS[name] for name in ("string", "number", "boolean", "date"))
BUFFER, POINT, OBJECT, DATESTRING = (SIMPLE_KINDS[name] for name in ("buffer", "geopoint", "object", "datestring"))
ADDRESS = Nested("", {"street": STRING, "zip": STRING, "pos": Nested("", {"x": NUMBER})})
LISTS = [ListOf(STRING), ListOf(DATE), ListOf(ADDRESS)]
EVERY_KIND = [*SIMPLE_KINDS.values(), Integer(), DecimalNumber(), Uuid(), ADDRESS, *LISTS]
SURROGATE = "a\ud800b"

ANY_TEXT = st.text(st.characters(exclude_categories=()))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=8,
)


class Colour(Enum):
    RED = "red"


class Size(IntEnum):
    BIG = 3


def refused(kind, value):
    """The code with which the kind refuses the value."""
    with pytest.raises(Unreadable) as caught:
        kind.read(value)
    return caught.value.code


def outcome(reader, value):
    """The status that a client would see, and what the answer shows."""
    try:
        return 200, reader(value)
    except ClientError as error:
        return error.status, error.message


def dumps(value):
    return orjson.dumps(value, default=jsonable, option=orjson.OPT_PASSTHROUGH_DATETIME)


# -- every kind ----------------------------------------------------------------


@pytest.mark.parametrize("kind", EVERY_KIND, ids=repr)
def test_null_stays_null_in_bodies_and_conditions(kind):
    assert kind.read(None) is None
    assert kind.operand(None) is None


@pytest.mark.parametrize("kind", EVERY_KIND, ids=repr)
@given(value=JSON_VALUES)
def test_whatever_a_client_sends_is_read_as_something_writable_or_refused_as_its_mistake(kind, value):
    status, shown = outcome(kind.read, value)
    assert status in (200, 400, 422)
    assert dumps(shown)


@pytest.mark.parametrize("kind", EVERY_KIND, ids=repr)
@given(value=JSON_VALUES)
def test_whatever_a_client_asks_for_is_converted_or_refused_as_its_mistake(kind, value):
    status, shown = outcome(kind.operand, value)
    assert status in (200, 400)
    assert status == 200 or dumps(shown)


@pytest.mark.parametrize("kind", EVERY_KIND, ids=repr)
@given(value=JSON_VALUES)
def test_what_was_read_reads_as_itself(kind, value):
    status, once = outcome(kind.read, value)
    assert status != 200 or kind.read(once) == once


@pytest.mark.parametrize("kind", EVERY_KIND, ids=repr)
@given(value=JSON_VALUES)
def test_the_lossy_kind_gives_something_writable_or_a_mistake_of_the_client(kind, value):
    status, shown = outcome(lossy(kind).read, value)
    assert status in (200, 400, 422)
    assert dumps(shown)


def test_the_names_are_those_of_loopback():
    names = "string text number boolean date datestring buffer binary array object any json geopoint"
    assert " ".join(SIMPLE_KINDS) == names
    assert {name: kind.name for name, kind in SIMPLE_KINDS.items() if kind.name != name} == {"binary": "buffer"}


# -- string --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "x"), ("", ""), ("höhe", "höhe"), (5, "5"), (1.5, "1.5"), (5.0, "5"), (True, "true"), (False, "false"),
        (["q"], "q"), (["x", "y"], "x,y"), ([1, None, [2, [3]]], "1,,2,3"), ([], ""), (12345678901234567890,
        "12345678901234567890"),
        (Colour.RED, "red"), (Size.BIG, "3"), (UUID(int=1), str(UUID(int=1))), (Decimal("1.50"), "1.50"),
        (datetime(2015, 3, 1, tzinfo=UTC), "2015-03-01T00:00:00.000Z"), (GeoPoint(1, 2), "1,2"),
    ],
)  # fmt: skip
def test_a_string_takes_the_text_of_a_value(value, text):
    assert STRING.read(value) == text


@pytest.mark.parametrize("value", [{"a": 1}, {}, [{}], math.inf, math.nan, SURROGATE, [SURROGATE], b"x", object()])
def test_a_string_refuses_what_has_no_text(value):
    assert refused(STRING, value) == "type"


@pytest.mark.parametrize(("value", "operand"), [(5, "5"), (True, "true"), ("x", "x"), ({}, NOTHING), (SURROGATE, NOTHING)])
def test_a_string_condition_compares_texts(value, operand):
    assert STRING.operand(value) == operand


@pytest.mark.parametrize("text", ["0010", "1.50", "null", "[1]"])
def test_a_string_id_keeps_every_character(text):
    assert STRING.path_id(text) == text


# -- number --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("5", 5), (" 7 ", 7), ("\u00a07\ufeff", 7), ("1e3", 1000), ("12.50", 12.5), ("5.", 5), (".5", 0.5), ("0x1F", 31),
        ("0b101", 5), ("0O17", 15), ("", 0), ("  ", 0), ("+5", 5), ("-5", -5), ("08", 8), (True, 1), (False, 0), ([7], 7),
        (["3"], 3), ([], 0), (5.0, 5), (-0.0, 0), (1e300, 1e300), (12345678901234567890, 12345678901234567890),
        ("9007199254740993", 9007199254740993), (Decimal("2.5"), 2.5), (Decimal("2.0"), 2), (Size.BIG, 3),
    ],
)  # fmt: skip
def test_a_number_is_read_as_javascript_does(value, number):
    read = NUMBER.read(value)
    assert (read, type(read)) == (number, type(number))


@pytest.mark.parametrize(
    "value",
    [
        "abc", "12abc", "1_000", "1,5", "1 2", "-0x1", "0x", ".", "1e", "٣", "NaN", "Infinity", "infinity", "1e999",
        math.inf, math.nan,
        {}, {"v": 1}, [1, 2], [True], 10**400, "9" * 100_000, Decimal("NaN"), Decimal("1e999999999"), datetime.now(UTC),
        SURROGATE,
    ],
)  # fmt: skip
def test_a_number_refuses_what_is_none(value):
    assert refused(NUMBER, value) == "type"


def test_whole_numbers_beyond_64_bits_become_the_nearest_float():
    assert NUMBER.read(2**64 - 1) == 2**64 - 1
    assert isinstance(NUMBER.read(2**64), float)
    assert isinstance(NUMBER.read("1" * 30), float)


def test_long_text_that_is_no_number_costs_little_time():
    before = time.perf_counter()
    assert NUMBER.operand("1" * 200_000 + "x") is NOTHING
    assert time.perf_counter() - before < 1


@pytest.mark.parametrize(
    ("value", "operand"),
    [
        ("520", 520), ("", 0), (True, 1), ("1.50", 1.5), ("Infinity", math.inf),
        ("many", NOTHING), ({}, NOTHING), (math.nan, NOTHING),
    ],
)  # fmt: skip
def test_a_number_condition_compares_numbers(value, operand):
    assert NUMBER.operand(value) == operand


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("1", 1), ("01", 1), ("1.0", 1), ("1e0", 1), ("0x1", 1), (" 1", 1), ("-1", -1),
        ("abc", NOTHING), ('"1"', NOTHING), ("true", NOTHING), ("[1]", NOTHING),
    ],
)  # fmt: skip
def test_a_number_id_in_a_path_is_read_as_javascript_does(text, id):
    assert NUMBER.path_id(text) == id


@pytest.mark.parametrize("value", [1.5, "1.5", 1e300, 2**64, "x"])
def test_an_integer_refuses_what_is_not_whole(value):
    assert refused(Integer(), value) == "type"


@pytest.mark.parametrize("value", [5, 5.0, "5", "5.0"])
def test_an_integer_is_whole(value):
    assert repr(Integer().read(value)) == "5"


@pytest.mark.parametrize(
    ("value", "text"), [("1.10", "1.10"), (1.1, "1.1"), (5, "5"), (Decimal("0.3"), "0.3"), ("0x10", "16"), (" 2 ", "2"),
    (True, "1")]
)
def test_a_decimal_keeps_its_digits(value, text):
    assert str(DecimalNumber().read(value)) == text


@pytest.mark.parametrize("value", ["x", math.inf, Decimal("Infinity"), "1e999999", {}])
def test_a_decimal_refuses_what_is_no_finite_number(value):
    assert refused(DecimalNumber(), value) == "type"
    assert DecimalNumber().operand(value) is NOTHING


def test_a_uuid_has_one_form():
    text = "0123456789ABCDEF0123456789ABCDEF"
    assert Uuid().read(text) == Uuid().read(UUID(text)) == Uuid().path_id(text) == "01234567-89ab-cdef-0123-456789abcdef"
    assert refused(Uuid(), "x") == "type"
    assert Uuid().operand("x") is NOTHING


# -- boolean -------------------------------------------------------------------


@pytest.mark.parametrize("value", [True, "true", "1", "FALSE", "no", "False", 1, -1, 0.5, [], {}, math.inf, " "])
def test_a_boolean_is_true(value):
    assert BOOLEAN.read(value) is True
    assert BOOLEAN.operand(value) is True


@pytest.mark.parametrize("value", [False, "false", "0", "", 0, 0.0, math.nan])
def test_a_boolean_is_false(value):
    assert BOOLEAN.read(value) is False
    assert BOOLEAN.operand(value) is False


# -- date ----------------------------------------------------------------------


def test_a_datestring_stays_the_text_it_came_as():
    assert DATESTRING.read("March 1, 2015") == "March 1, 2015"
    assert DATESTRING.read(datetime(2015, 3, 1, tzinfo=UTC)) == "2015-03-01T00:00:00.000Z"


@pytest.mark.parametrize("value", ["nope", "", 5, {}, SURROGATE])
def test_a_datestring_refuses_what_is_no_date(value):
    assert refused(DATESTRING, value) == "type"


# -- buffer --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ("aGk=", b"aGk="), ("hö", "hö".encode()), (b"hi", b"hi"), (bytearray(b"hi"), b"hi"), ([104, 105.0], b"hi"), ([], b""),
        ({"type": "Buffer", "data": [104, 105]}, b"hi"), ({"$type": "base64", "$data": "aGk="}, b"hi"),
        ({"$type": "base64", "$data": "aGk"}, b"hi"), ({"$type": "base64", "$data": "_-8"}, b"\xff\xef"),
    ],
)  # fmt: skip
def test_a_buffer_takes_text_lists_of_bytes_and_the_forms_of_json(value, data):
    assert BUFFER.read(value) == data
    assert BUFFER.operand(value) == data


@pytest.mark.parametrize("value", [3, 2**63, True, {}, [256], SURROGATE])
def test_what_is_no_buffer_equals_no_stored_one(value):
    assert BUFFER.operand(value) is NOTHING
    assert BUFFER.operand(None) is None


@pytest.mark.parametrize(
    "value",
    [
        3, True, {}, {"a": 1}, [256], [-1], [1.5], [True], ["1"], [math.nan], {"type": "Buffer", "data": "x"},
        {"type": "Buffer"},
        {"$type": "base64", "$data": "a"}, {"$type": "base64", "$data": "ö"}, SURROGATE,
    ],
)  # fmt: skip
def test_a_buffer_refuses_what_are_no_bytes(value):
    assert refused(BUFFER, value) == "type"


# -- geopoint ------------------------------------------------------------------


@pytest.mark.parametrize("value", ["10,20", [10, 20], {"lat": "10", "lng": 20.0}, '{"lat": 10, "lng": 20}'])
def test_a_geopoint_takes_every_form(value):
    assert dumps(POINT.read(value)) == b'{"lat":10,"lng":20}'


@pytest.mark.parametrize("value", [{"lat": 10}, {}, "here", {"lat": 10, "lng": 500}, 5])
def test_a_geopoint_refuses_what_is_no_place(value):
    assert refused(POINT, value) == "type"


def test_lists_of_points_and_buffers_hold_points_and_buffers():
    assert ListOf(POINT).read([[1, 2], "3,4"]) == [GeoPoint(1, 2), GeoPoint(3, 4)]
    assert ListOf(BUFFER).read([[104], "i"]) == [b"h", b"i"]


# -- free-form -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["any", "json", "object", "text"])
@pytest.mark.parametrize("value", [5, 0, "", "3", '{"a": 1}', "text", False, [1, None], {"k": [{"deep.er": None}]}])
def test_free_form_data_is_kept_as_it_comes(name, value):
    assert SIMPLE_KINDS[name].read(value) == value
    assert SIMPLE_KINDS[name].operand(value) == value


@pytest.mark.parametrize("value", [SURROGATE, [SURROGATE], {SURROGATE: 1}, math.inf, {"a": [math.nan]}, {1: 2}, 10**400])
def test_free_form_data_that_cannot_be_written_is_refused(value):
    assert refused(ANY, value) == "type"
    assert ANY.operand(value) is NOTHING


def test_free_form_data_is_a_copy():
    value = {"a": [1]}
    kept = ANY.read(value)
    value["a"].append(2)
    assert kept == {"a": [1]}


# -- lists ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "items"),
    [
        (STRING, [1, True, None, "s"], ["1", "true", "null", "s"]),
        (STRING, '["p", "q"]', ["p", "q"]),
        (STRING, ("p", "q"), ["p", "q"]),
        (STRING, [["x", 5]], [["x", 5]]),
        (NUMBER, ["1", 2.5, None], [1, 2.5, None]),
        (BOOLEAN, ["false", 1], [False, True]),
        (DATE, ["1970-01-01", 0, None], [datetime(1970, 1, 1, tzinfo=UTC)] * 2 + [None]),
        (ListOf(NUMBER), [["1"], []], [[1], []]),
        (ADDRESS, [{"zip": 1}, {}, None], [{"zip": "1"}, {}, None]),
        (ADDRESS, '[{"zip": 1}]', [{"zip": "1"}]),
        (ANY, [1, "x", [None]], [1, "x", [None]]),
        (STRING, [], []),
    ],
)
def test_a_typed_list_reads_its_items(kind, value, items):
    assert ListOf(kind).read(value) == items


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (STRING, [{}]), (NUMBER, ["x"]), (DATE, ["nope"]), (ADDRESS, ["x"]), (ADDRESS, [[1]]), (ADDRESS, [1]), (POINT,
        ["here"]),
        (STRING, [SURROGATE]), (STRING, [[SURROGATE]]),
    ],
)  # fmt: skip
def test_an_item_that_cannot_be_kept_is_a_problem_of_the_list(kind, value):
    assert refused(ListOf(kind), value) == "type"


@pytest.mark.parametrize("kind", [ListOf(STRING), ListOf(ADDRESS), Array()], ids=repr)
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("x", 'could not create List from JSON string: "x"'),
        ("", 'could not create List from JSON string: ""'),
        ("[NaN]", 'could not create List from JSON string: "[NaN]"'),
        ("5", "Items must be an array: 5"),
        (5, "Items must be an array: 5"),
        (False, "Items must be an array: false"),
        ({"a": 1, "ö": "é"}, 'Items must be an array: {"a":1,"ö":"é"}'),
        (SURROGATE, 'could not create List from JSON string: "a\ufffdb"'),
    ],
)
def test_what_is_no_list_is_a_bad_request(kind, value, message):
    with pytest.raises(BadRequest) as caught:
        kind.read(value)
    assert caught.value.message == message


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 40 + "]" * 40])
def test_a_list_in_text_may_not_be_deeper_than_data_may_be(text):
    with pytest.raises(BadRequest):
        Array().read(text)


def test_a_plain_array_keeps_its_items():
    assert Array().read([1, "x", {"a": [None]}]) == [1, "x", {"a": [None]}]
    assert Array().read('[1, "x"]') == [1, "x"]


def test_a_condition_on_a_list_is_one_on_its_items():
    assert ListOf(NUMBER).operand("5") == 5
    assert ListOf(NUMBER).operand(["5", "x"]) == [5, NOTHING]


# -- nested --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "row"),
    [
        ({"zip": 123, "pos": {"x": "1"}, "extra": {"y": True}}, {"zip": "123", "pos": {"x": 1}, "extra": {"y": True}}),
        ('{"zip": 123}', {"zip": "123"}),
        ({}, {}),
        ({"zip": None}, {"zip": None}),
        ({"a.b": 1}, {"a.b": 1}),
        (MappingProxyType({"zip": 5}), {"zip": "5"}),
    ],
)
def test_a_nested_object_reads_its_own_properties_and_keeps_others(value, row):
    assert ADDRESS.read(value) == row


def test_declared_properties_of_a_nested_object_come_first_and_in_order():
    assert list(ADDRESS.read({"extra": 1, "zip": 2, "street": 3})) == ["street", "zip", "extra"]


@pytest.mark.parametrize("value", ["Main street", "[1]", [1], [], 5, True, {"pos": "x"}, {"pos": {"x": "y"}}, {SURROGATE: 1}])
def test_a_nested_object_refuses_everything_else(value):
    assert refused(ADDRESS, value) == "type"


def test_a_strict_nested_object_refuses_or_drops_other_keys():
    assert refused(Nested("A", {"zip": STRING}, strict="reject"), {"zip": 1, "x": 2}) == "type"
    assert Nested("A", {"zip": STRING}, strict="filter").read({"zip": 1, "x": 2}) == {"zip": "1"}


def test_an_operand_for_a_datestring_is_text_whatever_it_was():
    assert [SIMPLE_KINDS["datestring"].operand(value) for value in (False, 5, "x", None)] == ["false", "5", "x", None]
