from collections.abc import Callable
from typing import Any

import pytest

from lbpy.connectors.postgres import PostgresConnector
from lbpy.connectors.postgres.rows import PostgresCollection
from lbpy.errors import Conflict, DefinitionError, Invalid, StoreError
from lbpy.query.nodes import EVERY_ROW, Filter

Things = Callable[..., PostgresCollection]

COLUMNS = """
    SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS required FROM pg_attribute
    WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""


def types(postgres: PostgresConnector, table: str = "thing") -> dict[str, str]:
    return {row["name"]: row["type"] + (" not null" if row["required"] else "") for row in postgres.execute(COLUMNS, [table])}


def test_columns_are_those_of_loopback(things: Things, postgres: PostgresConnector) -> None:
    kinds = {
        **{name: name for name in ("string", "text", "number", "boolean", "date", "buffer", "geopoint", "object", "array", "any")},
        "list": ["string"],
        "needed": {"type": "string", "required": True},
    }
    things(kinds).automigrate()
    assert types(postgres) == {
        "id": "integer not null",
        "string": "text",
        "text": "text",
        "number": "double precision",
        "boolean": "boolean",
        "date": "timestamp with time zone",
        "buffer": "text",
        "geopoint": "point",
        "object": "text",
        "array": "text",
        "any": "text",
        "list": "text",
        "needed": "text not null",
    }


@pytest.mark.parametrize(
    ("settings", "type"),
    [
        ({"dataType": "varchar", "dataLength": 20}, "character varying(20)"),
        ({"dataType": "character varying", "dataLength": 20}, "character varying(20)"),
        ({"dataType": "NUMERIC", "dataPrecision": 10, "dataScale": 2}, "numeric(10,2)"),
        ({"dataType": "timestamp"}, "timestamp without time zone"),
        ({"dataType": "timestamptz", "dataPrecision": 3}, "timestamp(3) with time zone"),
        ({"dataType": "jsonb"}, "jsonb"),
        ({"dataType": "varchar[]"}, "character varying[]"),
    ],
)
def test_a_model_may_name_the_type(things: Things, postgres: PostgresConnector, settings: dict[str, Any], type: str) -> None:
    made = things({"x": {"type": "any", "postgresql": settings}})
    made.automigrate()
    assert types(postgres)["x"] == type
    assert made.is_actual()


def test_foreign_keys_and_ids_are_whole_numbers(things: Things, postgres: PostgresConnector) -> None:
    relations = {"owner": {"type": "belongsTo", "model": "Owner"}}
    things({"ownerId": "number"}, relations=relations).automigrate()
    assert types(postgres)["ownerid"] == "integer"


def test_names_are_in_lower_case_unless_the_model_gives_them(things: Things, postgres: PostgresConnector) -> None:
    made = things({"firstName": "string", "lastName": {"type": "string", "postgresql": {"columnName": "LastName"}}})
    made.automigrate()
    assert set(types(postgres)) == {"id", "firstname", "LastName"}
    assert made.create({"firstName": "a", "lastName": "b"}) == {"id": 1, "firstName": "a", "lastName": "b"}
    assert made.find(Filter()) == [{"id": 1, "firstName": "a", "lastName": "b"}]


def test_a_model_may_name_schema_and_table(things: Things, postgres: PostgresConnector) -> None:
    made = things({"n": "number"}, postgresql={"schema": "Other", "table": "Things"})
    made.autoupdate()
    made.create({"n": 1})
    assert postgres.execute('SELECT n FROM "Other"."Things"') == [{"n": 1.0}]
    assert made.is_actual()


def test_a_uuid_is_made_for_a_row_without_one(things: Things) -> None:
    made = things({"id": {"type": "string", "id": 1, "generated": True, "postgresql": {"dataType": "uuid"}}, "n": "number"})
    made.automigrate()
    row = made.create({"n": 1})
    assert len(row["id"]) == 36
    assert made.find(Filter()) == [row]


def test_a_default_of_the_database_counts_where_nothing_is_given(things: Things) -> None:
    made = things({"a": {"type": "string", "postgresql": {"dbDefault": "'x'"}}})
    made.automigrate()
    made.create({})
    made.create({"a": None})
    assert [row["a"] for row in made.find(Filter())] == ["x", None]


def test_autoupdate_makes_what_is_missing_and_then_has_nothing_to_do(things: Things, postgres: PostgresConnector) -> None:
    old = things({"n": "number"})
    old.automigrate()
    old.create({"n": 1})
    new = things({"n": {"type": "number", "index": True}, "t": {"type": "string", "required": True}}, indexes={"both": "n, t DESC"})
    assert not new.is_actual()
    new.autoupdate()
    assert new.is_actual()
    assert new.find(Filter()) == [{"id": 1, "n": 1, "t": None}]
    assert len(postgres.execute("SELECT 1 FROM pg_indexes WHERE tablename = 'thing'")) == 3


def test_autoupdate_loses_nothing_and_the_plan_marks_what_would(things: Things, postgres: PostgresConnector) -> None:
    things({"gone": "string", "n": {"type": "number", "postgresql": {"dataType": "bigint"}}}).automigrate()
    new = things({"n": {"type": "number", "postgresql": {"dataType": "integer"}}, "t": "string"})
    assert [(step.text.split("thing")[1], step.loses) for step in new.plan()] == [
        ('" ALTER COLUMN "n" TYPE INTEGER USING "n"::INTEGER', True),
        ('" ADD COLUMN "t" TEXT', False),
        ('" DROP COLUMN "gone"', True),
    ]
    new.autoupdate()
    assert types(postgres) == {"id": "integer not null", "gone": "text", "n": "bigint", "t": "text"}
    new.carry_out(allow_data_loss=True)
    assert types(postgres) == {"id": "integer not null", "n": "integer", "t": "text"}
    assert new.plan() == []


def test_wider_types_and_null_are_no_loss(things: Things, postgres: PostgresConnector) -> None:
    def sized(length: int, required: bool) -> PostgresCollection:
        return things({"t": {"type": "string", "required": required, "postgresql": {"dataType": "varchar", "dataLength": length}}})

    sized(5, required=True).automigrate()
    sized(9, required=False).autoupdate()
    assert types(postgres)["t"] == "character varying(9)"


def test_a_table_of_loopback_is_used_as_it_is(things: Things, postgres: PostgresConnector) -> None:
    postgres.execute('CREATE TABLE thing ("id" SERIAL, "n" INTEGER, "t" VARCHAR(1024), "o" TEXT, "at" DATE, PRIMARY KEY ("id"))')
    made = things({"n": "number", "t": "string", "o": "object", "at": "date"})
    assert made.is_actual()
    postgres.execute("INSERT INTO thing (n, t, o) VALUES (5, 'x', '{\"a\":1}')")
    assert made.find(Filter()) == [{"id": 1, "n": 5, "t": "x", "o": {"a": 1}, "at": None}]
    with pytest.raises(Invalid) as caught:
        made.create({"n": 12.5})
    assert [(one.property, one.value) for one in caught.value.problems] == [("n", 12.5)]
    assert made.count(EVERY_ROW) == 1


def test_a_missing_table_is_an_error_that_says_what_to_do(things: Things) -> None:
    with pytest.raises(StoreError, match=r'"thing".*db\.migrate\(\).*"autoupdate": true'):
        things({"n": "number"}).find(Filter())


@pytest.mark.parametrize("type", ["text; DROP TABLE x", "text)", "", "int -- x"])
def test_what_is_no_type_is_refused(things: Things, type: str) -> None:
    made = things({"x": {"type": "any", "postgresql": {"dataType": type or "("}}})
    with pytest.raises(DefinitionError):
        made.automigrate()


def test_foreign_keys_are_made_when_both_tables_are_there(things: Things, postgres: PostgresConnector) -> None:
    keys = {"toOwner": {"name": "fk_owner", "entity": "Owner", "entityKey": "id", "foreignKey": "ownerId"}}
    child = things({"ownerId": "number"}, foreignKeys=keys)
    parent = things({}, name="Owner")
    child.automigrate()
    parent.automigrate()
    with pytest.raises(Invalid) as caught:
        child.create({"ownerId": 5})
    assert caught.value.problems[0].property == "ownerId"
    parent.create({})
    child.create({"ownerId": 1})
    with pytest.raises(Conflict):
        parent.delete(EVERY_ROW)
    assert child.plan() == parent.plan() == []
