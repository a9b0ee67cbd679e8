"""Dotted paths into JSON: `*` is any one segment, `**` any number, `$` the whole, `\\.` a dot in a key. Compares nothing."""

import re
from collections.abc import Iterable

from lbpy.types import Json

Path = tuple[str | int, ...]


def split(path: str) -> list[str]:
    """'error.details.*' -> its segments; '$' -> none."""
    inner = path.removeprefix("$.")
    return [] if inner in ("", "$") else [part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.", inner)]


def matches(pattern: list[str], path: Path) -> bool:
    if not pattern or not path:
        return not path and all(segment == "**" for segment in pattern)
    first, *rest = pattern
    if first == "**":
        return matches(rest, path) or matches(pattern, path[1:])
    return first in ("*", str(path[0])) and matches(rest, path[1:])


def named(patterns: Iterable[str], path: Path) -> bool:
    """Whether one of the patterns names the path."""
    return any(matches(split(pattern), path) for pattern in patterns)


def covered(patterns: Iterable[str], path: Path) -> bool:
    """Whether one of the patterns names the path or something above it; `$` is the body and covers no header."""
    start = 1 if path[:1] == ("$headers",) else 0
    return any(named(patterns, path[:end]) for end in range(start, len(path) + 1))


def fetch(value: Json, path: str) -> Json:
    """What lies at the path. Raises LookupError or ValueError if nothing does."""
    for segment in split(path):
        if not isinstance(value, dict | list):
            raise KeyError(segment)
        value = value[segment] if isinstance(value, dict) else value[int(segment)]
    return value
