"""The switch lossyCoercion: kinds that keep what LoopBack would where the strict ones refuse. Refuses nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from .javascript import Unreadable, lossy_text, mended, mended_text, number_of
from .kinds import Array, Buffer, Date, FreeForm, Kind, ListOf, Nested, Number, String, items_of

MOST_ZERO_BYTES: Final = 65536


class Lossy(Kind):
    """A kind that keeps what LoopBack would where the other one refuses.

    Args:
        kind: the strict kind.
        keep: what to store for a value that it refused.
    """

    def __init__(self, kind: Kind, keep: Callable[[Any], Any]) -> None:
        self.kind = kind
        self.keep = keep
        self.name: str = kind.name
        self.python: type = kind.python

    def read(self, value: Any) -> Any:
        """The strict kind's value, or what can be kept; only a date that is none is refused."""
        try:
            return self.kind.read(value)
        except Unreadable as error:
            if error.code == "date":
                raise
            return self.keep(value)

    def read_item(self, value: Any) -> Any:
        """The same for an item; a date that is none becomes null."""
        try:
            return self.kind.read_item(value)
        except Unreadable:
            return self.keep(value)

    def operand(self, value: Any) -> Any:
        """As the strict kind."""
        return self.kind.operand(value)

    def path_id(self, text: str) -> Any:
        """As the strict kind."""
        return self.kind.path_id(text)


def lossy(kind: Kind) -> Kind:
    """The kind as LoopBack reads it, refusing little but bad dates and points (switch lossyCoercion; source: models.md 2.1)."""
    if isinstance(kind, ListOf):
        return ListOf(lossy(kind.item))
    if isinstance(kind, Nested):
        return _lossy_nested(kind)
    keep = _KEPT.get(type(kind))
    return kind if keep is None else Lossy(kind, keep)


def _lossy_nested(kind: Nested) -> Kind:
    fields = {name: lossy(one) for name, one in kind.fields.items()}
    inner = replace(kind, fields=fields, strict="off" if kind.strict == "off" else "filter")
    return Lossy(inner, lambda value: mended(inner.read(_indexed(value))))


def _indexed(value: Any) -> dict[str, Any]:
    """A text as an object of its letters, a list as one of its items, anything else as an empty one."""
    if isinstance(value, Mapping):
        return {lossy_text(key): mended(one) for key, one in value.items()}
    return {str(index): one for index, one in enumerate(mended(value))} if isinstance(value, (str, list)) else {}


def _lossy_bytes(value: Any) -> bytes | None:
    """A number as that many zero bytes, a list as the lowest byte of each number."""
    if isinstance(value, (int, float)) and 0 <= value <= MOST_ZERO_BYTES:
        return bytes(int(value))
    if isinstance(value, list):
        return bytes(int(one) & 255 if math.isfinite(one) else 0 for one in (number_of(item) or 0 for item in value))
    return mended_text(value).encode() if isinstance(value, str) else None


def _no_value(value: Any) -> None:
    return None


_KEPT: Final[Mapping[type[Kind], Callable[[Any], Any]]] = MappingProxyType(
    {
        String: lossy_text,
        FreeForm: mended,
        Array: lambda value: mended(items_of(value)),
        Number: _no_value,
        Date: _no_value,
        Buffer: _lossy_bytes,
    }
)
"""What is stored, by kind, where the strict kind refuses; kinds that are not here go on refusing, as LoopBack fails there."""
