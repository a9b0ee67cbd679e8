"""From model classes to definitions: annotations are resolved here, once, and JSON and class bodies end in the same record."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, TypeVar

from marshmallow.validate import OneOf

from ..errors import ClientError, DefinitionError
from ..types import UNSET, Json
from .annotations import Meaning, evaluate, meaning_of
from .base import Model
from .definition import EMPTY, ModelDefinition, Property, define, merge_settings, nested_kind, own_settings, read_property, united
from .kinds import Kind, ListOf, Nested
from .properties import Attribute, Declared, Instance, NestedAttribute, Validator, plain
from .relations import declared_relations

M = TypeVar("M", bound=Model)

ID: Final = "id"

FindModel = Callable[[str], "type[Model] | None"]
"""Gives a model class of the application by name, or None."""


class Definer:
    """Builds the definitions of one application's classes; each class once.

    Args:
        find_model: gives a model class by name, or None.
    """

    def __init__(self, find_model: FindModel) -> None:
        self._find_model = find_model
        self._made: dict[type[Model], ModelDefinition] = {}
        self._annotated: dict[str, type[Model]] = {}
        self._open: list[type[Model]] = []

    def definition(self, cls: type[Model]) -> ModelDefinition:
        """The definition of a class, its bases and nested models first.

        Raises:
            DefinitionError: an annotation, type or property cannot be read, or a model nests itself without end.
        """
        if cls not in self._made:
            if cls in self._open:
                raise DefinitionError(f"{cls.__name__} contains itself; nested models cannot go in circles")
            self._open.append(cls)
            try:
                self._made[cls] = self._build(cls)
            finally:
                self._open.pop()
        return self._made[cls]

    def class_of(self, name: str) -> type[Model] | None:
        """The class of a nested model: the application's model of that name, else one that an annotation named."""
        return self._find_model(name) or self._annotated.get(name)

    def extend(self, cls: type[Model], properties: Mapping[str, Property]) -> ModelDefinition:
        """The definition of a class with properties that relations add, which its sub-classes do not inherit."""
        plain = self.definition(cls)
        whole = replace(plain, properties=MappingProxyType({**plain.properties, **properties}))
        self._install(cls, whole)
        return whole

    def _build(self, cls: type[Model]) -> ModelDefinition:
        told = cls.declaration__
        name = str(told.spec.get("name") or cls.__name__)
        listed: Mapping[str, Json] = told.spec.get("properties") or {}
        from_spec = {key: read_property(key, one, self._named, name) for key, one in listed.items() if one not in (None, False)}
        from_body = self._from_body(cls)
        definition = define(
            name,
            {**from_spec, **from_body},
            merge_settings(merge_settings(own_settings(told.spec), told.settings), {**_flags(told.properties), **_relations(cls)}),
            base=united([self.definition(one) for one in cls.__bases__ if issubclass(one, Model)]),
            removed=[key for key, one in listed.items() if one in (None, False)],
        )
        self._install(cls, definition)
        return definition

    def _named(self, name: str) -> ModelDefinition | None:
        found = self._find_model(name)
        return self.definition(found) if found is not None and found not in self._open else None

    def _from_body(self, cls: type[Model]) -> dict[str, Property]:
        told = cls.declaration__
        names = self._names(cls) if told.annotations else EMPTY
        made = (
            _property(attribute, one, self._meaning(cls, attribute, told.annotations[attribute], names), f"{cls.__name__}.{attribute}")
            for attribute, one in told.properties.items()
        )
        return {one.name: one for one in made}

    def _meaning(self, cls: type[Model], attribute: str, annotation: Any, names: Mapping[str, Any]) -> Meaning:
        place = f"{cls.__name__}.{attribute}"
        read = evaluate(annotation, names, place) if isinstance(annotation, str) else annotation
        return meaning_of(read, self._nested, place)

    def _nested(self, cls: Any) -> Kind:
        definition = self.definition(cls)
        self._annotated[definition.name] = cls
        return nested_kind(definition)

    def _names(self, cls: type[Model]) -> Mapping[str, Any]:
        """What Python itself would look up (names of the defining function, then of the module), then the application's models."""
        module = sys.modules.get(cls.__module__)
        frame = cls.declaration__.frame
        return _Names({**(vars(module) if module else {}), **(frame.f_locals if frame else {})}, self._find_model)

    # -- attributes ----------------------------------------------------------

    def _install(self, cls: type[Model], definition: ModelDefinition) -> None:
        """Give the class an attribute for each property; names that are taken stay reachable as instance[name]."""
        told = {name: attribute for attribute, name in cls.attributes__.items()}
        for name, one in definition.properties.items():
            attribute = told.setdefault(name, name)
            wrap = self._wrapper(one.kind)
            if wrap is not None and isinstance(_member(cls, attribute), (Attribute, type(None))):
                setattr(cls, attribute, NestedAttribute(name, wrap))
            elif name.isidentifier() and _member(cls, attribute) is None:
                setattr(cls, attribute, Attribute(name))
        _alias_id(cls, definition)
        cls.definition__ = definition
        cls.attributes__ = {told[name]: name for name in definition.properties}
        cls.defaults__ = {name: one.default for name, one in definition.properties.items() if one.default is not None}

    def _wrapper(self, kind: Kind) -> Callable[[dict[str, Any]], Instance] | None:
        inner = kind.item if isinstance(kind, ListOf) else kind
        cls = self.class_of(inner.name) if isinstance(inner, Nested) and inner.name else None
        return cls._wrap if cls is not None else None


class _Names(dict[str, Any]):
    """Names for evaluating annotations; those that Python does not know may be models of the application."""

    def __init__(self, known: Mapping[str, Any], find_model: FindModel) -> None:
        super().__init__(known)
        self._find_model = find_model

    def __missing__(self, name: str) -> Any:
        found = self._find_model(name)
        if found is None:
            raise KeyError(name)
        return found


def _property(attribute: str, told: Declared, meaning: Meaning, place: str) -> Property:
    choices: tuple[Validator, ...] = (OneOf(meaning.choices),) if meaning.choices else ()
    has_default = told.default is not UNSET or told.factory is not None
    required = told.required if told.required is not None else not (has_default or meaning.optional or told.generated)
    return Property(
        told.name or attribute,
        meaning.kind,
        required=required,
        default=_default(told, meaning.kind, place),
        id=int(told.id),
        generated=told.generated,
        index={"unique": True} if told.unique else told.index,
        unique=told.unique,
        validators=(*told.validators, *choices),
        stores=MappingProxyType({"*": told.column}) if told.column else EMPTY,
    )


def _default(told: Declared, kind: Kind, place: str) -> Callable[[], Any] | None:
    """What makes the default as rows hold it."""
    if told.factory is not None:
        factory = told.factory
        return lambda: kind.read(plain(factory()))
    if told.default is UNSET or told.default is None:
        return None
    try:
        value = kind.read(told.default)
    except ClientError as error:
        raise DefinitionError(f"{place}: the default {told.default!r} {error.message}") from error
    return lambda: value


def _flags(properties: Mapping[str, Declared]) -> dict[str, list[str]]:
    hidden = [one.name or attribute for attribute, one in properties.items() if one.hidden]
    protected = [one.name or attribute for attribute, one in properties.items() if one.protected]
    return {key: names for key, names in (("hidden", hidden), ("protected", protected)) if names}


def _relations(cls: type[Model]) -> dict[str, Any]:
    found = declared_relations(cls)
    return {"relations": found} if found else {}


def _member(cls: type[Model], name: str) -> Any:
    """What a class or one of its bases has under a name, as it stands there; None for nothing."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)


def _alias_id(cls: type[Model], definition: ModelDefinition) -> None:
    """An id of another name is reached as `id` too (source: models.md 3)."""
    if definition.id is not None and ID not in definition.properties and isinstance(_member(cls, ID), (Attribute, type(None))):
        setattr(cls, ID, Attribute(definition.id.name))


def class_from_json(spec: Mapping[str, Json], base: type[M]) -> type[M]:
    """A model class that declares what LoopBack's JSON says.

    Args:
        spec: the parsed model JSON; `name` must be there.
        base: the class of the model that `base` names.
    """
    made = types.new_class(str(spec["name"]), (base,), {"spec": spec})
    made.__module__ = "lbpy.models"
    return made


def declared_with(cls: type[Model], spec: Mapping[str, Json], base: type[Model]) -> type[Model]:
    """The same class, now declaring what LoopBack's JSON says as well: properties and settings from there, methods from its body.

    Args:
        cls: a class written beside the JSON.
        spec: the parsed model JSON.
        base: the class of the model that `base` names; the class must be below it.

    Raises:
        DefinitionError: it is not.
    """
    if not issubclass(cls, base):
        raise DefinitionError(
            f"{cls.__name__} must inherit from {base.__name__}, which its JSON names as base: write `class {cls.__name__}({base.__name__})`"
        )
    cls.declaration__ = replace(cls.declaration__, spec=spec)
    return cls
