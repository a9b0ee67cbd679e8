"""The named steps that every saving operation is made of: read, default, observe, validate, persist. Stores nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from ..errors import BadRequest, ClientError, Conflict, Duplicate, Invalid, Problem
from ..model.hooks import Saving
from ..model.kinds import Kind, Unreadable
from ..model.rules import Subject, is_blank, run
from ..query.evaluate import predicate
from ..query.nodes import Filter
from ..query.where import check_depth, compile_where
from ..types import UNSET, Json, Options, Row
from .bound import Bound

DEPTH_OF_CODE: Final = 64


class Operation:
    """One saving operation under way: the model, the caller's options and the state that its hooks share."""

    __slots__ = ("bound", "options", "state")

    def __init__(self, bound: Bound, options: Options) -> None:
        self.bound: Bound = bound
        self.options: Options = options
        self.state: dict[str, Any] = {}

    # -- reading -------------------------------------------------------------

    def read(self, data: Json) -> tuple[Row, list[Problem]]:
        """What the caller gave, as rows hold it, with what could not be read.

        Raises:
            BadRequest: it is no object, nested too deeply, or has a key that no property can have.
        """
        if not isinstance(data, Mapping):
            raise BadRequest("Value is not an object.")
        check_depth(data, self.options.get("maxDepthOfData", DEPTH_OF_CODE))
        row, problems = self.bound.reader.read(without_relations(self.bound, data))
        row.update(self.bound.scope_values)
        return row, problems

    def drop_id(self, row: Row, problems: list[Problem]) -> list[Problem]:
        """Take the id out of a row of changes; returns the problems without those of the id."""
        row.pop(self.bound.id_name, None)
        return [one for one in problems if one.property != self.bound.id_name]

    def complete(self, row: Row) -> list[Problem]:
        """Put defaults where nothing was given, and nulls where the model says so; problems are those of defaults."""
        bound = self.bound
        misfits = [(name, kind) for name, kind in bound.misfits if name not in row]
        bound.fill(row, bound.write_defaults)
        if bound.definition.setting("persistUndefinedAsNull"):
            for name, one in bound.definition.properties.items():
                if not one.id:
                    row.setdefault(name, None)
        return [problem for name, kind in misfits if name in row for problem in _unkept(name, kind, row[name])]

    # -- observing -----------------------------------------------------------

    def before_save(self, **members: Any) -> Saving[Any]:
        """Run the observers of "before save"; returns their context."""
        return self._observe("before save", members)

    def settle(self, row: Row) -> Row:
        """A row as rows hold it, after observers may have touched it.

        Raises:
            TypeError: an observer left a value of a wrong type.
        """
        settled, problems = self.bound.reader.read(row)
        for one in problems:
            if one.code != "unknown-property":
                raise TypeError(f"{self.bound.name}: an observer of 'before save' left {one.property} {one.message}")
        return settled

    def persist(self, data: Row, **members: Any) -> Row:
        """Run the observers of "persist" on a copy of the data; returns what is to be stored."""
        if not self.bound.observers("persist"):
            return data
        return self._observe("persist", {"data": dict(data), **members}).data

    def after_save(self, **members: Any) -> None:
        """Run the observers of "after save"."""
        if self.options.get("notify") is not False:
            self._observe("after save", members)

    def _observe(self, hook: str, members: dict[str, Any]) -> Saving[Any]:
        context: Saving[Any] = Saving(self.bound.model, self.options, self.state, **members)
        for observer in self.bound.observers(hook):
            observer(context)
        return context

    # -- validating ----------------------------------------------------------

    def validate(self, row: Row, problems: list[Problem], *, creating: bool = False, also: tuple[Row, ...] = ()) -> None:
        """Refuse a row that breaks rules.

        Args:
            row: the whole row as it would be after the operation (or the part that alone has to be valid).
            problems: what could not be read before.
            creating: an id must not be given where the store makes it.
            also: rows that are about to be stored too, for rules of uniqueness.

        Raises:
            Invalid: at least one problem.
        """
        found = self.problems(row, problems, creating=creating, also=also)
        if found:
            raise Invalid(self.bound.name, found)

    def problems(self, row: Row, problems: list[Problem], *, creating: bool, also: tuple[Row, ...] = ()) -> list[Problem]:
        """All problems of a row: of types, of the id, of rules."""
        found = self._id_problems(row) if creating else []
        found += self._judged(row, problems, also) if self._wants_rules() else problems
        return [self._concealed(one) for one in found]

    def _judged(self, row: Row, problems: list[Problem], also: tuple[Row, ...]) -> list[Problem]:
        """What could not be read, and the rules that are broken beyond that."""
        bound, key = self.bound, self.bound.definition.id
        row = self._with_unread(row, problems)
        subject = Subject(row, bound.model._wrap(row), self._finder(also), key.name if key else None)
        broken, taken = run(bound.rules, subject), run(bound.store_rules, subject)
        return self._listed(problems, broken, taken) if problems or broken or taken else []

    def _listed(self, problems: list[Problem], broken: list[Problem], taken: list[Problem]) -> list[Problem]:
        """Problems of types and broken rules by property, then undeclared properties, then what other rows say."""
        problems = self._untold(problems, broken)
        unread = {one.property for one in problems}
        undeclared = [one for one in problems if one.code == "unknown-property"]
        types = [self._blank_number(one) for one in problems if one.code != "unknown-property"]
        by_property = self._by_property([*types, *(one for one in broken if one.property not in unread)])
        return [*by_property, *undeclared, *(one for one in taken if one.property not in unread)]

    def _with_unread(self, row: Row, problems: list[Problem]) -> Row:
        """The row with what came in the place of an embedded instance, so that the rule of its relation can tell of it."""
        places = {one.place for one in self.bound.relations.values() if one.type == "embedsOne"} if problems else ()
        unread = {one.property: one.value for one in problems if one.code == "type" and one.property in places}
        return {**row, **unread} if unread else row

    def _untold(self, problems: list[Problem], broken: list[Problem]) -> list[Problem]:
        """The problems without those of properties whose embedded value is told of under the name of its relation, as recorded."""
        names = {one.property for one in broken}
        told = {one.place for one in self.bound.relations.values() if one.type == "embedsOne" and one.name in names}
        return [one for one in problems if one.property not in told]

    def _by_property(self, problems: list[Problem]) -> list[Problem]:
        places = {name: place for place, name in enumerate(self.bound.definition.properties)} if len(problems) > 1 else {}
        return sorted(problems, key=lambda one: places.get(one.property, len(places)))

    def _concealed(self, problem: Problem) -> Problem:
        """The problem without the value of a hidden property, which no message may show (source: models.md 5.2)."""
        return replace(problem, value=UNSET) if problem.property in self.bound.definition.hidden else problem

    def _id_problems(self, row: Row) -> list[Problem]:
        key = self.bound.definition.id
        if key is None or not self.bound.definition.force_id or is_blank(row.get(key.name)):
            return []
        return [Problem(key.name, "absence", "can't be set", row[key.name])]

    def _wants_rules(self) -> bool:
        wanted = self.options.get("validate")
        return bool(self.bound.definition.setting("automaticValidation", True)) if wanted is None else bool(wanted)

    def _blank_number(self, problem: Problem) -> Problem:
        """A required number that is no number counts as absent, as recorded."""
        one = self.bound.definition.properties.get(problem.property)
        if one is None or not one.required or one.kind.name != "number" or problem.code != "type":
            return problem
        return Problem(problem.property, "presence", one.required_message or "can't be blank", float("nan"))

    def _finder(self, also: tuple[Row, ...]) -> Callable[[Mapping[str, Any]], list[Row]]:
        bound = self.bound

        def find(where: Mapping[str, Any]) -> list[Row]:
            compiled = compile_where(bound.grammar, where, bound.code)
            return [*bound.store.find(Filter(where=compiled)), *filter(predicate(compiled), also)]

        return find

    # -- storing -------------------------------------------------------------

    def for_store(self, row: Row) -> Row:
        """The row without values that equal a default which is not to be stored, and with all others as their kinds read them."""
        unstored, misfits = self.bound.unstored, self.bound.misfits
        if unstored:
            row = {name: value for name, value in row.items() if (name, value) not in unstored}
        return {**row, **{name: kind.read(row[name]) for name, kind in misfits if name in row}} if misfits else row

    def refused(self, error: Duplicate, row: Row) -> Conflict | Invalid:
        """What a duplicate means: a conflict for an id, a broken rule for any other property."""
        if error.is_id:
            return error
        problem = Problem(error.property, "uniqueness", "is not unique", row.get(error.property))
        return Invalid(self.bound.name, [self._concealed(problem)])


def _unkept(name: str, kind: Kind, value: Any) -> list[Problem]:
    """What is wrong with a default that its own property cannot keep."""
    try:
        kind.read(value)
    except Unreadable as error:
        return [Problem(name, error.code, error.message, value)]
    except ClientError as error:
        return [Problem(name, "type", error.message, value)]
    return []


def without_relations(bound: Bound, data: Mapping[str, Json]) -> Mapping[str, Json]:
    """The data without related instances, which an include may have put there: they are not saved with their owner."""
    related = bound.relations.keys() & data.keys() - bound.definition.properties.keys()
    return {name: one for name, one in data.items() if name not in related} if related else data


def same_id(bound: Bound, given: Any, id: Any) -> bool:
    """Whether an id in the data means the id of the row, compared as the kind of ids reads it."""
    return given is None or bound.read_id(given) == id
