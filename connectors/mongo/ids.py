"""Ids of MongoDB: the kind of properties that hold ObjectIDs, which rows have as text of 24 hexadecimal digits. Opens nothing."""

from __future__ import annotations

import re
from typing import Any, Final

from bson import ObjectId

from ...model.kinds import NOTHING, Kind, Unreadable, plain

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


OBJECT_ID: Final = ObjectIdKind()
