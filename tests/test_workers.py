"""Real gunicorn with workers of three kinds: the same answers, reloads under load without a failed request, a graceful end."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError

import pytest

if TYPE_CHECKING:
    from tests.conftest import Answer, Server

Start = Callable[..., "Server"]

KINDS = ("sync", "gthread", "gevent")

SITE = """
import time

import flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

import lbpy


class Note(lbpy.PersistedModel):
    title: str

    @lbpy.remote_method(verb="get", path="/slow")
    @staticmethod
    def slow(seconds: float) -> str:
        time.sleep(seconds)
        return "done"


legacy = flask.Flask("legacy")


@legacy.post("/say/<word>")
def say(word):
    return flask.jsonify(word=word, root=flask.request.script_root, sent=flask.request.get_json())


app = lbpy.App()
app.model(Note, data_source=app.data_source("db", connector="sqlite", file="notes.db", autoupdate=True))
app.mount("/legacy", legacy)

home = flask.Flask("home")
home.add_url_rule("/", view_func=lambda: "home", endpoint="home")
site = DispatcherMiddleware(home, {"/shop": app})
print("ready", flush=True)
"""
"""Flask inside an lbpy application, which stands below a dispatcher beside another Flask."""


@pytest.fixture
def start(tmp_path: Path, serve: Start) -> Callable[[str], Server]:
    """Starts the site with two workers of a kind, and waits for both."""
    (tmp_path / "site_app.py").write_text(SITE, "utf-8")

    def started(kind: str) -> Server:
        words = ("--worker-class", kind, "--workers", "2", "--bind", "127.0.0.1:{port}", "site_app:site")
        server = serve("gunicorn", "-c", "python:lbpy.gunicorn", *words)
        server.until(lambda: ready(server) == 2)
        return server

    return started


def ready(server: Server) -> int:
    """How many workers have loaded the site so far."""
    return server.log.read_text("utf-8").count("ready")


# -- the same answers --------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_worker_gives_the_same_answers(start: Callable[[str], Server], kind: str) -> None:
    server = start(kind)
    assert server.request("/") == (200, "home")
    assert server.request("/shop/api/Notes", {"title": "x"}) == (200, {"title": "x", "id": 1})
    assert server.request("/shop/api/Notes/1") == (200, {"title": "x", "id": 1})
    assert server.request("/shop/api/Notes?filter=%7B%22where%22%3A%7B%22title%22%3A%22y%22%7D%7D") == (200, [])
    assert message(server.request("/shop/api/Notes/1%2F2")) == (404, 'Unknown "Note" id "1/2".')
    assert server.request("/shop/legacy/say/hi", {"a": 1}) == (200, {"word": "hi", "root": "/shop/legacy", "sent": {"a": 1}})
    assert server.request("/api/Notes")[0] == 404


def message(answer: Answer) -> tuple[int, str]:
    status, body = answer
    assert isinstance(body, dict)
    return status, body["error"]["message"]


# -- under load --------------------------------------------------------------

CLIENTS = 4

PAUSE = 0.01
"""Seconds between two requests of a client, so that new workers find a free core to start on."""


@dataclass
class Load:
    """Answers that clients got who ask again and again, each time on a new connection."""

    server: Server
    path: str = "/shop/api/Notes"
    answers: list[object] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        while not self.over.is_set():
            self.answers.append(self.answer())
            time.sleep(PAUSE)

    def answer(self) -> object:
        try:
            return self.server.request(self.path)
        except OSError as error:
            return error

    @property
    def failed(self) -> list[object]:
        return [one for one in self.answers if one != (200, [])]


@contextmanager
def under_load(server: Server) -> Iterator[Load]:
    load = Load(server)
    with ThreadPoolExecutor(CLIENTS) as pool:
        jobs = [pool.submit(load.ask) for _ in range(CLIENTS)]
        try:
            yield load
        finally:
            load.over.set()
    for job in jobs:
        job.result()


@pytest.mark.parametrize("kind", KINDS)
def test_four_reloads_in_ten_seconds_fail_no_request(start: Callable[[str], Server], kind: str) -> None:
    server = start(kind)
    began = time.monotonic()
    with under_load(server) as load:
        for count in range(1, 5):
            reload(load, count)
    assert time.monotonic() - began < 10
    assert load.failed == []


def reload(load: Load, count: int) -> None:
    """Reload for the so-manyth time, and see that answers go on when the new workers are there."""
    load.server.process.send_signal(signal.SIGHUP)
    load.server.until(lambda: ready(load.server) == 2 + 2 * count)
    before = len(load.answers)
    load.server.until(lambda: len(load.answers) >= before + 10)


@pytest.mark.parametrize("kind", KINDS)
def test_running_requests_end_before_the_server_does(start: Callable[[str], Server], kind: str) -> None:
    server = start(kind)
    server.request("/shop/api/Notes")
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(server.request, "/shop/api/Notes/slow?seconds=1") for _ in range(2)]
        time.sleep(0.4)
        server.process.send_signal(signal.SIGTERM)
        assert [job.result() for job in jobs] == [(200, "done")] * 2
    assert server.process.wait(10) == 0
    with pytest.raises(URLError):
        server.request("/")
