"""What all relation kinds share: who owns, what is related, and the words for what is not there. Stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from ...errors import BadRequest, NotFound, StoreError
from ...model.base import Model
from ...query.filter import merge_scope
from ...types import NO_OPTIONS, Json, Options, Row
from .. import writing
from ..bound import Bound, bound_of
from ..reading import loaded
from ..transaction import Open
from .definition import RelationDefinition


@dataclass(frozen=True, slots=True)
class Related:
    """One relation of one bound model, its other side found.

    owner: the model that has it. relation: as declared. model: the class on the other side.
    """

    owner: Bound
    relation: RelationDefinition
    model: type[Model]

    @property
    def target(self) -> Bound:
        """The model on the other side."""
        return bound_of(self.model)

    @property
    def written(self) -> tuple[Bound, ...]:
        """The models that a write of several steps writes to."""
        return self.owner, self.target

    @property
    def transaction(self) -> Open | None:
        """What opens the block of a write of several steps: without being asked for where one source can undo them all."""
        first, *others = (one.source for one in self.written)
        unasked = first.undoing if others and all(one is first for one in others) else None
        return unasked or self.owner.transaction or self.target.transaction

    @property
    def held_in(self) -> str | None:
        """The property of the owner that says what is related, None where others say it."""
        return None

    @contextmanager
    def alone(self, instance: Model) -> Iterator[None]:
        """A block in which no other call changes what an owner has; it begins with what is stored by then.

        Elsewhere than in this process others are kept out where the store has transactions.

        Raises:
            StoreError: others are at it, and it takes too long.
        """
        owner, key = self.owner, self._key(instance)
        open_block = owner.source.undoing or self.transaction
        with self._turn(key), open_block() if open_block else nullcontext():
            if key is not None and owner.row_locks is not None and owner.source.in_transaction:
                owner.ready()
                owner.row_locks.lock(key)
            self.renew(instance)
            yield

    def _key(self, instance: Model) -> Any:
        """The id of an owner, None where it has none, or none of one property."""
        return instance._row.get(self.owner.id_name) if self.owner.id_path is not None else None

    def _turn(self, key: Any) -> AbstractContextManager[None]:
        """One caller at a time; inside a transaction the store sees to that, and others may wait for what is locked there."""
        source = self.owner.source
        return nullcontext() if key is None or source.in_transaction else source.turn((self.owner.name, key))

    def renew(self, instance: Model) -> None:
        """Put what is stored of the owner's relation into the instance."""
        owner, name, key = self.owner, self.held_in, self._key(instance)
        if name is None or key is None:
            return
        for row in loaded(owner, owner.store.find(owner.by_id(key)), NO_OPTIONS):
            owner.fill(row, owner.read_defaults)
            instance._row.pop(name, None)
            instance._row.update({name: row[name]} if name in row else {})

    def after_hooks(self, instance: Model) -> None:
        """What is stored by now of the owner's relation, where hooks of the other side may have changed it meanwhile."""
        if self.target.observers("before save") or self.target.observers("after save") or self.target.observers("before delete"):
            self.renew(instance)

    def within(self, where: Mapping[str, Any]) -> Mapping[str, Json]:
        """The raw filter of what belongs to one owner: its condition and the relation's scope."""
        return merge_scope({"where": where}, self.relation.scope)

    def none_found(self) -> NotFound:
        """What is said where a single related instance is not there."""
        return NotFound(f'No "{self.target.name}" instance(s) found', code="MODEL_NOT_FOUND")

    def no_instance(self, id: Any) -> NotFound:
        """What is said where a list has no instance with an id."""
        return NotFound(f"No instance with id {id} found for {self.target.name}")

    def copied(self, instance: Model, row: Row) -> Row:
        """The row with the properties that the relation copies from its owner; with invertProperties they go the other way."""
        names = self.relation.properties
        if not names:
            return row
        if self.relation.on("invertProperties"):
            instance._row.update({other: row[name] for name, other in names.items() if name in row})
            return row
        return {**row, **{other: instance._row[name] for name, other in names.items() if name in instance._row}}


S = TypeVar("S", bound=Related)
P = ParamSpec("P")
R = TypeVar("R")


def alone(operation: Callable[Concatenate[S, Model, P], R]) -> Callable[Concatenate[S, Model, P], R]:
    """An operation that changes what an owner has, while nobody else does."""

    @wraps(operation)
    def run(related: S, instance: Model, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with related.alone(instance):
            return operation(related, instance, *args, **kwargs)

    return run


def objects(data: Json) -> list[Mapping[str, Json]]:
    """The objects of a body: one, or those of a list.

    Raises:
        BadRequest: one is no object.
    """
    listed: list[Any] = data if isinstance(data, list) else [data or {}]
    if not all(isinstance(one, Mapping) for one in listed):
        raise BadRequest("Value is not an object.")
    return listed


def keyed(data: Mapping[str, Json], keys: Mapping[str, Any]) -> Row:
    """The data with the keys of its owner last, so that no instance in the data can give another."""
    return {**{name: one for name, one in data.items() if name not in keys}, **keys}


def create_each(target: Bound, rows: list[Row], options: Options, *, many: bool) -> list[Row]:
    """Store new rows: several, or the only one, whose errors are told as those of one."""
    return writing.create_many(target, rows, options) if many else [writing.create(target, rows[0], options)]


@contextmanager
def taken_back(target: Bound, rows: Sequence[Row]) -> Iterator[None]:
    """What follows the creation of rows: where it fails they are deleted again, their observers unasked."""
    try:
        yield
    except Exception:
        with suppress(StoreError):  # a transaction that has failed takes no commands, and undoes the rows by itself
            for row in rows:
                target.rows.delete(target.is_id(row[target.id_name]))
        raise
