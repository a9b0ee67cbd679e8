"""The operations as Python code calls them: classes, instances, and what a binding means."""

from __future__ import annotations

import pytest

from lbpy import Model, PersistedModel, prop, validate
from lbpy.errors import Invalid, NotFound, UnboundError
from lbpy.model.declare import class_from_json


class Town(Model):
    name: str


class Note(PersistedModel):
    title: str
    stars: int = 3
    amount: int | None = prop(default=None, name="count")
    town: Town | None = None
    towns: list[Town] = prop(factory=list)


@pytest.fixture
def note(bind):
    return bind(Note)


# -- creating


def test_an_instance_from_keywords_a_mapping_or_an_instance(note):
    assert note.create(title="a", amount=5).to_dict() == {"title": "a", "stars": 3, "count": 5, "id": 1, "towns": []}
    assert note.create({"title": "b", "count": 6}).amount == 6
    given = note(title="c")
    made = note.create(given)
    assert made is given
    assert (made.id, made.is_new_record) == (3, False)


def test_keywords_win_over_the_mapping(note):
    assert note.create({"title": "a"}, title="b").title == "b"


def test_keys_of_a_mapping_are_names_on_the_wire_and_keywords_are_attributes(note):
    with pytest.raises(TypeError, match="has no property 'count'"):
        note.create(title="a", count=5)
    assert note.create({"title": "a", "amount": 5})["amount"] == 5


def test_nested_instances_are_stored_as_objects(note):
    made = note.create(title="a", town=Town(name="Rome"), towns=[Town(name="Lyon")])
    assert (made.town.name, [one.name for one in made.towns]) == ("Rome", ["Lyon"])
    found = note.find_by_id(made.id)
    assert isinstance(found.town, Town)
    assert note.create({"title": "b", "town": Town(name="Bern")}).town.name == "Bern"


def test_many(note):
    made = note.create_many([{"title": "a"}, note(title="b")])
    assert [(one.id, one.title, one.is_new_record) for one in made] == [(1, "a", False), (2, "b", False)]
    assert note.create_many([]) == []


def test_a_refused_instance_stays_new(note):
    one = note(title="")
    with pytest.raises(Invalid):
        one.save()
    assert one.is_new_record


# -- instances


def test_save_inserts_then_writes_over(note):
    one = note(title="a")
    assert one.save() is one
    assert (one.id, one.is_new_record) == (1, False)
    one.title = "b"
    one.save()
    assert [each.title for each in note.find()] == ["b"]


def test_saving_what_is_gone(note):
    one = note.create(title="a")
    one.destroy()
    with pytest.raises(NotFound):
        one.save()
    with pytest.raises(NotFound):
        one.update_attributes(title="b")
    with pytest.raises(NotFound):
        one.replace_attributes({"title": "b"})
    with pytest.raises(NotFound):
        one.reload()


def test_update_attributes_changes_the_instance_and_the_row(note):
    one = note.create(title="a")
    assert one.update_attributes({"stars": 5}, amount=2) is one
    assert (one.title, one.stars, one.amount) == ("a", 5, 2)
    assert note.find_by_id(1).stars == 5


def test_a_refused_change_leaves_the_instance_as_it_was(note):
    one = note.create(title="a")
    with pytest.raises(Invalid):
        one.update_attributes(title="")
    assert one.title == "a"


def test_replace_attributes(note):
    one = note.create(title="a", amount=5)
    assert one.replace_attributes({"title": "b"}) is one
    assert (one.title, one.amount, one.stars, one.id) == ("b", None, 3, 1)


def test_reload_gives_a_fresh_instance(note):
    one = note.create(title="a")
    one.title = "changed"
    assert one.reload().title == "a"
    assert one.title == "changed"


def test_an_id_of_another_name(bind):
    class Book(PersistedModel):
        isbn: str = prop(id=True)
        title: str = ""

    bind(Book)
    one = Book.create(isbn="x")
    assert (one.id, one.isbn) == ("x", "x")
    assert one.update_attributes(title="t").title == "t"
    assert Book.find_by_ids(["x"])[0] == one.reload()


def test_an_operation_is_called_whatever_the_properties_are_called(app):
    thing = class_from_json({"name": "Thing", "properties": {"save": "string", "count": "number", "find": "string"}}, PersistedModel)
    app.model(thing, data_source="db")
    one = thing.create({"save": "x", "count": 5, "find": "y"})
    one["count"] = 6
    one.save()
    assert thing.count() == 1
    assert thing.find()[0]["count"] == 6


# -- upserts


def test_upserts_give_instances(note):
    assert note.upsert({"title": "a"}).id == 1
    assert note.upsert({"id": 1, "stars": 5}).title == "a"
    assert note.replace_or_create({"id": 1, "title": "b"}).stars == 3
    assert note.replace_by_id("1", {"title": "c"}).id == 1
    assert note.upsert_with_where({"title": "c"}, {"title": "d"}).id == 1
    assert note.find_or_create({"title": "d"}, {"title": "e"})[0].id == 1
    assert note.update_all({}, {"stars": 1}) == 1


# -- bindings


def test_an_unbound_class_says_how_to_bind_it():
    class Loose(PersistedModel):
        pass

    for call in (Loose.find, Loose.create, Loose.count, Loose().save, lambda: Loose.find_by_id(1), Loose.destroy_all):
        with pytest.raises(UnboundError, match=r"call app\.model\(Loose, data_source=\.\.\.\)"):
            call()


def test_a_binding_is_not_inherited(note):
    class Memo(Note):
        pass

    with pytest.raises(UnboundError, match="Memo"):
        Memo.count()


def test_options_are_handed_on(note):
    seen = []
    note.observe("access", lambda ctx: seen.append(ctx.options))
    try:
        note.find(options={"a": 1})
        note.find_one(options={"b": 1})
    finally:
        note.clear_observers("access")
    assert seen == [{"a": 1}, {"b": 1}]


class Tea(PersistedModel):
    name: str = prop(default="", unique=True)
    price: float
    cost: float = 0

    @validate("price", "is below cost")
    def above_cost(self) -> bool:
        return self.price > self.cost


@pytest.mark.parametrize("data", [{}, {"price": None}, {"price": "x"}])
def test_a_rule_that_is_a_method_is_asked_only_where_what_is_required_is_there(bind, data):
    with pytest.raises(Invalid) as refused:
        bind(Tea).create(data)
    assert [(one.property, one.code) for one in refused.value.problems] == [("price", "presence")]
    with pytest.raises(Invalid, match="price is below cost"):
        Tea.create(price=-1)


@pytest.mark.parametrize("data", [{"name": "Assam", "price": 9}, {"name": "Assam"}])
def test_find_or_create_finds_what_a_rule_of_uniqueness_would_refuse_to_make(bind, data):
    made = bind(Tea).create(name="Assam", price=4)
    found, is_new = Tea.find_or_create({"name": "Assam"}, data)
    assert (found, is_new) == (made, False)
    with pytest.raises(Invalid, match="name is not unique"):
        Tea.find_or_create({"name": "Sencha"}, {"name": "Assam", "price": 9})
