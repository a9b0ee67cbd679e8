"""What prop() keeps, what marks are found, and how attributes read and write rows."""

import dataclasses

import pytest
from marshmallow.validate import Length, OneOf

from lbpy import prop
from lbpy.model.properties import Attribute, Declared, Instance, Instances, NestedAttribute, mark, marks_of, plain
from lbpy.types import UNSET


class Thing(Instance):
    __slots__ = ()
    a = Attribute("wire")


def thing(**row):
    made = Thing()
    made._row = row
    return made


class Inner(Instance):
    __slots__ = ()

    @classmethod
    def wrap(cls, row):
        made = cls()
        made._row = row
        return made

    def __eq__(self, other):
        return isinstance(other, Inner) and self._row == other._row

    __hash__ = None


class Holder(Instance):
    __slots__ = ()
    inner = NestedAttribute("inner", Inner.wrap)


def holder(value):
    made = Holder()
    made._row = {"inner": value}
    return made


# -- prop


def test_prop_keeps_what_it_is_told_in_a_frozen_record():
    one = prop(default=5, name="count", hidden=True, protected=True, index=True, unique=True, id=True, generated=True, required=False)
    assert one == Declared(
        default=5, name="count", hidden=True, protected=True, index=True, unique=True, id=True, generated=True, required=False
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.name = "other"


def test_prop_says_nothing_of_its_own():
    one = prop()
    assert (one.default, one.factory, one.name, one.validators, one.required, dict(one.column)) == (UNSET, None, None, (), None, {})


def test_one_validator_or_several():
    first, second = Length(min=1), OneOf(["a"])
    assert prop(validate=first).validators == (first,)
    assert prop(validate=[first, second]).validators == (first, second)


# -- marks


def test_marks_are_found_by_kind_in_the_order_of_the_body():
    class Body:
        def first(self):
            pass

        @staticmethod
        def second():
            pass

        other = 5

    mark(vars(Body)["first"], "observe", 1)
    mark(vars(Body)["second"], "observe", 2)
    mark(vars(Body)["second"], "validate", 3)
    assert list(marks_of(vars(Body), "observe")) == [("first", 1), ("second", 2)]
    assert list(marks_of(vars(Body), "validate")) == [("second", 3)]


# -- attributes


def test_an_attribute_reads_and_writes_the_row_under_its_name():
    made = thing(wire=1)
    assert made.a == 1
    made.a = 2
    assert made._row == {"wire": 2}


def test_an_absent_key_reads_as_none_and_can_be_made_so():
    made = thing(wire=None)
    assert made.a is None
    del made.a
    assert made._row == {}
    del made.a
    assert made.a is None


def test_on_the_class_an_attribute_stands_for_the_property():
    assert Thing.a.name == "wire"
    assert repr(Thing.a) == "<property wire>"


def test_a_nested_value_is_an_instance_around_the_same_dict():
    made = holder({"x": 1})
    made.inner._row["x"] = 2
    assert made._row == {"inner": {"x": 2}}


@pytest.mark.parametrize("value", [None, "text"])
def test_what_is_no_nested_instance_is_shown_as_it_is(value):
    assert holder(value).inner == value


def test_a_nested_value_can_be_set_as_instance_or_dict():
    made = holder(None)
    made.inner = Inner.wrap({"x": 1})
    assert made._row == {"inner": {"x": 1}}
    made.inner = {"x": 2}
    assert made.inner == Inner.wrap({"x": 2})


def test_a_list_of_nested_values_is_one_of_instances():
    made = holder([{"x": 1}, {"x": 2}])
    assert made.inner == [Inner.wrap({"x": 1}), Inner.wrap({"x": 2})]
    assert isinstance(made.inner[0], Inner)
    assert made.inner[1:] == [Inner.wrap({"x": 2})]


def test_what_is_done_to_the_list_is_done_to_the_row():
    made = holder([{"x": 1}])
    made.inner.append(Inner.wrap({"x": 2}))
    made.inner[0] = {"x": 0}
    assert made._row == {"inner": [{"x": 0}, {"x": 2}]}
    del made.inner[0]
    made.inner[1:] = [Inner.wrap({"x": 3})]
    assert made._row == {"inner": [{"x": 2}, {"x": 3}]}


def test_plain_values_hold_no_instances():
    inner = Inner.wrap({"x": 1})
    assert plain(inner) == {"x": 1}
    assert plain([inner, 5]) == [{"x": 1}, 5]
    assert plain(Instances([{"x": 1}], Inner.wrap)) == [{"x": 1}]
    assert plain("text") == "text"


def test_marks_are_found_on_either_side_of_classmethod_and_staticmethod():
    def one(cls):
        return cls

    def two():
        return None

    namespace = {"one": classmethod(mark(one, "remote", 1)), "two": mark(staticmethod(two), "remote", 2)}
    assert list(marks_of(namespace, "remote")) == [("one", 1), ("two", 2)]
