"""Making tables as LoopBack makes them, and finding what a table lacks. Runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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


_SPELLED: Final[Mapping[str, str]] = {
    "VARCHAR": "CHARACTER VARYING",
    "CHAR": "CHARACTER",
    "DECIMAL": "NUMERIC",
    "SERIAL": "INTEGER",
    "BIGSERIAL": "BIGINT",
    "SMALLSERIAL": "SMALLINT",
    "FLOAT": "DOUBLE PRECISION",
    "BOOL": "BOOLEAN",
}
_ANY_OF: Final[Sequence[frozenset[str]]] = (
    frozenset({"TEXT", "CHARACTER VARYING", "CHARACTER", "UUID", "JSON", "JSONB", "BYTEA"}),
    frozenset({"DOUBLE PRECISION", "INTEGER", "BIGINT", "SMALLINT", "NUMERIC", "REAL"}),
    frozenset({"TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITHOUT TIME ZONE", "DATE"}),
)
"""Types that will do for each other where the model names none: what is there already stays."""

_WIDER: Final[Mapping[str, frozenset[str]]] = {
    "SMALLINT": frozenset({"INTEGER", "BIGINT", "NUMERIC", "REAL", "DOUBLE PRECISION", "TEXT"}),
    "INTEGER": frozenset({"BIGINT", "NUMERIC", "DOUBLE PRECISION", "TEXT"}),
    "BIGINT": frozenset({"NUMERIC", "TEXT"}),
    "REAL": frozenset({"DOUBLE PRECISION"}),
    "CHARACTER VARYING": frozenset({"TEXT"}),
    "UUID": frozenset({"TEXT", "CHARACTER VARYING"}),
    "JSON": frozenset({"TEXT"}),
    "JSONB": frozenset({"TEXT", "JSON"}),
}
"""Types that hold all that another one holds."""


@dataclass(frozen=True, slots=True)
class Present:
    """A column as it is in the database. type: as PostgreSQL writes it, sizes included. nulls: whether a row has null there."""

    name: str
    type: str
    required: bool
    nulls: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One statement of a migration, and whether data that are there may be lost by it."""

    statement: Fragment
    loses: bool = False


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

    # -- changes

    def changes(self, present: Sequence[Present], indexes: Iterable[Sequence[Any]]) -> list[Change]:
        """What would make an existing table as the model is (source: datasources.md 6.5).

        Args:
            present: its columns.
            indexes: its indexes, as `Dialect.indexes` answers.
        """
        lacking = [Change(one) for one in self.missing([column.name for column in present], indexes)]
        return [*self._altered(present), *lacking, *self._dropped(present)]

    def _altered(self, present: Sequence[Present]) -> Iterator[Change]:
        wanted = {column.name: column for column in self._table.columns.values() if column not in self._table.keys}
        for old in present:
            if old.name in wanted:
                yield from self._retyped(wanted[old.name], old)
                yield from self._nullable(wanted[old.name], old)

    def _retyped(self, column: Column, old: Present) -> Iterator[Change]:
        wanted, there = _spelled(self.bare_type(column)), _spelled(old.type)
        named = bool(column_settings(column, self._dialect).get("dataType"))
        if wanted == there or (not named and _alike(_base(wanted), _base(there))):
            return
        target = Fragment(wanted)
        change = sql("ALTER TABLE {} ALTER COLUMN {} TYPE {} USING {}::{}", self._table.sql, column.sql, target, column.sql, target)
        yield Change(change, loses=not _holds(wanted, there))

    def _nullable(self, column: Column, old: Present) -> Iterator[Change]:
        if self.is_required(column) and not old.required and not old.nulls:
            yield Change(sql("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL", self._table.sql, column.sql))
        if old.required and not self.is_required(column):
            yield Change(sql("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL", self._table.sql, column.sql))

    def _dropped(self, present: Sequence[Present]) -> Iterator[Change]:
        known = {column.name for column in self._table.columns.values()}
        for old in present:
            if old.name not in known:
                yield Change(sql("ALTER TABLE {} DROP COLUMN {}", self._table.sql, self._dialect.name(old.name)), loses=True)

    def _addable(self, column: Column) -> Column:
        """A column that rows which are there can get: it takes null until they have values."""
        added = super()._addable(column)
        return replace(added, property=replace(added.property, required=False))

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


def _spelled(written: str) -> str:
    """A type as PostgreSQL writes it, in upper case and without blanks before sizes."""
    name, paren, sizes = written.upper().partition("(")
    sizes, _, rest = sizes.partition(")")
    name = _SPELLED.get(name.strip(), name.strip())
    return f"{name}{paren}{sizes.replace(' ', '')}{')' if paren else ''}{rest}"


def _base(spelled: str) -> str:
    return re.sub(r"\(.*?\)", "", spelled)


def _alike(one: str, other: str) -> bool:
    return one == other or any({one, other} <= alike for alike in _ANY_OF)


def _holds(wanted: str, there: str) -> bool:
    """Whether the one type holds all that the other does; sizes only grow."""
    if _base(wanted) != _base(there):
        return "(" not in wanted and _base(wanted) in _WIDER.get(_base(there), frozenset())
    if "(" not in wanted:
        return True
    old, new = ([int(size) for size in re.findall(r"\d+", one)] for one in (there, wanted))
    return len(old) == len(new) and new[0] - sum(new[1:]) >= old[0] - sum(old[1:]) and new[1:] >= old[1:]


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
