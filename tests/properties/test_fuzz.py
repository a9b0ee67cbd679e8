"""Requests of every wrong kind: no answer is a 5xx, every answer is well-formed, and a refused request stores nothing.

The requests come from one seed; LBPY_FUZZ_SEED makes others, LBPY_FUZZ_COUNT more or fewer. A failure names the seed and the request.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import quote, unquote_to_bytes
from wsgiref.validate import validator

import pytest

import lbpy
from lbpy import Model, PersistedModel
from lbpy.data.bound import bound_of
from lbpy.model.declare import class_from_json
from lbpy.query.nodes import EVERY_ROW, Filter

from .conftest import STORES

SEED = int(os.environ.get("LBPY_FUZZ_SEED", "1"))
COUNT = int(os.environ.get("LBPY_FUZZ_COUNT", "2000"))

INNER = {"name": "Inner", "properties": {"text": "string", "number": "number", "pin": "string"}, "hidden": ["pin"]}
PROPERTIES: dict[str, Any] = {
    "title": {"type": "string", "required": True},
    "number": "number",
    "flag": "boolean",
    "date": "date",
    "day": "datestring",
    "bytes": "buffer",
    "point": "geopoint",
    "object": "object",
    "any": "any",
    "array": "array",
    "inner": "Inner",
    "inline": {"text": "string", "deep": {"number": "number"}},
    "texts": ["string"],
    "numbers": ["number"],
    "dates": ["date"],
    "points": ["geopoint"],
    "inners": ["Inner"],
    "secret": "string",
    "made": {"type": "date", "default": "$now"},
    "unique": {"type": "string", "index": {"unique": True}},
}
SETTINGS: list[dict[str, Any]] = [
    {},
    {"forceId": False},
    {"strict": True},
    {"properties": {**PROPERTIES, "id": {"type": "string", "id": True}}},
    {"scope": {"where": {"flag": True}, "limit": 3}, "scopes": {"good": {"where": {"number": {"gt": 0}}}}},
]

Request = tuple[str, str, str, dict[str, str], bytes]


class Maker:
    """Makes requests that are wrong in some way, and some that are not."""

    def __init__(self, random: random.Random) -> None:
        self.random = random

    def of(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def sometimes(self, chance: float) -> bool:
        return self.random.random() < chance

    # -- values --------------------------------------------------------------

    def scalar(self) -> Any:
        return self.of(
            None, True, False, 0, 1, -1, 1.5, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30, -(10**400), 1e308, 5e-324, "", "a", "1", "abc",
            "null", "true", "NaN", "Infinity", "1e999", "0x1F", " 7 ", "2020-02-30", "2020-01-01T00:00:00Z", "99999-01-01", "1,2", "91,0", "[1]", '{"a":1}',
            "{bad", "[1", "\x00", "\ud800", "\U0001f600", "é" * 40, "x" * 3000, "%", "%_", "(", "(?=a)", "\\1", "/a/z", "/^a/i", "C++", "(a+)+$", "$where",
            "__proto__", "constructor", "'; DROP TABLE Thing; --", "../../etc/passwd", "<script>", "1970-01-01", -8.64e15, 8.64e15, 1e17, float("inf"), float("nan"),
        )  # fmt: skip

    def value(self, depth: int = 3) -> Any:
        if depth == 0 or self.sometimes(0.6):
            return self.scalar()
        if self.sometimes(0.5):
            return [self.value(depth - 1) for _ in range(self.random.randrange(4))]
        return self.of(
            {self.key(): self.value(depth - 1) for _ in range(self.random.randrange(4))},
            {"$type": self.of("date", "base64", "other"), "$data": self.value(depth - 1)},
            {"type": "Buffer", "data": self.value(depth - 1)},
            {"lat": self.scalar(), "lng": self.scalar()},
            self.deep(self.of(5, 40, 300)),
        )

    def deep(self, levels: int) -> Any:
        found: Any = 1
        for _ in range(levels):
            found = {"a": found} if self.sometimes(0.5) else [found]
        return found

    def key(self) -> str:
        return self.of(
            *PROPERTIES, *PROPERTIES, "id", "unknown", "a.b", "__proto__", "constructor", "prototype", "$where", "", "0", "inner.text", "inner.pin",
            "inners.0.text", "inners.text", "and", "or", "nor", "object.k", "any.0", "\ud800", "x" * 300, "toString", "secret.x", "point.lat", "Meta", "id.x", "é",
        )  # fmt: skip

    # -- queries -------------------------------------------------------------

    def where(self, depth: int = 3) -> Any:
        if self.sometimes(0.08):
            return self.value()
        return {self.key(): self.clause(depth) for _ in range(self.random.randrange(3))}

    def clause(self, depth: int) -> Any:
        if depth and self.sometimes(0.3):
            return self.of([self.where(depth - 1) for _ in range(self.random.randrange(4))], self.where(depth - 1), {"0": self.where(depth - 1)})
        if self.sometimes(0.4):
            return self.value(1)
        return {self.operator(): self.value(2) for _ in range(self.of(1, 1, 1, 2))}

    def operator(self) -> str:
        return self.of(
            "eq", "neq", "gt", "gte", "lt", "lte", "between", "inq", "nin", "like", "nlike", "ilike", "nilike", "regexp", "near", "maxDistance", "unit",
            "options", "exists", "$gt", "$where", "bogus", "", "__proto__",
        )  # fmt: skip

    def filter(self) -> Any:
        if self.sometimes(0.08):
            return self.value()
        made = {
            "where": self.where, "order": self.order, "limit": self.scalar, "skip": self.scalar, "offset": self.scalar, "fields": self.fields,
            "include": self.value, "other": self.value,
        }  # fmt: skip
        return {name: made[name]() for name in self.random.sample(sorted(made), self.random.randrange(4))}

    def order(self) -> Any:
        return self.of(self.key(), f"{self.key()} DESC", [self.key(), f"{self.key()} asc"], f"{self.key()} sideways", self.value(), f"{self.key()},{self.key()}")

    def fields(self) -> Any:
        return self.of([self.key(), self.key()], {self.key(): self.scalar()}, self.key(), self.value())

    def query(self) -> str:
        if self.sometimes(0.05):
            return self.of("filter", "filter=", "filter=null", "%", "%zz=1", "filter=%ff", "a[b][c][d][e][f][g]=1", "where[", "&&&=", "filter[where]=x&filter={}")
        parts = [f"{name}={self.written(made)}" for name, made in (("filter", self.filter()), ("where", self.where())) if self.sometimes(0.6)]
        if self.sometimes(0.15):
            parts.append(self.brackets())
        if self.sometimes(0.1):
            parts.append(f"_format={self.of('json', 'xml', 'js', 'html', 'x', '')}")
        return "&".join(parts)

    def written(self, value: Any) -> str:
        text = json.dumps(value, ensure_ascii=self.sometimes(0.5))
        if self.sometimes(0.05):
            text = text[: self.random.randrange(len(text) + 1)]
        return quote(text.encode("utf-8", "surrogatepass"))

    def brackets(self) -> str:
        path = "".join(f"[{quote(self.key().encode('utf-8', 'surrogatepass'))}]" for _ in range(self.random.randrange(1, 8)))
        return f"{self.of('filter', 'where', 'filter[where]')}{path}={quote(str(self.scalar()).encode('utf-8', 'surrogatepass'))}"

    # -- the rest ------------------------------------------------------------

    def id(self) -> str:
        if self.sometimes(0.6):
            return self.of("1", "2", "3", "4", "a", "b")
        return self.of("999", "abc", "null", "%zz", "%00", "%2F", "1%2F2", "%FF", "1.5", "-1", "0x1", "1e400", "9" * 400, "%20", "..", "é", "", "true", "[1]", "{}", "%F0%9F%98%80")

    def target(self) -> tuple[str, str]:
        """A verb and a path below the model's, mostly of a route that there is."""
        if self.sometimes(0.1):
            return self.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO", "get"), self.of("", f"/{self.id()}", f"/{self.id()}/{self.id()}", "/nope")
        return self.of(
            ("GET", ""), ("GET", ""), ("GET", ""), ("GET", "/count"), ("GET", "/findOne"), ("GET", f"/{self.id()}"), ("GET", f"/{self.id()}/exists"),
            ("HEAD", f"/{self.id()}"), ("POST", ""), ("POST", ""), ("POST", ""), ("POST", "/update"), ("POST", "/upsertWithWhere"), ("POST", "/replaceOrCreate"),
            ("PUT", ""), ("PATCH", ""), ("PUT", f"/{self.id()}"), ("PATCH", f"/{self.id()}"), ("PATCH", f"/{self.id()}"), ("POST", f"/{self.id()}/replace"),
            ("DELETE", f"/{self.id()}"), ("DELETE", ""), self.of(("GET", "/good"), ("POST", "/good"), ("GET", "/good/count"), ("GET", "/change-stream")),
        )  # fmt: skip

    def root(self) -> str:
        if self.sometimes(0.9):
            return "/api/Things"
        return self.of("/api/things", "//api/Things", "/api//Things", "/api/Others", "/api", "/", "", "/api/Things/")

    def record(self) -> Any:
        if self.sometimes(0.1):
            return self.value()
        made = {self.key(): self.value(2) for _ in range(self.of(0, 0, 1, 1, 2, 3))}
        fine = {"number": 5, "flag": True, "date": "2020-01-01", "texts": ["a"], "inner": {"text": "x"}, "object": {"k": 1}, "secret": "s"}
        made.update({name: fine[name] for name in sorted(fine) if self.sometimes(0.15)})
        if self.sometimes(0.9):
            made["title"] = self.of("a", "b", "c")
        if self.sometimes(0.2):
            made["id"] = self.of(1, 2, 3, 7, "1", "a", self.scalar())
        return made

    def body(self) -> bytes:
        if self.sometimes(0.05):
            return self.of(b"", b"{", b"nul", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 2000, b'{"a":' * 500, b'{"title":"a"}x', b"title=a&number=1", b"a[b][c]=1&title=x", b"\x00")
        value = [self.record() for _ in range(self.random.randrange(4))] if self.sometimes(0.15) else self.record()
        text = json.dumps(value, ensure_ascii=self.sometimes(0.5))
        if self.sometimes(0.04):
            text = text[: self.random.randrange(len(text) + 1)]
        return text.encode("utf-16" if self.sometimes(0.03) else "utf-8", "surrogatepass")

    def headers(self) -> dict[str, str]:
        kinds = ("application/json; charset=utf-16", "application/json; charset=latin-9", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data", "", ";;;")
        found = {"CONTENT_TYPE": self.of(*kinds) if self.sometimes(0.1) else "application/json"}
        more = {
            "HTTP_ACCEPT": self.of("*/*", "application/json", "image/png", "application/xml", "text/html", "json;q=0", "", ",,;q=", "application/javascript"),
            "HTTP_CONTENT_ENCODING": self.of("gzip", "deflate", "br", "identity", ""),
            "HTTP_IF_NONE_MATCH": self.of("*", '"x"', "W/", ","),
            "HTTP_COOKIE": self.of("a=b", "===;;;", "a=\xff"),
            "HTTP_RANGE": self.of("bytes=0-1", "x"),
            "HTTP_IF_MODIFIED_SINCE": self.of("yesterday", "Thu, 01 Jan 1970 00:00:00 GMT"),
            "HTTP_EXPECT": "100-continue",
            "HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE",
        }
        return {**found, **{name: more[name] for name in sorted(more) if self.sometimes(0.03)}}

    def request(self) -> Request:
        method, below = self.target()
        return method, self.root() + below, self.query(), self.headers(), self.body()


class Target:
    """An application under fire."""

    def __init__(self, app: lbpy.App, settings: dict[str, Any]) -> None:
        app.model(class_from_json(INNER, Model), public=False)
        spec = {"name": "Thing", "properties": PROPERTIES, "hidden": ["secret"], **settings}
        self.thing = class_from_json(spec, PersistedModel)
        app.attach(self.thing, "db")
        app.serve(self.thing, everything=True, switches=(("destroyAll", True),))
        self._app = validator(app)

    def fill(self) -> None:
        """See to it that there is something to find and to change."""
        bound = bound_of(self.thing)
        for title in "abc" if bound.store.count(EVERY_ROW) < 3 else "":
            bound.store.create({"title": title, "flag": True, "number": 1})

    def rows(self) -> str:
        """All that is stored, as text."""
        return repr(bound_of(self.thing).store.find(Filter()))

    def send(self, request: Request) -> tuple[int, bytes]:
        """Status and body of the answer, which must be one by the rules of WSGI."""
        method, path, query, headers, body = request
        raw = f"{path}?{query}" if query else path
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query,
            "RAW_URI": raw.encode().decode("latin-1"), "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": BytesIO(body), "wsgi.errors": _Errors(), "wsgi.multithread": False,
            "wsgi.multiprocess": False, "wsgi.run_once": False, "CONTENT_LENGTH": str(len(body)), **headers,
        }  # fmt: skip
        started: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
            started[:] = [status]
            return lambda data: None

        chunks: Iterable[bytes] = self._app(environ, start)
        try:
            content = b"".join(chunks)
        finally:
            chunks.close()  # type: ignore[attr-defined]  # the validator's iterator has it
        return int(started[0].split()[0]), content


class _Errors:
    """What WSGI wants to be able to write to."""

    def flush(self) -> None:
        pass

    def write(self, text: str) -> None:
        pass

    def writelines(self, lines: list[str]) -> None:
        pass


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
@pytest.mark.parametrize("settings", SETTINGS, ids=["plain", "free-ids", "strict", "text-ids", "scoped"])
@pytest.mark.parametrize("store", sorted(STORES))
def test_no_request_makes_an_error_of_the_server(make_app: Callable[[str], lbpy.App], store: str, settings: dict[str, Any]) -> None:
    target = Target(make_app(store), settings)
    maker = Maker(random.Random(f"{SEED} {store} {settings}"))
    for number in range(COUNT // (len(SETTINGS) * len(STORES))):
        request = maker.request()
        target.fill()
        before = target.rows()
        status, body = target.send(request)
        after = target.rows()
        told = f"LBPY_FUZZ_SEED={SEED}, request {number}: {request} -> {status} {body[:300]!r}"
        assert status < 500, told
        assert status < 400 or after == before, told
        assert body[:1] not in (b"{", b"[") or json.loads(body) is not None, told
