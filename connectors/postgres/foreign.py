"""Foreign keys that models ask for, as constraints between tables. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..sql.dialect import Dialect
from ..sql.fragment import Fragment, param, sql
from ..sql.table import Table


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A constraint: `column` of the table `child` holds values of `key` of the table `parent`; names are quoted."""

    name: str
    quoted: Fragment
    child: Fragment
    column: Fragment
    parent: Fragment
    key: Fragment

    def is_lacking(self) -> Fragment:
        """A query for whether both tables are there and the constraint is not."""
        return sql(
            "SELECT to_regclass({}) IS NOT NULL AND to_regclass({}) IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = to_regclass({}) AND conname = {})",
            *(param(text) for text in (self.child.text, self.parent.text, self.child.text, self.name)),
        )

    def add(self) -> Fragment:
        """The statement that makes it; it fails where rows break it."""
        return sql(
            "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
            *(self.child, self.quoted, self.column, self.parent, self.key),
        )


def foreign_keys_of(table: Table, tables: Mapping[str, Table], dialect: Dialect) -> Iterator[ForeignKey]:
    """The constraints that a model asks for by `foreignKeys`; models that are not on the same source are left out.

    Source: datasources.md 6.4; `foreignKey` and `entityKey` are names of properties.
    """
    for key, spec in (table.definition.setting("foreignKeys") or {}).items():
        parent = tables.get(str(spec.get("entity"))) if isinstance(spec, Mapping) else None
        if parent is None:
            continue
        column, target = table.columns.get(str(spec.get("foreignKey"))), parent.columns.get(str(spec.get("entityKey")))
        if column is not None and target is not None:
            name = str(spec.get("name") or key)
            yield ForeignKey(name, dialect.name(name), table.sql, column.sql, parent.sql, target.sql)


def touching(table: Table, tables: Mapping[str, Table], dialect: Dialect) -> list[ForeignKey]:
    """All constraints that start or end at a table."""
    found = (one for each in tables.values() for one in foreign_keys_of(each, tables, dialect))
    return [one for one in found if table.sql in (one.child, one.parent)]
