"""The cases of relations and include that every connector must pass, asked through an application. Knows no connector but memory.

Relations are asked for with all models on the connector under test; what an include brings along, and conditions on related rows,
also with one or the other end in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import pytest

from ...app.application import App
from ...data.contract import Connector, Crud
from ...data.persisted import PersistedModel
from ...data.relations.declare import belongs_to, embeds_many, embeds_one, has_many, has_one, references_many
from ...errors import BadRequest, Conflict, NotFound
from ...model.hooks import Saving
from ...types import Json

# -- models --------------------------------------------------------------------


class Author(PersistedModel):
    """The owner of a relation of each kind."""

    name: str
    books = has_many(lambda: Book)
    desk = has_one(lambda: Desk)
    circles = has_many(lambda: Circle, through=lambda: Membership)
    friends = references_many(lambda: Author, foreign_key="friendIds")
    notes = embeds_many(lambda: Note, property="noteList")
    portrait = embeds_one(lambda: Portrait, property="portraitRow")


class Book(PersistedModel):
    """What an author has many of."""

    title: str
    pages: int
    author = belongs_to(lambda: Author)


class Desk(PersistedModel):
    """What an author has one of."""

    wood: str
    author = belongs_to(lambda: Author)


class Circle(PersistedModel):
    """What authors are linked with."""

    word: str
    authors = has_many(lambda: Author, through=lambda: Membership)


class Membership(PersistedModel):
    """The link of an author with a circle."""

    author = belongs_to(lambda: Author)
    circle = belongs_to(lambda: Circle)


class Note(PersistedModel):
    """What an author holds many of inside."""

    text: str


class Portrait(PersistedModel):
    """What an author holds one of inside."""

    file: str
    width: int | None = None


MODELS: Final = (Author, Book, Desk, Circle, Membership, Note, Portrait)

LAYOUTS: Final[Mapping[str, Set[type[PersistedModel]]]] = MappingProxyType(
    {
        "together": frozenset(),
        "owners-in-memory": frozenset({Author, Membership}),
        "related-in-memory": frozenset({Book, Desk, Circle}),
    }
)
"""Which models are kept in memory; the others are on the connector under test."""


RELATED: Final[Sequence[tuple[Mapping[str, Json], str]]] = (
    # condition; Ann has a book more, of 40 pages, and is a friend of Bob, who has a desk; Ann and Cid are poets
    ({"books": {"pages": {"gt": 30}}}, "Ann"),
    ({"books": {"pages": 20}}, "Ann Bob"),
    ({"books": {"title": "Ann20", "pages": 10}}, ""),
    ({"nor": [{"books": {}}]}, "Cid"),
    ({"desk": {"wood": "oak"}}, "Bob"),
    ({"circles": {"word": "poets"}}, "Ann Cid"),
    ({"friends": {"name": "Ann"}}, "Bob"),
    ({"circles": {"authors": {"books": {"pages": 40}}}}, "Ann Cid"),
    ({"or": [{"name": "Cid"}, {"desk": {}}]}, "Bob Cid"),
)

# -- what the cases work with --------------------------------------------------


@contextmanager
def application(connector: Connector[Crud], in_memory: Set[type[PersistedModel]] = frozenset()) -> Iterator[None]:
    """Bind the models, their tables made anew on the connector, while a block runs."""
    with App() as app:
        app.connectors.register("under-test", lambda settings, place: connector)
        tested, memory = app.add_source("tested", "under-test", {}), app.add_source("memory", "memory", {})
        app.attach_all([(model, memory if model in in_memory else tested) for model in MODELS])
        tested.automigrate()
        yield


@contextmanager
def refusing(model: type[PersistedModel], which: Callable[[Saving[Any]], bool]) -> Iterator[None]:
    """Refuse what is saved of a model while a block runs."""

    def refuse(ctx: Saving[Any]) -> None:
        if which(ctx):
            raise BadRequest("refused")

    model.observe("before save", refuse)
    try:
        yield
    finally:
        model.remove_observer("before save", refuse)


@dataclass(frozen=True, slots=True)
class Authors:
    """Three stored authors. Ann and Bob have books of 10, 20 and 30 pages, in another order; Cid has nothing."""

    ann: Author
    bob: Author
    cid: Author


def authors() -> Authors:
    """Store the authors and their books."""
    made = Authors(Author.create(name="Ann"), Author.create(name="Bob"), Author.create(name="Cid"))
    for pages in (30, 10, 20):
        for one in (made.ann, made.bob):
            one.books.create(title=f"{one.name}{pages}", pages=pages)
    return made


def meeting(where: Mapping[str, Json]) -> str:
    """The names of the authors that meet a condition, in alphabetical order; count must agree."""
    found = Author.find(where, order="name")
    assert Author.count(where) == len(found)
    return names(found)


def including(include: Json) -> dict[str, Author]:
    """All authors by name, with what comes along."""
    return {one.name: one for one in Author.find(order="name", include=include)}


def names(found: Iterable[Author]) -> str:
    """The names of authors in their order."""
    return " ".join(one.name for one in found)


def titles(found: Iterable[Book]) -> str:
    """The titles of books in their order."""
    return " ".join(one.title for one in found)


def brought(instance: PersistedModel, relation: str, member: str) -> Any:
    """One member of each related row that an include put into an instance; None where nothing came along."""
    rows = instance.to_dict().get(relation)
    return " ".join(row[member] for row in rows) if isinstance(rows, list) else rows and rows[member]


class Fixtures:
    """The applications that the cases share."""

    @pytest.fixture
    def stored(self, connector: Connector[Crud]) -> Iterator[Authors]:
        """The three authors, everything on the connector under test."""
        with application(connector):
            yield authors()

    @pytest.fixture(params=sorted(LAYOUTS))
    def spread(self, connector: Connector[Crud], request: pytest.FixtureRequest) -> Iterator[Authors]:
        """The same in each layout, one after the other."""
        with application(connector, LAYOUTS[request.param]):
            yield authors()


# -- the kinds of relations ----------------------------------------------------


class Keys(Fixtures):
    """hasMany, belongsTo and hasOne: one side holds the key of the other."""

    def test_what_is_created_through_has_many_belongs_to_its_owner(self, stored: Authors) -> None:
        """From both sides; what belongs to others is not found."""
        book = stored.cid.books.create(title="Cid5", pages=5)
        assert (titles(stored.cid.books.find()), book.author) == ("Cid5", stored.cid.reload())
        assert stored.cid.books.find_by_id(book.id).title == "Cid5"
        with pytest.raises(NotFound):
            stored.ann.books.find_by_id(book.id)

    def test_conditions_order_and_pages_count_within_the_owner(self, stored: Authors) -> None:
        """As they do for a model by itself."""
        books = stored.ann.books
        assert titles(books.find(order="pages")) == "Ann10 Ann20 Ann30"
        assert titles(books.find({"pages": {"gt": 10}}, order="pages DESC")) == "Ann30 Ann20"
        assert titles(books.find(order="pages", limit=1, skip=1)) == "Ann20"
        assert (books.count(), books.count({"pages": {"lt": 30}}), stored.cid.books.count()) == (3, 2, 0)

    def test_deleting_through_has_many_leaves_what_others_have(self, stored: Authors) -> None:
        """One by its id, some by a condition, then all."""
        books = stored.ann.books
        books.destroy(books.find({"pages": 20})[0].id)
        books.destroy_all({"pages": {"gt": 20}})
        assert titles(books.find()) == "Ann10"
        books.destroy_all()
        assert (books.count(), stored.bob.books.count()) == (0, 3)

    def test_an_assigned_owner_is_stored_with_the_key(self, stored: Authors) -> None:
        """None takes it away again."""
        book = Book.create(title="loose", pages=1)
        assert book.author is None
        book.author = stored.cid
        book.save()
        assert titles(stored.cid.books.find()) == "loose"
        book.author = None
        book.save()
        assert (stored.cid.books.count(), book.reload().author) == (0, None)

    def test_has_one_takes_one_only(self, stored: Authors) -> None:
        """It is found, changed and deleted for its owner alone."""
        assert stored.ann.desk.get() is None
        desk = stored.ann.desk.create(wood="oak")
        with pytest.raises(Conflict):
            stored.ann.desk.create(wood="elm")
        assert (stored.ann.desk.update(wood="ash").id, desk.author) == (desk.id, stored.ann.reload())
        stored.bob.desk.create(wood="fir")
        stored.ann.desk.destroy()
        assert (stored.ann.desk.get(), [one.wood for one in Desk.find()]) == (None, ["fir"])


class Links(Fixtures):
    """hasMany through and referencesMany: ids are listed in a model between or in the owner."""

    def test_what_is_created_through_a_model_is_linked(self, stored: Authors) -> None:
        """And seen from the other end."""
        circle = stored.ann.circles.create(word="poets")
        assert [one.word for one in stored.ann.circles.find()] == ["poets"]
        assert (names(circle.authors.find()), stored.bob.circles.count()) == ("Ann", 0)

    def test_links_are_added_and_removed(self, stored: Authors) -> None:
        """The instances at both ends stay; a link is made once."""
        circle = Circle.create(word="poets")
        for one in (stored.ann, stored.bob, stored.bob):
            one.circles.add(circle)
        assert (circle.authors.count(), stored.bob.circles.exists(circle), stored.cid.circles.exists(circle)) == (2, True, False)
        stored.bob.circles.remove(circle)
        assert (names(circle.authors.find()), Circle.count(), Author.count(), Membership.count()) == ("Ann", 1, 3, 1)

    def test_conditions_order_and_pages_reach_through_the_links(self, stored: Authors) -> None:
        """They are said of the linked instances."""
        for word in "cab":
            stored.ann.circles.create(word=word)
        circles = stored.ann.circles
        assert [one.word for one in circles.find(order="word", limit=2)] == ["a", "b"]
        assert [one.word for one in circles.find({"word": {"gt": "a"}}, order="word DESC")] == ["c", "b"]
        assert (circles.count(), circles.count({"word": "a"})) == (3, 1)

    def test_deleting_through_the_links(self, stored: Authors) -> None:
        """One by its id is deleted with its link; all together are unlinked only."""
        first, *_ = [stored.ann.circles.create(word=word) for word in "abc"]
        stored.ann.circles.destroy(first.id)
        assert (stored.ann.circles.count(), Circle.count()) == (2, 2)
        stored.ann.circles.destroy_all()
        assert (stored.ann.circles.count(), Circle.count(), Membership.count()) == (0, 2, 0)

    def test_references_are_kept_in_the_owner(self, stored: Authors) -> None:
        """Created or added, and taken away again; what was listed stays."""
        stored.ann.friends.add(stored.cid)
        dan = stored.ann.friends.create(name="Dan")
        ann = stored.ann.reload()
        assert ann["friendIds"] == [stored.cid.id, dan.id]
        assert (names(ann.friends.find(order="name DESC")), ann.friends.count(), ann.friends.count({"name": "Dan"})) == ("Dan Cid", 2, 1)
        ann.friends.remove(stored.cid)
        assert (names(ann.reload().friends.find()), Author.count()) == ("Dan", 4)


    def test_what_the_owner_refuses_is_not_made(self, stored: Authors) -> None:
        """Neither the instance nor its place in the list."""
        stored.ann.friends.add(stored.cid)
        with refusing(Author, lambda ctx: "data" in ctx), pytest.raises(BadRequest):
            stored.ann.friends.create(name="Dan")
        with refusing(Membership, lambda ctx: True), pytest.raises(BadRequest):
            stored.ann.circles.create(word="poets")
        assert (names(stored.ann.reload().friends.find()), Author.count(), Circle.count()) == ("Cid", 3, 0)


class Inside(Fixtures):
    """embedsMany and embedsOne: related rows lie inside their owner."""

    def test_embedded_rows_are_created_found_and_counted(self, stored: Authors) -> None:
        """In the order in which they came unless another is wanted."""
        for text in "cab":
            stored.ann.notes.create(text=text)
        notes = stored.ann.reload().notes
        assert [one.text for one in notes.find()] == ["c", "a", "b"]
        assert [one.text for one in notes.find({"text": {"gt": "a"}}, order="text", limit=1)] == ["b"]
        assert (notes.count(), notes.count({"text": "a"}), stored.bob.notes.count()) == (3, 1, 0)

    def test_embedded_rows_are_changed_and_deleted(self, stored: Authors) -> None:
        """By their ids, which are theirs alone; then all."""
        first, second = [stored.ann.notes.create(text=text) for text in "ab"]
        stored.ann.notes.update_by_id(second.id, {"text": "c"})
        stored.ann.notes.destroy(first.id)
        assert [(one.id, one.text) for one in stored.ann.reload().notes.find()] == [(second.id, "c")]
        stored.ann.notes.destroy_all()
        assert stored.ann.reload().notes.count() == 0

    def test_one_embedded_row_is_created_changed_and_deleted(self, stored: Authors) -> None:
        """What a change does not name stays."""
        stored.ann.portrait.create(file="a.png", width=1)
        stored.ann.reload().portrait.update(width=2)
        found = stored.ann.reload().portrait.get()
        assert found is not None
        assert (found.file, found.width) == ("a.png", 2)
        stored.ann.portrait.destroy()
        assert stored.ann.reload().portrait.get() is None


# -- what comes along ----------------------------------------------------------


class Includes(Fixtures):
    """include: related rows come along with what is found."""

    def test_order_and_pages_count_for_each_owner(self, spread: Authors) -> None:
        """Owners without related rows get an empty list."""
        scope = {"order": "pages DESC", "limit": 2, "skip": 1}
        found = including({"relation": "books", "scope": scope})
        assert [brought(one, "books", "title") for one in found.values()] == ["Ann20 Ann10", "Bob20 Bob10", ""]

    def test_a_condition_restricts_what_comes_along(self, spread: Authors) -> None:
        """Not what is found."""
        found = including({"relation": "books", "scope": {"where": {"title": {"inq": ["Ann10", "Ann30"]}}, "order": "title"}})
        assert [brought(one, "books", "title") for one in found.values()] == ["Ann10 Ann30", "", ""]

    def test_single_instances_come_along(self, spread: Authors) -> None:
        """The owner of what belongs to nothing is left out."""
        spread.ann.desk.create(wood="oak")
        Desk.create(wood="elm")
        assert [brought(one, "desk", "wood") for one in including("desk").values()] == ["oak", None, None]
        desks = Desk.find(order="wood DESC", include="author")
        assert [brought(one, "author", "name") for one in desks] == ["Ann", None]

    def test_linked_instances_come_along(self, spread: Authors) -> None:
        """Through a model, pages for each owner here, too; and from a list of ids, in its order."""
        *_, last = [spread.ann.circles.create(word=word) for word in "cab"]
        spread.bob.circles.add(last)
        spread.ann.friends.add(spread.cid)
        spread.ann.friends.add(spread.bob)
        found = including([{"relation": "circles", "scope": {"order": "word", "limit": 2}}, "friends"])
        assert [brought(one, "circles", "word") for one in found.values()] == ["a b", "b", ""]
        assert [brought(one, "friends", "name") for one in found.values()] == ["Cid Bob", "", ""]

    def test_embedded_rows_come_along(self, spread: Authors) -> None:
        """Under the name of the relation."""
        spread.ann.notes.create(text="a")
        spread.ann.portrait.create(file="a.png")
        ann = including(["notes", "portrait"])["Ann"]
        assert (brought(ann, "notes", "text"), brought(ann, "portrait", "file")) == ("a", "a.png")

    def test_includes_stand_inside_each_other(self, spread: Authors) -> None:
        """Several steps away, and several at once."""
        spread.ann.circles.add(spread.bob.circles.create(word="poets"))
        spread.bob.desk.create(wood="oak")
        ann = including({"circles": {"authors": ["desk", {"relation": "books", "scope": {"where": {"pages": 10}}}]}})["Ann"]
        (circle,) = ann.to_dict()["circles"]
        members = {one["name"]: one for one in circle["authors"]}
        assert {name: [book["title"] for book in one["books"]] for name, one in members.items()} == {"Ann": ["Ann10"], "Bob": ["Bob10"]}
        assert (members["Bob"]["desk"]["wood"], members["Ann"].get("desk")) == ("oak", None)

    def test_relations_take_includes(self, spread: Authors) -> None:
        """As the model does."""
        (book,) = spread.ann.books.find({"pages": 10}, include={"author": "books"})
        assert len(book.to_dict()["author"]["books"]) == 3


class ByRelated(Fixtures):
    """Conditions on related rows find their owners."""

    def test_owners_are_found_by_what_is_related(self, spread: Authors) -> None:
        """In any relation that is not embedded; count agrees."""
        spread.ann.books.create(title="Ann40", pages=40)
        spread.bob.desk.create(wood="oak")
        spread.cid.circles.add(spread.ann.circles.create(word="poets"))
        spread.bob.friends.add(spread.ann)
        assert [(where, meeting(where)) for where, _ in RELATED] == list(RELATED)

    def test_what_belongs_to_an_owner_is_found_by_it(self, spread: Authors) -> None:
        """And can be written by it."""
        assert titles(Book.find({"author": {"name": "Bob"}}, order="pages")) == "Bob10 Bob20 Bob30"
        assert Book.update_all({"author": {"name": "Bob"}, "pages": 10}, {"title": "new"}) == 1
        assert Book.destroy_all({"author": {"name": "Ann"}}) == 3
        assert titles(Book.find(order="pages")) == "new Bob20 Bob30"


class RelationSuite(Keys, Links, Inside, Includes, ByRelated):
    """All cases; a subclass names the fixture `connector`. A `ConnectorSuite` has them already."""
