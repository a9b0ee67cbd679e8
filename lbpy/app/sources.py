"""The data sources of a project, as frozen records. Loads no connector and opens no store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from ..plugins import plain_name
from .keys import Section, word

_EMPTY_IS_UNSET: Final = frozenset({"url", "user", "username", "password", "host", "hostname"})


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """One entry of datasources.json.

    connector: as written, "" where it cannot be used. settings: every key but name and connector, empty addresses and
    credentials left out. closed: code of the finding that closes its models, "" where it is fine.
    Source: real-projects.md 3.4.
    """

    name: str
    connector: str
    settings: Mapping[str, Any]
    file: str
    closed: str = ""


def read_sources(section: Section, connectors: Collection[str]) -> dict[str, SourceConfig]:
    """The data sources by name.

    Args:
        section: datasources.json after overlays and `${NAME}`.
        connectors: names of the connectors that there are.
    """
    known = {plain_name(name) for name in connectors}
    return {name: _source(name, one.named(name), known) for name, one in section.sections()}


def _source(name: str, section: Section, known: Collection[str]) -> SourceConfig:
    connector = section.value.get("connector") or section.value.get("adapter")
    if section.value.get("name", name) != name:
        section.find("note", "SOURCE_NAME", "name", "is not the key; the key counts", "nothing to do, or make them equal")
    settings = {key: one for key, one in section.value.items() if key not in ("name", "connector", "adapter")}
    kept = {key: one for key, one in settings.items() if one != "" or key not in _EMPTY_IS_UNSET}
    used = connector if isinstance(connector, str) else ""
    return SourceConfig(name, used, MappingProxyType(kept), section.file, _judge_connector(section, used, known))


def _judge_connector(section: Section, connector: str, known: Collection[str]) -> str:
    if not connector:
        text = "names no connector: its models are closed"
        section.find("closed", "CONNECTOR_MISSING", "connector", text, "name one, or run with --missing-source memory")
        return "CONNECTOR_MISSING"
    if connector.startswith((".", "/")) or plain_name(connector) in known:
        return ""
    text = f"there is no connector {word(connector)}: its models are closed"
    section.find("closed", "CONNECTOR_UNKNOWN", "connector", text, "write or install one in the group `lbpy.connectors`")
    return "CONNECTOR_UNKNOWN"
