import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

import lbpy
from lbpy.connectors.postgres import PostgresConnector, connect
from lbpy.connectors.sql.collection import SqlCollection
from lbpy.data.contract import CreateMany, Crud, FindOrCreate, Migrations, SourcePlace, Transactions, Upsert
from lbpy.data.native import Native
from lbpy.errors import BadRequest, Duplicate, Invalid, OperatorError, ProjectError, StoreError
from lbpy.geo import GeoPoint
from lbpy.query.nodes import EVERY_ROW, Equal, Filter, In, Matches, Order
from lbpy.query.nodes import Path as Name

Things = Callable[..., SqlCollection]
Seen = list[tuple[str, tuple[object, ...]]]


def path(rows: SqlCollection, name: str) -> Name:
    declared = rows._table.definition.properties[name]
    return Name(name, (name,), declared, declared.kind)


@pytest.fixture
def seen(postgres: PostgresConnector, notes: SqlCollection) -> Seen:
    """The statements that follow."""
    listed: Seen = []
    postgres.observe("before execute", lambda execution: listed.append((execution.req["sql"], tuple(execution.req["params"]))))
    return listed


def test_what_it_offers_is_declared(postgres: PostgresConnector, notes: SqlCollection) -> None:
    assert isinstance(postgres, Transactions)
    assert isinstance(postgres, Native)
    assert all(isinstance(notes, one) for one in (Crud, CreateMany, Upsert, FindOrCreate, Migrations))


def test_nothing_is_opened_before_the_first_use(postgres_database: str) -> None:
    before = threading.active_count()
    with closing(connect({"url": postgres_database}, SourcePlace("db", "."))) as made:
        assert threading.active_count() == before
        made.ping()
        assert threading.active_count() > before


def test_a_closed_connector_opens_again(postgres: PostgresConnector, notes: SqlCollection) -> None:
    notes.create({})
    postgres.close()
    assert notes.count(EVERY_ROW) == 1


@pytest.mark.parametrize(
    "settings", [{"max": "many"}, {"statementTimeout": True}, {"connectionTimeout": -1}, {"url": "postgresql://host:port/x y"}]
)
def test_a_wrong_setting_names_its_key(settings: dict[str, Any]) -> None:
    with pytest.raises(ProjectError, match=next(iter(settings))):
        connect(settings, SourcePlace("db", "."))


# -- round trips


def test_one_statement_creates(notes: SqlCollection, seen: Seen) -> None:
    notes.create({"text": "a"})
    assert seen == [('INSERT INTO "public"."thing" ("text", "n", "id") VALUES (%s, DEFAULT, DEFAULT) RETURNING "id"', ("a",))]


def test_one_statement_creates_many(notes: SqlCollection, seen: Seen) -> None:
    assert [row["id"] for row in notes.create_many([{"n": n} for n in range(1000)])] == list(range(1, 1001))
    assert len(seen) == 1


def test_one_statement_merges_and_one_replaces(notes: SqlCollection, seen: Seen) -> None:
    notes.create({"text": "a", "n": 1})
    assert notes.upsert(1, {"n": 2}, replace=False) == ({"id": 1, "text": "a", "n": 2}, False)
    assert notes.upsert(1, {"n": 3}, replace=True) == ({"id": 1, "n": 3}, False)
    assert len(seen) == 3
    assert notes.find(Filter()) == [{"text": None, "n": 3, "id": 1}]


def test_many_values_are_one_parameter(notes: SqlCollection, seen: Seen) -> None:
    notes.create_many([{"n": n} for n in (1, 2.5, 3)])
    found = notes.find(Filter(In(path(notes, "n"), (1, 2.5, *range(10, 5000)))))
    assert [row["n"] for row in found] == [1, 2.5]
    assert len(seen[-1][1]) == 1


# -- ids


def test_ids_given_by_hand_are_passed_over(notes: SqlCollection) -> None:
    for id in (1, 2, 7):
        notes.create({"id": id})
    assert notes.create({})["id"] == 8


def test_an_id_that_no_column_holds_is_refused(notes: SqlCollection) -> None:
    for id in (2**31, 1.5, 2**70):
        with pytest.raises(Invalid) as caught:
            notes.create({"id": id})
        assert caught.value.problems[0].property == "id"


# -- values that do not fit


def test_text_with_nul_is_refused_by_the_name_of_its_property(things: Things) -> None:
    made = things({"text": "string", "o": "object", "a": "any"})
    made.automigrate()
    for row in ({"text": "a\0"}, {"o": {"k": "\0"}}, {"a": "x\0"}):
        with pytest.raises(Invalid) as caught:
            made.create(row)
        assert [one.property for one in caught.value.problems] == list(row)
    assert made.find(Filter(Equal(path(made, "text"), "a\0"))) == []


def test_free_text_in_a_json_column_is_written_as_loopback_does(things: Things, postgres: PostgresConnector) -> None:
    made = things({"a": "any"})
    made.automigrate()
    made.create_many([{"a": "plain"}, {"a": "5"}, {"a": 5}])
    assert [row["a"] for row in postgres.execute("SELECT a FROM thing ORDER BY id")] == ["plain", '"5"', "5"]
    assert [row["a"] for row in made.find(Filter())] == ["plain", "5", 5]


def test_arrays_and_jsonb_come_back_as_values(things: Things) -> None:
    made = things(
        {
            "tags": {"type": ["string"], "postgresql": {"dataType": "varchar[]"}},
            "data": {"type": "object", "postgresql": {"dataType": "jsonb"}},
        }
    )
    made.automigrate()
    made.create({"tags": ["a", "b"], "data": {"k": [1, None]}})
    assert made.find(Filter(Equal(path(made, "tags"), "b"))) == [{"id": 1, "tags": ["a", "b"], "data": {"k": [1, None]}}]


def test_a_required_column_takes_no_null(things: Things) -> None:
    made = things({"text": {"type": "string", "required": True}})
    made.automigrate()
    with pytest.raises(Invalid) as caught:
        made.create({})
    assert (caught.value.problems[0].property, caught.value.problems[0].code) == ("text", "presence")


def test_another_property_that_must_be_unique_is_named(things: Things) -> None:
    made = things({"firstName": {"type": "string", "index": {"unique": True}}})
    made.automigrate()
    made.create({"firstName": "a"})
    with pytest.raises(Duplicate) as caught:
        made.create({"firstName": "a"})
    assert (caught.value.property, caught.value.is_id) == ("firstName", False)


def test_a_pattern_of_another_dialect_is_the_callers_mistake(notes: SqlCollection) -> None:
    notes.create({"text": "a"})
    with pytest.raises(BadRequest):
        notes.find(Filter(Matches(path(notes, "text"), "(?P<x>a)")))


# -- native SQL and transactions


def test_native_sql_takes_numbered_parameters_and_answers_rows(postgres: PostgresConnector, notes: SqlCollection) -> None:
    notes.create({"text": "a", "n": 1})
    found = postgres.execute('UPDATE thing SET n = n + $1 WHERE "text" = $2 RETURNING id, n, \'{"k": 1}\'::jsonb AS j', [1, "a"])
    assert found == [{"id": 1, "n": 2.0, "j": {"k": 1}}]
    with pytest.raises(StoreError):
        postgres.execute("SELEC")


def test_native_sql_joins_the_transaction(postgres: PostgresConnector, notes: SqlCollection) -> None:
    with suppress(KeyError), postgres.transaction():
        postgres.execute("INSERT INTO thing (n) VALUES (1)")
        raise KeyError
    assert notes.count(EVERY_ROW) == 0


@pytest.mark.parametrize("level", ["SERIALIZABLE", "REPEATABLE READ", "READ COMMITTED", "read uncommitted"])
def test_a_transaction_has_the_level_that_is_asked_for(postgres: PostgresConnector, level: str) -> None:
    with postgres.transaction(level):
        assert postgres.execute("SHOW transaction_isolation") == [{"transaction_isolation": level.lower()}]
    assert postgres.execute("SHOW transaction_isolation") == [{"transaction_isolation": "read committed"}]


def test_an_unknown_level_is_refused(postgres: PostgresConnector) -> None:
    with pytest.raises(OperatorError, match="Invalid isolationLevel"), postgres.transaction("CHAOS"):
        pass


def test_a_failed_statement_does_not_end_the_transaction_around_its_savepoint(
    postgres: PostgresConnector, notes: SqlCollection
) -> None:
    notes.create({"id": 5})
    with postgres.transaction():
        notes.create({"n": 1})
        with suppress(Duplicate), postgres.transaction():
            notes.create({"id": 5})
    assert notes.count(EVERY_ROW) == 2


# -- processes, threads, outages


def test_a_forked_worker_opens_its_own_connections(notes: SqlCollection) -> None:
    notes.create({"n": 1})
    child = os.fork()
    if child == 0:
        notes.create({"n": 2})
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert notes.create({"n": 3})["id"] == 3


def test_processes_that_update_the_tables_at_the_same_time_take_turns(things: Things, postgres_database: str) -> None:
    def update(number: int) -> None:
        with closing(connect({"url": postgres_database}, SourcePlace("db", "."))) as other:
            things({"n": {"type": "number", "index": True}}, other).autoupdate()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(update, range(6)))
    assert things({"n": {"type": "number", "index": True}}).is_actual()


def test_there_are_never_more_connections_than_allowed(postgres_database: str) -> None:
    with closing(connect({"url": postgres_database, "max": 2}, SourcePlace("db", "."))) as made, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: made.execute("SELECT pg_sleep(0.02)"), range(16)))
        (row,) = made.execute("SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'lbpy' AND datname = current_database()")
        assert row["n"] <= 2


def test_a_call_that_finds_no_free_connection_is_refused_in_time(postgres_database: str) -> None:
    settings = {"url": postgres_database, "max": 1, "connectionTimeout": 100}
    with closing(connect(settings, SourcePlace("db", "."))) as made, made.transaction(), ThreadPoolExecutor(1) as pool:
        call = pool.submit(made.ping)
        with pytest.raises(StoreError) as caught:
            call.result()
    assert caught.value.code == "STORE_UNREACHABLE"


def test_a_slow_statement_is_stopped(postgres_database: str) -> None:
    with closing(connect({"url": postgres_database, "statementTimeout": 50}, SourcePlace("db", "."))) as made:
        with pytest.raises(StoreError) as caught:
            made.execute("SELECT pg_sleep(5)")
        assert caught.value.code == "STORE_TOO_SLOW"


def test_a_connection_that_the_server_ended_is_replaced_unnoticed(postgres: PostgresConnector, postgres_database: str) -> None:
    postgres.ping()
    with psycopg.connect(postgres_database, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lbpy'")
        time.sleep(0.1)
    assert postgres.execute("SELECT 1 AS n") == [{"n": 1}]


def test_many_rows_are_stored_as_one_by_one(things: Things) -> None:
    kinds = ("string", "number", "boolean", "date", "buffer", "geopoint", "object", "any")
    made = things({kind: kind for kind in kinds} | {"list": ["string"], "gone": "string"})
    made.automigrate()
    row = {
        "string": 'é"\\', "number": 0.1, "boolean": True, "date": datetime(2020, 1, 2, 3, 4, 5, 678000, UTC), "buffer": b"\x00\xff",
        "geopoint": GeoPoint(1, 2.5), "object": {"a": [1, "x"]}, "any": "5", "list": ["a", ""], "gone": None,
    }  # fmt: skip
    stored = [*made.create_many([dict(row) for _ in range(30)]), made.create(dict(row))]
    assert stored == made.find(Filter()) == [{**row, "id": id} for id in range(1, 32)]


def test_a_value_that_does_not_fit_is_named_among_many(postgres: PostgresConnector, things: Things) -> None:
    postgres.execute("CREATE TABLE thing (id SERIAL PRIMARY KEY, n INTEGER)")
    with pytest.raises(Invalid) as caught:
        things({"n": "number"}).create_many([{"n": n} for n in (*range(20), 1.5)])
    assert [(one.property, one.value) for one in caught.value.problems] == [("n", 1.5)]


@pytest.mark.parametrize(
    ("setting", "own", "kind", "sorted_by_id"),
    [
        (True, {}, "string", True),
        (False, {}, "number", False),
        ("numericIdOnly", {}, "number", True),
        ("numericIdOnly", {}, "string", False),
        (False, {"defaultIdSort": True}, "number", True),
        (True, {"postgresql": {"defaultIdSort": False}}, "number", False),
    ],
)
def test_rows_come_by_id_unless_model_or_source_says_otherwise(
    things: Things, postgres_database: str, setting: object, own: dict[str, Any], kind: str, sorted_by_id: bool
) -> None:
    seen: list[str] = []
    with closing(connect({"url": postgres_database, "defaultIdSort": setting}, SourcePlace("db", "."))) as made:
        rows = things({"id": {"type": kind, "id": 1}, "n": "number"}, made, **own)
        rows.automigrate()
        made.observe("before execute", lambda one: seen.append(one.req["sql"]))
        rows.find(Filter())
        rows.find(Filter(order=(Order(path(rows, "n"), descending=True),)))
    assert ["ORDER BY" in text for text in seen] == [sorted_by_id, True]


def test_an_owner_whose_id_only_the_database_may_write_gets_what_it_has_one_of(postgresql_store):
    class Card(lbpy.PersistedModel):
        name: str

    class Shelf(lbpy.PersistedModel):
        name: str
        card = lbpy.has_one(lambda: Card, foreign_key="shelfId")

    with lbpy.App() as app:
        db = app.data_source("db", **{**postgresql_store, "autoupdate": False})
        db.execute("CREATE TABLE shelf (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT)")
        db.execute("CREATE TABLE card (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT, shelfid INT)")
        app.attach_all([(Card, db), (Shelf, db)])
        assert Shelf.create(name="s").card.create(name="c").to_dict() == {"id": 1, "name": "c", "shelfId": 1}
