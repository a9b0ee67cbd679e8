"""A crowd of requests that must not see each other: a site that asks at each of its doors whose request it is in, and its callers.

Nothing here knows threads or greenlets: under gevent's monkey patches the same threads are greenlets.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import lbpy
from lbpy import PersistedModel, Principal, RemoteContext, current, remote_method
from lbpy.testing import Client
from lbpy.testing.sending import environ_of

CHUNKS = 3
OPEN_STREAMS = 6
"""How many answers a caller has begun to read and goes on reading between other requests."""


class Undone(Exception):
    """Leaves a transaction."""


class Doors:
    """What is looked at, and what was wrong there.

    Args:
        db: the data source whose transactions are looked at.
    """

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.passed = 0

    def expect(self, door: str, n: object, seen: Callable[[], object], wanted: str) -> None:
        """Note what is not as it must be for request n; others get a chance to run before and after."""
        for _ in range(2):
            try:
                found = seen()
            except Exception as error:
                found = repr(error)
            if found != wanted.format(n=n):
                self.wrong.append(f"{door}: request {n} saw {found}")
            time.sleep(0)
        self.passed += 1


def identity() -> str:
    """Which request it is, before a method is called."""
    return f"{current.principal.id} {current.request_id}"


def everything() -> str:
    """Which request it is, from inside a method."""
    return f"{identity()} {current.options['who']}"


class Site:
    """An application whose doors are watched.

    Args:
        folder: where its SQLite file goes.
    """

    def __init__(self, folder: str) -> None:
        self.doors = Doors()
        self.paid: list[int] = []
        self.app = lbpy.App(root=folder, configuration=lbpy.Configuration(trust_proxy=True))
        self.db = self.app.data_source(
            "db", connector="sqlite", file="who.db", autoupdate=True, synchronous="OFF", busyTimeout=60_000
        )
        self.model = who(self)
        self.app.model(self.model, data_source=self.db)
        self.model.create()
        self.app.middleware("initial", self.around)
        self.app.middleware("auth", Watching(self.doors))
        self.app.before_remote("**", lambda ctx: self.expect_all("remote hook", number(ctx.req)))
        for hook in ("access", "loaded", "before save", "after save"):
            self.model.observe(hook, lambda ctx, hook=hook: self.expect_all(hook, ctx.options["who"][1:]))

    def expect_all(self, door: str, n: object) -> None:
        self.doors.expect(door, n, everything, "u{n} r{n} r{n}")

    def expect_transaction(self, n: int, state: str) -> None:
        """What a commit does now tells whether a transaction is under way."""
        made: list[bool] = []

        def probed() -> str:
            made.clear()
            self.db.on_commit(lambda: made.append(True))
            return "outside" if made else "inside"

        self.doors.expect("transaction", n, probed, state)

    def around(self, app: Any) -> Any:
        """Plain WSGI middleware, which sees the parts of the body go out."""

        def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            n = environ["HTTP_X_REQUEST_ID"][1:]
            self.doors.expect("wsgi", n, lambda: current.request_id, "r{n}")
            return Watched(app(environ, start_response), lambda: self.doors.expect("wsgi body", n, identity, "u{n} r{n}"))

        return serve

    # -- callers

    def run(self, requests: int, callers: int) -> list[str]:
        """What went wrong in so many requests of so many callers at once."""
        with ThreadPoolExecutor(callers) as pool:
            for _ in pool.map(self.caller, [range(at, requests, callers) for at in range(callers)]):
                pass
        committed = [n for n in range(requests) if kind(n) == "pay"]
        stored = sorted(int(row["owner"]) for row in self.db.execute('SELECT owner FROM "Who" WHERE owner IS NOT NULL'))
        lists = ("stored", stored), ("called on commit", sorted(self.paid))
        return self.doors.wrong + [f"{name}: {len(found)} of {len(committed)}" for name, found in lists if found != committed]

    def caller(self, numbers: Iterable[int]) -> None:
        """Make requests, reading some of the answers bit by bit meanwhile."""
        streams: deque[Iterator[bytes]] = deque()
        for n in numbers:
            if kind(n) == "stream":
                streams.append(self.read(n))
            else:
                self.ask(n)
            if current:
                self.doors.wrong.append(f"after: request {n} is left behind")
            for _ in range(min(2, len(streams))):
                one = streams.popleft()
                if next(one, None) is not None:
                    streams.append(one)
            while len(streams) > OPEN_STREAMS:
                deque(streams.popleft(), maxlen=0)
        for one in streams:
            deque(one, maxlen=0)

    def ask(self, n: int) -> None:
        answer = Client(self.app).request(verb(n), f"/api/Whos/{kind(n)}", environ=headers(n))
        if answer.status != 200 or answer.json != answer_of(n):
            self.doors.wrong.append(f"answer: request {n} got {answer.status} {answer.body!r}")

    def read(self, n: int) -> Iterator[bytes]:
        body = self.app(environ_of("GET", "/api/Whos/stream", environ=headers(n)), lambda *told: None)
        try:
            for chunk in body:
                if chunk != f"u{n};".encode():
                    self.doors.wrong.append(f"answer: stream {n} got {chunk!r}")
                yield chunk
        finally:
            body.close()


def kind(n: int) -> str:
    """Which request the n-th one is."""
    return {0: "stream", 1: "findOne", 5: "pay", 7: "undo", 8: "stream"}.get(n % 16, "me")


def verb(n: int) -> str:
    return "POST" if kind(n) in ("pay", "undo") else "GET"


def answer_of(n: int) -> Any:
    """What the n-th request is answered."""
    return {"findOne": {"id": 1, "owner": None}, "stream": f"u{n};" * CHUNKS}.get(kind(n), f"u{n}")


def headers(n: int) -> dict[str, str]:
    return {"HTTP_X_USER": f"u{n}", "HTTP_X_REQUEST_ID": f"r{n}"}


def number(req: Any) -> int:
    """The number of a request, which it carries itself."""
    return int(req.get_header("X-Request-Id")[1:])


class Watching:
    """Falcon middleware that says who is calling, as a login would, and looks."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def process_request(self, req: Any, resp: Any) -> None:
        req.env["lbpy.principal"] = Principal("USER", req.get_header("X-User"))
        self._doors.expect("middleware", number(req), identity, "u{n} r{n}")

    def process_response(self, req: Any, resp: Any, resource: Any, req_succeeded: bool) -> None:
        self._doors.expect("middleware, answering", number(req), identity, "u{n} r{n}")


class Watched:
    """A body that is looked at while it goes out and when it is closed."""

    def __init__(self, body: Any, look: Callable[[], None]) -> None:
        self._body = body
        self._look = look

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._body:
            self._look()
            yield chunk

    def close(self) -> None:
        self._look()
        getattr(self._body, "close", lambda: None)()


def who(site: Site) -> type[PersistedModel]:
    """The model, whose methods look at the current request too."""

    class Who(PersistedModel):
        owner: str | None = None

        @remote_method(verb="get")
        @staticmethod
        def me(ctx: RemoteContext) -> str:
            site.expect_all("method", number(ctx.req))
            site.expect_transaction(number(ctx.req), "outside")
            return str(current.principal.id)

        @remote_method(verb="get")
        @staticmethod
        def stream(ctx: RemoteContext) -> Iterator[bytes]:
            n = number(ctx.req)
            for _ in range(CHUNKS):
                site.expect_all("stream", n)
                site.expect_transaction(n, "outside")
                yield f"{current.principal.id};".encode()

        @remote_method(verb="post")
        @staticmethod
        def pay(ctx: RemoteContext) -> str:
            pay(number(ctx.req), ctx)
            return str(current.principal.id)

        @remote_method(verb="post")
        @staticmethod
        def undo(ctx: RemoteContext) -> str:
            try:
                pay(number(ctx.req), ctx, undo=True)
            except Undone:
                site.expect_transaction(number(ctx.req), "outside")
            return str(current.principal.id)

        @classmethod
        def options_from_request(cls, ctx: RemoteContext) -> dict[str, Any]:
            return {"who": ctx.req.get_header("X-Request-Id")}

    def pay(n: int, ctx: RemoteContext, *, undo: bool = False) -> None:
        site.expect_transaction(n, "outside")
        with site.db.transaction():
            site.db.on_commit(lambda: (site.paid.append(n), site.expect_all("on commit", n)))
            Who.create(owner=str(n), options=ctx.options)
            site.expect_transaction(n, "inside")
            if undo:
                raise Undone
        site.expect_transaction(n, "outside")

    return Who
