"""referencesMany: the owner holds a list of keys of other instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import BadRequest, Problem
from ...model.base import Model
from ...model.rules import Subject
from ...types import NO_OPTIONS, Json, Options
from .. import deleting, reading, writing
from .definition import RelationDefinition
from .edges import reader
from .has_many import one_of
from .related import Related, alone, create_each, objects, taken_back
from .through import listed


@dataclass(frozen=True, slots=True)
class ReferencesMany(Related):
    """The list of instances whose ids their owner lists (source: rest-api.md 2.1)."""

    @property
    def held_in(self) -> str | None:
        """See Related."""
        return self.relation.foreign_key

    def ids(self, instance: Model) -> list[Any]:
        """The ids, as rows of the other side hold them."""
        read = reader(self.target, self.target.id_name)
        return [read(one) for one in instance._row.get(self.relation.foreign_key) or ()]

    def own(self, instance: Model) -> Mapping[str, Json]:
        """The raw filter of what an owner lists."""
        return self.within({self.target.id_name: {"inq": self.ids(instance)}})

    def find(self, instance: Model, filter: Mapping[str, Json] | None = None, options: Options = NO_OPTIONS) -> list[Model]:
        """The instances that meet a raw filter, in the order of the list unless it says another."""
        rows = listed(self.target, self.ids(instance), filter, options, self.own(instance))
        return [self.model._wrap(row) for row in rows]

    def count(self, instance: Model, where: Json = None, options: Options = NO_OPTIONS) -> int:
        """How many of the instances meet a raw condition."""
        return reading.count(self.target, where, options, self.own(instance))

    @alone
    def create(self, instance: Model, data: Json = None, options: Options = NO_OPTIONS) -> Any:
        """Store a new instance, or a list of them, and put the ids into the list."""
        rows = [self.copied(instance, dict(one)) for one in objects(data)]
        made = create_each(self.target, rows, options, many=isinstance(data, list))
        with taken_back(self.target, made):
            self._add(instance, [row[self.target.id_name] for row in made], options)
        wrapped = [self.model._wrap(row) for row in made]
        return wrapped if isinstance(data, list) else wrapped[0]

    def find_by_id(self, instance: Model, fk: Any, options: Options = NO_OPTIONS) -> Model:
        """The instance with an id.

        Raises:
            NotFound: it is not there. BadRequest: it is not in the list.
        """
        found = self._any(fk, options)
        if found is None:
            raise self.no_instance(fk)
        if not self.exists(instance, fk):
            ids = ",".join(str(one) for one in self.ids(instance))
            key = f"{self.owner.name}.{self.relation.foreign_key}: [{ids}]"
            raise BadRequest(f"Key mismatch: {key}, {self.target.name}.{self.target.id_name}: {fk}")
        return found

    def update_by_id(self, instance: Model, fk: Any, data: Json = None, options: Options = NO_OPTIONS) -> Model:
        """Change some properties of the instance with an id; errors as of `find_by_id`."""
        found = self.find_by_id(instance, fk, options)
        writing.patch(self.target, found, data, options)
        return found

    @alone
    def destroy_by_id(self, instance: Model, fk: Any, options: Options = NO_OPTIONS) -> None:
        """Take the instance with an id out of the list and delete it; errors as of `find_by_id`."""
        found = self.find_by_id(instance, fk, options)
        self.unlink(instance, fk, options)
        deleting.destroy(self.target, found, options)

    @alone
    def destroy_all(self, instance: Model, options: Options = NO_OPTIONS, where: Json = None) -> None:
        """Delete the listed instances and empty the list."""
        deleting.delete_all(self.target, where, options, self.own(instance))
        self._set(instance, [], options)

    @alone
    def link(self, instance: Model, fk: Any, data: Json = None, options: Options = NO_OPTIONS) -> Model | None:
        """Put an id into the list; with the option `prepend` at its head.

        Raises:
            NotFound: no such instance within the relation's scope (switch nullForMissing: None). Invalid: it is there already.
        """
        found = self._any(fk, options)
        if found is None:
            if self.owner.settings.old("nullForMissing"):
                return None
            raise self.no_instance(fk)
        self._add(instance, [found._row[self.target.id_name]], options)
        return found

    @alone
    def unlink(self, instance: Model, fk: Any, options: Options = NO_OPTIONS) -> None:
        """Take an id out of the list, if it is there."""
        key = self.target.read_id(fk)
        ids = self.ids(instance)
        if key in ids:
            self._set(instance, [one for one in ids if one != key], options)

    def exists(self, instance: Model, fk: Any, options: Options = NO_OPTIONS) -> bool:
        """Whether an id is in the list."""
        return self.target.read_id(fk) in self.ids(instance)

    def _any(self, fk: Any, options: Options) -> Model | None:
        row = one_of(self.target, fk, options, self.within({}))
        return None if row is None else self.model._wrap(row)

    def _add(self, instance: Model, ids: list[Any], options: Options) -> None:
        self.after_hooks(instance)
        listed = self.ids(instance)
        self._set(instance, [*ids, *listed] if self.relation.on("prepend") else [*listed, *ids], options)

    def _set(self, instance: Model, ids: list[Any], options: Options) -> None:
        writing.patch(self.owner, instance, {self.relation.foreign_key: ids}, options)


@dataclass(frozen=True, slots=True)
class ListedOnce:
    """The rule that no id stands twice in the list."""

    relation: RelationDefinition

    def __call__(self, subject: Subject) -> Iterable[Problem]:
        """Say so if one id comes twice."""
        ids = subject.row.get(self.relation.foreign_key)
        if isinstance(ids, list) and len({str(one) for one in ids}) < len(ids):
            text = f"contains duplicate `{self.relation.model}` instance"
            yield Problem(self.relation.name, "uniqueness", text)
