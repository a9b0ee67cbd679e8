"""What lbpy costs beyond a bare Falcon resource that answers the same, in one process and without a network.

    python benchmarks/overhead.py --max memory.get=5 --max memory.list=5 --max memory.post=9

Answers are compared before anything is measured. Rounds alternate between the two, the ratio is taken round by round and its
median printed. Exit status 1: a ratio is above its --max.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any
from urllib.parse import quote
from wsgiref.types import WSGIApplication

import falcon
import orjson

import lbpy
from lbpy import PersistedModel, prop

ROWS = 30
STORES = ("memory", "sqlite")
MOMENT = datetime(2020, 2, 29, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Ask:
    """One kind of request."""

    name: str
    verb: str
    path: str
    query: str = ""
    body: bytes = b""


ASKS = (
    Ask("get", "GET", "/api/notes/1"),
    Ask("list", "GET", "/api/notes", "filter=" + quote('{"limit":20}')),
    Ask("post", "POST", "/api/notes", body=b'{"title":"one more"}'),
)


# -- the two applications ----------------------------------------------------


def served(store: str, folder: str) -> lbpy.App:
    """An application of lbpy with one model in the given store."""

    class Note(PersistedModel, plural="notes"):
        title: str
        content: str | None = None
        views: int = 0
        done: bool | None = None
        createdAt: datetime = prop(factory=lambda: MOMENT)  # noqa: N815  # a name on the wire

    app = lbpy.App(root=folder)
    settings = {"file": "notes.db", "autoupdate": True} if store == "sqlite" else {}
    app.model(Note, data_source=app.data_source("db", connector=store, **settings))
    for number in range(ROWS):
        Note.create(title=f"note {number}", content="some text")
    return app


class Notes:
    """What an expert writes by hand for the same answers: rows in a dict, no checks but the needed ones."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = {row["id"]: row for row in rows}
        self.new = {name: rows[0][name] for name in ("views", "createdAt")}

    def on_get_list(self, req: falcon.Request, resp: falcon.Response) -> None:
        limit = orjson.loads(req.get_param("filter") or "{}").get("limit")
        answer(resp, list(self.rows.values())[:limit])

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        answer(resp, self.rows[int(id)])

    def on_post_list(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = orjson.loads(req.bounded_stream.read())
        if not isinstance(given.get("title"), str):
            raise falcon.HTTPUnprocessableEntity
        id = len(self.rows) + 1
        self.rows[id] = {**given, **self.new, "id": id}
        answer(resp, self.rows[id])


def answer(resp: falcon.Response, value: object) -> None:
    resp.content_type = "application/json; charset=utf-8"
    resp.data = orjson.dumps(value)


def by_hand(rows: list[dict[str, Any]]) -> WSGIApplication:
    """A bare Falcon application over the given rows."""
    app, notes = falcon.App(), Notes(rows)
    app.add_route("/api/notes/{id}", notes)
    app.add_route("/api/notes", notes, suffix="list")
    return app


# -- asking ------------------------------------------------------------------


def environ_of(ask: Ask) -> dict[str, Any]:
    """The environ as gunicorn makes it, but for the stream of the body."""
    target = f"{ask.path}?{ask.query}" if ask.query else ask.path
    body = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(ask.body))} if ask.body else {}
    return {
        "REQUEST_METHOD": ask.verb, "SCRIPT_NAME": "", "PATH_INFO": ask.path, "QUERY_STRING": ask.query, "RAW_URI": target,
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost", "HTTP_ACCEPT": "application/json", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False, **body,
    }  # fmt: skip


def asker(app: WSGIApplication, ask: Ask) -> Callable[[], bytes]:
    """A function that makes one request and returns the body of its answer."""
    environ = environ_of(ask)

    def once() -> bytes:
        statuses: list[str] = []
        chunks = app({**environ, "wsgi.input": io.BytesIO(ask.body)}, lambda status, *_: statuses.append(status))
        body = b"".join(chunks)
        if statuses != ["200 OK"]:
            raise SystemExit(f"{ask.verb} {ask.path} answered {statuses}: {body!r}")
        return body

    return once


def check(ask: Ask, ours: bytes, bare: bytes) -> None:
    """Both say the same, whatever the order of properties and whether what is absent shows as null; ids of new rows may differ."""
    told, wanted = shape(orjson.loads(ours), ask), shape(orjson.loads(bare), ask)
    if told != wanted:
        raise SystemExit(f"{ask.name}: the answers differ:\n  {told}\n  {wanted}")


def shape(value: Any, ask: Ask) -> Any:
    if isinstance(value, list):
        return [shape(row, ask) for row in value]
    return {name: one for name, one in value.items() if one is not None and not (name == "id" and ask.name == "post")}


# -- measuring ---------------------------------------------------------------


def microseconds(once: Callable[[], bytes], calls: int) -> float:
    start = time.process_time_ns()
    for _ in range(calls):
        once()
    return (time.process_time_ns() - start) / calls / 1000


@dataclass(frozen=True)
class Measured:
    """Times in microseconds and the median ratio of one kind of request on one store."""

    name: str
    ours: float
    bare: float
    ratio: float


def measured(store: str, calls: int, rounds: int) -> Iterator[Measured]:
    """The figures of one store, kind by kind."""
    with tempfile.TemporaryDirectory() as folder, served(store, folder) as app:
        rows = orjson.loads(asker(app, Ask("all", "GET", "/api/notes"))())
        bare = by_hand(rows)
        for ask in ASKS:
            one, other = asker(app, ask), asker(bare, ask)
            check(ask, one(), other())
            microseconds(one, calls // 4), microseconds(other, calls // 4)
            pairs = [(microseconds(one, calls), microseconds(other, calls)) for _ in range(rounds)]
            yield Measured(
                f"{store}.{ask.name}",
                median(a for a, _ in pairs),
                median(b for _, b in pairs),
                median(a / b for a, b in pairs),
            )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", action="append", choices=STORES, help="default: all")
    parser.add_argument("--calls", type=int, default=2000, help="requests a round")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--max", action="append", default=[], metavar="STORE.NAME=RATIO", help="the highest ratio allowed")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    limits = {name: float(ratio) for name, _, ratio in (one.partition("=") for one in options.max)}
    unknown = limits.keys() - {f"{store}.{ask.name}" for store in STORES for ask in ASKS}
    if unknown:
        raise SystemExit(f"nothing is measured under these names: {', '.join(sorted(unknown))}")
    above = 0
    for store in options.store or STORES:
        for one in measured(store, options.calls, options.rounds):
            limit = limits.get(one.name)
            above += limit is not None and one.ratio > limit
            told = "" if limit is None else f"  (at most {limit:g})"
            print(f"{one.name:12} {one.ours:7.1f} us, bare {one.bare:5.1f} us, ratio {one.ratio:5.2f}{told}", flush=True)
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())
