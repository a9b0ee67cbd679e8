"""Laying one configuration over another by LoopBack's rules. Pure: reads no file and makes no finding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import ProjectError
from ...types import Json
from .files import JsonObject, joined

Added = Callable[[str], None]


def merged(old: Json, new: Json, path: str = "") -> Json:
    """`new` laid over `old`, neither changed.

    Objects merge deeply, lists of one length item by item, scalars and null replace.

    Raises:
        ProjectError: lists of different length, or values of different kinds; its key is the path of the option.

    Source: logic.md 7.2.
    """
    if old is None or new is None:
        return new
    if isinstance(old, dict) and isinstance(new, dict):
        return _objects(old, new, path)
    if isinstance(old, list) and isinstance(new, list):
        return _lists(old, new, path)
    if isinstance(old, (dict, list)) or isinstance(new, (dict, list)):
        raise ProjectError(f"Cannot merge values of incompatible types for the option `{path}`.", key=path)
    return new


def _objects(old: JsonObject, new: JsonObject, path: str) -> JsonObject:
    over = {key: merged(old[key], one, joined(path, key)) if key in old else one for key, one in new.items()}
    return {**old, **over}


def _lists(old: list[Any], new: list[Any], path: str) -> list[Any]:
    if len(old) != len(new):
        raise ProjectError(f"Cannot merge array values of different length for the option `{path}`.", key=path)
    return [merged(one, other, joined(path, index)) for index, (one, other) in enumerate(zip(old, new, strict=True))]


def merged_middleware(old: JsonObject, new: JsonObject, added: Added) -> JsonObject:
    """A middleware overlay laid over the main file, by phase and name; lists of entries are matched by their `name`.

    Args:
        old: phases of the main file.
        new: phases of the overlay.
        added: is told the dotted path of each phase and entry that the main file lacks (LoopBack stops at it).

    Raises:
        ProjectError: as `merged`.

    Source: logic.md 6.2, real-projects.md 3.2.
    """
    result = dict(old)
    for phase, entries in new.items():
        if phase not in old:
            added(phase)
        result[phase] = _phase(old.get(phase) or {}, entries or {}, phase, added if phase in old else _ignore)
    return result


def _ignore(_path: str) -> None:
    """A new phase was told of already."""


def _phase(old: Json, new: Json, path: str, added: Added) -> Json:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return merged(old, new, path)
    result = dict(old)
    for name, entry in new.items():
        where = joined(path, name)
        if name not in old:
            added(where)
        result[name] = _entry(old[name], entry, where) if name in old else entry
    return result


def _entry(old: Json, new: Json, path: str) -> Json:
    if isinstance(old, list) or isinstance(new, list):
        return _named(_items(old), _items(new), path)
    return merged(old, new, path)


def _items(entry: Json) -> list[Any]:
    if isinstance(entry, list):
        return entry
    return [entry] if entry else []


def _named(old: list[Any], new: list[Any], path: str) -> list[Any]:
    result = list(old)
    for item in new:
        name = item.get("name") if isinstance(item, dict) else None
        same = [index for index, one in enumerate(result) if name and isinstance(one, dict) and one.get("name") == name]
        if same:
            result[same[0]] = merged(result[same[0]], item, joined(path, same[0]))
        else:
            result.append(item)
    return result
