"""What is reached by relations and includes is asked for as if it were called directly."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lbpy import PersistedModel, allow, deny
from lbpy.contrib.models import Role, RoleMapping

Start = Callable[..., Any]
CLOSED = deny("$everyone")


def models(note_acls: list[Any], shelf_acls: list[Any]) -> tuple[type[PersistedModel], type[PersistedModel]]:
    class Shelf(PersistedModel, plural="shelves", acls=shelf_acls, relations={
        "notes": {"type": "hasMany", "model": "Note", "foreignKey": "shelfId"}
    }):  # fmt: skip
        name: str | None = None

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
    shelf.create({"name": "s"})
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


# -- the decision never depends on the path ----------------------------------

PRINCIPALS = ["$everyone", "$authenticated", "$unauthenticated", "$owner", "helper", "USER:1"]
RULES = st.lists(
    st.builds(
        lambda make, who, access: make(who, access),
        st.sampled_from([allow, deny]), st.sampled_from(PRINCIPALS), st.sampled_from(["*", "READ", "EXECUTE", "WRITE"]),
    ),
    max_size=4,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acls=RULES, owners=st.lists(st.sampled_from([1, 2]), max_size=2), who=st.sampled_from(["", "ann", "bob"]), helper=st.booleans())
def test_a_record_is_read_by_way_of_another_only_by_who_reads_it_directly(
    start: Start, acls: list[Any], owners: list[int], who: str, helper: bool
) -> None:
    site = filled(start, acls, owners=tuple(owners))
    if helper:
        role = site.app[Role].create(name="helper")
        site.app[RoleMapping].create({"principalType": "USER", "principalId": "2", "roleId": role["id"]})
    token = site.tokens[who]
    may_list = site.status("GET", "/notes", token) == 200
    may_each = all(site.status("GET", f"/notes/{id}", token) == 200 for id in range(1, len(owners) + 1))
    for verb, path in PATHS:
        through = site.status(verb, path, token)
        if owners or may_list:
            assert (through != 401) is (may_list or may_each), path


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
    assert site.status(verb, path, site.tokens["ann"]) == 401


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
