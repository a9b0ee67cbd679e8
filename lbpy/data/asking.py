"""What comes before a query is compiled: what access observers make of it, and its conditions on related rows. Fetches keys only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..errors import BadRequest
from ..model.freeform import shown
from ..model.hooks import Reading
from ..query.filter import merge_scope
from ..query.grammar import Rules
from ..query.guards import without_hidden
from ..query.nodes import NO_ROW, Filter, In, Related, Where, all_of
from ..query.where import compile_where
from ..types import Json, Options, is_client
from .bound import Bound, bound_of
from .budget import Budget
from .relations.definition import RelationDefinition
from .relations.edges import discriminated, distinct, known, reader
from .relations.keys import primary_key, through_keys
from .watching import watch_of


def accessed(bound: Bound, query: Mapping[str, Json], options: Options, state: dict[str, Any] | None = None) -> Mapping[str, Json]:
    """The query as the access observers leave it."""
    observers = bound.observers("access")
    if not observers or options.get("notify") is False:
        return query
    context: Reading[Any] = Reading(bound.model, options, {} if state is None else state, query=dict(query))
    for observer in observers:
        observer(context)
    return context.query


# -- rules with relations ------------------------------------------------------


def callers_rules(bound: Bound, asked: Mapping[str, Json], options: Options) -> Rules:
    """What a raw filter may name whose caller's part is not checked yet."""
    rules = bound.query_rules(options)
    return _with_relations(bound, rules, options, guarded=is_client(options)) if "where" in asked else rules


def trusted_rules(bound: Bound, asked: Mapping[str, Json], options: Options) -> Rules:
    """What a raw filter may name once its caller's part was checked."""
    rules = bound.trusted_rules(options)
    return _with_relations(bound, rules, options, guarded=False) if "where" in asked else rules


def writing_rules(bound: Bound, options: Options) -> Rules:
    """What the where of a write may name once its caller's part was checked."""
    return _with_relations(bound, bound.trusted.for_writing(), options, guarded=False)


def _with_relations(bound: Bound, rules: Rules, options: Options, *, guarded: bool) -> Rules:
    if not bound.askable:
        return rules
    budget = Budget("where", bound.settings.limits, client=is_client(options))
    return replace(rules, relations=AskedRelations(bound, options, budget, guarded))


@dataclass(frozen=True, slots=True)
class AskedRelations:
    """The relations of one model as the where of one call may name them (source: docs/relations.md).

    options: the caller's. budget: of the whole where. guarded: the caller's words are still to be checked.
    """

    bound: Bound
    options: Options
    budget: Budget
    guarded: bool

    def named(self, name: str) -> bool:
        """See grammar.Relations."""
        return name in self.bound.askable

    def permitted(self, name: str, raw: Json) -> Json:
        """See grammar.Relations; protected names count as hidden, as they do in an include.

        Raises:
            BadRequest: it names a hidden property, or the relation may not be followed. Whatever the watch of the call raises.
        """
        if not self.guarded:
            return raw
        relation = self.bound.relations[name]
        if relation.on("disableInclude"):
            raise BadRequest(f'The relation "{name}" of {self.bound.name} may not be used in a query')
        target = target_of(self.bound, relation)
        watch = watch_of(self.options)
        watch(self.bound, f"__get__{name}", None)
        watch(target, "find", None)
        rules = target.query_rules(self.options).for_include(target.definition)
        return without_hidden(target.grammar, raw, self._rules_for(target, rules, guarded=True))

    def condition(self, name: str, raw: Json, *, writing: bool) -> Where:
        """See grammar.Relations.

        Raises:
            BadRequest: it cannot be asked, or a limit is passed.
        """
        if not isinstance(raw, Mapping):
            raise BadRequest(f'"{name}" is a relation of {self.bound.name}: it takes a where object, not {shown(raw)}')
        with self.budget.deeper():
            self.budget.follow()
            return self._met(self.bound.relations[name], raw, writing)

    def _met(self, relation: RelationDefinition, raw: Mapping[str, Json], writing: bool) -> Where:
        bound, target = self.bound, target_of(self.bound, relation)
        where = self._compiled(target, merge_scope({"where": raw}, _where_of(relation.scope)), writing)
        if relation.through:
            return self._linked(relation, target, where)
        if relation.type in ("belongsTo", "referencesMany"):
            key = primary_key(relation, target) if relation.type == "belongsTo" else target.id_name
            return self._joined(bound, relation.foreign_key, (target, key), where)
        fixed = self._compiled(target, {"where": discriminated(bound, relation)}, writing)
        return self._joined(bound, primary_key(relation, bound), (target, relation.foreign_key), all_of([fixed, where]))

    def _linked(self, relation: RelationDefinition, target: Bound, where: Where) -> Where:
        bound, links = self.bound, bound_of(known(self.bound, str(relation.through), relation))
        keys = through_keys(bound, relation, target, links)
        far = self._joined(links, keys.far, (target, keys.target_key), where)
        own = self._compiled(links, {"where": keys.fixed}, writing=False)
        return self._joined(bound, keys.source_key, (links, keys.near), all_of([own, far]))

    def _compiled(self, target: Bound, asked: Mapping[str, Json], writing: bool) -> Where:
        """A condition on related rows, with the default scope of their model, seen by its access observers."""
        query = accessed(target, merge_scope(asked, _where_of(target.scope)), self.options)
        rules = target.trusted.for_writing() if writing else target.trusted
        return compile_where(target.grammar, query.get("where"), self._rules_for(target, rules, guarded=False))

    def _rules_for(self, target: Bound, rules: Rules, *, guarded: bool) -> Rules:
        return replace(rules, relations=AskedRelations(target, self.options, self.budget, guarded)) if target.askable else rules

    def _joined(self, near: Bound, here: str, far: tuple[Bound, str], where: Where) -> Where:
        """The condition that a row of `far` has in its key what a row of `near` has in `here`, and meets a condition.

        The store says it where it can; else the keys are fetched now and become part of the condition.
        """
        bound, there = far
        own, other = near.grammar.path(here), bound.grammar.path(there)
        if own is None or other is None or where == NO_ROW:
            return NO_ROW
        related = Related(own, other, bound.definition, where)
        if near.source is bound.source and near.related_rows is not None and near.related_rows.relates(related):
            return related
        read = reader(near, here)
        values = distinct(read(key) for row in self._rows(bound, there, where) for key in _each(row.get(there)))
        return In(own, tuple(values)) if values else NO_ROW

    def _rows(self, bound: Bound, key: str, where: Where) -> list[dict[str, Any]]:
        most = self.budget.most_rows
        rows = bound.store.find(Filter(where=where, fields=(key,), limit=None if most is None else most + 1))
        if most is not None and len(rows) > most:
            raise BadRequest(f"The where asks for more than {most} records of {bound.name} (limits.includeRows)")
        return rows


def target_of(bound: Bound, relation: RelationDefinition) -> Bound:
    """The model at the other end of a relation that a where names.

    Raises:
        BadRequest: it leads to several models, or its other side is not there.
    """
    if relation.model is None:
        raise BadRequest(f'The relation "{relation.name}" of {bound.name} leads to several models: a where cannot follow it')
    return bound_of(known(bound, relation.model, relation))


def _where_of(scope: Mapping[str, Json]) -> Mapping[str, Json]:
    return {"where": scope["where"]} if scope.get("where") else {}


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
