"""Non-interference with users and rules: what a caller may not read changes no byte of any answer to that caller.

Two worlds differ in hidden properties, in the contents of records that rules keep from the caller, in records that are deleted, and in
everything about models that are closed: which records there are included. Left out is what is told by intent: that a relation holds some
record of somebody else (one refused record refuses the request), what is written through a relation to a closed model, and sign-up, which
says by 422 that an address is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lbpy
from lbpy import Model, PersistedModel, allow, deny
from lbpy.contrib.models import AccessToken, User
from lbpy.data.bound import bound_of
from lbpy.model.declare import class_from_json
from lbpy.query.nodes import EVERY_ROW
from lbpy.testing import Client

from .conftest import STORES, proof

CLOSED: Final = deny("$everyone")
CALLERS: Final = ("", "ann", "bob")
OWNERS: Final = {"": None, "ann": 1, "bob": 2}

# -- the models ----------------------------------------------------------------------


def has_many(model: str, key: str, **more: Any) -> dict[str, Any]:
    return {"type": "hasMany", "model": model, "foreignKey": key, **more}


def belongs_to(model: str, key: str) -> dict[str, Any]:
    return {"type": "belongsTo", "model": model, "foreignKey": key}


READABLE: Final = [CLOSED, allow("$everyone", "READ")]
TEXTS: Final = {"text": "string", "stars": "number", "pin": "string"}
NESTED: Final = {"options": {"nestRemoting": True}}
KEPT: Final = {"mixins": {"SoftDelete": {"builtin": True}}}
SPECS: Final[list[tuple[dict[str, Any], type[Model]]]] = [
    ({"name": "Customer", "plural": "customers", "saltWorkFactor": 4, "relations": {
        "accessTokens": has_many("AccessToken", "userId"), "notes": has_many("Note", "userId"), "boxes": has_many("Box", "userId"),
    }}, User),
    ({"name": "AccessToken", "relations": {"user": belongs_to("Customer", "userId")}}, AccessToken),
    ({"name": "Shelf", "plural": "shelves", "properties": TEXTS, "hidden": ["pin"], "acls": READABLE, "relations": {
        "notes": has_many("Note", "shelfId", **NESTED), "secrets": has_many("Secret", "shelfId"), "barred": has_many("Note", "shelfId"),
        "firsts": has_many("Note", "shelfId", scope={"where": {"userId": 1}, "include": "shelf", "limit": 1}),
        "boxes": has_many("Box", "shelfId", **NESTED), "full": has_many("Box", "shelfId", scope={"include": {"notes": "secrets"}}),
    }, "scopes": {
        "starred": {"where": {"stars": {"gt": 0}}}, "noted": {"include": ["firsts", "barred"]}, "boxed": {"include": "boxes", "limit": 1},
    }}, PersistedModel),
    ({"name": "Box", "plural": "boxes", "properties": TEXTS, "hidden": ["pin"], "acls": READABLE, "scope": {"include": "notes"},
      "relations": {"shelf": belongs_to("Shelf", "shelfId"), "notes": has_many("Note", "boxId", **NESTED)},
      "scopes": {"starred": {"where": {"stars": {"gt": 0}}, "limit": 1}}}, PersistedModel),
    ({"name": "Note", "plural": "notes", "properties": TEXTS, "hidden": ["pin"], "acls": [CLOSED, allow("$owner")], "relations": {
        "shelf": belongs_to("Shelf", "shelfId"), "customer": belongs_to("Customer", "userId"), "box": belongs_to("Box", "boxId"),
        "secrets": has_many("Secret", "noteId"), "boxes": has_many("Box", "noteId"),
    }, **KEPT}, PersistedModel),
    ({"name": "Secret", "plural": "secrets", "properties": TEXTS, "acls": [CLOSED], "relations": {
        "shelf": belongs_to("Shelf", "shelfId"), "note": belongs_to("Note", "noteId"),
    }, **KEPT}, PersistedModel),
]  # fmt: skip

# -- two worlds ------------------------------------------------------------------------

WORDS = st.sampled_from(["", "a", "b", "zz", "guess"])
NUMBERS = st.none() | st.sampled_from([0, 1, 7, 100])
IDS = st.sampled_from([1, 2])
PLACED = st.tuples(IDS, IDS, st.sampled_from([1, 1, 2]))


def _some(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=parts)


OPEN = _some(text=st.none() | WORDS, stars=NUMBERS)
Rows = dict[str, list[dict[str, Any]]]
Place = tuple[int, int, int]
"""The shelf of a note, its box, and its owner."""
Note = tuple[Place, dict[str, Any]]
Box = tuple[int, int, dict[str, Any]]
"""The shelf of a box, its note, and the rest."""


@dataclass(frozen=True)
class Worlds:
    """Who calls, and the rows of two worlds that look the same to that caller."""

    caller: str
    one: Rows
    other: Rows


@st.composite
def worlds(draw: st.DrawFn) -> Worlds:
    caller = draw(st.sampled_from(CALLERS))
    shelves = draw(st.lists(OPEN, min_size=2, max_size=2))
    boxes = draw(st.lists(st.tuples(IDS, IDS, OPEN), max_size=2))
    notes = draw(st.lists(st.tuples(PLACED, OPEN), max_size=4))
    return Worlds(caller, *(_world(draw, mark, OWNERS[caller], shelves, boxes, notes) for mark in ("one", "other")))


def _world(
    draw: st.DrawFn, mark: str, owner: int | None, shelves: list[dict[str, Any]], boxes: list[Box], notes: list[Note]
) -> Rows:
    """The rows of one world: what the caller may not read is its own, and marked, so that the two differ for certain."""

    def unreadable(**more: Any) -> dict[str, Any]:
        return {**draw(OPEN), "text": f"{mark} {draw(WORDS)}", **more}

    return {
        "Customer": [{"id": id, **_user(draw, id, readable=id == owner)} for id in (1, 2, 3)],
        "Shelf": [{"id": id, **one, "pin": mark} for id, one in enumerate(shelves, 1)],
        "Box": [{"id": id, "shelfId": shelf, "noteId": note, **one, "pin": mark} for id, (shelf, note, one) in enumerate(boxes, 1)],
        "Note": [
            *(
                {**(one if place[2] == owner else unreadable()), "id": id, **_placed(place), "pin": mark}
                for id, (place, one) in enumerate(notes, 1)
            ),
            *(unreadable(id=id, **_placed(draw(PLACED)), deletedAt="2020-01-01") for id in (98, 99)),
        ],
        "Secret": [unreadable(id=id, shelfId=draw(IDS), noteId=draw(IDS)) for id in range(1, 1 + draw(st.integers(0, 3)))],
    }


def _placed(place: Place) -> dict[str, Any]:
    return dict(zip(("shelfId", "boxId", "userId"), place, strict=True))


def _user(draw: st.DrawFn, id: int, *, readable: bool) -> dict[str, Any]:
    hidden = {"password": f"$2a$04${draw(st.sampled_from('xyz')) * 53}", "verificationToken": draw(st.none() | WORDS)}
    told = {} if readable else draw(_some(username=WORDS, realm=WORDS, emailVerified=st.booleans()))
    name = "same" if readable else draw(st.sampled_from(["p", "q"]))
    return {"email": f"{name}{id}@example.com", **told, **hidden}


class Side:
    """One of the two worlds behind an application of its own."""

    def __init__(self, app: lbpy.App, status: int) -> None:
        app.settings["aclErrorStatus"] = status
        self.models = {str(spec["name"]): class_from_json(spec, base) for spec, base in SPECS}
        app.attach_all([(one, "db") for one in self.models.values()])
        app.enable_auth(data_source="db")
        for one in self.models.values():
            app.serve(one, everything=True, switches=(("destroyAll", True),))
        self._client = Client(app)

    def fill(self, rows: Rows) -> None:
        """Put rows in the place of all that there are, and a session of each user; past all hooks, since hashing takes time."""
        tokens = [{"id": name, "userId": id, "ttl": 3600, "created": "2100-01-01"} for name, id in OWNERS.items() if id]
        for name, wanted in {**rows, "AccessToken": tokens}.items():
            model = self.models[name]
            assert issubclass(model, PersistedModel)
            bound = bound_of(model)
            model.destroy_all()
            bound.store.delete(EVERY_ROW)  # those that are marked only
            for row in wanted:
                bound.store.create(bound.reader.read(row)[0])

    def ask(self, caller: str, method: str, path: str, query: dict[str, Any], body: Any) -> tuple[int, dict[str, str], bytes]:
        """The whole answer to one request."""
        text = "&".join(f"{name}={quote(orjson.dumps(one))}" for name, one in query.items())
        sent: dict[str, Any] = {} if body is None else {"json": body}
        headers = {"Authorization": caller} if caller else {}
        got = self._client.request(method, f"/api{path}{'?' if text else ''}{text}", headers=headers, **sent)
        return got.status, dict(got.headers), got.body


# -- requests ----------------------------------------------------------------------------

RELATIONS: Final = {
    "shelves": ["notes", "secrets", "barred", "firsts", "boxes", "full"],
    "boxes": ["shelf", "notes"],
    "notes": ["shelf", "customer", "box", "secrets", "boxes"],
    "secrets": ["shelf", "note"],
    "customers": ["notes", "boxes", "accessTokens"],
}
ENDS: Final = {
    **dict.fromkeys(["notes", "note", "barred", "firsts"], "notes"), **dict.fromkeys(["boxes", "box", "full"], "boxes"),
    "secrets": "secrets", "shelf": "shelves", "customer": "customers",
}  # fmt: skip
"""The plural at the other end of a relation."""

NESTS: Final = {("shelves", "notes"), ("shelves", "boxes"), ("boxes", "notes")}
SCOPES: Final = {"shelves": ["starred", "noted", "boxed"], "boxes": ["starred"]}

NAMES = st.sampled_from(["id", "text", "stars", "pin", "userId", "shelfId", "email", "username", "password", "verificationToken", "realm"])
VALUES = st.none() | WORDS | NUMBERS | st.booleans()
OPERATORS = ["neq", "gt", "lte", "like", "regexp"]
CLAUSES = st.one_of(
    VALUES,
    st.builds(lambda name, value: {name: value}, st.sampled_from(OPERATORS), VALUES),
    st.builds(lambda values: {"inq": values}, st.lists(VALUES, max_size=2)),
)


@cache
def wheres(plural: str, depth: int = 2) -> st.SearchStrategy[Any]:
    """Conditions on a model, on related records too."""
    plain = st.dictionaries(NAMES, CLAUSES, max_size=1)
    if not depth:
        return plain
    followed = [name for name in RELATIONS[plural] if name in ENDS]
    related = [st.builds(lambda inner, name=name: {name: inner}, wheres(ENDS[name], depth - 1)) for name in followed]
    joined = st.builds(
        lambda word, parts: {word: parts}, st.sampled_from(["and", "or", "nor"]), st.lists(st.one_of(plain, *related), max_size=2)
    )
    return either(plain, either(*related), joined) if related else either(plain, joined)


ORDERS = st.builds(lambda name, way: f"{name} {way}", NAMES, st.sampled_from(["ASC", "DESC"]))


def either(*choices: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One of several, each as likely; `one_of` would count the choices inside of each."""
    return st.integers(0, len(choices) - 1).flatmap(lambda at: choices[at])


@cache
def filters(plural: str, depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """Filters of a model, includes within includes among them."""
    page = _some(order=ORDERS, limit=st.integers(0, 3), skip=st.integers(0, 1))
    where = st.builds(lambda given: {"where": given}, wheres(plural))
    plain = st.one_of(st.just({}), page, where, _some(fields=st.lists(NAMES, max_size=2)))
    if not depth:
        return plain
    alone = st.builds(lambda given: {"include": given}, includes(plural, depth))
    return either(plain, alone, st.builds(lambda rest, more: {**rest, **more}, plain, alone))


@cache
def includes(plural: str, depth: int) -> st.SearchStrategy[Any]:
    """What may stand at `include`, and a name that is no relation now and then."""
    known = either(*(_included(name, depth) for name in RELATIONS[plural]))
    return either(known, known, known, st.lists(known, max_size=2), st.sampled_from(["unknown", "user"]))


def _included(name: str, depth: int) -> st.SearchStrategy[Any]:
    if name not in ENDS:
        return st.just(name)
    scoped = st.builds(lambda scope: {"relation": name, "scope": scope}, filters(ENDS[name], depth - 1))
    return either(st.just(name), scoped)


BODIES = st.builds(lambda one, more: {**one, **more}, OPEN, _some(id=IDS, userId=IDS, shelfId=IDS, pin=WORDS))

Request = tuple[str, str, dict[str, Any], Any]
PLACES = st.sampled_from(["1", "1", "2", "2", "3", "9", "x"])


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Any request, mostly one that reads."""
    plural = draw(st.sampled_from(["shelves", "shelves", "boxes", "boxes", "notes", "secrets", "customers"]))
    relation, place, key = draw(st.sampled_from(RELATIONS[plural])), draw(PLACES), draw(PLACES)
    if draw(st.integers(0, 4)):
        return draw(_reading(plural, f"/{plural}/{place}", f"/{plural}/{place}/{relation}", relation, key))
    written = "boxes" if relation == "secrets" else relation
    return draw(_writing(plural, f"/{plural}/{place}", f"/{plural}/{place}/{written}", key))


@cache
def _reading(plural: str, one: str, below: str, relation: str, key: str) -> st.SearchStrategy[Request]:
    end = ENDS.get(relation, "customers")
    return either(
        *[_get(f"/{plural}", filter=filters(plural))] * 4,
        _get(f"/{plural}/findOne", filter=filters(plural)),
        _get(f"/{plural}/count", where=wheres(plural)),
        _get(one, filter=filters(plural)),
        _get(f"{one}/exists"),
        *[_get(below, filter=filters(end))] * 2,
        _get(f"{below}/count", where=wheres(end)),
        _get(f"{below}/{key}"),
        *_scoped(plural),
        *(_nested(below, ENDS[relation], key) if (plural, relation) in NESTS else ()),
    )


def _scoped(plural: str) -> Iterator[st.SearchStrategy[Request]]:
    """Routes of named scopes."""
    for name in SCOPES.get(plural, ()):
        yield _get(f"/{plural}/{name}", filter=filters(plural))
        yield _get(f"/{plural}/{name}/count", where=wheres(plural))


def _nested(below: str, end: str, key: str) -> Iterator[st.SearchStrategy[Request]]:
    """Routes through a relation that is nested."""
    for name in RELATIONS[end]:
        yield _get(f"{below}/{key}/{name}", filter=filters(ENDS[name]))
        yield from (_get(f"{below}/{key}/{name}/{more}") for more in ("count", "1"))


def _get(path: str, **query: st.SearchStrategy[Any]) -> st.SearchStrategy[Request]:
    return st.builds(lambda verb, parts: (verb, path, parts, None), st.sampled_from(["GET", "GET", "HEAD"]), st.fixed_dictionaries(query))


@cache
def _writing(plural: str, one: str, below: str, key: str) -> st.SearchStrategy[Request]:
    where = st.builds(lambda given: {"where": given}, wheres(plural))
    many = [f"/{plural}/update", f"/{plural}/upsertWithWhere"]
    return either(
        st.builds(lambda path, query, body: ("POST", path, query, body), st.sampled_from(many), where, BODIES),
        st.builds(lambda verb, body: (verb, one, {}, body), st.sampled_from(["PUT", "PATCH", "DELETE"]), BODIES),
        st.builds(lambda verb, body: (verb, f"/{plural}", {}, body), st.sampled_from(["PUT", "PATCH", "POST"]), BODIES),
        st.builds(lambda body: ("POST", below, {}, body), BODIES),
        st.builds(lambda verb, body: (verb, f"{below}/{key}", {}, body), st.sampled_from(["PUT", "DELETE"]), BODIES),
        st.builds(lambda name: ("POST", "/customers/reset", {}, {"email": f"{name}2@example.com"}), st.sampled_from(["p", "q"])),
    )


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=[401, 403, 404])
def sides(request: pytest.FixtureRequest, make_app: Callable[[str], lbpy.App], store: str) -> tuple[Side, Side]:
    return Side(make_app(store), request.param), Side(make_app(store), request.param)


@given(both=worlds(), asked=st.lists(requests(), min_size=3, max_size=10))
@proof(60)
def test_no_answer_depends_on_what_the_caller_may_not_read(sides: tuple[Side, Side], both: Worlds, asked: list[Request]) -> None:
    for side, rows in zip(sides, (both.one, both.other), strict=True):
        side.fill(rows)
    for request in [*asked, ("GET", "/shelves", {"filter": {"order": "id ASC"}}, None)]:
        one, other = (side.ask(both.caller, *request) for side in sides)
        assert one == other, (both.caller, request)
        assert one[0] < 500
