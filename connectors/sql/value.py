"""How one value compares in SQL: a column, or an element of the JSON that a column holds. Knows no paths and no statements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, LiteralString

from ...model.dates import iso
from ...model.javascript import number_of
from ...model.kinds import SIMPLE_KINDS
from .dialect import Dialect, Elements
from .fragment import FALSE, NULL, TRUE, Fragment, combine, param, sql
from .table import Column
from .values import clipped

_TEXT: Final = SIMPLE_KINDS["string"]


class Value(ABC):
    """One value. absent: the condition that it is null or missing. text: it as text, NULL where it has none."""

    absent: Fragment
    text: Fragment

    @abstractmethod
    def among(self, operands: Sequence[Any]) -> Fragment:
        """The condition that it equals one of the operands, of which there is at least one and none is None."""

    @abstractmethod
    def ordered(self, template: LiteralString, operand: Any) -> Fragment:
        """The condition that it stands to the operand as the template says, such as `{} > {}`."""


class Missing(Value):
    """What no row has."""

    absent: Fragment = TRUE
    text = NULL

    def among(self, operands: Sequence[Any]) -> Fragment:
        """It equals nothing."""
        return FALSE

    def ordered(self, template: LiteralString, operand: Any) -> Fragment:
        """It is neither above nor below anything."""
        return FALSE


class ColumnValue(Value):
    """What a plain column holds.

    Args:
        column: the column.
        dialect: the database's way of saying things.
    """

    def __init__(self, column: Column, dialect: Dialect) -> None:
        self.absent: Fragment = sql("{} IS NULL", column.qualified)
        self.text: Fragment = dialect.column_text(column.qualified, column.property.kind)
        self._column = column.qualified
        self._sortable = dialect.sortable(column.qualified, column.property.kind)
        self._encode = column.storage.operand
        self._dialect = dialect

    def among(self, operands: Sequence[Any]) -> Fragment:
        """See Value."""
        return self._dialect.among(self._column, [self._encode(operand) for operand in operands])

    def ordered(self, template: LiteralString, operand: Any) -> Fragment:
        """See Value."""
        return sql(template, self._sortable, param(self._encode(operand)))


class Element(Value):
    """A value inside JSON whose type was declared: only what is of the operand's type compares with it.

    Args:
        elements: the values at a path.
        dialect: the database's way of saying things.
    """

    def __init__(self, elements: Elements, dialect: Dialect) -> None:
        self.absent: Fragment = elements.absent
        self.text: Fragment = elements.text
        self._elements = elements
        self._dialect = dialect

    def among(self, operands: Sequence[Any]) -> Fragment:
        """See Value."""
        by_type: dict[Fragment, list[Any]] = {}
        for operand in operands:
            by_type.setdefault(self._typed(operand), []).append(in_json(operand))
        return combine(" OR ", [self._dialect.among(typed, listed) for typed, listed in by_type.items()])

    def ordered(self, template: LiteralString, operand: Any) -> Fragment:
        """See Value."""
        return sql(template, self._typed(operand), param(in_json(operand)))

    def _typed(self, operand: Any) -> Fragment:
        match operand:
            case bool():
                return self._elements.booleans
            case int() | float() | Decimal():
                return self._elements.numbers
        return self._elements.texts


class LooseElement(Element):
    """A value inside JSON that nobody declared: "2" equals 2, and text that shows a number is above or below numbers.

    (source: querying.md 2; the memory store does the same)
    """

    def among(self, operands: Sequence[Any]) -> Fragment:
        """See Value."""
        return super().among([guise for operand in operands for guise in guises(operand)])

    def ordered(self, template: LiteralString, operand: Any) -> Fragment:
        """See Value."""
        texts, number = self._elements.texts, number_of(in_json(operand))
        parts = [sql(template, texts, param(operand))] if isinstance(operand, str) else []
        numbers = [self._elements.numbers, self._elements.booleans, *([] if parts else [self._dialect.number(texts)])]
        parts += [sql(template, one, param(in_json(number))) for one in numbers if number is not None]
        return combine(" OR ", parts) if parts else FALSE


def in_json(operand: Any) -> Any:
    """An operand as it compares with what JSON holds: dates are ISO text there, booleans 0 and 1, numbers whole or floats."""
    match operand:
        case bool():
            return int(operand)
        case datetime():
            return iso(operand)
        case Decimal():
            return float(operand)
        case int() | float() | str():
            return clipped(operand)
    return None


def guises(operand: Any) -> list[Any]:
    """The values of different types that one operand equals, because they are written alike."""
    text = _TEXT.operand(operand)
    number = number_of(text)
    texts = [text] if isinstance(text, str) else []
    numbers = [number] if number is not None and _TEXT.operand(number) == text else []
    return [*texts, *numbers, *({"true": [True], "false": [False]}.get(text, []) if texts else [])] or [None]
