"""The connector `kv-memory`: values by key in this process, each with a time to live if wanted. Stores no rows and runs no timer."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import re2

from ..data.contract import Connector, KeyValue, SourcePlace
from ..data.norows import NoRows
from ..errors import BadRequest, OperatorError
from ..model.definition import ModelDefinition
from ..model.kinds import SIMPLE_KINDS, Kind

SWEEP_SECONDS: Final = 1.0
MAX_PATTERN: Final = 1000
_TOKEN: Final = re.compile(r"\\(.)|(\*)|(\?)|\[([!^]?)([^\]]+)\]|(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A value and the moment of the clock when it is gone, None for never."""

    value: Any
    until: float | None = None


class MemoryKeys(KeyValue, NoRows):
    """The keys of one model.

    Args:
        model: its name.
        clock: seconds that only grow.
    """

    def __init__(self, model: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._model = model
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}
        self._swept = clock()

    # -- values by key -------------------------------------------------------

    def get(self, key: str) -> Any:
        """The value of a key as a copy, None for a key that is not there."""
        with self._lock:
            entry = self._living(key)
        return None if entry is None else _copied(entry.value)

    def set(self, key: str, value: Any, ttl: float | None = None) -> None:
        """Keep a copy of a value."""
        copy = _copied(value)
        with self._lock:
            self._sweep()
            self._entries[key] = _Entry(copy, self._until(ttl))

    def expire(self, key: str, ttl: float) -> bool:
        """Let a key live so many milliseconds from now; False if it is not there."""
        with self._lock:
            entry = self._living(key)
            if entry is not None:
                self._entries[key] = replace(entry, until=self._until(ttl))
        return entry is not None

    def ttl(self, key: str) -> float | None:
        """The milliseconds that a key has left, None for no limit. Raises KeyError for a key that is not there."""
        with self._lock:
            entry = self._living(key)
        if entry is None:
            raise KeyError(key)
        return None if entry.until is None else max(0, round((entry.until - self._clock()) * 1000))

    def keys(self, match: str | None = None) -> list[str]:
        """The keys that fit a glob pattern, oldest first. Raises BadRequest for a pattern that cannot be read."""
        fits = _globbing(match) if match is not None else _anything
        with self._lock:
            self._drop_expired()
            return [key for key in self._entries if fits(key)]

    def delete_key(self, key: str) -> bool:
        """Forget a key; False if it is not there."""
        with self._lock:
            there = self._living(key) is not None
            self._entries.pop(key, None)
        return there

    def delete_keys(self) -> int:
        """Forget all keys; returns how many there were."""
        with self._lock:
            self._drop_expired()
            count = len(self._entries)
            self._entries.clear()
        return count

    def _until(self, ttl: float | None) -> float | None:
        return None if ttl is None else self._clock() + ttl / 1000

    def _living(self, key: str) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is None or entry.until is None or entry.until > self._clock():
            return entry
        del self._entries[key]
        return None

    def _sweep(self) -> None:
        """Forget what nobody asks for any more, once a second at most."""
        if self._clock() - self._swept >= SWEEP_SECONDS:
            self._drop_expired()

    def _drop_expired(self) -> None:
        self._swept = self._clock()
        for key in list(self._entries):
            self._living(key)

    def refusal(self) -> OperatorError:
        """See NoRows."""
        return OperatorError(f"{self._model}: kv-memory keeps values by key, not rows; base the model on KeyValueModel")


def _copied(value: Any) -> Any:
    """A value whose lists and dicts are new; dates and bytes keep their type."""
    if isinstance(value, Mapping):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, (list, tuple)) else value


def _anything(key: str) -> bool:
    return True


def _globbing(pattern: str) -> Callable[[str], bool]:
    """A linear-time test for a glob pattern."""
    if len(pattern) > MAX_PATTERN:
        raise BadRequest(f"A pattern may have at most {MAX_PATTERN} characters")
    options = re2.Options()
    options.log_errors = False
    try:
        found = re2.compile("(?s)" + "".join(map(_token, _TOKEN.finditer(pattern))), options)
    except (re2.error, UnicodeEncodeError):
        raise BadRequest("The pattern of `match` cannot be read") from None
    return lambda key: found.fullmatch(key) is not None


def _token(part: re.Match[str]) -> str:
    escaped, many, one, negated, listed, other = part.groups()
    if many or one:
        return ".*" if many else "."
    if listed:
        return f"[{'^' if negated else ''}{re.sub(r'([^0-9A-Za-z-])', _escaped, listed)}]"
    return _literal(escaped or other)


def _escaped(letter: re.Match[str]) -> str:
    return _literal(letter[1])


def _literal(text: str) -> str:
    escaped: str = re2.escape(text)
    return escaped


class MemoryKeysConnector(Connector[MemoryKeys]):
    """Values by key in this process; each process of a server has its own (source: datasources.md 12.2)."""

    name = "kv-memory"
    id_kind: Kind = SIMPLE_KINDS["string"]

    def collection(self, definition: ModelDefinition) -> MemoryKeys:
        """The keys of one model."""
        return MemoryKeys(definition.name)


def connect(settings: Mapping[str, Any], place: SourcePlace) -> MemoryKeysConnector:
    """A connector for values by key; it has no settings of its own."""
    return MemoryKeysConnector()
