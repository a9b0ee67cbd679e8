"""What clients see while PostgreSQL goes and comes back: 503 for a while, and nothing lost or stored twice."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psycopg
import pytest

from lbpy.connectors.postgres import PostgresConnector, connect
from lbpy.connectors.sql.collection import SqlCollection
from lbpy.data.contract import SourcePlace
from lbpy.errors import StoreError
from lbpy.query.nodes import EVERY_ROW, Filter
from lbpy.testing.postgres import PostgresServer, postgres_server
from lbpy.testing.servers import Process, stop
from tests.conftest import Server

Serve = Callable[..., Server]

SITE = """
import lbpy


class Mark(lbpy.PersistedModel):
    word: str


app = lbpy.App()
db = app.data_source("db", connector="postgresql", url="URL", max=MOST, autoupdate=True)
app.model(Mark, data_source=db)
"""

CLIENTS = 6
WORKERS = 2
MOST = 3
SLACK = 4.0
"""Seconds that a busy machine may add to what is promised."""


@pytest.fixture
def own() -> Iterator[PostgresServer]:
    """A server that is not started."""
    with postgres_server() as server:
        yield server


@dataclass
class Said:
    """One answer. status: 0 where there was none. seconds: that it took. at: when it came."""

    word: str
    status: int
    retry: str | None
    code: str | None
    seconds: float
    at: float


@dataclass
class Load:
    """Clients that create marks all the time, each word once."""

    port: int
    said: list[Said] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def create(self, client: int) -> None:
        number = 0
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            while not self.over.is_set():
                self.said.append(self._asked(connection, f"{client}-{number}"))
                number += 1
                time.sleep(0.005)

    def _asked(self, connection: HTTPConnection, word: str) -> Said:
        start = time.monotonic()
        try:
            connection.request("POST", "/api/marks", json.dumps({"word": word}), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            error = json.loads(answer.read()).get("error", {})
        except (OSError, HTTPException):
            connection.close()
            return Said(word, 0, None, None, time.monotonic() - start, time.monotonic())
        end = time.monotonic()
        return Said(word, answer.status, answer.headers["Retry-After"], error.get("code"), end - start, end)

    def stored(self, since: float = 0.0) -> list[Said]:
        return [one for one in self.said if one.status == 200 and one.at > since]

    def until_stored(self, number: int, since: float = 0.0) -> None:
        end = time.monotonic() + 30
        while len(self.stored(since)) < number:
            assert time.monotonic() < end, Counter((one.status, one.code) for one in self.said)
            time.sleep(0.02)


@contextmanager
def under_load(port: int) -> Iterator[Load]:
    load = Load(port)
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(load.create, client) for client in range(CLIENTS)]
        try:
            yield load
        finally:
            load.over.set()
        for one in clients:
            one.result()


def kill(process: Process) -> None:
    """The server and all its processes at once, as when the power fails."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in (process.pid, *map(int, children)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def test_a_killed_server_loses_nothing_doubles_nothing_and_is_found_again(own: PostgresServer, tmp_path: Path, serve: Serve) -> None:
    process = own.start()
    ask(own.url, "ALTER ROLE postgres SET synchronous_commit TO on")  # what is committed is on disk, as by default
    (tmp_path / "marks_app.py").write_text(SITE.replace("URL", own.url).replace("MOST", str(MOST)))
    words = ("--workers", str(WORKERS), "--bind", "127.0.0.1:{port}", "marks_app:app")
    with under_load(serve("gunicorn", "-c", "python:lbpy.gunicorn", *words).port) as load:
        load.until_stored(100)
        kill(process)
        time.sleep(1.5)
        process = own.start()
        back = time.monotonic()
        load.until_stored(1, since=back)
        assert load.stored(since=back)[0].at - back < 2 + SLACK
        load.until_stored(100, since=back)
        (connections,) = ask(own.url, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'lbpy'")
    assert connections[0] in range(1, MOST * WORKERS + 1)
    rows = Counter(row[0] for row in ask(own.url, "SELECT word FROM mark"))
    stop(process)
    assert {one.status for one in load.said} == {200, 503}
    assert {one.code for one in load.said if one.status == 503} <= {"STORE_UNREACHABLE", "UNKNOWN_OUTCOME"}
    assert all(one.retry for one in load.said if one.status == 503)
    assert max(one.seconds for one in load.said) < 2 + SLACK
    assert max(rows.values()) == 1
    assert {one.word for one in load.stored()} <= rows.keys()
    assert rows.keys() - {one.word for one in load.stored()} <= {one.word for one in load.said if one.code == "UNKNOWN_OUTCOME"}


@pytest.mark.parametrize("options", [(), ("--preload",)])
def test_an_application_may_start_before_its_database(
    own: PostgresServer, tmp_path: Path, serve: Serve, options: tuple[str, ...]
) -> None:
    (tmp_path / "server").mkdir()
    files = {
        "config": {"restApiRoot": "/api"},
        "datasources": {"db": {"connector": "postgresql", "url": own.url, "autoupdate": True}},
        "model-config": {"_meta": {"sources": ["../common/models"]}, "Mark": {"dataSource": "db", "public": True}},
    }
    for name, content in files.items():
        (tmp_path / "server" / f"{name}.json").write_text(json.dumps(content))
    (tmp_path / "common/models").mkdir(parents=True)
    mark = {"name": "Mark", "base": "PersistedModel", "properties": {"word": "string"}}
    (tmp_path / "common/models/mark.json").write_text(json.dumps(mark))
    server = serve("lbpy", "run", tmp_path, "--port", "{port}", "--workers", "2", *options)
    started = time.monotonic()
    status, body = server.request("/api/Marks")
    assert time.monotonic() - started < 2 + SLACK
    assert (status, body) == (503, {"error": {"statusCode": 503, "message": "Service Unavailable", "code": "STORE_UNREACHABLE"}})
    process = own.start()
    try:
        for _ in range(6):  # both workers
            assert server.request("/api/Marks", {"word": "a"})[0] == 200
    finally:
        stop(process)


# -- what became of a call whose connection ended -----------------------------


@pytest.fixture
def cut(postgres_database: str) -> Callable[[], None]:
    """Ends all connections of connectors to the database."""

    def end() -> None:
        ask(
            postgres_database,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'lbpy'",
        )

    return end


def cut_during(postgres: PostgresConnector, cut: Callable[[], None], statement: str) -> StoreError:
    """The error of a statement whose connection ends while it runs."""
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(postgres.execute, statement)
        time.sleep(0.5)
        cut()
        with pytest.raises(StoreError) as caught:
            call.result()
    return caught.value


def test_a_write_that_was_cut_off_is_not_known_to_be_stored(
    postgres: PostgresConnector, notes: SqlCollection, cut: Callable[[], None]
) -> None:
    slow = "INSERT INTO thing (text) SELECT 'x' FROM pg_sleep(30)"
    assert cut_during(postgres, cut, slow).code == "UNKNOWN_OUTCOME"
    assert notes.count(EVERY_ROW) == 0, "it is not sent again"


def test_a_read_that_was_cut_off_may_be_asked_again(
    postgres: PostgresConnector, notes: SqlCollection, cut: Callable[[], None]
) -> None:
    assert cut_during(postgres, cut, "SELECT pg_sleep(30)").code == "STORE_UNREACHABLE"


def cut_inside(
    postgres: PostgresConnector, notes: SqlCollection, cut: Callable[[], None], then: Callable[[], object]
) -> StoreError:
    """The error of a transaction whose connection ends between its first write and `then`."""

    def work() -> None:
        with postgres.transaction():
            notes.create({"n": 1})
            cut()
            then()

    with pytest.raises(StoreError) as caught:
        work()
    return caught.value


def test_a_write_cut_off_inside_a_transaction_is_undone(
    postgres: PostgresConnector, notes: SqlCollection, cut: Callable[[], None]
) -> None:
    assert cut_inside(postgres, notes, cut, lambda: notes.create({"n": 2})).code == "STORE_UNREACHABLE"
    assert notes.count(EVERY_ROW) == 0


def test_a_commit_that_was_cut_off_is_not_known_to_have_happened(
    postgres: PostgresConnector, notes: SqlCollection, cut: Callable[[], None]
) -> None:
    assert cut_inside(postgres, notes, cut, lambda: None).code == "UNKNOWN_OUTCOME"
    assert notes.count(EVERY_ROW) == 0


# -- others in the way --------------------------------------------------------


def test_transactions_that_cannot_be_one_after_the_other_are_told_to_try_again(
    postgres: PostgresConnector, notes: SqlCollection
) -> None:
    notes.create({"n": 1})

    def add(meanwhile: Callable[[], object]) -> None:
        with postgres.transaction("SERIALIZABLE"):
            postgres.execute("SELECT sum(n) FROM thing")
            meanwhile()
            postgres.execute("UPDATE thing SET n = n + 1")

    with ThreadPoolExecutor(1) as pool, pytest.raises(StoreError) as caught:
        add(lambda: pool.submit(add, lambda: None).result())
    assert caught.value.code == "TRY_AGAIN"
    assert [row["n"] for row in notes.find(Filter())] == [2]


def test_one_of_two_in_a_deadlock_is_told_to_try_again(postgres: PostgresConnector, notes: SqlCollection) -> None:
    notes.create_many([{"n": 0}, {"n": 0}])
    both = threading.Barrier(2, timeout=20)

    def add(first: int, second: int) -> str | None:
        try:
            with postgres.transaction():
                postgres.execute("UPDATE thing SET n = n + 1 WHERE id = $1", [first])
                both.wait()
                postgres.execute("UPDATE thing SET n = n + 1 WHERE id = $1", [second])
        except StoreError as error:
            return error.code
        return None

    with ThreadPoolExecutor(2) as pool:
        codes = {one.result() for one in [pool.submit(add, 1, 2), pool.submit(add, 2, 1)]}
    assert codes == {None, "TRY_AGAIN"}
    assert [row["n"] for row in notes.find(Filter())] == [1, 1]


# -- greenlets ----------------------------------------------------------------

GREEN = """
from gevent import monkey

monkey.patch_all()

import sys
import time

import gevent

from lbpy.connectors.postgres import connect
from lbpy.data.contract import SourcePlace
from lbpy.errors import StoreError

made = connect({"url": sys.argv[1], "max": 2, "connectionTimeout": 10000}, SourcePlace("db", "."))
ticks = []


def tick():
    while True:
        ticks.append(time.monotonic())
        gevent.sleep(0.02)


clock = gevent.spawn(tick)
jobs = [gevent.spawn(made.execute, "SELECT pg_sleep(0.5), $1::integer AS n", [n]) for n in range(4)]
gevent.joinall(jobs, raise_error=True)
assert [job.value[0]["n"] for job in jobs] == [0, 1, 2, 3]
assert len(ticks) > 15, "the hub must not be blocked by statements, nor by waiting for a connection"
made.close()

short = connect({"url": sys.argv[1], "max": 1, "connectionTimeout": 200}, SourcePlace("db", "."))
busy = gevent.spawn(short.execute, "SELECT pg_sleep(1)")
gevent.sleep(0.1)
try:
    short.ping()
except StoreError as error:
    print(error.code)
busy.join()
short.ping()
short.close()
"""


def test_greenlets_wait_for_statements_and_connections_without_holding_others_up(postgres_database: str) -> None:
    command = [sys.executable, "-W", "error", "-c", GREEN, postgres_database]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "STORE_UNREACHABLE\n", "")


def test_a_server_that_is_back_is_found_by_the_next_call(own: PostgresServer) -> None:
    with closing(connect({"url": own.url}, SourcePlace("db", "."))) as made:
        with pytest.raises(StoreError):
            made.ping()
        process = own.start()
        made.ping()
        stop(process)
        started = time.monotonic()
        with pytest.raises(StoreError):
            made.ping()
        assert time.monotonic() - started < 2 + SLACK
        time.sleep(2)
        process = own.start()
        made.ping()
        stop(process)
