"""Makes requests that are wrong in some way, and some that are not, all from one random generator. Sends none."""

from __future__ import annotations

import json
import random
from typing import Any, Final
from urllib.parse import quote

Request = tuple[str, str, str, dict[str, str], bytes]
"""Verb, raw path, raw query, WSGI variables of headers, body."""

PROPERTIES: Final[dict[str, Any]] = {
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
FINE: Final[dict[str, Any]] = {
    "number": 5,
    "flag": True,
    "date": "2020-01-01",
    "texts": ["a"],
    "inner": {"text": "x"},
    "object": {"k": 1},
    "secret": "s",
}

NUMBERS = (
    *(0, 1, -1, 1.5, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30, -(10**400), 1e308, 5e-324),
    *(-8.64e15, 8.64e15, 1e17, float("inf"), float("nan")),
)
TEXTS = (
    *("", "a", "1", "abc", "null", "true", "NaN", "Infinity", "1e999", "0x1F", " 7 ", "2020-02-30", "2020-01-01T00:00:00Z"),
    *("99999-01-01", "1970-01-01", "1,2", "91,0", "[1]", '{"a":1}', "{bad", "[1", "\x00", "\ud800", "\U0001f600", "é" * 40),
    *("x" * 3000, "%", "%_", "(", "(?=a)", "\\1", "/a/z", "/^a/i", "C++", "(a+)+$", "$where", "__proto__", "constructor"),
    *("'; DROP TABLE Thing; --", "../../etc/passwd", "<script>"),
)
SCALARS = (None, True, False, *NUMBERS, *TEXTS)
KEYS = (
    *PROPERTIES,
    *PROPERTIES,
    *("id", "unknown", "a.b", "__proto__", "constructor", "prototype", "$where", "", "0", "inner.text", "inner.pin", "inners.text"),
    *("inners.0.text", "and", "or", "nor", "object.k", "any.0", "\ud800", "x" * 300, "toString", "secret.x", "point.lat", "Meta"),
    *("id.x", "é"),
)
OPERATORS = (
    *("eq", "neq", "gt", "gte", "lt", "lte", "between", "inq", "nin", "like", "nlike", "ilike", "nilike", "regexp", "near"),
    *("maxDistance", "unit", "options", "exists", "$gt", "$where", "bogus", "", "__proto__"),
)
QUERIES = (
    *("filter", "filter=", "filter=null", "%", "%zz=1", "filter=%ff", "a[b][c][d][e][f][g]=1", "where[", "&&&="),
    "filter[where]=x&filter={}",
)
USUAL_IDS = ("1", "2", "3", "4", "a", "b")
ODD_IDS = (
    *("999", "abc", "null", "%zz", "%00", "%2F", "1%2F2", "%FF", "1.5", "-1", "0x1", "1e400", "9" * 400, "%20", "..", "é", ""),
    *("true", "[1]", "{}", "%F0%9F%98%80"),
)
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO", "get")
ROUTES = (
    *(("GET", ""), ("GET", ""), ("GET", ""), ("GET", "/count"), ("GET", "/findOne"), ("GET", "/:id"), ("GET", "/:id/exists")),
    *(("HEAD", "/:id"), ("POST", ""), ("POST", ""), ("POST", ""), ("POST", "/update"), ("POST", "/upsertWithWhere")),
    *(("POST", "/replaceOrCreate"), ("PUT", ""), ("PATCH", ""), ("PUT", "/:id"), ("PATCH", "/:id"), ("PATCH", "/:id")),
    *(("POST", "/:id/replace"), ("DELETE", "/:id"), ("DELETE", ""), ("GET", "/good"), ("POST", "/good"), ("GET", "/change-stream")),
)
ROOTS = ("/api/things", "//api/Things", "/api//Things", "/api/Others", "/api", "/", "", "/api/Things/")
BODIES = (
    *(b"", b"{", b"nul", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 2000, b'{"a":' * 500, b'{"title":"a"}x', b"title=a&number=1"),
    *(b"a[b][c]=1&title=x", b"\x00"),
)
CONTENT_TYPES = (
    *("application/json; charset=utf-16", "application/json; charset=latin-9", "application/x-www-form-urlencoded"),
    *("text/plain", "multipart/form-data", "", ";;;"),
)
HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "HTTP_ACCEPT": ("application/json", "image/png", "application/xml", "text/html", "json;q=0", "", ",,;q=", "text/javascript"),
    "HTTP_CONTENT_ENCODING": ("gzip", "deflate", "br", "identity", ""),
    "HTTP_COOKIE": ("a=b", "===;;;", "a=\xff"),
    "HTTP_EXPECT": ("100-continue",),
    "HTTP_IF_MODIFIED_SINCE": ("yesterday", "Thu, 01 Jan 1970 00:00:00 GMT"),
    "HTTP_IF_NONE_MATCH": ("*", '"x"', "W/", ","),
    "HTTP_RANGE": ("bytes=0-1", "x"),
    "HTTP_X_HTTP_METHOD_OVERRIDE": ("DELETE",),
}


def escaped(text: str) -> str:
    """Text as part of a URL; half characters too."""
    return quote(text.encode("utf-8", "surrogatepass"))


class Maker:
    """Makes requests to the model Thing, served at /api/Things.

    Args:
        source: where all that is random comes from.
    """

    def __init__(self, source: random.Random) -> None:
        self._random = source

    def request(self) -> Request:
        """The next request."""
        verb, path = self._target()
        return verb, path, self._query(), self._headers(), self._body()

    def _of(self, choices: Any) -> Any:
        return self._random.choice(choices)

    def _sometimes(self, chance: float) -> bool:
        return self._random.random() < chance

    def _several(self, most: int) -> range:
        return range(self._random.randrange(most + 1))

    # -- values --------------------------------------------------------------

    def _value(self, depth: int = 3) -> Any:
        if depth == 0 or self._sometimes(0.6):
            return self._of(SCALARS)
        if self._sometimes(0.5):
            return [self._value(depth - 1) for _ in self._several(3)]
        return self._object(depth - 1)

    def _object(self, depth: int) -> Any:
        shape = self._of(("plain", "plain", "typed", "buffer", "point", "deep"))
        if shape == "typed":
            return {"$type": self._of(("date", "base64", "other")), "$data": self._value(depth)}
        if shape == "buffer":
            return {"type": "Buffer", "data": self._value(depth)}
        if shape == "point":
            return {"lat": self._of(SCALARS), "lng": self._of(SCALARS)}
        return self._deep(self._of((5, 40, 300))) if shape == "deep" else {self._of(KEYS): self._value(depth) for _ in self._several(3)}

    def _deep(self, levels: int) -> Any:
        found: Any = 1
        for _ in range(levels):
            found = {"a": found} if self._sometimes(0.5) else [found]
        return found

    # -- queries -------------------------------------------------------------

    def _where(self, depth: int = 3) -> Any:
        if self._sometimes(0.08):
            return self._value()
        return {self._of(KEYS): self._clause(depth) for _ in self._several(2)}

    def _clause(self, depth: int) -> Any:
        if depth and self._sometimes(0.3):
            inner = [self._where(depth - 1) for _ in self._several(3)]
            return self._of((inner, {str(place): one for place, one in enumerate(inner)}, self._where(depth - 1)))
        if self._sometimes(0.4):
            return self._value(1)
        return {self._of(OPERATORS): self._value(2) for _ in range(self._of((1, 1, 1, 2)))}

    def _filter(self) -> Any:
        if self._sometimes(0.08):
            return self._value()
        made = {
            "where": self._where, "order": self._order, "limit": self._value, "skip": self._value, "offset": self._value,
            "fields": self._fields, "include": self._value, "other": self._value,
        }  # fmt: skip
        return {name: made[name]() for name in self._random.sample(sorted(made), self._random.randrange(4))}

    def _order(self) -> Any:
        one, other = self._of(KEYS), self._of(KEYS)
        return self._of((one, f"{one} DESC", [one, f"{other} asc"], f"{one} sideways", f"{one},{other}", self._value()))

    def _fields(self) -> Any:
        one, other = self._of(KEYS), self._of(KEYS)
        return self._of(([one, other], {one: self._of(SCALARS)}, one, self._value()))

    def _query(self) -> str:
        if self._sometimes(0.05):
            return str(self._of(QUERIES))
        made = (("filter", self._filter()), ("where", self._where()))
        parts = [f"{name}={self._written(one)}" for name, one in made if self._sometimes(0.6)]
        parts += [self._brackets()] if self._sometimes(0.15) else []
        parts += [f"_format={self._of(('json', 'xml', 'js', 'html', 'x', ''))}"] if self._sometimes(0.1) else []
        return "&".join(parts)

    def _written(self, value: Any) -> str:
        return escaped(self._cut(json.dumps(value, ensure_ascii=self._sometimes(0.5))))

    def _cut(self, text: str) -> str:
        """The text, seldom without its end."""
        return text[: self._random.randrange(len(text) + 1)] if self._sometimes(0.04) else text

    def _brackets(self) -> str:
        path = "".join(f"[{escaped(self._of(KEYS))}]" for _ in range(self._random.randrange(1, 8)))
        return f"{self._of(('filter', 'where', 'filter[where]'))}{path}={escaped(str(self._of(SCALARS)))}"

    # -- targets -------------------------------------------------------------

    def _id(self) -> str:
        return str(self._of(USUAL_IDS if self._sometimes(0.6) else ODD_IDS))

    def _target(self) -> tuple[str, str]:
        """A verb and a path, mostly of a route that there is."""
        verb, below = self._of(ROUTES)
        if self._sometimes(0.1):
            verb, below = self._of(VERBS), self._of(("", "/:id", f"/:id/{self._id()}", "/nope"))
        root = self._of(ROOTS) if self._sometimes(0.1) else "/api/Things"
        return verb, root + below.replace(":id", self._id())

    # -- bodies --------------------------------------------------------------

    def _record(self) -> Any:
        if self._sometimes(0.1):
            return self._value()
        made = {self._of(KEYS): self._value(2) for _ in range(self._of((0, 0, 1, 1, 2, 3)))}
        made.update({name: one for name, one in FINE.items() if self._sometimes(0.15)})
        made.update({"title": self._of("abc")} if self._sometimes(0.9) else {})
        made.update({"id": self._of((1, 2, 3, 7, "1", "a", self._of(SCALARS)))} if self._sometimes(0.2) else {})
        return made

    def _body(self) -> bytes:
        if self._sometimes(0.05):
            return bytes(self._of(BODIES))
        value = [self._record() for _ in self._several(3)] if self._sometimes(0.15) else self._record()
        text = self._cut(json.dumps(value, ensure_ascii=self._sometimes(0.5)))
        return text.encode("utf-16" if self._sometimes(0.03) else "utf-8", "surrogatepass")

    def _headers(self) -> dict[str, str]:
        found = {"CONTENT_TYPE": self._of(CONTENT_TYPES) if self._sometimes(0.1) else "application/json"}
        return {**found, **{name: self._of(choices) for name, choices in HEADERS.items() if self._sometimes(0.03)}}
