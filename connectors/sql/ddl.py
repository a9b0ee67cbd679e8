"""Making tables and indexes, and finding what a table lacks. Runs nothing, and never drops a column or narrows one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from ...errors import DefinitionError
from ...types import Json
from .dialect import Dialect
from .fragment import EMPTY, Fragment, join, sql
from .table import Column, Table, column_settings

_TYPE: Final = re.compile(r"[A-Za-z][A-Za-z0-9 ]*(\(\d+(, ?\d+)?\))?(\[\])*")


@dataclass(frozen=True, slots=True)
class Index:
    """An index. parts: column names as the database compares them, each with whether it descends."""

    name: str
    unique: bool
    parts: tuple[tuple[str, bool], ...]

    def same_as(self, other: Index) -> bool:
        """Whether both do the same, whatever they are called."""
        return (self.unique, self.parts) == (other.unique, other.parts)


class Schema:
    """The statements that make one table and bring it up to date.

    Raises:
        DefinitionError: an index names a property that the model does not declare, or a type is none.
    """

    def __init__(self, table: Table, dialect: Dialect) -> None:
        self._table = table
        self._dialect = dialect

    def create(self) -> list[Fragment]:
        """The table and its indexes."""
        parts = [self._column(column) for column in self._table.columns.values()]
        if len(self._table.keys) > 1:
            parts.append(sql("PRIMARY KEY ({})", join(", ", [column.sql for column in self._table.keys])))
        table = sql("CREATE TABLE {} ({})", self._table.sql, join(", ", parts))
        return [table, *(self._create_index(index) for index in self.indexes())]

    def drop(self) -> Fragment:
        """Away with the table and all that is in it."""
        return sql("DROP TABLE IF EXISTS {}", self._table.sql)

    def missing(self, columns: Iterable[str], rows: Iterable[Sequence[Any]]) -> list[Fragment]:
        """What an existing table lacks.

        Args:
            columns: names of the columns that it has.
            rows: its indexes, as `Dialect.indexes` answers.
        """
        present = {self._dialect.fold(name) for name in columns}
        absent = [column for column in self._table.columns.values() if self._dialect.fold(column.name) not in present]
        added = [sql("ALTER TABLE {} ADD COLUMN {}", self._table.sql, self._column(self._addable(column))) for column in absent]
        return [*added, *self._missing_indexes(list(self._read_indexes(rows)))]

    def _addable(self, column: Column) -> Column:
        if column in self._table.keys:
            raise DefinitionError(f"the table {self._table.name} has no column {column.name} for the id: add it by hand")
        return column

    # -- columns

    def _column(self, column: Column) -> Fragment:
        return sql("{} {}", column.sql, Fragment(self._type(column)))

    def _type(self, column: Column) -> str:
        settings = column_settings(column, self._dialect)
        if "dataType" in settings:
            return self._own_type(column, settings) + (" PRIMARY KEY NOT NULL" if self._is_key(column) else "")
        return self._dialect.key_type(column.property.kind) if self._is_key(column) else column.storage.type

    def _is_key(self, column: Column) -> bool:
        return self._table.keys == (column,)

    def _own_type(self, column: Column, settings: Mapping[str, Any]) -> str:
        sizes = [str(settings[key]) for key in ("dataLength", "dataPrecision", "dataScale") if settings.get(key) is not None]
        text = str(settings["dataType"]) + (f"({', '.join(sizes)})" if sizes else "")
        if not _TYPE.fullmatch(text):
            raise DefinitionError(f"{self._table.definition.name}.{column.property.name}: {text!r} is no column type")
        return text

    # -- indexes

    def indexes(self) -> list[Index]:
        """The indexes that the model asks for (source: models.md 1, datasources.md 6.3)."""
        return [*self._property_indexes(), *self._model_indexes()]

    def _property_indexes(self) -> Iterator[Index]:
        for column in self._table.columns.values():
            one = column.property
            if (one.index or one.unique) and not self._is_key(column):
                unique = one.unique or (isinstance(one.index, Mapping) and bool(one.index.get("unique")))
                yield Index(f"{self._table.name}_{column.name}_idx", unique, ((self._dialect.fold(column.name), False),))

    def _model_indexes(self) -> Iterator[Index]:
        listed = self._table.definition.setting("indexes") or {}
        for name, spec in listed.items():
            keys, unique = _read_index(spec)
            parts = tuple((self._index_column(name, key), descending) for key, descending in keys)
            yield Index(f"{self._table.name}_{name}", unique, parts)

    def _index_column(self, index: str, property: str) -> str:
        if property not in self._table.columns:
            raise DefinitionError(f"{self._table.definition.name}: the index {index} names {property}, which is not declared")
        return self._dialect.fold(self._table.columns[property].name)

    def _read_indexes(self, rows: Iterable[Sequence[Any]]) -> Iterator[Index]:
        for name, columns in groupby(rows, key=lambda row: row[0]):
            listed = list(columns)
            parts = tuple((self._dialect.fold(column or ""), bool(descending)) for _, _, column, descending in listed)
            yield Index(name, bool(listed[0][1]), parts)

    def _missing_indexes(self, present: Sequence[Index]) -> Iterator[Fragment]:
        taken = {index.name for index in present}
        for index in self.indexes():
            if any(index.same_as(other) for other in present):
                continue
            if index.name in taken:
                yield sql("DROP INDEX IF EXISTS {}", self._dialect.name(index.name))
            yield self._create_index(index)

    def _create_index(self, index: Index) -> Fragment:
        return sql(
            "CREATE {}INDEX {} ON {} ({})",
            Fragment("UNIQUE ") if index.unique else EMPTY,
            self._dialect.name(index.name),
            self._table.sql,
            join(", ", [self._index_part(*part) for part in index.parts]),
        )

    def _index_part(self, column: str, descending: bool) -> Fragment:
        return sql("{} DESC", self._dialect.name(column)) if descending else self._dialect.name(column)


def _read_index(spec: Json) -> tuple[list[tuple[str, bool]], bool]:
    """Keys, each with whether it descends, and uniqueness, from any of the forms that LoopBack takes."""
    if not isinstance(spec, Mapping) or not ({"keys", "columns"} & spec.keys()):
        return _read_keys(spec), False
    options = spec.get("options") or {}
    unique = bool(options.get("unique") or spec.get("unique") or str(spec.get("kind", "")).lower() == "unique")
    return _read_keys(spec.get("keys") or spec.get("columns")), unique


def _read_keys(keys: Json) -> list[tuple[str, bool]]:
    if isinstance(keys, Mapping):
        return [(name, str(direction).upper() in ("-1", "DESC")) for name, direction in keys.items()]
    words = [key.split() for key in (keys.split(",") if isinstance(keys, str) else keys)]
    return [(word[0], word[-1].upper() in ("DESC", "-1") and len(word) > 1) for word in words]
