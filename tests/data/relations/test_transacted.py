"""Writes through relations of models with `transaction: true`: several steps, all or none."""

import pytest

from lbpy.data.bound import bound_of
from lbpy.data.relations.kinds import working

PART = {"name": "Part", "properties": {"text": "string", "bookId": "number"}}
MARK = {"name": "Mark", "properties": {"id": {"type": "number", "id": True}, "text": "string"}}
BOOK = {
    "name": "Book",
    "transaction": True,
    "properties": {"title": "string"},
    "relations": {
        "author": {"type": "belongsTo", "model": "Part"},
        "parts": {"type": "referencesMany", "model": "Part"},
        "pages": {"type": "hasMany", "model": "Part"},
        "mark": {"type": "embedsOne", "model": "Mark"},
        "marks": {"type": "embedsMany", "model": "Mark"},
        "linked": {"type": "hasAndBelongsToMany", "model": "Part"},
    },
}


class Oops(Exception):
    """What hooks raise."""


@pytest.fixture
def connector():
    return "sqlite"


@pytest.fixture
def models(make):
    return make(PART, MARK, BOOK)


@pytest.fixture
def book(models):
    book = models["Book"].create(title="a")
    book.mark.create(text="old")
    book.marks.create(text="old")
    book.linked.create(text="old")
    book.parts.create(text="old")
    return book


def fail(ctx):
    raise Oops


def author_of(book):
    """The relation, which has a method that instances do not offer."""
    bound = bound_of(type(book))
    return working(bound, bound.relations["author"])


def state(models):
    """Everything that is stored."""
    return [[one.to_dict() for one in models[name].find(order="id")] for name in ("Book", "Part", "BookPart") if name in models]


@pytest.mark.parametrize(
    ("hook", "write"),
    [
        ("Book after save", lambda book: author_of(book).create(book, {"text": "new"})),
        ("Book after save", lambda book: book.parts.create(text="new")),
        ("Book after save", lambda book: book.parts.destroy(book.parts.find()[0].id)),
        ("Book after save", lambda book: book.parts.destroy_all()),
        ("Mark after save", lambda book: book.mark.create(text="new")),
        ("Mark after save", lambda book: book.mark.update(text="new")),
        ("Mark after delete", lambda book: book.mark.destroy()),
        ("Mark after save", lambda book: book.marks.create(text="new")),
        ("Mark after save", lambda book: book.marks.update_by_id(1, {"text": "new"})),
        ("Mark after delete", lambda book: book.marks.destroy(1)),
        ("Part after delete", lambda book: book.linked.destroy(book.linked.find()[0].id)),
    ],
)
def test_a_write_of_several_steps_is_undone_as_a_whole(models, book, hook, write):
    name, _, when = hook.partition(" ")
    before = state(models)
    models[name].observe(when, fail)
    with pytest.raises(Oops):
        write(models["Book"].find_by_id(book.id))
    models[name].remove_observer(when, fail)
    assert state(models) == before


def test_the_links_of_a_list_are_made_with_it(models, book):
    links = book.linked.count()
    models["app"].registry.find_model("BookPart").observe("before save", fail)
    with pytest.raises(Oops):
        book.linked.create(text="new")
    assert (book.linked.count(), models["Part"].count({"text": "new"})) == (links, 0)


def test_one_that_succeeds_stays(models, book):
    assert book.marks.update_by_id(1, {"text": "new"}).text == "new"
    assert models["Book"].find_by_id(book.id).marks.find_by_id(1).text == "new"
