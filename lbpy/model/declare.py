"""From model classes to definitions: annotations are resolved here, once, and JSON and class bodies end in the same record."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from marshmallow.validate import OneOf

from ..errors import DefinitionError
from ..types import UNSET, Json
from .annotations import Meaning, evaluate, meaning_of
from .base import Model
from .definition import EMPTY, ModelDefinition, Property, define, nested_kind, own_settings, read_property
from .kinds import Kind
from .properties import Attribute, Declared, Validator

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

    def forget(self, cls: type[Model]) -> None:
        """Build this class's definition anew when it is next asked for."""
        self._made.pop(cls, None)

    def _build(self, cls: type[Model]) -> ModelDefinition:
        told = cls.declaration__
        name = str(told.spec.get("name") or cls.__name__)
        base = next((one for one in cls.__bases__ if issubclass(one, Model)), None)
        listed: Mapping[str, Json] = told.spec.get("properties") or {}
        from_spec = {key: read_property(key, one, self._named, name) for key, one in listed.items() if one not in (None, False)}
        from_body = self._from_body(cls)
        definition = define(
            name,
            {**from_spec, **from_body},
            {**own_settings(told.spec), **told.settings, **_flags(told.properties)},
            base=self.definition(base) if base is not None else None,
            removed=[key for key, one in listed.items() if one in (None, False)],
        )
        _install(cls, definition)
        return definition

    def _named(self, name: str) -> ModelDefinition | None:
        found = self._find_model(name)
        return self.definition(found) if found is not None and found not in self._open else None

    def _from_body(self, cls: type[Model]) -> dict[str, Property]:
        told = cls.declaration__
        names = self._names(cls) if told.annotations else EMPTY
        made = (
            _property(attribute, one, self._meaning(cls, attribute, told.annotations[attribute], names))
            for attribute, one in told.properties.items()
        )
        return {one.name: one for one in made}

    def _meaning(self, cls: type[Model], attribute: str, annotation: Any, names: Mapping[str, Any]) -> Meaning:
        place = f"{cls.__name__}.{attribute}"
        read = evaluate(annotation, names, place) if isinstance(annotation, str) else annotation
        return meaning_of(read, self._nested, place)

    def _nested(self, cls: Any) -> Kind:
        return nested_kind(self.definition(cls))

    def _names(self, cls: type[Model]) -> Mapping[str, Any]:
        """Module globals win over the application's models, these over the locals of the defining frame."""
        module = sys.modules.get(cls.__module__)
        frame = cls.declaration__.frame
        return _Names(vars(module) if module else {}, self._find_model, frame.f_locals if frame else {})


class _Names(dict[str, Any]):
    """Names for evaluating annotations, looked up in three places."""

    def __init__(self, module: Mapping[str, Any], find_model: FindModel, local: Mapping[str, Any]) -> None:
        super().__init__({**local, **module})
        self._find_model = find_model

    def __missing__(self, name: str) -> Any:
        found = self._find_model(name)
        if found is None:
            raise KeyError(name)
        return found


def _property(attribute: str, told: Declared, meaning: Meaning) -> Property:
    choices: tuple[Validator, ...] = (OneOf(meaning.choices),) if meaning.choices else ()
    has_default = told.default is not UNSET or told.factory is not None
    required = told.required if told.required is not None else not (has_default or meaning.optional or told.generated)
    return Property(
        told.name or attribute,
        meaning.kind,
        attribute=attribute,
        required=required,
        default=_default(told),
        id=int(told.id),
        generated=told.generated,
        index={"unique": True} if told.unique else told.index,
        unique=told.unique,
        validators=(*told.validators, *choices),
        stores=MappingProxyType({"*": told.column}) if told.column else EMPTY,
    )


def _default(told: Declared) -> Callable[[], Any] | None:
    if told.factory is not None:
        return told.factory
    if told.default is UNSET or told.default is None:
        return None
    return lambda: told.default


def _flags(properties: Mapping[str, Declared]) -> dict[str, list[str]]:
    hidden = [one.name or attribute for attribute, one in properties.items() if one.hidden]
    protected = [one.name or attribute for attribute, one in properties.items() if one.protected]
    return {key: names for key, names in (("hidden", hidden), ("protected", protected)) if names}


def _install(cls: type[Model], definition: ModelDefinition) -> None:
    """Give the class an attribute for each property that has none; names that are taken stay reachable as instance[name]."""
    known = set(cls.attributes__.values())
    fresh = {name: one for name, one in definition.properties.items() if name not in known}
    for name in fresh:
        if name.isidentifier() and not _is_taken(cls, name):
            setattr(cls, name, Attribute(name))
    cls.definition__ = definition
    cls.attributes__ = {**cls.attributes__, **{name: name for name in fresh}}
    defaults = {name: one.default for name, one in fresh.items() if one.default is not None}
    cls.defaults__ = {**cls.defaults__, **defaults}


def _is_taken(cls: type[Model], name: str) -> bool:
    return any(name in vars(base) for base in cls.__mro__)


def class_from_json(spec: Mapping[str, Json], base: type[Model]) -> type[Model]:
    """A model class that declares what LoopBack's JSON says.

    Args:
        spec: the parsed model JSON; `name` must be there.
        base: the class of the model that `base` names.
    """
    made = types.new_class(str(spec["name"]), (base,), {"spec": spec})
    made.__module__ = "lbpy.models"
    return made
