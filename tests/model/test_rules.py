"""Each validation of LoopBack and each validator of marshmallow: when it fails, with which code and text."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from marshmallow import ValidationError
from marshmallow.validate import ContainsNoneOf, ContainsOnly, Email, Equal, Length, NoneOf, OneOf, Range, Regexp

from lbpy import Model, prop, validate
from lbpy.errors import Problem
from lbpy.model.rules import (
    NestedRule,
    Subject,
    Validated,
    absence,
    custom,
    exclusion,
    format,
    inclusion,
    length,
    numericality,
    presence,
    rules_of,
    run,
    uniqueness,
)
from lbpy.types import UNSET

ABSENT = UNSET


class Thing(Model):
    is_wanted: bool = True

    def old(self) -> bool:
        return self["age"] > 5


def subject(**row: Any) -> Subject:
    given = {name: value for name, value in row.items() if value is not ABSENT}
    return Subject(given, Thing._wrap(given))


def failures(rule, value=ABSENT, **more: Any) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in rule(subject(a=value, **more))]


# -- LoopBack's validations


@pytest.mark.parametrize("value", [ABSENT, None, "", math.nan, []])
def test_what_is_blank(value):
    assert failures(presence("a"), value) == [("presence", "can't be blank")]
    assert failures(absence("a"), value) == []


@pytest.mark.parametrize("value", [0, False, {}, " ", "x", [None], datetime(2020, 1, 1, tzinfo=UTC)])
def test_what_is_not_blank(value):
    assert failures(presence("a"), value) == []
    assert failures(absence("a"), value) == [("absence", "can't be set")]


@pytest.mark.parametrize(
    ("bounds", "value", "found"),
    [
        ({"min": 2}, "a", [("length.min", "too short")]),
        ({"min": 2}, "ab", []),
        ({"max": 2}, "abc", [("length.max", "too long")]),
        ({"max": 2}, ["a", "b", "c"], [("length.max", "too long")]),
        ({"max": 2}, [], []),
        ({"is_": 2}, "abc", [("length.is", "length is wrong")]),
        ({"is_": 2}, "ab", []),
        ({"min": 4, "is_": 2}, "abc", [("length.min", "too short"), ("length.is", "length is wrong")]),
    ],
)
def test_length(bounds, value, found):
    assert failures(length("a", **bounds), value) == found


@pytest.mark.parametrize(
    ("whole", "value", "found"),
    [
        (False, 1.5, []),
        (True, 1.5, [("numericality.int", "is not an integer")]),
        (True, 2.0, []),
        (True, 10**30, []),
        (False, "1", [("numericality.number", "is not a number")]),
        (False, True, [("numericality.number", "is not a number")]),
        (False, math.nan, [("numericality.number", "is not a number")]),
    ],
)
def test_numericality(whole, value, found):
    assert failures(numericality("a", whole=whole), value) == found


def test_a_number_without_end_is_no_whole_one():
    assert failures(numericality("a", whole=True), math.inf) == [("numericality.int", "is not an integer")]


def test_inclusion_and_exclusion():
    assert failures(inclusion("a", ["x", "y"]), "z") == [("inclusion", "is not included in the list")]
    assert failures(inclusion("a", ["x", "y"]), "y") == []
    assert failures(exclusion("a", ["x", "y"]), "y") == [("exclusion", "is reserved")]
    assert failures(exclusion("a", ["x", "y"]), "z") == []


@pytest.mark.parametrize("value", [["x"], {"x": 1}])
def test_lists_and_objects_are_in_no_list(value):
    assert failures(inclusion("a", ["x"]), value) == [("inclusion", "is not included in the list")]


@pytest.mark.parametrize(("value", "fine"), [("abc", True), ("xabcx", True), ("ab", False), (123, False), (True, False), ([], False)])
def test_format_searches_text_and_numbers(value, fine):
    assert failures(format("a", "b?c"), value) == ([] if fine else [("format", "is invalid")])


def test_format_of_a_number_looks_at_its_digits():
    assert failures(format("a", "^[0-9]{2}$"), 42) == []


FUSSY = [length("a", min=1), numericality("a"), inclusion("a", [1]), exclusion("a", [1]), format("a", "x")]


@pytest.mark.parametrize("rule", FUSSY, ids=lambda rule: rule.kind)
def test_most_validations_make_a_property_required(rule):
    assert failures(rule) == [(f"{rule.kind}.blank", "is blank")]
    assert failures(rule, "") == [(f"{rule.kind}.blank", "is blank")]
    assert failures(rule, None) == [(f"{rule.kind}.null", "is null")]


@pytest.mark.parametrize(
    "make",
    [
        lambda **options: length("a", min=1, **options),
        lambda **options: numericality("a", **options),
        lambda **options: inclusion("a", [1], **options),
        lambda **options: exclusion("a", [1], **options),
        lambda **options: format("a", "x", **options),
    ],
)
def test_blank_and_null_can_be_allowed(make):
    assert failures(make(allow_blank=True)) == failures(make(allow_blank=True), "") == []
    assert failures(make(allow_null=True), None) == []
    assert failures(make(allow_blank=True), None) != []
    assert failures(make(allow_null=True), "") != []


def test_custom_says_no_by_false_or_by_a_kind():
    assert failures(custom("a", lambda thing: thing["a"] == 1), 1) == []
    assert failures(custom("a", lambda thing: False), 1) == [("custom", "is invalid")]
    assert failures(custom("a", lambda thing: "odd", message="is odd"), 1) == [("custom.odd", "is odd")]


# -- options


def test_a_message_takes_the_place_of_all_texts():
    rule = length("a", min=2, message="bad")
    assert failures(rule, "x") == [("length.min", "bad")]
    assert failures(rule, None) == [("length.null", "bad")]


def test_a_map_of_messages_is_looked_up_by_kind():
    rule = length("a", min=2, max=3, message={"min": "longer!"})
    assert failures(rule, "x") == [("length.min", "longer!")]
    assert failures(rule, "xxxx") == [("length.max", "is invalid")]
    assert failures(rule) == [("length.blank", "is blank")]
    assert failures(rule, None) == [("length.null", "is null")]
    assert failures(custom("a", lambda thing: "odd", message={"even": "x"}), 1) == [("custom.odd", "is invalid")]


def test_a_code_takes_the_place_of_the_kind():
    assert failures(length("a", min=2, code="size"), "x") == [("size.min", "too short")]
    assert failures(presence("a", code="needed")) == [("needed", "can't be blank")]


@pytest.mark.parametrize(
    ("options", "runs"),
    [
        ({"if_": lambda thing: thing["age"] > 5}, True),
        ({"if_": lambda thing: thing["age"] > 9}, False),
        ({"unless": lambda thing: thing["age"] > 5}, False),
        ({"if_": "old"}, True),
        ({"unless": "old"}, False),
        ({"if_": "age"}, True),
        ({"if_": "nothing"}, False),
        ({"unless": "nothing"}, True),
        ({"if_": "old", "unless": "nothing"}, True),
        ({"if_": "old", "unless": "age"}, False),
    ],
)
def test_if_and_unless_take_a_function_a_method_or_a_property(options, runs):
    assert failures(presence("a", **options), age=7) == ([("presence", "can't be blank")] if runs else [])


def test_a_condition_may_be_a_method_of_a_base():
    class Child(Thing):
        pass

    given = {"age": 7}
    rule = presence("a", if_="old")
    assert len(list(rule(Subject(given, Child._wrap(given))))) == 1


def test_the_problem_holds_the_value():
    assert list(presence("a")(subject(a=""))) == [Problem("a", "presence", "can't be blank", "")]
    assert list(presence("a")(subject())) == [Problem("a", "presence", "can't be blank", UNSET)]


def test_rules_are_frozen_and_equal_by_what_they_say():
    with pytest.raises(AttributeError):
        presence("a").property = "b"


# -- marshmallow's validators


@pytest.mark.parametrize(
    ("validator", "value", "code"),
    [
        (Length(min=2), "a", "length.min"),
        (Length(max=2), "abc", "length.max"),
        (Length(min=2, max=3), "abcd", "length.max"),
        (Length(equal=2), "abc", "length.is"),
        (Range(min=2), 1, "numericality.min"),
        (Range(max=2), 3, "numericality.max"),
        (Range(min=2, min_inclusive=False), 2, "numericality.min"),
        (Range(min=0, max=2, max_inclusive=False), 2, "numericality.max"),
        (OneOf(["a"]), "b", "inclusion"),
        (ContainsOnly(["a"]), ["b"], "inclusion"),
        (NoneOf(["a"]), "a", "exclusion"),
        (ContainsNoneOf(["a"]), ["a"], "exclusion"),
        (Regexp("^a"), "b", "format"),
        (Email(), "x", "custom"),
        (Equal("a"), "b", "custom"),
    ],
)
def test_codes_of_validators(validator, value, code):
    [(found, message)] = failures(Validated("a", validator), value)
    assert found == code
    assert message
    assert not message.endswith(".")


def test_a_validator_says_nothing_of_valid_absent_and_null_values():
    rule = Validated("a", Length(min=2))
    assert failures(rule, "ab") == failures(rule) == failures(rule, None) == []


def test_a_function_of_ones_own_may_raise():
    def refuse(value: Any) -> None:
        raise ValidationError(["is odd", "is bad."])

    assert failures(Validated("a", refuse), 1) == [("custom", "is odd is bad")]


@pytest.mark.parametrize(("validator", "value"), [(Length(min=2), 5), (Range(min=1), "x"), (Regexp("a"), 5), (ContainsOnly(["a"]), 5)])
def test_a_value_that_a_validator_cannot_look_at_is_invalid(validator, value):
    assert failures(Validated("a", validator), value) == [("custom", "is invalid")]


def test_a_mistake_in_a_function_of_ones_own_is_no_problem_of_the_caller():
    with pytest.raises(TypeError):
        failures(Validated("a", lambda value: value + "x"), 5)


# -- rules of a model


def test_required_validators_lists_and_methods_in_this_order(defined):
    class Product(Model, rules=[inclusion("b", [1])]):
        a: str = prop(validate=Length(min=2))
        b: int = prop(default=0, validate=[length("b", min=1), Range(max=3)], unique=True)

        @validate("b", "is odd")
        def even(self) -> bool:
            return self.b % 2 == 0

        @validate("a.ugly", "is ugly")
        def nice(self) -> bool:
            return self.a != "ugly"

    given = {"a": "x", "b": 5}
    found = run(rules_of(defined(Product), Product), Subject(given, Product._wrap(given)))
    assert [(one.property, one.code, one.message) for one in found] == [
        ("a", "length.min", "Shorter than minimum length 2"),
        ("b", "numericality.max", "Must be less than or equal to 3"),
        ("b", "inclusion", "is not included in the list"),
        ("b", "custom", "is odd"),
    ]
    given = {"a": "ugly", "b": 1}
    found = run(rules_of(defined(Product), Product), Subject(given, Product._wrap(given)))
    assert ("a", "ugly") in [(one.property, one.code) for one in found]


def test_rules_are_inherited_those_of_the_base_first(defined):
    class Base(Model):
        a: int = 0

        @validate("a", "is base")
        def base(self) -> bool:
            return False

    class Child(Base):
        @validate("a", "is child")
        def child(self) -> bool:
            return False

    given = {"a": 1}
    found = run(rules_of(defined(Child), Child), Subject(given, Child._wrap(given)))
    assert [one.message for one in found] == ["is base", "is child"]


def test_required_has_a_text_of_its_own(read):
    made = read({"properties": {"a": {"type": "string", "required": {"message": "is needed"}}, "b": {"type": "string", "required": True}}})
    found = run(rules_of(made, Thing), subject())
    assert [(one.property, one.message) for one in found] == [("a", "is needed"), ("b", "can't be blank")]


def test_what_the_store_makes_is_not_required_of_the_caller(read):
    made = read({"properties": {"id": {"type": "number", "id": True, "generated": True, "required": True}}})
    assert run(rules_of(made, Thing), subject()) == []


# -- nested models


@pytest.fixture
def nested():
    return NestedRule("a", Thing, (length("name", min=2), presence("age")), frozenset({"pin"}))


def test_problems_of_a_nested_instance_are_those_of_its_property(nested):
    assert failures(nested, {"name": "x", "age": 1}) == [("invalid", "is invalid: `name` too short")]
    assert failures(nested, {"name": "xy", "age": 1}) == []


def test_every_instance_in_a_list_is_looked_at(nested):
    assert [code for code, _ in failures(nested, [{"name": "x", "age": 1}, {"name": "xy"}])] == ["invalid", "invalid"]


@pytest.mark.parametrize("value", [ABSENT, None, [], [None], "text"])
def test_what_is_no_instance_is_passed_over(nested, value):
    assert failures(nested, value) == []


@pytest.mark.parametrize("many", [False, True])
def test_hidden_values_of_a_nested_instance_are_not_shown(nested, many):
    value = {"name": "x", "age": 1, "pin": "1234"}
    [problem] = nested(subject(a=[value] if many else value))
    assert "1234" not in str(problem.value)


# -- uniqueness


ROWS = [{"id": 1, "mail": "Ann@x.org", "realm": "a"}, {"id": 2, "mail": "bob@x.org", "realm": "a"}]


def unique(rule, where=None, **row: Any) -> bool:
    asked = []

    def find(raw):
        asked.append(raw)
        return ROWS

    problems = list(rule(Subject(row, Thing._wrap(row), find, "id")))
    if where is not None:
        assert asked == [where]
    assert all((one.code, one.message) == ("uniqueness", "is not unique") for one in problems)
    return not problems


def test_another_row_with_the_value_breaks_uniqueness():
    assert not unique(uniqueness("mail"), {"mail": "x"}, mail="x")
    assert not unique(uniqueness("mail", scoped_to=["realm"]), {"mail": "x", "realm": "a"}, mail="x", realm="a")
    assert not unique(uniqueness("mail", scoped_to=["realm"]), {"mail": "x", "realm": None}, mail="x")


def test_the_row_itself_does_not_count():
    assert not unique(uniqueness("mail"), id=1, mail="Ann@x.org")
    own = Subject({"id": 1, "mail": "x"}, Thing(), lambda where: ROWS[:1], "id")
    assert list(uniqueness("mail")(own)) == []


@pytest.mark.parametrize("value", [None, "", []])
def test_blank_values_are_not_looked_at(value):
    assert unique(uniqueness("mail"), mail=value)


def test_without_a_store_everything_is_unique():
    assert list(uniqueness("mail")(subject(mail="x"))) == []


@pytest.mark.parametrize(("mail", "fine"), [("ann@X.ORG", False), ("ann@x.or", True), ("cid@x.org", True)])
def test_case_can_be_ignored(mail, fine):
    assert unique(uniqueness("mail", ignore_case=True), mail=mail) is fine
