"""Running conditions and filters over plain rows, and the patterns of like and regexp. Reads no raw filter."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cmp_to_key
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar

import re2

from ..errors import BadRequest
from ..geo import GeoPoint, distance_km
from ..model.dates import EPOCH
from ..model.javascript import number_of
from ..model.kinds import NOTHING, SIMPLE_KINDS, Array, FreeForm, Geo, Kind, Nested
from ..types import UNSET, Row
from .nodes import (
    EVERY_ROW,
    And,
    Between,
    Equal,
    Filter,
    In,
    Like,
    Matches,
    Near,
    Nor,
    NotIn,
    Or,
    Order,
    Ordered,
    Own,
    Path,
    Related,
    Unequal,
    Where,
    near_of,
)

R = TypeVar("R", bound=Row)
Predicate: TypeAlias = Callable[[Row], bool]
Test: TypeAlias = Callable[[Any], bool]
Leaf: TypeAlias = Equal | Unequal | Ordered | Between | In | NotIn | Like | Matches | Near

MAX_PATTERN: Final = 1000
_STRING: Final = SIMPLE_KINDS["string"]


def is_loose(kind: Kind | None) -> bool:
    """Whether values of this kind are kept as they came, so that they may be objects and compare loosely ("2" equals 2)."""
    return kind is None or isinstance(kind, (FreeForm, Geo, Nested, Array))


# -- patterns ----------------------------------------------------------------


def _options(*, ignore_case: bool) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    return options


_EXACT: Final = _options(ignore_case=False)
_ANY_CASE: Final = _options(ignore_case=True)


def search(pattern: str, flags: str = "") -> Test | None:
    """A linear-time search for a regular expression in a text (source: querying.md 2.2).

    Args:
        pattern: the expression. flags: any of "i" (letters of both cases are the same) and "m" (^ and $ fit at each line).

    Returns:
        a callable of the text, or None if the pattern does not parse.

    Raises:
        BadRequest: look-around, a back-reference, or a pattern that is too large.
    """
    if len(pattern) > MAX_PATTERN:
        raise BadRequest(f"A pattern may have at most {MAX_PATTERN} characters")
    try:
        found = re2.compile(f"(?m){pattern}" if "m" in flags else pattern, _ANY_CASE if "i" in flags else _EXACT).search
    except UnicodeEncodeError:  # a lone surrogate
        return None
    except re2.error as error:
        _refuse_unsupported(error.args[0].decode("utf-8", "replace"))
        return None
    return lambda text: found(text) is not None


_BEYOND: Final = ("invalid perl operator: (?=", "invalid perl operator: (?!", "invalid perl operator: (?<")
_TOO_LARGE: Final = ("invalid repetition size", "pattern too large")


def _refuse_unsupported(reason: str) -> None:
    """Tell apart what is a regular expression elsewhere from what is none anywhere."""
    refers_back = reason.startswith("invalid escape sequence: \\") and reason[-1] in "123456789k"
    if refers_back or reason.startswith(_BEYOND):
        raise BadRequest("Look-around and back-references are not supported in patterns")
    if reason.startswith(_TOO_LARGE):
        raise BadRequest("The pattern is too large")


def like(pattern: str, *, ignore_case: bool = False) -> Test:
    """The memory store's like: a regular expression anywhere in the text, where % is any run and _ any one character.

    A pattern that does not parse is matched literally, an empty one matches nothing (source: querying.md 2).

    Raises:
        BadRequest: look-around, a back-reference, or a pattern that is too large.
    """
    if not pattern:
        return _never
    fragment = search(pattern.replace("%", ".*").replace("_", "."), "i" if ignore_case else "")
    return fragment or _literal(pattern, ignore_case)


def _literal(pattern: str, ignore_case: bool) -> Test:
    if ignore_case:
        wanted = pattern.lower()
        return lambda text: wanted in text.lower()
    return lambda text: pattern in text


# -- comparing one value -----------------------------------------------------


def _never(value: Any) -> bool:
    return False


def _text(value: Any) -> str | None:
    """A value as JavaScript writes it; None for what has no text of its own."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (dict, list)):
        return None
    text = _STRING.operand(value)
    return None if text is NOTHING else text


def _number(value: Any) -> float | None:
    """A value as JavaScript's Number() reads it; None for what is no number."""
    if isinstance(value, datetime):
        return (value - EPOCH).total_seconds() * 1000
    return None if isinstance(value, (list, dict)) else number_of(value)


_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
)


def _equal(node: Equal) -> Test:
    wanted = node.value
    if wanted is None:
        return lambda value: value is None
    if not is_loose(node.path.kind):
        return lambda value: bool(value == wanted)
    text = _text(wanted)
    return _never if text is None else lambda value: value is not None and _text(value) == text


def _unequal(node: Unequal) -> Test:
    equal = _equal(Equal(node.path, node.value))
    return lambda value: not equal(value)


def _ordered(name: str, limit: Any) -> Test:
    compare = _COMPARE[name]

    def test(value: Any) -> bool:
        if value is None:
            return False
        try:
            return compare(value, limit)
        except TypeError:  # of different types, as happens in undeclared data
            one, other = _number(value), _number(limit)
            return one is not None and other is not None and compare(one, other)

    return test


def _between(node: Between) -> Test:
    above, below = _ordered("gte", node.low), _ordered("lte", node.high)
    return lambda value: above(value) and below(value)


def _among(node: In | NotIn) -> Test:
    null = node.null
    if is_loose(node.path.kind):
        texts = frozenset(map(_text, node.values)) - {None}
        return lambda value: null if value is None else _text(value) in texts
    values = frozenset(node.values)
    return lambda value: null if value is None else value in values


def _none_of(node: NotIn) -> Test:
    among = _among(node)
    return lambda value: not among(value)


def _like(node: Like) -> Test:
    if not node.pattern:
        return _never
    fits, negated = like(node.pattern, ignore_case=node.ignore_case), node.negated

    def test(value: Any) -> bool:
        text = _text(value)
        return text is not None and fits(text) is not negated

    return test


def _matches(node: Matches) -> Test:
    found = search(node.pattern, node.flags)
    if found is None:
        return _never

    def test(value: Any) -> bool:
        text = _text(value)
        return text is not None and found(text)

    return test


def _near(node: Near) -> Test:
    low, high = node.min_km, node.max_km

    def test(value: Any) -> bool:
        point = _point(value)
        if point is None:
            return False
        distance = distance_km(node.point, point)
        return (low is None or distance >= low) and (high is None or distance <= high)

    return test


def _point(value: Any) -> GeoPoint | None:
    if value is None or isinstance(value, GeoPoint):
        return value
    try:
        return GeoPoint.read(value)
    except ValueError:
        return None


# -- reading a value from a row ----------------------------------------------


def _getter(path: Path, missing: Any) -> Callable[[Row], Any]:
    """What reads the value at a path from a row; a list where a list lies on the way."""
    if len(path.keys) == 1:
        name = path.text
        return lambda row: row.get(name, missing)
    return lambda row: _dig(row, path.keys, missing)


def _dig(value: Any, keys: Sequence[str], missing: Any) -> Any:
    for position, key in enumerate(keys):
        if value is None:
            return None
        if isinstance(value, list) and not key.isdecimal():
            return _dig_each(value, keys[position:], missing)
        value = _step(value, key, missing)
    return value


def _dig_each(items: list[Any], keys: Sequence[str], missing: Any) -> list[Any]:
    found: list[Any] = []
    for item in items:
        value = _dig(item, keys, missing)
        found.extend(value) if isinstance(value, list) else found.append(value)
    return found


def _step(value: Any, key: str, missing: Any) -> Any:
    if isinstance(value, dict):
        return value.get(key, missing)
    if isinstance(value, list):
        return value[int(key)] if len(key) < 10 and int(key) < len(value) else missing
    if isinstance(value, GeoPoint):
        return {"lat": value.lat, "lng": value.lng}.get(key, missing)
    return missing


# -- conditions --------------------------------------------------------------


def predicate(where: Where) -> Predicate:
    """A condition as a function of a row, prepared once for any number of rows.

    Args:
        where: a compiled condition.

    Returns:
        a callable that says whether a row meets it (source: querying.md 2, the memory store).

    Raises:
        BadRequest: a pattern that RE2 cannot run.
    """
    if isinstance(where, And):
        return _all([predicate(part) for part in where.parts])
    if isinstance(where, Or):
        return _any([predicate(part) for part in where.parts])
    if isinstance(where, Nor):
        some = _any([predicate(part) for part in where.parts])
        return lambda row: not some(row)
    if isinstance(where, Related):
        raise TypeError("rows alone do not tell what is related; the data layer asks for it before")
    if isinstance(where, Own):
        raise TypeError(f"{where.operator} is for a store of its own")
    return _of_value(where)


def _all(parts: Sequence[Predicate]) -> Predicate:
    if len(parts) == 2:
        first, second = parts
        return lambda row: first(row) and second(row)
    return lambda row: all(part(row) for part in parts)


def _any(parts: Sequence[Predicate]) -> Predicate:
    return lambda row: any(part(row) for part in parts)


def _of_value(node: Leaf) -> Predicate:
    test, get = _test(node), _getter(node.path, None)
    if len(node.path.keys) == 1 and not node.path.many and not is_loose(node.path.kind):
        return lambda row: test(get(row))
    if_empty = isinstance(node, Unequal)
    return lambda row: _some(test, get(row), if_empty)


def _some(test: Test, value: Any, if_empty: bool) -> bool:
    """Whether a value, or any element of a list and of lists in it, passes; without elements it differs from everything."""
    if not isinstance(value, list):
        return test(value)
    elements = list(_elements(value))
    return any(map(test, elements)) if elements else if_empty


def _elements(items: list[Any]) -> Iterator[Any]:
    for item in items:
        if isinstance(item, list):
            yield from _elements(item)
        else:
            yield item


def _test(node: Leaf) -> Test:
    match node:
        case Equal():
            return _equal(node)
        case Unequal():
            return _unequal(node)
        case Ordered():
            return _ordered(node.operator, node.value)
        case Between():
            return _between(node)
        case In():
            return _among(node)
        case NotIn():
            return _none_of(node)
        case Like():
            return _like(node)
        case Matches():
            return _matches(node)
        case _:
            return _near(node)


# -- sorting -----------------------------------------------------------------


def _by_distance(rows: list[R], near: Near) -> list[R]:
    get = _getter(near.path, None)
    return sorted(rows, key=lambda row: _distance(near.point, get(row)))


def _distance(origin: GeoPoint, value: Any) -> float:
    point = _point(value)
    if point is not None:
        return distance_km(origin, point)
    return min((_distance(origin, item) for item in value), default=float("inf")) if isinstance(value, list) else float("inf")


def _in_order(rows: list[R], order: Sequence[Order]) -> list[R]:
    """Sort as the memory store does: missing first, null as 0 and as equal to any text, stable (source: querying.md 6)."""
    columns = [[_sortable(get(row)) for row in rows] for get in (_getter(one.path, UNSET) for one in order)]
    keys = [_keys(column) for column in columns]
    places = list(range(len(rows)))
    if any(column is None for column in keys):
        places.sort(key=cmp_to_key(_comparator(columns, order)))
    else:
        for one, column in reversed(list(zip(order, keys, strict=True))):
            assert column is not None
            places.sort(key=column.__getitem__, reverse=one.descending)
    return [rows[place] for place in places]


def _sortable(value: Any) -> Any:
    """Lists sort by their text; places, which LoopBack keeps as objects, are all the same."""
    if isinstance(value, GeoPoint):
        return {}
    return _STRING.operand(value) if isinstance(value, list) else value


def _keys(column: list[Any]) -> list[Any] | None:
    """Keys that Python sorts in the memory store's order; None for a mixture that only a comparison of pairs can order."""
    types = {type(value) for value in column}
    missing = type(UNSET) in types
    types.discard(type(UNSET))
    if types == {str}:
        null: Any = None
    elif types <= {int, float, bool, type(None)}:
        null = 0
    elif types <= {datetime, type(None)}:
        null = EPOCH
    else:
        return None
    return [_key(value, null) for value in column] if missing or type(None) in types else column


def _key(value: Any, null: Any) -> tuple[Any, ...]:
    return () if value is UNSET else (null if value is None else value,)


def _comparator(columns: Sequence[list[Any]], order: Sequence[Order]) -> Callable[[int, int], int]:
    signed = [(column, -1 if one.descending else 1) for column, one in zip(columns, order, strict=True)]

    def compare(a: int, b: int) -> int:
        for column, sign in signed:
            found = _compare(column[a], column[b])
            if found:
                return found * sign
        return 0

    return compare


def _compare(a: Any, b: Any) -> int:
    """-1, 0 or 1 as JavaScript's < and > say; 0 also for values that cannot be compared."""
    if a is UNSET or b is UNSET:
        return (a is not UNSET) - (b is not UNSET)
    if isinstance(a, str) is not isinstance(b, str) and (a is None or b is None):
        return 0
    if not isinstance(a, str) or not isinstance(b, str):
        a, b = 0 if a is None else _number(a), 0 if b is None else _number(b)
        if a is None or b is None:
            return 0
    return int(a > b) - int(a < b)


# -- filters -----------------------------------------------------------------


def run(filter: Filter, rows: Iterable[R]) -> list[R]:
    """The rows that meet a filter, sorted and cut; `fields` and `include` are left to others.

    Args:
        filter: a compiled filter.
        rows: all rows, in the order of their ids; they are handed on, not copied.

    Raises:
        BadRequest: a pattern that RE2 cannot run.
    """
    stop = None if filter.limit is None else filter.skip + filter.limit
    every = filter.where == EVERY_ROW
    near = None if every else near_of(filter.where)
    chosen = rows if every else _chosen(predicate(filter.where), rows)
    if near is not None:
        return _by_distance(list(chosen), near)[filter.skip : stop]
    if filter.order:
        return _in_order(list(chosen), filter.order)[filter.skip : stop]
    return list(islice(chosen, filter.skip, stop))


def _chosen(meets: Predicate, rows: Iterable[R]) -> Iterable[R]:
    return (row for row in rows if meets(row))


def project(fields: Sequence[str] | None, rows: Iterable[Row]) -> list[Row]:
    """The rows with nothing but the named properties, new dicts; with None the rows as they are (source: querying.md 5)."""
    if fields is None:
        return list(rows)
    return [{name: row[name] for name in fields if name in row} for row in rows]
