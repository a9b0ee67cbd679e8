"""What clients may not do in a query: nest too deeply, name what is hidden from them. Looks at raw queries, compiles none."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Final

from ..errors import BadRequest
from ..model.kinds import Kind, Nested
from ..types import Json
from .grammar import LOGIC, Grammar, Rules, innermost, is_list, item_of, member_of, relations_with

LOG: Final = logging.getLogger(__name__)
_CONTAINERS: Final = (dict, list, tuple)
ELEMENT: Final = "elemMatch"
"""The operator that names properties of the items of a list; stores of documents may offer it."""


# -- depth -----------------------------------------------------------------------


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


# -- hidden names ----------------------------------------------------------------


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
        name: _pruned_clauses(grammar, value, rules) if name in LOGIC else _pruned_value(grammar, name, value, rules)
        for name, value in raw.items()
        if not is_dropped(grammar, name, rules)
    }


def _pruned_value(grammar: Grammar, name: str, value: Json, rules: Rules) -> Json:
    relations = relations_with(grammar, name, rules)
    if relations is not None:
        return relations.permitted(name, value)
    items = value.get(ELEMENT) if isinstance(value, Mapping) and ELEMENT in grammar.operators else None
    if not isinstance(items, Mapping):
        return value
    return {**value, ELEMENT: {key: one for key, one in items.items() if not is_dropped(grammar, f"{name}.{key}", rules)}}


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
        if is_list(kind) and key.isdecimal():
            kind = item_of(kind)
            continue
        kind = innermost(kind)
        if isinstance(kind, Nested) and key in kind.hidden:
            return True
        kind = member_of(kind, key)
    return False
