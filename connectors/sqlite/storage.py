"""How each kind of property lies in a SQLite column. Knows no table and no statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from ...model.dates import moment_of
from ...model.kinds import Array, DecimalNumber, Kind, Nested
from ..sql.dialect import Storage
from ..sql.values import clipped, fits, from_json, reviver, strict_kind, to_json

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
DECIMAL_COLLATION: Final = "lbpy_decimal"
HIGHEST_KEY: Final = 2**53


def storage_of(kind: Kind) -> Storage:
    """The column for a kind: dates are milliseconds since 1970, booleans 0 and 1, lists, objects and points JSON text."""
    kind = strict_kind(kind)
    if isinstance(kind, DecimalNumber):
        return _DECIMAL
    if isinstance(kind, (Array, Nested)) or kind.name not in _PLAIN:
        return Storage("TEXT", write=to_json, operand=to_json, read=_json_reader(kind), json=True)
    return _PLAIN[kind.name]


def _json_reader(kind: Kind) -> Any:
    revive = reviver(kind)
    return from_json if revive is None else lambda text: revive(from_json(text))


def _write_number(value: Any) -> Any:
    if not fits(value):
        raise ValueError("is not a whole number of at most 64 bits")
    return value


def key_storage_of(kind: Kind) -> Storage:
    """The column for an id: a number is whole, and leaves room for the ids that SQLite counts up from it."""
    storage = storage_of(kind)
    return replace(storage, write=_write_key) if storage is _NUMBER else storage


def _write_key(value: Any) -> int:
    if int(value) != value or abs(value) > HIGHEST_KEY:
        raise ValueError("is not a whole number of at most 53 bits")
    return int(value)


def _write_date(value: datetime) -> int:
    return (value - EPOCH) // MILLISECOND


def _read_date(value: Any) -> Any:
    """Milliseconds as we write them; text where another program filled the table."""
    return EPOCH + timedelta(milliseconds=value) if isinstance(value, int) else moment_of(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else to_json(value)


def compare_decimals(a: str, b: str) -> int:
    """The collation of exact decimals: -1, 0 or 1."""
    one, other = Decimal(a), Decimal(b)
    return (one > other) - (one < other)


_TEXT: Final = Storage("TEXT", write=_text, operand=_text)
_NUMBER: Final = Storage("NUMERIC", write=_write_number, operand=clipped)
_DECIMAL: Final = Storage(f"TEXT COLLATE {DECIMAL_COLLATION}", write=str, operand=str, read=lambda value: Decimal(str(value)))
_PLAIN: Final[Mapping[str, Storage]] = {
    "string": _TEXT,
    "text": _TEXT,
    "datestring": _TEXT,
    "number": _NUMBER,
    "boolean": Storage("INTEGER", write=int, operand=int, read=bool),
    "date": Storage("INTEGER", write=_write_date, operand=_write_date, read=_read_date),
    "buffer": Storage("BLOB"),
}
