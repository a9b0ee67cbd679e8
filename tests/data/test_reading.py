"""Finding and counting over HTTP and in code: filters, ids, defaults, and what a client may not ask."""

from __future__ import annotations

from typing import Any

import pytest

from lbpy import PersistedModel, col
from lbpy.data import reading
from lbpy.data.bound import bound_of
from lbpy.errors import BadRequest

THING = {
    "properties": {"title": "string", "stars": "number", "secret": "string", "own": "string", "tags": ["string"], "inner": "Inner"},
    "hidden": ["secret"],
    "protected": ["own"],
}
ROWS = [
    {"title": "a", "stars": 3, "secret": "x"},
    {"title": "b", "stars": 1, "secret": "y"},
    {"title": "c", "stars": 2, "secret": "x"},
    {"title": "d"},
]


@pytest.fixture
def things(model, store):
    """The model with four rows on the store of the test, and requests to it; settings are the model's."""

    def make(*compat: str, **settings: Any):
        cls, api = model({**THING, **settings}, *compat, store=store)
        cls.create_many(ROWS)
        return cls, api

    return make


def titles(answer):
    assert answer[0] == 200, answer
    return "".join(one["title"] for one in answer[1])


# -- finding


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({}, "abcd"),
        ({"where": {"stars": {"gt": 1}}}, "ac"),
        ({"order": "stars DESC", "where": {"stars": {"neq": None}}}, "acb"),
        ({"order": "title DESC", "limit": 2}, "dc"),
        ({"order": "title", "skip": 3}, "d"),
        ({"order": "title", "offset": 1, "limit": 1}, "b"),
        ({"where": {"or": [{"title": "a"}, {"stars": None}]}}, "ad"),
        ({"where": None, "order": None, "limit": None, "fields": None, "include": None}, "abcd"),
    ],
)
def test_filters(things, filter, found):
    assert titles(things()[1]("GET", "/Things", filter=filter)) == found


def test_fields(things):
    _, api = things()
    assert api("GET", "/Things", filter={"fields": ["title"], "limit": 1})[1] == [{"title": "a"}]
    assert "title" not in api("GET", "/Things", filter={"fields": {"title": False}, "limit": 1})[1][0]
    assert api("GET", "/Things", filter={"fields": ["nothing"], "limit": 1})[1] == [{}]


def test_find_one_takes_the_first(things):
    _, api = things()
    assert api("GET", "/Things/findOne", filter={"order": "title DESC"})[1]["title"] == "d"
    assert api("GET", "/Things/findOne", filter={"where": {"title": "z"}})[0] == 404


def test_find_by_id_takes_fields_and_include_only(things):
    _, api = things()
    assert api("GET", "/Things/1", filter={"where": {"title": "z"}})[1]["title"] == "a"
    assert api("GET", "/Things/1", filter={"fields": ["stars"]})[1] == {"stars": 3}


@pytest.mark.parametrize("id", ["1", "01", "1.0", "1e0", "0x1", "%201"])
def test_ids_as_numbers_are_written(things, id):
    _, api = things()
    assert api("GET", f"/Things/{id}")[1]["title"] == "a"


@pytest.mark.parametrize("id", ["9", "abc", "%221%22", "true", "[1]", "-1", "1.5"])
def test_an_id_that_no_row_has(things, id):
    _, api = things()
    assert api("GET", f"/Things/{id}")[0] == 404
    assert api("GET", f"/Things/{id}/exists")[1] == {"exists": False}
    assert api("HEAD", f"/Things/{id}")[0] == 404
    assert api("DELETE", f"/Things/{id}") == (200, {"count": 0})
    assert api("PATCH", f"/Things/{id}", {"title": "z"})[0] == 404
    assert api("PUT", f"/Things/{id}", {"title": "z"})[0] == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/exists"), ("HEAD", ""), ("PUT", ""), ("POST", "/replace"), ("PATCH", ""), ("DELETE", "")],
)
def test_null_is_no_id(things, method, path):
    cls, api = things()
    status, body = api(method, f"/Things/null{path}", {} if method in ("PUT", "PATCH", "POST") else None)
    assert status == 400
    assert body is None or body["error"]["message"] == "id is a required argument"
    assert cls.count() == 4


def test_counting(things):
    _, api = things()
    assert api("GET", "/Things/count")[1] == {"count": 4}
    assert api("GET", "/Things/count", where={"stars": {"gt": 1}})[1] == {"count": 2}
    assert api("GET", "/Things/count", filter={"where": {"stars": 3}})[1] == {"count": 4}


def test_rows_handed_out_belong_to_the_caller(things):
    cls, _ = things()
    cls.find_by_id(1)["title"] = "changed"
    assert cls.find_by_id(1)["title"] == "a"


def test_inherited_operations_find_rows_of_their_own_model(bind):
    class Base(PersistedModel):
        title: str | None = None

    class Child(Base):
        pass

    bind(Base)
    bind(Child)
    Base.create(title="a")
    assert (Base.count(), Child.count()) == (1, 0)


# -- what a client may not ask


HIDDEN = [
    {"where": {"secret": "x"}},
    {"where": {"or": [{"title": "a"}, {"secret": "x"}]}},
    {"where": {"and": [{"nor": [{"secret": "x"}]}]}},
    {"where": {"secret.length": 1}},
    {"order": "secret"},
    {"order": ["title", "secret DESC"]},
    {"order": "title,secret"},
    {"fields": ["secret"]},
    {"fields": "secret"},
    {"fields": {"secret": True}},
]


@pytest.mark.parametrize("filter", HIDDEN)
@pytest.mark.parametrize("path", ["/Things", "/Things/findOne"])
def test_a_hidden_property_may_not_be_asked_for(things, filter, path):
    status, body = things()[1]("GET", path, filter=filter)
    assert status == 400
    assert "may not be used in a query" in body["error"]["message"]


def test_a_hidden_property_among_other_fields_is_left_out(things):
    _, api = things()
    assert api("GET", "/Things", filter={"fields": ["title", "secret"], "limit": 1})[1] == [{"title": "a"}]
    assert api("GET", "/Things/1", filter={"fields": ["secret"]})[0] == 400


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/Things/count", None),
        ("POST", "/Things/update", {"title": "z"}),
        ("POST", "/Things/upsertWithWhere", {"title": "z"}),
        ("DELETE", "/Things", None),
    ],
)
def test_a_hidden_property_may_not_stand_in_the_condition_of_any_operation(things, method, path, body):
    cls, api = things()
    assert api(method, path, body, where={"secret": "x"})[0] == 400
    assert [one["title"] for one in cls.find(order="title")] == ["a", "b", "c", "d"]


def test_with_the_old_way_hidden_conditions_are_dropped(things, caplog):
    _, api = things("filterHidden")
    assert titles(api("GET", "/Things", filter={"where": {"secret": "x"}})) == "abcd"
    assert titles(api("GET", "/Things", filter={"order": "secret DESC"})) == "abcd"
    assert api("GET", "/Things/count", where={"secret": "x"})[1] == {"count": 4}
    assert "was dropped" in caplog.text


def test_code_may_ask_for_hidden_properties(things):
    cls, _ = things()
    assert [one["title"] for one in cls.find({"secret": "x"}, order="secret")] == ["a", "c"]
    assert cls.find(fields=["secret"], limit=1)[0].to_dict() == {"secret": "x"}


def test_a_model_may_let_clients_ask(things):
    _, api = things(prohibitHiddenPropertiesInQuery=False)
    assert titles(api("GET", "/Things", filter={"where": {"secret": "x"}})) == "ac"


def test_protected_properties_may_be_asked_for(things):
    assert things()[1]("GET", "/Things", filter={"where": {"own": "x"}, "order": "own"}) == (200, [])


def test_no_answer_shows_a_hidden_property(things):
    _, api = things(forceId=False)
    answers = [
        api("GET", "/Things"),
        api("GET", "/Things/1"),
        api("GET", "/Things/findOne"),
        api("POST", "/Things", {"secret": "x"}),
        api("POST", "/Things", [{"secret": "x"}]),
        api("PATCH", "/Things/1", {"secret": "x"}),
        api("PUT", "/Things/1", {"secret": "x"}),
        api("PATCH", "/Things", {"id": 1, "secret": "x"}),
        api("PUT", "/Things", {"id": 1, "secret": "x"}),
        api("POST", "/Things/upsertWithWhere", {"secret": "x"}, where={"id": 1}),
    ]
    assert {status for status, _ in answers} == {200}
    assert "secret" not in str(answers)


def test_the_most_rows_that_a_client_gets(things):
    cls, api = things(maxLimit=2)
    assert titles(api("GET", "/Things")) == "ab"
    assert titles(api("GET", "/Things", filter={"limit": 3})) == "ab"
    assert titles(api("GET", "/Things", filter={"limit": 1})) == "a"
    assert len(cls.find()) == 4


def test_a_query_may_be_nested_so_deeply(things):
    _, api = things()
    where: dict[str, Any] = {"title": "a"}
    for _ in range(12):
        where = {"and": [where]}
    status, body = api("GET", "/Things", filter={"where": where})
    assert (status, body["error"]["code"]) == (400, "QUERY_OBJECT_TOO_DEEP")


# -- switches


@pytest.mark.parametrize(
    ("switch", "where", "off", "on"),
    [
        ("firstOperatorOnly", {"stars": {"gt": 0, "lt": 3}}, "bc", "abc"),
        ("unknownOperator", {"stars": {"bogus": 1}}, 400, ""),
        ("unknownOperator", {"title": {"exists": True}}, 400, ""),
        ("brokenRegexp", {"title": {"regexp": "("}}, 400, ""),
    ],
)
def test_switches(things, switch, where, off, on):
    def found(answer):
        return titles(answer) if answer[0] == 200 else answer[0]

    assert found(things()[1]("GET", "/Things", filter={"where": where})) == off
    assert found(things(switch, name="Other")[1]("GET", "/Others", filter={"where": where})) == on


@pytest.mark.parametrize(("store", "off", "on"), [("memory", "", ""), ("sqlite", "", "abcd")])
def test_a_condition_on_a_property_that_does_not_exist(model, store, off, on):
    for compat, name, found in (((), "Thing", off), (("unknownInWhere",), "Other", on)):
        cls, api = model({**THING, "name": name}, *compat, store=store)
        cls.create_many(ROWS)
        assert titles(api("GET", f"/{name}s", filter={"where": {"nothing": 1}})) == found


def test_what_does_not_exist_is_missing_in_every_row(things):
    _, api = things()
    assert titles(api("GET", "/Things", filter={"where": {"nothing": None}})) == "abcd"
    assert titles(api("GET", "/Things", filter={"where": {"nothing": {"neq": 1}}})) == "abcd"


# -- code


def test_conditions_in_python(bind):
    class Note(PersistedModel):
        title: str | None = None
        stars: int | None = None

    bind(Note)
    Note.create_many([{"title": "a", "stars": 1}, {"title": "b", "stars": 2}, {"title": "c"}])
    assert [one.title for one in Note.find((col(Note.stars) > 1) | col(Note.stars).is_null(), order="title")] == ["b", "c"]
    assert Note.count(~(col(Note.title) == "a")) == 2
    assert Note.find_one(order="title DESC").title == "c"
    assert [one.title for one in Note.find_by_ids([3, 9, 1])] == ["c", "a"]


def test_mistakes_in_code_are_told_in_the_same_way(things):
    cls, _ = things()
    with pytest.raises(BadRequest, match="is not an object"):
        cls.find([1])
    with pytest.raises(BadRequest):
        cls.find(order="title sideways")


def test_ids_of_the_wrong_type_find_nothing(things):
    cls, _ = things()
    assert cls.find_by_id("abc") is None
    assert cls.find_by_id(None) is None
    assert cls.find_by_ids(["abc", 1, None])[0]["title"] == "a"
    assert reading.exists(bound_of(cls), "abc") is False
