"""What a model class declares with its body, and what an instance of it holds."""

from datetime import UTC, datetime
from enum import Enum
from typing import Any, ClassVar

import pytest

from lbpy import Model, PersistedModel, prop
from lbpy.errors import DefinitionError
from lbpy.model.declare import class_from_json


class Note(Model):
    title: str
    stars: int = 3
    tags: list[str] = prop(factory=list)
    amount: int | None = prop(default=None, name="count")


# -- instances


def test_an_instance_holds_what_it_was_given_and_the_defaults():
    assert Note(title="a").to_dict() == {"title": "a", "stars": 3, "tags": []}


def test_a_given_none_is_kept():
    assert Note(title="a", stars=None).to_dict()["stars"] is None


def test_a_factory_makes_a_new_value_each_time():
    one, other = Note(title="a"), Note(title="b")
    one.tags.append("x")
    assert other.tags == []


def test_attributes_are_stored_under_their_names_on_the_wire():
    note = Note(title="a", amount=5)
    assert note["count"] == 5
    note.amount = 6
    assert note.to_dict()["count"] == 6


def test_an_unknown_property_is_a_mistake():
    with pytest.raises(TypeError, match="Note has no property 'titel'"):
        Note(titel="a")


def test_any_name_is_reached_by_item():
    note = Note(title="a")
    note["odd name"] = 1
    assert note["odd name"] == 1
    assert "odd name" in note
    assert set(note) == {"title", "stars", "tags", "odd name"}
    del note["odd name"]
    assert "odd name" not in note
    with pytest.raises(KeyError):
        note["odd name"]


def test_deleting_an_attribute_makes_it_absent():
    note = Note(title="a")
    del note.title
    assert (note.title, "title" in note) == (None, False)


def test_a_copy_of_the_row_is_a_copy():
    note = Note(title="a")
    note.to_dict()["title"] = "b"
    assert note.title == "a"


def test_instances_are_equal_by_class_and_row():
    class Other(Note):
        pass

    assert Note(title="a") == Note(title="a")
    assert Note(title="a") != Note(title="b")
    assert Note(title="a") != Other(title="a")
    assert Note(title="a") != {"title": "a"}
    with pytest.raises(TypeError):
        hash(Note(title="a"))


def test_an_instance_shows_its_row():
    assert repr(Note(title="a")) == "Note(title='a', stars=3, tags=[])"


def test_an_instance_is_new_until_it_is_stored():
    assert Note(title="a").is_new_record


# -- classes


def test_properties_are_inherited():
    class Memo(Note):
        due: datetime | None = None

    memo = Memo(title="a", due=datetime(2020, 1, 1, tzinfo=UTC))
    assert set(memo) == {"title", "stars", "tags", "due"}


def test_class_variables_and_plain_members_are_no_properties():
    class Plain(Model):
        title: str
        limit: ClassVar[int] = 5
        word = "x"

    assert set(Plain(title="a")) == {"title"}
    assert (Plain.limit, Plain.word) == (5, "x")


@pytest.mark.parametrize("name", ["find", "create", "count", "save", "observe", "to_dict"])
def test_a_property_called_like_an_operation_names_the_way_out(name):
    with pytest.raises(DefinitionError, match=rf"Bad\.{name}: .* say prop\(name='{name}'\)"):
        type("Bad", (PersistedModel,), {"__annotations__": {name: int}, name: 0})


def test_a_property_called_like_a_method_of_a_base_is_refused_too():
    class Base(Model):
        def total(self) -> int:
            return 1

    with pytest.raises(DefinitionError, match=r"Child\.total: Base has something of that name"):
        type("Child", (Base,), {"__annotations__": {"total": int}})


def test_an_inherited_property_may_be_declared_anew():
    class Memo(Note):
        stars: int = 5

    assert Memo(title="a").stars == 5


@pytest.mark.parametrize("value", [[], {}, set(), Note(title="a")])
@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: prop(default=value)])
def test_a_mutable_default_is_refused(value, wrap):
    with pytest.raises(DefinitionError, match=rf"Bad\.a: a mutable default .* prop\(factory={type(value).__name__}\)"):
        type("Bad", (Model,), {"__annotations__": {"a": Any}, "a": wrap(value)})


def test_a_factory_may_make_an_instance():
    class Holder(Model):
        note: Any = prop(factory=lambda: Note(title="a"))

    assert Holder()["note"] == {"title": "a", "stars": 3, "tags": []}


def test_settings_of_the_class_get_loopbacks_names():
    class Told(
        Model, plural="folk", strict=True, hidden=["a"], acls=[{"permission": "DENY"}], scopes={"s": {}},
        force_id=False, replace_on_put=False, validate_upsert=True, http={"path": "x"}, protected=("b",),
    ):  # fmt: skip
        pass

    assert Told.declaration__.settings == {
        "plural": "folk", "strict": True, "hidden": ["a"], "acls": [{"permission": "DENY"}], "scopes": {"s": {}},
        "forceId": False, "replaceOnPUT": False, "validateUpsert": True, "http": {"path": "x"}, "protected": ("b",),
    }  # fmt: skip


def test_a_setting_that_is_nearly_called_like_a_known_one_is_warned_of_where_it_stands():
    with pytest.warns(UserWarning, match="nothing reads the setting 'plurl' of Slip: did you mean 'plural'") as caught:
        type("Slip", (PersistedModel,), {}, plurl="x")
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="did you mean 'max_ttl'"):
        type("Slip", (PersistedModel,), {}, max_tll=5)


def test_own_settings_and_those_beside_the_one_they_resemble_are_no_slips():
    made = type("Own", (PersistedModel,), {}, tenant="t", hiden=["a"], hidden=["a"], author="me")
    assert made.declaration__.settings["hiden"] == ["a"]


def test_settings_that_are_not_given_are_not_there():
    assert Note.declaration__.settings == {}
    assert type("Lax", (Model,), {}, strict=False).declaration__.settings == {"strict": False}


def test_a_class_from_json_is_named_by_it():
    made = class_from_json({"name": "Thing", "properties": {"a": "string"}}, PersistedModel)
    assert (made.__name__, issubclass(made, PersistedModel), made.declaration__.spec["name"]) == ("Thing", True, "Thing")


def test_enum_values_can_be_set():
    class Colour(Enum):
        RED = "red"

    class Shirt(Model):
        colour: Colour | None = None

    assert Shirt(colour=Colour.RED).colour is Colour.RED
