"""The Python face of relations: `has_many(...)` and its like in class bodies, what they give on instances. Stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Generic, Self, TypedDict, TypeVar, Unpack, cast, overload

from ...model.base import Model
from ...model.relations import DeclaredRelation, Target
from ...query.column import Condition, raw_where
from ...types import Json, Options
from ..bound import bound_of
from ..transaction import checked
from .belongs_to import BelongsTo as WorkingBelongsTo
from .belongs_to import TypedBelongsTo
from .definition import RelationDefinition
from .kinds import Multiple, Single, Working, working
from .references_many import ReferencesMany
from .through import Through

M = TypeVar("M", bound=Model)


class Details(TypedDict, total=False):
    """What else can be said of a relation; LoopBack's JSON keys in snake_case (source: models.md 6)."""

    foreign_key: str
    primary_key: str
    through: Target
    key_through: str
    polymorphic: str | bool | Mapping[str, str]
    invert: bool
    property: str
    default: Any
    scope: Mapping[str, Json]
    properties: Mapping[str, str] | Sequence[str]
    options: Mapping[str, Json]


# -- on instances --------------------------------------------------------------


def _working(instance: Model, name: str) -> Working:
    bound = bound_of(type(instance))
    return working(bound, bound.relations[name])


class Many(Generic[M]):
    """The related instances of one instance; every call asks the store.

    Args:
        relation: ready for calls.
        instance: the owner.
    """

    __slots__ = ("_instance", "_relation")

    def __init__(self, relation: Multiple, instance: Model) -> None:
        self._relation = relation
        self._instance = instance

    def find(
        self,
        where: Condition | Mapping[str, Json] | None = None,
        *,
        order: str | Sequence[str] = (),
        limit: int | None = None,
        skip: int | None = None,
        include: Json = None,
        options: Options | None = None,
    ) -> list[M]:
        """Those that meet a condition; arguments as of `PersistedModel.find`."""
        listed = order if isinstance(order, str) else list(order)
        members = {"where": raw_where(where), "order": listed, "limit": limit, "skip": skip, "include": include}
        raw = {name: value for name, value in members.items() if value not in (None, [], "")}
        return cast("list[M]", self._relation.find(self._instance, raw, checked(options)))

    def find_by_id(self, id: object, *, options: Options | None = None) -> M:
        """The one with an id.

        Raises:
            NotFound: the owner has no such one.
        """
        return cast("M", self._relation.find_by_id(self._instance, id, checked(options)))

    def create(self, data: Mapping[str, Json] | None = None, /, *, options: Options | None = None, **properties: Json) -> M:
        """Store a new one that belongs to the owner.

        Args:
            data: property names and values.
            properties: the same as keyword arguments.

        Raises:
            Invalid: it breaks rules.
        """
        return cast("M", self._relation.create(self._instance, {**(data or {}), **properties}, checked(options)))

    def update_by_id(self, id: object, data: Mapping[str, Json], *, options: Options | None = None) -> M:
        """Change some properties of the one with an id.

        Raises:
            NotFound: the owner has no such one.
            Invalid: it would break rules.
        """
        return cast("M", self._relation.update_by_id(self._instance, id, data, checked(options)))

    def destroy(self, id: object, *, options: Options | None = None) -> None:
        """Delete the one with an id.

        Raises:
            NotFound: the owner has no such one.
        """
        self._relation.destroy_by_id(self._instance, id, checked(options))

    def destroy_all(self, where: Condition | Mapping[str, Json] | None = None, *, options: Options | None = None) -> None:
        """Delete those that meet a condition, all without one; of a relation through a model only the links."""
        self._relation.destroy_all(self._instance, checked(options), raw_where(where))

    def count(self, where: Condition | Mapping[str, Json] | None = None, *, options: Options | None = None) -> int:
        """How many meet a condition."""
        return self._relation.count(self._instance, raw_where(where), checked(options))

    def add(self, other: M | object, data: Mapping[str, Json] | None = None, *, options: Options | None = None) -> Model | None:
        """Link an instance.

        Args:
            other: the instance, or its id.
            data: further properties of the link, where it is a model's instance.

        Returns:
            the link; of referencesMany the instance.

        Raises:
            TypeError: the relation has no links.
        """
        return self._linking().link(self._instance, _id_of(other), data, checked(options))

    def remove(self, other: M | object, *, options: Options | None = None) -> None:
        """Take the link with an instance, or with the one with an id, away.

        Raises:
            TypeError: the relation has no links.
        """
        self._linking().unlink(self._instance, _id_of(other), checked(options))

    def exists(self, other: M | object, *, options: Options | None = None) -> bool:
        """Whether an instance, or the one with an id, is linked.

        Raises:
            TypeError: the relation has no links.
        """
        return self._linking().exists(self._instance, _id_of(other), checked(options))

    def _linking(self) -> Through | ReferencesMany:
        if not isinstance(self._relation, (Through, ReferencesMany)):
            raise TypeError(f"{self._relation.relation.name} has no links: it is a {self._relation.relation.type} relation")
        return self._relation

    def __iter__(self) -> Iterator[M]:
        """What an include brought along; else what the store has."""
        rows = self._instance._row.get(self._relation.relation.name)
        if isinstance(rows, list):
            return iter([cast("M", self._relation.model._wrap(row)) for row in rows])
        return iter(self.find())


class One(Generic[M]):
    """The one related instance of an instance: hasOne, embedsOne."""

    __slots__ = ("_instance", "_relation")

    def __init__(self, relation: Single, instance: Model) -> None:
        self._relation = relation
        self._instance = instance

    def get(self, *, options: Options | None = None) -> M | None:
        """The instance, or None."""
        return cast("M | None", self._relation.get(self._instance, checked(options)))

    def create(self, data: Mapping[str, Json] | None = None, /, *, options: Options | None = None, **properties: Json) -> M:
        """Store it.

        Args:
            data: property names and values.
            properties: the same as keyword arguments.

        Raises:
            Conflict: a hasOne has one already.
        """
        return cast("M", self._relation.create(self._instance, {**(data or {}), **properties}, checked(options)))

    def update(self, data: Mapping[str, Json] | None = None, /, *, options: Options | None = None, **properties: Json) -> M:
        """Change some of its properties; arguments as of `create`.

        Raises:
            NotFound: a hasOne has none.
        """
        return cast("M", self._relation.update(self._instance, {**(data or {}), **properties}, checked(options)))

    def destroy(self, *, options: Options | None = None) -> None:
        """Delete it.

        Raises:
            NotFound: a hasOne has none.
        """
        self._relation.destroy(self._instance, checked(options))


def _id_of(other: object) -> Any:
    return other._row[bound_of(type(other)).id_name] if isinstance(other, Model) else other


# -- in class bodies -----------------------------------------------------------


class HasMany(DeclaredRelation, Generic[M]):
    """A relation to a list, as an attribute of the class."""

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, instance: Model, owner: type[Any]) -> Many[M]: ...
    def __get__(self, instance: Model | None, owner: type[Any]) -> Self | Many[M]:
        if instance is None:
            return self
        return Many(cast("Multiple", _working(instance, self.name)), instance)

    def __set__(self, instance: Model, value: object) -> None:
        raise AttributeError(f"{self.name} is a list of related instances; use its create, add and remove")


class HasOne(DeclaredRelation, Generic[M]):
    """A relation to one instance that holds the key, or lies inside the owner."""

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, instance: Model, owner: type[Any]) -> One[M]: ...
    def __get__(self, instance: Model | None, owner: type[Any]) -> Self | One[M]:
        if instance is None:
            return self
        return One(cast("Single", _working(instance, self.name)), instance)

    def __set__(self, instance: Model, value: object) -> None:
        raise AttributeError(f"{self.name} is a related instance; use its create, update and destroy")


class BelongsTo(DeclaredRelation, Generic[M]):
    """A relation to the one instance whose key the owner holds; assigning sets the key, `save()` stores it."""

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, instance: Model, owner: type[Any]) -> M | None: ...
    def __get__(self, instance: Model | None, owner: type[Any]) -> Self | M | None:
        if instance is None:
            return self
        relation = cast("WorkingBelongsTo | TypedBelongsTo", _working(instance, self.name))
        included = instance._row.get(self.name)
        if isinstance(included, dict) and isinstance(relation, WorkingBelongsTo):
            return cast("M", relation.model._wrap(included))
        return cast("M | None", relation.get(instance))

    def __set__(self, instance: Model, value: M | None) -> None:
        instance._row.pop(self.name, None)
        cast("WorkingBelongsTo | TypedBelongsTo", _working(instance, self.name)).point(instance, value)


def _camel(details: Mapping[str, Json]) -> dict[str, Any]:
    return {_CAMEL.get(name, name): value for name, value in details.items()}


_CAMEL: Final = {"foreign_key": "foreignKey", "primary_key": "primaryKey", "key_through": "keyThrough"}


@overload
def has_many(target: Callable[[], type[M]], **details: Unpack[Details]) -> HasMany[M]: ...
@overload
def has_many(target: str, **details: Unpack[Details]) -> HasMany[Any]: ...
def has_many(target: Target, **details: Unpack[Details]) -> HasMany[Any]:
    """Instances of another model that hold this one's key, or with `through` are linked with it.

    Args:
        target: `lambda: Review`, which may be defined later, or the model's name (then its type is unknown to type checkers).
        details: what LoopBack's JSON can say, in snake_case: foreign_key, primary_key, through, key_through, polymorphic, invert,
            property, default, scope, properties, options.

    Returns:
        what stands in the class body; on instances it gives the related ones, as Many, One, or the instance itself.
    """
    return HasMany("hasMany", target, _camel(details))


@overload
def has_and_belongs_to_many(target: Callable[[], type[M]], **details: Unpack[Details]) -> HasMany[M]: ...
@overload
def has_and_belongs_to_many(target: str, **details: Unpack[Details]) -> HasMany[Any]: ...
def has_and_belongs_to_many(target: Target, **details: Unpack[Details]) -> HasMany[Any]:
    """Instances of another model, linked through a model that is made for it. Arguments as of `has_many`."""
    return HasMany("hasAndBelongsToMany", target, _camel(details))


@overload
def references_many(target: Callable[[], type[M]], **details: Unpack[Details]) -> HasMany[M]: ...
@overload
def references_many(target: str, **details: Unpack[Details]) -> HasMany[Any]: ...
def references_many(target: Target, **details: Unpack[Details]) -> HasMany[Any]:
    """Instances of another model whose ids this one lists. Arguments as of `has_many`."""
    return HasMany("referencesMany", target, _camel(details))


@overload
def embeds_many(target: Callable[[], type[M]], **details: Unpack[Details]) -> HasMany[M]: ...
@overload
def embeds_many(target: str, **details: Unpack[Details]) -> HasMany[Any]: ...
def embeds_many(target: Target, **details: Unpack[Details]) -> HasMany[Any]:
    """Instances of another model that lie inside this one. Arguments as of `has_many`."""
    return HasMany("embedsMany", target, _camel(details))


@overload
def has_one(target: Callable[[], type[M]], **details: Unpack[Details]) -> HasOne[M]: ...
@overload
def has_one(target: str, **details: Unpack[Details]) -> HasOne[Any]: ...
def has_one(target: Target, **details: Unpack[Details]) -> HasOne[Any]:
    """The one instance of another model that holds this one's key. Arguments as of `has_many`."""
    return HasOne("hasOne", target, _camel(details))


@overload
def embeds_one(target: Callable[[], type[M]], **details: Unpack[Details]) -> HasOne[M]: ...
@overload
def embeds_one(target: str, **details: Unpack[Details]) -> HasOne[Any]: ...
def embeds_one(target: Target, **details: Unpack[Details]) -> HasOne[Any]:
    """The one instance of another model that lies inside this one. Arguments as of `has_many`."""
    return HasOne("embedsOne", target, _camel(details))


@overload
def belongs_to(target: Callable[[], type[M]], **details: Unpack[Details]) -> BelongsTo[M]: ...
@overload
def belongs_to(target: str | None = None, **details: Unpack[Details]) -> BelongsTo[Any]: ...
def belongs_to(target: Target | None = None, **details: Unpack[Details]) -> BelongsTo[Any]:
    """The instance of another model whose key this one holds; with `polymorphic` there is no target.

    Other arguments as of `has_many`.
    """
    return BelongsTo("belongsTo", target, _camel(details))


def accessor(relation: RelationDefinition) -> DeclaredRelation:
    """The attribute that a class declared in JSON gets for a relation."""
    kind = BelongsTo if relation.type == "belongsTo" else HasMany if relation.is_many else HasOne
    made: DeclaredRelation = kind(relation.type, relation.model, {})
    made.name = relation.name
    return made
