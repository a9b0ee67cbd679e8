"""Which tables, columns and keys a PostgreSQL has, from its information_schema. Makes no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ...data.discovery import ColumnInfo, Discovery, ForeignKeyInfo, KeyInfo, TableInfo
from ...data.native import Native

_SYSTEM: Final = "('pg_catalog', 'information_schema')"

_TABLES: Final = f"""
    SELECT table_type, table_name, table_schema FROM information_schema.tables
    WHERE table_schema = COALESCE($1, table_schema) AND table_schema NOT IN {_SYSTEM}
      AND (table_type = 'BASE TABLE' OR $2)
    ORDER BY table_schema, table_name LIMIT $3 OFFSET $4"""

_COLUMNS: Final = """
    SELECT table_schema, table_name, column_name, data_type, udt_name, character_maximum_length AS length,
           numeric_precision AS precision, numeric_scale AS scale, is_nullable = 'YES' AS nullable,
           is_identity = 'YES' OR column_default LIKE 'nextval(%' OR column_default LIKE '%uuid%(%' AS generated
    FROM information_schema.columns WHERE table_name = $1 AND table_schema = $2 ORDER BY ordinal_position"""

_PRIMARY: Final = """
    SELECT k.table_schema, k.table_name, k.column_name, k.ordinal_position::integer AS position, k.constraint_name
    FROM information_schema.table_constraints t
    JOIN information_schema.key_column_usage k USING (constraint_schema, constraint_name, table_schema, table_name)
    WHERE t.constraint_type = 'PRIMARY KEY' AND table_name = $1 AND table_schema = $2 ORDER BY k.ordinal_position"""

_FOREIGN: Final = """
    SELECT c.conname, cn.nspname AS owner, ct.relname AS table, ca.attname AS column, k.position::integer AS position,
           pn.nspname AS to_owner, pt.relname AS to_table, pa.attname AS to_column
    FROM pg_constraint c
    CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k(child, parent, position)
    JOIN pg_class ct ON ct.oid = c.conrelid JOIN pg_namespace cn ON cn.oid = ct.relnamespace
    JOIN pg_class pt ON pt.oid = c.confrelid JOIN pg_namespace pn ON pn.oid = pt.relnamespace
    JOIN pg_attribute ca ON ca.attrelid = ct.oid AND ca.attnum = k.child
    JOIN pg_attribute pa ON pa.attrelid = pt.oid AND pa.attnum = k.parent
    WHERE c.contype = 'f' AND """
_REFERRING: Final = f"{_FOREIGN} ct.relname = $1 AND cn.nspname = $2 ORDER BY c.conname, k.position"
_REFERRED: Final = f"{_FOREIGN} pt.relname = $1 AND pn.nspname = $2 ORDER BY c.conname, k.position"

_NUMBERS: Final = frozenset(
    {"smallint", "integer", "bigint", "decimal", "numeric", "real", "double precision", "money", "oid"}
)
_TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(_NUMBERS, "Number"),
    "boolean": "Boolean",
    "bytea": "Binary",
    "point": "GeoPoint",
    "date": "Date",
    "timestamp without time zone": "Date",
    "timestamp with time zone": "Date",
    "time without time zone": "Date",
    "time with time zone": "Date",
}


class PostgresDiscovery(Discovery, Native):
    """See Discovery. schema: where tables are looked for by default."""

    connector_key = "postgresql"
    schema: str

    def discover_model_definitions(
        self, *, owner: str | None = None, all: bool = False, views: bool = False, limit: int | None = None, skip: int = 0
    ) -> list[TableInfo]:
        """See Discovery."""
        rows = self.execute(_TABLES, [None if all else owner or self.schema, views, limit, skip])
        return [
            TableInfo("view" if row["table_type"] == "VIEW" else "table", row["table_name"], row["table_schema"]) for row in rows
        ]

    def discover_model_properties(self, table: str, *, owner: str | None = None) -> list[ColumnInfo]:
        """See Discovery."""
        return [_column(row) for row in self._of(_COLUMNS, table, owner)]

    def discover_primary_keys(self, table: str, *, owner: str | None = None) -> list[KeyInfo]:
        """See Discovery."""
        return [KeyInfo(*row.values()) for row in self._of(_PRIMARY, table, owner)]

    def discover_foreign_keys(self, table: str, *, owner: str | None = None) -> list[ForeignKeyInfo]:
        """See Discovery."""
        return [ForeignKeyInfo(*row.values()) for row in self._of(_REFERRING, table, owner)]

    def discover_exported_foreign_keys(self, table: str, *, owner: str | None = None) -> list[ForeignKeyInfo]:
        """See Discovery."""
        return [ForeignKeyInfo(*row.values()) for row in self._of(_REFERRED, table, owner)]

    def _of(self, query: str, table: str, owner: str | None) -> Sequence[Mapping[str, Any]]:
        return self.execute(query, [table, owner or self.schema])


def _column(row: Mapping[str, Any]) -> ColumnInfo:
    data_type = f"{row['udt_name'].removeprefix('_')}[]" if row["data_type"] == "ARRAY" else row["data_type"]
    return ColumnInfo(
        owner=row["table_schema"],
        table=row["table_name"],
        name=row["column_name"],
        type=_TYPES.get(data_type, "String"),
        data_type=data_type,
        length=row["length"],
        precision=None if data_type in ("smallint", "integer", "bigint") else row["precision"],
        scale=row["scale"],
        nullable=row["nullable"],
        generated=bool(row["generated"]),
    )
