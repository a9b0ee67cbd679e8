"""embedsOne: a property of the owner holds one row of another model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...errors import BadRequest
from ...model.base import Model
from ...types import NO_OPTIONS, UNSET, Json, Options, Row, Unset
from .. import writing
from .embedded import Embedded
from .related import alone


@dataclass(frozen=True, slots=True)
class EmbedsOne(Embedded):
    """The instance inside its owner (source: rest-api.md 2.1, logic.md 3.2)."""

    def get(self, instance: Model, options: Options = NO_OPTIONS) -> Model | None:
        """The instance, or None."""
        value = instance._row.get(self.relation.place)
        return self.model._wrap(value) if isinstance(value, dict) else None

    def state(self, instance: Model) -> Model | Unset | None:
        """The same; UNSET where nothing was ever embedded."""
        return self.get(instance) if self.relation.place in instance._row else UNSET

    @alone
    def create(self, instance: Model, data: Json = None, options: Options = NO_OPTIONS) -> Model:
        """Embed a new instance in the place of whatever is there.

        Raises:
            Invalid: it breaks rules.
        """
        if isinstance(data, list):
            raise BadRequest("Value is not an object.")
        operation, row = self.made(data or {}, (), options)
        row = self.copied(instance, row)
        writing.patch(self.owner, instance, {self.relation.place: row}, options)
        return self.after(operation, row, is_new=True)

    @alone
    def update(self, instance: Model, data: Json = None, options: Options = NO_OPTIONS) -> Model:
        """Change some properties of the instance; makes one where there is none."""
        current = instance._row.get(self.relation.place)
        if not isinstance(current, dict):
            return self.create(instance, data, options)
        operation, row = self.changed(current, data, options)
        self._save(instance, row, options)
        return self.after(operation, row, is_new=False)

    @alone
    def destroy(self, instance: Model, options: Options = NO_OPTIONS) -> None:
        """Put null in the place of the instance."""
        current = instance._row.get(self.relation.place)
        if isinstance(current, dict):
            self.removing(current, options, lambda: self._save(instance, None, options))
        else:
            self._save(instance, None, options)

    def _save(self, instance: Model, row: Row | None, options: Options) -> None:
        """Updates and deletions save the whole owner, whose hooks see the instance."""
        value: Any = row
        instance._row[self.relation.place] = value
        instance._row = writing.save(self.owner, instance, options)
