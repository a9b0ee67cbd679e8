"""A database that another process writes to: callers wait for a while, then are told to try again; readers do not wait at all."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import lbpy
from lbpy.testing import Client

HOLDER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""
"""A process that has the lock until its input ends."""


class Note(lbpy.PersistedModel):
    text: str | None = None


@pytest.fixture
def app(tmp_path: Path) -> Iterator[lbpy.App]:
    with lbpy.App(root=tmp_path) as app:
        db = app.data_source("db", connector="sqlite", file="notes.db", busyTimeout=200)
        app.model(Note, data_source=db, public=True)
        db.migrate()
        Note.create(text="old")
        yield app


@pytest.fixture
def holder(app: lbpy.App, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-c", HOLDER, str(tmp_path / "notes.db")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield process
        process.kill()


def let_go(holder: subprocess.Popen[str]) -> None:
    assert holder.stdin is not None
    holder.stdin.close()


@pytest.mark.usefixtures("holder")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {"text": "new"}),
        ("POST", "", [{"text": "new"}, {"text": "newer"}]),
        ("PATCH", "/1", {"text": "new"}),
        ("PUT", "/1", {"text": "new"}),
        ("POST", "/update?where={}", {"text": "new"}),
        ("DELETE", "/1", None),
    ],
)
def test_a_write_is_503_once_it_has_waited(app: lbpy.App, method: str, path: str, body: object) -> None:
    start = time.monotonic()
    got = Client(app).request(method, f"/api/Notes{path}", json=body)
    assert (got.status, got.json["error"]["code"]) == (503, "TRY_AGAIN")
    assert 0.2 <= time.monotonic() - start < 5
    assert [one.text for one in Note.find()] == ["old"]


@pytest.mark.usefixtures("holder")
def test_a_transaction_is_503_before_anything_is_done(app: lbpy.App) -> None:
    done: list[bool] = []
    with pytest.raises(lbpy.errors.StoreError, match=r"locked.*busyTimeout"), app.registry.source("db").transaction(timeout=5):
        done.append(True)
    assert done == []


@pytest.mark.usefixtures("holder")
def test_readers_do_not_wait(app: lbpy.App) -> None:
    assert Client(app).get("/api/Notes").json == [{"text": "old", "id": 1}]


def test_whoever_waits_goes_on_when_the_lock_is_free(app: lbpy.App, holder: subprocess.Popen[str]) -> None:
    patient = lbpy.App(root=app.root)
    with patient:
        other = patient.data_source("db", connector="sqlite", file="notes.db", busyTimeout=20_000)
        waiting = threading.Timer(0.1, let_go, [holder])
        waiting.start()
        other.execute("INSERT INTO Note (text) VALUES ('new')")
        waiting.join()
    assert [one.text for one in Note.find(order="id")] == ["old", "new"]


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import gevent, sys, time, lbpy
app = lbpy.App(root=sys.argv[1])
db = app.data_source("db", connector="sqlite", file="notes.db", busyTimeout=10000)

def slowly(n):
    with db.transaction():
        db.execute("INSERT INTO Note (text) VALUES (?)", [str(n)])
        time.sleep(0.01)

jobs = [gevent.spawn(slowly, n) for n in range(10)]
jobs += [gevent.spawn(db.execute, "INSERT INTO Note (text) VALUES (?)", [str(n)]) for n in range(10, 20)]
gevent.joinall(jobs, raise_error=True)
print(len(db.execute("SELECT id FROM Note")))
"""


def test_a_greenlet_that_waits_lets_the_one_with_the_lock_go_on(app: lbpy.App) -> None:
    ran = subprocess.run([sys.executable, "-c", GREENLETS, str(app.root)], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.strip() == "21", ran.stderr
