"""Conditions on related rows: what they find, in how many statements, and what clients may not learn by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lbpy
from lbpy.data import reading
from lbpy.data.bound import bound_of
from lbpy.data.persisted import PersistedModel
from lbpy.errors import BadRequest
from lbpy.model.declare import class_from_json
from lbpy.types import Limits, Settings

Make = Callable[..., dict[str, Any]]
CLIENT = {"prohibitHiddenPropertiesInQuery": True}

WRITER: dict[str, Any] = {
    "name": "Writer",
    "properties": {"name": "string", "pin": "string", "note": "string", "tags": {"type": "string"}},
    "hidden": ["pin", "secrets"],
    "protected": ["note"],
    "relations": {
        "books": {"type": "hasMany", "model": "Book"},
        "long": {"type": "hasMany", "model": "Book", "scope": {"where": {"pages": {"gt": 100}}, "limit": 1}},
        "desk": {"type": "hasOne", "model": "Desk"},
        "groups": {"type": "hasAndBelongsToMany", "model": "Group"},
        "friends": {"type": "referencesMany", "model": "Writer", "foreignKey": "friendIds"},
        "master": {"type": "belongsTo", "model": "Writer"},
        "pictures": {"type": "hasMany", "model": "Picture", "polymorphic": "subject"},
        "secrets": {"type": "hasMany", "model": "Book"},
        "closed": {"type": "hasMany", "model": "Book", "options": {"disableInclude": True}},
        "tags": {"type": "hasMany", "model": "Group"},
    },
}
BOOK = {
    "name": "Book",
    "properties": {"title": "string", "pages": "number"},
    "relations": {"writer": {"type": "belongsTo", "model": "Writer"}},
}
DESK = {"name": "Desk", "properties": {"wood": "string"}, "scope": {"where": {"wood": {"neq": "ash"}}}}
GROUP = {"name": "Group", "properties": {"word": "string"}, "relations": {"writers": {"type": "hasAndBelongsToMany", "model": "Writer"}}}
PICTURE = {"name": "Picture", "properties": {"file": "string"}, "relations": {"subject": {"type": "belongsTo", "polymorphic": True}}}
SPECS = (WRITER, BOOK, DESK, GROUP, PICTURE)


def fill(made: dict[str, Any]) -> None:
    """Ann has books, a desk, a group and a picture; Bob is her pupil and friend; nothing belongs to Cid, who has a desk of ash."""
    ann = made["Writer"].create(name="Ann", pin="1", note="n")
    bob = made["Writer"].create(name="Bob", pin="2", masterId=ann.id, friendIds=[ann.id])
    cid = made["Writer"].create(name="Cid", friendIds=[ann.id, bob.id])
    for writer, pages in ((ann, 50), (ann, 200), (bob, 50)):
        made["Book"].create(title=f"{writer.name}{pages}", pages=pages, writerId=writer.id)
    made["Book"].create(title="stray", pages=500)
    ann.desk.create(wood="oak")
    made["Desk"].update_all({}, {"wood": "oak"})
    made["Desk"].create(wood="elm", writerId=bob.id)
    bound_of(made["Desk"]).store.create({"wood": "ash", "writerId": cid.id})
    ann.groups.create(word="poets")
    bob.groups.create(word="artists")
    made["Picture"].create(file="a.png", subjectId=ann.id, subjectType="Writer")
    made["Picture"].create(file="b.png", subjectId=cid.id, subjectType="Book")


@pytest.fixture
def shelf(make: Make) -> dict[str, Any]:
    made = make(*SPECS)
    fill(made)
    return made


def names(model: Any, where: Any, options: Any = None) -> str:
    rows = reading.find(bound_of(model), {"where": where, "order": "id"}, options or {})
    return " ".join(str(row.get("name") or row.get("title") or row.get("file")) for row in rows)


CASES: list[tuple[dict[str, Any], str]] = [
    ({"books": {"pages": {"gt": 100}}}, "Ann"),
    ({"books": {"pages": 50}}, "Ann Bob"),
    ({"books": {}}, "Ann Bob"),
    ({"nor": [{"books": {}}]}, "Cid"),
    ({"books": {"pages": {"gt": 1000}}}, ""),
    ({"books": {"nothing": 5}}, ""),
    ({"and": [{"books": {"pages": 50}}, {"books": {"pages": 200}}]}, "Ann"),
    ({"books": {"and": [{"pages": 50}, {"pages": 200}]}}, ""),
    ({"or": [{"name": "Cid"}, {"books": {"title": "Bob50"}}]}, "Bob Cid"),
    ({"long": {}}, "Ann"),
    ({"long": {"title": "Ann50"}}, ""),
    ({"desk": {"wood": "oak"}}, "Ann"),
    ({"desk": {}}, "Ann Bob"),
    ({"groups": {"word": {"like": "poe%"}}}, "Ann"),
    ({"groups": {}}, "Ann Bob"),
    ({"friends": {"name": "Ann"}}, "Bob Cid"),
    ({"friends": {"name": "Bob"}}, "Cid"),
    ({"friends": {"friends": {"name": "Ann"}}}, "Cid"),
    ({"master": {"name": "Ann"}}, "Bob"),
    ({"master": {"books": {"pages": {"gt": 100}}}}, "Bob"),
    ({"nor": [{"master": {"name": "Ann"}}]}, "Ann Cid"),
    ({"pictures": {}}, "Ann"),
    ({"pictures": {"file": "b.png"}}, ""),
    ({"books": {"writer": {"groups": {"writers": {"name": "Bob"}}}}}, "Bob"),
    ({"name": "Ann", "books": {"pages": 50}}, "Ann"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "found"), CASES)
def test_rows_are_found_by_what_is_related(shelf: dict[str, Any], where: dict[str, Any], found: str) -> None:
    assert names(shelf["Writer"], where) == found
    assert shelf["Writer"].count(where) == len(found.split())


@pytest.fixture(scope="module")
def worlds() -> Iterator[list[dict[str, Any]]]:
    """The same rows in memory, in SQLite, and with the books and groups in another store than the rest."""
    made, apps = [], []
    for near, far in (("memory", "memory"), ("sqlite", "sqlite"), ("memory", "sqlite"), ("sqlite", "memory")):
        apps.append(app := lbpy.App())
        sources = {one: app.data_source(name, connector=one, autoupdate=True) for name, one in {"far": far, "near": near}.items()}
        classes: dict[str, Any] = {str(spec["name"]): class_from_json(spec, PersistedModel) for spec in SPECS}
        app.attach_all([(cls, sources[far if name in ("Book", "Group") else near]) for name, cls in classes.items()])
        fill(classes)
        made.append(classes)
    yield made
    for app in apps:
        app.close()


BOOKS = st.one_of(
    st.sampled_from([{}, {"pages": 50}, {"pages": {"gt": 60}}, {"title": {"regexp": "^A"}}, {"title": None}]),
    st.just({"writer": {"name": "Ann"}}),
)
LEAVES = st.one_of(
    st.builds(lambda inner: {"books": inner}, BOOKS),
    st.sampled_from(["master", "friends", "groups", "desk", "pictures"]).map(lambda name: {name: {}}),
    st.builds(lambda name, inner: {name: {"books": inner}}, st.sampled_from(["master", "friends"]), BOOKS),
    st.sampled_from([{"name": "Ann"}, {"groups": {"word": "poets"}}, {"groups": {"writers": {"name": {"neq": "Ann"}}}}]),
)
WHERES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda name, parts: {name: parts}, st.sampled_from(["and", "or", "nor"]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=WHERES)
def test_every_store_and_every_mixture_of_stores_find_the_same(worlds: list[dict[str, Any]], where: dict[str, Any]) -> None:
    assert len({names(classes["Writer"], where) for classes in worlds}) == 1


@pytest.mark.parametrize(("where", "found"), CASES)
def test_the_other_side_may_lie_in_another_store(worlds: list[dict[str, Any]], where: dict[str, Any], found: str) -> None:
    assert [names(classes["Writer"], where) for classes in worlds] == [found] * len(worlds)


# -- statements ----------------------------------------------------------------


@pytest.mark.parametrize("where", [one for one, _ in CASES if "friends" not in str(one)])
def test_it_is_one_statement_on_one_database(shelf: dict[str, Any], connector: str, statements: Any, where: dict[str, Any]) -> None:
    if connector == "sqlite":
        seen = statements(shelf["db"])
        names(shelf["Writer"], where)
        shelf["Writer"].count(where)
        assert len(seen) == 2, seen


def test_a_list_of_keys_costs_one_statement_more(shelf: dict[str, Any], connector: str, statements: Any) -> None:
    if connector == "sqlite":
        seen = statements(shelf["db"])
        names(shelf["Writer"], {"friends": {"name": "Ann"}})
        assert len(seen) == 2


# -- writes --------------------------------------------------------------------


def test_updates_and_deletions_take_them_too(shelf: dict[str, Any]) -> None:
    assert shelf["Writer"].update_all({"books": {"pages": 200}}, {"note": "long"}) == 1
    assert shelf["Book"].destroy_all({"writer": {"name": "Ann"}}) == 2
    assert names(shelf["Book"], {}) == "Bob50 stray"


def test_a_write_refuses_unknown_properties_of_the_other_side(make: Make) -> None:
    made = make({"name": "A", "relations": {"bs": {"type": "hasMany", "model": "B"}}}, {"name": "B", "strict": True})
    with pytest.raises(BadRequest, match='B has no property "x"'):
        made["A"].destroy_all({"bs": {"x": 1}})


def test_a_default_scope_may_name_a_relation(make: Make) -> None:
    made = make(
        {"name": "A", "scope": {"where": {"b": {"on": True}}}, "relations": {"b": {"type": "belongsTo", "model": "B"}}},
        {"name": "B", "properties": {"on": "boolean"}},
    )
    for on in (True, False):
        made["A"].create(bId=made["B"].create(on=on).id)
    assert [one["bId"] for one in made["A"].find()] == [1]
    assert made["A"].destroy_all() == 1


# -- what is refused -----------------------------------------------------------

REFUSED = [
    ({"books": 5}, "takes a where object, not 5"),
    ({"books": None}, "takes a where object"),
    ({"books": [{"pages": 1}]}, "takes a where object"),
    ({"books.pages": 5}, "begins with a relation"),
    ({"books": {"pages": {"above": 5}}}, "Unknown operator"),
    ({"books": {"pages": {"$gt": 5}}}, "not allowed in query"),
    ({"tags": {"word": "x"}}, "is a property of Writer and a relation"),
]


@pytest.mark.parametrize(("where", "text"), REFUSED)
@pytest.mark.parametrize("options", [{}, CLIENT])
def test_what_cannot_be_read_is_refused(shelf: dict[str, Any], where: dict[str, Any], text: str, options: Any) -> None:
    with pytest.raises(BadRequest, match=text):
        names(shelf["Writer"], where, options)


def test_a_property_goes_before_a_relation_of_its_name(shelf: dict[str, Any]) -> None:
    shelf["Writer"].update_all({"name": "Ann"}, {"tags": "x"})
    assert names(shelf["Writer"], {"tags": "x"}) == names(shelf["Writer"], {"tags": {"like": "x"}}) == "Ann"


def test_an_owner_of_several_models_cannot_be_asked(shelf: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="leads to several models"):
        names(shelf["Picture"], {"subject": {"name": "Ann"}})


def test_a_relation_whose_other_side_is_missing_is_a_mistake_of_the_caller(make: Make) -> None:
    made = make({"name": "A", "relations": {"gone": {"type": "hasMany", "model": "Gone"}}})
    with pytest.raises(BadRequest, match="which is not there"):
        names(made["A"], {"gone": {}})


# -- clients -------------------------------------------------------------------

HIDDEN = [
    {"writer": {"pin": "1"}},
    {"writer": {"note": "n"}},
    {"or": [{"writer": {"and": [{"pin": "1"}]}}]},
    {"writer": {"master": {"pin": "1"}}},
    {"writer": {"secrets": {"pages": 1}}},
    {"writer": {"closed": {"pages": 1}}},
]


@pytest.mark.parametrize("where", HIDDEN)
@pytest.mark.parametrize("scoped", [False, True])
def test_clients_learn_nothing_of_hidden_properties(shelf: dict[str, Any], where: dict[str, Any], scoped: bool) -> None:
    asked = {"and": [{"pages": 1}, where]} if scoped else where
    with pytest.raises(BadRequest, match="may not be used in a query"):
        names(shelf["Book"], asked, CLIENT)
    with pytest.raises(BadRequest, match="may not be used in a query"):
        reading.count(bound_of(shelf["Book"]), asked, CLIENT)
    names(shelf["Book"], asked)


@pytest.mark.parametrize("where", HIDDEN)
def test_clients_learn_nothing_through_an_include_or_a_scope_of_their_own(shelf: dict[str, Any], where: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="may not be used in a query"):
        reading.find(bound_of(shelf["Writer"]), {"include": {"relation": "books", "scope": {"where": where}}}, CLIENT)


def test_an_outer_model_without_the_rule_does_not_open_the_inner_one(make: Make) -> None:
    made = make({**BOOK, "prohibitHiddenPropertiesInQuery": False}, {"name": "Writer", "properties": {"pin": "string"}, "hidden": ["pin"]})
    with pytest.raises(BadRequest, match="may not be used in a query"):
        names(made["Book"], {"writer": {"pin": "1"}}, CLIENT)


def test_scopes_of_the_other_side_may_name_what_is_hidden_from_the_client(make: Make) -> None:
    writer = {"name": "Writer", "properties": {"pin": "string"}, "hidden": ["pin"], "scope": {"where": {"pin": "1"}}}
    made = make(BOOK, writer)
    made["Book"].create(title="t", writerId=made["Writer"].create(pin="1").id)
    assert names(made["Book"], {"writer": {}}, CLIENT) == "t"


def test_access_observers_of_the_other_side_count(shelf: dict[str, Any]) -> None:
    def narrow(ctx: Any) -> None:
        ctx.query = {"where": {"and": [ctx.query.get("where") or {}, {"pages": {"lt": ctx.options.get("most", 100)}}]}}

    shelf["Book"].observe("access", narrow)
    assert names(shelf["Writer"], {"books": {"pages": {"gt": 100}}}) == ""
    assert names(shelf["Writer"], {"books": {"pages": {"gt": 100}}}, {"most": 300}) == "Ann"


# -- limits and settings -------------------------------------------------------


def limited(spec: Settings, **source: Any) -> tuple[lbpy.App, dict[str, Any]]:
    app = lbpy.App(configuration=lbpy.Configuration(settings=spec))
    db = app.data_source("db", connector="memory", **source)
    classes: dict[str, Any] = {str(spec["name"]): class_from_json(spec, PersistedModel) for spec in SPECS}
    app.attach_all([(cls, db) for cls in classes.values()])
    fill(classes)
    return app, classes


@pytest.mark.parametrize(
    ("where", "limit"),
    [
        ({"master": {"master": {"master": {}}}}, "includeDepth"),
        ({"or": [{"books": {"pages": 200}}, {"groups": {}}, {"desk": {}}, {"long": {}}]}, "includeEdges"),
        ({"books": {}}, "includeRows"),
    ],
)
def test_what_is_too_much_for_one_request_names_the_limit(where: dict[str, Any], limit: str) -> None:
    app, classes = limited(Settings(limits=Limits(include_depth=2, include_edges=3, include_rows=3)))
    with app, pytest.raises(BadRequest, match=limit):
        names(classes["Writer"], where, CLIENT)


def test_scopes_that_ask_each_other_end_at_the_limit(make: Make) -> None:
    hen = {"name": "Hen", "scope": {"where": {"eggs": {}}}, "relations": {"eggs": {"type": "hasMany", "model": "Egg"}}}
    egg = {"name": "Egg", "scope": {"where": {"hen": {}}}, "relations": {"hen": {"type": "belongsTo", "model": "Hen"}}}
    made = make(hen, egg)
    with pytest.raises(BadRequest, match="includeDepth"):
        made["Hen"].find()


@pytest.mark.parametrize(
    ("app", "source", "model", "on"),
    [
        (True, None, None, True),
        (False, None, None, False),
        (False, True, None, True),
        (True, False, None, False),
        (True, False, True, True),
        (False, True, False, False),
    ],
)
def test_the_model_says_before_its_source_and_that_before_the_application(app: bool, source: Any, model: Any, on: bool) -> None:
    spec = {**WRITER, **({} if model is None else {"relationsInWhere": model})}
    with lbpy.App(configuration=lbpy.Configuration(settings=Settings(relations_in_where=app))) as made:
        db = made.data_source("db", connector="memory", **({} if source is None else {"relationsInWhere": source}))
        classes: dict[str, Any] = {str(one["name"]): class_from_json(one, PersistedModel) for one in (spec, *SPECS[1:])}
        made.attach_all([(cls, db) for cls in classes.values()])
        fill(classes)
        assert names(classes["Writer"], {"books": {"pages": {"neq": 9}}}) == ("Ann Bob" if on else "")


def test_long_lists_of_keys_from_another_store_do_no_harm(worlds: list[dict[str, Any]]) -> None:
    classes = worlds[3]
    classes["Book"].create_many([{"title": "many", "writerId": 1000 + number} for number in range(3000)])
    assert names(classes["Writer"], {"books": {"title": "many"}}) == ""
    classes["Book"].destroy_all({"title": "many"})


# -- non-interference ----------------------------------------------------------


@pytest.fixture(scope="module")
def twins() -> Iterator[list[list[dict[str, Any]]]]:
    """Pairs of worlds that differ in what is hidden only: by store."""
    pairs, apps = [], []
    for connector in ("memory", "sqlite"):
        pair = []
        for value in ("1", "2"):
            apps.append(app := lbpy.App())
            db = app.data_source("db", connector=connector, autoupdate=True)
            classes: dict[str, Any] = {str(spec["name"]): class_from_json(spec, PersistedModel) for spec in SPECS}
            app.attach_all([(cls, db) for cls in classes.values()])
            fill(classes)
            classes["Writer"].update_all({"name": "Ann"}, {"pin": value, "note": value})
            classes["Writer"].update_all({"name": "Bob"}, {"pin": "1" if value == "2" else None})
            pair.append(classes)
        pairs.append(pair)
    yield pairs
    for app in apps:
        app.close()


VALUES = st.sampled_from(["1", "2", None, {"gt": "1"}, {"neq": "1"}, {"inq": ["1", None]}, {"like": "%"}, {"regexp": "1"}])
SPIES = st.builds(lambda name, value: {name: value}, st.sampled_from(["pin", "note", "name", "pin.x", "nothing"]), VALUES)
WRITERS = st.recursive(
    st.one_of(SPIES, st.just({}), st.just({"secrets": {}})),
    lambda inner: st.one_of(
        st.builds(lambda name, one: {name: one}, st.sampled_from(["master", "friends"]), inner),
        st.builds(lambda one: {"books": {"writer": one}}, inner),
        st.builds(lambda one: {"groups": {"writers": one}}, inner),
        st.builds(lambda name, parts: {name: parts}, st.sampled_from(["and", "or", "nor"]), st.lists(inner, max_size=2)),
    ),
    max_leaves=4,
)


def answer(classes: dict[str, Any], where: dict[str, Any]) -> str:
    try:
        return names(classes["Book"], where, CLIENT)
    except BadRequest as error:
        return f"400 {error}"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=WRITERS)
def test_what_is_hidden_has_no_part_in_any_answer(twins: list[list[dict[str, Any]]], where: dict[str, Any]) -> None:
    for one, other in twins:
        assert answer(one, {"writer": where}) == answer(other, {"writer": where})
