"""Compiling a raw where into typed nodes: operators, values and names are checked here, once. Evaluates nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from ..errors import BadRequest
from ..model.freeform import shown
from ..model.kinds import NOTHING
from ..types import Json
from .grammar import LOGIC, Grammar, Rules, relations_with
from .guards import check_depth, without_hidden
from .nodes import EVERY_ROW, NO_ROW, And, Equal, In, NotIn, Path, Unequal, Where, all_of, any_of, none_of
from .operators import Clause, as_list, operand, operated, plain_names


def compile_where(grammar: Grammar, raw: Json, rules: Rules) -> Where:
    """A raw where as a tree of nodes (source: querying.md 2).

    Args:
        grammar: the model's.
        raw: LoopBack's where object, or None for every row.
        rules: what the caller may ask.

    Raises:
        BadRequest: it says something that the language does not have, or that the caller may not ask.
    """
    if raw is None or raw == {}:
        return EVERY_ROW
    check_depth(raw, rules.depth)
    return _clause(grammar, without_hidden(grammar, raw, rules), rules)


def _clause(grammar: Grammar, raw: Json, rules: Rules) -> Where:
    if not isinstance(raw, Mapping):
        raise BadRequest(f"The where clause {shown(raw)} is not an object")
    return all_of([_part(grammar, raw, name, rules) for name in raw])


def _part(grammar: Grammar, raw: Mapping[str, Json], name: str, rules: Rules) -> Where:
    value = raw[name]
    if name in LOGIC:
        return _COMBINE[name]([_clause(grammar, one, rules) for one in _clauses(name, value)])
    if isinstance(value, Mapping) and not rules.extended:
        _refuse_dollars(raw, value)
    relations = relations_with(grammar, name, rules)
    if relations is not None:
        return relations.condition(name, value, writing=rules.writing)
    path = grammar.path(name)
    if path is None:
        return _unknown(grammar, name, value, rules)
    return _condition(grammar, path, value, rules)


def _clauses(name: str, value: Json) -> Sequence[Json]:
    try:
        return as_list(value)
    except ValueError as error:
        raise BadRequest(f"The {name} operator has invalid clauses {shown(value)}: {error}") from error


def _refuse_dollars(where: Mapping[str, Json], value: Mapping[str, Json]) -> None:
    found = [name for name in value if name.startswith("$")]
    if found:
        raise BadRequest(
            f'Operators "{", ".join(found)}" are not allowed in query',
            code="OPERATOR_NOT_ALLOWED_IN_QUERY",
            details={"operators": found, "where": where},
        )


_COMBINE: Final[Mapping[str, Callable[[Iterable[Where]], Where]]] = MappingProxyType(
    {"and": all_of, "or": any_of, "nor": none_of}
)


# -- names that no row has -------------------------------------------------------


def _unknown(grammar: Grammar, name: str, value: Json, rules: Rules) -> Where:
    """A property that no row has: missing everywhere for reads, a mistake in writes of strict models and SQL stores."""
    missing = _of_missing(_condition(grammar, Path(name, (name,), None, None), value, rules))
    if grammar.relational and grammar.settings.old("unknownInWhere"):
        return EVERY_ROW
    if rules.writing and (grammar.relational or grammar.definition.strict != "off"):
        raise BadRequest(f'{grammar.definition.name} has no property "{name}"')
    return missing


def _of_missing(node: Where) -> Where:
    """What a condition says of rows without the value."""
    match node:
        case And():
            return all_of(map(_of_missing, node.parts))
        case Equal(value=None) | In(null=True) | NotIn(null=False):
            return EVERY_ROW
        case Unequal():
            return NO_ROW if node.value is None else EVERY_ROW
    return NO_ROW


# -- one property ----------------------------------------------------------------


def _condition(grammar: Grammar, path: Path, value: Json, rules: Rules) -> Where:
    if isinstance(value, Mapping):
        raw = plain_names(value) if rules.extended else value
        clause = Clause(path, raw, grammar.settings, grammar.operators, takes_objects=not grammar.refuses_operators)
        _refuse_two_meanings(grammar, clause, rules)
        return operated(clause)
    found = operand(path, value)
    return NO_ROW if found is NOTHING else Equal(path, found)


def _refuse_two_meanings(grammar: Grammar, clause: Clause, rules: Rules) -> None:
    """Refuse what looks like a condition on related rows below a name that a property has, too."""
    name = clause.path.text
    if rules.relations is not None and rules.relations.named(name) and not clause.raw.keys() & grammar.operators.keys():
        raise BadRequest(f'"{name}" is a property of {grammar.definition.name} and a relation of it: rename one to ask for related rows')
