"""What SQLite says went wrong, as errors of ours. Runs nothing."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from ...errors import BadRequest, Duplicate, Invalid, LbpyError, Problem, StoreError, TooLarge
from ..sql.table import Table

TRY_AGAIN: Final = "TRY_AGAIN"
_TOO_MUCH = ("too many SQL variables", "Expression tree is too large", "parser stack overflow", "query string is too large")
_PRIMARY: Final = 0xFF
_NO_TABLE = ("no such table", "no such column", "has no column named")


def translated(error: Exception, table: Table | None) -> LbpyError:
    """The error to raise instead.

    Args:
        error: a sqlite3.Error, or a Unicode error of a value that is no text.
        table: what the statement was about, None for native SQL.
    """
    text = str(error)
    if isinstance(error, UnicodeError):
        return BadRequest("Text must not hold a lone surrogate")
    if isinstance(error, sqlite3.IntegrityError) and table is not None:
        return _broken_rule(error, text, table)
    if any(sign in text for sign in _TOO_MUCH):
        return BadRequest("The query is too large")
    if isinstance(error, sqlite3.DataError):
        return TooLarge("A value is too large to be stored")
    if table is not None and any(sign in text for sign in _NO_TABLE):
        return _not_migrated(text, table)
    if code_of(error) & _PRIMARY == sqlite3.SQLITE_BUSY:
        return StoreError(f"SQLite: {text}: another transaction or process writes for longer than busyTimeout", code=TRY_AGAIN)
    return StoreError(f"SQLite: {text}")


def code_of(error: Exception) -> int:
    """SQLite's extended code of an error; 0 where Python itself raised it."""
    members: dict[str, Any] = vars(error)
    return int(members.get("sqlite_errorcode", 0))


def _not_migrated(text: str, table: Table) -> StoreError:
    return StoreError(
        f'SQLite: {text}. The table "{table.name}" of {table.definition.name} is not as the model is: '
        'call db.migrate(), or set "autoupdate": true on the data source.'
    )


def _broken_rule(error: sqlite3.IntegrityError, text: str, table: Table) -> LbpyError:
    name, is_id = _property(text, table)
    model = table.definition.name
    match error.sqlite_errorcode:
        case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY | sqlite3.SQLITE_CONSTRAINT_UNIQUE | sqlite3.SQLITE_CONSTRAINT_ROWID:
            return Duplicate(model, name, is_id=is_id)
        case sqlite3.SQLITE_CONSTRAINT_NOTNULL:
            return Invalid(model, [Problem(name, "presence", "can't be blank", None)])
        case sqlite3.SQLITE_MISMATCH:
            return Invalid(model, [Problem(name, "type", "is not a whole number")])
    return Invalid(model, [Problem(name, "constraint", "is refused by the database")])


def _property(text: str, table: Table) -> tuple[str, bool]:
    """Name of the property whose column the message names first, and whether it is an id; the id where it names none."""
    named = text.partition(": ")[2].lower()
    matching = [column for column in table.columns.values() if named.startswith(f"{table.name}.{column.name}".lower())]
    others = table.keys or tuple(table.columns.values())
    found = max(matching, key=lambda column: len(column.name), default=others[0])
    return found.property.name, found in table.keys
