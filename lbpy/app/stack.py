"""Middleware and components of a project, as frozen records in order. Loads no middleware and no component."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ..plugins import plain_name
from ..types import Json
from .files import joined
from .keys import Section, guarded

PHASES: Final = ("initial", "session", "auth", "parse", "routes", "files", "final")
"""LoopBack's phases in order (source: logic.md 6.1)."""

_PLACES: Final = ("before", "", "after")


@dataclass(frozen=True, slots=True)
class MiddlewareEntry:
    """One entry of middleware.json.

    phase: as in the file, such as "routes:before". name: as in the file. params: the arguments of its factory, paths of the
    project made absolute. paths, methods: where it counts, empty for everywhere. optional: may be missing. closed: code of the
    finding by which its paths and methods answer 501, else "".
    Source: logic.md 6.2.
    """

    phase: str
    name: str
    enabled: bool = True
    params: tuple[Json, ...] = ()
    paths: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    optional: bool = False
    file: str = ""
    key: str = ""
    closed: str = ""

    @property
    def own(self) -> bool:
        """Whether it is a module of the project, not of a package."""
        return self.name.startswith((".", "/"))


@dataclass(frozen=True, slots=True)
class ComponentEntry:
    """One entry of component-config.json. enabled: false for null and false. closed: code of the finding that closes the whole API."""

    name: str
    enabled: bool
    options: Mapping[str, Any]
    file: str
    key: str
    closed: str = ""


# -- phases ------------------------------------------------------------------


def merged_phases(names: Iterable[str]) -> tuple[str, ...]:
    """The order of phases when a file names some of them, its own ones among them.

    A new phase stands behind the one named before it; where the file contradicts the known order, the known one counts.

    Args:
        names: keys of middleware.json, with or without ":before" and ":after".

    Source: logic.md 6.2.
    """
    order, previous = list(PHASES), ""
    for name in dict.fromkeys(key.partition(":")[0] for key in names):
        if name not in order:
            order.insert(order.index(previous) + 1 if previous else 0, name)
        previous = name
    return tuple(order)


def _misplaced(names: Iterable[str]) -> list[str]:
    """Known phases that a file names after a later one; LoopBack stops at them."""
    known = [name for name in dict.fromkeys(key.partition(":")[0] for key in names) if name in PHASES]
    return [name for name, before in zip(known[1:], known, strict=False) if PHASES.index(name) < PHASES.index(before)]


def phase_keys(phases: Iterable[str]) -> tuple[str, ...]:
    """Each phase with its ":before" and ":after", in order."""
    return tuple(f"{phase}:{place}" if place else phase for phase in phases for place in _PLACES)


# -- entries -----------------------------------------------------------------

_KEYS: Final = ("enabled", "name", "params", "paths", "methods", "verbs", "optional")
_ERROR_HANDLERS: Final = ("loopback#errorHandler", "errorhandler")
_EARLIER_PARSERS: Final = ("body-parser#json", "body-parser#urlencoded", "body-parser", "loopback-context#per-request")
_SERVING: Final = ("loopback#static", "serve-static", "loopback#favicon", "serve-favicon")
_SESSIONS: Final = ("express-session", "cookie-session")
_LATE: Final = frozenset(phase_keys(("files", "final")))


def read_middleware(section: Section, folder: Path, installed: Collection[str]) -> tuple[MiddlewareEntry, ...]:
    """All entries in the order in which they run.

    Args:
        section: middleware.json after overlays and `${NAME}`.
        folder: where the file stands; `$!./` in params starts there.
        installed: names of the middleware that there is.
    """
    phases = merged_phases(section.value)
    for phase in _misplaced(section.value):
        section.find("warn", "PHASE_ORDER", phase, "stands after a later phase; the usual order counts", "move it up")
    entries = [
        _judged(entry, one, installed)
        for phase in phase_keys(phases)
        for name, one in _configs(section.section(phase))
        if (entry := _entry(phase, name, one, folder)) is not None
    ]
    return tuple(entries)


def _configs(phase: Section) -> list[tuple[str, Section]]:
    """Entries of one phase; a list below one name is several entries."""
    found = []
    for name, value in phase.value.items():
        listed = value if isinstance(value, list) else [value]
        for index, one in enumerate(listed):
            key = joined(name, index) if isinstance(value, list) else name
            config = one if isinstance(one, dict) else {"enabled": bool(one)}
            found.append((name, replace(phase, value=config, path=joined(phase.path, key), subject=f"middleware:{name}", name=name)))
    return found


def _entry(phase: str, name: str, section: Section, folder: Path) -> MiddlewareEntry:
    section.unknown(_KEYS)
    params = section.value.get("params")
    methods = tuple(one.upper() for key in ("methods", "verbs") for one in section.texts(key))
    return MiddlewareEntry(
        phase=phase,
        name=name,
        enabled=section.value.get("enabled", True) is not False,
        params=() if params is None else tuple(_anchored(one, folder) for one in (params if isinstance(params, list) else [params])),
        paths=section.texts("paths"),
        methods=() if "ALL" in methods else methods,
        optional=bool(section.value.get("optional")),
        file=section.file,
        key=section.path,
    )


def _anchored(value: Json, folder: Path) -> Json:
    if isinstance(value, str):
        return str((folder / value[2:]).resolve()) if value.startswith(("$!./", "$!../")) else value
    if isinstance(value, dict):
        return {key: _anchored(one, folder) for key, one in value.items()}
    return [_anchored(one, folder) for one in value] if isinstance(value, list) else value


def _judged(entry: MiddlewareEntry, section: Section, installed: Collection[str]) -> MiddlewareEntry:
    """What LoopBack's names mean here, and what becomes of names that nobody has (source: real-projects.md 4)."""
    if not entry.enabled or entry.own:
        return entry
    if entry.name in _ERROR_HANDLERS:
        section.find("note", "ERROR_HANDLER_OLD", "", "is read as strong-error-handler", "name strong-error-handler")
        return replace(entry, name="strong-error-handler", params=())
    if entry.name in _EARLIER_PARSERS:
        section.find("note", "NO_EFFECT", "", "has no effect: bodies are read by the routes, `lbpy.current` is the context", "nothing to do")
        return replace(entry, enabled=False)
    if entry.name in installed or entry.name.partition("#")[0] in installed:
        return entry
    return _unknown(entry, section)


def _unknown(entry: MiddlewareEntry, section: Section) -> MiddlewareEntry:
    remedy = "write or install a middleware of that name in the group `lbpy.middleware`"
    if entry.optional:
        section.find("note", "MIDDLEWARE_UNKNOWN", "", "is optional and not there", "nothing to do")
    elif guarded(entry.name) and entry.phase not in _LATE and entry.name not in _SESSIONS:
        section.find("closed", "MIDDLEWARE_UNKNOWN", "", "is not there and may guard: its paths are closed", remedy)
        return replace(entry, enabled=False, closed="" if section.accepted else "MIDDLEWARE_UNKNOWN")
    else:
        section.find("warn", "MIDDLEWARE_UNKNOWN", "", "is not there and does nothing", remedy)
    return replace(entry, enabled=False)


def with_files(entries: tuple[MiddlewareEntry, ...], section: Section, root: Path) -> tuple[MiddlewareEntry, ...]:
    """The entries where those whose files are absent, or must not be served, are off.

    Args:
        root: the application folder; files of its repository may be served, the folder that holds `server/` may not.

    Source: real-projects.md 4.
    """
    return tuple(replace(one, enabled=one.enabled and not _unserved(one, section, root)) for one in entries)


def _unserved(entry: MiddlewareEntry, section: Section, root: Path) -> bool:
    served = Path(entry.params[0]) if entry.name in _SERVING and entry.params and isinstance(entry.params[0], str) else None
    if served is None or not entry.enabled:
        return False
    one = replace(section, path=entry.key, name=entry.name, subject=f"middleware:{entry.name}")
    if not served.exists():
        one.find("warn", "FILES_MISSING", "params", "the file or folder is not there", "add it, or take the entry out")
    elif root.is_relative_to(served) or not served.is_relative_to(_repository(root)):
        text = "the folder holds the application or lies outside the project; it is not served"
        one.find("warn", "FILES_UNSERVED", "params", text, "move what may be read by everybody into a folder of its own")
    else:
        return False
    return True


def _repository(root: Path) -> Path:
    return next((one for one in (root, *root.parents) if (one / ".git").exists()), root)


def with_rest(entries: tuple[MiddlewareEntry, ...], section: Section, api_root: str) -> tuple[MiddlewareEntry, ...]:
    """The entries with `loopback#rest` in the phase `routes`, where none names it (source: real-projects.md 4)."""
    if any(one.name == "loopback#rest" for one in entries):
        return entries
    section.find("note", "REST_ADDED", "", "no entry mounts the API; it is mounted in the phase `routes`", "add `loopback#rest` to `routes`")
    rest = MiddlewareEntry("routes", "loopback#rest", paths=(api_root,), file=section.file, key="routes.loopback#rest")
    later = {*phase_keys(("files", "final")), "routes:after"}
    first = next((index for index, one in enumerate(entries) if one.phase in later), len(entries))
    return (*entries[:first], rest, *entries[first:])


def with_cors(entries: tuple[MiddlewareEntry, ...], cors: Mapping[str, Json]) -> tuple[MiddlewareEntry, ...]:
    """The entries where a cors middleware without params takes them from `remoting.cors` of 2.x (source: real-projects.md 3.3)."""
    given = {key: one for key, one in cors.items() if key in ("origin", "credentials")}
    return tuple(replace(one, params=(given,)) if given and one.name == "cors" and not one.params else one for one in entries)


# -- components --------------------------------------------------------------

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
        section.find("warn", "COMPONENT_UNKNOWN", entry.key, "is not there, it fills a store", "use server/seed.json or `lbpy migrate`")
    elif guarded(entry.name):
        section.find("closed", "COMPONENT_UNKNOWN", entry.key, "is not there and may guard: the whole API is closed", remedy)
        return replace(entry, enabled=False, closed="" if section.accepted else "COMPONENT_UNKNOWN")
    else:
        section.find("warn", "COMPONENT_UNKNOWN", entry.key, "is not there and is skipped", remedy)
    return replace(entry, enabled=False)
