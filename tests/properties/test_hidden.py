"""Non-interference: two stores that differ in hidden values only give the same answers to any requests.

Status, headers and body of every answer are compared, so neither contents nor order nor number of rows may depend on what is hidden.
Left out: rules about hidden values themselves (a hidden property that must be unique tells by a refusal whether a value is taken),
and default scopes that sort by what is hidden; both are the application's own choice to tell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lbpy
from lbpy import Model, PersistedModel
from lbpy.data.bound import bound_of
from lbpy.model.declare import class_from_json
from lbpy.testing import Client

from .conftest import STORES, proof

DEEPEST = {"name": "Deepest", "properties": {"text": "string", "key": "string"}, "hidden": ["key"]}
INNER = {
    "name": "Inner",
    "properties": {"text": "string", "pin": "string", "mine": "string", "deep": "Deepest"},
    "hidden": ["pin"],
    "protected": ["mine"],
}
THING = {
    "name": "Thing",
    "properties": {
        "title": "string",
        "stars": "number",
        "secret": "string",
        "code": "number",
        "mine": "string",
        "inner": "Inner",
        "inners": ["Inner"],
        "codes": ["number"],
    },
    "hidden": ["secret", "code", "codes", "loose"],
    "protected": ["mine"],
    "scopes": {"good": {"where": {"stars": {"gt": 0}}}},
}

# -- data that differs in what is hidden only ------------------------------------

WORDS = st.sampled_from(["", "a", "b", "c", "zz", "guess"])
NUMBERS = st.sampled_from([0, 1, 2, 7, -3, 100])


def _some(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=parts)


HIDDEN_DEEP = _some(key=WORDS)
HIDDEN_INNER = _some(pin=WORDS)
HIDDEN = _some(secret=WORDS, code=st.none() | NUMBERS, codes=st.lists(NUMBERS, max_size=2), loose=WORDS)
OPEN_INNER = _some(text=st.none() | WORDS, mine=WORDS, deep=_some(text=WORDS))
OPEN = _some(title=st.none() | WORDS, stars=st.none() | NUMBERS, mine=WORDS, inner=OPEN_INNER, inners=st.lists(OPEN_INNER, max_size=2))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two rows that look the same from outside."""
    row = draw(OPEN)
    one, other = (_with_hidden(draw, row) for _ in range(2))
    return one, other


def _with_hidden(draw: st.DrawFn, row: dict[str, Any]) -> dict[str, Any]:
    row = {**row, **draw(HIDDEN)}
    if "inner" in row:
        row["inner"] = _inner(draw, row["inner"])
    if "inners" in row:
        row["inners"] = [_inner(draw, one) for one in row["inners"]]
    return row


def _inner(draw: st.DrawFn, inner: dict[str, Any]) -> dict[str, Any]:
    deep = {"deep": {**inner["deep"], **draw(HIDDEN_DEEP)}} if "deep" in inner else {}
    return {**inner, **draw(HIDDEN_INNER), **deep}


# -- requests --------------------------------------------------------------------

NAMES = st.sampled_from(
    [
        *("id", "title", "stars", "mine", "inner", "inners", "unknown", "secret", "code", "codes", "loose"),
        *("inner.text", "inner.pin", "inner.mine", "inner.deep.text", "inner.deep.key", "inner.deep", "inners.text", "inners.pin"),
        *("inners.0.pin", "inners.deep.key", "secret.length", "codes.0", "loose.x", "title.secret", "id.secret", "secret "),
    ]
)
VALUES = st.none() | WORDS | NUMBERS | st.booleans()
CLAUSES = st.one_of(
    VALUES,
    st.builds(lambda name, value: {name: value}, st.sampled_from(["eq", "neq", "gt", "gte", "lt", "lte", "like", "regexp"]), VALUES),
    st.builds(lambda name, values: {name: values}, st.sampled_from(["inq", "nin", "between"]), st.lists(VALUES, max_size=2)),
    st.sampled_from([{"pin": "guess"}, {"deep": {"key": "guess"}}, {"exists": True}, {}]),
)
SPYING = st.one_of(
    st.builds(
        lambda name, operator, value: {name: {operator: value}},
        st.sampled_from(["secret", "loose", "inner.pin", "inners.pin", "inner.deep.key", "inners.0.pin"]),
        st.sampled_from(["eq", "neq", "gt", "lte"]),
        WORDS,
    ),
    st.builds(lambda name, value: {name: {"gt": value}}, st.sampled_from(["code", "codes"]), NUMBERS),
    st.builds(lambda name, values: {name: {"inq": values}}, st.sampled_from(["secret", "inner.pin", "loose"]), st.lists(WORDS, min_size=2)),
    st.builds(lambda name: {name: None}, st.sampled_from(["secret", "code", "loose", "inner.pin", "codes"])),
)
WHERES = st.recursive(
    st.one_of(SPYING, st.dictionaries(NAMES, CLAUSES, max_size=2)),
    lambda one: st.builds(lambda name, parts: {name: parts}, st.sampled_from(["and", "or", "nor"]), st.lists(one, max_size=2)),
    max_leaves=3,
)
SPIES = st.sampled_from(["secret", "code", "loose", "inner.pin", "inner.deep.key"])
TOKENS = st.builds(lambda name, direction: f"{name} {direction}".strip(), SPIES | NAMES, st.sampled_from(["", "ASC", "DESC", "desc"]))
FIELDS = st.lists(NAMES, max_size=3) | st.dictionaries(NAMES, st.booleans(), max_size=3) | NAMES
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "where": WHERES,
        "order": TOKENS | st.lists(TOKENS, max_size=2),
        "limit": st.integers(0, 3),
        "skip": st.integers(0, 2),
        "fields": FIELDS,
        "include": NAMES,
    },
)
IDS = st.sampled_from(["1", "2", "3", "9", "abc", "null"])
BODIES = st.builds(lambda one, hidden: {**one, **hidden}, OPEN, st.one_of(st.just({}), HIDDEN))
CHANGES = st.builds(lambda body, more: {**body, **more}, BODIES, _some(inner=_some(text=WORDS, pin=WORDS), unknown=WORDS))
ID_BODIES = st.builds(lambda body, id: {**body, **({} if id is None else {"id": id})}, CHANGES, st.sampled_from([None, 1, 2, 9, "x"]))


def _get(path: str, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, str, dict[str, Any], Any]]:
    return st.builds(lambda query: ("GET", path, query, None), st.fixed_dictionaries({}, optional=parts))


def _send(method: str, path: str, bodies: st.SearchStrategy[Any], **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(lambda query, body: (method, path, query, body), st.fixed_dictionaries(parts), bodies)


def _on_one(method: str, below: str, bodies: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(lambda id, body, filter: (method, f"/{id}{below}", filter, body), IDS, bodies, _some(filter=FILTERS))


REQUESTS = st.one_of(
    *[_get("", filter=FILTERS)] * 6,
    _get("/findOne", filter=FILTERS),
    *[_get("/count", where=WHERES)] * 3,
    _get("/good", filter=FILTERS),
    _get("/good/count", where=WHERES),
    _on_one("GET", "", st.none()),
    _on_one("GET", "/exists", st.none()),
    _on_one("HEAD", "", st.none()),
    _send("POST", "", BODIES | st.lists(BODIES, max_size=2)),
    _send("POST", "/good", BODIES),
    _send("PUT", "", ID_BODIES),
    _send("PATCH", "", ID_BODIES),
    _send("POST", "/replaceOrCreate", ID_BODIES),
    _on_one("PATCH", "", ID_BODIES),
    _on_one("PUT", "", ID_BODIES),
    _on_one("DELETE", "", st.none()),
    _send("POST", "/update", CHANGES, where=WHERES),
    _send("POST", "/upsertWithWhere", CHANGES, where=WHERES),
    _send("DELETE", "", st.none(), where=WHERES),
)

# -- the proof -------------------------------------------------------------------

Answer = tuple[int, dict[str, str], bytes]


class Side:
    """One of the two stores, behind an application of its own."""

    def __init__(self, app: lbpy.App, spec: dict[str, Any]) -> None:
        for one in (DEEPEST, INNER):
            app.model(class_from_json(one, Model), public=False)
        self.thing = class_from_json(spec, PersistedModel)
        app.attach(self.thing, "db")
        app.serve(self.thing, everything=True, switches=(("destroyAll", True),))
        self._client = Client(app)

    def fill(self, rows: list[dict[str, Any]]) -> None:
        """Put rows in the place of all that there are, by the ids 1 to n."""
        bound = bound_of(self.thing)
        assert issubclass(self.thing, PersistedModel)
        self.thing.destroy_all()
        for place, row in enumerate(rows, 1):
            read, problems = bound.reader.read({"id": place, **row})
            assert all(one.code == "unknown-property" for one in problems)
            bound.store.create(read)

    def ask(self, method: str, path: str, query: dict[str, Any], body: Any) -> Answer:
        """The whole answer to one request."""
        got = self._client.request(method, f"/api/Things{path}", params=query, json=body)
        return got.status, dict(got.headers), got.body


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=[{}, {"forceId": False}, {"strict": True}, {"strict": "filter"}], ids=["plain", "free-ids", "strict", "filtering"])
def sides(request: pytest.FixtureRequest, make_app: Callable[[str], lbpy.App], store: str) -> tuple[Side, Side]:
    return Side(make_app(store), {**THING, **request.param}), Side(make_app(store), {**THING, **request.param})


@given(rows=st.lists(pairs(), min_size=3, max_size=5), requests=st.lists(REQUESTS, min_size=1, max_size=8))
@proof(40)
def test_no_answer_depends_on_what_is_hidden(
    sides: tuple[Side, Side], rows: list[tuple[dict[str, Any], dict[str, Any]]], requests: list[tuple[str, str, dict[str, Any], Any]]
) -> None:
    for side, which in zip(sides, (0, 1), strict=True):
        side.fill([pair[which] for pair in rows])
    for request in [*requests, ("GET", "", {}, None)]:
        one, other = (side.ask(*request) for side in sides)
        assert one == other, request
        assert one[0] < 500


MARK = "nobody-may-see-this"


@given(rows=st.lists(pairs(), min_size=1, max_size=3), requests=st.lists(REQUESTS, min_size=1, max_size=8))
@proof(40)
def test_no_answer_contains_what_is_hidden(
    sides: tuple[Side, Side], rows: list[tuple[dict[str, Any], dict[str, Any]]], requests: list[tuple[str, str, dict[str, Any], Any]]
) -> None:
    side = sides[0]
    side.fill([{**pair[0], "secret": MARK, "inner": {"pin": MARK, "deep": {"key": MARK}}, "inners": [{"pin": MARK}]} for pair in rows])
    for request in [*requests, ("GET", "", {}, None)]:
        _, headers, body = side.ask(*request)
        assert MARK not in body.decode(), request
        assert MARK not in str(headers), request
