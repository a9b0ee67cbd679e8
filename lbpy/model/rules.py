"""The rules an instance must meet: LoopBack's validations and marshmallow's validators, with LoopBack's codes and texts.

A rule is any callable that is given a Subject and yields Problems. Types were read before; stores are asked through the Subject only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

import re2
from marshmallow import ValidationError
from marshmallow.validate import ContainsOnly, Length, NoneOf, OneOf, Range, Regexp, Validator

from ..errors import Problem
from ..types import UNSET, Row
from .definition import ModelDefinition, Property
from .properties import mark, marks_of

if TYPE_CHECKING:
    from .base import Model

M = TypeVar("M")
Validates = TypeVar("Validates", bound=Callable[..., bool])


@dataclass(slots=True)
class Subject:
    """What rules look at: the row, the instance around it, and a way to find rows with the same values.

    find: raw where -> matching rows; rows is None where there is no store. id_name: name of the id property.
    """

    row: Row
    instance: Model
    find: Callable[[Mapping[str, Any]], list[Row]] | None = None
    id_name: str | None = None

    def value(self, name: str) -> Any:
        """The value of a property, UNSET where absent."""
        return self.row.get(name, UNSET)


Rule = Callable[[Subject], Iterable[Problem]]
Condition = Callable[[Any], bool] | str


def is_blank(value: Any) -> bool:
    """Absent, null, empty text, empty list, or no number."""
    if value is UNSET or value is None:
        return True
    if isinstance(value, (str, list)):
        return not value
    return isinstance(value, float) and math.isnan(value)


# -- LoopBack's validations --------------------------------------------------


@dataclass(frozen=True, slots=True)
class Validation:
    """One of LoopBack's validations on one property (source: models.md 5.1).

    check: (value, subject) -> the sub-kinds that fail, "" for the kind itself. texts: sub-kind -> message.
    blank_fails: absent, empty and null values fail by themselves unless allowed.
    """

    property: str
    kind: str
    check: Callable[[Any, Subject], Iterable[str]]
    texts: Mapping[str, str]
    message: str | Mapping[str, str] | None = None
    code: str | None = None
    if_: Condition | None = None
    unless: Condition | None = None
    blank_fails: bool = False
    allow_blank: bool = False
    allow_null: bool = False

    def __call__(self, subject: Subject) -> Sequence[Problem]:
        """The sub-kinds that are broken, each as a problem."""
        if (self.if_ is not None or self.unless is not None) and not self._applies(subject):
            return ()
        value = subject.row.get(self.property, UNSET)
        failures = self._blank(value) if self.blank_fails else None
        if failures is None:
            failures = self.check(value, subject)
        return [self._problem(sub, value) for sub in failures] if failures else ()

    def _problem(self, sub: str, value: Any) -> Problem:
        code = self.code or self.kind
        return Problem(self.property, f"{code}.{sub}" if sub else code, self._text(sub), value)

    def _applies(self, subject: Subject) -> bool:
        wanted = self.if_ is None or _holds(self.if_, subject)
        return wanted and not (self.unless is not None and _holds(self.unless, subject))

    def _blank(self, value: Any) -> Iterable[str] | None:
        """What an absent, empty or null value means by itself, None for any other."""
        if value is None:
            return () if self.allow_null else ("null",)
        if value is UNSET or value == "":
            return () if self.allow_blank else ("blank",)
        return None

    def _text(self, sub: str) -> str:
        if isinstance(self.message, str):
            return self.message
        if isinstance(self.message, Mapping) and sub not in ("blank", "null"):
            return self.message.get(sub or self.kind, "is invalid")
        return {"blank": "is blank", "null": "is null", **self.texts}.get(sub, "is invalid")


def _holds(condition: Condition, subject: Subject) -> bool:
    if callable(condition):
        return bool(condition(subject.instance))
    classes = type(subject.instance).__mro__
    named = next((vars(cls)[condition] for cls in classes if condition in vars(cls)), None)
    return bool(named(subject.instance)) if callable(named) else bool(subject.row.get(condition))


def presence(property: str, **options: Any) -> Rule:
    """The property has a value: not absent, null, empty text or an empty list."""
    return Validation(property, "presence", lambda v, s: ("",) if is_blank(v) else (), {"": "can't be blank"}, **options)


def absence(property: str, **options: Any) -> Rule:
    """The property has no value."""
    return Validation(property, "absence", lambda v, s: () if is_blank(v) else ("",), {"": "can't be set"}, **options)


def length(property: str, *, min: int | None = None, max: int | None = None, is_: int | None = None, **options: Any) -> Rule:
    """The length of a text or list lies within bounds."""

    def check(value: Any, subject: Subject) -> Iterator[str]:
        size = len(value) if isinstance(value, (str, list)) else len(str(value))
        if min is not None and size < min:
            yield "min"
        if max is not None and size > max:
            yield "max"
        if is_ is not None and size != is_:
            yield "is"

    texts = {"min": "too short", "max": "too long", "is": "length is wrong"}
    return Validation(property, "length", check, texts, blank_fails=True, **options)


def numericality(property: str, *, whole: bool = False, **options: Any) -> Rule:
    """The value is a number, with `whole` a whole one."""

    def check(value: Any, subject: Subject) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, (float, int)) or value != value:
            yield "number"
        elif whole and isinstance(value, float) and not value.is_integer():
            yield "int"

    texts = {"number": "is not a number", "int": "is not an integer"}
    return Validation(property, "numericality", check, texts, blank_fails=True, **options)


def inclusion(property: str, in_: Sequence[Any], **options: Any) -> Rule:
    """The value is one of a list."""
    texts = {"": "is not included in the list"}
    return Validation(property, "inclusion", lambda v, s: () if v in in_ else ("",), texts, blank_fails=True, **options)


def exclusion(property: str, in_: Sequence[Any], **options: Any) -> Rule:
    """The value is none of a list."""
    texts = {"": "is reserved"}
    return Validation(property, "exclusion", lambda v, s: ("",) if v in in_ else (), texts, blank_fails=True, **options)


def format(property: str, with_: str, **options: Any) -> Rule:
    """The text (or number) matches a regular expression, searched for anywhere in it and run on RE2."""
    pattern = re2.compile(with_)

    def check(value: Any, subject: Subject) -> Iterator[str]:
        textual = isinstance(value, (str, int, float)) and not isinstance(value, bool)
        if not textual or not pattern.search(str(value)):
            yield ""

    return Validation(property, "format", check, {"": "is invalid"}, blank_fails=True, **options)


def uniqueness(property: str, *, scoped_to: Sequence[str] = (), ignore_case: bool = False, **options: Any) -> Rule:
    """No other record has the value; blank values are not looked at, the record itself does not count."""

    def check(value: Any, subject: Subject) -> Iterator[str]:
        if is_blank(value) or subject.find is None:
            return
        same = _in_any_case(value) if ignore_case and isinstance(value, str) else value
        where = {property: same, **{name: subject.row.get(name) for name in scoped_to}}
        own = subject.row.get(subject.id_name or "")
        others = (row for row in subject.find(where) if own is None or row.get(subject.id_name or "") != own)
        if any(not ignore_case or str(row.get(property)).lower() == str(value).lower() for row in others):
            yield ""

    return Validation(property, "uniqueness", check, {"": "is not unique"}, **options)


def _in_any_case(text: str) -> dict[str, str]:
    """A condition that the text meets in any case; others may, too, beyond its beginning."""
    return {"regexp": f"/^{re2.escape(text[:100])}/i"}


def custom(property: str, check: Callable[[Any], bool | str], *, message: str = "is invalid", **options: Any) -> Rule:
    """A rule of one's own: given the instance, True is fine, False fails, a text fails with that text as part of the code."""

    def run(value: Any, subject: Subject) -> Iterator[str]:
        verdict = check(subject.instance)
        if verdict is not True:
            yield verdict if isinstance(verdict, str) else ""

    return Validation(property, "custom", run, {}, message=message, **options)


# -- marshmallow's validators ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Validated:
    """A marshmallow validator on one property; absent and null values are not looked at."""

    property: str
    validator: Callable[[Any], Any]

    def __call__(self, subject: Subject) -> Iterator[Problem]:
        """The validator's complaint, if it has one."""
        value = subject.value(self.property)
        if value is UNSET or value is None:
            return
        try:
            self.validator(value)
        except ValidationError as error:
            yield Problem(self.property, code_of(self.validator, value), " ".join(_texts(error.messages)), value)
        except TypeError:
            if not isinstance(self.validator, Validator):
                raise  # the application's own mistake
            yield Problem(self.property, "custom", "is invalid", value)  # such as the length of a number


def _texts(messages: Any) -> list[str]:
    if isinstance(messages, dict):
        return [text for one in messages.values() for text in _texts(one)]
    return [str(one).rstrip(".") for one in messages]


def code_of(validator: object, value: Any) -> str:
    """LoopBack's code for a failed marshmallow validator (source: design, "create")."""
    if isinstance(validator, Length):
        return f"length.{_length_bound(validator, len(value))}"
    if isinstance(validator, Range):
        return "numericality.min" if _is_below(validator, value) else "numericality.max"
    if isinstance(validator, (OneOf, ContainsOnly)):
        return "inclusion"
    if isinstance(validator, NoneOf):
        return "exclusion"
    return "format" if isinstance(validator, Regexp) else "custom"


def _is_below(validator: Range, value: Any) -> bool:
    least = validator.min
    return least is not None and bool(value < least or (value == least and not validator.min_inclusive))


def _length_bound(validator: Length, size: int) -> str:
    if validator.equal is not None:
        return "is"
    return "min" if validator.min is not None and size < validator.min else "max"


# -- rules of a model --------------------------------------------------------


def validate(code: str, message: str) -> Callable[[Validates], Validates]:
    """Make a method of a model a rule: it returns whether the instance is fine.

    Args:
        code: where the problem shows: a property's name, or "property.kind" to say the kind as well.
        message: the text that follows the property's name, such as "is below cost".

    Returns:
        the decorator of a method without arguments.
    """
    return lambda method: mark(method, "validate", (code, message))


@dataclass(frozen=True, slots=True)
class MethodRule:
    """A method of the class that says whether an instance is fine."""

    property: str
    code: str
    message: str
    method: Callable[[Any], bool]

    def __call__(self, subject: Subject) -> Iterator[Problem]:
        """The problem, if the method says no."""
        if not self.method(subject.instance):
            yield Problem(self.property, self.code, self.message, subject.value(self.property))


@dataclass(frozen=True, slots=True)
class NestedRule:
    """The rules of a nested model, for a property that holds one instance or a list of them.

    hidden: what messages do not show of it.
    """

    property: str
    cls: type[Model]
    rules: tuple[Rule, ...]
    hidden: frozenset[str] = frozenset()

    def __call__(self, subject: Subject) -> Iterator[Problem]:
        """The problems of every instance in the property."""
        value = subject.value(self.property)
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, dict):
                continue
            inner = Subject(item, self.cls._wrap(item))
            for problem in run(self.rules, inner):
                text = f"is invalid: `{problem.property}` {problem.message}"
                yield Problem(self.property, "invalid", text, self._shown(value))

    def _shown(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._shown(one) for one in value]
        return {name: one for name, one in value.items() if name not in self.hidden} if isinstance(value, dict) else value


def run(rules: Iterable[Rule], subject: Subject) -> list[Problem]:
    """All broken rules; none stops at the first. Methods of the class count on what is required, so they are asked where it is there."""
    found: list[Problem] = []
    for rule in rules:
        if not (found and isinstance(rule, MethodRule) and any(one.code == "presence" for one in found)):
            found.extend(rule(subject))
    return found


def rules_of(definition: ModelDefinition, cls: type[Model]) -> tuple[Rule, ...]:
    """The rules of a model: those of its properties, those listed in its settings, those that its class has as methods."""
    own = [rule for one in definition.properties.values() for rule in _property_rules(one)]
    methods = [rule for base in reversed(cls.__mro__) for rule in _method_rules(base)]
    listed = [rule for rule in definition.setting("rules", ()) if _is_rule(rule)]
    return (*own, *listed, *methods)


def _is_rule(one: object) -> TypeGuard[Rule]:
    return callable(one)


def asks_store(rule: Rule) -> bool:
    """Whether the rule needs a look at other records."""
    return isinstance(rule, Validation) and rule.kind == "uniqueness"


def _property_rules(one: Property) -> Iterator[Rule]:
    if one.required and not one.generated:
        yield presence(one.name, message=one.required_message)
    for validator in one.validators:
        yield validator if isinstance(validator, Validation) else Validated(one.name, validator)
    if one.unique and not one.id:
        yield uniqueness(one.name)


def _method_rules(base: type) -> Iterator[Rule]:
    for name, (code, message) in marks_of(vars(base), "validate"):
        property, _, kind = code.partition(".")
        yield MethodRule(property, kind or "custom", message, vars(base)[name])
