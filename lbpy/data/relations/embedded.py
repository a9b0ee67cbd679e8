"""What embedded relations share: the kind of the property that holds the rows, their ids, hooks and rules. Patches no owner."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import Problem
from ...model.base import Model
from ...model.definition import ModelDefinition
from ...model.hooks import Deleting
from ...model.kinds import Nested
from ...model.rules import Rule, Subject, run
from ...types import Json, Options, Row
from ..bound import Bound
from ..saving import Operation
from ..writing.creating import prepare
from .definition import RelationDefinition
from .related import Related

Defaults = tuple[tuple[str, Callable[[], Any]], ...]


@dataclass(frozen=True, slots=True, repr=False)
class EmbeddedKind(Nested):
    """The kind of a property that holds embedded rows: as nested ones, with the defaults of their model."""

    defaults: Defaults = ()

    def read(self, value: Any) -> Any:
        """The row with defaults where it says nothing."""
        row = Nested.read(self, value)
        if row is not None:
            for name, default in self.defaults:
                if name not in row:
                    row[name] = default()
        return row


def embedded_kind(model: ModelDefinition) -> EmbeddedKind:
    """The kind of a property whose values are embedded rows of a model; they may hold what it does not declare."""
    kinds = {name: one.kind for name, one in model.properties.items()}
    defaults = tuple((one.name, one.default) for one in model.properties.values() if one.default is not None)
    return EmbeddedKind(model.name, kinds, strict=model.strict, hidden=model.hidden | model.protected, defaults=defaults)


@dataclass(frozen=True, slots=True)
class Embedded(Related):
    """A relation whose other side lies in a property of the owner."""

    @property
    def written(self) -> tuple[Bound, ...]:
        """See Related; what is not stored by itself as well is written with its owner."""
        return (self.owner, self.target) if self.relation.on("persistent") else (self.owner,)

    @property
    def held_in(self) -> str | None:
        """See Related."""
        return self.relation.place

    @property
    def key(self) -> str:
        """The name of the id of embedded rows."""
        own = self.target.definition.id
        return own.name if own is not None else "id"

    def made(self, data: Json, others: Iterable[Row], options: Options) -> tuple[Operation, Row]:
        """A new embedded row, observed and valid, with an id that none of the others has.

        Raises:
            Invalid: it breaks the rules of its model.
        """
        operation = Operation(self.target, options)
        if not isinstance(data, Mapping) or not self._wants_id(data):
            return operation, prepare(operation, data)
        id = {self.key: self._new_id(others)}
        if self.target.definition.force_id:  # rules refuse an id that comes from outside
            return operation, self._shown_last({**prepare(operation, data), **id})
        return operation, self._shown_last(prepare(operation, {**data, **id}))

    def _wants_id(self, data: Mapping[str, Json]) -> bool:
        has_id = self.target.definition.id is not None or bool(self.target.definition.setting("idInjection"))
        missing = self.relation.on("forceId") or data.get(self.key) is None
        return (has_id or self.relation.is_many) and missing and not self.relation.on("persistent")

    def _new_id(self, others: Iterable[Row]) -> Any:
        path = self.target.grammar.path(self.key)
        if path is not None and path.kind is not None and path.kind.name == "number":
            return max((one[self.key] for one in others if isinstance(one.get(self.key), (int, float))), default=0) + 1
        return secrets.token_hex(12)

    def _shown_last(self, row: Row) -> Row:
        """An id that the model does not declare comes after what it declares."""
        if self.key in self.target.definition.properties or self.key not in row:
            return row
        return {**{name: one for name, one in row.items() if name != self.key}, self.key: row[self.key]}

    def changed(self, row: Row, data: Json, options: Options) -> tuple[Operation, Row]:
        """An embedded row with changes, observed and valid.

        Raises:
            Invalid: the changed row breaks the rules of its model.
        """
        operation = Operation(self.target, options)
        changes, problems = operation.read({} if data is None else data)
        if not problems and self.target.observers("before save"):
            context = operation.before_save(data=changes, current_instance=self.model._wrap(dict(row)), is_new=False)
            changes = operation.settle(context.data)
        merged = {**row, **changes}
        operation.validate(merged, problems)
        return operation, merged

    def after(self, operation: Operation, row: Row, *, is_new: bool) -> Model:
        """Let the observers of "after save" see the row; returns its instance."""
        instance = self.model._wrap(row)
        if self.target.observers("after save"):
            operation.after_save(instance=instance, is_new=is_new)
        return instance

    def removing(self, row: Row, options: Options, remove: Callable[[], None]) -> None:
        """Remove a row from its owner between the observers of "before delete" and "after delete"."""
        where, instance = {self.key: row.get(self.key)}, self.model._wrap(row)
        context: Deleting[Any] = Deleting(self.model, options, {}, where=where, instance=instance)
        for observer in self.target.observers("before delete"):
            observer(context)
        remove()
        for observer in self.target.observers("after delete"):
            observer(context)


# -- rules of the owner --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EmbeddedRule:
    """The rule that what is embedded is valid, where it comes inside its owner's data."""

    relation: RelationDefinition
    key: str
    cls: type[Model]
    rules: tuple[Rule, ...]

    def __call__(self, subject: Subject) -> Iterable[Problem]:
        """Say what is wrong with embedded rows."""
        value = subject.row.get(self.relation.place)
        if isinstance(value, list):
            yield from self._items(value)
        elif value is not None:
            for one in self._broken(value if isinstance(value, dict) else {}):  # what is no object has no properties
                yield Problem(self.relation.name, "invalid", f"is invalid: `{one.property}` {one.message}")

    def _broken(self, row: Row) -> list[Problem]:
        return run(self.rules, Subject(row, self.cls._wrap(row)))

    def _items(self, rows: list[Any]) -> Iterable[Problem]:
        for at, row in enumerate(rows):
            broken = self._broken(row) if isinstance(row, dict) else []
            if broken:
                first = broken[0].property
                told = ",".join(one.message for one in broken if one.property == first)
                item = f": `{row[self.key]}`" if row.get(self.key) else f" at index `{at}`"
                yield Problem(self.relation.place, "invalid", f"contains invalid item{item} (`{first}` {told})", rows)


@dataclass(frozen=True, slots=True)
class WithIds:
    """The rule that embedded rows that are stored by themselves as well come with the id that they have there."""

    relation: RelationDefinition
    key: str

    def __call__(self, subject: Subject) -> Iterable[Problem]:
        """Say which have none."""
        rows = subject.row.get(self.relation.place)
        for at, row in enumerate(rows if isinstance(rows, list) else ()):
            if isinstance(row, dict) and row.get(self.key) is None:
                yield Problem(self.relation.place, "invalid", f"contains invalid item at index `{at}`: `{self.key}` is blank", rows)


@dataclass(frozen=True, slots=True)
class DistinctIds:
    """The rule that no two embedded rows have the same id."""

    relation: RelationDefinition
    key: str

    def __call__(self, subject: Subject) -> Iterable[Problem]:
        """Say so if one id comes twice."""
        rows = subject.row.get(self.relation.place)
        objects = [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []
        ids = [str(one[self.key]) for one in objects if one.get(self.key) is not None]
        if len(set(ids)) < len(ids):
            yield Problem(self.relation.place, "uniqueness", f"contains duplicate `{self.key}`", rows)
