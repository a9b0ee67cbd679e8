"""Rows as documents of MongoDB and back, kind by kind. Keys that MongoDB could take for operators or paths never get in."""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from bson import DBRef, Decimal128, Int64, ObjectId, Regex, Timestamp
from bson.code import Code
from bson.datetime_ms import DatetimeMS

from ...errors import Invalid, Problem
from ...geo import GeoPoint
from ...model.definition import EMPTY, ModelDefinition, Property
from ...model.javascript import Unreadable
from ...model.kinds import Buffer, DecimalNumber, Geo, Kind, ListOf, Nested
from ...query.grammar import end_of
from ...types import Row
from .ids import ObjectIdKind, looks_like_id

INT64: Final = range(-(2**63), 2**63)
EXACT: Final = 2**53
KEY: Final = "_id"
LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NAME_KEYS: Final = ("fieldName", "field", "columnName", "column")


class BadValue(Exception):
    """A value that MongoDB does not take; the text is read after the name of its property."""


# -- writing -----------------------------------------------------------------


def check_key(key: str) -> None:
    """Refuse a key that MongoDB could take for an operator or a path, or that is no text in UTF-8. Raises BadValue."""
    if key.startswith("$") or "." in key or "\0" in key or LONE_SURROGATE.search(key):
        raise BadValue(f"has a key that cannot be stored: {key[:100]!r}")


def to_bson(value: Any, kind: Kind | None = None, *, geo_json: bool = False) -> Any:
    """A value of a row as MongoDB stores it.

    Args:
        value: of the row. kind: of the property, None for data that no kind describes. geo_json: points are written as GeoJSON.

    Raises:
        BadValue: it cannot be stored.
    """
    if isinstance(value, Mapping):
        fields: Mapping[str, Kind] = kind.fields if isinstance(kind, Nested) else {}
        return {_checked(key): to_bson(one, fields.get(key), geo_json=geo_json) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        item = kind.item if isinstance(kind, ListOf) else None
        return [to_bson(one, item, geo_json=geo_json) for one in value]
    if isinstance(kind, ObjectIdKind) and looks_like_id(value):
        return ObjectId(value)
    if isinstance(value, GeoPoint):
        return _point(value, geo_json=geo_json and isinstance(kind, Geo))
    return _scalar(value)


def _checked(key: str) -> str:
    check_key(key)
    return key


def _point(point: GeoPoint, *, geo_json: bool) -> dict[str, Any]:
    if geo_json:
        return {"type": "Point", "coordinates": [float(point.lng), float(point.lat)]}
    return {"lat": point.lat, "lng": point.lng}


def _scalar(value: Any) -> Any:
    match value:
        case Enum():
            return _scalar(value.value)
        case bool():
            return value
        case int() if value not in INT64:
            return float(value)
        case Decimal():
            return decimal128(value)
        case UUID():
            return str(value)
    return value


def decimal128(value: Any) -> Any:
    """A value with its numbers, also those written as text, as decimals of 34 digits at every depth. Raises BadValue."""
    if isinstance(value, Mapping):
        return {_checked(key): decimal128(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [decimal128(one) for one in value]
    if value is None or isinstance(value, bool):
        return value
    try:
        return Decimal128(str(value))
    except (decimal.DecimalException, ValueError):
        raise BadValue("is not a valid decimal") from None


# -- reading -----------------------------------------------------------------


def from_bson(value: Any, kind: Kind | None = None) -> Any:
    """A stored value as rows have it.

    Args:
        value: as the driver gives it. kind: of the property, None for data that no kind describes.
    """
    if isinstance(value, dict):
        return _object(value, kind)
    if isinstance(value, list):
        item = kind.item if isinstance(kind, ListOf) else None
        return [from_bson(one, item) for one in value]
    if isinstance(value, str) and isinstance(kind, Buffer):
        return value.encode()
    if isinstance(value, Decimal128) and isinstance(kind, DecimalNumber):
        return value.to_decimal()
    reader = _READERS.get(type(value))
    return value if reader is None else reader(value)


def _object(value: dict[str, Any], kind: Kind | None) -> Any:
    if isinstance(kind, Geo):
        return _read_point(value)
    fields: Mapping[str, Kind] = kind.fields if isinstance(kind, Nested) else {}
    return {key: from_bson(one, fields.get(key)) for key, one in value.items()}


def _read_point(value: dict[str, Any]) -> GeoPoint | None:
    pair = value.get("coordinates")
    told = {"lat": pair[1], "lng": pair[0]} if isinstance(pair, list) and len(pair) == 2 else value
    try:
        return GeoPoint.read(told)
    except ValueError:
        return None


def _tidy(number: float) -> float:
    return int(number) if number.is_integer() and abs(number) <= EXACT else number


def _far_date(value: DatetimeMS) -> int:
    return int(value)


_READERS: Final[Mapping[type, Callable[[Any], Any]]] = MappingProxyType(
    {
        float: _tidy,
        Int64: int,
        ObjectId: str,
        Decimal128: str,
        UUID: str,
        DatetimeMS: _far_date,
        DBRef: lambda value: from_bson(dict(value.as_doc())),
        Regex: lambda value: value.pattern,
        Timestamp: lambda value: value.as_datetime(),
        Code: str,
    }
)


# -- whole rows --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stored:
    """A declared property as it is stored: name of its field, and whether its numbers are decimals there."""

    property: Property
    field: str
    decimal: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """How the rows of one model are stored, prepared when the model is bound.

    definition: the model. strict: text of 24 digits stays text where nothing says that it is an ObjectID. geo_json: points are
    stored as GeoJSON. stored: by name of property. names: name of property by field. id: name of the id property.
    """

    definition: ModelDefinition
    strict: bool = False
    geo_json: bool = False
    stored: Mapping[str, Stored] = field(init=False, repr=False)
    names: Mapping[str, str] = field(init=False, repr=False)
    id: str = field(init=False)

    def __post_init__(self) -> None:
        key = self.definition.id
        object.__setattr__(self, "id", key.name if key else KEY)
        stored = {name: self._stored(one) for name, one in self.definition.properties.items()}
        object.__setattr__(self, "stored", MappingProxyType(stored))
        object.__setattr__(self, "names", MappingProxyType({one.field: name for name, one in stored.items()}))

    def _stored(self, one: Property) -> Stored:
        told = one.stores.get("mongodb", {})
        named = next((told[key] for key in _NAME_KEYS if told.get(key)), None)
        name = KEY if one.name == self.id else str(named or one.extra.get("columnName") or one.extra.get("column") or one.name)
        return Stored(one, name, str(told.get("dataType", "")).lower() == "decimal128")

    def field(self, name: str) -> str:
        """The field that a property is stored in. Raises Invalid for undeclared names that are not stored under themselves."""
        one = self.stored.get(name)
        if one is not None:
            return one.field
        if name == KEY or name in self.names:
            raise self.invalid(name, "is the field of another property")
        return name

    def of_items(self) -> Shape:
        """The same for the items of a list, whose properties have the names that they have in rows."""
        return replace(self, definition=replace(self.definition, properties=EMPTY, id=None))

    def key(self, id: Any) -> Any:
        """An id as it is stored (source: datasources.md 7.2)."""
        kind = self.definition.id.kind if self.definition.id else None
        if looks_like_id(id) and (isinstance(kind, ObjectIdKind) or not self.strict):
            return ObjectId(id)
        return self.value(self.id, id)

    def value(self, name: str, value: Any) -> Any:
        """The value of a property as it is stored. Raises Invalid."""
        one = self.stored.get(name)
        return self._written(name, value, one.property.kind if one else None, one)

    def _written(self, name: str, value: Any, kind: Kind | None, one: Stored | None) -> Any:
        try:
            return decimal128(value) if one is not None and one.decimal else to_bson(value, kind, geo_json=self.geo_json)
        except BadValue as error:
            raise self.invalid(name, str(error), value) from None

    def invalid(self, name: str, text: str, value: Any = None) -> Invalid:
        """What is said of a value that cannot be stored."""
        return Invalid(self.definition.name, [Problem(name, "type", text, value)])

    def document(self, row: Row) -> dict[str, Any]:
        """A row as a whole document. Raises Invalid."""
        found = self.changes(row)
        return {KEY: self.key(row[self.id]), **found} if row.get(self.id) is not None else found

    def changes(self, row: Row, *, paths: bool = False) -> dict[str, Any]:
        """The fields of a row without its id.

        Args:
            row: properties and their values. paths: a dotted name means what is inside a property.

        Raises:
            Invalid: a name or value that cannot be stored.
        """
        inner = [name for name in row if paths and "." in name and name not in self.stored]
        for name in row.keys() - self.stored.keys() - set(inner):
            self._check_name(name)
        whole = {self.field(name): self.value(name, value) for name, value in row.items() if name != self.id and name not in inner}
        return {**whole, **dict(self._inside(name, row[name]) for name in inner)}

    def _inside(self, path: str, value: Any) -> tuple[str, Any]:
        """Field and value of what is set inside a property; a declared kind there reads the value."""
        head, *rest = path.split(".")
        if head == self.id or not all(rest):
            raise self.invalid(path, "is no path into a property")
        for key in (head, *rest):
            self._check_name(key)
        one = self.stored.get(head)
        kind, many = end_of(one.property.kind, rest) if one else (None, False)
        read = value if kind is None or many else self._read(path, kind, value)
        return ".".join([self.field(head), *rest]), self._written(path, read, kind, one)

    def _read(self, path: str, kind: Kind, value: Any) -> Any:
        try:
            return kind.read(value)
        except Unreadable as error:
            raise self.invalid(path, error.message, value) from None

    def _check_name(self, name: str) -> None:
        try:
            check_key(name)
        except BadValue as error:
            raise self.invalid(name, str(error)) from None

    def row(self, document: Mapping[str, Any]) -> Row:
        """A document as a row, declared properties first."""
        found = {name: from_bson(document[one.field], one.property.kind) for name, one in self.stored.items() if one.field in document}
        if len(found) < len(document):
            found |= {name: from_bson(one) for name, one in document.items() if name not in self.names and name != KEY}
        return found
