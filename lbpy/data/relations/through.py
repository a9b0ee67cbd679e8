"""hasMany through and hasAndBelongsToMany: rows of a model in between link the owner with other instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import BadRequest, NotFound
from ...model.base import Model
from ...model.kinds import NOTHING
from ...types import NO_OPTIONS, Json, Options, Row
from .. import deleting, reading, writing
from ..bound import Bound, bound_of
from ..transaction import atomic
from .edges import distinct, reader
from .keys import ThroughKeys, through_keys
from .related import Related, create_each, keyed, objects, taken_back


@dataclass(frozen=True, slots=True)
class Through(Related):
    """The list of instances that are linked with their owner; `between` is the class of the links."""

    between: type[Model]

    @property
    def links(self) -> Bound:
        """The model in between."""
        return bound_of(self.between)

    @property
    def keys(self) -> ThroughKeys:
        """Its keys."""
        return through_keys(self.owner, self.relation, self.target, self.links)

    @property
    def written(self) -> tuple[Bound, ...]:
        """See Related."""
        return self.target, self.links

    def linked(self, instance: Model) -> Mapping[str, Any]:
        """What the links of an owner hold. Raises: BadRequest where it has no key, so that nothing can be linked with it."""
        keys = self.keys
        near = reader(self.links, keys.near)(instance._row.get(keys.source_key))
        if near is None:
            raise BadRequest(f"{self.owner.name}.{keys.source_key} is not set, so nothing can be linked with it")
        return {keys.near: near, **keys.fixed}

    def link_with(self, instance: Model, id: Any) -> Mapping[str, Any] | None:
        """What the link of an owner with one instance holds; None for an id that no instance can have."""
        far = reader(self.links, self.keys.far)(id)
        return None if far is None else {**self.linked(instance), self.keys.far: far}

    def ids(self, instance: Model, options: Options) -> list[Any]:
        """The ids of what is linked, in the order of the links."""
        rows = reading.find(self.links, None, options, {"where": self.linked(instance)})
        read = reader(self.target, self.keys.target_key)
        return distinct(read(row.get(self.keys.far)) for row in rows)

    # -- the list --------------------------------------------------------------

    def find(self, instance: Model, filter: Mapping[str, Json] | None = None, options: Options = NO_OPTIONS) -> list[Model]:
        """The linked instances that meet a raw filter; without one, or a scope of the relation, in the order of their links."""
        ids = self.ids(instance, options)
        within = self.within({self.keys.target_key: {"inq": ids}})
        if not filter and not self.relation.scope:
            rows = listed(self.target, ids, filter, options, within)
        else:
            rows = reading.find(self.target, filter, options, within)
        return [self.model._wrap(row) for row in rows]

    def count(self, instance: Model, where: Json = None, options: Options = NO_OPTIONS) -> int:
        """How many links there are, or how many linked instances meet a raw condition."""
        if not where and not self.relation.scope.get("where"):
            return reading.count(self.links, None, options, {"where": self.linked(instance)})
        within = self.within({self.keys.target_key: {"inq": self.ids(instance, options)}})
        return reading.count(self.target, where, options, within)

    @atomic
    def create(self, instance: Model, data: Json = None, options: Options = NO_OPTIONS) -> Any:
        """Store a new instance, or a list of them, and link each."""
        rows = [self.copied(instance, dict(one)) for one in objects(data)]
        made = create_each(self.target, rows, options, many=isinstance(data, list))
        with taken_back(self.target, made):
            self._link_all(instance, made, options)
        wrapped = [self.model._wrap(row) for row in made]
        return wrapped if isinstance(data, list) else wrapped[0]

    def _link_all(self, instance: Model, rows: list[Row], options: Options) -> None:
        links: list[Row] = []
        with taken_back(self.links, links):
            for row in rows:
                links.append(writing.create(self.links, {**self.linked(instance), self.keys.far: row[self.keys.target_key]}, options))

    def destroy_all(self, instance: Model, options: Options = NO_OPTIONS, where: Json = None) -> None:
        """Remove the owner's links; the instances stay."""
        deleting.delete_all(self.links, where, options, {"where": self.linked(instance)})

    # -- one of the list -------------------------------------------------------

    def find_by_id(self, instance: Model, fk: Any, options: Options = NO_OPTIONS) -> Model:
        """The linked instance with an id.

        Raises:
            NotFound: it is not there, or not linked.
        """
        found = self._any(fk, options)
        if not self.exists(instance, fk, options):
            raise NotFound(f"No relation found in {self.links.name} for ({self._pair(instance, fk)})")
        return found

    def update_by_id(self, instance: Model, fk: Any, data: Json = None, options: Options = NO_OPTIONS) -> Model:
        """Change some properties of the linked instance with an id; errors as of `find_by_id`."""
        found = self.find_by_id(instance, fk, options)
        writing.patch(self.target, found, data, options)
        return found

    @atomic
    def destroy_by_id(self, instance: Model, fk: Any, options: Options = NO_OPTIONS) -> None:
        """Unlink the instance with an id and delete it; errors as of `find_by_id`."""
        found = self._any(fk, options)
        if not self.exists(instance, fk, options):
            raise NotFound(f"No record found in {self.links.name} for ({self._pair(instance, fk, ' ')})")
        self.unlink(instance, fk, options)
        deleting.destroy(self.target, found, options)

    def _any(self, fk: Any, options: Options) -> Model:
        key = self.target.read_id(fk)
        where = {"where": {self.target.id_name: key}}
        row = None if key is NOTHING else reading.find_one(self.target, None, options, {**where, **self._scope(where)})
        if row is None:
            raise self.no_instance(fk)
        return self.model._wrap(row)

    def _scope(self, where: Mapping[str, Json]) -> Mapping[str, Json]:
        own = self.relation.scope.get("where")
        return {"where": {"and": [where["where"], own]}} if own else {}

    def _pair(self, instance: Model, fk: Any, space: str = "") -> str:
        return f"{self.owner.name}.{instance._row.get(self.keys.source_key)}{space},{self.target.name}.{fk}"

    # -- links -----------------------------------------------------------------

    def link(self, instance: Model, fk: Any, data: Json = None, options: Options = NO_OPTIONS) -> Model:
        """Link an instance; an existing link is returned as it is.

        Args:
            fk: the id of the instance.
            data: further properties of the link.

        Raises:
            NotFound: there is no such instance (switch linkMissingTarget: it is linked all the same).
        """
        where = self.link_with(instance, fk)
        if where is None:
            raise self.no_instance(fk)
        row = reading.find_one(self.links, None, options, {"where": where})
        if row is None:
            self._demand(fk)
            [given] = objects(None if isinstance(data, list) else data)
            row = writing.create(self.links, keyed(given, where), options)
        return self.between._wrap(row)

    def _demand(self, fk: Any) -> None:
        """Its default scope does not count: what is stored may be linked."""
        if self.owner.settings.old("linkMissingTarget"):
            return
        key = self.target.read_id(fk)
        if key is NOTHING or not self.target.store.count(self.target.is_id(key)):
            raise self.no_instance(fk)

    def unlink(self, instance: Model, fk: Any, options: Options = NO_OPTIONS) -> None:
        """Remove the link with an instance, if there is one."""
        where = self.link_with(instance, fk)
        if where is not None:
            deleting.delete_all(self.links, None, options, {"where": where})

    def exists(self, instance: Model, fk: Any, options: Options = NO_OPTIONS) -> bool:
        """Whether an instance is linked."""
        where = self.link_with(instance, fk)
        return where is not None and reading.count(self.links, None, options, {"where": where}) > 0


def listed(
    target: Bound, ids: Iterable[Any], filter: Mapping[str, Json] | None, options: Options, within: Mapping[str, Json]
) -> list[Row]:
    """Rows by a list of ids, in its order unless a filter or scope says another; the page is cut after that."""
    state: dict[str, Any] = {}
    compiled = reading.compiled_filter(target, filter or {}, options, state, within)
    if compiled.order:
        return reading.fetch(target, compiled, options, state=state)
    return reading.in_order_of(target, compiled, list(ids), options, state)
