"""Which tables, columns and keys a SQLite database has, from its pragmas. Makes no model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from ...data.discovery import ColumnInfo, Discovery, ForeignKeyInfo, KeyInfo, TableInfo
from ...data.native import Native

_MAIN: Final = "main"

_TABLES: Final = """
    SELECT type, name, schema FROM pragma_table_list
    WHERE schema = coalesce(?, schema) AND schema <> 'temp' AND substr(name, 1, 7) <> 'sqlite_'
      AND (type IN ('table', 'virtual') OR type = 'view' AND ?)
    ORDER BY schema, name LIMIT ? OFFSET ?"""

_COLUMNS: Final = """
    SELECT t.schema, t.name AS "table", c.name, upper(c.type) AS type, c."notnull" OR c.pk AS needed, c.pk AS position,
           c.pk AND NOT t.wr AND upper(c.type) = 'INTEGER' AND sum(c.pk > 0) OVER () = 1 AS counted
    FROM pragma_table_list AS t, pragma_table_info(t.name, t.schema) AS c
    WHERE t.name = ? COLLATE NOCASE AND t.schema = ? ORDER BY c.cid"""

_FOREIGN: Final = """
    SELECT first_value(f."from") OVER (PARTITION BY t.name, f.id ORDER BY f.seq) AS name, t.schema AS owner, t.name AS "table",
           f."from" AS "column", f.seq + 1 AS position, p.schema AS to_owner, p.name AS to_table,
           coalesce(f."to", (SELECT k.name FROM pragma_table_info(p.name, p.schema) AS k WHERE k.pk = f.seq + 1)) AS to_column
    FROM pragma_table_list AS t, pragma_foreign_key_list(t.name, t.schema) AS f
    JOIN pragma_table_list AS p ON p.name = f."table" COLLATE NOCASE AND p.schema = t.schema"""
_REFERRING: Final = f"{_FOREIGN} WHERE t.name = ? COLLATE NOCASE AND t.schema = ? ORDER BY t.name, f.id, f.seq"
_REFERRED: Final = f"{_FOREIGN} WHERE p.name = ? COLLATE NOCASE AND p.schema = ? ORDER BY t.name, f.id, f.seq"

_SIZES: Final = re.compile(r"\d+")
_TYPES: Final[Mapping[str, re.Pattern[str]]] = {
    "Boolean": re.compile("BOOL"),
    "Date": re.compile("DATE|TIME"),
    "Binary": re.compile("BLOB"),
    "Number": re.compile("INT|REAL|FLOA|DOUB|NUM|DEC"),
}


class SqliteDiscovery(Discovery, Native):
    """See Discovery. Foreign keys have no names here: they are called after their first column."""

    connector_key = "sqlite"

    def discover_model_definitions(
        self, *, owner: str | None = None, all: bool = False, views: bool = False, limit: int | None = None, skip: int = 0
    ) -> list[TableInfo]:
        """See Discovery. Temporary tables belong to a connection and are never among them."""
        rows = self.execute(_TABLES, [None if all else owner or _MAIN, views, -1 if limit is None else limit, skip])
        return [TableInfo("view" if row["type"] == "view" else "table", row["name"], row["schema"]) for row in rows]

    def discover_model_properties(self, table: str, *, owner: str | None = None) -> list[ColumnInfo]:
        """See Discovery."""
        return [_column(row) for row in self._of(_COLUMNS, table, owner)]

    def discover_primary_keys(self, table: str, *, owner: str | None = None) -> list[KeyInfo]:
        """See Discovery; they have no names here."""
        keys = [(row["position"], row) for row in self._of(_COLUMNS, table, owner) if row["position"]]
        return [KeyInfo(row["schema"], row["table"], row["name"], position, "") for position, row in sorted(keys, key=itemgetter(0))]

    def discover_foreign_keys(self, table: str, *, owner: str | None = None) -> list[ForeignKeyInfo]:
        """See Discovery; what refers to a table that is not there is left out."""
        return [ForeignKeyInfo(*row.values()) for row in self._of(_REFERRING, table, owner)]

    def discover_exported_foreign_keys(self, table: str, *, owner: str | None = None) -> list[ForeignKeyInfo]:
        """See Discovery."""
        return [ForeignKeyInfo(*row.values()) for row in self._of(_REFERRED, table, owner)]

    def _of(self, query: str, table: str, owner: str | None) -> Sequence[Mapping[str, Any]]:
        return self.execute(query, [table, owner or _MAIN])


def _column(row: Mapping[str, Any]) -> ColumnInfo:
    data_type, _, sized = row["type"].partition("(")
    kind = next((name for name, words in _TYPES.items() if words.search(data_type)), "String")
    first, second = (*map(int, _SIZES.findall(sized)), None, None)[:2]
    exact = kind == "Number" and "INT" not in data_type
    return ColumnInfo(
        owner=row["schema"],
        table=row["table"],
        name=row["name"],
        type=kind,
        data_type=data_type.strip() or "BLOB",
        length=first if kind == "String" else None,
        precision=first if exact else None,
        scale=second if exact else None,
        nullable=not row["needed"],
        generated=bool(row["counted"]),
    )
