"""The mixins Counts and CascadeDelete, over HTTP and in code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import lbpy
from lbpy.connectors.sqlite import SqliteConnector
from lbpy.contrib.hooks import cascade_delete, counts
from lbpy.data.persisted import PersistedModel
from lbpy.errors import DefinitionError, StoreError
from lbpy.model.declare import class_from_json
from lbpy.testing import Client

WRITER: dict[str, Any] = {
    "name": "Writer",
    "properties": {"name": "string"},
    "relations": {
        "books": {"type": "hasMany", "model": "Book"},
        "long": {"type": "hasMany", "model": "Book", "scope": {"where": {"pages": {"gt": 100}}}},
        "desk": {"type": "hasOne", "model": "Desk"},
        "groups": {"type": "hasAndBelongsToMany", "model": "Group"},
        "closed": {"type": "hasMany", "model": "Book", "options": {"disableInclude": True}},
    },
}
OTHERS: list[dict[str, Any]] = [
    {
        "name": "Book",
        "properties": {"pages": "number"},
        "hidden": ["writerId"],
        "relations": {"notes": {"type": "hasMany", "model": "Note"}},
    },
    {"name": "Desk"},
    {"name": "Group"},
    {"name": "Note"},
]

World = dict[str, Any]
Make = Callable[..., World]


@pytest.fixture(params=["memory", "sqlite"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Two writers with two books each, a desk and a group; their model has a mixin. Gives the classes by name and `http`."""
    with lbpy.App() as app:
        source = app.data_source("db", connector=request.param, autoupdate=True)

        def made(mixin: Any, options: dict[str, Any], **inner: Any) -> World:
            app.mixins.register("Mixin", mixin)
            mixins = {"Writer": options or True, "Book": inner} if inner else {"Writer": options or True}
            specs = [{**one, "mixins": {"Mixin": mixins[one["name"]]}} if one["name"] in mixins else one for one in (WRITER, *OTHERS)]
            classes: World = {str(one["name"]): class_from_json(one, PersistedModel) for one in specs}
            app.attach_all([(cls, source) for cls in classes.values()])
            app.serve(classes["Writer"], everything=True)
            for name in ("Ann", "Bob"):
                writer = classes["Writer"].create(name=name)
                for pages in (50, 500):
                    writer.books.create(pages=pages).notes.create()
                writer.desk.create()
            classes["Writer"].find_one({"name": "Ann"}).groups.create()
            return {**classes, "http": Client(app), "db": source}

        yield made


def get(world: World, path: str = "", **filter: Any) -> Any:
    return world["http"].get(f"/api/Writers{path}", filter=filter)


# -- counts --------------------------------------------------------------------


def test_numbers_come_where_the_filter_asks_for_them(make: Make) -> None:
    world = make(counts, {})
    rows = get(world, counts=["books", "groups"], order="id").json
    assert [(row["booksCount"], row["groupsCount"]) for row in rows] == [(2, 1), (2, 0)]
    assert "books" not in rows[0]
    assert get(world, "/1", counts="long").json["longCount"] == 1
    assert get(world, "/findOne", counts="books").json["booksCount"] == 2
    assert get(world).json[0].keys() == {"id", "name"}


def test_an_include_beside_them_is_left_alone(make: Make) -> None:
    row = get(make(counts, {}), "/1", counts="books", include={"relation": "books", "scope": {"limit": 1}}).json
    assert (row["booksCount"], len(row["books"])) == (2, 1)


def test_some_are_counted_always_and_under_other_names(make: Make) -> None:
    world = make(counts, {"always": ["books"], "as": {"books": "written"}})
    assert [row["written"] for row in get(world).json] == [2, 2]


@pytest.mark.parametrize("asked", ["nothing", "desk", 5, ["groups"], [["books"]], {"a": 1}])
def test_what_may_not_be_counted_is_refused(make: Make, asked: Any) -> None:
    assert get(make(counts, {"relations": ["books"]}), counts=asked).status == 400


def test_what_an_include_would_not_show_is_not_counted(make: Make) -> None:
    assert "closedCount" not in get(make(counts, {}), "/1", counts="closed").json


def test_a_relation_costs_one_query_whatever_the_number_of_records(make: Make) -> None:
    world = make(counts, {})
    connector = world["db"].connector
    if isinstance(connector, SqliteConnector):
        seen: list[str] = []
        connector.observe("before execute", lambda ctx: seen.append(ctx.req["sql"]))
        get(world, counts=["books", "long"])
        assert len(seen) == 3


# -- cascade delete ------------------------------------------------------------

DELETIONS: list[Callable[[World], object]] = [
    lambda world: world["Writer"].destroy_by_id(1),
    lambda world: world["Writer"].find_by_id(1).destroy(),
    lambda world: world["Writer"].destroy_all({"name": "Ann"}),
    lambda world: world["http"].delete("/api/Writers/1"),
]


@pytest.mark.parametrize("delete", DELETIONS)
def test_what_belongs_to_a_record_goes_with_it(make: Make, delete: Callable[[World], object]) -> None:
    world = make(cascade_delete, {"relations": ["books", "desk", "groups"]})
    delete(world)
    assert [world[name].count() for name in ("Writer", "Book", "Desk", "Group", "Note")] == [1, 2, 1, 1, 4]
    assert world["Group"].find_one() is not None
    assert world["Book"].count({"writerId": 1}) == 0


def test_it_goes_on_where_the_other_model_has_the_mixin_too(make: Make) -> None:
    world = make(cascade_delete, {"relations": ["books"]}, relations=["notes"])
    world["Writer"].destroy_all()
    assert [world[name].count() for name in ("Book", "Note", "Desk")] == [0, 0, 2]


def test_only_what_lies_in_the_scope_of_the_relation_goes(make: Make) -> None:
    world = make(cascade_delete, {"relations": ["long"]})
    world["Writer"].destroy_by_id(1)
    assert sorted(one["pages"] for one in world["Book"].find()) == [50, 50, 500]


def test_a_deletion_that_meets_nothing_deletes_nothing(make: Make) -> None:
    world = make(cascade_delete, {"relations": ["books", "groups"]})
    assert world["Writer"].destroy_all({"name": "Nobody"}) == 0
    assert world["Book"].count() == 4


def test_in_a_transaction_all_of_it_comes_back(make: Make) -> None:
    world = make(cascade_delete, {"relations": ["books"]})
    if not isinstance(world["db"].connector, SqliteConnector):
        return

    def fail(_ctx: Any) -> None:
        raise StoreError("no")

    world["Book"].observe("after delete", fail)
    with pytest.raises(StoreError), world["db"].transaction():
        world["Writer"].destroy_by_id(1)
    assert (world["Writer"].count(), world["Book"].count()) == (2, 4)


@pytest.mark.parametrize("options", [{}, {"relations": []}, {"relations": "books"}])
def test_relations_must_be_named(make: Make, options: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError, match="list of `relations`"):
        make(cascade_delete, options)


def test_a_relation_that_is_none_keeps_the_record(make: Make) -> None:
    world = make(cascade_delete, {"relations": ["nothing"]})
    with pytest.raises(DefinitionError, match="no relation"):
        world["Writer"].destroy_by_id(1)
    assert world["Writer"].count() == 2
