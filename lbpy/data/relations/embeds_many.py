"""embedsMany: a property of the owner holds a list of rows of another model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...errors import NotFound
from ...model.base import Model
from ...query.evaluate import run
from ...query.filter import compile_filter, merge_scope, permitted
from ...types import NO_OPTIONS, Json, Options, Row
from .. import reading, writing
from ..saving import Operation
from .embedded import Embedded
from .related import alone, objects, taken_back

HONOURED: Final = frozenset({"where", "order", "limit", "skip", "offset", "include"})


@dataclass(frozen=True, slots=True)
class EmbedsMany(Embedded):
    """The list of instances inside their owner (source: rest-api.md 2.1, logic.md 3.2)."""

    def rows(self, instance: Model) -> list[Row]:
        """The embedded rows themselves."""
        value = instance._row.get(self.relation.place)
        return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

    def find(self, instance: Model, filter: Mapping[str, Json] | None = None, options: Options = NO_OPTIONS) -> list[Model]:
        """The instances that meet a raw filter; its `fields` are ignored."""
        target = self.target
        asked = merge_scope(permitted(target.grammar, filter or {}, target.query_rules(options)), self.relation.scope)
        compiled = compile_filter(target.grammar, asked, target.trusted_rules(options), members=HONOURED)
        rows = run(compiled, self.rows(instance))
        if compiled.include:
            rows = [dict(row) for row in rows]
            reading.with_related(target, rows, compiled.include, options)
        return [self.model._wrap(row) for row in rows]

    def count(self, instance: Model, where: Json = None, options: Options = NO_OPTIONS) -> int:
        """How many of the instances meet a raw condition."""
        return len(self.find(instance, None if where is None else {"where": where}, options))

    @alone
    def create(self, instance: Model, data: Json = None, options: Options = NO_OPTIONS) -> Any:
        """Embed a new instance, or a list of them: all or none.

        Raises:
            Invalid: one breaks rules, or has the id of another.
        """
        if self.relation.on("persistent"):
            stored = writing.create(self.target, data, options)
            made: list[Row] = stored if isinstance(data, list) else [stored]
            with taken_back(self.target, made):
                self._add(instance, made, options)
            return self._given(data, [self.model._wrap(row) for row in made])
        new = self._made(instance, data, options)
        self._add(instance, [row for _, row in new], options)
        return self._given(data, [self.after(operation, row, is_new=True) for operation, row in new])

    def _made(self, instance: Model, data: Json, options: Options) -> list[tuple[Operation, Row]]:
        rows, made = self.rows(instance), []
        for one in objects(data):
            made.append(self.made(one, rows, options))
            rows = [*rows, made[-1][1]]
        return made

    def _add(self, instance: Model, rows: list[Row], options: Options) -> None:
        self.after_hooks(instance)
        present = self.rows(instance)
        self._set(instance, [*rows, *present] if self.relation.on("prepend") else [*present, *rows], options)

    def _given(self, data: Json, made: list[Model]) -> Any:
        return made if isinstance(data, list) else made[0]

    def find_by_id(self, instance: Model, fk: Any, options: Options = NO_OPTIONS) -> Model:
        """The instance with an id.

        Raises:
            NotFound: there is none.
        """
        at = self._at(instance, fk)
        if at is None:
            raise NotFound(f'Unknown "{self.target.name}" id "{fk}".', code="MODEL_NOT_FOUND")
        return self.model._wrap(self.rows(instance)[at])

    @alone
    def update_by_id(self, instance: Model, fk: Any, data: Json = None, options: Options = NO_OPTIONS) -> Model | None:
        """Change some properties of the instance with an id, the id included.

        Raises:
            NotFound: there is none (switch nullForMissing: None). Invalid: it breaks rules.
        """
        at = self._at(instance, fk)
        if at is None and self.owner.settings.old("nullForMissing"):
            return None
        if at is None:
            raise NotFound(f'Unknown "{self.target.name}" id "{fk}".', code="MODEL_NOT_FOUND")
        operation, row = self.changed(self.rows(instance)[at], data, options)
        self._put(instance, fk, [row], options)
        return self.after(operation, row, is_new=False)

    @alone
    def destroy_by_id(self, instance: Model, fk: Any, options: Options = NO_OPTIONS) -> None:
        """Take the instance with an id out of the list, if it is there."""
        at = self._at(instance, fk)
        if at is not None:
            self.removing(self.rows(instance)[at], options, lambda: self._put(instance, fk, [], options))

    @alone
    def destroy_all(self, instance: Model, options: Options = NO_OPTIONS, where: Json = None) -> None:
        """Take those that meet a raw condition out of the list; without one empty it."""
        gone = {id(one._row) for one in self.find(instance, {"where": where}, options)} if where else None
        kept = [] if gone is None else [row for row in self.rows(instance) if id(row) not in gone]
        self._set(instance, kept, options)

    def exists(self, instance: Model, fk: Any, options: Options = NO_OPTIONS) -> bool:
        """Whether there is an instance with an id."""
        return self._at(instance, fk) is not None

    def _at(self, instance: Model, fk: Any) -> int | None:
        """Where the instance with an id stands; ids are compared by their text, since paths hold nothing else."""
        return next((at for at, row in enumerate(self.rows(instance)) if str(row.get(self.key)) == str(fk)), None)

    def _put(self, instance: Model, fk: Any, rows: list[Row], options: Options) -> None:
        """Put rows in the place of the one with an id."""
        self.after_hooks(instance)
        listed, at = self.rows(instance), self._at(instance, fk)
        if at is not None:
            self._set(instance, [*listed[:at], *rows, *listed[at + 1 :]], options)

    def _set(self, instance: Model, rows: list[Row], options: Options) -> None:
        writing.patch(self.owner, instance, {self.relation.place: rows}, options)
