"""Opening, transactions, hooks and outages."""

import time
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest

from lbpy.connectors.mongo import MongoConnector, connect
from lbpy.data.contract import Place
from lbpy.errors import Duplicate, OperatorError, ProjectError, StoreError
from lbpy.query.nodes import EVERY_ROW
from lbpy.testing.mongo import NoServer, mongodb_server, running_mongodb, stop

from .conftest import Things

PLACE = Place("db", ".")


@pytest.fixture(scope="module")
def standalone() -> Iterator[str]:
    try:
        with running_mongodb(replicated=False) as url:
            yield url
    except NoServer as error:
        pytest.fail(str(error), pytrace=False)


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


def test_making_a_connector_opens_nothing() -> None:
    with closing(connect({"host": "nowhere.invalid", "user": "u", "password": "p@/"}, PLACE)):
        pass


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
        assert (caught.value.code, time.monotonic() - began < 2) == ("STORE_UNREACHABLE", True)
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
