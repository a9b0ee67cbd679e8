"""The components of a project, as frozen records in order. Loads none of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from ...plugins import plain_name
from .files import joined
from .keys import Section, guarded


@dataclass(frozen=True, slots=True)
class ComponentEntry:
    """One entry of component-config.json.

    enabled: false where the value is null or false, and where nobody has such a component. closed: code of the finding that
    closes the whole API, else "". Source: logic.md 7.4, real-projects.md 4.
    """

    name: str
    enabled: bool
    options: Mapping[str, Any]
    file: str
    key: str
    closed: str = ""


_FILLING: Final = ("fixture", "seed", "migrat")


def read_components(section: Section, installed: Collection[str], *, explorer_off: bool = False) -> tuple[ComponentEntry, ...]:
    """The components in the order of the file.

    Args:
        section: component-config.json after overlays and `${NAME}`.
        installed: names of the components that there are, long or short.
        explorer_off: whether an overlay that cannot be read may have switched the explorer off.
    """
    known = {plain_name(name) for name in installed}
    entries = [_component(section, name, known) for name in section.value]
    return tuple(replace(one, enabled=one.enabled and not (explorer_off and _short(one.name) == "explorer")) for one in entries)


def _short(name: str) -> str:
    return "explorer" if name == "loopback-explorer" else plain_name(name)


def _component(section: Section, name: str, known: Collection[str]) -> ComponentEntry:
    value = section.value[name]
    options = MappingProxyType(dict(value)) if isinstance(value, dict) else MappingProxyType({})
    entry = ComponentEntry(name, bool(value) or value == {}, options, section.file, name)
    if not entry.enabled or name.startswith((".", "/")):
        return entry
    one = replace(section, subject=f"component:{name}", name=name)
    if _short(name) in known:
        _judge_explorer(one, entry)
        return entry
    return _unknown_component(one, entry)


def _judge_explorer(section: Section, entry: ComponentEntry) -> None:
    if _short(entry.name) != "explorer":
        return
    if "uiDirs" in entry.options:
        key = joined(entry.key, "uiDirs")
        section.find("warn", "NO_EFFECT", key, "own pages of the explorer are not served", "serve them as static files")
    if "generateOperationScopedModels" in entry.options:
        section.find("note", "NO_EFFECT", joined(entry.key, "generateOperationScopedModels"), "has no effect", "nothing to do")


def _unknown_component(section: Section, entry: ComponentEntry) -> ComponentEntry:
    remedy = "write or install a component of that name in the group `lbpy.components`"
    if any(word in entry.name.lower() for word in _FILLING):
        remedy = "use server/seed.json or `lbpy migrate`"
        section.find("warn", "COMPONENT_UNKNOWN", entry.key, "is not there, it fills a store", remedy)
    elif guarded(entry.name):
        section.find("closed", "COMPONENT_UNKNOWN", entry.key, "is not there and may guard: the whole API is closed", remedy)
        return replace(entry, enabled=False, closed="" if section.accepted else "COMPONENT_UNKNOWN")
    else:
        section.find("warn", "COMPONENT_UNKNOWN", entry.key, "is not there and is skipped", remedy)
    return replace(entry, enabled=False)
