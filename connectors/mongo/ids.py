"""Ids of MongoDB: the kind of properties that hold ObjectIDs, which rows have as text of 24 hexadecimal digits. Opens nothing."""

from __future__ import annotations

import os
import re
import sys
from typing import Any, Final

from bson import ObjectId

from ...model.freeform import plain
from ...model.javascript import NUMERAL, Unreadable, number_of
from ...model.kinds import NOTHING, Kind

HEX: Final = re.compile("[0-9a-fA-F]{24}")

# The driver renews the random part of ids at the first one after a fork, in two steps: a second thread that comes in between
# makes ids like those of other workers. So the first one is made before there are threads.
if sys.platform != "win32":
    os.register_at_fork(after_in_child=ObjectId)


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

    def is_no_id(self, value: Any) -> bool:
        """Whether it is null; 0 and empty text are ids (source: recorded mongo/ids-given)."""
        return value is None

    def path_id(self, text: str) -> Any:
        """The same; text that is a number means one, as LoopBack reads it."""
        number = number_of(text) if NUMERAL.fullmatch(text) and not looks_like_id(text) else None
        return self.operand(text if number is None else number)


OBJECT_ID: Final = ObjectIdKind()
