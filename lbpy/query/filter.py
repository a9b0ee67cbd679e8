"""Compiling a raw filter into a Filter, and merging the filter of a scope into a request's. Reads no rows and no includes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from ..errors import BadRequest
from ..model.freeform import shown
from ..model.javascript import number_of
from ..types import Json
from .grammar import Grammar, Rules
from .guards import check_depth, is_dropped, without_hidden
from .nodes import EVERY_ROW, Filter, Order
from .where import compile_where

MEMBERS: Final = frozenset({"where", "order", "limit", "skip", "offset", "fields", "include"})
EMBEDDED: Final = frozenset({"where", "include"})

COUNTS: Final[Mapping[str, str]] = MappingProxyType({"limit": "limit", "skip": "offset/skip", "offset": "offset/skip"})
"""The members that are numbers, and how messages call them."""

PAGE: Final = 100
LARGEST: Final = 2**53 - 1

_COMMAS: Final = re.compile(r"(?:\s*,\s*)+")
_SPACE: Final = re.compile(r"\s+")


def compile_filter(grammar: Grammar, raw: Json, rules: Rules, *, members: frozenset[str] = MEMBERS) -> Filter:
    """A raw filter as a frozen Filter (source: querying.md 1 to 6).

    Args:
        grammar: the model's.
        raw: LoopBack's filter object, or None; members that do not exist are ignored.
        rules: what the caller may ask.
        members: the members that this operation knows; EMBEDDED for lists of embedded instances.

    Raises:
        BadRequest: it says something that the language does not have, or that the caller may not ask.
    """
    if raw is None:
        raw = {}
    if not isinstance(raw, Mapping):
        raise BadRequest("Value is not an object.")
    check_depth(raw, rules.depth)
    given = {name: value for name, value in raw.items() if name in members}
    limit, skip = page(grammar, given, rules)
    return Filter(
        where=compile_where(grammar, given["where"], rules) if "where" in given else EVERY_ROW,
        order=_order(grammar, given["order"], rules) if "order" in given else (),
        limit=limit,
        skip=skip,
        fields=_fields(grammar, given["fields"], rules) if "fields" in given else None,
        include=tuple(include_parts(given["include"])) if "include" in given else (),
    )


def permitted(grammar: Grammar, raw: Mapping[str, Json], rules: Rules) -> Mapping[str, Json]:
    """A client's raw filter, once it is sure that where and order name no hidden property, and fields not only such.

    Needed by itself before a default scope or an observer, which may name them, is joined to it; the whole is then compiled
    with the rules of code.

    Returns:
        the same; with the switch filterHidden a copy without what names hidden properties.

    Raises:
        BadRequest: it names one, or is nested too deeply.
    """
    check_depth(raw, rules.depth)
    if "fields" in raw:
        _fields(grammar, raw["fields"], rules)
    if "where" not in raw and "order" not in raw:
        return raw
    order = list(_tokens(raw.get("order")))
    kept = [token for token in order if not _dropped(grammar, _words(token)[0], rules)]
    where = without_hidden(grammar, raw.get("where"), rules)
    if where == raw.get("where") and kept == order:
        return raw
    return {**raw, "where": where, "order": kept}


# -- limit and skip ----------------------------------------------------------


def page(grammar: Grammar, given: Mapping[str, Json], rules: Rules) -> tuple[int | None, int]:
    """The limit, None for none, and the number of rows to leave out that a raw filter means, the model's maxLimit included.

    Raises:
        BadRequest: one of them is no such number.
    """
    wanted = _said(given.get("limit"))
    skip = _said(given.get("skip"))
    start = _said(given.get("offset")) if skip is None else skip
    limit = PAGE if wanted is None and start is not None else _whole("limit", wanted, 1)
    most = grammar.max_limit
    if most is not None and rules.limited:
        limit = most if limit is None else min(limit, most)
    return limit, _whole("offset/skip", start, 0) or 0


def counted(raw: Mapping[str, Json]) -> Mapping[str, Json]:
    """A raw filter whose limit and skip are numbers where a query string gave text, for observers that compare them.

    Raises:
        BadRequest: one of them is no such number.
    """
    numbers = {name: _whole(COUNTS[name], raw[name], name == "limit") for name in COUNTS if isinstance(raw.get(name), str) and raw[name]}
    if not numbers:
        return raw
    page = {} if _said(raw.get("limit")) else {"limit": PAGE}  # as the text "0" means, and the number does not
    return {**raw, **page, **numbers}


def _said(value: Json) -> Json:
    """A limit or skip; None where it does not count: 0, false and empty text. The text "0" counts, as recorded, and any list."""
    return value if value or isinstance(value, (list, dict)) else None


def _whole(name: str, value: Json, least: int) -> int | None:
    if value is None:
        return None
    number = number_of(value)
    if number is None or number < least or (number != number // 1 and number != math.inf):
        raise BadRequest(f"The {name} parameter {shown(value)} is not valid")
    return int(min(number, LARGEST))


# -- order -------------------------------------------------------------------


def _order(grammar: Grammar, raw: Json, rules: Rules) -> tuple[Order, ...]:
    return tuple(one for token in _tokens(raw) if (one := _sort_key(grammar, token, rules)) is not None)


def _tokens(raw: Json) -> Iterator[str]:
    """The single parts of an order: "a DESC, b" has two."""
    for text in raw if isinstance(raw, (list, tuple)) else (raw,) if raw else ():
        if not isinstance(text, str):
            raise BadRequest(f"The order {shown(text)} is not valid")
        yield from filter(None, _COMMAS.split(text))


def _words(token: str) -> tuple[str, str]:
    """Name and direction; space before or after them counts as a word (source: querying.md 6)."""
    name, direction, *_ = (*_SPACE.split(token), "ASC")
    return name, direction


def _sort_key(grammar: Grammar, token: str, rules: Rules) -> Order | None:
    name, direction = _words(token)
    if direction.upper() not in ("ASC", "DESC"):
        raise BadRequest(f"The order {shown(token)} has invalid direction")
    if _dropped(grammar, name, rules):
        return None
    path = grammar.path(name)
    if path is None and grammar.definition.strict != "off":
        raise BadRequest(f'The order "{token}" names no property of {grammar.definition.name}')
    return None if path is None else Order(path, direction.upper() == "DESC")


def _dropped(grammar: Grammar, name: str, rules: Rules) -> bool:
    """Whether the name is hidden and to be left out; of an include's protected names LoopBack kept the order."""
    return is_dropped(grammar, name, rules) and name not in grammar.definition.protected


# -- fields ------------------------------------------------------------------


def _fields(grammar: Grammar, raw: Json, rules: Rules) -> tuple[str, ...] | None:
    """The names of the properties to keep, None for all (source: querying.md 5)."""
    if isinstance(raw, Mapping):
        names = [name for name, wanted in raw.items() if wanted]
        return _kept(grammar, names, rules) if names else _all_but(grammar, raw)
    if isinstance(raw, str) and raw:
        return _kept(grammar, [raw], rules)
    if isinstance(raw, (list, tuple)) and raw:
        return _kept(grammar, [name for name in raw if isinstance(name, str)], rules)
    return None


def _all_but(grammar: Grammar, unwanted: Mapping[str, Json]) -> tuple[str, ...] | None:
    return tuple(name for name in grammar.definition.properties if name not in unwanted) if unwanted else None


def _kept(grammar: Grammar, names: Sequence[str], rules: Rules) -> tuple[str, ...]:
    hidden = [name for name in names if name in rules.hidden]
    if hidden and len(hidden) == len(names):
        raise BadRequest(f'The property "{hidden[0]}" of {grammar.definition.name} may not be used in a query')
    paths = [path for name in names if (path := grammar.path(name)) is not None]
    for path in paths:
        if len(path.keys) > 1:
            raise BadRequest(f'The field "{path.text}" is a path; fields names whole properties')
    return tuple(dict.fromkeys(path.text for path in paths))


# -- include -----------------------------------------------------------------


def include_parts(raw: Json) -> Iterator[Any]:
    """The relations that an include names, one by one, as they were written: names, and objects with one relation each.

    Numbers, booleans, null and what is empty name none (source: querying.md 7).
    """
    if isinstance(raw, str) and raw:
        yield raw
    elif isinstance(raw, Mapping):
        yield from _named(raw)
    elif isinstance(raw, (list, tuple)):
        for part in raw:
            yield from include_parts(part)


def _named(raw: Mapping[str, Json]) -> Iterable[Any]:
    if isinstance(raw.get("relation") or raw.get("rel"), str):
        return [raw]
    return [{name: inner} for name, inner in raw.items()]


def _relation_of(part: Any) -> str:
    return part if isinstance(part, str) else str(part.get("relation") or part.get("rel") or next(iter(part)))


# -- scopes ------------------------------------------------------------------


def merge_scope(request: Mapping[str, Json], scope: Mapping[str, Json]) -> Mapping[str, Json]:
    """A request's raw filter with a default or named scope merged into it (source: querying.md 9).

    Conditions are and-ed, the request's order wins, the scope's limit, skip, offset, fields and collect win,
    includes are united by relation with the scope's winning.
    """
    if not scope:
        return request
    merged = dict(request)
    if scope.get("where"):
        merged["where"] = {"and": [request["where"], scope["where"]]} if request.get("where") else scope["where"]
    if scope.get("order") and not request.get("order"):
        merged["order"] = scope["order"]
    if "skip" in scope or "offset" in scope:
        merged = {name: one for name, one in merged.items() if name not in ("skip", "offset")}
    merged.update({name: scope[name] for name in ("limit", "skip", "offset", "fields", "collect") if name in scope})
    if scope.get("include"):
        merged["include"] = _united(request.get("include"), scope["include"])
    return merged


def _united(requested: Json, scoped: Json) -> list[Any]:
    first = list(include_parts(scoped))
    names = {_relation_of(part) for part in first}
    return [*first, *(part for part in include_parts(requested) if _relation_of(part) not in names)]
