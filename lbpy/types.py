"""Small shared types: JSON values, rows, options, and the frozen Settings. Knows nothing else of lbpy and holds no state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any
"""What JSON can say: None, bool, int, float, str, list, dict."""

Row: TypeAlias = dict[str, Json]
"""One stored record as a plain dict, property names as keys; an absent key is *undefined*, None is null."""

Options: TypeAlias = Mapping[str, Json]
"""What a call carries besides its arguments: the request's flags, or whatever the caller passes to hooks."""

NO_OPTIONS: Final[Options] = MappingProxyType({})

CLIENT: Final = "prohibitHiddenPropertiesInQuery"
"""The option that every request carries: LoopBack's name for "a client asks, so hidden properties may not be named"."""

WATCH: Final = "lbpy.watch"
"""The option that a request carries once access control admitted its reading: what is asked before related rows are read
(see data/watching.py)."""


def is_client(options: Options) -> bool:
    """Whether a call carries the options of a request."""
    return bool(options.get(CLIENT))


def as_code(options: Options) -> dict[str, Any]:
    """The options of a request for a call that the application makes for itself: nothing is hidden from it or closed to it."""
    return {name: value for name, value in options.items() if name not in (CLIENT, WATCH)}


_SIZE: Final = re.compile(r"(\d{1,12}(?:\.\d{1,3})?)\s*(b|kb|mb|gb|tb)?", re.IGNORECASE | re.ASCII)
_UNITS: Final = MappingProxyType({"b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40})


def bytes_of(size: str) -> int:
    """A number of bytes from a text such as "300", "100kb" or "1.5 MB" (units of 1024).

    Raises:
        ValueError: it is none.
    """
    found = _SIZE.fullmatch(size.strip())
    if found is None:
        raise ValueError(f'"{size}" is not a size such as "100kb"')
    return int(float(found[1]) * _UNITS[(found[2] or "b").lower()])


SWITCHES: Final = frozenset(
    {
        "acceptInvalidUtf8",
        "brokenRegexp",
        "clientSetsVerification",
        "confirmRedirectAnywhere",
        "dropBadPassword",
        "filterHidden",
        "firstOperatorOnly",
        "linkMissingTarget",
        "lossyCoercion",
        "missingContainerEmpty",
        "nullForMissing",
        "ownerByAnyId",
        "putIgnoresScope",
        "relatedIgnoresAcl",
        "resetTellsUnknown",
        "resetTokenIsSession",
        "resetTokenReusable",
        "signUpWithoutRealm",
        "unknownInWhere",
        "unknownOperator",
        "updateAllAsCreate",
        "verifyByAnyone",
    }
)
"""The names that may be turned on under "compat" in config.json; docs/compatibility.md says what each brings back."""


class Unset:
    """The type of UNSET: no value at all, where None would mean null."""

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may ask for; None is no limit. Keys of "limits" in config.json, re-cased.

    filter_bytes counts the text of a filter in the URL; the depths count nested objects and lists;
    include_edges counts relations in one include, include_rows the records fetched for it.
    """

    filter_bytes: int | None = 16384
    where_depth: int = 12
    data_depth: int = 32
    include_depth: int = 12
    include_edges: int | None = 50
    include_rows: int | None = 100_000
    max_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What a whole application was told once, read by app and handed down when a model is bound.

    relations_in_where: whether a where may name relations, where neither the model nor its data source says it.
    """

    compat: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)
    relations_in_where: bool = True

    def old(self, switch: str) -> bool:
        """Whether the named old behaviour of LoopBack was asked for."""
        return switch in self.compat
