"""What to ask PostgreSQL about itself: sequences, locks, the catalogue. Runs nothing."""

from __future__ import annotations

from ..sql.fragment import Fragment, param, sql
from ..sql.table import Table


def lock(name: str) -> Fragment:
    """Wait for everybody else who locks that name, until the end of the transaction."""
    return sql("SELECT pg_advisory_xact_lock(hashtextextended({}, 0))", param(name))


def advance(table: Table) -> Fragment:
    """Let the counter of ids go on behind the highest id."""
    return sql(
        "SELECT setval(s, GREATEST((SELECT max({}) FROM {}), pg_sequence_last_value(s), 1))"
        " FROM (SELECT pg_get_serial_sequence({}, {})::regclass AS s) AS counter WHERE s IS NOT NULL",
        *(table.key.sql, table.sql, param(table.sql.text), param(table.key.name)),
    )
