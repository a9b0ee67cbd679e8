"""How class bodies and JSON become definitions: names in annotations, required and default, nesting, bases."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import Any, Literal

import pytest
from marshmallow.validate import Length, OneOf

from lbpy import Model, PersistedModel, prop
from lbpy.errors import DefinitionError
from lbpy.model.declare import Definer, class_from_json
from lbpy.model.kinds import SIMPLE_KINDS, Integer, Nested
from lbpy.model.properties import Instances


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Town(Model, hidden=["pin"]):
    name: str
    pin: str | None = None


class House(PersistedModel):
    town: Town
    before: list[Town] = prop(factory=list)


def own(definition):
    return {name: one for name, one in definition.properties.items() if name != "id"}


# -- properties


def test_a_body_becomes_a_definition(defined):
    class Product(PersistedModel, plural="goods"):
        name: str = prop(validate=Length(min=2))
        price: float | None = None
        amount: int = prop(default=0, name="count", index=True)
        sold: datetime | None = prop(default=None, column={"dataType": "DATE"}, hidden=True)

    made = defined(Product)
    assert (made.name, made.base, made.path, made.hidden) == ("Product", "PersistedModel", "/goods", {"sold"})
    assert list(made.properties) == ["name", "price", "count", "sold", "id"]
    assert type(made.properties["count"].kind) is Integer
    assert made.properties["count"].index is True
    assert made.properties["sold"].stores == {"*": {"dataType": "DATE"}}
    assert (made.id.name, made.id.generated, made.force_id) == ("id", True, True)


def test_without_default_a_property_is_required(defined):
    class Thing(Model):
        a: str
        b: str | None
        c: str = "x"
        d: list[str] = prop(factory=list)
        e: str = prop(required=False)
        f: str | None = prop(required=True)
        g: str = prop(generated=True)

    assert [name for name, one in defined(Thing).properties.items() if one.required] == ["a", "f"]


def test_defaults_are_as_rows_hold_them(defined):
    class Thing(Model):
        colour: Colour = Colour.RED
        at: datetime = datetime(2020, 1, 1, tzinfo=UTC)
        town: Town = prop(factory=lambda: Town(name="Rome"))
        none: str | None = None

    properties = defined(Thing).properties
    assert properties["colour"].default() == "red"
    assert properties["at"].default() == datetime(2020, 1, 1, tzinfo=UTC)
    assert properties["town"].default() == {"name": "Rome"}
    assert properties["none"].default is None
    assert Thing().to_dict()["colour"] == "red"


def test_a_default_of_another_type_is_a_definition_error(defined):
    class Thing(Model):
        amount: int = "many"

    with pytest.raises(DefinitionError, match=r"Thing\.amount: the default 'many' is not a valid number"):
        defined(Thing)


def test_choices_become_a_validator(defined):
    class Thing(Model):
        colour: Colour
        size: Literal["s", "m"] = prop(default="s", validate=Length(max=1))

    properties = defined(Thing).properties
    assert [tuple(one.choices) for one in properties["colour"].validators] == [("red", "blue")]
    assert [type(one) for one in properties["size"].validators] == [Length, OneOf]


@pytest.mark.parametrize("flag", ["hidden", "protected"])
def test_names_of_hidden_properties_are_united(defined, flag):
    made = class_from_json({"name": "Base", flag: ["a"]}, Model)
    body = {"__annotations__": {"c": "str"}, "c": prop(default="", **{flag: True}), "__module__": __name__}
    child = type("Child", (made,), body, **{flag: ["b"]})
    assert getattr(defined(child), flag) == {"a", "b", "c"}


def test_a_unique_property_has_a_unique_index(defined):
    class Thing(Model):
        a: str = prop(unique=True)

    one = defined(Thing).properties["a"]
    assert (one.unique, one.index) == (True, {"unique": True})


def test_an_id_of_another_name(defined):
    class Book(PersistedModel):
        isbn: str = prop(id=True)

    made = defined(Book)
    assert (made.id.name, made.force_id, "id" in made.properties) == ("isbn", False, False)
    assert Book(isbn="x").id == "x"


# -- names in annotations


def test_names_of_the_module(defined):
    assert defined(House).properties["town"].kind.name == "Town"


def test_names_of_the_defining_function_that_come_later(defined):
    class Order(Model):
        lines: list[Line] = prop(factory=list)

    class Line(Model):
        text: str

    kind = defined(Order).properties["lines"].kind
    assert (kind.item.name, list(kind.item.fields)) == ("Line", ["text"])


def test_the_defining_function_is_asked_before_the_module(defined):
    class Town(Model):
        mayor: str

    class Land(Model):
        capital: Town

    assert list(defined(Land).properties["capital"].kind.fields) == ["mayor"]


def test_names_of_the_applications_models(defined):
    class Order(Model):
        client: Client | None = None  # noqa: F821  # known to the application only

    client = class_from_json({"name": "Client", "properties": {"mail": "string"}}, Model)
    assert list(defined(Order, Client=client).properties["client"].kind.fields) == ["mail"]


def test_a_name_that_nobody_knows_is_refused_with_the_place(defined):
    class Order(Model):
        client: Stranger | None = None  # noqa: F821  # known to nobody

    with pytest.raises(DefinitionError, match=r"Order\.client: the annotation 'Stranger \| None' cannot be read"):
        defined(Order)


def test_models_cannot_nest_themselves(defined):
    class Tree(Model):
        left: Tree | None = None

    with pytest.raises(DefinitionError, match="Tree contains itself"):
        defined(Tree)


# -- JSON and body together


def test_a_body_adds_to_the_json_it_stands_beside(defined):
    class Thing(PersistedModel, spec={"name": "Thing", "plural": "stuff", "properties": {"a": "string", "b": "number"}, "hidden": ["a"]}):
        c: bool = False

    made = defined(Thing)
    assert (list(made.properties), made.path, made.hidden) == (["a", "b", "c", "id"], "/stuff", {"a"})


def test_properties_from_json_are_attributes(defined):
    properties = {"a": {"type": "string", "default": "x"}, "odd name": "number"}
    thing = class_from_json({"name": "Thing", "properties": properties}, PersistedModel)
    defined(thing)
    made = thing()
    assert (made.a, made.to_dict()) == ("x", {"a": "x"})
    made.a = "y"
    assert made["a"] == "y"


def test_a_property_from_json_called_like_an_operation_is_reached_by_item(defined):
    thing = class_from_json({"name": "Thing", "properties": {"count": "number", "save": "string"}}, PersistedModel)
    defined(thing)
    made = thing(count=5, save="x")
    assert (made["count"], made["save"]) == (5, "x")
    assert callable(made.save)
    assert callable(thing.count)


def test_types_in_json_may_be_models_of_the_application(defined):
    thing = class_from_json({"name": "Thing", "properties": {"town": "Town", "towns": ["Town"]}}, Model)
    made = defined(thing, Town=Town)
    assert isinstance(made.properties["town"].kind, Nested)
    assert isinstance(thing(town={"name": "Rome"}).town, Town)


# -- bases


def test_a_child_replaces_and_removes(defined):
    base = class_from_json({"name": "Base", "properties": {"a": {"type": "string", "default": "old"}, "b": "string"}}, PersistedModel)
    defined(base)
    child = class_from_json({"name": "Child", "properties": {"a": {"type": "string", "default": "new"}, "b": None}}, base)
    assert list(defined(child).properties) == ["a", "id"]
    assert child().a == "new"
    with pytest.raises(TypeError):
        child(b="x")


def test_properties_of_several_bases_come_together(defined):
    class Stamped(Model):
        created: datetime | None = None

    class Named(Model):
        name: str

    class Note(Stamped, Named, PersistedModel):
        text: str = ""

    made = defined(Note)
    assert set(made.properties) == {"text", "created", "name", "id"}
    assert made.id.generated


def test_a_definition_is_made_once():
    definer = Definer({}.get)
    assert definer.definition(Town) is definer.definition(Town)


def test_what_the_application_knows_by_name_may_be_named_in_an_annotation_only():
    definer = Definer({}.get)
    definer.definition(House)
    assert definer.class_of("Town") is Town
    assert definer.class_of("House") is None


# -- nested instances


def test_nested_properties_read_as_instances(defined):
    defined(House)
    house = House(town=Town(name="Rome"), before=[Town(name="Lyon")])
    assert house.to_dict() == {"town": {"name": "Rome"}, "before": [{"name": "Lyon"}]}
    assert isinstance(house.town, Town)
    assert isinstance(house.before, Instances)
    house.town.name = "Bern"
    house.before.append(Town(name="Oslo"))
    assert house["town"] == {"name": "Bern"}
    assert [one.name for one in house.before] == ["Lyon", "Oslo"]


def test_hidden_properties_of_nested_models_are_known(defined):
    assert defined(House).properties["town"].kind.hidden == {"pin"}


def test_plain_attributes_stay_plain(defined):
    class Thing(Model):
        data: dict[str, Any] = prop(factory=dict)

    assert defined(Thing).properties["data"].kind is SIMPLE_KINDS["object"]
    assert Thing(data={"a": 1}).data == {"a": 1}
