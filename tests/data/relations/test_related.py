"""Writes through relations: nothing is handed to another owner, and nothing stays half-written."""

from typing import Any

import pytest

import lbpy
from lbpy.data.bound import bound_of
from lbpy.data.relations.kinds import working
from lbpy.errors import BadRequest
from lbpy.model.declare import class_from_json

SHAPE = {"foreignKey": "ofId", "discriminator": "ofType"}
PIC = {"name": "Pic", "properties": {"url": "string"}, "relations": {"of": {"type": "belongsTo", "polymorphic": True}}}
PART = {"name": "Part", "properties": {"text": "string"}}
BOOK = {
    "name": "Book",
    "properties": {"title": "string"},
    "relations": {
        "author": {"type": "belongsTo", "model": "Part"},
        "parts": {"type": "referencesMany", "model": "Part"},
        "kept": {"type": "embedsMany", "model": "Part", "options": {"persistent": True, "forceId": False}},
        "linked": {"type": "hasAndBelongsToMany", "model": "Part"},
    },
}
WRITES = {
    "belongsTo": ("Book", lambda book: author_of(book).create(book, {"text": "new"})),
    "referencesMany": ("Book", lambda book: book.parts.create(text="new")),
    "referencesMany, a list": ("Book", lambda book: relation_of(book, "parts").create(book, [{"text": "new"}, {"text": "new"}])),
    "embedsMany": ("Book", lambda book: book.kept.create(text="new")),
    "through": ("BookPart", lambda book: book.linked.create(text="new")),
}


def owner(name: str) -> dict[str, Any]:
    ends = {
        "pics": {"type": "hasMany", "model": "Pic", "polymorphic": SHAPE},
        "pic": {"type": "hasOne", "model": "Pic", "polymorphic": SHAPE},
    }
    return {"name": name, "relations": ends}


def relation_of(instance: Any, name: str) -> Any:
    """The relation, which has methods that instances do not offer."""
    bound = bound_of(type(instance))
    return working(bound, bound.relations[name])


def author_of(book: Any) -> Any:
    return relation_of(book, "author")


def refuse(_ctx: Any) -> None:
    raise BadRequest("no")


def state(models: dict[str, Any]) -> list[list[Any]]:
    return [[one.to_dict() for one in models[name].find(order="id")] for name in ("Book", "Part")]


@pytest.mark.parametrize("data", [{"ofId": 2}, {"ofId": None}, {"ofId": 2, "ofType": "Boss"}])
def test_the_foreign_key_stays(make: Any, data: dict[str, Any]) -> None:
    models = make(PIC, owner("Ann"), owner("Boss"))
    ann = models["Ann"].create()
    pic = ann.pics.create(url="u")
    with pytest.raises(BadRequest, match="Cannot override foreign key"):
        ann.pics.update_by_id(pic.id, data)
    with pytest.raises(BadRequest, match="Cannot override foreign key"):
        ann.pic.update(data)
    assert (models["Ann"].find_by_id(1).pics.count(), models["Boss"].create().pics.count()) == (1, 0)


def test_the_type_beside_it_may_be_changed_as_recorded(make: Any) -> None:
    models = make(PIC, owner("Ann"), owner("Boss"))
    ann, boss = models["Ann"].create(), models["Boss"].create()
    pic = ann.pics.create(url="u")
    ann.pics.update_by_id(pic.id, {"ofType": "Boss"})
    assert (ann.pics.count(), boss.pics.count()) == (0, 1)


def test_the_keys_that_an_instance_has_may_be_said_again(make: Any) -> None:
    ann = make(PIC, owner("Ann"))["Ann"].create()
    pic = ann.pics.create(url="u")
    assert ann.pics.update_by_id(pic.id, {"ofId": "1", "ofType": "Ann", "url": "v"}).url == "v"


@pytest.mark.parametrize("kind", WRITES)
def test_what_cannot_be_related_is_not_made(make: Any, kind: str) -> None:
    models = make(PART, BOOK)
    book = models["Book"].create(title="a")
    before = state(models)
    refusing, write = WRITES[kind]
    models["app"].registry.model(refusing).observe("before save", refuse)
    with pytest.raises(BadRequest):
        write(models["Book"].find_by_id(book.id))
    assert state(models) == before


def test_the_links_of_a_list_are_made_all_or_none(make: Any) -> None:
    models = make(PART, BOOK)
    book, links = models["Book"].create(title="a"), models["app"].registry.model("BookPart")
    links.observe("before save", lambda ctx: refuse(ctx) if links.count() else None)
    with pytest.raises(BadRequest):
        relation_of(book, "linked").create(book, [{"text": "a"}, {"text": "b"}])
    assert (links.count(), models["Part"].count()) == (0, 0)


@pytest.mark.parametrize(("owners", "related"), [("memory", "sqlite"), ("sqlite", "memory")])
def test_between_two_sources_as_well(owners: str, related: str) -> None:
    with lbpy.App() as app:
        book, part = (class_from_json(one, lbpy.PersistedModel) for one in (BOOK, PART))
        sources = [app.data_source(name, connector=name, autoupdate=True) for name in ("memory", "sqlite")]
        by_name = {source.name: source for source in sources}
        app.attach_all([(book, by_name[owners]), (part, by_name[related])])
        stored: Any = book.create(title="a")
        book.observe("before save", refuse)
        with by_name[related].transaction() if related == "sqlite" else by_name[owners].transaction(), pytest.raises(BadRequest):
            stored.parts.create(text="new")
        assert part.count() == 0


@pytest.mark.parametrize("connector", ["sqlite"])
@pytest.mark.parametrize(
    "delete", [lambda book: book.parts.destroy(book.parts.find()[0].id), lambda book: book.linked.destroy(book.linked.find()[0].id)]
)
def test_a_refused_deletion_leaves_the_links(make: Any, delete: Any) -> None:
    models = make(PART, BOOK)
    book = models["Book"].create(title="a")
    book.parts.create(text="a")
    book.linked.create(text="b")
    models["Part"].observe("before delete", refuse)
    with pytest.raises(BadRequest):
        delete(book)
    stored = models["Book"].find_by_id(book.id)
    assert (stored.parts.count(), stored.linked.count()) == (1, 1)
