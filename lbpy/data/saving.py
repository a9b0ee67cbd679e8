"""The named steps that every saving operation is made of: read, default, observe, validate, persist. Stores nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from ..errors import BadRequest, ClientError, Conflict, Duplicate, Invalid, NotFound, Problem
from ..model.hooks import Saving
from ..model.javascript import Unreadable
from ..model.kinds import Kind
from ..model.rules import Subject, is_blank, run
from ..query.evaluate import predicate
from ..query.guards import check_depth
from ..query.nodes import Filter
from ..query.where import compile_where
from ..types import UNSET, Json, Options, Row
from .bound import Bound, if_bound
from .reading import loaded
from .relations.definition import RelationDefinition
from .relations.keys import primary_key

DEPTH_OF_CODE: Final = 64


class Operation:
    """One saving operation under way: the model, the caller's options and the state that its hooks share."""

    __slots__ = ("bound", "options", "state")

    def __init__(self, bound: Bound, options: Options) -> None:
        self.bound: Bound = bound
        self.options: Options = options
        self.state: dict[str, Any] = {}

    # -- reading -------------------------------------------------------------

    def read(self, data: Json, *, linking: bool = True) -> tuple[Row, list[Problem]]:
        """What the caller gave, as rows hold it, with what could not be read.

        Args:
            data: an object. linking: an object in the place of a belongsTo relation gives its foreign key.

        Raises:
            BadRequest: it is no object, nested too deeply, or has a key that no property can have.
        """
        if not isinstance(data, Mapping):
            raise BadRequest("Value is not an object.")
        check_depth(data, self.options.get("maxDepthOfData", DEPTH_OF_CODE))
        row, problems = self.bound.reader.read(without_relations(self.bound, data, linking=linking))
        row.update(self.bound.scope_values)
        return row, problems

    def drop_id(self, row: Row, problems: list[Problem], id: Any = UNSET) -> list[Problem]:
        """Take the id, which is `id` if it is known, out of a row of changes; returns the problems without those of the id."""
        row.pop(self.bound.id_name, None)
        keep_alias(self.bound, row, id)
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

    def validate(self, row: Row, problems: list[Problem], *, creating: bool = False, also: Sequence[Row] = ()) -> None:
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

    def problems(self, row: Row, problems: list[Problem], *, creating: bool, also: Sequence[Row] = ()) -> list[Problem]:
        """All problems of a row: of types, of the id, of rules."""
        found = self._id_problems(row) if creating else []
        found += self._judged(row, problems, also) if self._wants_rules() else problems
        return [self._concealed(one) for one in found]

    def _judged(self, row: Row, problems: list[Problem], also: Sequence[Row]) -> list[Problem]:
        """What could not be read, and the rules that are broken beyond that."""
        bound, key = self.bound, self.bound.definition.id
        row = self._with_unread(row, problems)
        subject = Subject(row, bound.model._wrap(row), self._finder(also), key.name if key else None)
        broken = run(bound.rules, subject)
        taken = run(bound.store_rules, subject) if bound.store_rules else []
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

    def _finder(self, also: Sequence[Row]) -> Callable[[Mapping[str, Any]], list[Row]]:
        bound = self.bound

        def find(where: Mapping[str, Any]) -> list[Row]:
            compiled = compile_where(bound.grammar, where, bound.code)
            return [*bound.store.find(Filter(where=compiled)), *filter(predicate(compiled), also)]

        return find

    # -- storing -------------------------------------------------------------

    def for_store(self, row: Row) -> Row:
        """The row without values that equal a default which is not to be stored, and with all others as their kinds read them."""
        row = _with_true_alias(self.bound, row)
        unstored, misfits = self.bound.unstored, self.bound.misfits
        if unstored:
            row = {name: value for name, value in row.items() if (name, value) not in unstored}
        return {**row, **{name: kind.read(row[name]) for name, kind in misfits if name in row}} if misfits else row

    @contextmanager
    def storing(self, row: Row) -> Iterator[None]:
        """A block in which the store takes a row. Raises: see `refused`."""
        try:
            yield
        except Duplicate as error:
            raise self.refused(error, row) from error

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


def without_relations(bound: Bound, data: Mapping[str, Json], *, linking: bool = False) -> Mapping[str, Json]:
    """The data without related instances, which an include may have put there: they are not saved with their owner.

    Linking: the instance that it belongs to leaves its key, which counts where the instance stood (source: models.md 2.1).
    """
    if not bound.relations:
        return data
    related = bound.relations.keys() & data.keys() - bound.definition.properties.keys()
    if not related:
        return data
    kept: dict[str, Json] = {}
    for name, one in data.items():
        if name not in related:
            kept[name] = one
        elif linking:
            kept.update(_key_of(bound, bound.relations[name], one))
    return kept


def _key_of(bound: Bound, relation: RelationDefinition, instance: Json) -> Mapping[str, Json]:
    """What a row holds of the instance that it belongs to; nothing for other relations and for what is no instance."""
    target = if_bound(bound.find_model(relation.model or "")) if relation.type == "belongsTo" else None
    if target is None or target.definition.id is None or not isinstance(instance, Mapping):
        return {}
    key = primary_key(relation, target)
    return {relation.foreign_key: instance[key]} if key in instance else {}


def keep_alias(bound: Bound, row: Row, id: Any = UNSET) -> None:
    """LoopBack's instances have an accessor `id` for a key of another name: what a row says in its place gives way to the key.

    Args:
        id: the key, UNSET where there is none: then the row says nothing.
    """
    if not _has_alias(bound, row):
        return
    if id is UNSET:
        del row["id"]
    else:
        row["id"] = id


def _has_alias(bound: Bound, row: Row) -> bool:
    return "id" in row and "id" not in bound.definition.properties and bound.definition.id is not None


def _with_true_alias(bound: Bound, row: Row) -> Row:
    if not _has_alias(bound, row):
        return row
    row = dict(row)
    keep_alias(bound, row, row.get(bound.id_name, UNSET))
    return row


def same_id(bound: Bound, given: Any, id: Any) -> bool:
    """Whether an id in the data means the id of the row, compared as the kind of ids reads it, or is none."""
    return bound.id_kind.is_no_id(given) or bound.read_id(given) == id


# -- steps around an operation -------------------------------------------------


def observed(operation: Operation, row: Row, problems: list[Problem], *, new: bool, **members: Any) -> Row:
    """The row after the observers of "before save", which see an instance around it."""
    if problems or not operation.bound.observers("before save"):
        return row
    instance = operation.bound.model._wrap(row, new=new)
    operation.before_save(instance=instance, **members)
    return operation.settle(instance._row)


def without_empty_id(bound: Bound, row: Row, data: Mapping[str, Json]) -> Row:
    """The row without an id that counts as none: null, on most stores 0 and empty text too.

    Args:
        row: of a new instance. data: what it was read from, since empty text for a number is read as 0.
    """
    key = bound.definition.id
    if key is None or row.get(key.name, True):
        return row
    if key.kind.is_no_id(row[key.name]) or key.kind.is_no_id(data.get(key.name)):
        del row[key.name]
    return row


def look(operation: Operation, stored: Row, row: Row, *, is_new: bool) -> None:
    """Show what was stored to the observers of "loaded"; what they change comes into the row only where the model says so."""
    [seen] = loaded(operation.bound, [stored], operation.options, is_new=is_new, state=operation.state)
    if operation.bound.definition.setting("updateOnLoad"):
        row.update(seen)


def saved(operation: Operation, row: Row, **members: Any) -> Row:
    """The row after the observers of "after save", which see an instance around it."""
    if not operation.bound.observers("after save"):
        return row
    instance = operation.bound.model._wrap(row)
    operation.after_save(instance=instance, **members)
    return instance._row


def missing(what: str, id: Any) -> NotFound:
    """What is said when an operation by id finds nothing at the store."""
    return NotFound(f"Could not {what}. Object with id {id} does not exist!")


def in_order(bound: Bound, row: Row) -> Row:
    """The row with declared properties first, in order of declaration."""
    ordered = {name: row[name] for name in bound.definition.properties if name in row}
    return {**ordered, **row} if len(ordered) < len(row) else ordered


def object_of(data: Json) -> Mapping[str, Json]:
    """The object that is to be written, empty for none.

    Raises:
        BadRequest: it is no object.
    """
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise BadRequest("Value is not an object.")
    return data
