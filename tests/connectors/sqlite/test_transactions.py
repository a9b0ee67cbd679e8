import contextvars
import threading
from collections.abc import Generator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from lbpy.connectors.sql.collection import SqlCollection
from lbpy.connectors.sqlite import SqliteConnector, connect
from lbpy.data.contract import SourcePlace
from lbpy.errors import StoreError
from lbpy.model.definition import from_json
from lbpy.query.nodes import EVERY_ROW, Filter


@pytest.fixture(params=["memory", "file"])
def connector(request: pytest.FixtureRequest) -> SqliteConnector:
    made: SqliteConnector = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def rows(connector: SqliteConnector) -> SqlCollection:
    properties = {"id": {"type": "number", "id": 1, "generated": True}, "n": "number"}
    made = connector.collection(from_json({"name": "Row", "properties": properties}, lambda _: None))
    made.automigrate()
    return made


def test_what_is_done_inside_stays(connector: SqliteConnector, rows: SqlCollection) -> None:
    with connector.transaction():
        rows.create({})
        assert rows.count(EVERY_ROW) == 1
    assert rows.count(EVERY_ROW) == 1


def test_an_exception_undoes_it(connector: SqliteConnector, rows: SqlCollection) -> None:
    with suppress(KeyError), connector.transaction():
        rows.create_many([{}, {}])
        raise KeyError
    assert rows.count(EVERY_ROW) == 0
    rows.create({})


def test_a_transaction_inside_another_is_undone_by_itself(connector: SqliteConnector, rows: SqlCollection) -> None:
    with connector.transaction():
        rows.create({"n": 1})
        with suppress(KeyError), connector.transaction("SERIALIZABLE"):
            rows.create({"n": 2})
            with connector.transaction():
                rows.create({"n": 3})
            raise KeyError
        rows.create({"n": 4})
    assert [row["n"] for row in rows.find(Filter())] == [1, 4]


def test_several_steps_that_are_one_join_the_transaction(connector: SqliteConnector, rows: SqlCollection) -> None:
    with suppress(KeyError), connector.transaction():
        rows.upsert(5, {"n": 1}, replace=False)
        rows.find_or_create(Filter(), {"n": 2})
        raise KeyError
    assert rows.count(EVERY_ROW) == 0


def test_others_do_not_see_what_is_not_committed(file: SqliteConnector) -> None:
    made = file.collection(from_json({"name": "Row", "properties": {"n": "number"}}, lambda _: None))
    made.automigrate()
    seen: list[int] = []
    with file.transaction():
        made.create({"n": 1})
        other = threading.Thread(target=lambda: seen.append(made.count(EVERY_ROW)))
        other.start()
        other.join()
    assert (seen, made.count(EVERY_ROW)) == ([0], 1)


@pytest.mark.parametrize("settings", [{}, {"file": "test.db"}])
def test_another_context_of_the_same_thread_is_not_in_it(tmp_path: Path, settings: dict[str, str]) -> None:
    outside = contextvars.copy_context()
    with closing(connect({"busyTimeout": 20, **settings}, SourcePlace("db", str(tmp_path)))) as connector:
        connector.execute("CREATE TABLE t (x)")
        with connector.transaction():
            connector.execute("INSERT INTO t VALUES (1)")
            with pytest.raises(StoreError) as refused:
                outside.run(connector.execute, "INSERT INTO t VALUES (2)")
        assert (refused.value.code, connector.execute("SELECT x FROM t")) == ("TRY_AGAIN", [{"x": 1}])


def test_a_generator_that_another_thread_throws_away_gives_back_what_it_held(connector: SqliteConnector, rows: SqlCollection) -> None:
    def steps() -> Generator[None, None, None]:
        with connector.transaction():
            rows.create({})
            yield

    running = steps()
    contextvars.copy_context().run(next, running)
    other = threading.Thread(target=running.close)
    other.start()
    other.join()
    assert rows.count(EVERY_ROW) == 0
    rows.create({})


def test_a_transaction_cannot_outlive_its_block(connector: SqliteConnector, rows: SqlCollection) -> None:
    with connector.transaction():
        kept = contextvars.copy_context()
    kept.run(rows.create, {})
    assert rows.count(EVERY_ROW) == 1


def test_native_sql_joins_the_transaction(connector: SqliteConnector, rows: SqlCollection) -> None:
    with suppress(KeyError), connector.transaction():
        connector.execute('INSERT INTO "Row" (n) VALUES (?)', [1])
        raise KeyError
    assert rows.count(EVERY_ROW) == 0


def test_native_sql_leaves_no_transaction_behind(file: SqliteConnector) -> None:
    file.execute("CREATE TABLE t (x)")
    file.execute("BEGIN")
    file.execute("INSERT INTO t VALUES (1)")
    with file.transaction():
        assert file.execute("SELECT x FROM t") == [{"x": 1}]


def test_a_failed_statement_does_not_end_the_transaction(connector: SqliteConnector, rows: SqlCollection) -> None:
    with connector.transaction():
        rows.create({"n": 1})
        with pytest.raises(StoreError):
            connector.execute("SELEKT")
        rows.create({"n": 2})
    assert rows.count(EVERY_ROW) == 2
