"""One collection in memory: its rows in their two orders, and the counter of ids. Knows no filter, lock or file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from orjson import Fragment

from ...types import Row

Key: TypeAlias = Any
"""What rows are kept by: the id itself where it is a number or text, else its text."""

Rank: TypeAlias = tuple[bool, Any]

CONTAINERS: Final = (dict, list)
INDEX: Final = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)


def copied(value: Any) -> Any:
    """A value whose lists and dicts are new; what cannot be changed is shared."""
    if isinstance(value, dict):
        return {key: copied(one) if isinstance(one, CONTAINERS) else one for key, one in value.items()}
    return [copied(one) for one in value] if isinstance(value, list) else value


def rank(key: Key) -> Rank:
    """What sorts keys: numbers by value, then texts by code point."""
    return isinstance(key, str), key


def place(key: Key) -> Rank:
    """What sorts keys as JavaScript lists those of an object: numbers by value, also those that are text, then the rest as they came."""
    is_index = not isinstance(key, str) or INDEX.fullmatch(key) is not None
    return (False, float(key)) if is_index else (True, 0)


class Stored(dict[str, Any]):
    """A row in a table. Nobody changes it (a change puts a new one in its place), so it can keep what was made of it.

    Attributes:
        json: its JSON text, None until somebody asked for it.
    """

    __slots__ = ("json",)

    def __init__(self, row: Row) -> None:
        super().__init__(row)
        self.json: Fragment | None = None


class Table:
    """The rows of one collection.

    Attributes:
        counter: the id that the next row without one gets.
        users: how many models keep their rows here.
    """

    def __init__(self) -> None:
        self.counter: float = 1
        self.users = 0
        self._rows: dict[Key, Stored] = {}
        self._sorted = True
        self._last = rank(0)
        self._has_texts = False
        self._views: dict[Callable[[Key], Rank], dict[Key, Stored]] = {}
        self._nested: frozenset[str] = frozenset()

    def __contains__(self, key: Key) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: Key) -> Stored | None:
        """The row with that key, not a copy."""
        return self._rows.get(key)

    def rows(self) -> Mapping[Key, Stored]:
        """All rows by key, in the order of the keys; not copies."""
        if self._sorted or self._has_texts:
            return self._rows if self._sorted else self._view(rank)
        self._rows = dict(sorted(self._rows.items(), key=lambda item: rank(item[0])))
        self._last = rank(next(reversed(self._rows), 0))
        self._sorted = True
        return self._rows

    def listed(self) -> Mapping[Key, Stored]:
        """All rows by key, in the order in which LoopBack has them before it sorts; not copies."""
        return self._view(place) if self._has_texts else self.rows()

    def _view(self, order: Callable[[Key], Rank]) -> Mapping[Key, Stored]:
        found = self._views.get(order)
        if found is None:
            found = self._views[order] = dict(sorted(self._rows.items(), key=lambda item: order(item[0])))
        return found

    def put(self, key: Key, row: Row) -> Stored:
        """Keep a copy of a row in the place of the one with that key or as a new one; returns what is kept."""
        if key not in self._rows:
            self._note(rank(key))
        stored = self._rows[key] = Stored(row)
        for view in self._views.values():
            view[key] = stored
        nested = [name for name, value in row.items() if isinstance(value, CONTAINERS)]
        for name in nested:
            stored[name] = copied(stored[name])
        if not self._nested.issuperset(nested):
            self._nested = self._nested.union(nested)
        return stored

    def _note(self, key: Rank) -> None:
        """Ascending keys keep the order at no cost; after any other the rows are sorted before they are read again."""
        self._views.clear()
        self._has_texts = self._has_texts or key[0]
        if self._sorted and self._rows and key < self._last:
            self._sorted = False
        if self._sorted:
            self._last = key

    def remove(self, key: Key) -> None:
        """Forget the row with that key."""
        del self._rows[key]
        for view in self._views.values():
            del view[key]

    def clear(self) -> None:
        """Forget all rows and start counting anew."""
        self._rows = {}
        self._views.clear()
        self._has_texts = False
        self._sorted = True
        self.counter = 1

    def copies(self, rows: Sequence[Row]) -> list[Row]:
        """Rows that the caller may change; only properties that ever held a list or dict are copied deeply."""
        nested = self._nested
        if not nested:
            return [row.copy() for row in rows]
        return [{name: copied(value) if name in nested else value for name, value in row.items()} for row in rows]
