"""One collection in memory: its rows in the order of their ids, and the counter of ids. Knows no filter, lock or file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from orjson import Fragment

from ...types import Row

Key: TypeAlias = Any
"""What rows are kept by: the id itself where it is a number or text, else its text."""

Rank: TypeAlias = tuple[bool, Any]

CONTAINERS: Final = (dict, list)


def copied(value: Any) -> Any:
    """A value whose lists and dicts are new; what cannot be changed is shared."""
    if isinstance(value, dict):
        return {key: copied(one) if isinstance(one, CONTAINERS) else one for key, one in value.items()}
    return [copied(one) for one in value] if isinstance(value, list) else value


def rank(key: Key) -> Rank:
    """What sorts keys: numbers by value, then texts by code point."""
    return isinstance(key, str), key


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
        if not self._sorted:
            self._rows = dict(sorted(self._rows.items(), key=lambda item: rank(item[0])))
            self._last = rank(next(reversed(self._rows), 0))
            self._sorted = True
        return self._rows

    def put(self, key: Key, row: Row) -> Stored:
        """Keep a copy of a row in the place of the one with that key or as a new one; returns what is kept."""
        if key not in self._rows:
            self._note(rank(key))
        stored = self._rows[key] = Stored(row)
        nested = [name for name, value in row.items() if isinstance(value, CONTAINERS)]
        for name in nested:
            stored[name] = copied(stored[name])
        if not self._nested.issuperset(nested):
            self._nested = self._nested.union(nested)
        return stored

    def _note(self, place: Rank) -> None:
        """Ascending keys keep the order at no cost; any other has the rows sorted before they are read again."""
        if self._sorted and self._rows and place < self._last:
            self._sorted = False
        if self._sorted:
            self._last = place

    def remove(self, key: Key) -> None:
        """Forget the row with that key."""
        del self._rows[key]

    def clear(self) -> None:
        """Forget all rows and start counting anew."""
        self._rows = {}
        self._sorted = True
        self.counter = 1

    def copies(self, rows: Sequence[Row]) -> list[Row]:
        """Rows that the caller may change; only properties that ever held a list or dict are copied deeply."""
        nested = self._nested
        if not nested:
            return [row.copy() for row in rows]
        return [{name: copied(value) if name in nested else value for name, value in row.items()} for row in rows]
