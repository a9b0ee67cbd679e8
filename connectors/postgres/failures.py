"""What PostgreSQL and its driver say went wrong, as errors of ours. Runs nothing."""

from __future__ import annotations

import re
from typing import Final

import psycopg
from psycopg import errors

from ...errors import BadRequest, Conflict, Duplicate, Invalid, LbpyError, Problem, StoreError
from ..sql.table import Column, Table
from .misfits import Misfit

UNREACHABLE: Final = "STORE_UNREACHABLE"
UNKNOWN_OUTCOME: Final = "UNKNOWN_OUTCOME"
TOO_SLOW: Final = "STORE_TOO_SLOW"
TRY_AGAIN: Final = "TRY_AGAIN"
"""Codes of errors: nothing was stored; it may be stored or not; nothing was stored, as it took too long; others were in the way."""

_READS: Final = re.compile(r"\s*(SELECT|BEGIN|SET|SAVEPOINT|ROLLBACK)\b", re.IGNORECASE)
_PATTERN: Final = re.compile(r"::text (~|I?LIKE)")
_KEY: Final = re.compile(r"\((.*?)\)=\(")

_MISFITS: Final = (psycopg.DataError, errors.DatatypeMismatch, errors.UndefinedFunction)
_UNSENDABLE: Final = (psycopg.DataError, psycopg.ProgrammingError)
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
    if not isinstance(error, psycopg.Error) or (error.sqlstate is None and isinstance(error, _UNSENDABLE)):
        return Misfit("A value cannot be sent to the database")
    found = None if table is None else _about_table(error, table)
    return found or _about_statement(error, text)


def is_reading(text: str) -> bool:
    """Whether a statement changes nothing that is stored."""
    return _READS.match(text) is not None


def lost(error: psycopg.Error, code: str) -> StoreError:
    """The error for a connection that ended, with the code that says what became of the call."""
    return StoreError(f"PostgreSQL: the connection was lost: {error}", code=code)


def _about_table(error: psycopg.Error, table: Table) -> LbpyError | None:
    if isinstance(error, errors.IntegrityError):
        return _broken_rule(error, table)
    if isinstance(error, _NOT_THERE):
        return _not_migrated(error, table)
    if isinstance(error, _MISFITS) and not isinstance(error, _PATTERN_FAULTS):
        return Misfit("A value of the query does not fit the column that it is compared with")
    return None


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
