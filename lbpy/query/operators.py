"""The operators of a condition on one property: which there are, what they take, which node each becomes. Knows no model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from ..errors import BadRequest
from ..geo import GeoPoint, to_km
from ..model.dates import iso
from ..model.freeform import shown
from ..model.javascript import Unreadable, number_of, text_of
from ..model.kinds import NOTHING, FreeForm, ListOf, Number, String
from ..types import Json, Settings
from .evaluate import is_loose, like, search
from .nodes import EVERY_ROW, NO_ROW, Between, Equal, In, Like, Matches, Near, NotIn, Ordered, Path, Unequal, Where, all_of

ReadOperator: TypeAlias = Callable[["Clause", Json], Where]
"""From the operators of a property and the value of one of them to a condition."""

Operators: TypeAlias = Mapping[str, ReadOperator]


@dataclass(frozen=True, slots=True)
class Clause:
    """The operators of one property, with what reads them.

    operators: those that the store understands. takes_objects: an object without operators is a value, which no row equals.
    """

    path: Path
    raw: Mapping[str, Json]
    settings: Settings
    operators: Operators
    takes_objects: bool = True

    def invalid(self, reason: object) -> BadRequest:
        """What is said of operators that cannot be read."""
        return BadRequest(f"The {self.path.text} property has invalid clause {shown(self.raw)}: {reason}")

    def unknown(self, operator: str) -> Where:
        """What an operator means that the property has not: no row, with the switch unknownOperator. Raises: BadRequest without it."""
        if not self.settings.old("unknownOperator"):
            raise self.invalid(f'Unknown operator "{operator}"')
        return NO_ROW

    def items(self, value: Json) -> Sequence[Json]:
        """The list that an operator takes."""
        try:
            return as_list(value)
        except ValueError as error:
            raise self.invalid(f"Error: {error}") from error


def operated(clause: Clause) -> Where:
    """The condition that all operators of a property make together."""
    names = _operators(clause)
    return all_of([clause.operators[name](clause, clause.raw[name]) for name in names]) if names else NO_ROW


def _operators(clause: Clause) -> Sequence[str]:
    """The names of the operators that count; none where the object is empty or a value, which no row equals."""
    names = [name for name in clause.raw if name in clause.operators]
    if len(names) < len(clause.raw):
        strange = [name for name in clause.raw if name not in clause.operators and not _accompanies(name, names)]
        if strange and not (clause.takes_objects and not names and is_loose(clause.path.kind)):
            clause.unknown(strange[0])
    if len(names) > 1 and clause.settings.old("firstOperatorOnly"):
        return [min(names, key=tuple(clause.operators).index)]
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


_PLAIN_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"$eq": "eq", "$ne": "neq", "$gt": "gt", "$gte": "gte", "$lt": "lt", "$lte": "lte", "$in": "inq", "$nin": "nin"}
)


def plain_names(value: Mapping[str, Json]) -> Mapping[str, Json]:
    """The operators of MongoDB's names under LoopBack's."""
    return {_PLAIN_NAMES.get(name, name): one for name, one in value.items()}


# -- values ----------------------------------------------------------------------


_CONTAINERS: Final = (dict, list, tuple, set, frozenset, Mapping)


def operand(path: Path, value: Json) -> Any:
    """One value of a condition as rows hold it, or NOTHING if it equals nothing, as objects do; None stays None.

    Raises:
        BadRequest: a bad date.
    """
    if value is None:
        return None
    if isinstance(value, (int, str)):
        return value if path.kind is None else path.kind.operand(value)
    if isinstance(value, (list, tuple)):
        return _operand_of_list(path, value)
    if isinstance(value, _CONTAINERS):
        return NOTHING
    if isinstance(value, datetime) and is_loose(path.kind):
        return iso(value)  # data that no kind reads is plain JSON
    return value if path.kind is None else path.kind.operand(value)


def _operand_of_list(path: Path, items: Sequence[Json]) -> Any:
    """A list in the place of one value counts as its text, as where JavaScript compares the two: [5] is as good as 5.

    An empty one equals nothing, where JavaScript would take it for 0 or empty text.
    """
    kind = path.kind.item if isinstance(path.kind, ListOf) else path.kind
    if not items or (kind is not None and not isinstance(kind, (String, Number, FreeForm))):
        return NOTHING
    try:
        return operand(path, text_of(items))
    except Unreadable:
        return NOTHING


def as_list(value: Json) -> Sequence[Json]:
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


# -- one operator ----------------------------------------------------------------


def _equal(clause: Clause, value: Json) -> Where:
    found = operand(clause.path, value)
    return NO_ROW if found is NOTHING else Equal(clause.path, found)


def _unequal(clause: Clause, value: Json) -> Where:
    found = operand(clause.path, value)
    return EVERY_ROW if found is NOTHING else Unequal(clause.path, found)


def _ordered(operator: Literal["gt", "gte", "lt", "lte"]) -> Callable[[Clause, Json], Where]:
    def read(clause: Clause, value: Json) -> Where:
        found = operand(clause.path, value)
        return NO_ROW if found is NOTHING or found is None else Ordered(clause.path, operator, found)

    return read


def _between(clause: Clause, value: Json) -> Where:
    items = clause.items(value)
    if len(items) != 2:
        raise clause.invalid(f"Expected precisely 2 values, received {len(items)}")
    low, high = (operand(clause.path, item) for item in items)
    return NO_ROW if {NOTHING, None} & {low, high} else Between(clause.path, low, high)


def _in(clause: Clause, value: Json) -> Where:
    values, null = _values(clause, value)
    return In(clause.path, values, null) if values or null else NO_ROW


def _not_in(clause: Clause, value: Json) -> Where:
    values, null = _values(clause, value)
    return NotIn(clause.path, values, null)


def _values(clause: Clause, value: Json) -> tuple[tuple[Any, ...], bool]:
    found = [operand(clause.path, item) for item in clause.items(value)]
    return tuple(item for item in found if item is not None and item is not NOTHING), None in found


def _like(*, negated: bool, ignore_case: bool) -> Callable[[Clause, Json], Where]:
    def read(clause: Clause, value: Json) -> Where:
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


def _regexp(clause: Clause, value: Json) -> Where:
    if not isinstance(value, str):
        raise BadRequest("Invalid argument, must be a string, regex literal, or RegExp object")
    pattern, flags = _literal(value)
    if search(pattern) is not None:
        return Matches(clause.path, pattern, flags)
    if clause.settings.old("brokenRegexp"):
        return NO_ROW
    raise BadRequest(f"Invalid regular expression: {shown(pattern)}")


def _literal(text: str) -> tuple[str, str]:
    """Pattern and flags of a text such as "^a" or "/^a/i"; whatever follows the last slash counts as flags."""
    end = text.rfind("/")
    flags = text[end + 1 :] if end >= 0 else ""
    strange = [flag for at, flag in enumerate(flags) if flag not in "gim" or flag in flags[:at]]
    if strange:
        raise BadRequest(f"Invalid regex flags: {','.join(strange)}")
    if not text.startswith("/") or end == 0:
        return text, ""
    return text[1:end], "".join(flag for flag in "im" if flag in flags)


def near(default_unit: str) -> ReadOperator:
    """Reads points and the distances beside them."""

    def read(clause: Clause, value: Json) -> Where:
        unit = clause.raw.get("unit") or default_unit
        try:
            point = GeoPoint.read(value)
            high, low = (_kilometres(clause.raw.get(name), unit) for name in ("maxDistance", "minDistance"))
        except (ValueError, OverflowError) as error:
            raise clause.invalid(error) from error
        return Near(clause.path, point, high, low)

    return read


def _kilometres(value: Json, unit: Json) -> float | None:
    """A distance, None where none is given; 0 counts as none, as in LoopBack."""
    if not isinstance(unit, str):
        raise ValueError(f"{shown(unit)} is no unit of distance")
    number = None if isinstance(value, (dict, list)) else number_of(value or 0)
    if number is None or number < 0:
        raise ValueError(f"{shown(value)} is no distance")
    return to_km(number, unit) or None


# In the order in which LoopBack looks for the one that it uses.
OPERATORS: Final[Operators] = MappingProxyType(
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
        "near": near("miles"),
    }
)
