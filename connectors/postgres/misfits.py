"""Which value does not fit its column: PostgreSQL says only that one does not. Asks by what it is given, and decides no status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from ...errors import BadRequest, Problem
from ...types import Row
from ..sql.table import Column

Fits: TypeAlias = Callable[[Sequence[Row], Column], bool]
"""Whether the values of rows fit a column."""


class Misfit(BadRequest):
    """A value does not fit the column that it is written to or compared with."""


def problem_of(rows: Sequence[Row], columns: Iterable[Column], fits: Fits) -> Problem | None:
    """The first value that does not fit, None where all of them do.

    Args:
        rows: what was to be written.
        columns: where to.
        fits: asks the database.
    """
    for column in columns:
        name = column.property.name
        having = [row for row in rows if row.get(name) is not None]
        if having and not fits(having, column):
            return Problem(name, "type", "does not fit its column", _first_misfit(having, column, fits)[name])
    return None


def _first_misfit(rows: Sequence[Row], column: Column, fits: Fits) -> Row:
    while len(rows) > 1:
        half = len(rows) // 2
        rows = rows[half:] if fits(rows[:half], column) else rows[:half]
    return rows[0]
