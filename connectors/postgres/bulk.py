"""Many rows in one statement with one parameter, several times faster than a parameter for each value. Runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from ...types import Row
from ..sql.fragment import Fragment, join, param, sql
from ..sql.statements import Statements
from ..sql.table import Column

MANY: Final = 10


class PostgresStatements(Statements):
    """See Statements."""

    def insert(self, rows: Sequence[Row]) -> Fragment:
        """See Statements; many rows with the same properties travel as one JSON text, which the table's own type takes apart."""
        columns = self._inserted_columns(rows[0])
        if len(rows) < MANY or not columns or not self._are_alike(rows):
            return super().insert(rows)
        names = [column.name for column in columns]
        values = [dict(zip(names, self._table.parameters(row, columns), strict=True)) for row in rows]
        listed = join(", ", [column.sql for column in columns])
        return sql(
            "INSERT INTO {} ({}) SELECT {} FROM json_populate_recordset(NULL::{}, {}::json){}",
            *(self._table.sql, listed, listed, self._table.sql, param(orjson.dumps(values).decode()), self._returning),
        )

    def _are_alike(self, rows: Sequence[Row]) -> bool:
        keys, lacks = rows[0].keys(), self._lacks_key(rows[0])
        return all(row.keys() == keys and self._lacks_key(row) is lacks for row in rows)

    def _inserted_columns(self, row: Row) -> list[Column]:
        """The columns that a row names, without the id that the database makes."""
        made = self._made if self._lacks_key(row) else ()
        return [column for column in self.named(row) if column not in made]
