"""Compiling a raw where into typed nodes: operators, values and names are checked here, once. Evaluates nothing."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol

from ..errors import BadRequest
from ..geo import GeoPoint, to_km
from ..model.definition import ModelDefinition
from ..model.kinds import ANY, NOTHING, Array, Kind, ListOf, Nested, iso, number_of
from ..types import Json, Settings
from .evaluate import is_loose, like, search
from .nodes import (
    EVERY_ROW,
    NO_ROW,
    And,
    Between,
    Equal,
    In,
    Like,
    Matches,
    Near,
    Nor,
    NotIn,
    Or,
    Ordered,
    Path,
    Unequal,
    Where,
)

LOG: Final = logging.getLogger(__name__)
CODE_DEPTH: Final = 32
_LOGIC: Final = frozenset({"and", "or", "nor"})
_CONTAINERS: Final = (dict, list, tuple)


# -- what a compile needs to know --------------------------------------------


class Relations(Protocol):
    """What a compile is told of the relations of its model; the data layer knows them."""

    def named(self, name: str) -> bool:
        """Whether there is a relation of that name to ask for."""
        ...

    def permitted(self, name: str, raw: Json) -> Json:
        """The raw where on related rows, as `without_hidden` gives it."""
        ...

    def condition(self, name: str, raw: Json, *, writing: bool) -> Where:
        """The condition that at least one related row meets a raw where; writing: it stands in the where of a write."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What one kind of caller may ask.

    hidden: names it may not use in where and order; empty for plain code.
    client: it is a client, so hidden names of nested kinds count too. limited: maxLimit counts.
    depth: how deeply the query may be nested. extended: MongoDB's names of operators are let through.
    writing: the where of an update or delete, which may not name unknown properties of strict models and SQL stores.
    relations: the relations that it may name, None for none.
    """

    hidden: frozenset[str] = frozenset()
    client: bool = False
    limited: bool = False
    depth: int = CODE_DEPTH
    extended: bool = False
    writing: bool = False
    relations: Relations | None = None

    def for_writing(self) -> Rules:
        """The same for the where of a write."""
        return replace(self, writing=True)

    def for_include(self, definition: ModelDefinition) -> Rules:
        """The same for the scope of an include: protected names of the related model are refused too."""
        return replace(self, hidden=self.hidden | definition.protected) if self.client else self


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a compile needs to know of one model, prepared when the model is bound.

    definition: the model as it is on its store. free_form: undeclared properties are kept and the model is not strict.
    settings: the application's switches and limits. relational: the store has declared columns only.
    refuses_operators: names that the store could take for operators or broken paths are refused rather than unknown.
    paths: the path of each declared property. nested: one of them holds objects of another model.
    max_limit: the most rows that a client may ask for.
    """

    definition: ModelDefinition
    free_form: bool = True
    settings: Settings = field(default_factory=Settings)
    relational: bool = False
    refuses_operators: bool = False
    paths: Mapping[str, Path] = field(init=False, repr=False, compare=False)
    nested: bool = field(init=False)
    max_limit: int | None = field(init=False)

    def __post_init__(self) -> None:
        properties = self.definition.properties
        object.__setattr__(self, "paths", MappingProxyType({name: self._path(name) for name in properties}))
        object.__setattr__(self, "nested", any(isinstance(path.kind, Nested) for path in self.paths.values()))
        limits = (self.definition.setting("maxLimit"), self.settings.limits.max_limit)
        object.__setattr__(self, "max_limit", min((one for one in limits if one), default=None))

    def path(self, text: str) -> Path | None:
        """The path that a dotted name means; None if no row can have it: unknown, or what a store may take for an operator."""
        if self.refuses_operators and any(not key or key.startswith("$") for key in text.split(".")):
            raise BadRequest(f"{shown(text)} cannot be the name of a property")
        return self.paths.get(text) or self._path(text)

    def _path(self, text: str) -> Path | None:
        keys = tuple(text.split("."))
        if any(not key or key == "__proto__" or key.startswith("$") for key in keys):
            return None
        head = self.definition.properties.get(keys[0])
        if head is None:
            return Path(text, keys, None, None) if self.free_form else None
        kind, many = _end(head.kind, keys[1:])
        return Path(text, keys, head, kind, many)

    def client_rules(self) -> Rules:
        """What clients may ask of this model, as its settings say (source: querying.md 3, models.md 3)."""
        setting = self.definition.setting
        guarded = setting("prohibitHiddenPropertiesInQuery", True) is not False
        return Rules(
            hidden=self.definition.hidden if guarded else frozenset(),
            client=guarded,
            limited=guarded,
            depth=setting("maxDepthOfQuery") or self.settings.limits.where_depth,
            extended=setting("allowExtendedOperators") is True,
        )

    def code_rules(self) -> Rules:
        """What plain code may ask of this model."""
        setting = self.definition.setting
        return Rules(depth=setting("maxDepthOfQuery") or CODE_DEPTH, extended=setting("allowExtendedOperators") is True)


def _end(kind: Kind | None, keys: Sequence[str]) -> tuple[Kind | None, bool]:
    """The kind at the end of a path, and whether a list is on the way or at the end; a digit addresses one element."""
    many = False
    for key in keys:
        if _is_list(kind) and key.isdecimal():
            kind = _item(kind)
            continue
        many = many or _is_list(kind)
        kind = _member(_innermost(kind), key)
    return _innermost(kind), many or _is_list(kind)


def _is_list(kind: Kind | None) -> bool:
    return isinstance(kind, (ListOf, Array))


def _item(kind: Kind | None) -> Kind | None:
    return kind.item if isinstance(kind, ListOf) else ANY


def _innermost(kind: Kind | None) -> Kind | None:
    while _is_list(kind):
        kind = _item(kind)
    return kind


def _member(kind: Kind | None, key: str) -> Kind | None:
    return kind.fields.get(key) if isinstance(kind, Nested) else None


# -- guards ------------------------------------------------------------------


def check_depth(value: Json, maximum: int) -> None:
    """Refuse what is nested too deeply (source: querying.md 3).

    Args:
        value: a raw filter, a where, or data; its own members are at level 1.
        maximum: the deepest level allowed.

    Raises:
        BadRequest: code QUERY_OBJECT_TOO_DEEP.
    """
    if _deeper(value, maximum):
        raise BadRequest(f"The query object exceeds maximum depth {maximum}", code="QUERY_OBJECT_TOO_DEEP")


def _deeper(value: Json, levels: int) -> bool:
    if not value or not isinstance(value, _CONTAINERS):
        return False
    if levels == 0:
        return True
    for child in value.values() if isinstance(value, dict) else value:
        if isinstance(child, _CONTAINERS) and _deeper(child, levels - 1):
            return True
    return False


def without_hidden(grammar: Grammar, raw: Json, rules: Rules) -> Json:
    """The raw where, once it is sure that it names no hidden property (source: querying.md 3).

    Needed by itself where a client's where is joined with others (a default scope, an observer) that may name them.

    Returns:
        the same; with the switch filterHidden a copy without the conditions on hidden properties.

    Raises:
        BadRequest: it names one.
    """
    looks = rules.hidden or rules.relations is not None or (rules.client and grammar.nested)
    return _pruned(grammar, raw, rules) if looks else raw


def _pruned(grammar: Grammar, raw: Json, rules: Rules) -> Json:
    if not isinstance(raw, Mapping):
        return raw  # the compiler says what is wrong with it
    return {
        name: _pruned_clauses(grammar, value, rules) if name in _LOGIC else _pruned_related(grammar, name, value, rules)
        for name, value in raw.items()
        if not is_dropped(grammar, name, rules)
    }


def _pruned_related(grammar: Grammar, name: str, value: Json, rules: Rules) -> Json:
    relations = _relations_with(grammar, name, rules)
    return value if relations is None else relations.permitted(name, value)


def _pruned_clauses(grammar: Grammar, clauses: Json, rules: Rules) -> Json:
    if isinstance(clauses, Mapping):
        return {key: _pruned(grammar, one, rules) for key, one in clauses.items()}
    return [_pruned(grammar, one, rules) for one in clauses] if isinstance(clauses, (list, tuple)) else clauses


def is_dropped(grammar: Grammar, name: str, rules: Rules) -> bool:
    """Whether what is said of a dotted name is to be left out (switch filterHidden).

    Raises:
        BadRequest: the name is hidden, and no switch says to leave it out.
    """
    if not _is_hidden(grammar, name, rules):
        return False
    if not grammar.settings.old("filterHidden"):
        raise BadRequest(f'The property "{name}" of {grammar.definition.name} may not be used in a query')
    LOG.warning("A query's word on the hidden property %r of %s was dropped", name, grammar.definition.name)
    return True


def _is_hidden(grammar: Grammar, text: str, rules: Rules) -> bool:
    """Whether a dotted name has a hidden name in it, of the model itself or of a nested one."""
    if text in rules.hidden:
        return True
    head, *rest = text.split(".")
    if not rest:
        return False
    first = grammar.definition.properties.get(head)
    return any(key in rules.hidden for key in (head, *rest)) or (
        rules.client and first is not None and _nested_hidden(first.kind, rest)
    )


def _nested_hidden(kind: Kind | None, keys: Sequence[str]) -> bool:
    for key in keys:
        if _is_list(kind) and key.isdecimal():
            kind = _item(kind)
            continue
        kind = _innermost(kind)
        if isinstance(kind, Nested) and key in kind.hidden:
            return True
        kind = _member(kind, key)
    return False


# -- where -------------------------------------------------------------------


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
    if name in _LOGIC:
        return _COMBINE[name]([_clause(grammar, one, rules) for one in _clauses(name, value)])
    if isinstance(value, Mapping) and not rules.extended:
        _refuse_dollars(raw, value)
    relations = _relations_with(grammar, name, rules)
    if relations is not None:
        return relations.condition(name, value, writing=rules.writing)
    path = grammar.path(name)
    if path is None:
        return _unknown(grammar, name, value, rules)
    return _condition(grammar, path, value, rules)


def _relations_with(grammar: Grammar, name: str, rules: Rules) -> Relations | None:
    """What knows the relation that a name means; None where it means none, as the name of a property does.

    Raises:
        BadRequest: it is a path that begins with the name of a relation.
    """
    relations, head = rules.relations, name.partition(".")[0]
    if relations is None or not relations.named(head) or head in grammar.definition.properties:
        return None
    if head != name:
        raise BadRequest(f'"{name}" begins with a relation of {grammar.definition.name}: write {{"{head}": {{...}}}}')
    return relations


def _clauses(name: str, value: Json) -> Sequence[Json]:
    try:
        return _as_list(value)
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


# -- joining conditions ------------------------------------------------------


def all_of(parts: Iterable[Where]) -> Where:
    """The conjunction, as small as it can be said."""
    kept = tuple(part for part in parts if part != EVERY_ROW)
    if NO_ROW in kept:
        return NO_ROW
    return kept[0] if len(kept) == 1 else And(kept)


def any_of(parts: Iterable[Where]) -> Where:
    """The disjunction, as small as it can be said."""
    kept = tuple(part for part in parts if part != NO_ROW)
    if EVERY_ROW in kept:
        return EVERY_ROW
    return kept[0] if len(kept) == 1 else Or(kept)


def none_of(parts: Iterable[Where]) -> Where:
    """The negated disjunction, as small as it can be said."""
    kept = tuple(part for part in parts if part != NO_ROW)
    if EVERY_ROW in kept:
        return NO_ROW
    return Nor(kept) if kept else EVERY_ROW


_COMBINE: Final[Mapping[str, Callable[[Iterable[Where]], Where]]] = MappingProxyType(
    {"and": all_of, "or": any_of, "nor": none_of}
)


# -- one property ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Clause:
    """The operators of one property, with what reads them."""

    path: Path
    raw: Mapping[str, Json]
    settings: Settings

    def invalid(self, reason: object) -> BadRequest:
        """What is said of operators that cannot be read."""
        return BadRequest(f"The {self.path.text} property has invalid clause {shown(self.raw)}: {reason}")

    def items(self, value: Json) -> Sequence[Json]:
        """The list that an operator takes."""
        try:
            return _as_list(value)
        except ValueError as error:
            raise self.invalid(f"Error: {error}") from error


def _condition(grammar: Grammar, path: Path, value: Json, rules: Rules) -> Where:
    if isinstance(value, Mapping):
        clause = _Clause(path, _plain_names(value) if rules.extended else value, grammar.settings)
        _refuse_two_meanings(grammar, clause, rules)
        return _operated(clause)
    found = operand(path, value)
    return NO_ROW if found is NOTHING else Equal(path, found)


def _refuse_two_meanings(grammar: Grammar, clause: _Clause, rules: Rules) -> None:
    """Refuse what looks like a condition on related rows below a name that a property has, too."""
    name = clause.path.text
    if rules.relations is not None and rules.relations.named(name) and not clause.raw.keys() & OPERATORS.keys():
        raise BadRequest(f'"{name}" is a property of {grammar.definition.name} and a relation of it: rename one to ask for related rows')


def _operated(clause: _Clause) -> Where:
    names = _operators(clause)
    return all_of([OPERATORS[name](clause, clause.raw[name]) for name in names]) if names else NO_ROW


_PLAIN_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"$eq": "eq", "$ne": "neq", "$gt": "gt", "$gte": "gte", "$lt": "lt", "$lte": "lte", "$in": "inq", "$nin": "nin"}
)


def _plain_names(value: Mapping[str, Json]) -> Mapping[str, Json]:
    return {_PLAIN_NAMES.get(name, name): one for name, one in value.items()}


def operand(path: Path, value: Json) -> Any:
    """One value of a condition as rows hold it, or NOTHING if it equals nothing, as lists and objects do; None stays None.

    Raises:
        BadRequest: a bad date.
    """
    if value is None:
        return None
    if isinstance(value, (int, str)):
        return value if path.kind is None else path.kind.operand(value)
    if isinstance(value, (*_CONTAINERS, set, frozenset, Mapping)):
        return NOTHING
    if isinstance(value, datetime) and is_loose(path.kind):
        return iso(value)  # data that no kind reads is plain JSON
    return value if path.kind is None else path.kind.operand(value)


def _operators(clause: _Clause) -> Sequence[str]:
    """The names of the operators that count; none where the object is empty or a value, which no row equals."""
    names = [name for name in clause.raw if name in OPERATORS]
    if len(names) < len(clause.raw):
        strange = [name for name in clause.raw if name not in OPERATORS and not _accompanies(name, names)]
        if strange and not (clause.settings.old("unknownOperator") or (not names and is_loose(clause.path.kind))):
            raise clause.invalid(f'Unknown operator "{strange[0]}"')
    if len(names) > 1 and clause.settings.old("firstOperatorOnly"):
        return [min(names, key=tuple(OPERATORS).index)]
    return names


_COMPANIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "options": frozenset({"like", "nlike", "ilike", "nilike", "regexp"}),
        "maxDistance": frozenset({"near"}),
        "minDistance": frozenset({"near"}),
        "unit": frozenset({"near"}),
    }
)


def _accompanies(name: str, operators: Sequence[str]) -> bool:
    return not _COMPANIONS.get(name, frozenset()).isdisjoint(operators)


# -- operators ---------------------------------------------------------------


def _equal(clause: _Clause, value: Json) -> Where:
    found = operand(clause.path, value)
    return NO_ROW if found is NOTHING else Equal(clause.path, found)


def _unequal(clause: _Clause, value: Json) -> Where:
    found = operand(clause.path, value)
    return EVERY_ROW if found is NOTHING else Unequal(clause.path, found)


def _ordered(operator: Literal["gt", "gte", "lt", "lte"]) -> Callable[[_Clause, Json], Where]:
    def read(clause: _Clause, value: Json) -> Where:
        found = operand(clause.path, value)
        return NO_ROW if found is NOTHING or found is None else Ordered(clause.path, operator, found)

    return read


def _between(clause: _Clause, value: Json) -> Where:
    items = clause.items(value)
    if len(items) != 2:
        raise clause.invalid(f"Expected precisely 2 values, received {len(items)}")
    low, high = (operand(clause.path, item) for item in items)
    return NO_ROW if {NOTHING, None} & {low, high} else Between(clause.path, low, high)


def _in(clause: _Clause, value: Json) -> Where:
    values, null = _values(clause, value)
    return In(clause.path, values, null) if values or null else NO_ROW


def _not_in(clause: _Clause, value: Json) -> Where:
    values, null = _values(clause, value)
    return NotIn(clause.path, values, null)


def _values(clause: _Clause, value: Json) -> tuple[tuple[Any, ...], bool]:
    found = [operand(clause.path, item) for item in clause.items(value)]
    return tuple(item for item in found if item is not None and item is not NOTHING), None in found


def _like(*, negated: bool, ignore_case: bool) -> Callable[[_Clause, Json], Where]:
    def read(clause: _Clause, value: Json) -> Where:
        if not isinstance(value, str):
            raise clause.invalid("Expected a string or RegExp")
        if not _is_utf8(value):
            raise clause.invalid("The pattern is no text")
        like(value)  # refuses what no store may run
        options = clause.raw.get("options")
        return Like(clause.path, value, negated, ignore_case, options if isinstance(options, str) else "")

    return read


def _is_utf8(text: str) -> bool:
    """Whether a text has no half characters, which no store takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _regexp(clause: _Clause, value: Json) -> Where:
    if not isinstance(value, str):
        raise BadRequest("Invalid argument, must be a string, regex literal, or RegExp object")
    pattern, flags = _literal(value)
    if search(pattern) is not None:
        return Matches(clause.path, pattern, flags)
    if clause.settings.old("brokenRegexp"):
        return NO_ROW
    raise BadRequest(f"Invalid regular expression: {shown(pattern)}")


def _literal(text: str) -> tuple[str, str]:
    """Pattern and flags of a text such as "^a" or "/^a/i"."""
    end = text.rfind("/")
    if not text.startswith("/") or end == 0:
        return text, ""
    flags = text[end + 1 :]
    strange = [flag for flag in flags if flag not in "gim"]
    if strange:
        raise BadRequest(f"Invalid regex flags: {','.join(strange)}")
    return text[1:end], "".join(flag for flag in "im" if flag in flags)


def _near(clause: _Clause, value: Json) -> Where:
    unit = clause.raw.get("unit") or "miles"
    try:
        point = GeoPoint.read(value)
        high, low = (_kilometres(clause.raw.get(name), unit) for name in ("maxDistance", "minDistance"))
    except (ValueError, OverflowError) as error:
        raise clause.invalid(error) from error
    return Near(clause.path, point, high, low)


def _kilometres(value: Json, unit: Json) -> float | None:
    """A distance, None where none is given; 0 counts as none, as in LoopBack."""
    if not isinstance(unit, str):
        raise ValueError(f"{shown(unit)} is no unit of distance")
    number = None if isinstance(value, (dict, list)) else number_of(value or 0)
    if number is None or number < 0:
        raise ValueError(f"{shown(value)} is no distance")
    return to_km(number, unit) or None


# In the order in which LoopBack looks for the one that it uses.
OPERATORS: Final[Mapping[str, Callable[[_Clause, Json], Where]]] = MappingProxyType(
    {
        "eq": _equal,
        "gt": _ordered("gt"),
        "gte": _ordered("gte"),
        "lt": _ordered("lt"),
        "lte": _ordered("lte"),
        "between": _between,
        "inq": _in,
        "nin": _not_in,
        "neq": _unequal,
        "like": _like(negated=False, ignore_case=False),
        "nlike": _like(negated=True, ignore_case=False),
        "ilike": _like(negated=False, ignore_case=True),
        "nilike": _like(negated=True, ignore_case=True),
        "regexp": _regexp,
        "near": _near,
    }
)


# -- JSON --------------------------------------------------------------------


def _as_list(value: Json) -> Sequence[Json]:
    """A list, or an object with the keys 0 to n-1, which is what long lists in bracket style become.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, Mapping):
        if not value:
            raise ValueError("Value is an empty object")
        items = [value[key] for key in map(str, range(len(value))) if key in value]
        if len(items) == len(value):
            return items
    raise ValueError("Value is not an array or object with sequential numeric indices")


def shown(value: Json) -> str:
    """A value as compact JSON, for messages; what cannot be sent as UTF-8 becomes a question mark."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)
    return text.encode("utf-8", "replace").decode("utf-8")
