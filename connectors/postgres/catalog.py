"""What to ask PostgreSQL about itself: sequences, locks, the catalogue. Runs nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ..sql.fragment import Fragment, join, param, sql
from ..sql.table import Table


def lock(name: str) -> Fragment:
    """Wait for everybody else who locks that name, until the end of the transaction."""
    return sql("SELECT pg_advisory_xact_lock(hashtextextended({}, 0))", param(name))


def columns(table: Table) -> Fragment:
    """A query for a table's columns: rows of (name, type, takes no null); no rows if there is no such table."""
    return sql(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
        " WHERE attrelid = to_regclass({}) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        param(table.sql.text),
    )


def nulls(table: Table, columns: Sequence[Fragment]) -> Fragment:
    """A query for whether any row has null in a column: one row with an answer for each."""
    return sql("SELECT {}", join(", ", [sql("EXISTS (SELECT 1 FROM {} WHERE {} IS NULL)", table.sql, one) for one in columns]))


def advance(table: Table) -> Fragment:
    """Let the counter of ids go on behind the highest id."""
    return sql(
        "SELECT setval(s, GREATEST((SELECT max({}) FROM {}), pg_sequence_last_value(s), 1))"
        " FROM (SELECT pg_get_serial_sequence({}, {})::regclass AS s) AS counter WHERE s IS NOT NULL",
        *(table.key.sql, table.sql, param(table.sql.text), param(table.key.name)),
    )
