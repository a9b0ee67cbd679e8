"""include: what comes along, in how many statements, and what clients may not reach through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import lbpy
from lbpy.data import reading
from lbpy.data.bound import bound_of
from lbpy.data.persisted import PersistedModel
from lbpy.errors import BadRequest
from lbpy.model.declare import class_from_json
from lbpy.types import Limits, Settings

Make = Callable[..., dict[str, Any]]

CLIENT = {"prohibitHiddenPropertiesInQuery": True, "maxDepthOfQuery": 12}
WRITER = {
    "name": "Writer",
    "properties": {"name": "string", "pin": "string", "note": "string"},
    "hidden": ["pin"],
    "protected": ["note"],
    "relations": {
        "books": {"type": "hasMany", "model": "Book"},
        "groups": {"type": "hasAndBelongsToMany", "model": "Group"},
        "secrets": {"type": "hasMany", "model": "Book", "options": {"disableInclude": True}},
    },
}
BOOK = {
    "name": "Book",
    "properties": {"title": "string", "pages": "number"},
    "relations": {
        "writer": {"type": "belongsTo", "model": "Writer"},
        "pictures": {"type": "hasMany", "model": "Picture", "polymorphic": "subject"},
    },
}
GROUP = {"name": "Group", "properties": {"word": "string"}}
PICTURE = {"name": "Picture", "properties": {"file": "string"}, "relations": {"subject": {"type": "belongsTo", "polymorphic": True}}}


@pytest.fixture
def shelf(make: Make) -> dict[str, Any]:
    """Two writers with three books each, a group with both, and a picture of a book and of a writer."""
    made = make(WRITER, BOOK, GROUP, PICTURE)
    for name in ("Ann", "Bob"):
        writer = made["Writer"].create(name=name, pin=f"{name}-pin", note=f"{name}-note")
        for pages in (30, 10, 20):
            writer.books.create(title=f"{name}{pages}", pages=pages)
    group = made["Group"].create(word="poets")
    for writer in made["Writer"].find():
        writer.groups.add(group)
    made["Picture"].create(file="b.png", subjectId=1, subjectType="Book")
    made["Picture"].create(file="w.png", subjectId=2, subjectType="Writer")
    made["Picture"].create(file="odd.png", subjectId=1, subjectType="Nonsense")
    return made


def found(model: Any, include: Any, options: Any = None, **more: Any) -> list[dict[str, Any]]:
    return reading.find(bound_of(model), {"include": include, **more}, options or {})


def test_the_page_of_an_include_counts_for_each_owner(shelf: dict[str, Any]) -> None:
    rows = found(shelf["Writer"], {"relation": "books", "scope": {"order": "pages", "limit": 1, "skip": 1}})
    assert [[book["title"] for book in row["books"]] for row in rows] == [["Ann20"], ["Bob20"]]


def test_the_page_of_a_list_by_links_counts_for_each_owner(shelf: dict[str, Any]) -> None:
    ann = shelf["Writer"].find_one({"name": "Ann"})
    ann.groups.create(word="artists")
    rows = found(shelf["Writer"], {"relation": "groups", "scope": {"order": "word", "limit": 1}})
    assert [[group["word"] for group in row["groups"]] for row in rows] == [["artists"], ["poets"]]


def test_keys_come_along_whatever_fields_say(shelf: dict[str, Any]) -> None:
    rows = found(shelf["Writer"], {"relation": "books", "scope": {"fields": ["title"], "order": "title"}})
    assert rows[0]["books"][0] == {"title": "Ann10", "writerId": 1}


def test_owners_without_their_key_cannot_be_looked_up(shelf: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match='ID property "id" is missing'):
        found(shelf["Writer"], "books", fields=["name"])
    assert "writer" not in found(shelf["Book"], "writer", fields=["title"])[0]


def test_a_polymorphic_owner_comes_from_its_own_model(shelf: dict[str, Any]) -> None:
    rows = found(shelf["Picture"], "subject", order="id")
    assert [row.get("subject", {}).get("title") or row.get("subject", {}).get("name") for row in rows] == ["Ann30", "Bob", None]


def test_an_unknown_relation_is_refused_at_any_depth_though_nothing_is_found(shelf: dict[str, Any]) -> None:
    nowhere = {"id": -1}
    wrong: list[Any] = ["nothing", {"books": "nothing"}, {"books": {"writer": {"books": "nothing"}}}, {"scope": {}}]
    for include in wrong:
        with pytest.raises(BadRequest, match="is not defined"):
            found(shelf["Writer"], include, where=nowhere)


def test_relations_that_say_disable_include_are_passed_over(shelf: dict[str, Any]) -> None:
    assert "secrets" not in found(shelf["Writer"], "secrets")[0]


@pytest.mark.parametrize(
    ("include", "count"),
    [
        ("books", 2),
        (["books", {"books": "writer"}], 4),
        ({"books": {"writer": "books"}}, 4),
        ("groups", 3),
    ],
)
def test_each_relation_is_one_statement_whatever_the_number_of_rows(
    make: Make, connector: str, statements: Callable[[Any], list[str]], include: Any, count: int
) -> None:
    if connector != "sqlite":
        return
    made = make(WRITER, BOOK, GROUP, PICTURE)
    for number in range(30):
        made["Writer"].create(name=f"w{number}").books.create(title="t")
        made["Writer"].find_by_id(number + 1).groups.create(word="g")
    seen = statements(made["db"])
    found(made["Writer"], include)
    assert len(seen) == count, seen


def test_a_polymorphic_owner_is_one_statement_a_type(
    shelf: dict[str, Any], connector: str, statements: Callable[[Any], list[str]]
) -> None:
    if connector == "sqlite":
        seen = statements(shelf["db"])
        found(shelf["Picture"], "subject")
        assert len(seen) == 3


# -- clients -------------------------------------------------------------------


def test_clients_see_neither_hidden_nor_protected_properties_inside_others(shelf: dict[str, Any]) -> None:
    assert found(shelf["Book"], "writer", CLIENT)[0]["writer"].keys() & {"pin", "note"} == set()
    assert found(shelf["Picture"], "subject", CLIENT, order="id")[1]["subject"].keys() & {"pin", "note"} == set()


def test_a_hidden_key_still_finds_what_belongs_together(make: Make) -> None:
    part = {"name": "Part", "properties": {"wholeId": "number", "word": "string"}, "hidden": ["wholeId"]}
    made = make({"name": "Whole", "relations": {"parts": {"type": "hasMany", "model": "Part"}}}, part)
    made["Whole"].create().parts.create(word="x")
    assert found(made["Whole"], "parts", CLIENT)[0]["parts"] == [{"word": "x", "id": 1}]
    whole = made["Whole"].find_one()
    assert whole.parts.count(options=CLIENT) == 1
    assert len(whole.parts.find(options=CLIENT)) == 1


@pytest.mark.parametrize("fields", [5, True, {"a": 1}, [5], [["a"]], None])
def test_odd_fields_of_a_scope_do_no_harm(shelf: dict[str, Any], fields: Any) -> None:
    found(shelf["Writer"], {"relation": "books", "scope": {"fields": fields}}, CLIENT)


def test_code_sees_everything(shelf: dict[str, Any]) -> None:
    assert found(shelf["Book"], "writer")[0]["writer"]["pin"] == "Ann-pin"


@pytest.mark.parametrize("name", ["pin", "note"])
@pytest.mark.parametrize("member", ["where", "order"])
def test_clients_learn_nothing_of_them_through_a_scope(shelf: dict[str, Any], name: str, member: str) -> None:
    scope = {"where": {name: "Ann-pin"}} if member == "where" else {"order": name}
    with pytest.raises(BadRequest):
        found(shelf["Book"], {"relation": "writer", "scope": scope}, CLIENT)
    found(shelf["Book"], {"relation": "writer", "scope": scope})


def test_a_scope_cannot_ask_for_hidden_fields(shelf: dict[str, Any]) -> None:
    [row] = found(shelf["Book"], {"relation": "writer", "scope": {"fields": ["name", "pin"]}}, CLIENT, limit=1)
    assert row["writer"] == {"name": "Ann", "id": 1}


# -- hooks, limits, data sources -----------------------------------------------


def test_related_rows_pass_their_own_observers_with_the_callers_options(shelf: dict[str, Any]) -> None:
    seen: list[Any] = []
    shelf["Book"].observe("access", lambda ctx: seen.append(ctx.options.get("who")))
    shelf["Book"].observe("loaded", lambda ctx: ctx.data.update(title=ctx.data["title"].upper()))
    shelf["Writer"].observe("loaded", lambda ctx: seen.append([book["title"] for book in ctx.data["books"]]))
    found(shelf["Writer"], {"relation": "books", "scope": {"where": {"pages": 10}}}, {"who": "me"}, limit=1)
    assert seen == ["me", ["ANN10"]]


@pytest.fixture
def limited() -> Iterator[dict[str, Any]]:
    """The same models with few rows, on an application with narrow limits."""
    settings = Settings(limits=Limits(include_depth=2, include_edges=2, include_rows=2))
    with lbpy.App(configuration=lbpy.Configuration(settings=settings)) as app:
        source = app.data_source("db", connector="memory")
        classes: dict[str, Any] = {str(spec["name"]): class_from_json(spec, PersistedModel) for spec in (WRITER, BOOK, GROUP, PICTURE)}
        app.attach_all([(cls, source) for cls in classes.values()])
        writer = classes["Writer"].create(name="Ann")
        for pages in (1, 2):
            writer.books.create(pages=pages)
        yield classes


@pytest.mark.parametrize(
    ("include", "limit"),
    [
        ({"books": {"writer": "books"}}, "includeDepth"),
        (["books", "groups", "books"], "includeEdges"),
        ({"books": "writer"}, "includeRows"),
    ],
)
def test_what_is_too_much_for_one_request_names_the_limit(limited: dict[str, Any], include: Any, limit: str) -> None:
    with pytest.raises(BadRequest, match=limit):
        found(limited["Writer"], include, CLIENT)


def test_what_is_just_enough_passes(limited: dict[str, Any]) -> None:
    assert len(found(limited["Writer"], "books", CLIENT)[0]["books"]) == 2


def test_scopes_that_include_each_other_end_at_the_limit(make: Make) -> None:
    hen = {"name": "Hen", "scope": {"include": "eggs"}, "relations": {"eggs": {"type": "hasMany", "model": "Egg"}}}
    egg = {"name": "Egg", "scope": {"include": "hen"}, "relations": {"hen": {"type": "belongsTo", "model": "Hen"}}}
    made = make(hen, egg)
    assert made["Hen"].find() == []
    hen_id = made["Hen"].create().id
    made["Egg"].create(henId=hen_id)
    with pytest.raises(BadRequest, match="includeDepth"):
        made["Hen"].find()


def test_related_rows_may_lie_in_another_store() -> None:
    with lbpy.App() as app:
        near = app.data_source("near", connector="memory")
        far = app.data_source("far", connector="sqlite", autoupdate=True)
        classes: dict[str, Any] = {str(spec["name"]): class_from_json(spec, PersistedModel) for spec in (WRITER, BOOK, GROUP, PICTURE)}
        app.attach_all([(cls, far if name in ("Book", "Group") else near) for name, cls in classes.items()])
        writer: Any = classes["Writer"].create(name="Ann")
        writer.books.create(title="t")
        writer.groups.create(word="g")
        [row] = found(classes["Writer"], ["books", "groups"])
        assert [row["books"][0]["title"], row["groups"][0]["word"]] == ["t", "g"]
