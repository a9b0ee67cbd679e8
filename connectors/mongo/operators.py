"""MongoDB's own update operators in data, for models that allow them. Everything that is not listed here is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...errors import BadRequest
from ...types import Row
from .documents import KEY, Shape

OPERATORS: Final = frozenset(
    {
        "$currentDate", "$inc", "$max", "$min", "$mul", "$rename", "$setOnInsert", "$set", "$unset", "$addToSet", "$pop",
        "$pullAll", "$pull", "$push", "$bit",
    }
)  # fmt: skip
"""Source: datasources.md 7.4."""

_INNER: Final = frozenset(
    {
        "$each", "$position", "$slice", "$sort", "$type", "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "and", "or", "xor",
    }
)  # fmt: skip


def has_operators(row: Row) -> bool:
    """Whether data has update operators beside or instead of properties."""
    return any(name.startswith("$") for name in row)


def operated(shape: Shape, row: Row) -> dict[str, Any]:
    """The update that data with operators mean.

    Args:
        shape: how the rows are stored. row: operators only.

    Raises:
        BadRequest: an operator is unknown, stands beside plain properties, or has no object of fields.
    """
    strange = [name for name in row if name not in OPERATORS]
    if strange:
        raise BadRequest(f"{', '.join(sorted(strange))} cannot stand beside update operators")
    return {operator: _fields(shape, operator, given) for operator, given in row.items()}


def _fields(shape: Shape, operator: str, given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping) or not given:
        raise BadRequest(f"{operator} needs an object of properties")
    return {_field(shape, path): _operand(shape, operator, path, one) for path, one in given.items()}


def _field(shape: Shape, path: str) -> str:
    head, *rest = path.split(".")
    if any(not key or key.startswith("$") for key in (head, *rest)):
        raise BadRequest(f"{path} is no property")
    field = ".".join([shape.field(head), *rest])
    if field.split(".")[0] == KEY:
        raise BadRequest("the id cannot be changed")
    return field


def _operand(shape: Shape, operator: str, path: str, value: Any) -> Any:
    if operator == "$rename":
        return _field(shape, str(value))
    if isinstance(value, Mapping) and any(key.startswith("$") or operator == "$bit" for key in value):
        strange = [key for key in value if key not in _INNER]
        if strange:
            raise BadRequest(f"{operator} does not take {', '.join(sorted(strange))}")
        return {key: shape.value("", one) for key, one in value.items()}
    return shape.value(path if operator in ("$set", "$setOnInsert", "$max", "$min") else "", value)
