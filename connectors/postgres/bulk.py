"""Many rows in one statement with one parameter, several times faster than a parameter for each value. Runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from ...types import Row
from ..sql.fragment import Fragment, join, param, sql
from ..sql.statements import Statements
from ..sql.table import Column
from ..sql.values import to_json
from . import storage

MANY: Final = 10


class PostgresStatements(Statements):
    """See Statements."""

    def insert(self, rows: Sequence[Row]) -> Fragment:
        """See Statements; many rows with the same properties travel as one JSON text, which the table's own type takes apart."""
        columns = self._inserted_columns(rows[0])
        if len(rows) < MANY or not columns or not self._are_alike(rows):
            return super().insert(rows)
        cells = [self._cells(rows, column) for column in columns]
        if not all(cells):
            return super().insert(rows)
        listed = join(", ", [column.sql for column in columns])
        records = self._records(columns, cells)
        return sql("INSERT INTO {} ({}) SELECT {} FROM {}{}", self._table.sql, listed, listed, records, self._returning)

    def probe(self, rows: Sequence[Row], column: Column) -> Fragment:
        """A query that fails where one of the rows has a value that does not fit the column."""
        return sql("SELECT count(*) FROM {}", self._records([column], [self._cells(rows, column) or self._written(rows, column)]))

    def _records(self, columns: Sequence[Column], cells: Sequence[Sequence[Any]]) -> Fragment:
        names = [column.name for column in columns]
        records = [dict(zip(names, one, strict=True)) for one in zip(*cells, strict=True)]
        return sql("json_populate_recordset(NULL::{}, {}::json)", self._table.sql, param(orjson.dumps(records).decode()))

    def _cells(self, rows: Sequence[Row], column: Column) -> list[Any]:
        """The values of a column as members of JSON objects.

        None where text stands in the place of a document: columns of text and of JSON take that apart differently.
        """
        written, values = self._written(rows, column), [row.get(column.property.name) for row in rows]
        match column.storage.document:
            case storage.JSON_OF_ARRAY:
                return [None if value is None else orjson.Fragment(to_json(value)) for value in values]
            case storage.JSON_OF_TEXT:
                told_apart = column.storage.type.upper() in storage.JSON_TYPES or not any(isinstance(value, str) for value in values)
                return [None if text is None else orjson.Fragment(text) for text in written] if told_apart else []
        return written

    def _written(self, rows: Sequence[Row], column: Column) -> list[Any]:
        return self._table.column_parameters(rows, column)

    def _are_alike(self, rows: Sequence[Row]) -> bool:
        keys, lacks = rows[0].keys(), self._lacks_key(rows[0])
        return all(row.keys() == keys and self._lacks_key(row) is lacks for row in rows)

    def _inserted_columns(self, row: Row) -> list[Column]:
        """The columns that a row names, without the id that the database makes."""
        made = self._made if self._lacks_key(row) else ()
        return [column for column in self.named(row) if column not in made]
