"""Binding the models of one application together with what relations add to them. Serves none of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..data.attach import attach
from ..data.persisted import PersistedModel
from ..data.relations.bind import added_properties, all_relations, install_accessors, join_models
from ..data.relations.definition import RelationDefinition
from ..data.source import DataSource
from ..model.base import Model
from ..model.declare import Definer, class_from_json
from ..model.definition import ModelDefinition, Property, attached
from ..types import Settings
from .registry import Registry


@dataclass(frozen=True, slots=True)
class _Home:
    """A model and the data source that it is on."""

    cls: type[Model]
    source: DataSource | None


class Bindings:
    """The bound models of one application.

    A model is bound again whenever a later model gives it a property, or stands at the other end of one of its relations.

    Args:
        registry: where models are known by name.
        definer: makes their definitions.
        settings: the application's switches and limits.
    """

    def __init__(self, registry: Registry, definer: Definer, settings: Settings) -> None:
        self._registry = registry
        self._definer = definer
        self._settings = settings
        self._homes: dict[str, _Home] = {}
        self._state: dict[str, Any] = {}

    def add(self, models: Iterable[tuple[type[Model], DataSource | None]]) -> None:
        """Bind models, each to its data source.

        Raises:
            DefinitionError: a declaration cannot be read.
        """
        for cls, source in models:
            self._know(self._definer.definition(cls).name, _Home(cls, source))
        definitions = self._definitions()
        for one in join_models(definitions):
            self._know(one.spec["name"], _Home(class_from_json(one.spec, PersistedModel), self._homes[one.like].source))
        self._bind(self._definitions())

    def _know(self, name: str, home: _Home) -> None:
        self._registry.add_model(name, home.cls)
        self._homes[name] = home

    def _definitions(self) -> dict[str, ModelDefinition]:
        """What all models declare, with ids of the kinds that their stores make."""
        return {name: self._definition(home) for name, home in self._homes.items()}

    def _definition(self, home: _Home) -> ModelDefinition:
        plain = self._definer.definition(home.cls)
        return plain if home.source is None else attached(plain, home.source.connector.id_kind)

    def _bind(self, definitions: Mapping[str, ModelDefinition]) -> None:
        relations = all_relations(definitions)
        added = added_properties(definitions, relations)
        state = {name: self._seen(relations[name], added[name]) for name in definitions}
        changed = [name for name in definitions if self._state.get(name) != state[name]]
        for name in changed:
            install_accessors(self._homes[name].cls, relations[name])
            self._definer.extend(self._homes[name].cls, added[name])
        for name in changed:
            self._attach(self._homes[name], relations[name], added[name])
        self._state = state

    def _seen(self, relations: Mapping[str, RelationDefinition], added: Mapping[str, Property]) -> Any:
        """What a binding depends on beyond the model itself."""
        known = {one.model for one in relations.values() if one.model in self._homes}
        return known, {name: one.kind for name, one in added.items()}

    def _attach(self, home: _Home, relations: Mapping[str, RelationDefinition], added: Mapping[str, Property]) -> None:
        if home.source is not None:
            definition = self._definer.extend(home.cls, added)
            attach(home.cls, definition, home.source, self._settings, self._definer.class_of, relations)
