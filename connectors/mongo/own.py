"""MongoDB's own operators for conditions: which are let through and what they take. Makes no query (source: datasources.md 7.3)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from ...errors import BadRequest
from ...model.javascript import number_of
from ...model.kinds import NOTHING, Boolean, Date, Kind, Nested, String
from ...query.evaluate import is_loose
from ...query.grammar import end_of
from ...query.nodes import NO_ROW, Equal, Own, Path, Where, all_of
from ...query.operators import OPERATORS, Clause, Operators, near, operand, operated
from ...types import Json
from .documents import INT64

_TYPES: Final = frozenset(
    {
        "double", "string", "object", "array", "binData", "objectId", "bool", "date", "null", "regex", "javascript", "int", "timestamp",
        "long", "decimal", "number",
    }
)  # fmt: skip
_CONVERTED: Final = (String, Boolean, Date)
"""Kinds that LoopBack converts the operand of `exists` to, so that nothing of it is left (source: recorded answers)."""

_FLAGS: Final[Mapping[Any, bool]] = MappingProxyType({True: True, False: False, "true": True, "false": False})


def _exists(clause: Clause, value: Json) -> Where:
    if isinstance(clause.path.kind, _CONVERTED):
        return clause.unknown("exists")
    flag = None if isinstance(value, (dict, list)) else _FLAGS.get(value)
    if flag is None:
        raise clause.invalid("exists takes true or false")
    return Own(clause.path, "exists", flag)


def _size(clause: Clause, value: Json) -> Where:
    return Own(clause.path, "size", _whole(clause, value, at_least=0))


def _modulo(clause: Clause, value: Json) -> Where:
    items = clause.items(value)
    if len(items) != 2:
        raise clause.invalid(f"mod takes a divisor and a remainder, received {len(items)} values")
    divisor, remainder = (_whole(clause, item) for item in items)
    if divisor == 0:
        raise clause.invalid("the divisor of mod is 0")
    return Own(clause.path, "mod", (divisor, remainder))


def _whole(clause: Clause, value: Json, *, at_least: int = INT64[0]) -> int:
    number = None if value is None or isinstance(value, (bool, dict, list)) else number_of(value)
    if number is None or number != number // 1 or number not in INT64 or number < at_least:
        raise clause.invalid(f"a whole number is needed, from {at_least} on" if at_least == 0 else "whole numbers are needed")
    return int(number)


def _type(clause: Clause, value: Json) -> Where:
    names = [value] if isinstance(value, str) else clause.items(value)
    if not names or not all(isinstance(name, str) and name in _TYPES for name in names):
        raise clause.invalid(f"type takes one or more of {', '.join(sorted(_TYPES))}")
    return Own(clause.path, "type", tuple(names))


def _all(clause: Clause, value: Json) -> Where:
    values = [operand(clause.path, item) for item in clause.items(value)]
    if not values or NOTHING in values:
        return NO_ROW
    return all_of([Equal(clause.path, one) for one in values])


# -- items of lists --------------------------------------------------------------


def _element(clause: Clause, value: Json) -> Where:
    """The condition that one item of a list meets all conditions on its own properties."""
    if not isinstance(value, Mapping) or not value or not is_loose(clause.path.kind):
        raise clause.invalid("elemMatch takes conditions on the properties of objects in a list")
    return Own(clause.path, "elemMatch", all_of([_of_item(clause, key, one) for key, one in value.items()]))


def _of_item(clause: Clause, key: str, value: Json) -> Where:
    path = _inner(clause.path.kind, key)
    if isinstance(value, Mapping):
        return operated(Clause(path, value, clause.settings, OPERATORS, takes_objects=False))
    found = operand(path, value)
    return NO_ROW if found is NOTHING else Equal(path, found)


def _inner(kind: Kind | None, key: str) -> Path:
    keys = tuple(key.split("."))
    if any(not one or one.startswith("$") for one in keys):
        raise BadRequest(f"{key[:100]!r} cannot be the name of a property")
    end, many = end_of(kind, keys) if isinstance(kind, Nested) else (None, False)
    return Path(key, keys, None, end, many)


_OWN: Final[Operators] = MappingProxyType(
    {"exists": _exists, "size": _size, "mod": _modulo, "type": _type, "all": _all, "elemMatch": _element}
)
_ON_SPHERES: Final[Operators] = MappingProxyType({**_OWN, "near": near("meters")})


def own_operators(*, geo_json: bool) -> Operators:
    """The operators beside those of every store. geo_json: points are GeoJSON, whose distances are meters unless a unit is given."""
    return _ON_SPHERES if geo_json else _OWN
