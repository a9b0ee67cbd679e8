"""The data sources of a project, as frozen records. Loads no connector and opens no store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from ...plugins import plain_name
from .keys import Section, word

_EMPTY_IS_UNSET: Final = frozenset({"url", "user", "username", "password", "host", "hostname"})
_NO_SETTINGS: Final[Mapping[str, Any]] = MappingProxyType({})


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


def read_sources(section: Section, connectors: Collection[str], stand_in: str = "") -> dict[str, SourceConfig]:
    """The data sources by name.

    Args:
        section: datasources.json after overlays and `${NAME}`.
        connectors: names of the connectors that there are.
        stand_in: name of the connector that takes the place of those that cannot be used; "": their models are closed.
    """
    known = {plain_name(name) for name in connectors}
    return {name: _source(name, one.named(name), known, stand_in) for name, one in section.sections()}


def with_undefined(sources: Mapping[str, SourceConfig], models: Section, stand_in: str) -> dict[str, SourceConfig]:
    """The data sources, and with a `stand_in` also those that model-config.json names and nobody defines, each on it."""
    return {**(_undefined(sources, models, stand_in) if stand_in else {}), **sources}


def _undefined(sources: Mapping[str, SourceConfig], models: Section, stand_in: str) -> dict[str, SourceConfig]:
    made = {}
    for model, entry in models.sections():
        name = entry.value.get("dataSource")
        if isinstance(name, str) and name and name not in sources:
            text = f"the data source {word(name)} is defined nowhere: {stand_in} stands in for it"
            entry.named(model).find("warn", "SOURCE_MISSING", "dataSource", text, "define it in datasources.json")
            made[name] = SourceConfig(name, stand_in, _NO_SETTINGS, entry.file)
    return made


def _source(name: str, section: Section, known: Collection[str], stand_in: str) -> SourceConfig:
    if section.value.get("name", name) != name:
        section.find("note", "SOURCE_NAME", "name", "is not the key; the key counts", "nothing to do, or make them equal")
    connector = section.value.get("connector") or section.value.get("adapter")
    used = connector if isinstance(connector, str) else ""
    settings = {key: one for key, one in section.value.items() if key not in ("name", "connector", "adapter")}
    kept = MappingProxyType({key: one for key, one in settings.items() if one != "" or key not in _EMPTY_IS_UNSET})
    fault = _fault(used, known)
    if fault and stand_in:
        section.find("warn", fault.code, "connector", f"{fault.text}: {stand_in} stands in for it", fault.remedy)
        return SourceConfig(name, stand_in, _NO_SETTINGS, section.file)
    if fault:
        section.find("closed", fault.code, "connector", f"{fault.text}: its models are closed", fault.remedy)
    return SourceConfig(name, used, kept, section.file, fault.code if fault else "")


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why a connector cannot be used, and what to do."""

    code: str
    text: str
    remedy: str


def _fault(connector: str, known: Collection[str]) -> _Fault | None:
    if not connector:
        return _Fault("CONNECTOR_MISSING", "names no connector", "name one, or run with --missing-source memory")
    if connector.startswith((".", "/")) or plain_name(connector) in known:
        return None
    remedy = "write or install one in the group `lbpy.connectors`"
    return _Fault("CONNECTOR_UNKNOWN", f"there is no connector {word(connector)}", remedy)
