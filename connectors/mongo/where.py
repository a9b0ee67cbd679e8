"""Conditions as queries of MongoDB. Operators come from here alone; what callers give is only ever the value of one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from bson import ObjectId

from ...errors import BadRequest
from ...model.javascript import Unreadable, number_of, text_of
from ...model.kinds import Buffer, Geo, String
from ...query.evaluate import is_loose, search
from ...query.nodes import (
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
    Own,
    Path,
    Related,
    Unequal,
    Where,
    near_of,
)
from .documents import KEY, BadValue, Shape, decimal128, to_bson
from .ids import ObjectIdKind, looks_like_id
from .near import within

Query = dict[str, Any]

NOTHING_MEETS: Final[Query] = {KEY: {"$in": []}}


def field_of(shape: Shape, path: Path) -> str:
    """The dotted name under which MongoDB finds what stands at a path."""
    head, *rest = path.keys
    stored = shape.stored.get(head)
    return ".".join([stored.field if stored else head, *rest])


def query_of(shape: Shape, where: Where) -> Query:
    """A condition as a query.

    Args:
        shape: how the rows are stored. where: the compiled condition.

    Raises:
        BadRequest: a pattern that cannot be run.
    """
    match where:
        case And(parts):
            return {"$and": [query_of(shape, part) for part in parts]} if parts else {}
        case Or(parts) | Nor(parts) if shape.geo_json and any(map(near_of, parts)):
            raise BadRequest("near cannot stand inside or and nor")
        case Or(parts):
            return {"$or": [query_of(shape, part) for part in parts]} if parts else NOTHING_MEETS
        case Nor(parts):
            return {"$nor": [query_of(shape, part) for part in parts]} if parts else {}
        case Related():
            raise TypeError("the data layer asks for related rows before")
        case Near(path):
            return within(where, field_of(shape, path), geo_json=_is_geo_json(shape, path))
        case Own(path, operator, operand):
            return {field_of(shape, path): {f"${operator}": _own(shape, operand)}}
    return _of_value(shape, where)


def _is_geo_json(shape: Shape, path: Path) -> bool:
    return shape.geo_json and isinstance(path.kind, Geo)


def _own(shape: Shape, operand: Any) -> Any:
    """What MongoDB's own operator takes: conditions on the items of a list, a list, or one value."""
    if isinstance(operand, Where):
        return query_of(shape.of_items(), operand)
    return list(operand) if isinstance(operand, tuple) else operand


Leaf = Equal | Unequal | Ordered | Between | In | NotIn | Like | Matches


def _of_value(shape: Shape, node: Leaf) -> Query:
    path = node.path
    name = field_of(shape, path)
    match node:
        case Equal():
            return _or_absent(path, name, {name: _one_of(_spellings(shape, path, [node.value]))}, null=node.value is None)
        case In():
            found = {name: {"$in": [*_spellings(shape, path, node.values), *([None] if node.null else [])]}}
            return _or_absent(path, name, found, null=node.null)
        case Unequal():
            found = _some(path, name, {"$nin": _spellings(shape, path, [node.value])}, if_empty=True)
            return _and_there(path, name, found, null=node.value is None)
        case NotIn():
            found = _some(path, name, {"$nin": [*_spellings(shape, path, node.values), *([None] if node.null else [])]})
            return _and_there(path, name, found, null=node.null)
        case Ordered():
            return {name: {f"${node.operator}": _limit(shape, path, node.value)}}
        case Between():
            return _some(path, name, {"$gte": _limit(shape, path, node.low), "$lte": _limit(shape, path, node.high)})
        case Matches():
            return {name: _pattern(node.pattern, node.flags)}
        case Like():
            return _like(name, node)


def _or_absent(path: Path, name: str, query: Query, *, null: bool) -> Query:
    """The query, which asks for null, so that it finds lists without such an element too: to MongoDB that is no null."""
    return {"$or": [query, {name: {"$exists": False}}]} if null and _is_numbered(path) else query


def _and_there(path: Path, name: str, query: Query, *, null: bool) -> Query:
    """The opposite: the query, which asks for what is not null, does not find lists without such an element."""
    return {"$and": [query, {name: {"$exists": True}}]} if null and _is_numbered(path) else query


def _is_numbered(path: Path) -> bool:
    return any(key.isdecimal() for key in path.keys[1:])


def _one_of(values: Sequence[Any]) -> Query:
    return {"$eq": values[0]} if len(values) == 1 else {"$in": list(values)}


# -- values ------------------------------------------------------------------


def _spellings(shape: Shape, path: Path, values: Sequence[Any]) -> list[Any]:
    """All that counts as equal to one of the values in the store."""
    return [spelling for value in values for spelling in _spelled(shape, path, value)]


def _spelled(shape: Shape, path: Path, value: Any) -> Iterator[Any]:
    kind = path.kind
    if value is None:
        yield None
    elif path.text == shape.id:
        yield shape.key(value)
    elif is_loose(kind):
        yield from _loose(value, ids=not shape.strict)
    elif isinstance(kind, ObjectIdKind) and looks_like_id(value):
        yield from (ObjectId(value), value)
    elif not shape.strict and isinstance(kind, String) and looks_like_id(value):
        yield from (value, ObjectId(value))
    else:
        yield _limit(shape, path, value)


def _loose(value: Any, *, ids: bool) -> Iterator[Any]:
    """What a value of data that no kind describes may be stored as: "1" and 1 count as equal (source: querying.md 2, "Nested")."""
    try:
        text = text_of(value)
    except Unreadable:
        yield to_bson(value)
        return
    yield text
    number = number_of(text)
    if number is not None and text_of(number) == text:
        yield to_bson(number)
    if text in ("true", "false"):
        yield text == "true"
    if ids and looks_like_id(text):
        yield ObjectId(text)


def _limit(shape: Shape, path: Path, value: Any) -> Any:
    """A value as the store compares it."""
    if path.text == shape.id:
        return shape.key(value)
    if isinstance(path.kind, Buffer) and isinstance(value, str):
        return value.encode()
    stored = shape.stored.get(path.keys[0])
    try:
        return decimal128(value) if stored is not None and stored.decimal else to_bson(value, path.kind)
    except BadValue as error:
        raise BadRequest(f"The value of {path.text} {error}") from None


# -- lists -------------------------------------------------------------------


def _some(path: Path, name: str, test: Query, *, if_empty: bool = False) -> Query:
    """The condition that a value, or at least one element where it is a list, passes a test that lists pass as a whole.

    MongoDB would ask all elements of a negated test, and different elements of a test with two sides.
    """
    if not path.many and not is_loose(path.kind):
        return {name: test}
    lists = list(_prefixes(name))
    whole = {"$and": [{name: test}, *({one: {"$not": {"$type": "array"}}} for one, _ in lists)]}
    parts = [{one: {"$elemMatch": {rest: test} if rest else test}} for one, rest in lists]
    empty = [{one: {"$size": 0}} for one, _ in lists] if if_empty else []
    return {"$or": [whole, *parts, *empty]}


def _prefixes(name: str) -> Iterator[tuple[str, str]]:
    """Where a list may be on the way to a dotted name, with what comes after; a digit addresses an element and is no way through."""
    keys = name.split(".")
    for size in range(1, len(keys) + 1):
        if size == len(keys) or not keys[size].isdecimal():
            yield ".".join(keys[:size]), ".".join(keys[size:])


# -- patterns ----------------------------------------------------------------


def _pattern(pattern: str, flags: str) -> Query:
    return {"$regex": pattern, "$options": flags}


def _like(name: str, node: Like) -> Query:
    """A regular expression anywhere in the text; a pattern that does not parse is matched literally (source: datasources.md 7.3).

    Negated it is met by all that the other does not find: missing values too, and no list with an element that fits.
    """
    pattern = node.pattern if search(node.pattern) is not None else re.escape(node.pattern)
    fits = _pattern(pattern, _flags(node))
    return {name: {"$not": fits}} if node.negated else {name: fits}


def _flags(node: Like) -> str:
    """The flags of a pattern: i, m, s and x (source: datasources.md 7.3). Raises BadRequest for others."""
    if set(node.options) - set("imsx"):
        raise BadRequest(f"Invalid regex flags: {node.options[:20]}")
    return "".join(sorted({*node.options, *("i" if node.ignore_case else "")}))
