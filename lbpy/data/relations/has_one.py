"""hasOne: one other instance holds the key of its owner."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import BadRequest, Conflict
from ...model.base import Model
from ...types import NO_OPTIONS, Json, Options, Row
from .. import deleting, reading, writing
from .has_many import Keyed
from .related import alone, keyed, objects


@dataclass(frozen=True, slots=True)
class HasOne(Keyed):
    """The instance that holds its owner's key."""

    def get(self, instance: Model, options: Options = NO_OPTIONS) -> Model | None:
        """The instance, or None."""
        where = self.condition(instance)
        row = None if where is None else reading.find_one(self.target, None, options, self.within(where))
        return None if row is None else self.model._wrap(row)

    @alone
    def create(self, instance: Model, data: Json = None, options: Options = NO_OPTIONS) -> Model:
        """Store the instance.

        Raises:
            Conflict: there is one already. Invalid: it breaks rules.
        """
        if isinstance(data, list):
            raise BadRequest("Value is not an object.")
        where = self.demanded(instance)
        if reading.count(self.target, None, {"notify": False}, {"where": where}):
            raise Conflict(f"HasOne relation cannot create more than one instance of {self.target.name}")
        [given] = objects(data)
        row: Row = writing.create(self.target, self.copied(instance, keyed(given, where)), options)
        return self.model._wrap(row)

    def update(self, instance: Model, data: Json = None, options: Options = NO_OPTIONS) -> Model:
        """Change some properties of the instance.

        Raises:
            NotFound: there is none. BadRequest: it would get another owner.
        """
        found = self.demand(instance, options)
        self.keep(instance, data)
        writing.patch(self.target, found, data, options)
        return found

    def destroy(self, instance: Model, options: Options = NO_OPTIONS) -> None:
        """Delete the instance.

        Raises:
            NotFound: there is none.
        """
        deleting.destroy(self.target, self.demand(instance, options), options)

    def demand(self, instance: Model, options: Options) -> Model:
        """The instance. Raises: NotFound."""
        found = self.get(instance, options)
        if found is None:
            raise self.none_found()
        return found
