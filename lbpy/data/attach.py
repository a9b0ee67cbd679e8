"""Binding a model class to a data source: everything that its operations need is prepared here, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from ..errors import SettingError
from ..model.base import Model
from ..model.definition import EMPTY, ModelDefinition, attached, with_id
from ..model.kinds import ListOf, Nested
from ..model.masking import mask_of
from ..model.rules import NestedRule, Rule, asks_store, rules_of
from ..model.schema import Reader
from ..query.grammar import Grammar
from ..query.operators import OPERATORS
from ..types import Settings
from .bound import Bound, Defaults, FindModel, if_bound
from .contract import (
    CreateMany,
    FindOrCreate,
    OwnOperators,
    RawJson,
    RelatedRows,
    RowLocks,
    Transactions,
    Upsert,
    UpsertWhere,
    read_defaults,
)
from .relations.bind import relation_rules
from .relations.definition import RelationDefinition
from .relations.embedded import EmbeddedKind
from .source import DataSource
from .transaction import Open

TRUSTED_DEPTH: Final = 100


def attach(
    cls: type[Model],
    definition: ModelDefinition,
    source: DataSource,
    settings: Settings,
    find_model: FindModel,
    relations: Mapping[str, RelationDefinition] = EMPTY,
) -> Bound:
    """Bind a class to a source; its operations work from now on.

    Args:
        cls: the model class; the binding belongs to it alone, not to its subclasses.
        definition: what it declares.
        source: where its rows are.
        settings: the application's switches and limits.
        find_model: gives the classes of nested and related models by name.
        relations: of the model; what they add to it is in the definition already.

    Raises:
        SettingError: the model wants of its source what that cannot do.
    """
    connector = source.connector
    model = attached(with_id(definition), connector.id_kind)
    rows = source.collection(model)
    free_form = connector.free_form and model.strict == "off"
    grammar = Grammar(
        model,
        free_form,
        settings,
        relational=connector.relational,
        refuses_operators=connector.has_operators,
        operators=MappingProxyType({**OPERATORS, **rows.operators}) if isinstance(rows, OwnOperators) else OPERATORS,
    )
    scope = _scope(model)
    rules = (*rules_of(model, cls), *_nested_rules(model, find_model), *relation_rules(relations, find_model))
    trusted = replace(grammar.code_rules(), depth=TRUSTED_DEPTH)
    bound = Bound(
        model=cls,
        definition=model,
        source=source,
        rows=rows,
        settings=settings,
        reader=Reader(model, keep_lost=settings.old("lossyCoercion"), paths=connector.takes_paths),
        rules=tuple(one for one in rules if not asks_store(one)),
        store_rules=tuple(one for one in rules if asks_store(one)),
        grammar=grammar,
        id_path=grammar.path(model.id.name) if model.id else None,
        write_defaults=_write_defaults(model),
        read_defaults=tuple(read_defaults(model).items()),
        scope=scope,
        scope_values=_forced(model, scope),
        client=grammar.client_rules(),
        code=grammar.code_rules(),
        trusted=trusted,
        trusted_client=replace(trusted, limited=True),
        raw_json=rows if isinstance(rows, RawJson) else None,
        create_many=rows if isinstance(rows, CreateMany) else None,
        related_rows=rows if isinstance(rows, RelatedRows) else None,
        row_locks=rows if isinstance(rows, RowLocks) else None,
        upsert=rows if isinstance(rows, Upsert) else None,
        upsert_where=rows if isinstance(rows, UpsertWhere) else None,
        find_or_create=rows if isinstance(rows, FindOrCreate) else None,
        misfits=tuple((one.name, one.kind) for one in model.properties.values() if one.misfit),
        unstored=tuple((one.name, one.default()) for one in model.properties.values() if one.default and not one.persist_default),
        relations=relations,
        askable=_askable(model, source, settings, relations),
        find_model=find_model,
        nested_mask=mask_of(model, nested=True),
        transaction=_transaction(model, source),
    )
    cls.definition__ = model
    cls.bound__ = bound
    return bound


def _askable(
    model: ModelDefinition, source: DataSource, settings: Settings, relations: Mapping[str, RelationDefinition]
) -> frozenset[str]:
    """The relations that a where may name; what is embedded is asked for by the property that holds it."""
    on = model.setting("relationsInWhere", source.settings.get("relationsInWhere", settings.relations_in_where))
    return frozenset(one.name for one in relations.values() if not one.is_embedded) if on is True else frozenset()


def _transaction(model: ModelDefinition, source: DataSource) -> Open | None:
    """What the setting `transaction` means: whether each writing operation, hooks included, takes effect as a whole."""
    wanted = model.setting("transaction")
    if wanted is None or wanted is False:
        return None
    if wanted is not True:
        raise SettingError(model.name, "transaction", f"true or false is needed, not {wanted!r}")
    connector = source.connector
    if not isinstance(connector, Transactions):
        text = f"the {connector.name} connector of {source.name} has no transactions{connector.instead}"
        raise SettingError(model.name, "transaction", f"{text}; take the key out, or put the model on another data source")
    return source.transaction


def release(cls: type[Model]) -> None:
    """Take the binding away; the class can be bound again."""
    bound = if_bound(cls)
    if bound is not None:
        bound.source.forget(bound.name)
        cls.bound__ = None


def _write_defaults(model: ModelDefinition) -> Defaults:
    return tuple((one.name, one.default) for one in model.properties.values() if one.default is not None and one.default_on_write)


def _scope(model: ModelDefinition) -> Mapping[str, Any]:
    scope = model.setting("scope")
    return scope if isinstance(scope, Mapping) else {}


def _forced(model: ModelDefinition, scope: Mapping[str, Any]) -> dict[str, Any]:
    """What every written row takes: the setting `attributes` if there is one, else the scalars of the default scope's condition."""
    attributes = model.setting("attributes", model.setting("properties"))
    if attributes is False:
        return {}
    return dict(attributes) if isinstance(attributes, Mapping) else scalars(model, scope.get("where") or {})


def scalars(model: ModelDefinition, where: Mapping[str, Any]) -> dict[str, Any]:
    """The declared properties that a condition ties to one value each, those inside `and` included."""
    found: dict[str, Any] = {}
    for name, value in where.items():
        if name == "and" and isinstance(value, list):
            for part in value:
                found.update(scalars(model, part))
        elif name in model.properties and not isinstance(value, (dict, list)):
            found[name] = value
    return found


def _nested_rules(model: ModelDefinition, find_model: FindModel) -> list[Rule]:
    """Rules of nested models that Python classes declare; those declared in JSON are not asked (source: models.md 2.1)."""
    found: list[Rule] = []
    for one in model.properties.values():
        kind = one.kind.item if isinstance(one.kind, ListOf) else one.kind
        if not isinstance(kind, Nested) or isinstance(kind, EmbeddedKind):
            continue
        cls = find_model(kind.name) if kind.name else None
        if cls is not None and cls.definition__ is not None and not cls.declaration__.spec:
            rules = rules_of(cls.definition__, cls)
            found += [NestedRule(one.name, cls, rules, kind.hidden)] if rules else []
    return found
