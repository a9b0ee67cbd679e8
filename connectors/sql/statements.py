"""The statements for the rows of one table; what does not depend on a query is made once. Runs none of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...query.nodes import Filter, Related, Where
from ...types import Row
from .dialect import Dialect
from .fragment import EMPTY, NULL, Fragment, join, param, params, sql
from .table import Column, Projection, Table, projection
from .where import Conditions


class Statements:
    """What to send for each operation on a table.

    Args:
        table: the model's table.
        dialect: the database's way of saying things.
    """

    def __init__(self, table: Table, dialect: Dialect) -> None:
        self._table = table
        self._dialect = dialect
        self._conditions = Conditions(table, dialect)
        self._columns = tuple(table.columns.values())
        self._made = table.keys if len(table.keys) == 1 else ()
        self._returning = sql(" RETURNING {}", self._made[0].sql) if self._made else EMPTY
        self._insert = self._insert_into(self._columns)
        self.whole: Projection = projection(self._columns)

    def _insert_into(self, columns: Sequence[Column]) -> Fragment:
        return sql("INSERT INTO {} ({}) VALUES ", self._table.sql, join(", ", [column.sql for column in columns]))

    # -- reading

    def relates(self, related: Related) -> bool:
        """Whether conditions on the rows of another table can stand in a query on this one."""
        return self._conditions.relates(related)

    def projection(self, fields: Sequence[str] | None) -> Projection:
        """The columns to read; None means all, undeclared names are left out."""
        if fields is None:
            return self.whole
        return projection([column for column in self._columns if column.property.name in fields])

    def select(self, filter: Filter, columns: Projection) -> Fragment:
        """The rows that meet a filter."""
        return sql(
            "SELECT {} FROM {}{}{}{}",
            columns.sql,
            self._table.sql,
            self._conditions.clause(filter.where),
            self._conditions.order(filter.where, filter.order),
            self._dialect.page(filter.limit, filter.skip),
        )

    def count(self, where: Where) -> Fragment:
        """How many rows meet a condition."""
        return sql("SELECT count(*) FROM {}{}", self._table.sql, self._conditions.clause(where))

    # -- writing

    @property
    def rows_at_once(self) -> int:
        """How many rows one INSERT may have."""
        return max(1, self._dialect.max_params // len(self._columns))

    def insert(self, rows: Sequence[Row]) -> Fragment:
        """Store rows, NULL for what they lack; answers the id of each, whoever made it. Raises Invalid."""
        return sql("{}{}{}", self._insert, join(", ", [self._values(row) for row in rows]), self._returning)

    def _values(self, row: Row) -> Fragment:
        if not self._lacks_key(row) and (self._dialect.absent == NULL or len(self.named(row)) == len(self._columns)):
            return sql("({})", params(self._table.parameters(row, self._columns)))
        return sql("({})", join(", ", [self._inserted(row, column) for column in self._columns]))

    def _lacks_key(self, row: Row) -> bool:
        return any(row.get(column.property.name) is None for column in self._made)

    def _inserted(self, row: Row, column: Column) -> Fragment:
        if column in self._made and self._lacks_key(row):
            return self._dialect.new_key
        return self._value(row, column) if column.property.name in row else self._dialect.absent

    def _value(self, row: Row, column: Column) -> Fragment:
        return params(self._table.parameters(row, [column]))

    def update(self, where: Where, changes: Row) -> Fragment:
        """Set what `changes` names, which must be one declared property at least. Raises Invalid."""
        columns = self.named(changes)
        return self._set(changes, columns) + self._conditions.clause(where)

    def replace(self, row: Row) -> Fragment:
        """Set every column of the row with the id of `row`. Raises Invalid."""
        return self._set(row, self._columns) + sql(" WHERE {}", self._is(row[self._table.key.property.name]))

    def _set(self, row: Row, columns: Iterable[Column]) -> Fragment:
        sets = [sql("{} = {}", column.sql, self._value(row, column)) for column in columns]
        return sql("UPDATE {} SET {}", self._table.sql, join(", ", sets))

    def upsert(self, row: Row, *, replace: bool) -> Fragment:
        """Create the row, or merge it into the one with its id (replace: take its place); answers all columns."""
        columns = self._columns if replace else self.named(row)
        sets = [sql("{} = excluded.{}", column.sql, column.sql) for column in columns]
        return sql(
            "{}({}) ON CONFLICT ({}) DO UPDATE SET {} RETURNING {}",
            self._insert_into(columns),
            params(self._table.parameters(row, columns)),
            self._table.key.sql,
            join(", ", sets),
            self.whole.sql,
        )

    def exists(self, id: Any) -> Fragment:
        """One row if there is a row with that id."""
        return sql("SELECT 1 FROM {} WHERE {}", self._table.sql, self._is(id))

    def delete(self, where: Where) -> Fragment:
        """Remove the rows that meet a condition."""
        return sql("DELETE FROM {}{}", self._table.sql, self._conditions.clause(where))

    def named(self, row: Row) -> tuple[Column, ...]:
        """The columns that a row has a value or null for."""
        return tuple([column for column in self._columns if column.property.name in row])

    def _is(self, id: Any) -> Fragment:
        key = self._table.key
        return sql("{} = {}", key.qualified, param(key.storage.operand(id)))
