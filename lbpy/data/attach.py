"""Binding a model class to a data source: everything that its operations need is prepared here, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from ..model.base import Model
from ..model.definition import ModelDefinition, Property, attached
from ..model.kinds import ListOf, Nested
from ..model.rules import NestedRule, Rule, rules_of
from ..model.schema import Reader
from ..query.where import Grammar
from ..types import Settings
from .bound import Bound, Defaults
from .contract import CreateMany, FindOrCreate, Upsert
from .source import DataSource

TRUSTED_DEPTH: Final = 100

FindModel = Callable[[str], type[Model] | None]


def attach(cls: type[Model], definition: ModelDefinition, source: DataSource, settings: Settings, find_model: FindModel) -> Bound:
    """Bind a class to a source; its operations work from now on.

    Args:
        cls: the model class; the binding belongs to it alone, not to its subclasses.
        definition: what it declares.
        source: where its rows are.
        settings: the application's switches and limits.
        find_model: gives the classes of nested models by name.
    """
    connector = source.connector
    model = attached(definition, connector.id_kind)
    rows = source.collection(model)
    free_form = connector.free_form and model.strict == "off"
    grammar = Grammar(model, free_form=free_form, settings=settings, relational=connector.relational)
    scope = _scope(model)
    trusted = replace(grammar.code_rules(), depth=TRUSTED_DEPTH)
    bound = Bound(
        model=cls,
        definition=model,
        source=source,
        rows=rows,
        settings=settings,
        reader=Reader(model, keep_lost=settings.old("lossyCoercion")),
        rules=(*rules_of(model, cls), *_nested_rules(model, find_model)),
        grammar=grammar,
        id_path=grammar.path(model.id.name) if model.id else None,
        write_defaults=_defaults(model, lambda one: one.default_on_write),
        read_defaults=_defaults(model, lambda one: True) if model.setting("applyDefaultsOnReads", True) else (),
        scope=scope,
        scope_values=_forced(model, scope),
        client=grammar.client_rules(),
        code=grammar.code_rules(),
        trusted=trusted,
        trusted_client=replace(trusted, client=True),
        create_many=rows if isinstance(rows, CreateMany) else None,
        upsert=rows if isinstance(rows, Upsert) else None,
        find_or_create=rows if isinstance(rows, FindOrCreate) else None,
        unstored=tuple((one.name, one.default()) for one in model.properties.values() if one.default and not one.persist_default),
    )
    cls.definition__ = model
    cls.bound__ = bound
    return bound


def release(cls: type[Model]) -> None:
    """Take the binding away; the class can be bound again."""
    bound = vars(cls).get("bound__")
    if isinstance(bound, Bound):
        bound.source.forget(bound.name)
        cls.bound__ = None


def _defaults(model: ModelDefinition, wanted: Callable[[Property], bool]) -> Defaults:
    return tuple((one.name, one.default) for one in model.properties.values() if one.default is not None and wanted(one))


def _scope(model: ModelDefinition) -> Mapping[str, Any]:
    scope = model.setting("scope")
    return scope if isinstance(scope, Mapping) else {}


def _forced(model: ModelDefinition, scope: Mapping[str, Any]) -> dict[str, Any]:
    """What every written row takes: the setting `attributes` if there is one, else the scalars of the default scope's condition."""
    attributes = model.setting("attributes", model.setting("properties"))
    if attributes is False:
        return {}
    return dict(attributes) if isinstance(attributes, Mapping) else dict(scalars(scope.get("where") or {}))


def scalars(where: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The properties that a condition ties to one value each, those inside `and` included."""
    found: list[tuple[str, Any]] = []
    for name, value in where.items():
        if name == "and" and isinstance(value, list):
            found += [pair for part in value for pair in scalars(part)]
        elif not isinstance(value, (dict, list)) and name not in ("or", "nor"):
            found.append((name, value))
    return found


def _nested_rules(model: ModelDefinition, find_model: FindModel) -> list[Rule]:
    """Rules of nested models that Python classes declare; those declared in JSON are not asked (source: models.md 2.1)."""
    found: list[Rule] = []
    for one in model.properties.values():
        kind = one.kind.item if isinstance(one.kind, ListOf) else one.kind
        cls = find_model(kind.name) if isinstance(kind, Nested) and kind.name else None
        if cls is not None and cls.definition__ is not None and not cls.declaration__.spec:
            rules = rules_of(cls.definition__, cls)
            found += [NestedRule(one.name, cls, rules)] if rules else []
    return found
