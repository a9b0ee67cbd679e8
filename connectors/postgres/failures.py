"""What PostgreSQL and its driver say went wrong, as errors of ours. Runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import psycopg
from psycopg import errors

from ...errors import BadRequest, Conflict, Duplicate, Invalid, LbpyError, Problem, StoreError
from ...types import Row
from ..sql.table import Column, Table

UNREACHABLE: Final = "STORE_UNREACHABLE"
UNKNOWN_OUTCOME: Final = "UNKNOWN_OUTCOME"
TOO_SLOW: Final = "STORE_TOO_SLOW"
TRY_AGAIN: Final = "TRY_AGAIN"

_UNNAMED: Final = ""
"""Stands for a property in a Problem until `naming` finds which one it is."""

_READS: Final = re.compile(r"\s*(SELECT|BEGIN|SET|SAVEPOINT|ROLLBACK)\b", re.IGNORECASE)
_PATTERN: Final = re.compile(r"::text (~|I?LIKE)")
_QUOTED: Final = re.compile(r'"(.*)"', re.DOTALL)
_KEY: Final = re.compile(r"\((.*?)\)=\(")

_MISFITS: Final = (
    errors.InvalidTextRepresentation,
    errors.NumericValueOutOfRange,
    errors.InvalidDatetimeFormat,
    errors.DatetimeFieldOverflow,
    errors.StringDataRightTruncation,
    errors.CharacterNotInRepertoire,
    errors.UntranslatableCharacter,
    errors.InvalidBinaryRepresentation,
    errors.DatatypeMismatch,
    errors.UndefinedFunction,
)
_PATTERN_FAULTS: Final = (errors.InvalidRegularExpression, errors.InvalidEscapeSequence)
_NOT_THERE: Final = (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName)
_LATER: Final = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)


def translated(error: Exception, text: str, table: Table | None) -> LbpyError:
    """The error to raise instead.

    Args:
        error: a psycopg.Error, or a Unicode error of a value that is no text.
        text: the statement.
        table: what it was about, None for native SQL.
    """
    if not isinstance(error, psycopg.Error) or (isinstance(error, psycopg.DataError) and error.sqlstate is None):
        return BadRequest("A value cannot be sent to the database")
    found = None if table is None else _about_table(error, text, table)
    return found or _about_statement(error, text)


def lost(error: psycopg.Error, text: str) -> StoreError:
    """The error for a connection that ended while a statement ran: whether a write took effect is not known."""
    code = UNREACHABLE if _READS.match(text) else UNKNOWN_OUTCOME
    return StoreError(f"PostgreSQL: the connection was lost: {error}", code=code)


def _about_table(error: psycopg.Error, text: str, table: Table) -> LbpyError | None:
    if isinstance(error, errors.IntegrityError):
        return _broken_rule(error, table)
    if isinstance(error, _NOT_THERE):
        return _not_migrated(error, table)
    return _misfit(error, text, table) if isinstance(error, _MISFITS) else None


def _about_statement(error: psycopg.Error, text: str) -> LbpyError:
    message = _message(error)
    if isinstance(error, _PATTERN_FAULTS):
        return BadRequest("The pattern cannot be used")
    if isinstance(error, errors.QueryCanceled) and _PATTERN.search(text):
        return BadRequest("The query takes too long")
    if isinstance(error, (errors.ProgramLimitExceeded, errors.StatementTooComplex)):
        return BadRequest("The query or a value in it is too large")
    if isinstance(error, errors.QueryCanceled):
        return StoreError(f"PostgreSQL: {message}", code=TOO_SLOW)
    if isinstance(error, _LATER):
        return StoreError(f"PostgreSQL: {message}", code=TRY_AGAIN)
    return StoreError(f"PostgreSQL: {message}", code=None if error.sqlstate else UNREACHABLE)


def _message(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error)


def _not_migrated(error: psycopg.Error, table: Table) -> StoreError:
    return StoreError(
        f'PostgreSQL: {_message(error)}. The table "{table.name}" of {table.definition.name} is not as the model is: '
        'call db.migrate(), or set "autoupdate": true on the data source.'
    )


# -- broken rules ---------------------------------------------------------------


def _broken_rule(error: psycopg.Error, table: Table) -> LbpyError:
    model, detail = table.definition.name, error.diag.message_detail or ""
    column = _column(table, error.diag.column_name or _first_key(detail))
    match error:
        case errors.UniqueViolation():
            return Duplicate(model, column.property.name, is_id=column in table.keys)
        case errors.NotNullViolation():
            return Invalid(model, [Problem(column.property.name, "presence", "can't be blank", None)])
        case errors.ForeignKeyViolation() if error.diag.table_name != table.name:
            return Conflict(f"{model} is still referred to by other rows")
        case errors.ForeignKeyViolation():
            return Invalid(model, [Problem(column.property.name, "foreignKey", "refers to a row that is not there")])
    return Invalid(model, [Problem(column.property.name, "constraint", "is refused by the database")])


def _first_key(detail: str) -> str:
    """The first column that a detail such as `Key (a, b)=(1, 2) already exists.` names, in any language."""
    found = _KEY.search(detail)
    return found[1].split(",")[0].strip('" ') if found else ""


def _column(table: Table, name: str) -> Column:
    others = table.keys or tuple(table.columns.values())
    return next((column for column in table.columns.values() if column.name == name), others[0])


# -- values that do not fit -----------------------------------------------------


def _misfit(error: psycopg.Error, text: str, table: Table) -> LbpyError:
    if _READS.match(text) or text.startswith("DELETE"):
        return BadRequest("A value of the query does not fit the column that it is compared with")
    quoted = _QUOTED.search(_message(error))
    return Invalid(table.definition.name, [Problem(_UNNAMED, "type", "does not fit its column", quoted[1] if quoted else None)])


@contextmanager
def naming(table: Table, rows: Iterable[Row]) -> Iterator[None]:
    """Give a value that did not fit its column the name of its property, which PostgreSQL does not tell.

    Args:
        table: what is written to.
        rows: what is written.
    """
    try:
        yield
    except Invalid as error:
        if [problem.property for problem in error.problems] != [_UNNAMED]:
            raise
        name, value = _owner(table, rows, error.problems[0].value)
        raise Invalid(error.model, [replace(error.problems[0], property=name, value=value)]) from error


def _owner(table: Table, rows: Iterable[Row], text: object) -> tuple[str, object]:
    """The property that has a value which is written like `text`, and the value; the id where none is found."""
    for row in rows:
        for name in table.columns.keys() & row.keys():
            if text is not None and row[name] is not None and text == table.columns[name].storage.write(row[name]):
                return name, row[name]
    return _column(table, "").property.name, text
