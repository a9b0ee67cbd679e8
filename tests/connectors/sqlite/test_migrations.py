import multiprocessing
from collections.abc import Callable
from pathlib import Path as File
from typing import Any

import pytest

from lbpy.connectors.sql.collection import SqlCollection
from lbpy.connectors.sqlite import SqliteConnector, connect
from lbpy.data.contract import SourcePlace
from lbpy.errors import DefinitionError, Duplicate, StoreError
from lbpy.model.definition import from_json
from lbpy.query.nodes import EVERY_ROW, Filter

Things = Callable[..., SqlCollection]

INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"


def test_a_missing_table_is_an_error_that_says_what_to_do(things: Things) -> None:
    made = things({"n": "number"})
    for call in (lambda: made.find(Filter()), lambda: made.create({}), lambda: made.count(EVERY_ROW)):
        with pytest.raises(StoreError, match=r'"Thing".*db\.migrate\(\).*"autoupdate": true'):
            call()


def test_a_missing_column_is_an_error_that_says_what_to_do(things: Things) -> None:
    things({}).automigrate()
    with pytest.raises(StoreError, match=r"db\.migrate\(\)"):
        things({"n": "number"}).create({"n": 1})


def test_automigrate_makes_the_table_anew(notes: SqlCollection) -> None:
    notes.create({"text": "a"})
    notes.automigrate()
    assert notes.find(Filter()) == []
    assert notes.create({})["id"] == 1


def test_autoupdate_makes_a_table_and_then_has_nothing_to_do(things: Things, memory: SqliteConnector) -> None:
    made = things({"n": {"type": "number", "index": True}}, indexes={"both": {"keys": {"id": 1, "n": -1}}})
    assert not made.is_actual()
    made.autoupdate()
    assert made.is_actual()
    memory.observe("before execute", lambda ctx: pytest.fail(ctx.req["sql"]) if "CREATE" in ctx.req["sql"] else None)
    made.autoupdate()


def test_autoupdate_adds_columns_and_keeps_everything(things: Things) -> None:
    old = things({"a": "string", "gone": "string"})
    old.automigrate()
    old.create({"a": "x", "gone": "y"})
    new = things({"a": "number", "b": {"type": "boolean", "index": True}})
    assert not new.is_actual()
    new.autoupdate()
    assert new.is_actual()
    assert new.find(Filter()) == [{"a": "x", "b": None, "id": 1}]
    assert old.find(Filter()) == [{"a": "x", "gone": "y", "id": 1}]


def test_a_column_in_other_case_is_the_same_column(things: Things, memory: SqliteConnector) -> None:
    memory.execute("CREATE TABLE thing (ID INTEGER PRIMARY KEY, NAME TEXT)")
    made = things({"name": "string"})
    assert made.is_actual()
    assert made.create({"name": "a"}) == {"name": "a", "id": 1}


@pytest.mark.parametrize(
    ("indexes", "expected"),
    [
        ({"i": {"keys": {"a": 1, "b": -1}}}, 'CREATE INDEX "Thing_i" ON "Thing" ("a", "b" DESC)'),
        (
            {"i": {"keys": ["a", "b DESC"], "options": {"unique": True}}},
            'CREATE UNIQUE INDEX "Thing_i" ON "Thing" ("a", "b" DESC)',
        ),
        ({"i": "a, b DESC"}, 'CREATE INDEX "Thing_i" ON "Thing" ("a", "b" DESC)'),
        ({"i": {"b": 1}}, 'CREATE INDEX "Thing_i" ON "Thing" ("b")'),
        ({"i": {"columns": "a", "kind": "unique"}}, 'CREATE UNIQUE INDEX "Thing_i" ON "Thing" ("a")'),
    ],
)
def test_indexes_of_a_model(things: Things, memory: SqliteConnector, indexes: dict[str, Any], expected: str) -> None:
    made = things({"a": "string", "b": "string"}, indexes=indexes)
    made.automigrate()
    assert memory.execute(INDEXES) == [{"name": "Thing_i", "sql": expected}]
    assert made.is_actual()


def test_indexes_of_properties(things: Things, memory: SqliteConnector) -> None:
    things({"a": {"type": "string", "index": True}, "b": {"type": "string", "index": {"unique": True}}}).automigrate()
    assert [row["sql"] for row in memory.execute(INDEXES)] == [
        'CREATE INDEX "Thing_a_idx" ON "Thing" ("a")',
        'CREATE UNIQUE INDEX "Thing_b_idx" ON "Thing" ("b")',
    ]


def test_an_index_that_became_unique_is_made_anew(things: Things) -> None:
    things({"a": {"type": "string", "index": True}}).automigrate()
    made = things({"a": {"type": "string", "index": {"unique": True}}})
    made.autoupdate()
    made.create({"a": "x"})
    with pytest.raises(Duplicate):
        made.create({"a": "x"})


def test_an_index_that_does_the_same_under_another_name_will_do(things: Things, memory: SqliteConnector) -> None:
    things({"a": "string"}).automigrate()
    memory.execute("CREATE INDEX mine ON Thing (a)")
    assert things({"a": {"type": "string", "index": True}}).is_actual()


def test_a_unique_index_over_equal_values_changes_nothing(things: Things) -> None:
    old = things({"a": {"type": "string", "index": True}})
    old.automigrate()
    old.create_many([{"a": "x"}, {"a": "x"}])
    with pytest.raises(Duplicate):
        things({"a": {"type": "string", "index": {"unique": True}}, "b": "string"}).autoupdate()
    assert old.is_actual()


def test_an_index_on_what_is_not_declared_names_it(things: Things) -> None:
    with pytest.raises(DefinitionError, match="Thing: the index i names nope"):
        things({}, indexes={"i": {"nope": 1}}).automigrate()


def test_own_column_types(things: Things, memory: SqliteConnector) -> None:
    columns = {"a": {"type": "string", "sqlite": {"dataType": "VARCHAR", "dataLength": 20}}}
    things(columns).automigrate()
    assert memory.execute("SELECT type FROM pragma_table_info('Thing') WHERE name = 'a'") == [{"type": "VARCHAR(20)"}]
    with pytest.raises(DefinitionError, match="is no column type"):
        things({"a": {"type": "string", "sqlite": {"dataType": "TEXT); DROP TABLE x; --"}}}).automigrate()


def test_a_table_without_the_id_is_not_guessed_at(things: Things, memory: SqliteConnector) -> None:
    memory.execute("CREATE TABLE Thing (n)")
    with pytest.raises(DefinitionError, match="has no column id"):
        things({"n": "number"}).autoupdate()


def _autoupdate(folder: str, barrier: Any) -> None:
    connector = connect({"file": "test.db"}, SourcePlace("db", folder))
    properties = {"id": {"type": "number", "id": 1, "generated": True}, "n": {"type": "number", "index": True}}
    models = [from_json({"name": f"Model{n}", "properties": properties}, lambda _: None) for n in range(20)]
    collections = [connector.collection(model) for model in models]
    barrier.wait()
    for collection in collections:
        collection.autoupdate()
    connector.close()


def test_processes_may_autoupdate_at_the_same_time(tmp_path: File) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(3)
    workers = [spawn.Process(target=_autoupdate, args=(str(tmp_path), barrier)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
