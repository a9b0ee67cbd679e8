"""A MongoDB that dies and comes back under load, seen by the clients of a real gunicorn; and one that is not there yet."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import MongoClient

from lbpy.testing.mongo import mongodb_server
from lbpy.testing.servers import stop

if TYPE_CHECKING:
    from tests.conftest import Server

Serve = Callable[..., "Server"]

CLIENTS = 6
SLACK = 3.0
"""Seconds that a busy machine may add to any time."""

SITE = """
import os

import lbpy


class Note(lbpy.PersistedModel):
    marker: str


app = lbpy.App()
db = app.data_source("db", connector="mongodb", url=os.environ["MONGO"], database="load")
app.model(Note, data_source=db, public=True)
if os.environ.get("EARLY"):
    db.ping()  # a client before the fork
print("ready", flush=True)
"""


@dataclass(frozen=True)
class Answer:
    """What a client got for the row of a marker, from when to when by the clock."""

    marker: str
    status: int
    retry: str | None
    body: Any
    began: float
    ended: float


@dataclass
class Load:
    """Clients that create rows with markers of their own until it is over."""

    port: int
    answers: list[Answer] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def create(self, marker: str) -> Answer:
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/api/Notes", json.dumps({"marker": marker}), {"Content-Type": "application/json"})
        got = connection.getresponse()
        body = json.loads(got.read())
        connection.close()
        return Answer(marker, got.status, got.getheader("Retry-After"), body, began, time.monotonic())

    def run(self, client: int) -> None:
        for number in count():
            if self.over.is_set():
                return
            self.answers.append(self.create(f"{client}-{number}"))

    def acknowledged(self) -> set[str]:
        return {one.marker for one in self.answers if one.status == 200}

    def await_answers(self, number: int) -> None:
        end = time.monotonic() + 20
        while len(self.acknowledged()) < number:
            assert time.monotonic() < end, self.answers[-3:]
            time.sleep(0.02)


@contextmanager
def under_load(port: int) -> Iterator[Load]:
    load = Load(port)
    with ThreadPoolExecutor(CLIENTS) as pool:
        jobs = [pool.submit(load.run, client) for client in range(CLIENTS)]
        try:
            yield load
        finally:
            load.over.set()
    for job in jobs:
        job.result()


@pytest.fixture
def site(tmp_path: Path, serve: Serve) -> Callable[..., Server]:
    """Starts a site on a MongoDB with two workers, and waits until they have loaded it."""
    (tmp_path / "site_app.py").write_text(SITE, "utf-8")

    def started(url: str, *words: str, loads: int = 2, **variables: str) -> Server:
        told = ("--workers", "2", "--bind", "127.0.0.1:{port}", *words, "site_app:app")
        server = serve("gunicorn", "-c", "python:lbpy.gunicorn", *told, MONGO=url, **variables)
        server.until(lambda: server.log.read_text("utf-8").count("ready") == loads)
        return server

    return started


GTHREAD = ("--worker-class", "gthread", "--threads", "4")


@pytest.mark.parametrize("words", [GTHREAD, ("--worker-class", "gevent")], ids=["gthread", "gevent"])
def test_no_write_is_lost_or_doubled_when_the_server_is_killed_under_load(site: Callable[..., Server], words: tuple[str, ...]) -> None:
    with mongodb_server() as mongod:
        process = mongod.start()
        web = site(mongod.url, *words)
        with under_load(web.port) as load:
            load.await_answers(50)
            process.kill()
            process.wait()
            time.sleep(3)  # long enough for every client to meet the outage
            process = mongod.start()
            back, before = time.monotonic(), len(load.acknowledged())
            load.await_answers(before + 50)
        try:
            _check(load, back)
            _check_rows(mongod.url, load)
        finally:
            stop(process)


def _check(load: Load, back: float) -> None:
    failed = [one for one in load.answers if one.status != 200]
    codes = Counter((one.status, one.retry, one.body["error"].get("code")) for one in failed)
    assert set(codes) <= {(503, "1", "STORE_UNREACHABLE"), (503, "1", "UNKNOWN_OUTCOME")}
    assert codes[503, "1", "STORE_UNREACHABLE"] >= CLIENTS
    assert max(one.ended - one.began for one in load.answers) < 2 + SLACK
    assert min(one.ended for one in load.answers if one.status == 200 and one.ended > back) - back < 2 + SLACK


def _check_rows(url: str, load: Load) -> None:
    with MongoClient[dict[str, Any]](url) as client:
        stored = Counter(one["marker"] for one in client["load"]["Note"].find())
        open_connections = client.admin.command("serverStatus")["connections"]["current"]
    assert set(stored.values()) == {1}
    assert load.acknowledged() <= stored.keys()
    assert open_connections < 60


def test_a_site_starts_before_its_server_and_a_client_made_before_the_fork_does_no_harm(site: Callable[..., Server]) -> None:
    with mongodb_server() as mongod:
        web = site(mongod.url, *GTHREAD)
        early = Load(web.port).create("early")
        assert (early.status, early.retry) == (503, "1")
        assert early.ended - early.began < 2 + SLACK
        assert early.body == {"error": {"statusCode": 503, "message": "Service Unavailable", "code": "STORE_UNREACHABLE"}}
        assert f"127.0.0.1:{mongod.port}" in web.log.read_text("utf-8")
        assert "(request " in web.log.read_text("utf-8")
        process = mongod.start()
        try:
            assert Load(web.port).create("later").status == 200
            web.end()
            forked = site(mongod.url, "--preload", *GTHREAD, loads=1, EARLY="yes")
            with under_load(forked.port) as load:
                load.await_answers(30)
            assert {one.status for one in load.answers} == {200}
        finally:
            stop(process)
