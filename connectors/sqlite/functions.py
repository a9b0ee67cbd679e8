"""The SQL functions that SQLite lacks: patterns in linear time, JavaScript's numbers, distances. Know no statement."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import re2

from ...errors import BadRequest
from ...geo import GeoPoint, distance_km
from ...model.javascript import number_of
from .storage import DECIMAL_COLLATION, compare_decimals

PATTERNS_KEPT: Final = 256

Search = Callable[[str], Any]


def like_pattern(pattern: str, *, ignore_case: bool) -> str:
    """The regular expression for a pattern of LIKE: % is any run, _ any one character, a backslash takes the next as it is."""
    parts = re.findall(r"\\.|.", pattern + ("\\" if pattern.endswith("\\") else ""), re.DOTALL)
    body = "".join({"%": ".*", "_": "."}.get(part) or re2.escape(part[-1]) for part in parts)
    return f"(?s{'i' if ignore_case else ''})\\A(?:{body})\\z"


class Patterns:
    """Regular expressions of one connector, the last ones kept compiled."""

    def __init__(self) -> None:
        self.search: Callable[[str], Search] = lru_cache(PATTERNS_KEPT)(_search)

    def checked(self, pattern: str) -> str:
        """The pattern. Raises BadRequest if it cannot be run."""
        try:
            self.search(pattern)
        except (re2.error, UnicodeEncodeError) as error:
            raise BadRequest("The pattern cannot be used") from error
        return pattern

    def matches(self, pattern: str, text: Any) -> bool | None:
        """Whether text matches somewhere; None for no text."""
        return None if text is None else self.search(pattern)(str(text)) is not None


def _search(pattern: str) -> Search:
    options = re2.Options()
    options.log_errors = False
    found: Search = re2.compile(pattern, options).search
    return found


def _number(text: Any) -> float | None:
    return number_of(text) if isinstance(text, str) else None


def _kilometres(lat: Any, lng: Any, to_lat: float, to_lng: float) -> float | None:
    if not isinstance(lat, (int, float)) or not isinstance(lng, (int, float)):
        return None
    return distance_km(GeoPoint(lat, lng), GeoPoint(to_lat, to_lng))


def register(connection: sqlite3.Connection, patterns: Patterns) -> None:
    """Give a connection the functions and the collation that the dialect uses."""
    connection.create_function("lbpy_matches", 2, patterns.matches, deterministic=True)
    connection.create_function("lbpy_number", 1, _number, deterministic=True)
    connection.create_function("lbpy_km", 4, _kilometres, deterministic=True)
    connection.create_collation(DECIMAL_COLLATION, compare_decimals)
