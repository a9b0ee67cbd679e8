"""Definitions of models from the tables that a store has. Knows no store's own catalogue and writes no file."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from ..errors import OperatorError
from ..types import Json

NameMapper: TypeAlias = Callable[[Literal["table", "model", "column", "fk"], str], str]
"""What an object of the database is called in the model: its sort and its name -> the name."""

_PARTS: Final = re.compile(r"[^_-]+")


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A table or view. type: "table" or "view". owner: the schema that it is in."""

    type: Literal["table", "view"]
    name: str
    owner: str


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A column. type: LoopBack's type. data_type: the database's. generated: the database makes its values."""

    owner: str
    table: str
    name: str
    type: str
    data_type: str
    length: int | None
    precision: int | None
    scale: int | None
    nullable: bool
    generated: bool = False


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A column of a primary key. position: from 1 on."""

    owner: str
    table: str
    column: str
    position: int
    name: str


@dataclass(frozen=True, slots=True)
class ForeignKeyInfo:
    """A column of a foreign key, and the column that it refers to."""

    name: str
    owner: str
    table: str
    column: str
    position: int
    to_owner: str
    to_table: str
    to_column: str


class Discovery(ABC):
    """The store can say which tables it has (source: datasources.md 6.7)."""

    connector_key: str
    """The name under which models and properties keep what they say for this store."""

    @abstractmethod
    def discover_model_definitions(
        self, *, owner: str | None = None, all: bool = False, views: bool = False, limit: int | None = None, skip: int = 0
    ) -> list[TableInfo]:
        """The tables of one schema (default: that of the data source) or of all; with `views` views too."""

    @abstractmethod
    def discover_model_properties(self, table: str, *, owner: str | None = None) -> list[ColumnInfo]:
        """The columns of a table or view in their order; none if there is no such table."""

    @abstractmethod
    def discover_primary_keys(self, table: str, *, owner: str | None = None) -> list[KeyInfo]:
        """The columns of its primary key."""

    @abstractmethod
    def discover_foreign_keys(self, table: str, *, owner: str | None = None) -> list[ForeignKeyInfo]:
        """What it refers to."""

    @abstractmethod
    def discover_exported_foreign_keys(self, table: str, *, owner: str | None = None) -> list[ForeignKeyInfo]:
        """What refers to it."""


def default_name(sort: Literal["table", "model", "column", "fk"], name: str) -> str:
    """LoopBack's names: "order_item" is OrderItem as a model and orderItem as a column (source: datasources.md 13.1)."""
    pascal = "".join(part[0].upper() + part[1:].lower() for part in _PARTS.findall(name))
    return pascal if sort in ("table", "model") else pascal[:1].lower() + pascal[1:]


def kept_name(sort: Literal["table", "model", "column", "fk"], name: str) -> str:
    """The name as the database has it."""
    return name


@dataclass(slots=True)
class Schemas:
    """The definitions found so far; the same object in several calls visits each table once.

    Args:
        store: who knows the tables.
        relations: whether foreign keys are followed, and become relations.
        mapper: what things are called in the models.
        visited: definition by "OWNER.TABLE".
    """

    store: Discovery
    relations: bool = False
    mapper: NameMapper = default_name
    visited: dict[str, dict[str, Json]] = field(default_factory=dict)

    def discover(self, table: str, owner: str | None = None) -> dict[str, dict[str, Json]]:
        """The definition of a table, and with `relations` those of the tables that it refers to (source: datasources.md 13.1).

        Returns:
            definition JSON by "OWNER.TABLE", in the order in which they were visited.

        Raises:
            OperatorError: there is no such table.
        """
        columns = self.store.discover_model_properties(table, owner=owner)
        if not columns:
            raise OperatorError(f"Table '{table}' does not exist.")
        place = f"{columns[0].owner}.{table}"
        if place not in self.visited:
            self.visited[place] = self._definition(table, columns)
            self._follow(table, columns[0].owner, self.visited[place])
        return self.visited

    def _definition(self, table: str, columns: Sequence[ColumnInfo]) -> dict[str, Json]:
        keys = {key.column: key.position for key in self.store.discover_primary_keys(table, owner=columns[0].owner)}
        block = {"schema": columns[0].owner, "table": table}
        return {
            "name": self.mapper("table", table),
            "options": {"idInjection": False, self.store.connector_key: block},
            "properties": {self.mapper("column", one.name): self._property(one, keys) for one in columns},
        }

    def _property(self, column: ColumnInfo, keys: Mapping[str, int]) -> dict[str, Json]:
        sizes = {"length": column.length, "precision": column.precision, "scale": column.scale}
        made: dict[str, Json] = {"type": column.type, "required": not column.nullable and not column.generated, **sizes}
        if column.name in keys:
            made["id"] = keys[column.name]
        if column.generated and column.name in keys:
            made["generated"] = True
        made[self.store.connector_key] = {
            "columnName": column.name,
            "dataType": column.data_type,
            "dataLength": column.length,
            "dataPrecision": column.precision,
            "dataScale": column.scale,
            "nullable": "YES" if column.nullable else "NO",
        }
        return made

    def _follow(self, table: str, owner: str, definition: dict[str, Json]) -> None:
        if not self.relations:
            return
        relations = definition["options"]["relations"] = {}
        for key in _single(self.store.discover_foreign_keys(table, owner=owner)):
            relations[self.mapper("fk", f"{key.name}Rel")] = {
                "model": self.mapper("table", key.to_table),
                "type": "belongsTo",
                "foreignKey": self.mapper("column", key.column),
            }
            self.discover(key.to_table, key.to_owner)


def _single(keys: Sequence[ForeignKeyInfo]) -> list[ForeignKeyInfo]:
    """Foreign keys of one column: a relation has no more."""
    compound = {key.name for key in keys if key.position > 1}
    return [key for key in keys if key.name not in compound]


def discover_schema(
    store: Discovery, table: str, *, owner: str | None = None, mapper: NameMapper = default_name
) -> dict[str, Json]:
    """The definition of one table. Raises OperatorError if there is none."""
    return next(iter(Schemas(store, mapper=mapper).discover(table, owner).values()))
