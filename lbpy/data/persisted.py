"""PersistedModel: the operations of a stored model as its users call them; every one passes on to reading, writing or deleting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, TypeAlias

from ..model.base import Model
from ..model.properties import plain, prop
from ..query.column import Condition
from ..types import NO_OPTIONS, Json, Options, Row
from . import deleting, reading, writing
from .bound import bound_of

WhereLike: TypeAlias = Condition | Mapping[str, Any]


def raw_where(where: WhereLike | None) -> Json:
    """A condition as LoopBack's raw where."""
    return where.raw if isinstance(where, Condition) else where


def raw_filter(**members: Any) -> dict[str, Any]:
    """A raw filter from keyword arguments; those that are None or empty are left out."""
    return {name: value for name, value in members.items() if value not in (None, (), [], "")}


class PersistedModel(Model):
    """A model whose instances are kept in a store, with the operations of LoopBack's PersistedModel (source: logic.md 9).

    `options` of every operation is handed to its hooks; access rules and rules of hidden properties apply only to options
    that come from a request.
    """

    id: Any = prop(default=None, id=True, generated=True)

    # -- finding -------------------------------------------------------------

    @classmethod
    def find(
        cls,
        where: WhereLike | None = None,
        *,
        order: str | Sequence[str] = (),
        limit: int | None = None,
        skip: int | None = None,
        fields: Sequence[str] | None = None,
        include: Json = None,
        options: Options | None = None,
    ) -> list[Self]:
        """The instances that meet a condition.

        Args:
            where: conditions made with `col()`, or LoopBack's where object.
            order: property names, " DESC" after those that fall.
            limit, skip: how many instances, after how many.
            fields: the properties to fetch; default all.
            include: relations to bring along.

        Raises:
            BadRequest: the condition or another member cannot be read.
        """
        listed = order if isinstance(order, str) else list(order)
        raw = raw_filter(where=raw_where(where), order=listed, limit=limit, skip=skip, fields=fields, include=include)
        return [cls._wrap(row) for row in reading.find(bound_of(cls), raw, options or NO_OPTIONS)]

    @classmethod
    def find_one(
        cls,
        where: WhereLike | None = None,
        *,
        order: str | Sequence[str] = (),
        skip: int | None = None,
        fields: Sequence[str] | None = None,
        include: Json = None,
        options: Options | None = None,
    ) -> Self | None:
        """The first instance that meets a condition; arguments as of `find`."""
        found = cls.find(where, order=order, limit=1, skip=skip, fields=fields, include=include, options=options)
        return found[0] if found else None

    @classmethod
    def find_by_id(
        cls, id: object, *, fields: Sequence[str] | None = None, include: Json = None, options: Options | None = None
    ) -> Self | None:
        """The instance with an id, or None."""
        raw = raw_filter(fields=fields, include=include)
        row = reading.find_by_id(bound_of(cls), id, raw, options or NO_OPTIONS)
        return None if row is None else cls._wrap(row)

    @classmethod
    def find_by_ids(cls, ids: Sequence[object], *, include: Json = None, options: Options | None = None) -> list[Self]:
        """The instances with these ids, in the order of the ids; unknown ids are passed over."""
        bound = bound_of(cls)
        wanted = [bound.read_id(id) for id in ids]
        found = cls.find({bound.id_name: {"inq": wanted}}, include=include, options=options)
        by_id = {instance._row[bound.id_name]: instance for instance in found}
        return [by_id[id] for id in wanted if id in by_id]

    @classmethod
    def count(cls, where: WhereLike | None = None, *, options: Options | None = None) -> int:
        """How many instances meet a condition."""
        return reading.count(bound_of(cls), raw_where(where), options or NO_OPTIONS)

    @classmethod
    def exists(cls, id: object, *, options: Options | None = None) -> bool:
        """Whether there is an instance with that id."""
        return reading.exists(bound_of(cls), id, options or NO_OPTIONS)

    # -- writing -------------------------------------------------------------

    @classmethod
    def create(cls, data: Mapping[str, Any] | Self | None = None, /, *, options: Options | None = None, **properties: Any) -> Self:
        """Store a new instance.

        Args:
            data: property names and values, or an instance; alternatively the properties as keyword arguments.

        Raises:
            Invalid: it breaks rules. Duplicate: its id exists.
        """
        row = writing.create(bound_of(cls), _given(cls, data, properties), options or NO_OPTIONS)
        if isinstance(data, Model):
            data._row, data._new = row, False
        return data if isinstance(data, cls) else cls._wrap(row)

    @classmethod
    def create_many(cls, items: Sequence[Mapping[str, Any] | Self], *, options: Options | None = None) -> list[Self]:
        """Store several new instances, all or none.

        Raises:
            ManyFailed: at least one was refused.
        """
        rows = writing.create_many(bound_of(cls), [_given(cls, item, {}) for item in items], options or NO_OPTIONS)
        return [cls._wrap(row) for row in rows]

    @classmethod
    def upsert(cls, data: Mapping[str, Any], *, options: Options | None = None) -> Self:
        """Merge into the instance with the data's id, or create one."""
        return cls._wrap(writing.patch_or_create(bound_of(cls), plain_row(data), options or NO_OPTIONS))

    @classmethod
    def replace_or_create(cls, data: Mapping[str, Any], *, options: Options | None = None) -> Self:
        """Put in the place of the instance with the data's id, or create one."""
        return cls._wrap(writing.replace_or_create(bound_of(cls), plain_row(data), options or NO_OPTIONS))

    @classmethod
    def upsert_with_where(cls, where: WhereLike, data: Mapping[str, Any], *, options: Options | None = None) -> Self:
        """Patch the one instance that meets a condition, or create one."""
        row = writing.upsert_with_where(bound_of(cls), raw_where(where), plain_row(data), options or NO_OPTIONS)
        return cls._wrap(row)

    @classmethod
    def find_or_create(
        cls, where: WhereLike, data: Mapping[str, Any], *, options: Options | None = None
    ) -> tuple[Self, bool]:
        """The first instance that meets a condition, or a new one; and whether it is new."""
        raw = {"where": raw_where(where)}
        row, is_new = writing.find_or_create(bound_of(cls), raw, plain_row(data), options or NO_OPTIONS)
        return cls._wrap(row), is_new

    @classmethod
    def replace_by_id(cls, id: object, data: Mapping[str, Any], *, options: Options | None = None) -> Self:
        """Put data in the place of the instance with an id.

        Raises:
            NotFound: there is none.
        """
        return cls._wrap(writing.replace_by_id(bound_of(cls), id, plain_row(data), options or NO_OPTIONS))

    @classmethod
    def update_all(cls, where: WhereLike, data: Mapping[str, Any], *, options: Options | None = None) -> int:
        """Set properties on every instance that meets a condition; returns how many there were."""
        return writing.update_all(bound_of(cls), raw_where(where), plain_row(data), options or NO_OPTIONS)

    def save(self, *, options: Options | None = None) -> Self:
        """Store the instance: insert it if it is new, else write it over the stored one."""
        self._row = writing.save(bound_of(type(self)), self, options or NO_OPTIONS)
        self._new = False
        return self

    def update_attributes(self, data: Mapping[str, Any] | None = None, /, *, options: Options | None = None, **properties: Any) -> Self:
        """Set some properties, here and in the store."""
        writing.patch(bound_of(type(self)), self, _given(type(self), data, properties), options or NO_OPTIONS)
        return self

    def replace_attributes(self, data: Mapping[str, Any], *, options: Options | None = None) -> Self:
        """Put data in the place of all properties, here and in the store."""
        bound = bound_of(type(self))
        self._row = writing.replace_by_id(bound, self._row[bound.id_name], plain_row(data), options or NO_OPTIONS)
        return self

    def reload(self, *, options: Options | None = None) -> Self:
        """A fresh instance from the store.

        Raises:
            NotFound: it is gone.
        """
        bound = bound_of(type(self))
        found = type(self).find_by_id(self._row.get(bound.id_name), options=options)
        if found is None:
            raise reading.not_found(bound, self._row.get(bound.id_name))
        return found

    # -- deleting ------------------------------------------------------------

    @classmethod
    def destroy_all(cls, where: WhereLike | None = None, *, options: Options | None = None) -> int:
        """Delete every instance that meets a condition, all of them without one; returns how many there were."""
        return deleting.delete_all(bound_of(cls), raw_where(where), options or NO_OPTIONS)

    @classmethod
    def destroy_by_id(cls, id: object, *, options: Options | None = None) -> int:
        """Delete the instance with an id; returns 1, or 0 if there was none."""
        return deleting.delete_by_id(bound_of(cls), id, options or NO_OPTIONS)

    def destroy(self, *, options: Options | None = None) -> None:
        """Delete the instance."""
        deleting.destroy(bound_of(type(self)), self, options or NO_OPTIONS)


def plain_row(data: Mapping[str, Any]) -> Row:
    """Data as rows hold it: instances of nested models become dicts."""
    return {name: plain(value) for name, value in data.items()}


def _given(cls: type[Model], data: Mapping[str, Any] | Model | None, properties: Mapping[str, Any]) -> Row:
    """The row that a caller means; keyword arguments are attributes, keys of a mapping are property names."""
    named = {cls._name_of(attribute): value for attribute, value in properties.items()}
    base = data._row if isinstance(data, Model) else data or {}
    return plain_row({**base, **named})

