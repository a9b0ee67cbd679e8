"""Who reads a record does not depend on the path: users, roles, rules and paths in every combination that hypothesis thinks of.

A path to a record (relation, include, count, exists, nested, a scope that includes) is open to a caller exactly where the list of its model
is, or where each record at its end is open by itself; a condition on related records where the list is. Deleted records count nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

import lbpy
from lbpy import Model, PersistedModel, allow, deny
from lbpy.contrib.models import AccessToken, Role, RoleMapping, RoleRequest, User
from lbpy.model.declare import class_from_json
from lbpy.testing import Client

from .conftest import proof

POLYMORPHIC: Final = {"foreignKey": "userId", "discriminator": "principalType"}
TOKENS_OF_ALL: Final = {"type": "hasMany", "model": "Badge", "foreignKey": "userId", "polymorphic": POLYMORPHIC}
USER_OF_ANY: Final = {"type": "belongsTo", "idName": "id", "polymorphic": {"idType": "number", **POLYMORPHIC}}

# -- what there is -----------------------------------------------------------------

MAPPED, RESOLVED = "helper", "reader"
PRINCIPALS = ("$everyone", "$authenticated", "$unauthenticated", "$owner", "$related", MAPPED, RESOLVED, "nobody")
CALLERS = ("", "ann", "bob", "eve")
"""Nobody; two users of the first model, with the ids 1 and 2; one of the second model, with the id 1."""


@dataclass(frozen=True)
class Case:
    """One world: rules and settings of the notes, whose they are, who is in which role, whether there are several user models."""

    notes: list[Any]
    owners: list[int]
    mapped: frozenset[str]
    resolved: frozenset[str]
    several: bool
    settings: Mapping[str, Any]


METHODS = st.sampled_from(["*", "*", "*", "find", "findById", "count", "exists", ["find", "findById"]])
RULE = st.builds(
    lambda make, who, access, method: make(who, access, method=method),
    st.sampled_from([allow, deny]),
    st.sampled_from([*PRINCIPALS, "USER:1", "Customer:1", "Staff:1"]),
    st.sampled_from(["*", "READ", "EXECUTE", "WRITE"]),
    METHODS,
)
OPENINGS = st.sampled_from([[], [deny("$everyone")], [deny("$everyone"), allow("$owner")]])
RULES = st.builds(lambda first, rest: [*first, *rest], OPENINGS, st.lists(RULE, max_size=3))
SOME = st.frozensets(st.sampled_from(CALLERS[1:]))
SETTINGS = st.sampled_from(
    [
        *({}, {}, {"aclErrorStatus": 403}, {"aclErrorStatus": 404}, {"defaultPermission": "DENY"}, {"ownerRelations": True}),
        {"scope": {"include": "shelf", "order": "text DESC", "limit": 1}},
    ]
)
CASES = st.builds(Case, RULES, st.lists(st.sampled_from([1, 2]), max_size=2), SOME, SOME, st.booleans(), SETTINGS)


def has_many(model: str, key: str, **more: Any) -> dict[str, Any]:
    return {"type": "hasMany", "model": model, "foreignKey": key, **more}


def belongs_to(model: str, key: str) -> dict[str, Any]:
    return {"type": "belongsTo", "model": model, "foreignKey": key}


KEPT: Final = {"mixins": {"SoftDelete": {"builtin": True}}}
"""What is deleted is marked and hidden."""


def specs(case: Case) -> Iterator[tuple[dict[str, Any], type[Model]]]:
    """The models: rooms have shelves and cabinets, both have notes, marks belong to notes; a note belongs to a customer.

    Notes are included by the default scope of cabinets, by the scope `noted` of shelves, by the scope of the relation `stocked` of rooms.
    """
    tokens = TOKENS_OF_ALL if case.several else has_many("Badge", "userId")
    users = {"saltWorkFactor": 4, "relations": {"accessTokens": tokens}}
    yield {"name": "Customer", "plural": "customers", **users}, User
    yield {"name": "Staff", "plural": "staff", **users}, User
    yield {"name": "Badge", "relations": {"user": USER_OF_ANY if case.several else belongs_to("Customer", "userId")}}, AccessToken
    nested, noted = {"options": {"nestRemoting": True}}, {"scope": {"include": "notes"}}
    room = {
        "shelves": has_many("Shelf", "roomId", **nested),
        "stocked": has_many("Shelf", "roomId", **noted),
        "cabinets": has_many("Cabinet", "roomId"),
    }
    yield {"name": "Room", "plural": "rooms", "relations": room}, PersistedModel
    shelf = {"notes": has_many("Note", "shelfId"), "firsts": has_many("Note", "shelfId", scope={"where": {"text": "of 1"}})}
    scopes = {"noted": {"include": "notes"}, "first": {"where": {"id": 1}}}
    yield {"name": "Shelf", "plural": "shelves", "relations": shelf, "scopes": scopes, **KEPT}, PersistedModel
    yield {"name": "Cabinet", "plural": "cabinets", "relations": {"notes": has_many("Note", "shelfId")}, **noted}, PersistedModel
    note = {"customer": belongs_to("Customer", "userId"), "shelf": belongs_to("Shelf", "shelfId")}
    text = {"properties": {"text": "string"}}
    yield {"name": "Note", "plural": "notes", "acls": case.notes, "relations": note, **text, **KEPT, **case.settings}, PersistedModel
    yield {"name": "Mark", "plural": "marks", "relations": {"note": belongs_to("Note", "noteId")}}, PersistedModel


class World:
    """An application made for one case, with its rows; tokens are called as their users are."""

    def __init__(self, app: lbpy.App, case: Case) -> None:
        self.app = app
        db = app.data_source("db", connector="memory")
        models = [class_from_json(spec, base) for spec, base in specs(case)]
        app.attach_all([(one, db) for one in models])
        app.enable_auth(data_source=db)
        for one in models:
            app.serve(one, everything=True)
        self._fill(case)
        self._client = Client(app)

    def _fill(self, case: Case) -> None:
        for name, model in {"ann": "Customer", "bob": "Customer", "eve": "Staff"}.items():
            self._user(name, model, case)
        self._make("Room")
        self._make("Shelf", roomId=1)
        self._make("Cabinet", roomId=1)
        for owner in case.owners:
            self._make("Mark", noteId=self._make("Note", text=f"of {owner}", shelfId=1, userId=owner)["id"])
        gone = self._make("Shelf", roomId=1, deletedAt="2020-01-01")
        for owner in (1, 2):
            self._make("Note", text="of 1", shelfId=gone["id"], userId=owner)
            self._make("Mark", noteId=self._make("Note", text="of 1", shelfId=1, userId=owner, deletedAt="2020-01-01")["id"])
        names = {name: self._principal(name, case.several) for name in case.resolved}

        def is_reader(request: RoleRequest) -> bool:
            user = request.user
            return user is not None and (user.type, user.id) in names.values()

        self.app[Role].resolver(RESOLVED)(is_reader)

    def _user(self, name: str, model: str, case: Case) -> None:
        self._make(model, email=f"{name}@example.com", password="secret")
        kind, id = self._principal(name, case.several)
        told = {"principalType": kind} if case.several else {}
        if case.several or model == "Customer":
            self._make("Badge", id=name, userId=id, ttl=3600, **told)
        if name in case.mapped:
            role = self.app[Role].find_one({"name": MAPPED}) or self.app[Role].create({"name": MAPPED})
            self.app[RoleMapping].create({"roleId": role["id"], "principalType": kind, "principalId": str(id)})

    @staticmethod
    def _principal(name: str, several: bool) -> tuple[str, int]:
        model, id = {"ann": ("Customer", 1), "bob": ("Customer", 2), "eve": ("Staff", 1)}[name]
        return (model if several else "USER"), id

    def _make(self, model: str, **row: Any) -> Any:
        found = self.app.registry.model(model)
        assert issubclass(found, PersistedModel)
        return found.create(row)

    def refuses(self, verb: str, path: str, caller: str) -> bool:
        """Whether a request is refused; what is not answers well, or that there is nothing. A HEAD has to be of what is there."""
        answer = self._client.request(verb, f"/api{path}", headers={"Authorization": caller} if caller else {})
        assert answer.status < 500, (verb, path, answer.body)
        closed = answer.status == 404 and (verb == "HEAD" or b"could not find Note with id" in answer.body)
        refused = closed or answer.status in (401, 403)
        assert refused or answer.status in (200, 404), (verb, path, answer.status, answer.body)
        return refused


@contextmanager
def world(case: Case) -> Iterator[World]:
    with lbpy.App() as app:
        yield World(app, case)


# -- paths ---------------------------------------------------------------------------


def asking(**filter: Any) -> str:
    return f"?filter={quote(json.dumps(filter))}"


def include(*names: str, **scope: Any) -> Any:
    """An include of one name below the other, with a scope at its end."""
    head, *rest = names
    inner = {"include": include(*rest, **scope)} if rest else scope
    return {"relation": head, "scope": inner} if inner else head


OF_FIRST: Final = {"text": "of 1"}


def where(**condition: Any) -> str:
    return f"?where={quote(json.dumps(condition))}"


def paths_to_all(ids: list[int]) -> list[tuple[str, str]]:
    """Paths that reach all notes."""
    return [
        ("GET", "/shelves/1/notes"),
        ("HEAD", "/shelves/1/notes"),
        ("GET", "/shelves/1/notes/count"),
        ("GET", f"/shelves/1/notes/count{where(**OF_FIRST)}"),
        ("GET", f"/shelves/1/notes{asking(where=OF_FIRST, limit=1)}"),
        ("GET", f"/shelves/1/notes{asking(where={'text': 'nobody'})}"),
        *(("GET", f"/shelves/1/notes/{id}") for id in ids),
        *(("HEAD", f"/shelves/1/notes/{id}") for id in ids),
        ("GET", f"/shelves{asking(include='notes')}"),
        ("GET", f"/shelves/1{asking(include=['notes'])}"),
        ("GET", f"/shelves/findOne{asking(include={'notes': 'shelf'}, limit=5)}"),
        ("GET", f"/shelves{asking(include=include('notes', where=OF_FIRST, fields=['id']))}"),
        ("GET", f"/rooms{asking(include=include('shelves', 'notes', limit=1))}"),
        ("GET", f"/rooms/1/shelves{asking(include='notes')}"),
        ("GET", f"/rooms/1/shelves/1/notes{asking(include='shelf', limit=1)}"),
        ("HEAD", "/rooms/1/shelves/1/notes"),
        *(("GET", f"/rooms/1/shelves/1/notes/{id}") for id in ids),
        ("GET", "/rooms/1/shelves/1/notes/count"),
        ("GET", f"/marks{asking(include='note')}"),
        *paths_by_scopes(),
    ]


def paths_by_scopes() -> list[tuple[str, str]]:
    """Those of them that a scope leads on."""
    return [
        ("GET", "/shelves/noted"),
        ("GET", f"/shelves/noted{asking(where={'id': 1}, fields=['id'], limit=1)}"),
        ("GET", f"/shelves/first{asking(include=include('notes', where=OF_FIRST, limit=1))}"),
        ("GET", "/rooms/1/stocked"),
        ("HEAD", "/rooms/1/stocked"),
        ("GET", "/rooms/1/stocked/1"),
        ("GET", f"/rooms{asking(include=include('stocked', limit=1))}"),
        ("GET", "/cabinets"),
        ("GET", f"/cabinets{asking(include=include('notes', where=OF_FIRST))}"),
        ("GET", "/cabinets/1"),
        ("GET", f"/cabinets/findOne{asking(limit=1, fields=['id'])}"),
        ("GET", f"/rooms/1/cabinets{asking(limit=1)}"),
        ("GET", "/rooms/1/cabinets/1"),
        ("GET", f"/rooms/findOne{asking(include='cabinets', limit=1)}"),
    ]


PATHS_TO_FIRSTS: Final = [
    ("GET", "/shelves/1/firsts"),
    ("HEAD", "/shelves/1/firsts"),
    ("GET", "/shelves/1/firsts/count"),
    ("GET", f"/shelves{asking(include='firsts')}"),
    ("GET", f"/shelves/first{asking(include=include('firsts', where={'text': 'nobody'}))}"),
    ("GET", f"/rooms{asking(include=include('shelves', 'firsts', limit=1))}"),
]
"""Paths that reach the notes of the first customer."""

PATHS_TO_NONE: Final = [
    ("GET", "/shelves/noted/count"),
    ("GET", "/rooms/1/stocked/count"),
    ("GET", "/cabinets/count"),
    ("GET", "/cabinets/1/exists"),
    ("HEAD", "/cabinets/1"),
    ("GET", "/rooms/1/cabinets/count"),
]
"""Numbers of records whose scope would include notes."""

CONDITIONS = [
    f"/shelves{asking(where={'notes': OF_FIRST})}",
    f"/shelves/count{where(**{'and': [{'nor': [{'notes': {'text': 'x'}}]}]})}",
    f"/shelves/noted{asking(where={'notes': OF_FIRST})}",
    f"/shelves/first/count{where(firsts=OF_FIRST)}",
    f"/rooms{asking(where={'shelves': {'notes': {'text': {'like': 'of%'}}}})}",
    f"/rooms/1/shelves{asking(where={'notes': {'id': 1}})}",
    f"/rooms/1/stocked/count{where(notes=OF_FIRST)}",
    f"/cabinets/count{where(notes=OF_FIRST)}",
    f"/marks{asking(where={'note': OF_FIRST})}",
    f"/rooms{asking(include=include('shelves', where={'notes': OF_FIRST}))}",
]


@given(case=CASES, caller=st.sampled_from(CALLERS))
@proof(40)
def test_a_record_is_read_on_every_path_or_on_none(case: Case, caller: str) -> None:
    ids = list(range(1, len(case.owners) + 1))
    with world(case) as site:
        list_is_open = not site.refuses("GET", "/notes", caller)
        each = [not site.refuses("GET", f"/notes/{id}", caller) for id in ids]
        firsts = [is_open for owner, is_open in zip(case.owners, each, strict=True) if owner == 1]
        for paths, reached in ((paths_to_all(ids), each), (PATHS_TO_FIRSTS, firsts)):
            if reached or list_is_open:
                wanted = list_is_open or all(reached)
                found = {path: not site.refuses(*path, caller) for path in paths}
                assert found == dict.fromkeys(found, wanted)
        assert not [path for path in PATHS_TO_NONE if site.refuses(*path, caller)]
        for id, is_open in zip(ids, each, strict=True):
            assert site.refuses("GET", f"/marks/{id}/note", caller) is not (list_is_open or is_open)


@given(case=CASES, caller=st.sampled_from(CALLERS))
@proof(25)
def test_a_condition_on_records_is_answered_where_their_list_is(case: Case, caller: str) -> None:
    with world(case) as site:
        refused = site.refuses("GET", "/notes", caller)
        assert {path: site.refuses("GET", path, caller) for path in CONDITIONS} == dict.fromkeys(CONDITIONS, refused)


@given(case=CASES, caller=st.sampled_from(CALLERS))
@proof(25)
def test_a_user_of_another_model_owns_nothing_by_an_equal_id(case: Case, caller: str) -> None:
    closed = [deny("$everyone"), allow("$owner"), allow(MAPPED), allow(RESOLVED)]
    plain = Case(closed, case.owners, case.mapped - {"eve"}, case.resolved - {"eve"}, True, {})
    with world(plain) as site:
        assert [site.refuses("GET", path, "eve") for path in ("/notes", "/notes/1", "/notes/2")] == [True] * 3
        opened = caller in plain.mapped | plain.resolved
        assert site.refuses("GET", "/notes", caller) is not opened
