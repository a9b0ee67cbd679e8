"""What rows keep of related instances that come with their data, and the order of linked instances."""

from __future__ import annotations

from typing import Any

import pytest

from lbpy.data import writing
from lbpy.data.bound import bound_of

AUTHOR = {"name": "Author", "properties": {"name": "string"}, "relations": {"books": {"type": "hasMany", "model": "Book"}}}
SHELF = {
    "name": "Shelf",
    "properties": {"code": {"type": "string", "id": True}},
    "relations": {"places": {"type": "hasMany", "model": "Place"}, "books": {"type": "hasMany", "model": "Book", "through": "Place"}},
}
PLACE = {
    "name": "Place",
    "relations": {"shelf": {"type": "belongsTo", "model": "Shelf"}, "book": {"type": "belongsTo", "model": "Book"}},
}
BOOK = {
    "name": "Book",
    "properties": {"title": "string"},
    "relations": {
        "author": {"type": "belongsTo", "model": "Author"},
        "shelf": {"type": "belongsTo", "model": "Shelf"},
        "editor": {"type": "belongsTo", "model": "Author", "foreignKey": "editorName", "primaryKey": "name"},
    },
}


@pytest.fixture
def models(make: Any) -> dict[str, Any]:
    found: dict[str, Any] = make(AUTHOR, SHELF, PLACE, BOOK)
    found["Author"].create_many([{"name": "Ann"}, {"name": "Bob"}])
    return found


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"author": {"id": 2}}, {"authorId": 2}),
        ({"author": {"id": "2", "name": "ignored"}}, {"authorId": 2}),
        ({"shelf": {"code": "a"}}, {"shelfId": "a"}),
        ({"editor": {"id": 1, "name": "Ann"}}, {"editorName": "Ann"}),
        ({"authorId": 1, "author": {"id": 2}}, {"authorId": 2}),
        ({"author": {"id": 2}, "authorId": 1}, {"authorId": 1}),
        ({"author": {"name": "no id"}}, {}),
        ({"author": None}, {}),
        ({"author": 2}, {}),
        ({"author": [{"id": 2}]}, {}),
    ],
)
def test_the_instance_that_a_new_row_belongs_to_gives_its_key(models: dict[str, Any], given: dict[str, Any], kept: dict[str, Any]) -> None:
    """Source: models.md 2.1."""
    row = writing.create(bound_of(models["Book"]), given)
    assert {name: row[name] for name in ("authorId", "shelfId", "editorName") if row.get(name) is not None} == kept
    assert not {"author", "shelf", "editor"} & row.keys()


def test_so_it_does_where_a_row_is_replaced_but_not_where_it_is_patched(models: dict[str, Any]) -> None:
    bound, book = bound_of(models["Book"]), models["Book"].create(title="a")
    writing.patch(bound, book, {"author": {"id": 2}})
    assert models["Book"].count({"authorId": 2}) == 0
    writing.replace_by_id(bound, book.id, {"author": {"id": 2}})
    assert models["Book"].count({"authorId": 2}) == 1


def test_an_instance_that_an_include_put_there_gives_none(models: dict[str, Any]) -> None:
    models["Book"].create(authorId=1)
    book = models["Book"].find_one(include="author")
    book["authorId"] = 2
    assert book.save()["authorId"] == 2
    assert models["Book"].count({"authorId": 2}) == 1


def test_what_is_made_through_a_relation_belongs_to_its_owner(models: dict[str, Any]) -> None:
    ann = models["Author"].find_one(where={"name": "Ann"})
    book = ann.books.create({"authorId": 9, "author": {"id": 2}, "title": "a"})
    assert book["authorId"] == ann.id


@pytest.mark.parametrize(("filter", "titles"), [({}, "ba"), ({"limit": 5}, "ab"), ({"where": {"id": {"gt": 0}}}, "ab")])
def test_linked_instances_come_in_the_order_of_their_links_only_where_nothing_is_asked(
    models: dict[str, Any], filter: dict[str, Any], titles: str
) -> None:
    shelf = models["Shelf"].create(code="s")
    first, second = models["Book"].create_many([{"title": "a"}, {"title": "b"}])
    models["Place"].create_many([{"shelfId": "s", "bookId": one.id} for one in (second, first)])
    assert "".join(one.title for one in shelf.books.find(**filter)) == titles
