"""Ids of MongoDB: the kind of properties that hold ObjectIDs, which rows have as text of 24 hexadecimal digits. Opens nothing."""

from __future__ import annotations

import re
from typing import Any, Final

from bson import ObjectId

from ...model.kinds import NOTHING, NUMERAL, Kind, Unreadable, number_of, plain

HEX: Final = re.compile("[0-9a-fA-F]{24}")


def looks_like_id(value: Any) -> bool:
    """Whether a value is text that an ObjectID could be written as (source: datasources.md 7.2)."""
    return isinstance(value, str) and HEX.fullmatch(value) is not None


class ObjectIdKind(Kind):
    """An ObjectID as text; ids that callers give may be other text, numbers or objects, and stay what they are."""

    name = "objectid"
    python = str

    def read(self, value: Any) -> Any:
        """The text in lower case; other values as they are, but no lists, which MongoDB does not take for an id."""
        if isinstance(value, ObjectId):
            return str(value)
        if isinstance(value, (list, tuple)):
            raise Unreadable("type", "is not a valid id", value)
        return value.lower() if looks_like_id(value) else plain(value)

    def operand(self, value: Any) -> Any:
        """The same; what cannot be an id equals nothing."""
        try:
            return self.read(value)
        except Unreadable:
            return NOTHING

    def path_id(self, text: str) -> Any:
        """The same; text that is a number means one, as LoopBack reads it."""
        number = number_of(text) if NUMERAL.fullmatch(text) and not looks_like_id(text) else None
        return self.operand(text if number is None else number)


OBJECT_ID: Final = ObjectIdKind()
