"""How each kind of property lies in a PostgreSQL column, as LoopBack has it. Knows no table and no statement.

Numbers travel as text, so that the column they meet decides: an INTEGER column that LoopBack made refuses 12.5 instead of rounding it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final, LiteralString
from uuid import UUID

import orjson

from ...geo import GeoPoint
from ...model.javascript import EXACT, number_of
from ...model.kinds import Array, DecimalNumber, Integer, Kind, ListOf, Nested
from ..sql.dialect import Storage
from ..sql.values import clipped, fits, from_json, reviver, strict_kind, to_json

JSON_OF_TEXT: Final[LiteralString] = "CASE WHEN {0} IS JSON THEN {0}::jsonb ELSE to_jsonb({0}) END"
JSON_TYPES: Final = frozenset({"JSON", "JSONB"})
JSON_OF_ARRAY: Final[LiteralString] = "to_jsonb({0})"
JSON_OF_POINT: Final[LiteralString] = (
    "CASE WHEN {0} IS NOT NULL THEN jsonb_build_object('lat', ({0})[1], 'lng', ({0})[0]) END"
)
_NUL_IN_JSON: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_POINT: Final = re.compile(r"\(([^,]+),([^)]+)\)")


def storage_of(kind: Kind) -> Storage:
    """The column for a kind (source: datasources.md 6.2; DOUBLE PRECISION where LoopBack makes INTEGER and loses fractions)."""
    kind = strict_kind(kind)
    if isinstance(kind, (Integer, DecimalNumber)):
        return _WHOLE if isinstance(kind, Integer) else _DECIMAL
    if isinstance(kind, (Array, Nested)) or kind.name not in _PLAIN:
        return Storage("TEXT", write=_write_document, operand=to_json, read=_document_reader(kind), json=True, document=JSON_OF_TEXT)
    return _PLAIN[kind.name]


def key_storage_of(kind: Kind) -> Storage:
    """The column for an id or a foreign key: a number is whole."""
    storage = storage_of(kind)
    return _KEY if storage in (_NUMBER, _WHOLE) else storage


def storage_in(data_type: str, kind: Kind, usual: Storage) -> Storage:
    """The column for a kind where the model names its type (source: datasources.md 6.2, `dataType`).

    Args:
        data_type: as written, in any case.
        kind: of the property.
        usual: what it would be without.
    """
    written = data_type.upper()
    if written.endswith("[]") and isinstance(strict_kind(kind), (Array, ListOf)):
        return Storage(data_type, write=_write_list, operand=to_json, json=True, document=JSON_OF_ARRAY)
    if written in JSON_TYPES and usual.json:
        return replace(usual, type=data_type, write=_write_json)
    if written == "UUID":
        return replace(usual, type=data_type, operand=_uuid_operand)
    return replace(usual, type=data_type)


# -- text and JSON -------------------------------------------------------------


def _write_text(value: Any) -> str:
    text = value if isinstance(value, str) else to_json(value)
    if "\0" in text:
        raise ValueError("must not hold the character NUL")
    return text


def _text_operand(value: Any) -> str | None:
    text = value if isinstance(value, str) else to_json(value)
    return None if "\0" in text else text


def _write_json(value: Any) -> str:
    text = to_json(value)
    if _NUL_IN_JSON.search(text):
        raise ValueError("must not hold the character NUL")
    return text


def _write_document(value: Any) -> str:
    """JSON text; text that could not be taken for JSON is written as it is, as LoopBack does and reads it."""
    return _write_text(value) if isinstance(value, str) and not _is_json(value) else _write_json(value)


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True


def _write_list(value: Sequence[Any]) -> str:
    """PostgreSQL's own text for an array, whose items it reads as what the column holds."""
    return "{" + ",".join([_write_item(one) for one in value]) + "}"


def _write_item(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return _write_list(value)
    text = _write_text(value.isoformat() if isinstance(value, datetime) else value)
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def _document_reader(kind: Kind) -> Any:
    revive = reviver(kind)
    return from_json if revive is None else lambda text: revive(from_json(text))


def _uuid_operand(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


# -- numbers -------------------------------------------------------------------


def rounded(value: Any) -> Any:
    """A number as a column of type DOUBLE PRECISION keeps it: as JavaScript does."""
    return _read_number(float(value)) if type(value) is int and abs(value) > EXACT else value


def _write_whole(value: Any) -> str:
    if int(value) != value or not fits(int(value)):
        raise ValueError("is not a whole number of at most 64 bits")
    return str(int(value))


def _read_number(value: Any) -> Any:
    """A number, whole where it is whole, whatever the type of the column."""
    if type(value) is int:
        return value
    number = number_of(value)
    return value if number is None else number


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


# -- dates, bytes, points ------------------------------------------------------


def _read_date(value: Any) -> Any:
    """A moment in UTC, also of a column without time zone or of whole days."""
    if isinstance(value, datetime):
        return value if value.tzinfo is UTC else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else value


def _write_bytes(value: bytes | bytearray) -> str:
    """PostgreSQL's own text for bytes, which fits a column of text as well as one of bytes."""
    return "\\x" + bytes(value).hex()


def _bytes_operand(value: Any) -> str | None:
    return _write_bytes(value) if isinstance(value, (bytes, bytearray)) else None


def _read_bytes(value: Any) -> Any:
    """Bytes from either; other text in a column of text is the bytes of a LoopBack application."""
    if not isinstance(value, str):
        return bytes(value)
    try:
        return bytes.fromhex(value[2:]) if value.startswith("\\x") else value.encode()
    except ValueError:
        return value.encode()


def _write_point(value: GeoPoint) -> str:
    return f"({value.lng!r},{value.lat!r})"


def _read_point(value: Any) -> Any:
    found = _POINT.fullmatch(value)
    return GeoPoint.read([float(found[2]), float(found[1])]) if found else value


_TEXT: Final = Storage("TEXT", write=_write_text, operand=_text_operand)
_NUMBER: Final = Storage("DOUBLE PRECISION", write=repr, operand=clipped, read=_read_number)
_WHOLE: Final = Storage("BIGINT", write=_write_whole, operand=clipped, read=_read_number)
_KEY: Final = Storage("INTEGER", write=_write_whole, operand=clipped, read=_read_number)
_DECIMAL: Final = Storage("NUMERIC", write=str, read=_decimal)
_PLAIN: Final[Mapping[str, Storage]] = {
    "string": _TEXT,
    "text": _TEXT,
    "datestring": _TEXT,
    "number": _NUMBER,
    "boolean": Storage("BOOLEAN"),
    "date": Storage("TIMESTAMP WITH TIME ZONE", read=_read_date),
    "buffer": Storage("TEXT", write=_write_bytes, operand=_bytes_operand, read=_read_bytes),
    "geopoint": Storage("POINT", write=_write_point, operand=to_json, read=_read_point, json=True, document=JSON_OF_POINT),
}
