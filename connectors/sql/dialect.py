"""What one SQL database says in its own way: names, column types, JSON, patterns, its catalogue. Builds no whole statement."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from ...errors import DefinitionError
from ...geo import GeoPoint
from ...model.definition import ModelDefinition, Property
from ...model.kinds import Kind
from ...types import Json
from .fragment import MARK, NULL, Fragment, params, sql

Convert = Callable[[Any], Any]


def unchanged(value: Any) -> Any:
    """The value itself."""
    return value


@dataclass(frozen=True, slots=True)
class Storage:
    """How values of one kind lie in a column.

    type: the column type of new tables. write: a row's value to a parameter; raises ValueError for one that does not fit.
    operand: a condition's value to a parameter, never raises. read: a column's value to a row's, None: as it is.
    json: the column holds JSON, whose parts conditions can reach; document: what makes JSON of the column.
    """

    type: str
    write: Convert = unchanged
    operand: Convert = unchanged
    read: Convert | None = None
    json: bool = False
    document: LiteralString = "{0}"


@dataclass(frozen=True, slots=True)
class Elements:
    """The values at a path inside JSON, lists on the way and at the end opened up; a missing one is a single null.

    source: what to select from. absent: the condition that one of them is null. texts, numbers, booleans: it, if it is of
    that type, else NULL. text: it as text, whichever of these it is.
    """

    source: Fragment
    absent: Fragment
    texts: Fragment
    numbers: Fragment
    booleans: Fragment
    text: Fragment


class Dialect(ABC):
    """One database's own SQL.

    Attributes:
        blocks: the names under which models and properties keep settings for it ("sqlite").
        max_params: how many parameters one statement may have.
        schema: where tables are that name none; "": the database decides.
        new_key: what to insert where the database makes the id.
        absent: what to insert where a row has no value.
        id_sort: the setting `defaultIdSort` of the data source: whether rows come by id where nobody asks for an order.
    """

    blocks: tuple[str, ...]
    max_params: int
    schema: str = ""
    new_key: Fragment = NULL
    absent: Fragment = NULL
    id_sort: Json = True

    def name(self, name: str) -> Fragment:
        """A table's or column's name, quoted."""
        if MARK in name:
            raise DefinitionError(f"{name!r} cannot be the name of a table or column")
        return Fragment('"' + name.replace('"', '""') + '"')

    def default_name(self, name: str) -> str:
        """The name of the table or column for a model or property that names none."""
        return name

    def schema_of(self, settings: Mapping[str, Json]) -> str:
        """Where the table of a model with these settings is, "" where the database decides."""
        return str(settings.get("schema") or settings.get("schemaName") or self.schema)

    def fold(self, name: str) -> str:
        """The name as the database compares names."""
        return name

    def among(self, value: Fragment, operands: Sequence[Any]) -> Fragment:
        """The condition that a value is one of the operands, of which there is at least one."""
        return sql("{} IN ({})" if len(operands) > 1 else "{} = {}", value, params(operands))

    @abstractmethod
    def storage(self, kind: Kind) -> Storage:
        """How values of a kind are stored."""

    def key_storage(self, kind: Kind) -> Storage:
        """How values of a kind are stored as an id."""
        return self.storage(kind)

    def column_storage(self, property: Property, definition: ModelDefinition) -> Storage:
        """How values of a property are stored."""
        return self.key_storage(property.kind) if property.id else self.storage(property.kind)

    @abstractmethod
    def key_type(self, kind: Kind) -> str:
        """The type of a single id column, with all that makes it the primary key."""

    @abstractmethod
    def column_text(self, column: Fragment, kind: Kind) -> Fragment:
        """A plain column as text, for patterns; NULL where its kind has none."""

    def sortable(self, column: Fragment, kind: Kind) -> Fragment:
        """A plain column as rows are sorted and compared by it: text by code point."""
        return column

    @abstractmethod
    def elements(self, column: Fragment, keys: Sequence[str]) -> Elements:
        """What a JSON column holds at a path; a key of digits addresses an index of a list."""

    @abstractmethod
    def member(self, column: Fragment, keys: Sequence[str]) -> Fragment:
        """What a JSON column holds at a path of plain objects, as a value to sort by; numbers stay numbers."""

    def coordinate(self, column: Fragment, keys: Sequence[str]) -> Fragment:
        """The number that a JSON column holds at a path of plain objects."""
        return self.member(column, keys)

    @abstractmethod
    def number(self, text: Fragment) -> Fragment:
        """The number that text shows, as JavaScript reads it; NULL if it shows none."""

    @abstractmethod
    def like(self, text: Fragment, pattern: str, *, ignore_case: bool) -> Fragment:
        """The condition that text fits a pattern of % and _ as a whole; a backslash takes the next letter as it is."""

    @abstractmethod
    def matches(self, text: Fragment, pattern: str, flags: str) -> Fragment:
        """The condition that text matches a regular expression somewhere. Raises BadRequest if it cannot be used."""

    @abstractmethod
    def distance(self, lat: Fragment, lng: Fragment, point: GeoPoint) -> Fragment:
        """Kilometres between a position and a point; NULL without a position."""

    @abstractmethod
    def page(self, limit: int | None, skip: int) -> Fragment:
        """The clause that cuts a page out of the rows, with a leading space; empty if there is nothing to cut."""

    @abstractmethod
    def columns(self, table: str) -> Fragment:
        """A query for the names of a table's columns, one a row; no rows if there is no such table."""

    @abstractmethod
    def indexes(self, table: str) -> Fragment:
        """A query for a table's indexes: rows of (index, unique, column, descending), columns of one index in their order."""
