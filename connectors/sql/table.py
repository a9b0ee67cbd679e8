"""A model's table, prepared once: names, columns, and how each value goes in and comes out. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...errors import DefinitionError, Invalid, Problem
from ...model.definition import ModelDefinition, Property
from ...types import Row
from .dialect import Convert, Dialect, Storage
from .fragment import Fragment, sql


@dataclass(frozen=True, slots=True)
class Column:
    """One column. sql: its quoted name. qualified: the same with the table's name before it. document: it as JSON."""

    property: Property
    name: str
    sql: Fragment
    qualified: Fragment
    document: Fragment
    storage: Storage

    def qualified_by(self, table: Fragment) -> Column:
        """The same column with another name of its table before it."""
        qualified = sql("{}.{}", table, self.sql)
        return replace(self, qualified=qualified, document=sql(self.storage.document, qualified))


@dataclass(frozen=True, slots=True)
class Table:
    """One model's table.

    schema: where it is, "" where the database decides. sql: both names, quoted. columns: by property name, in order of
    declaration. keys: the columns of the id.
    """

    definition: ModelDefinition
    schema: str
    name: str
    sql: Fragment
    columns: Mapping[str, Column]
    keys: tuple[Column, ...]

    def named(self, alias: Fragment) -> Table:
        """The same table under another name, for a query inside a query."""
        columns = {name: one.qualified_by(alias) for name, one in self.columns.items()}
        keys = tuple(columns[one.property.name] for one in self.keys)
        return replace(self, sql=sql("{} AS {}", self.sql, alias), columns=columns, keys=keys)

    @property
    def key(self) -> Column:
        """The column of the id. Raises DefinitionError for a model with none or with several."""
        if len(self.keys) != 1:
            raise DefinitionError(f"{self.definition.name} has {len(self.keys) or 'no'} id properties; this needs exactly one")
        return self.keys[0]

    def parameters(self, row: Row, columns: Iterable[Column]) -> tuple[Any, ...]:
        """The values of a row for these columns, ready to bind; None for those that it lacks.

        Raises:
            Invalid: a value does not fit its column.
        """
        return tuple([self._parameter(column, row.get(column.property.name)) for column in columns])

    def column_parameters(self, rows: Sequence[Row], column: Column) -> list[Any]:
        """The values of many rows for one column; else as of `parameters`."""
        name, write = column.property.name, column.storage.write
        values = [row.get(name) for row in rows]
        try:
            return [None if value is None else write(value) for value in values]
        except ValueError:
            return [self._parameter(column, value) for value in values]  # one of them tells

    def _parameter(self, column: Column, value: Any) -> Any:
        if value is None:
            return None
        try:
            return column.storage.write(value)
        except ValueError as error:
            problem = Problem(column.property.name, "type", str(error), value)
            raise Invalid(self.definition.name, [problem]) from error


@dataclass(frozen=True, slots=True)
class Projection:
    """Some columns of a table as rows. sql: their names for a SELECT. readers: what to do to the values of which property."""

    sql: Fragment
    names: tuple[str, ...]
    readers: tuple[tuple[str, Convert], ...]

    def rows(self, answers: Sequence[Sequence[Any]]) -> list[Row]:
        """Rows of plain values from the rows of the database."""
        rows = [dict(zip(self.names, one, strict=False)) for one in answers]
        for name, read in self.readers:
            for row in rows:
                if row[name] is not None:
                    row[name] = read(row[name])
        return rows


def projection(columns: Sequence[Column]) -> Projection:
    """The rows made of these columns; rows without any are empty, yet they are rows."""
    return Projection(
        sql=Fragment(", ".join(column.sql.text for column in columns) or "NULL"),
        names=tuple(column.property.name for column in columns),
        readers=tuple((column.property.name, column.storage.read) for column in columns if column.storage.read is not None),
    )


def table_of(definition: ModelDefinition, dialect: Dialect) -> Table:
    """The table of a model: its name and its columns' names from the settings for this database, else the model's own.

    Raises:
        DefinitionError: two properties share a column, or there is nothing to store.
    """
    settings = _block(definition.settings, dialect)
    name = str(settings.get("table") or settings.get("tableName") or dialect.default_name(definition.name))
    schema = dialect.schema_of(settings)
    table = sql("{}.{}", dialect.name(schema), dialect.name(name)) if schema else dialect.name(name)
    columns = {one.name: _column(one, table, definition, dialect) for one in definition.properties.values()}
    _check(definition, columns.values(), dialect)
    keys = sorted((column for column in columns.values() if column.property.id), key=lambda column: column.property.id)
    return Table(definition, schema, name, table, columns, tuple(keys))


def usual_order(table: Table, dialect: Dialect) -> tuple[Column, ...]:
    """The columns that rows come by where nobody asks for an order: the id, unless `defaultIdSort` of model or source says otherwise.

    Source: datasources.md 6.1; false never, "numericIdOnly" only for numbers.
    """
    definition = table.definition
    wanted = _block(definition.settings, dialect).get("defaultIdSort", definition.setting("defaultIdSort", dialect.id_sort))
    numbers = all(column.property.kind.name == "number" for column in table.keys)
    return () if wanted is False or (wanted == "numericIdOnly" and not numbers) else table.keys


def _column(property: Property, table: Fragment, definition: ModelDefinition, dialect: Dialect) -> Column:
    settings = _block(property.stores, dialect)
    written = (settings.get(key) for key in ("column", "columnName", "field", "fieldName"))
    name = str(next(filter(None, written), dialect.default_name(property.name)))
    quoted = dialect.name(name)
    qualified, storage = sql("{}.{}", table, quoted), dialect.column_storage(property, definition)
    return Column(property, name, quoted, qualified, sql(storage.document, qualified), storage)


def column_settings(column: Column, dialect: Dialect) -> Mapping[str, Any]:
    """What the property says for this database."""
    return _block(column.property.stores, dialect)


def _block(settings: Mapping[str, Any], dialect: Dialect) -> Mapping[str, Any]:
    blocks = (settings.get(name) for name in dialect.blocks)
    return next((block for block in blocks if isinstance(block, Mapping)), {})


def _check(definition: ModelDefinition, columns: Iterable[Column], dialect: Dialect) -> None:
    seen: dict[str, str] = {}
    for column in columns:
        other = seen.setdefault(dialect.fold(column.name), column.property.name)
        if other != column.property.name:
            raise DefinitionError(f"{definition.name}: {other} and {column.property.name} share the column {column.name}")
    if not seen:
        raise DefinitionError(f"{definition.name} declares no properties, so there is nothing to store in a table")
