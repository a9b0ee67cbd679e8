"""Default scopes on every operation, and the routes of named scopes."""

from __future__ import annotations

import pytest

from lbpy import Model, PersistedModel
from lbpy.data.bound import bound_of
from lbpy.model.declare import class_from_json
from lbpy.query.nodes import Filter

SPEC = {
    "properties": {"title": "string", "kind": "string", "stars": "number"},
    "scope": {"where": {"kind": "x"}, "order": "stars DESC"},
}


@pytest.fixture
def things(model, store):
    """A model with rows 1 ("a", inside), 2 ("b", inside) and 3 ("c", outside the scope)."""

    def make(*compat: str, **settings):
        cls, api = model({**SPEC, **settings}, *compat, store=store)
        rows = bound_of(cls).store
        for title, kind, stars in (("a", "x", 1), ("b", "x", 2), ("c", "y", 3)):
            rows.create({"title": title, "kind": kind, "stars": stars})
        return cls, api

    return make


def titles(answer):
    assert answer[0] == 200, answer
    return "".join(one["title"] for one in answer[1])


def everything(cls):
    """All that is stored, inside the scope and outside: (title, kind) by id."""
    return {row["id"]: (row["title"], row["kind"]) for row in bound_of(cls).store.find(Filter())}


INSIDE = {1: ("a", "x"), 2: ("b", "x"), 3: ("c", "y")}


# -- reading


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({}, "ba"),
        ({"where": {"stars": 1}}, "a"),
        ({"where": {"kind": "y"}}, ""),
        ({"where": {"or": [{"kind": "y"}, {"title": "a"}]}}, "a"),
        ({"order": "title"}, "ab"),
        ({"limit": 1}, "b"),
        ({"skip": 1}, "a"),
    ],
)
def test_finding(things, filter, found):
    assert titles(things()[1]("GET", "/Things", filter=filter)) == found


def test_the_scopes_page_and_fields_win(things):
    _, api = things(scope={"limit": 1, "skip": 1, "fields": ["title"], "order": "title"})
    assert api("GET", "/Things", filter={"limit": 9, "skip": 0, "offset": 0, "fields": ["stars"]})[1] == [{"title": "b"}]


def test_reading_by_id_and_counting(things):
    _, api = things()
    assert api("GET", "/Things/1")[0] == 200
    assert api("GET", "/Things/3")[0] == 404
    assert api("GET", "/Things/3/exists")[1] == {"exists": False}
    assert api("HEAD", "/Things/3")[0] == 404
    assert api("GET", "/Things/count")[1] == {"count": 2}
    assert api("GET", "/Things/count", where={"kind": "y"})[1] == {"count": 0}
    assert api("GET", "/Things/findOne", filter={"where": {"title": "c"}})[0] == 404


# -- writing


def test_what_is_created_is_inside(things):
    cls, api = things()
    assert api("POST", "/Things", {"title": "d", "kind": "y"})[1]["kind"] == "x"
    assert [one["kind"] for one in api("POST", "/Things", [{"title": "e"}, {"title": "f", "kind": "y"}])[1]] == ["x", "x"]
    assert cls.count() == 5


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("PATCH", "/Things/1", {}),
        ("PUT", "/Things/1", {}),
        ("POST", "/Things/upsertWithWhere", {"where": {"title": "a"}}),
        ("POST", "/Things/update", {"where": {"title": "a"}}),
    ],
)
def test_what_is_changed_stays_inside(things, method, path, query):
    cls, api = things()
    assert api(method, path, {"title": "z", "kind": "y"}, **query)[0] == 200
    assert everything(cls) == {**INSIDE, 1: ("z", "x")}


@pytest.mark.parametrize("settings", [{}, {"forceId": False}], ids=["forced", "free"])
@pytest.mark.parametrize(
    ("method", "path", "body", "query", "answer"),
    [
        ("PATCH", "/Things/3", {"title": "z"}, {}, 404),
        ("PUT", "/Things/3", {"title": "z"}, {}, 404),
        ("POST", "/Things/3/replace", {"title": "z"}, {}, 404),
        ("PATCH", "/Things", {"id": 3, "title": "z"}, {}, 404),
        ("PUT", "/Things", {"id": 3, "title": "z"}, {}, 404),
        ("POST", "/Things/update", {"title": "z"}, {"where": {"title": "c"}}, (200, {"count": 0})),
        ("DELETE", "/Things/3", None, {}, (200, {"count": 0})),
        ("DELETE", "/Things", None, {"where": {"title": "c"}}, (200, {"count": 0})),
    ],
)
def test_what_is_outside_cannot_be_changed(things, settings, method, path, body, query, answer):
    cls, api = things(**settings)
    got = api(method, path, body, **query)
    assert answer in (got, got[0])
    assert everything(cls) == INSIDE


@pytest.mark.parametrize("settings", [{}, {"forceId": False}], ids=["forced", "free"])
def test_with_the_old_way_a_replace_overwrites_what_is_outside(things, settings):
    cls, api = things("putIgnoresScope", **settings)
    assert api("PUT", "/Things/3", {"title": "z"})[0] == 200
    assert everything(cls)[3] == ("z", "x")
    assert api("PATCH", "/Things/3", {"title": "y"})[0] == 200


def test_an_unknown_id_is_still_created_where_ids_are_free(things):
    cls, api = things(forceId=False)
    assert api("PUT", "/Things", {"id": 7, "title": "z"})[1]["kind"] == "x"
    assert everything(cls)[7] == ("z", "x")


def test_deleting_without_a_condition_deletes_what_is_inside(things):
    cls, api = things()
    assert api("DELETE", "/Things") == (200, {"count": 2})
    assert everything(cls) == {3: ("c", "y")}


def test_find_or_create_looks_inside(things):
    cls, _ = things()
    made, is_new = cls.find_or_create({"title": "c"}, {"title": "c"})
    assert (is_new, made["kind"], made.id) == (True, "x", 4)
    assert cls.find_or_create({"title": "a"}, {})[1] is False


@pytest.mark.parametrize("where", [{"and": [{"kind": "x"}, {"stars": 5}]}, {"kind": "x", "stars": 5, "title": {"neq": "z"}}])
def test_single_values_of_the_condition_are_forced_those_inside_and_too(model, where):
    _, api = model({**SPEC, "scope": {"where": where}})
    assert api("POST", "/Things", {"title": "a", "kind": "y"})[1] == {"title": "a", "kind": "x", "stars": 5, "id": 1}


@pytest.mark.parametrize(("setting", "kind"), [(False, "y"), ({"stars": 9}, "y")])
def test_what_is_forced_can_be_said_or_switched_off(model, setting, kind):
    _, api = model({**SPEC, "attributes": setting})
    made = api("POST", "/Things", {"title": "a", "kind": "y"})[1]
    assert (made["kind"], made.get("stars")) == (kind, setting["stars"] if setting else None)


def test_a_scope_may_name_what_clients_may_not(model):
    spec = {**SPEC, "hidden": ["kind"]}
    cls, api = model(spec)
    cls.create_many([{"title": "a", "stars": 1}, {"title": "b", "stars": 2}])
    assert titles(api("GET", "/Things")) == "ba"
    assert api("GET", "/Things", filter={"where": {"kind": "x"}})[0] == 400


def test_a_scope_may_name_what_is_hidden_in_a_nested_model(make_app, api_of):
    app = make_app()
    inner = class_from_json({"name": "Inner", "properties": {"pin": "string"}, "hidden": ["pin"]}, Model)
    outer = class_from_json({"name": "Outer", "properties": {"inner": "Inner"}, "scope": {"where": {"inner.pin": "1"}}}, PersistedModel)
    app.model(inner, public=False)
    app.model(outer, data_source="db")
    api = api_of(app)
    outer.create_many([{"inner": {"pin": "1"}}, {"inner": {"pin": "2"}}])
    assert api("GET", "/Outers") == (200, [{"inner": {}, "id": 1}])
    assert api("GET", "/Outers", filter={"where": {"inner.pin": "1"}})[0] == 400


# -- named scopes


NAMED = {
    "properties": {"title": "string", "kind": "string", "stars": "number"},
    "scopes": {
        "good": {"where": {"kind": "x"}, "order": "stars DESC", "limit": 2},
        "first": {"limit": 1, "order": "title"},
        "told": {"where": {"kind": "x"}, "options": {"a": 1}},
    },
}


@pytest.fixture
def named(model, store):
    cls, api = model(NAMED, store=store)
    rows = (("a", "x", 1), ("b", "x", 2), ("c", "y", 3), ("d", "x", 4))
    cls.create_many([{"title": title, "kind": kind, "stars": stars} for title, kind, stars in rows])
    return cls, api


def test_a_named_scope_is_a_route(named):
    _, api = named
    assert titles(api("GET", "/Things/good")) == "db"
    assert titles(api("GET", "/Things/good", filter={"where": {"stars": {"lt": 4}}, "order": "title"})) == "ab"
    assert titles(api("GET", "/Things/good", filter={"limit": 1})) == "db"
    assert titles(api("GET", "/Things/told")) == "abd"
    assert api("GET", "/Things/good/count")[1] == {"count": 3}
    assert api("GET", "/Things/good/count", where={"title": "c"})[1] == {"count": 0}


def test_a_row_created_through_a_scope_is_in_it(named):
    _, api = named
    assert api("POST", "/Things/good", {"title": "e", "kind": "y"})[1]["kind"] == "x"
    assert [one["kind"] for one in api("POST", "/Things/good", [{"title": "f"}, {"title": "g"}])[1]] == ["x", "x"]


def test_deleting_through_a_scope_needs_a_condition(named):
    cls, api = named
    assert api("DELETE", "/Things/first")[0] == 400
    assert cls.count() == 4
    assert api("DELETE", "/Things/good")[0] == 204
    assert [one["title"] for one in cls.find()] == ["c"]


def test_a_named_scope_may_name_what_clients_may_not(model):
    cls, api = model({**NAMED, "hidden": ["kind"]})
    cls.create_many([{"title": "a", "kind": "x"}, {"title": "b", "kind": "y"}])
    assert api("GET", "/Things/told") == (200, [{"title": "a", "id": 1}])
    assert api("GET", "/Things/told/count")[1] == {"count": 1}
    assert api("GET", "/Things/told", filter={"where": {"kind": "x"}})[0] == 400
    assert api("DELETE", "/Things/told")[0] == 204
    assert [one["title"] for one in cls.find()] == ["b"]
