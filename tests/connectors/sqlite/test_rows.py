from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lbpy.connectors.sql.collection import SqlCollection
from lbpy.connectors.sqlite import SqliteConnector
from lbpy.errors import BadRequest, DefinitionError, Duplicate, Invalid, StoreError
from lbpy.geo import GeoPoint
from lbpy.model.definition import ModelDefinition, Property
from lbpy.model.kinds import SIMPLE_KINDS, DecimalNumber
from lbpy.query.nodes import EVERY_ROW, Equal, Filter, In, Like, Matches, Nor, Or, Order, Ordered, Path, Where

Things = Callable[..., SqlCollection]


def path(name: str, kind: str = "number") -> Path:
    return Path(name, (name,), None, SIMPLE_KINDS[kind])


ID = path("id")


# -- values


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", "Rome"),
        ("string", ""),
        ("string", "a\0b"),
        ("string", "123"),
        ("text", "5"),
        ("number", 0),
        ("number", 1.5),
        ("number", 2**63 - 1),
        ("number", -(2**63)),
        ("number", 1e300),
        ("boolean", True),
        ("boolean", False),
        ("date", datetime(2020, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)),
        ("date", datetime(1, 1, 1, tzinfo=UTC)),
        ("date", datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
        ("datestring", "2020-01-02"),
        ("buffer", b"\x00\xff"),
        ("array", [1, "a", [None]]),
        ("object", {"a": {"b": [1.5]}}),
        ("object", "text"),
        ("any", "3"),
        ("any", 3),
        ("any", False),
        ("json", [2**80]),
        ("geopoint", GeoPoint(1.5, -2)),
    ],
)
def test_a_value_comes_back_as_it_went(things: Things, kind: str, value: Any) -> None:
    made = things({"value": kind})
    made.automigrate()
    made.create({"value": value})
    found = made.find(Filter())[0]["value"]
    assert (found, type(found)) == (value, type(value))


def test_decimals_keep_every_digit_and_sort_as_numbers(memory: SqliteConnector) -> None:
    key = Property("id", SIMPLE_KINDS["number"], id=1, generated=True)
    price = Property("price", DecimalNumber())
    made = memory.collection(ModelDefinition("Price", properties={"id": key, "price": price}, id=key))
    made.automigrate()
    values = [Decimal("10.000000000000000000001"), Decimal("9.5"), Decimal("10")]
    made.create_many([{"price": value} for value in values])
    at = Path("price", ("price",), price, price.kind)
    assert [row["price"] for row in made.find(Filter(order=(Order(at),)))] == sorted(values)
    assert made.count(Ordered(at, "gt", Decimal(10))) == 1
    assert made.count(Equal(at, Decimal("9.50"))) == 1


def test_a_whole_number_beyond_64_bits_is_refused_and_nothing_stored(notes: SqlCollection) -> None:
    with pytest.raises(Invalid, match="n is not a whole number of at most 64 bits"):
        notes.create_many([{"n": 1}, {"n": 2**63}])
    assert notes.count(EVERY_ROW) == 0


def test_a_condition_beyond_64_bits_is_no_error(notes: SqlCollection) -> None:
    notes.create({"n": 5})
    assert notes.count(Ordered(path("n"), "lt", 2**64)) == 1
    assert notes.count(Equal(path("n"), 2**64)) == 0


def test_text_that_is_no_utf8_is_the_clients_mistake(notes: SqlCollection) -> None:
    with pytest.raises(BadRequest):
        notes.create({"text": "\ud800"})
    with pytest.raises(BadRequest):
        notes.count(Equal(path("text", "string"), "\ud800"))


def test_dates_by_another_program_are_read_from_text(things: Things, memory: SqliteConnector) -> None:
    made = things({"at": "date", "data": "object"})
    made.automigrate()
    memory.execute("""INSERT INTO Thing (at, data) VALUES ('2020-01-02T00:00:00Z', 'plain')""")
    assert made.find(Filter()) == [{"at": datetime(2020, 1, 2, tzinfo=UTC), "data": "plain", "id": 1}]
    assert made.count(Equal(Path("data", ("data",), None, None), "plain")) == 1


# -- creating


def test_rows_get_ascending_ids(notes: SqlCollection) -> None:
    assert notes.create({"text": "a"}) == {"text": "a", "id": 1}
    assert [row["id"] for row in notes.create_many([{}, {}])] == [2, 3]


def test_a_given_id_is_kept_and_the_next_one_is_above_it(notes: SqlCollection) -> None:
    rows = notes.create_many([{"id": 10, "text": "a"}, {"text": "b"}, {"id": 5, "text": "c"}, {"text": "d"}])
    assert [(row["id"], row["text"]) for row in rows] == [(10, "a"), (11, "b"), (5, "c"), (12, "d")]


def test_the_id_of_a_deleted_row_is_not_used_again(notes: SqlCollection) -> None:
    notes.create_many([{}, {}])
    notes.delete(Equal(ID, 2))
    assert notes.create({})["id"] == 3


def test_undeclared_keys_are_handed_back_but_not_stored(notes: SqlCollection) -> None:
    assert notes.create({"text": "a", "more": 1}) == {"text": "a", "more": 1, "id": 1}
    assert notes.find(Filter()) == [{"text": "a", "n": None, "id": 1}]


def test_the_row_given_is_not_changed(notes: SqlCollection) -> None:
    row = {"text": "a"}
    notes.create(row)
    assert row == {"text": "a"}


def test_an_id_used_twice_is_a_duplicate(notes: SqlCollection) -> None:
    notes.create({"id": 1})
    with pytest.raises(Duplicate) as error:
        notes.create({"id": 1})
    assert (error.value.model, error.value.property, error.value.is_id) == ("Thing", "id", True)


def test_a_value_that_must_be_unique_names_its_property(things: Things) -> None:
    made = things({"mail": {"type": "string", "index": {"unique": True}, "sqlite3": {"columnName": "e-mail, home"}}})
    made.automigrate()
    made.create_many([{"mail": "a"}, {}, {}])
    with pytest.raises(Duplicate) as error:
        made.create({"mail": "a"})
    assert (error.value.property, error.value.is_id) == ("mail", False)


def test_many_rows_are_stored_all_or_none(notes: SqlCollection) -> None:
    with pytest.raises(Duplicate):
        notes.create_many([{"id": 1}, {"id": 2}, {"id": 1}])
    assert notes.count(EVERY_ROW) == 0


def test_more_rows_than_one_statement_holds_are_still_all_or_none(notes: SqlCollection) -> None:
    many = 25_000
    with pytest.raises(Duplicate):
        notes.create_many([{"n": n} for n in range(many)] + [{"id": 1}])
    assert notes.count(EVERY_ROW) == 0
    assert [row["id"] for row in notes.create_many([{"n": n} for n in range(many)])] == list(range(1, many + 1))


def test_many_rows_are_one_statement(notes: SqlCollection, memory: SqliteConnector) -> None:
    seen: list[str] = []
    memory.observe("before execute", lambda ctx: seen.append(ctx.req["sql"]))
    notes.create_many([{"n": n} for n in range(100)])
    assert len(seen) == 1
    assert notes.create_many([]) == []


def test_a_text_id_is_made_if_there_is_none(things: Things) -> None:
    made = things({"id": {"type": "string", "id": True}})
    made.automigrate()
    assert made.create({"id": "a"}) == {"id": "a"}
    assert len(made.create({})["id"]) == 36


@pytest.mark.parametrize("id", ["a", 5, {"a": [1]}, True])
def test_an_id_of_any_shape_finds_its_row(things: Things, id: Any) -> None:
    made = things({"id": {"type": "any", "id": True}, "n": "number"})
    made.automigrate()
    assert made.create({"id": id, "n": 1}) == {"id": id, "n": 1}
    assert made.replace(id, {"n": 2})
    assert made.upsert(id, {}, replace=False) == ({"id": id, "n": 2}, False)


def test_an_id_that_nobody_can_make_is_asked_for(things: Things) -> None:
    made = things({"id": {"type": "date", "id": True}})
    made.automigrate()
    with pytest.raises(Invalid, match="id can't be blank"):
        made.create({})


@pytest.mark.parametrize("id", [1.5, 2**53 + 1, 2**63 - 1, 1e300, -(2**60)])
def test_an_id_that_leaves_no_room_for_others_is_refused(notes: SqlCollection, id: float) -> None:
    with pytest.raises(Invalid, match="id is not a whole number"):
        notes.create({"id": id})
    assert notes.create({"id": 2**52})["id"] == 2**52
    assert notes.create({})["id"] == 2**52 + 1


def test_an_id_of_two_properties(things: Things) -> None:
    made = things({"a": {"type": "number", "id": 1}, "b": {"type": "string", "id": 2}, "c": "string"})
    made.automigrate()
    assert made.create_many([{"a": 1, "b": "x"}, {"a": 1, "b": "y"}]) == [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}]
    with pytest.raises(Duplicate):
        made.create({"a": 1, "b": "x"})
    with pytest.raises(Invalid, match="b can't be blank"):
        made.create({"a": 1})
    with pytest.raises(DefinitionError, match="2 id properties"):
        made.replace(1, {})


def test_a_model_without_id_keeps_rows(memory: SqliteConnector) -> None:
    made = memory.collection(ModelDefinition("Log", properties={"text": Property("text", SIMPLE_KINDS["string"])}))
    made.automigrate()
    assert made.create_many([{"text": "b"}, {"text": "a"}]) == [{"text": "b"}, {"text": "a"}]
    assert made.find(Filter(limit=1)) == [{"text": "b"}]


# -- finding


def test_rows_come_by_id_if_no_order_is_given(notes: SqlCollection) -> None:
    notes.create_many([{"id": 3}, {"id": 1}, {"id": 2}])
    assert [row["id"] for row in notes.find(Filter())] == [1, 2, 3]
    assert [row["id"] for row in notes.find(Filter(limit=1, skip=1))] == [2]


def test_equal_keys_are_ordered_by_id_and_nulls_come_first(notes: SqlCollection) -> None:
    notes.create_many([{"n": 2}, {"n": 1}, {"n": 2}, {}])
    assert [row["id"] for row in notes.find(Filter(order=(Order(path("n")),)))] == [4, 2, 1, 3]
    assert [row["id"] for row in notes.find(Filter(order=(Order(path("n"), descending=True),)))] == [1, 3, 2, 4]


def test_order_by_what_lies_inside(things: Things) -> None:
    made = things({"mayor": {"age": "number"}, "list": ["number"]})
    made.automigrate()
    made.create_many([{"mayor": {"age": 10}, "list": [1]}, {"mayor": {"age": 9}, "list": [2]}])
    for keys, expected in [(("mayor", "age"), [2, 1]), (("list", "0"), [1, 2]), (('mayor', '"'), [1, 2]), (("none",), [1, 2])]:
        found = made.find(Filter(order=(Order(Path(".".join(keys), keys, None, None)),)))
        assert [row["id"] for row in found] == expected


@pytest.mark.parametrize(
    ("limit", "skip", "expected"),
    [(2, 0, [1, 2]), (None, 2, [3]), (5, 9, []), (10**30, 10**30, []), (10**30, 0, [1, 2, 3])],
)
def test_pages(notes: SqlCollection, limit: int | None, skip: int, expected: list[int]) -> None:
    notes.create_many([{}, {}, {}])
    assert [row["id"] for row in notes.find(Filter(limit=limit, skip=skip))] == expected


def test_fields_choose_the_columns(notes: SqlCollection) -> None:
    notes.create({"text": "a", "n": 1})
    assert notes.find(Filter(fields=("n", "nope"))) == [{"n": 1}]
    assert notes.find(Filter(fields=("nope",))) == [{}]


def test_rows_handed_out_belong_to_the_caller(notes: SqlCollection) -> None:
    notes.create({"text": "a"})
    notes.find(Filter())[0]["text"] = "b"
    assert notes.find(Filter())[0]["text"] == "a"


def test_a_property_called_like_a_column_of_json_tree(things: Things) -> None:
    made = things({"value": "any", "key": "any", "type": "string", "e": "any"})
    made.automigrate()
    made.create({"value": 1, "key": 2, "type": "x", "e": 3})
    for name, value in [("value", 1), ("key", 2), ("e", 3)]:
        assert made.count(Equal(Path(name, (name,), None, None), value)) == 1


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        *[("R%", [1]), ("r%", [2]), ("_ome", [1, 2]), ("ome", []), ("", [])],
        *[("100\\%%", [3]), ("100%", [3]), ("(x)", [4]), ("%\\", [])],
    ],
)
def test_like_is_the_one_of_sql(notes: SqlCollection, pattern: str, expected: list[int]) -> None:
    notes.create_many([{"text": text} for text in ("Rome", "rome", "100% Town\n", "(x)", None)])
    assert [row["id"] for row in notes.find(Filter(Like(path("text", "string"), pattern)))] == expected


def test_ilike_knows_every_letter(notes: SqlCollection) -> None:
    notes.create_many([{"text": "ÉTÉ"}, {"text": "x"}, {}])
    assert notes.count(Like(path("text", "string"), "été", ignore_case=True)) == 1
    assert notes.count(Like(path("text", "string"), "été", negated=True, ignore_case=True)) == 1


def test_patterns_see_numbers_as_text(notes: SqlCollection) -> None:
    notes.create_many([{"n": 1400}, {"n": 14.5}, {"n": 5}])
    assert notes.count(Like(path("n"), "14%")) == 2
    assert notes.count(Matches(path("n"), r"\.5$")) == 1


def test_a_pattern_that_cannot_run_is_the_clients_mistake(notes: SqlCollection) -> None:
    with pytest.raises(BadRequest):
        notes.count(Matches(path("text", "string"), "(?=a)"))


def test_long_lists_of_values(notes: SqlCollection) -> None:
    notes.create_many([{"n": n} for n in range(10)])
    assert notes.count(In(path("n"), tuple(range(5, 50_000)))) == 5


def test_long_lists_of_conditions(notes: SqlCollection) -> None:
    notes.create_many([{"n": n} for n in range(10)])
    assert notes.count(Or(tuple(Equal(path("n"), n) for n in range(5, 5_000)))) == 5


def test_more_conditions_than_sqlite_takes_are_the_clients_mistake(notes: SqlCollection) -> None:
    where: Where = Equal(path("n"), 1)
    for _ in range(200):
        where = Nor((where, Equal(path("n"), 2)))
    with pytest.raises(BadRequest, match="too large"):
        notes.count(where)


# -- changing


def test_update_says_how_many_rows_met_the_condition(notes: SqlCollection) -> None:
    notes.create_many([{"n": 1, "text": "a"}, {"n": 1}, {"n": 2}])
    assert notes.update(Equal(path("n"), 1), {"text": "b"}) == 2
    assert [row["text"] for row in notes.find(Filter())] == ["b", "b", None]
    assert notes.update(Equal(path("n"), 1), {"more": 1}) == 2
    assert notes.update(Equal(path("n"), 1), {"text": None}) == 2


def test_replace_sets_every_column(notes: SqlCollection) -> None:
    notes.create({"n": 1, "text": "a"})
    assert notes.replace(1, {"n": 2}) is True
    assert notes.find(Filter()) == [{"text": None, "n": 2, "id": 1}]
    assert notes.replace(9, {"n": 2}) is False


def test_delete_says_how_many(notes: SqlCollection) -> None:
    notes.create_many([{"n": 1}, {"n": 2}, {"n": 2}])
    assert notes.delete(Equal(path("n"), 2)) == 2
    assert notes.delete(EVERY_ROW) == 1


def test_upsert_merges_replaces_or_creates(notes: SqlCollection) -> None:
    assert notes.upsert(7, {"text": "a", "n": 1}, replace=False) == ({"text": "a", "n": 1, "id": 7}, True)
    assert notes.upsert(7, {"n": 2}, replace=False) == ({"text": "a", "n": 2, "id": 7}, False)
    assert notes.upsert(7, {"n": 3}, replace=True) == ({"n": 3, "id": 7}, False)
    assert notes.find(Filter()) == [{"text": None, "n": 3, "id": 7}]
    assert notes.upsert(None, {"n": 4}, replace=True) == ({"n": 4, "id": 8}, True)
    assert notes.upsert(7, {}, replace=False)[1] is False


def test_find_or_create(notes: SqlCollection) -> None:
    filter = Filter(Equal(path("text", "string"), "a"))
    assert notes.find_or_create(filter, {"text": "a"}) == ({"text": "a", "id": 1}, True)
    assert notes.find_or_create(filter, {"text": "a"}) == ({"text": "a", "n": None, "id": 1}, False)


# -- names and native SQL


def test_names_come_from_the_model(things: Things, memory: SqliteConnector) -> None:
    old = {"type": "string", "sqlite": {"columnName": "new"}}
    made = things({'Na"me; --': "string", "old": old}, sqlite={"table": "my things"})
    made.automigrate()
    made.create({'Na"me; --': "a", "old": "b"})
    assert memory.execute('SELECT * FROM "my things" WHERE new = ?', ["b"]) == [{'Na"me; --': "a", "new": "b", "id": 1}]
    assert made.find(Filter(Equal(path("old", "string"), "b")))[0]["old"] == "b"


def test_two_properties_in_one_column_are_refused(things: Things) -> None:
    with pytest.raises(DefinitionError, match="a and A share the column"):
        things({"a": "string", "A": "string"})


def test_native_sql_answers_rows_by_name(memory: SqliteConnector) -> None:
    assert memory.execute("SELECT 1 AS a, ? AS b", ["x"]) == [{"a": 1, "b": "x"}]
    assert memory.execute("CREATE TABLE t (x)") == []
    with pytest.raises(StoreError, match="syntax"):
        memory.execute("SELEKT")


def test_dates_compare_to_the_millisecond(things: Things) -> None:
    made = things({"at": "date"})
    made.automigrate()
    moment = datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
    made.create({"at": moment})
    assert made.count(Equal(path("at", "date"), moment)) == 1
    assert made.count(Ordered(path("at", "date"), "lt", moment + timedelta(milliseconds=1))) == 1
