"""Opening, transactions, hooks and outages."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from typing import Any

import falcon.testing
import pytest

import lbpy
from lbpy.connectors.mongo import MongoConnector, connect
from lbpy.data.contract import SourcePlace
from lbpy.errors import BadRequest, Duplicate, OperatorError, ProjectError, StoreError, TransactionTimeout
from lbpy.query.nodes import EVERY_ROW, Equal, Filter, Path
from lbpy.testing import StoreSettings
from lbpy.testing.mongo import mongodb_server
from lbpy.testing.servers import stop

from .conftest import Things

PLACE = SourcePlace("db", ".")


@pytest.fixture(scope="module")
def standalone() -> Iterator[str]:
    with mongodb_server(replicated=False) as server:
        process = server.start()
        yield server.url
        stop(process)


def test_a_server_without_transactions_says_so_at_the_first_one_and_lists_are_stored_as_a_whole_nevertheless(
    standalone: str, things: Things
) -> None:
    with closing(connect({"url": standalone, "database": "alone"}, PLACE)) as made:
        with pytest.raises(OperatorError, match="replica sets"), made.transaction():
            pass
        rows = things({"code": {"type": "string", "id": True}}, made)
        rows.create({"code": "old"})
        with pytest.raises(Duplicate):
            rows.create_many([{"code": "new"}, {"code": "old"}])
        assert rows.count(EVERY_ROW) == 1
        assert len(rows.create_many([{"code": "a"}, {"code": "b"}])) == 2


class Word(lbpy.PersistedModel):
    text: str


class Shelf(lbpy.PersistedModel):
    words = lbpy.references_many(lambda: Word)


def crowded(ctx: lbpy.Saving[Shelf]) -> None:
    if "data" in ctx:
        raise BadRequest("full")


@pytest.fixture(params=["alone", "replicated", "in a block"])
def shelf(request: pytest.FixtureRequest, standalone: str, mongodb_store: StoreSettings) -> Iterator[Shelf]:
    """A shelf that takes no words, on a server without transactions, on one with them, and in a transaction that is under way."""
    settings: Any = {"connector": "mongodb", "url": standalone, "database": "shelves"} if request.param == "alone" else mongodb_store
    with lbpy.App() as app, ExitStack() as block:
        db = app.data_source("db", **settings)
        app.attach_all([(Word, db), (Shelf, db)])
        Word.destroy_all()
        Shelf.observe("before save", crowded)
        block.callback(Shelf.remove_observer, "before save", crowded)
        if request.param == "in a block":
            block.enter_context(db.transaction())
        yield Shelf.create()


def test_what_a_relation_made_is_undone_or_taken_back_when_its_owner_is_refused(shelf: Shelf) -> None:
    with pytest.raises(BadRequest):
        shelf.words.create(text="a")
    assert (Word.count(), shelf.words.count()) == (0, 0)


def test_a_block_that_failed_inside_a_transaction_undoes_the_whole(mongo: MongoConnector, things: Things) -> None:
    rows = things({"name": "string"})
    rows.automigrate()

    def fail_inside() -> None:
        with mongo.transaction():
            rows.create({"name": "a"})
            with suppress(KeyError), mongo.transaction():
                raise KeyError

    with pytest.raises(OperatorError, match="savepoints"):
        fail_inside()
    assert rows.count(EVERY_ROW) == 0


def test_hooks_see_the_commands(mongo: MongoConnector, things: Things) -> None:
    seen: list[str] = []
    mongo.observe("before execute", lambda execution: seen.append(execution.req["command"]))
    rows = things({"name": "string"})
    rows.upsert(rows.create({"name": "a"})["id"], {"name": "b"}, replace=False)
    rows.count(EVERY_ROW)
    assert seen == ["insert", "findAndModify", "count"]


# -- round trips -----------------------------------------------------------------


class Note(lbpy.PersistedModel):
    name: str
    rank: int | None = None


@dataclass
class Site:
    """An application on MongoDB with the commands that it sends."""

    client: falcon.testing.TestClient
    commands: list[str] = field(default_factory=list)

    def sent(self, method: str, path: str, data: Any = None) -> tuple[list[str], Any]:
        """The commands that one request needs, and its answer."""
        self.commands.clear()
        answer = self.client.simulate_request(method, f"/api/Notes{path}", **({} if data is None else {"json": data}))
        assert answer.status_code == 200, answer.text
        return list(self.commands), answer.json


@pytest.fixture
def site(mongodb_store: StoreSettings) -> Iterator[Site]:
    with lbpy.App() as app:
        db = app.data_source("db", **mongodb_store)
        app.model(Note, data_source=db, public=True)
        made = Site(falcon.testing.TestClient(app))
        made.sent("GET", "")  # the first call makes what the source still needs
        db.connector.observe("before execute", lambda execution: made.commands.append(execution.req["command"]))
        yield made


def test_each_operation_takes_one_command_a_patch_the_look_at_its_owner_besides(site: Site) -> None:
    sent, note = site.sent("POST", "", {"name": "a"})
    id = note["id"]
    assert sent == ["insert"]
    assert site.sent("POST", "", [{"name": "b"}, {"name": "c"}])[0] == ["insert"]
    assert site.sent("GET", f"/{id}")[0] == ["find"]
    assert site.sent("GET", "?filter={\"where\":{\"name\":{\"inq\":[\"a\",\"b\"]}}}")[0] == ["find"]
    assert site.sent("PATCH", f"/{id}", {"rank": 1})[0] == ["find", "update"]
    assert site.sent("PUT", f"/{id}", {"name": "d"})[0] == ["save"]
    assert site.sent("GET", "/count")[0] == ["count"]
    assert site.sent("DELETE", f"/{id}")[0] == ["delete"]


def test_a_patch_may_name_paths_and_shows_them_as_they_were_sent(site: Site) -> None:
    id = site.sent("POST", "", {"name": "a", "box": {"w": 1, "h": 2}})[1]["id"]
    sent, answer = site.sent("PATCH", f"/{id}", {"box.w": 5})
    assert (sent, answer["box"], answer["box.w"]) == (["find", "update"], {"w": 1, "h": 2}, 5)
    assert site.sent("GET", f"/{id}")[1]["box"] == {"w": 5, "h": 2}
    assert site.client.simulate_post("/api/Notes", json={"name": "b", "box.w": 5}).status_code == 422


def test_upsert_with_where_patches_what_it_finds(site: Site) -> None:
    note = site.sent("POST", "", {"name": "a"})[1]
    sent, answer = site.sent("POST", "/upsertWithWhere?where={\"name\":\"a\"}", {"rank": 5})
    assert (sent, answer) == (["find", "update"], {**note, "rank": 5})
    assert site.sent("POST", "/upsertWithWhere?where={\"name\":\"b\"}", {"name": "b"})[0] == ["find", "insert"]


# -- transactions ----------------------------------------------------------------


class Careful(lbpy.PersistedModel, transaction=True):
    name: str


def test_a_transaction_has_a_time_and_a_model_with_transactions_undoes_what_a_hook_refuses(mongodb_store: StoreSettings) -> None:
    with lbpy.App() as app:
        db = app.data_source("db", **mongodb_store)
        app.model(Careful, data_source=db, public=False)
        Careful.create(name="a")
        with pytest.raises(TransactionTimeout), db.transaction(timeout=0.05):
            _create_slowly()
        Careful.observe("after save", _refuse)
        with pytest.raises(BadRequest):
            Careful.create(name="refused")
        assert [one.name for one in Careful.find()] == ["a"]
        with pytest.raises(OperatorError, match="isolation"), db.transaction(isolation="SERIALIZABLE"):
            pass


def _create_slowly() -> None:
    Careful.create(name="late")
    time.sleep(0.1)


def _refuse(_ctx: object) -> None:
    raise BadRequest("no")


# -- two who look and create -----------------------------------------------------


def test_several_processes_find_or_create_one_row_with_a_unique_index(mongodb_store: StoreSettings, things: Things) -> None:
    properties = {"name": {"type": "string", "index": {"unique": True}}, "by": "number"}
    things(properties).autoupdate()
    wanted = Filter(where=Equal(Path("name", ("name",), None, None), "a"))
    with ExitStack() as opened, ThreadPoolExecutor(8) as pool:  # each with a connector of its own, as processes have
        makers = [things(properties, opened.enter_context(closing(connect(mongodb_store, PLACE)))) for _ in range(8)]
        done = list(pool.map(lambda one: makers[one].find_or_create(wanted, {"name": "a", "by": one}), range(8)))
    assert [is_new for _, is_new in done].count(True) == 1
    assert len({row["id"] for row, _ in done}) == 1


def test_what_a_condition_says_does_not_get_into_the_row_that_is_made(things: Things) -> None:
    made = things({"name": "string", "rank": "number"})
    wanted = Filter(where=Equal(Path("name", ("name",), None, None), "a"))
    row, is_new = made.find_or_create(wanted, {"rank": 1})
    assert (is_new, made.find(Filter())) == (True, [{"rank": 1, "id": row["id"]}])


# -- settings --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "concern", "wait"),
    [
        ({}, {"w": "majority", "j": True, "wtimeout": 5000}, 1.0),
        ({"url": "mongodb://h/db?w=1&serverSelectionTimeoutMS=50"}, {"w": 1, "wtimeout": 5000}, 0.05),
        ({"url": "mongodb://h/db?journal=false&wtimeoutMS=9"}, {"j": False, "wtimeout": 9}, 1.0),
        ({"w": 2, "j": True, "connectionTimeout": 300, "statementTimeout": 700}, {"w": 2, "j": True, "wtimeout": 700}, 0.3),
    ],
)
def test_what_is_acknowledged_is_on_disk_at_most_servers_unless_url_or_settings_say_otherwise(
    settings: dict[str, Any], concern: dict[str, Any], wait: float
) -> None:
    with closing(connect(settings, PLACE)) as made:
        client = made.native().client
        assert client.write_concern.document == concern
        assert client.options.server_selection_timeout == wait


def test_making_a_connector_opens_nothing() -> None:
    before = set(threading.enumerate())
    with closing(connect({"host": "nowhere.invalid", "user": "u", "password": "p@/"}, PLACE)) as made:
        assert made.native() is not None
        assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("settings", [{"url": "mongodb://"}, {"connectionTimeout": "soon"}, {"statementTimeout": 0}])
def test_wrong_settings_are_named(settings: dict[str, Any]) -> None:
    with pytest.raises(ProjectError, match=r"datasources\.json:db"):
        connect(settings, PLACE)


def test_calls_fail_fast_while_the_server_is_away_and_work_when_it_is_back(things: Things) -> None:
    with mongodb_server() as server, closing(connect({"url": server.url}, PLACE)) as made:
        rows = things({"name": "string"}, made)
        began = time.monotonic()
        with pytest.raises(StoreError) as caught:
            rows.create({"name": "early"})
        assert (caught.value.code, time.monotonic() - began < 5) == ("STORE_UNREACHABLE", True)
        process = server.start()
        rows.create({"name": "a"})
        stop(process)
        with pytest.raises(StoreError):
            rows.count(EVERY_ROW)
        process = server.start()
        try:
            assert rows.count(EVERY_ROW) == 1
        finally:
            stop(process)


def test_a_server_that_hangs_costs_little_more_than_a_statement_may_take(things: Things) -> None:
    with mongodb_server() as server, closing(connect({"url": server.url, "statementTimeout": 200}, PLACE)) as made:
        process = server.start()
        try:
            rows = things({"name": "string"}, made)
            rows.create({"name": "a"})
            process.send_signal(signal.SIGSTOP)
            assert _failed(lambda: rows.count(EVERY_ROW)) == "STORE_UNREACHABLE"
            assert _failed(lambda: rows.create({"name": "b"})) in ("UNKNOWN_OUTCOME", "STORE_UNREACHABLE")
        finally:
            process.send_signal(signal.SIGCONT)
            stop(process)


def _failed(call: Callable[[], object]) -> str | None:
    """The code of a failure that came soon."""
    began = time.monotonic()
    with pytest.raises(StoreError) as caught:
        call()
    assert time.monotonic() - began < 20
    return caught.value.code
