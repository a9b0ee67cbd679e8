import multiprocessing
import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lbpy.connectors.sql.collection import SqlCollection
from lbpy.connectors.sqlite import SqliteConnector, connect
from lbpy.data.contract import CreateMany, Crud, FindOrCreate, Migrations, SourcePlace, Transactions, Upsert
from lbpy.errors import ProjectError, StoreError
from lbpy.model.definition import from_json
from lbpy.model.kinds import SIMPLE_KINDS
from lbpy.query.nodes import EVERY_ROW, Equal, Filter
from lbpy.query.nodes import Path as Name

PROPERTIES = {"id": {"type": "number", "id": 1, "generated": True}, "n": "number"}
N = Name("n", ("n",), None, SIMPLE_KINDS["number"])
Things = Callable[..., SqlCollection]


def rows_of(connector: SqliteConnector) -> SqlCollection:
    return connector.collection(from_json({"name": "Row", "properties": PROPERTIES}, lambda _: None))


def test_what_it_offers_is_declared(memory: SqliteConnector) -> None:
    assert isinstance(memory, Transactions)
    assert all(isinstance(rows_of(memory), one) for one in (Crud, CreateMany, Upsert, FindOrCreate, Migrations))
    assert (memory.free_form, memory.relational, memory.id_kind.name) == (False, True, "number")


def test_nothing_is_opened_before_the_first_use(tmp_path: Path) -> None:
    connector = connect({"file": "test.db"}, SourcePlace("db", str(tmp_path)))
    rows = rows_of(connector)
    assert not (tmp_path / "test.db").exists()
    rows.autoupdate()
    assert (tmp_path / "test.db").exists()
    connector.close()


def test_a_closed_connector_opens_again(file: SqliteConnector) -> None:
    rows = rows_of(file)
    rows.automigrate()
    rows.create({})
    file.close()
    file.close()
    assert rows.count(EVERY_ROW) == 1


def test_the_file_is_logged_ahead(file: SqliteConnector) -> None:
    assert file.execute("PRAGMA journal_mode") == [{"journal_mode": "wal"}]


@pytest.mark.parametrize(("url", "files"), [("sqlite:///in%20it.db", ["in it.db"]), ("sqlite://", []), ("mongodb://left-over/db", [])])
def test_a_url_names_the_file_or_memory(tmp_path: Path, url: str, files: list[str]) -> None:
    with closing(connect({"url": url}, SourcePlace("db", str(tmp_path)))) as made:
        rows_of(made).autoupdate()
        assert [one.name for one in tmp_path.glob("*.db")] == files


def test_a_url_may_name_a_whole_path(tmp_path: Path) -> None:
    with closing(connect({"url": f"sqlite:///{tmp_path}/whole.db"}, SourcePlace("db", "."))) as made:
        rows_of(made).autoupdate()
    assert (tmp_path / "whole.db").exists()


WRONG = [{"busyTimeout": "soon"}, {"busyTimeout": True}, {"synchronous": "maybe"}, {"url": "sqlite://x.db"}, {"url": "sqlite:///x?a"}]


@pytest.mark.parametrize("settings", WRONG)
def test_a_wrong_setting_names_its_key(settings: dict[str, Any]) -> None:
    with pytest.raises(ProjectError, match=next(iter(settings))):
        connect(settings, SourcePlace("db", "."))


def test_a_file_that_cannot_be_opened_is_a_store_error(tmp_path: Path) -> None:
    connector = connect({"file": "no/such/folder.db"}, SourcePlace("db", str(tmp_path)))
    with pytest.raises(StoreError, match="unable to open"):
        connector.ping()
    with pytest.raises(StoreError), connector.transaction():
        pass


def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "test.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="not a database"):
        connect({"file": "test.db"}, SourcePlace("db", str(tmp_path))).ping()


def test_a_writer_that_never_ends_is_a_store_error(tmp_path: Path) -> None:
    connector = connect({"file": "test.db", "busyTimeout": 50}, SourcePlace("db", str(tmp_path)))
    rows = rows_of(connector)
    rows.automigrate()
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        rows.create({})
    with pytest.raises(StoreError, match="locked"), connector.transaction():
        pass
    other.close()
    assert rows.create({})["id"] == 1
    connector.close()


def test_hooks_see_each_statement_with_its_parameters(memory: SqliteConnector) -> None:
    seen: list[tuple[str, tuple[object, ...]]] = []
    rows = rows_of(memory)
    rows.automigrate()
    memory.observe("before execute", lambda ctx: seen.append((ctx.req["sql"], tuple(ctx.req["params"]))))
    rows.find(Filter(Equal(N, 5), limit=2))
    assert seen == [('SELECT "id", "n" FROM "Row" WHERE "Row"."n" = ? ORDER BY "Row"."id" LIMIT ? OFFSET ?', (5, 2, 0))]


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_threads_write_at_the_same_time(kind: str, request: pytest.FixtureRequest) -> None:
    connector: SqliteConnector = request.getfixturevalue(kind)
    rows = rows_of(connector)
    rows.automigrate()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: rows.create({"n": n})["id"], range(200)))
    assert sorted(made) == list(range(1, 201))


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_threads_that_find_or_create_make_one_row(kind: str, request: pytest.FixtureRequest) -> None:
    connector: SqliteConnector = request.getfixturevalue(kind)
    rows = rows_of(connector)
    rows.automigrate()
    start = threading.Barrier(8)

    def once(_: int) -> bool:
        start.wait()
        return rows.find_or_create(Filter(Equal(N, 1)), {"n": 1})[1]

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(once, range(8))) == [False] * 7 + [True]
    assert rows.count(EVERY_ROW) == 1


def _work(folder: str, barrier: Any) -> None:
    connector = connect({"file": "test.db"}, SourcePlace("db", folder))
    rows = rows_of(connector)
    barrier.wait()
    for n in range(50):
        rows.create({"n": n})
        rows.upsert(1_000_000, {"n": n}, replace=False)
        with connector.transaction():
            counter = rows.find(Filter(Equal(N, -1)))
            assert not counter
    connector.close()


def test_processes_write_at_the_same_time(file: SqliteConnector, tmp_path: Path) -> None:
    rows = rows_of(file)
    rows.automigrate()
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(4)
    workers = [spawn.Process(target=_work, args=(str(tmp_path), barrier)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert rows.count(EVERY_ROW) == 201


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_worker_opens_its_own_connection(file: SqliteConnector) -> None:
    rows = rows_of(file)
    rows.automigrate()
    child = os.fork()
    if child == 0:
        rows.create({"n": 1})
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert rows.create({"n": 2})["id"] == 2
