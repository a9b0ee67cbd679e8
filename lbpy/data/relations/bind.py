"""What relations add to models before these are bound: keys, discriminators, places for embedded rows, models in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeAlias

from ...model.base import Model
from ...model.definition import Default, ModelDefinition, Property
from ...model.kinds import SIMPLE_KINDS, Kind, ListOf
from ...model.rules import Rule, rules_of
from ...naming import camel_case
from ..bound import FindModel
from .declare import accessor
from .definition import RelationDefinition, relations_of
from .embedded import DistinctIds, EmbeddedRule, WithIds, embedded_kind
from .keys import through_names
from .references_many import ListedOnce

Models: TypeAlias = Mapping[str, ModelDefinition]
Relations: TypeAlias = Mapping[str, Mapping[str, RelationDefinition]]
Properties: TypeAlias = dict[str, dict[str, Property]]


@dataclass(frozen=True, slots=True)
class JoinModel:
    """A model that has to be made for a hasAndBelongsToMany relation: its JSON, and the model whose data source it shares."""

    spec: Mapping[str, Any]
    like: str


def join_models(models: Models) -> list[JoinModel]:
    """The models in between that are not there yet.

    Args:
        models: the definitions of an application by name.
    """
    known, made = set(models), []
    for definition in models.values():
        for one in relations_of(definition).values():
            if one.type == "hasAndBelongsToMany" and one.model in models and _join_name(one, known) not in known:
                name = _join_name(one, known)
                known.add(name)
                made.append(JoinModel(_join_spec(name, one), definition.name))
    return made


def _join_name(one: RelationDefinition, known: Iterable[str]) -> str:
    if one.through:
        return one.through
    reverse = f"{one.model}{one.source}"
    return reverse if reverse in known else f"{one.source}{one.model}"


def _join_spec(name: str, one: RelationDefinition) -> dict[str, Any]:
    ends = [one.source, str(one.model)]
    relations = {camel_case(end): {"type": "belongsTo", "model": end} for end in ends}
    return {"name": name, "base": "PersistedModel", "relations": {} if one.polymorphic else relations}


def all_relations(models: Models) -> Relations:
    """The relations of all models, with the models in between named.

    Raises:
        DefinitionError: one says something impossible.
    """
    return {name: {key: _joined(one, models) for key, one in relations_of(model).items()} for name, model in models.items()}


def _joined(one: RelationDefinition, models: Models) -> RelationDefinition:
    return replace(one, through=_join_name(one, models)) if one.type == "hasAndBelongsToMany" else one


# -- properties ----------------------------------------------------------------


def added_properties(models: Models, relations: Relations) -> Properties:
    """The properties that relations add, by model; what a model declares itself stays (source: models.md 6).

    Args:
        models: the definitions as they are on their stores, so that ids have their final kinds.
        relations: of all models.
    """
    added: Properties = {name: {} for name in models}
    every = [one for listed in relations.values() for one in listed.values()]
    for kinds in (("belongsTo", "referencesMany"), ("hasMany", "hasOne", "hasAndBelongsToMany")):
        for one in every:
            if one.type in kinds:
                _add(added, models, _keys(one, models, relations))
    whole = {name: extended(model, added[name]) for name, model in models.items()}
    for one in every:
        if one.is_embedded and one.model in whole:
            _add(added, models, [(one.source, _place(one, whole[str(one.model)]))])
    return added


def extended(model: ModelDefinition, properties: Mapping[str, Property]) -> ModelDefinition:
    """A definition with further properties after its own."""
    return replace(model, properties=MappingProxyType({**model.properties, **properties})) if properties else model


def _add(added: Properties, models: Models, properties: Iterable[tuple[str, Property]]) -> None:
    for name, one in properties:
        if name in models and one.name not in models[name].properties:
            added[name].setdefault(one.name, one)


def _keys(one: RelationDefinition, models: Models, relations: Relations) -> Iterator[tuple[str, Property]]:
    """(model, property) for each key of a relation whose other side is known."""
    source, target = models[one.source], models.get(one.model or "")
    if one.type == "belongsTo" and one.polymorphic:
        yield from _polymorphic(one.source, one, source)
    elif target is None:
        return
    elif one.type == "belongsTo":
        yield one.source, _key(one.foreign_key, _kind(target, one.primary_key))
    elif one.type == "referencesMany":
        yield one.source, _key(one.foreign_key, ListOf(_kind(target, None)), default=list)
    elif one.through:
        yield from _between(one, source, target, relations.get(one.through, {}))
    elif one.polymorphic:
        yield from _polymorphic(target.name, one, source)
    else:
        yield target.name, _key(one.foreign_key, _kind(source, one.primary_key))


def _polymorphic(holder: str, one: RelationDefinition, source: ModelDefinition) -> Iterator[tuple[str, Property]]:
    shape = one.polymorphic
    assert shape is not None
    given = SIMPLE_KINDS.get(shape.id_type.lower()) if shape.id_type else None
    yield holder, _key(shape.foreign_key, given or _kind(source, one.primary_key if one.type != "belongsTo" else None))
    yield holder, replace(_key(shape.discriminator, SIMPLE_KINDS["string"]), index=True)


def _between(
    one: RelationDefinition, source: ModelDefinition, target: ModelDefinition, between: Mapping[str, RelationDefinition]
) -> Iterator[tuple[str, Property]]:
    near, far, fixed = through_names(one.source, one, between)
    yield str(one.through), _key(near, _kind(source, one.primary_key))
    yield str(one.through), _key(far, _kind(target, None))
    for name in fixed:
        yield str(one.through), replace(_key(name, SIMPLE_KINDS["string"]), index=True)


def _kind(model: ModelDefinition, name: str | None) -> Kind:
    """The kind of the id, or of another property that a key means."""
    found = model.properties.get(name) if name else model.id
    return found.kind if found is not None else SIMPLE_KINDS["any"]


def _key(name: str, kind: Kind, default: Default | None = None) -> Property:
    return Property(name, kind, default=default)


def _place(one: RelationDefinition, target: ModelDefinition) -> Property:
    """The property that holds embedded rows."""
    kind = embedded_kind(target)
    if one.is_many:
        return _key(one.place, ListOf(kind), default=list)
    if not one.default:
        return _key(one.place, kind)
    given = one.default if isinstance(one.default, Mapping) else {}
    return _key(one.place, kind, default=lambda: kind.read(given))


# -- rules and accessors -------------------------------------------------------


def relation_rules(relations: Mapping[str, RelationDefinition], find_model: FindModel) -> Iterator[Rule]:
    """The rules that a model gets from its relations.

    Args:
        relations: of the model.
        find_model: gives the classes of the application by name.
    """
    for one in relations.values():
        target = find_model(one.model or "")
        definition = None if target is None else target.definition__
        if one.type == "referencesMany":
            yield ListedOnce(one)
        if not one.is_embedded or target is None or definition is None:
            continue
        key = definition.id.name if definition.id else "id"
        if one.is_many and one.on("persistent"):
            yield WithIds(one, key)
        if one.is_many:
            yield DistinctIds(one, key)
        rules = rules_of(definition, target)
        if rules and one.options.get("validate", True) is not False:
            yield EmbeddedRule(one, key, target, rules)


def install_accessors(cls: type[Model], relations: Mapping[str, RelationDefinition]) -> None:
    """Give a class an attribute for each relation whose name is free."""
    for name, one in relations.items():
        if name.isidentifier() and not any(name in vars(base) for base in cls.__mro__):
            setattr(cls, name, accessor(one))
