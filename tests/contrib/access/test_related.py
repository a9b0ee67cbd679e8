"""What is reached by relations and includes is asked for as if it were called directly; tests/properties tries all combinations."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partialmethod
from typing import Any

import pytest

from lbpy import Model, PersistedModel, allow, deny, remote_method
from lbpy.model.declare import class_from_json
from lbpy.types import Limits, Options

Start = Callable[..., Any]
CLOSED = deny("$everyone")


def models(note_acls: list[Any], shelf_acls: list[Any]) -> tuple[type[PersistedModel], type[PersistedModel]]:
    class Shelf(PersistedModel, plural="shelves", acls=shelf_acls, hidden=["pin"], relations={
        "notes": {"type": "hasMany", "model": "Note", "foreignKey": "shelfId"}
    }):  # fmt: skip
        name: str | None = None
        pin: str | None = None

    class Note(PersistedModel, plural="notes", acls=note_acls, relations={
        "shelf": {"type": "belongsTo", "model": "Shelf", "foreignKey": "shelfId"}
    }):  # fmt: skip
        text: str | None = None
        userId: Any = None  # noqa: N815  -- the name that LoopBack looks for

    return Shelf, Note


def filled(start: Start, note_acls: list[Any], shelf_acls: list[Any] | None = None, owners: tuple[int, ...] = (1, 2), **more: Any) -> Any:
    shelf, note = models(note_acls, shelf_acls or [])
    site = start(shelf, note, **more)
    site.tokens = {"ann": site.sign_in("ann"), "bob": site.sign_in("bob"), "": ""}
    shelf.create({"name": "s", "pin": "1234"})
    for owner in owners:
        note.create({"text": f"of {owner}", "userId": owner, "shelfId": 1})
    return site


def including(*parts: Any, **more: Any) -> str:
    return "filter=" + json.dumps({"include": list(parts), **more})


PATHS = [
    ("GET", "/shelves/1/notes"),
    ("HEAD", "/shelves/1/notes/1"),
    ("GET", "/shelves/1/notes/count"),
    ("GET", "/shelves/1/notes/1"),
    ("GET", f"/shelves?{including('notes')}"),
    ("GET", f"/shelves/1?{including('notes')}"),
    ("GET", f"/shelves/findOne?{including('notes')}"),
    ("GET", f"/shelves?{including({'relation': 'notes', 'scope': {'where': {'text': 'of 1'}}})}"),
    ("GET", f"/shelves?{including({'relation': 'notes', 'scope': {'limit': 1}})}"),
    ("GET", f"/shelves?{including({'relation': 'notes', 'scope': {'fields': ['id']}})}"),
    ("GET", '/shelves/1/notes/count?where={"text":"of 1"}'),
]


@pytest.mark.parametrize(("verb", "path"), PATHS)
def test_a_closed_model_stays_closed(start: Start, verb: str, path: str) -> None:
    assert filled(start, [CLOSED]).status(verb, path) == 401


@pytest.mark.parametrize(("verb", "path"), PATHS)
def test_it_is_closed_without_records_too(start: Start, verb: str, path: str) -> None:
    assert filled(start, [CLOSED], owners=()).status(verb, path) == 401


@pytest.mark.parametrize(("verb", "path"), PATHS)
def test_one_foreign_record_refuses_the_whole_request(start: Start, verb: str, path: str) -> None:
    site = filled(start, [CLOSED, allow("$owner", "READ")])
    assert site.status(verb, path, site.tokens["ann"]) == 401


@pytest.mark.parametrize(("verb", "path"), PATHS)
def test_an_owner_of_all_of_them_reads_on(start: Start, verb: str, path: str) -> None:
    site = filled(start, [CLOSED, allow("$owner", "READ")], owners=(1, 1))
    assert site.status(verb, path, site.tokens["ann"]) == 200


@pytest.mark.parametrize(("verb", "path"), PATHS)
def test_the_old_answer_can_be_asked_for(start: Start, verb: str, path: str) -> None:
    assert filled(start, [CLOSED], compat=("relatedIgnoresAcl",)).status(verb, path) == 200


def test_where_nothing_is_related_nothing_is_refused(start: Start) -> None:
    site = filled(start, [CLOSED, allow("$owner", "READ")], owners=())
    assert site.status("GET", "/shelves/1/notes", site.tokens["ann"]) == 200


def test_the_order_of_too_many_records_tells_nothing_of_them(monkeypatch: pytest.MonkeyPatch, start: Start) -> None:
    monkeypatch.setattr(Limits, "__init__", partialmethod(Limits.__init__, include_rows=1))
    site = filled(start, [CLOSED, allow("$owner", "READ")], owners=(1, 1, 2))
    paths = [f"/shelves?{including({'relation': 'notes', 'scope': {'order': f'text {way}'}})}" for way in ("ASC", "DESC")]
    assert [site.status("GET", path, site.tokens["ann"]) for path in paths] == [400, 400]


def test_an_include_that_cannot_be_followed_tells_nothing_hidden(start: Start) -> None:
    path = f"/shelves?{including('notes', fields=['name', 'pin'])}"
    answer = filled(start, []).call("GET", path)
    assert (answer.status, b"1234" in answer.body, rb'{\"name\":\"s\"}' in answer.body) == (400, False, True)


def test_every_level_of_an_include_is_asked_for(start: Start) -> None:
    site = filled(start, [], [CLOSED, allow("$everyone", method=["find", "__get__notes"])])
    nested = {"relation": "notes", "scope": {"include": "shelf"}}
    assert [site.status("GET", f"/shelves?{including(one)}") for one in ("notes", nested)] == [200, 200]
    closed = filled(start, [], [CLOSED, allow("$everyone", method=["findOne", "__get__notes"])])
    assert [closed.status("GET", f"/shelves/findOne?{including(one)}") for one in ("notes", nested)] == [200, 401]


def test_a_deny_that_names_the_relation_counts_for_includes(start: Start) -> None:
    site = filled(start, [], [deny("$unauthenticated", method="__get__notes")])
    assert [site.status("GET", f"/shelves?{including('notes')}", site.tokens[who]) for who in ("", "ann")] == [401, 200]


def test_a_deny_for_all_methods_does_not(start: Start) -> None:
    site = filled(start, [], [CLOSED, allow("$everyone", method="find")])
    assert site.status("GET", f"/shelves?{including('notes')}") == 200


def test_writes_ask_the_owner_only(start: Start) -> None:
    assert filled(start, [CLOSED]).status("POST", "/shelves/1/notes", "", {"text": "new"}) == 200


# -- conditions on related records ---------------------------------------------

ASKED = '{"notes":{"text":{"like":"of%"}}}'
NESTED = '{"and":[{"nor":[{"notes":{"text":"x"}}]}]}'
ASKING = [
    ("GET", f'/shelves?filter={{"where":{ASKED}}}'),
    ("GET", f'/shelves?filter={{"where":{NESTED}}}'),
    ("GET", f"/shelves/count?where={ASKED}"),
    ("GET", f'/shelves/findOne?filter={{"where":{ASKED}}}'),
    ("POST", f"/shelves/update?where={ASKED}"),
    ("POST", f"/shelves/upsertWithWhere?where={ASKED}"),
]


@pytest.mark.parametrize(("verb", "path"), ASKING)
@pytest.mark.parametrize("rules", [[CLOSED], [CLOSED, allow("$owner", "READ")]])
def test_a_condition_on_what_not_everybody_may_read_is_refused(start: Start, verb: str, path: str, rules: list[Any]) -> None:
    site = filled(start, rules)
    assert site.status(verb, path, site.tokens["ann"], {"name": "x"} if verb == "POST" else None) == 401


@pytest.mark.parametrize(("verb", "path"), ASKING[:4])
def test_a_condition_on_open_records_is_answered(start: Start, verb: str, path: str) -> None:
    assert filled(start, []).status(verb, path) == 200


def test_a_condition_inside_a_relation_or_an_include_is_looked_at_too(start: Start) -> None:
    site = filled(start, [], [CLOSED, allow("$everyone", "READ", method="findById"), allow("$everyone", "READ", method="__get__notes")])
    asked = '{"where":{"shelf":{"name":"s"}}}'
    assert site.status("GET", f"/notes?filter={asked}") == 401
    assert site.status("GET", f"/shelves/1/notes?filter={asked}") == 401
    assert site.status("GET", "/shelves/1/notes") == 200


def test_a_rule_that_closes_the_relation_closes_conditions_on_it(start: Start) -> None:
    site = filled(start, [], [deny("$everyone", method="__get__notes")])
    assert site.status("GET", "/shelves") == 200
    assert site.status("GET", f'/shelves?filter={{"where":{ASKED}}}') == 401


# -- what the server's own words include ---------------------------------------

INCLUDING = {"scope": {"include": "notes"}}
SOFT = {"mixins": {"SoftDelete": {"builtin": True}}}
OWNERS_READ = [CLOSED, allow("$owner", "READ")]


def rooms(start: Start, note: dict[str, Any], *, shelves: dict[str, Any] | None = None, shelf: dict[str, Any] | None = None) -> Any:
    """Rooms with shelves with notes; nothing is stored. note, shelf: more of these models. shelves: more of the relation of rooms."""

    def many(model: str, key: str, **more: Any) -> dict[str, Any]:
        return {"type": "hasMany", "model": model, "foreignKey": key, **more}

    of_shelf = {"notes": many("Note", "shelfId"), "firsts": many("Note", "shelfId", scope={"where": {"userId": 1}})}
    slips = {"slips": {"type": "embedsMany", "model": "Slip", "property": "kept"}}
    texts = {"properties": {"text": "string", "userId": "number"}}
    specs: list[dict[str, Any]] = [
        {"name": "Room", "plural": "rooms", "relations": {"shelves": many("Shelf", "roomId", **(shelves or {}))}},
        {"name": "Shelf", "plural": "shelves", "relations": {**of_shelf, **slips}, "properties": {"name": "string"}, **(shelf or {})},
        {"name": "Note", "plural": "notes", **texts, **note},
        {"name": "Slip", "plural": "slips", **texts, **note},
    ]
    made = {str(one["name"]): class_from_json(one, PersistedModel) for one in specs}
    site = start(*made.values())
    site.models = made
    site.ann = site.sign_in("ann")
    return site


def fill(site: Any, *owners: int) -> None:
    """A room with a shelf; notes and slips of owners on it."""
    slips = [{"id": id, "userId": owner} for id, owner in enumerate(owners, 1)]
    site.models["Room"].create({})
    site.models["Shelf"].create({"roomId": 1, "name": "s", "kept": slips})
    for owner in owners:
        site.models["Note"].create({"shelfId": 1, "userId": owner})


SERVERS = [
    ({"shelves": INCLUDING}, "/rooms/1/shelves"),
    ({"shelves": INCLUDING}, "/rooms/1/shelves/1"),
    ({"shelves": INCLUDING}, f"/rooms?{including('shelves')}"),
    ({"shelf": INCLUDING}, "/shelves"),
    ({"shelf": INCLUDING}, "/shelves/1"),
    ({"shelf": INCLUDING}, f"/rooms?{including('shelves')}"),
    ({"shelf": {"scopes": {"full": {"include": "notes"}}}}, "/shelves/full"),
]


@pytest.mark.parametrize(("more", "path"), SERVERS)
@pytest.mark.parametrize(("rules", "owners", "status"), [([CLOSED], [1], 401), (OWNERS_READ, [1, 2], 401), (OWNERS_READ, [1, 1], 200)])
def test_what_scopes_include_is_asked_for(
    start: Start, more: dict[str, Any], path: str, rules: list[Any], owners: list[int], status: int
) -> None:
    site = rooms(start, {"acls": rules}, **more)
    fill(site, *owners)
    assert site.status("GET", path, site.ann) == status


@pytest.mark.parametrize(("more", "path"), [one for one in SERVERS if not one[1].endswith("/1")])
def test_a_closed_model_closes_scopes_that_include_it_without_records_too(start: Start, more: dict[str, Any], path: str) -> None:
    site = rooms(start, {"acls": [CLOSED]}, **more)
    site.models["Room"].create({})
    assert site.status("GET", path, site.ann) == 401


@pytest.mark.parametrize(
    "path",
    ["/shelves/1/firsts", "/shelves/1/firsts/1", "/shelves/1/firsts/count", f"/shelves?{including('firsts')}", f"""/shelves?{including(
        {'relation': 'firsts', 'scope': {'where': {'text': 'x'}}}
    )}"""],
)  # fmt: skip
def test_the_condition_of_a_relation_says_what_is_asked_for(start: Start, path: str) -> None:
    site = rooms(start, {"acls": OWNERS_READ})
    fill(site, 1, 2)
    assert [site.status("GET", one, site.ann) for one in (path, path.replace("firsts", "notes"))] == [200, 401]


@pytest.mark.parametrize("path", ["/shelves/1/notes", f"/shelves?{including('notes')}", f"""/shelves?{including(
    {'relation': 'notes', 'scope': {'where': {'text': 'x'}}}
)}"""])  # fmt: skip
def test_deleted_records_are_not_asked_for(start: Start, path: str) -> None:
    site = rooms(start, {"acls": OWNERS_READ, **SOFT})
    fill(site, 1, 2)
    assert site.status("GET", path, site.ann) == 401
    site.models["Note"].destroy_by_id(2)
    assert site.status("GET", path, site.ann) == 200


@pytest.mark.parametrize(("owner", "status"), [(1, 200), (2, 401)])
def test_embedded_records_are_asked_for_one_by_one(start: Start, owner: int, status: int) -> None:
    site = rooms(start, {"acls": OWNERS_READ})
    fill(site, owner)
    nested = including({"relation": "shelves", "scope": {"include": "slips"}})
    paths = ["/shelves/1/slips", f"/shelves?{including('slips')}", f"/rooms?{nested}"]
    assert [site.status("GET", path, site.ann) for path in paths] == [status] * 3


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("name", ["__get__notes", "prototype.__get__notes"])
def test_a_deny_of_the_relation_counts_for_every_path_whichever_comes_first(start: Start, name: str, first: int) -> None:
    site = filled(start, [], [deny("$everyone", method=name)])
    paths = ["/shelves/1/notes", f"/shelves?{including('notes')}"]
    for path in (paths[first], paths[1 - first]):
        assert site.status("GET", path, site.tokens["ann"]) == 401


def test_a_deny_that_names_the_relation_counts_record_by_record_whatever_is_shown(start: Start) -> None:
    owned = {"acls": [deny("$everyone", method="__get__notes"), allow("$owner", method="__get__notes")]}
    site = rooms(start, {}, shelf={**owned, "properties": {"userId": "number"}})
    for owner in (1, 2):
        site.models["Shelf"].create({"userId": owner})
    paths = [f"/shelves/{id}?{including('notes', fields=['id'])}" for id in (1, 2)]
    assert [site.status("GET", path, site.ann) for path in paths] == [200, 401]


def test_numbers_of_related_records_are_asked_for_too(start: Start) -> None:
    counting = {"mixins": {"Counts": {"builtin": True}}}
    path = '/shelves?filter={"counts":["notes"]}'
    for note, shelf, status in [([], [], 200), ([CLOSED], [], 401), ([], [deny("$everyone", method="__get__notes")], 401)]:
        site = rooms(start, {"acls": note}, shelf={**counting, "acls": shelf})
        fill(site, 2)
        assert site.status("GET", path, site.ann) == status


def test_a_write_that_would_show_closed_records_changes_nothing(start: Start) -> None:
    site = rooms(start, {"acls": [CLOSED]}, shelf=INCLUDING)
    fill(site, 1)
    calls = [("PUT", {"name": "t"}), ("DELETE", None)]
    assert [site.status(verb, "/rooms/1/shelves/1", site.ann, body) for verb, body in calls] == [401, 401]
    assert [one["name"] for one in site.models["Shelf"].find()] == ["s"]
    assert site.call("POST", "/rooms/1/shelves", site.ann, {"name": "new"}).json.keys() == {"id", "name", "roomId", "kept"}


def test_a_record_that_is_called_upon_brings_nothing_along(start: Start) -> None:
    site = rooms(start, {"acls": [CLOSED]}, shelf=INCLUDING)
    fill(site, 2)
    assert "notes" not in site.call("PATCH", "/shelves/1", site.ann, {"name": "t"}).json


def test_a_write_answers_what_was_written_where_reading_is_refused(start: Start) -> None:
    site = rooms(start, {"acls": [CLOSED]})
    fill(site, 2)
    assert site.status("GET", "/shelves/1/notes/1", site.ann) == 401
    assert site.call("PUT", "/shelves/1/notes/1", site.ann, {"text": "x"}).json == {"id": 1, "text": "x", "userId": 2, "shelfId": 1}


@pytest.mark.parametrize("path", ["/shelves/1/notes?filter[limit]=1", "/shelves/1/notes/count", f"/shelves?{including('notes')}"])
@pytest.mark.parametrize(("rules", "status"), [(OWNERS_READ, 400), ([CLOSED], 401)])
def test_more_records_than_may_be_asked_for_are_refused(
    monkeypatch: pytest.MonkeyPatch, start: Start, path: str, rules: list[Any], status: int
) -> None:
    monkeypatch.setattr(Limits, "__init__", partialmethod(Limits.__init__, include_rows=1))
    site = rooms(start, {"acls": rules})
    fill(site, 1, 1)
    assert site.status("GET", path, site.ann) == status


def test_code_is_held_to_the_rules_by_the_options_of_the_request_only(start: Start) -> None:
    class Room(PersistedModel, plural="rooms", acls=[], relations={"notes": {"type": "hasMany", "model": "Note"}}):
        @remote_method(verb="get", path="/seen")
        @staticmethod
        def seen(options: Options) -> int:
            return len(Room.find(include=["notes"], options=options))

        @remote_method(verb="get", path="/all")
        @staticmethod
        def all() -> int:
            return len(Room.find(include=["notes"]))

    site = start(Room, class_from_json({"name": "Note", "plural": "notes", "acls": [CLOSED]}, PersistedModel))
    assert [site.status("GET", f"/rooms/{one}") for one in ("seen", "all")] == [401, 200]


@pytest.mark.parametrize("asked", [{"include": ["notes"]}, {"where": {"notes": {"text": "of 1"}}}])
def test_what_a_method_of_a_model_without_a_store_reads_for_a_client_is_asked_for(start: Start, asked: dict[str, Any]) -> None:
    shelf, note = models([CLOSED], [])

    class Search(Model, plural="searches"):
        @remote_method(path="/look", verb="get")
        @classmethod
        def look(cls, options: dict[str, Any]) -> list[Any]:
            return [one.to_dict() for one in shelf.find(**asked, options=options)]

    site = start(shelf, note)
    site.app.model(Search)
    shelf.create({"name": "s"})
    assert site.status("GET", "/searches/look", site.sign_in("ann")) == 401
