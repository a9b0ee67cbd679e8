"""Making tables as LoopBack makes them, and finding what a table lacks. Runs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ...errors import DefinitionError
from ..sql.ddl import Schema
from ..sql.fragment import Fragment, sql
from ..sql.table import Column, column_settings

_TYPE: Final = re.compile(r"[A-Z][A-Z0-9_ ]*( ?\(\d+(, ?\d+)?\)[A-Z ]*)?(\[\])*", re.IGNORECASE)
_FUNCTION: Final = re.compile(r"\w+(\.\w+)?(\(\))?")
_SERIAL: Final[Mapping[str, str]] = {"INTEGER": "SERIAL", "BIGINT": "BIGSERIAL", "SMALLINT": "SMALLSERIAL"}
_LONG_NAMES: Final[Mapping[str, str]] = {
    "CHARACTER VARYING": "VARCHAR",
    "INT": "INTEGER",
    "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMP": "TIMESTAMP WITHOUT TIME ZONE",
}


class PostgresSchema(Schema):
    """See Schema (source: datasources.md 6.2 to 6.5)."""

    def create(self) -> list[Fragment]:
        """The table and its indexes, and the schema that they are in."""
        schema = self._table.schema
        made = [sql("CREATE SCHEMA IF NOT EXISTS {}", self._dialect.name(schema))] if schema != "public" else []
        return [*made, *super().create()]

    def drop(self) -> Fragment:
        """See Schema; what refers to the table loses its foreign key."""
        return sql("{} CASCADE", super().drop())

    # -- columns

    def _type(self, column: Column) -> str:
        """The type with all that follows it: key, default, whether it takes null."""
        return " ".join([self.bare_type(column), *self._constraints(column)])

    def bare_type(self, column: Column) -> str:
        """The type alone."""
        settings = column_settings(column, self._dialect)
        written = _sized(settings, column) if settings.get("dataType") else column.storage.type
        if not _TYPE.fullmatch(written):
            raise DefinitionError(f"{self._table.definition.name}.{column.property.name}: {written!r} is no column type")
        return _SERIAL.get(written, written) if self._is_key(column) else written

    def _constraints(self, column: Column) -> list[str]:
        settings = column_settings(column, self._dialect)
        default = settings.get("dbDefault")
        if self._is_key(column) and self.bare_type(column) == "UUID":
            default = default or _uuid_function(settings)
        parts = [f"DEFAULT {default}"] if default else []
        if self._is_key(column):
            return [*parts, "PRIMARY KEY"]
        return [*parts, "NOT NULL"] if self.is_required(column) else parts

    def is_required(self, column: Column) -> bool:
        """Whether the column takes no null."""
        return column.property.required or column in self._table.keys


def _sized(settings: Mapping[str, Any], column: Column) -> str:
    """A type that the model names, with its sizes, spelled out (source: datasources.md 6.2)."""
    name = str(settings["dataType"]).upper()
    name = _LONG_NAMES.get(name, name)
    length = settings.get("dataLength") or column.property.extra.get("length") or column.property.extra.get("limit")
    sizes = [str(one) for one in (settings.get("dataPrecision"), settings.get("dataScale")) if one is not None]
    if name.startswith("TIME") and sizes:
        kind, _, rest = name.partition(" ")
        return f"{kind} ({sizes[0]}) {rest}" if int(sizes[0]) < 6 else name
    if sizes and name in ("NUMERIC", "DECIMAL"):
        return f"{name}({', '.join(sizes)})"
    return f"{name}({length})" if length and name in ("VARCHAR", "CHAR", "CHARACTER", "BIT", "VARBIT") else name


def _uuid_function(settings: Mapping[str, Any]) -> str:
    """What makes ids: PostgreSQL's own function, unless the model names one of an extension."""
    named = settings.get("defaultFn") if settings.get("extension") else None
    if not named:
        return "gen_random_uuid()"
    if not _FUNCTION.fullmatch(str(named)):
        raise DefinitionError(f"{named!r} is no name of a function")
    return f"{str(named).removesuffix('()')}()"
