"""PersistedModel: the operations of a stored model as its users call them; every one passes on to reading, writing or deleting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, TypeAlias

from ..model.base import Model
from ..model.properties import plain, prop
from ..query.column import Condition, raw_where
from ..types import Json, Options, Row
from . import deleting, reading, writing
from .bound import bound_of
from .source import DataSource
from .transaction import checked

WhereLike: TypeAlias = Condition | Mapping[str, Json]


def raw_filter(**members: Any) -> dict[str, Any]:
    """A raw filter from keyword arguments; those that are None or empty are left out."""
    return {name: value for name, value in members.items() if value not in (None, (), [], "")}


class PersistedModel(Model):
    """A model whose instances are kept in a store, with the operations of LoopBack's PersistedModel (source: logic.md 9).

    `options` of every operation is handed to its hooks; access rules and rules of hidden properties apply only to options
    that come from a request. Writing operations of a class with `transaction=True` are one transaction each, hooks included.
    """

    id: Any = prop(default=None, id=True, generated=True)

    @classmethod
    def get_data_source(cls) -> DataSource:
        """The data source that the model is bound to, as LoopBack's getDataSource.

        Raises:
            OperatorError: it is bound to none.
        """
        return bound_of(cls).source

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
        return [cls._wrap(row) for row in reading.find(bound_of(cls), raw, checked(options))]

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
        """The instance with an id, or None; `fields` and `include` as of `find`."""
        raw = raw_filter(fields=fields, include=include)
        row = reading.find_by_id(bound_of(cls), id, raw, checked(options))
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
        return reading.count(bound_of(cls), raw_where(where), checked(options))

    @classmethod
    def exists(cls, id: object, *, options: Options | None = None) -> bool:
        """Whether there is an instance with that id."""
        return reading.exists(bound_of(cls), id, checked(options))

    # -- writing -------------------------------------------------------------

    @classmethod
    def create(cls, data: Mapping[str, Json] | Self | None = None, /, *, options: Options | None = None, **properties: Json) -> Self:
        """Store a new instance.

        Args:
            data: property names and values, or an instance; alternatively the properties as keyword arguments.

        Raises:
            Invalid: it breaks rules.
            Duplicate: its id exists.
        """
        row = writing.create(bound_of(cls), _given(cls, data, properties), checked(options))
        if isinstance(data, Model):
            data._row, data._new = row, False
        return data if isinstance(data, cls) else cls._wrap(row)

    @classmethod
    def create_many(cls, items: Sequence[Mapping[str, Json] | Self], *, options: Options | None = None) -> list[Self]:
        """Store several new instances, all or none.

        Raises:
            ManyFailed: at least one was refused.
        """
        rows = writing.create_many(bound_of(cls), [_given(cls, item, {}) for item in items], checked(options))
        return [cls._wrap(row) for row in rows]

    @classmethod
    def upsert(cls, data: Mapping[str, Json], *, options: Options | None = None) -> Self:
        """Merge into the instance with the data's id, or create one.

        Raises:
            Invalid: it breaks rules.
        """
        return cls._wrap(writing.patch_or_create(bound_of(cls), plain_row(data), checked(options)))

    @classmethod
    def replace_or_create(cls, data: Mapping[str, Json], *, options: Options | None = None) -> Self:
        """Put in the place of the instance with the data's id, or create one.

        Raises:
            Invalid: it breaks rules.
        """
        return cls._wrap(writing.replace_or_create(bound_of(cls), plain_row(data), checked(options)))

    @classmethod
    def upsert_with_where(cls, where: WhereLike, data: Mapping[str, Json], *, options: Options | None = None) -> Self:
        """Patch the one instance that meets a condition, or create one.

        Raises:
            BadRequest: several meet it.
            Invalid: the result breaks rules.
        """
        row = writing.upsert_with_where(bound_of(cls), raw_where(where), plain_row(data), checked(options))
        return cls._wrap(row)

    @classmethod
    def find_or_create(
        cls, where: WhereLike, data: Mapping[str, Json], *, options: Options | None = None
    ) -> tuple[Self, bool]:
        """The first instance that meets a condition, or a new one.

        Args:
            where: the condition, as of `find`.
            data: property names and values of the new one.

        Returns:
            the instance, and whether it is new.

        Raises:
            Invalid: the new one breaks rules.
        """
        raw = {"where": raw_where(where)}
        row, is_new = writing.find_or_create(bound_of(cls), raw, plain_row(data), checked(options))
        return cls._wrap(row), is_new

    @classmethod
    def replace_by_id(cls, id: object, data: Mapping[str, Json], *, options: Options | None = None) -> Self:
        """Put data in the place of the instance with an id.

        Raises:
            NotFound: there is none.
        """
        return cls._wrap(writing.replace_by_id(bound_of(cls), id, plain_row(data), checked(options)))

    @classmethod
    def update_all(cls, where: WhereLike, data: Mapping[str, Json], *, options: Options | None = None) -> int:
        """Set properties on every instance that meets a condition.

        Args:
            where: the condition, as of `find`; an empty one is met by all.
            data: property names and values.

        Returns:
            how many there were.
        """
        return writing.update_all(bound_of(cls), raw_where(where), plain_row(data), checked(options))

    def save(self, *, options: Options | None = None) -> Self:
        """Store the instance: insert it if it is new, else write it over the stored one.

        Raises:
            Invalid: it breaks rules.
        """
        self._row = writing.save(bound_of(type(self)), self, checked(options))
        self._new = False
        return self

    def update_attributes(self, data: Mapping[str, Json] | None = None, /, *, options: Options | None = None, **properties: Json) -> Self:
        """Set some properties, here and in the store.

        Args:
            data: property names and values.
            properties: the same as keyword arguments.

        Raises:
            Invalid: it would break rules.
        """
        writing.patch(bound_of(type(self)), self, _given(type(self), data, properties), checked(options))
        return self

    def replace_attributes(self, data: Mapping[str, Json], *, options: Options | None = None) -> Self:
        """Put data in the place of all properties, here and in the store."""
        bound = bound_of(type(self))
        self._row = writing.replace_by_id(bound, bound.id_of(self), plain_row(data), checked(options))
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
        return deleting.delete_all(bound_of(cls), raw_where(where), checked(options))

    @classmethod
    def destroy_by_id(cls, id: object, *, options: Options | None = None) -> int:
        """Delete the instance with an id; returns 1, or 0 if there was none."""
        return deleting.delete_by_id(bound_of(cls), id, checked(options))

    def destroy(self, *, options: Options | None = None) -> None:
        """Delete the instance."""
        deleting.destroy(bound_of(type(self)), self, checked(options))


def plain_row(data: Mapping[str, Json]) -> Row:
    """Data as rows hold it: instances of nested models become dicts."""
    return {name: plain(value) for name, value in data.items()}


def _given(cls: type[Model], data: Mapping[str, Json] | Model | None, properties: Mapping[str, Json]) -> Row:
    """The row that a caller means; keyword arguments are attributes, keys of a mapping are property names."""
    base = data._row if isinstance(data, Model) else data or {}
    if not properties:
        return plain_row(base)
    return plain_row({**base, **{cls._name_of(attribute): value for attribute, value in properties.items()}})

