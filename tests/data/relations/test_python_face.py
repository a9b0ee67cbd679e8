"""Relations declared in class bodies, and the accessors on instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import lbpy
from lbpy import PersistedModel, belongs_to, col, has_and_belongs_to_many, has_many, has_one, references_many
from lbpy.data import writing
from lbpy.data.bound import bound_of
from lbpy.errors import BadRequest, Conflict, NotFound
from lbpy.types import Settings


class Product(PersistedModel):
    name: str
    reviews = has_many(lambda: Review)
    manual = has_one(lambda: Manual)
    tags = has_and_belongs_to_many("Tag")
    rivals = references_many(lambda: Product, foreign_key="rivalIds")


class Review(PersistedModel):
    rating: int
    product = belongs_to(lambda: Product)


class Manual(PersistedModel):
    text: str | None = None


class Tag(PersistedModel):
    word: str
    products = has_and_belongs_to_many(lambda: Product)


MODELS = (Product, Review, Manual, Tag)


@pytest.fixture(params=["memory", "sqlite"])
def app(request: pytest.FixtureRequest) -> Iterator[lbpy.App]:
    with lbpy.App() as made:
        db = made.data_source("db", connector=request.param, autoupdate=True)
        for model in MODELS:
            made.model(model, data_source=db)
        yield made


@pytest.fixture
def pen(app: lbpy.App) -> Product:
    return Product.create(name="pen")


def test_created_instances_hold_the_key_of_their_owner(pen: Product) -> None:
    review = pen.reviews.create(rating=4)
    assert review["productId"] == pen.id
    assert [one.rating for one in pen.reviews] == [4]


def test_the_owner_is_an_instance(pen: Product) -> None:
    assert pen.reviews.create(rating=4).product == Product.find_by_id(pen.id)


def test_an_unset_owner_is_none(app: lbpy.App) -> None:
    assert Review.create(rating=1).product is None


def test_assigning_an_owner_sets_the_key(pen: Product) -> None:
    review = Review.create(rating=1)
    review.product = pen
    review.save()
    assert pen.reviews.count() == 1


def test_conditions_order_and_pages_count_within_the_owner(pen: Product) -> None:
    for rating in (3, 1, 2):
        pen.reviews.create(rating=rating)
    Product.create(name="ink").reviews.create(rating=9)
    assert [one.rating for one in pen.reviews.find(col(Review.rating) > 1, order="rating")] == [2, 3]
    assert [one.rating for one in pen.reviews.find(order="rating", limit=1, skip=1)] == [2]
    assert pen.reviews.count({"rating": {"lt": 3}}) == 2


def test_instances_of_others_are_out_of_reach(pen: Product) -> None:
    other = Product.create(name="ink").reviews.create(rating=9)
    with pytest.raises(NotFound, match="No instance with id"):
        pen.reviews.find_by_id(other.id)
    with pytest.raises(NotFound):
        pen.reviews.destroy(other.id)
    assert Review.count() == 1


def test_a_list_has_no_links(pen: Product) -> None:
    with pytest.raises(TypeError, match="no links"):
        pen.reviews.add(1)


def test_related_instances_are_not_handed_to_another_owner(pen: Product) -> None:
    review = pen.reviews.create(rating=1)
    with pytest.raises(BadRequest, match="Cannot override foreign key productId"):
        pen.reviews.update_by_id(review.id, {"productId": 99})


def test_a_new_owner_has_nothing_and_gets_nothing(app: lbpy.App) -> None:
    Review.create(rating=1)
    new = Product(name="new")
    assert new.reviews.find() == []
    with pytest.raises(BadRequest, match="is not set"):
        new.reviews.create(rating=1)


def test_has_one_takes_one_only(pen: Product) -> None:
    assert pen.manual.get() is None
    pen.manual.create(text="press")
    with pytest.raises(Conflict):
        pen.manual.create(text="again")
    assert pen.manual.update(text="push").text == "push"
    pen.manual.destroy()
    with pytest.raises(NotFound):
        pen.manual.update(text="x")


def test_links_are_added_asked_for_and_removed(pen: Product) -> None:
    tag = Tag.create(word="office")
    pen.tags.add(tag)
    pen.tags.add(tag.id)
    assert [one.word for one in pen.tags] == ["office"]
    assert [one.name for one in tag.products] == ["pen"]
    assert pen.tags.exists(tag)
    pen.tags.remove(tag)
    assert not pen.tags.exists(tag)
    assert Tag.count() == 1


def test_an_id_that_nothing_can_have_touches_no_link(pen: Product) -> None:
    link = bound_of(type(pen)).find_model("ProductTag")
    assert link is not None
    writing.create(bound_of(link), {"productId": pen.id})
    pen.tags.remove("x")
    assert not pen.tags.exists("x")
    assert pen.tags.count() == 1


def test_nothing_is_linked_with_a_new_owner(app: lbpy.App) -> None:
    with pytest.raises(BadRequest, match="is not set"):
        Product(name="new").tags.find()


def test_a_link_to_nothing_is_refused(pen: Product) -> None:
    with pytest.raises(NotFound):
        pen.tags.add(77)
    assert pen.tags.count() == 0


def test_with_the_switch_a_link_to_nothing_is_stored() -> None:
    settings = lbpy.Configuration(settings=Settings(compat=frozenset({"linkMissingTarget"})))
    with lbpy.App(configuration=settings) as app:
        db = app.data_source("db", connector="memory")
        for model in MODELS:
            app.model(model, data_source=db)
        pen = Product.create(name="pen")
        pen.tags.add(77)
        assert pen.tags.count() == 1


def test_a_list_of_keys_keeps_its_order(pen: Product) -> None:
    ink, nib = Product.create(name="ink"), Product.create(name="nib")
    pen.rivals.add(nib)
    pen.rivals.add(ink)
    assert [one.name for one in pen.rivals.find()] == ["nib", "ink"]
    assert [one.name for one in pen.rivals.find(limit=1)] == ["nib"]
    pen.rivals.remove(nib)
    assert [one.name for one in pen.rivals.find()] == ["ink"]


def test_included_instances_are_read_without_another_query(pen: Product) -> None:
    pen.reviews.create(rating=4)
    [found] = Product.find({"name": "pen"}, include="reviews")
    Review.destroy_all()
    assert [one.rating for one in found.reviews] == [4]


def test_included_instances_are_not_saved_with_their_owner(pen: Product) -> None:
    pen.reviews.create(rating=4)
    [found] = Product.find({"name": "pen"}, include="reviews")
    found.name = "quill"
    found.save()
    assert "reviews" not in Product.find({"name": "quill"})[0]


def test_the_order_in_which_models_are_bound_does_not_matter() -> None:
    for order in (MODELS, MODELS[::-1]):
        with lbpy.App() as app:
            db = app.data_source("db", connector="sqlite", autoupdate=True)
            for model in order:
                app.model(model, data_source=db)
            assert Product.create(name="pen").reviews.create(rating=1)["productId"] == 1


def test_lists_are_not_assigned(pen: Product) -> None:
    with pytest.raises(AttributeError, match="create, add and remove"):
        setattr(pen, "reviews", [])  # noqa: B010  # type checkers refuse the plain assignment


def test_sub_models_inherit_relations() -> None:
    class Book(Product):
        pages: int | None = None

    with lbpy.App() as app:
        db = app.data_source("db", connector="memory")
        models: tuple[Any, ...] = (*MODELS, Book)
        for model in models:
            app.model(model, data_source=db)
        book = Book.create(name="b")
        assert book.reviews.create(rating=1)["bookId"] == book.id


def test_a_link_that_fails_takes_the_new_instance_with_it(make: Callable[..., dict[str, Any]]) -> None:
    tag = {"name": "Tag", "properties": {"word": "string"}}
    made = make({"name": "Page", "relations": {"tags": {"type": "hasAndBelongsToMany", "model": "Tag"}}}, tag)

    def refuse(_ctx: Any) -> None:
        raise BadRequest("no")

    made["app"].registry.model("PageTag").observe("before save", refuse)
    with pytest.raises(BadRequest):
        made["Page"].create().tags.create(word="x")
    assert made["Tag"].count() == 0
