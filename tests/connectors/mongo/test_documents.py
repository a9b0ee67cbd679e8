"""Ids, names of fields, kinds and operators as MongoDB has them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from bson import DBRef, Decimal128, Int64, ObjectId, Regex

from lbpy.connectors.mongo import MongoCollection, MongoConnector, connect
from lbpy.connectors.mongo.own import own_operators
from lbpy.data.contract import SourcePlace
from lbpy.errors import BadRequest, Duplicate, Invalid
from lbpy.geo import GeoPoint
from lbpy.model.definition import attached, from_json
from lbpy.query.filter import compile_filter
from lbpy.query.grammar import Grammar
from lbpy.query.nodes import EVERY_ROW, Filter, Where
from lbpy.query.operators import OPERATORS
from lbpy.query.where import compile_where
from lbpy.types import Json

from .conftest import BASE, Things

HEX = "5f3c0a9b8d7e6f5a4b3c2d1e"


def raw(mongo: MongoConnector, name: str = "Thing") -> Any:
    return mongo.native()[name]


def grammar(properties: dict[str, Any], **settings: Any) -> Grammar:
    spec = {"name": "Thing", "properties": properties, **settings}
    definition = attached(from_json(spec, lambda _: None, base=BASE), connect({}, SourcePlace("db", ".")).id_kind)
    return Grammar(definition, refuses_operators=True, operators={**OPERATORS, **own_operators(geo_json=False)})


def where(properties: dict[str, Any], condition: Json) -> Where:
    spoken = grammar(properties)
    return compile_where(spoken, condition, spoken.code_rules())


def names(things: MongoCollection, condition: Where) -> list[str]:
    return [row["name"] for row in things.find(Filter(where=condition))]


# -- ids -----------------------------------------------------------------------


def test_a_made_id_is_an_objectid_in_the_store_and_text_in_rows(mongo: MongoConnector, things: Things) -> None:
    row = things({"name": "string"}).create({"name": "a"})
    assert raw(mongo).find_one()["_id"] == ObjectId(row["id"])


def test_text_of_an_id_given_by_hand_becomes_an_objectid_unless_strict(mongo: MongoConnector, things: Things) -> None:
    for strict, expected in ((False, ObjectId(HEX)), (True, HEX)):
        made = things({"code": {"type": "string", "id": True}}, strictObjectIDCoercion=strict, mongodb={"collection": f"c{strict}"})
        assert made.create({"code": HEX}) == {"code": HEX}
        assert raw(mongo, f"c{strict}").find_one()["_id"] == expected


def test_text_that_looks_like_an_id_is_found_as_text_and_as_objectid(mongo: MongoConnector, things: Things) -> None:
    properties = {"name": "string", "code": "string", "loose": "any"}
    made = things(properties)
    made.create({"name": "text", "code": HEX, "loose": HEX})
    raw(mongo).insert_one({"name": "id", "code": ObjectId(HEX), "loose": ObjectId(HEX)})
    for name in ("code", "loose"):
        assert names(made, where(properties, {name: HEX})) == ["text", "id"]
        assert names(made, where(properties, {name: {"neq": HEX}})) == []
    assert names(things(properties, strictObjectIDCoercion=True), where(properties, {"code": HEX})) == ["text"]


# -- names ---------------------------------------------------------------------

MAPPED = {"title": {"type": "string", "mongodb": {"fieldName": "t"}}, "size": {"type": "number", "columnName": "sz"}}


def test_renamed_properties_go_both_ways(mongo: MongoConnector, things: Things) -> None:
    made = things(MAPPED, mongodb={"collection": "renamed"})
    row = made.create({"title": "a", "size": 1})
    made.update(where(MAPPED, {"title": "a"}), {"size": 2})
    assert raw(mongo, "renamed").find_one() == {"_id": ObjectId(row["id"]), "t": "a", "sz": 2}
    assert made.find(Filter(fields=("title", "size"))) == [{"title": "a", "size": 2}]
    spoken = grammar(MAPPED)
    assert len(made.find(compile_filter(spoken, {"order": "size DESC", "where": {"size": 2}}, spoken.code_rules()))) == 1


def test_the_field_of_another_property_is_no_name(things: Things) -> None:
    made = things(MAPPED)
    row = made.create({"title": "a", "_id": "not stored"})
    for changes in ({"t": "x"}, {"_id": "x"}, {"_id.x": 1}, {"t.x": 1}):
        with pytest.raises(Invalid):
            made.update(EVERY_ROW, changes)
    with pytest.raises(Invalid):
        made.create({"title": "a", "t": "x"})
    assert made.find(Filter()) == [{"title": "a", "id": row["id"]}]


def test_a_path_sets_what_is_inside_a_property(things: Things) -> None:
    made = things({"maker": {"city": "string", "year": "number", "tags": ["string"]}, "box": "object"})
    row = made.create({"maker": {"city": "Bern", "tags": ["a", "b"]}, "box": {"w": 1}})
    assert made.update(EVERY_ROW, {"maker.year": "1975", "maker.tags.1": "c", "box.h.mm": 4}) == 1
    assert made.find(Filter())[0] == {**row, "maker": {"city": "Bern", "tags": ["a", "c"], "year": 1975}, "box": {"w": 1, "h": {"mm": 4}}}


@pytest.mark.parametrize(
    "changes",
    [
        {"box.$x": 1}, {"box.": 1}, {".w": 1}, {"$set.w": 1}, {"maker.year": "soon"}, {"box.w": {"$x": 1}}, {"id.x": 1},
        {"box": {}, "box.w": 1},
    ],
)  # fmt: skip
def test_other_paths_are_refused(things: Things, changes: Json) -> None:
    made = things({"maker": {"year": "number"}, "box": "object"})
    row = made.create({"box": {"w": 1}})
    with pytest.raises((Invalid, BadRequest)):
        made.update(EVERY_ROW, changes)
    assert made.find(Filter()) == [row]


# -- what must not get in --------------------------------------------------------


@pytest.mark.parametrize(
    "value", [{"$set": 1}, {"a": {"$ref": "x", "$id": 1}}, [{"a.b": 1}], {"a\0b": 1}, {"n": [{"$where": "1"}]}, {"\ud800": 1}]
)
def test_keys_that_could_be_operators_or_paths_are_refused_in_data(things: Things, value: Json) -> None:
    made = things({"name": "string", "box": "object"})
    row = made.create({"name": "a"})
    for call in (
        lambda: made.create({"box": value}),
        lambda: made.create_many([{"box": value}]),
        lambda: made.update(EVERY_ROW, {"box": value}),
        lambda: made.replace(row["id"], {"box": value}),
        lambda: made.upsert(row["id"], {"box": value}, replace=False),
        lambda: made.find_or_create(Filter(), {"box": value}),
    ):
        with pytest.raises(Invalid):
            call()
    assert made.find(Filter()) == [row]


@pytest.mark.parametrize(
    "asked",
    [
        {"where": {"\ud800": 1}},
        {"where": {"box.\ud800": 1}},
        {"where": {"other": "\ud800"}},
        {"where": {"other": {"inq": ["\ud800"]}}},
        {"order": "\ud800"},
        {"fields": "\ud800"},
    ],
)
def test_halves_of_surrogate_pairs_are_refused_in_queries(things: Things, asked: dict[str, Any]) -> None:
    properties = {"name": "string", "box": "object"}
    spoken = grammar(properties)
    with pytest.raises(BadRequest, match="cannot be sent to the database"):
        things(properties).find(compile_filter(spoken, asked, spoken.code_rules()))


@pytest.mark.parametrize("name", ["$inc", "$where", "a.$b", "\ud800", "a.\ud800"])
def test_names_that_could_be_operators_or_paths_are_refused_in_data(things: Things, name: str) -> None:
    made = things({"name": "string"})
    made.create({"name": "a"})
    with pytest.raises((Invalid, BadRequest)):
        made.update(EVERY_ROW, {name: {"n": 1}})
    with pytest.raises((Invalid, BadRequest)):
        made.create({name: {"n": 1}})


@pytest.mark.parametrize("condition", [{"$where": "1"}, {"$expr": {}}, {"a.$b": 1}, {"and": [{"$or": []}]}, {"name": {"$function": 1}}])
def test_operators_are_refused_in_conditions(condition: Json) -> None:
    with pytest.raises(BadRequest):
        where({"name": "string"}, condition)


# -- operators of its own --------------------------------------------------------

SHELF = {"name": "string", "rank": "number", "tags": ["string"], "parts": [{"sku": "string", "qty": "number"}], "loose": "any"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"rank": {"exists": True}}, ["a", "b"]),
        ({"rank": {"exists": "false"}}, ["c"]),
        ({"rank": {"mod": [2, 1]}}, ["a"]),
        ({"rank": {"mod": {"0": "2", "1": "0"}}}, ["b"]),
        ({"tags": {"size": 2}}, ["a"]),
        ({"tags": {"all": ["x", "y"]}}, ["a"]),
        ({"tags": {"all": []}}, []),
        ({"loose": {"type": "bool"}}, ["a"]),
        ({"loose": {"type": ["bool", "string"]}}, ["a", "b"]),
        ({"parts": {"elemMatch": {"sku": "s", "qty": 2}}}, ["b"]),
        ({"parts": {"elemMatch": {"sku": {"neq": "s"}, "qty": {"gt": "1", "lt": 3}}}}, ["a"]),
        ({"parts": {"elemMatch": {"none": None, "qty": 1}}}, ["a"]),
        ({"rank": {"exists": True, "gt": 1}}, ["b"]),
    ],
)
def test_operators_of_mongodb(things: Things, condition: Json, expected: list[str]) -> None:
    made = things(SHELF)
    made.create({"name": "a", "rank": 1, "tags": ["x", "y"], "parts": [{"sku": "s", "qty": 1}, {"sku": "t", "qty": 2}], "loose": True})
    made.create({"name": "b", "rank": 2, "tags": ["x"], "parts": [{"sku": "s", "qty": 2}], "loose": "text"})
    made.create({"name": "c"})
    assert names(made, where(SHELF, condition)) == expected


@pytest.mark.parametrize("property", ["name", "flag", "due"])
def test_exists_is_unknown_where_loopback_converts_its_operand_to_nothing(property: str) -> None:
    shelf = {**SHELF, "flag": "boolean", "due": "date"}
    with pytest.raises(BadRequest, match='Unknown operator "exists"'):
        where(shelf, {property: {"exists": True}})


@pytest.mark.parametrize(
    "condition",
    [
        {"rank": {"exists": 5}}, {"rank": {"exists": None}}, {"rank": {"exists": {"$x": 1}}}, {"rank": {"mod": 2}},
        {"rank": {"mod": [0, 1]}}, {"rank": {"mod": [1.5, 1]}}, {"rank": {"mod": [2, "x"]}}, {"tags": {"size": -1}},
        {"tags": {"size": "x"}}, {"tags": {"size": True}}, {"tags": {"all": "x"}},
        {"loose": {"type": "javascriptWithScope"}}, {"loose": {"type": {}}}, {"loose": {"type": []}},
        {"parts": {"elemMatch": 1}}, {"parts": {"elemMatch": {}}}, {"parts": {"elemMatch": {"$where": "1"}}},
        {"parts": {"elemMatch": {"qty": {"$gt": 1}}}}, {"parts": {"elemMatch": {"a.$b": 1}}}, {"tags": {"elemMatch": {"a": 1}}},
        {"parts": {"elemMatch": {"qty": {"exists": True}}}}, {"rank": {"bitsAllSet": 1}}, {"rank": {"not": {"gt": 1}}}, {"loose": {"a": 1}},
    ],
)  # fmt: skip
def test_what_operators_of_mongodb_cannot_take_is_refused(condition: Json) -> None:
    with pytest.raises(BadRequest):
        where(SHELF, condition)


# -- kinds -----------------------------------------------------------------------


def test_what_others_stored_is_read(mongo: MongoConnector, things: Things) -> None:
    made = things({"blob": "buffer", "when": "date"})
    far = datetime(2020, 1, 1, tzinfo=UTC)
    others = {"n": Int64(5), "f": 5.0, "d": Decimal128("1.50"), "o": ObjectId(HEX), "r": Regex("^a"), "ref": DBRef("c", 1)}
    raw(mongo).insert_one({"blob": "hi", "when": far, **others})
    row = made.find(Filter())[0]
    del row["id"]
    assert row == {"blob": b"hi", "when": far, "n": 5, "f": 5, "d": "1.50", "o": HEX, "r": "^a", "ref": {"$ref": "c", "$id": 1}}
    assert (type(row["n"]), type(row["f"])) == (int, int)


def test_decimals_are_stored_as_such_at_every_depth(mongo: MongoConnector, things: Things) -> None:
    block = {"mongodb": {"dataType": "Decimal128"}}
    properties = {"amount": {"type": "string", **block}, "tax": {"type": "object", **block}}
    made = things(properties)
    row = made.create({"amount": "12.30", "tax": {"rates": ["7.70"]}})
    stored = raw(mongo).find_one()
    assert (stored["amount"], stored["tax"]) == (Decimal128(Decimal("12.30")), {"rates": [Decimal128("7.70")]})
    assert made.find(Filter(where=where(properties, {"amount": {"gt": "9"}}))) == [row]
    with pytest.raises(Invalid):
        made.create({"amount": "many"})


def test_points_are_geojson_where_that_is_asked_for(mongo: MongoConnector, things: Things) -> None:
    properties = {"name": "string", "spot": "geopoint"}
    made = things(properties, enableGeoIndexing=True)
    made.automigrate()
    made.create_many([{"name": "rome", "spot": GeoPoint(41.9, 12.5)}, {"name": "oslo", "spot": GeoPoint(59.9, 10.75)}, {"name": "none"}])
    assert raw(mongo).find_one()["spot"] == {"type": "Point", "coordinates": [12.5, 41.9]}
    assert "index2dspherespot" in raw(mongo).index_information()
    assert names(made, where(properties, {"spot": {"near": "60,10"}})) == ["oslo", "rome"]
    assert names(made, where(properties, {"spot": {"near": "60,10", "maxDistance": 100}})) == ["oslo"]
    assert made.find(Filter(where=where(properties, {"name": "rome"})))[0]["spot"] == GeoPoint(41.9, 12.5)


# -- indexes -----------------------------------------------------------------------


def test_declared_indexes_are_made_and_nothing_is_dropped(mongo: MongoConnector, things: Things) -> None:
    properties = {
        "email": {"type": "string", "index": {"unique": True}, "mongodb": {"fieldName": "mail"}},
        "rank": {"type": "number", "index": True},
        "age": {"type": "number", "index": {"mongodb": {"kind": -1}}},
        "seen": {"type": "date", "index": {"expireAfterSeconds": 3600}},
    }
    made = things(properties, indexes={"both": {"keys": {"email": 1, "rank": -1}}, "plain": {"age": 1, "rank": 1}})
    made.create({"email": "a"})
    raw(mongo).create_index("other")
    assert not made.is_actual()
    made.autoupdate()
    assert (made.is_actual(), made.count(EVERY_ROW)) == (True, 1)
    assert raw(mongo).index_information()["seen_1"]["expireAfterSeconds"] == 3600
    found = {tuple(one["key"]) for one in raw(mongo).index_information().values()}
    assert {(("mail", 1),), (("rank", 1),), (("age", -1),), (("other", 1),)} <= found
    assert {(("mail", 1), ("rank", -1)), (("age", 1), ("rank", 1))} <= found
    with pytest.raises(Duplicate) as caught:
        made.create({"email": "a"})
    assert (caught.value.property, caught.value.is_id) == ("email", False)


# -- update operators ----------------------------------------------------------------


def test_update_operators_work_where_they_are_allowed(things: Things) -> None:
    made = things({"name": "string", "hits": "number", "tags": ["string"]}, allowExtendedOperators=True)
    row = made.create({"name": "a", "hits": 1, "tags": ["x"]})
    assert made.update(EVERY_ROW, {"$inc": {"hits": 2}, "$push": {"tags": {"$each": ["y", "z"]}}}) == 1
    assert made.find(Filter()) == [{**row, "hits": 3, "tags": ["x", "y", "z"]}]
    assert made.upsert(row["id"], {"$unset": {"tags": ""}}, replace=False) == ({"name": "a", "hits": 3, "id": row["id"]}, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"$inc": {"hits": 1}, "name": "b"},
        {"$where": {"a": 1}},
        {"$set": {"box": {"$x": 1}}},
        {"$set": {"id": "x"}},
        {"$set": {"_id": "x"}},
        {"$push": {"tags": {"$function": "x"}}},
        {"$inc": 1},
        {"$inc": {"name": 1}},
        {"$rename": {"name": "$x"}},
    ],
)
def test_other_operators_are_refused(things: Things, changes: Json) -> None:
    made = things({"name": "string", "hits": "number", "box": "object"}, allowExtendedOperators=True)
    row = made.create({"name": "a"})
    with pytest.raises((BadRequest, Invalid)):
        made.update(EVERY_ROW, changes)
    assert made.find(Filter()) == [row]
