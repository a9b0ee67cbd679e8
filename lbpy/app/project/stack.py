"""The middleware of a project, as frozen records in the order in which they run. Loads none of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from ...errors import ProjectError
from ...types import Json
from ..entries import MiddlewareEntry, PhaseList, located
from .files import Folder, joined, own_code
from .keys import Section, guarded

# -- entries -----------------------------------------------------------------

_KEYS: Final = ("enabled", "name", "params", "paths", "methods", "verbs", "optional")
_ERROR_HANDLERS: Final = ("loopback#errorHandler", "errorhandler")
_EARLIER_PARSERS: Final = ("body-parser#json", "body-parser#urlencoded", "body-parser", "loopback-context#per-request")
_SERVING: Final = ("loopback#static", "serve-static", "loopback#favicon", "serve-favicon")
_PROTECTORS: Final = re.compile("csrf|csurf|lusca|rate-?limit|limiter|brute", re.IGNORECASE)
"""Packages that protect without a guard word in their name."""

_SESSIONS: Final = ("express-session", "cookie-session")


def read_phases(section: Section) -> PhaseList:
    """The phases in order, those of the project worked in; an order that contradicts itself refuses (source: logic.md 6.2)."""
    try:
        return PhaseList().merged(section.value)
    except ProjectError as problem:
        section.find("refuse", "PHASE_ORDER", "", problem.text, "write the phases in their order")
        return PhaseList()


def read_middleware(
    section: Section, phases: PhaseList, folder: Path, installed: Collection[str]
) -> tuple[MiddlewareEntry, ...]:
    """All entries in the order in which they run.

    Args:
        section: middleware.json after overlays and `${NAME}`.
        phases: as read_phases gives them.
        folder: where the file stands; `$!./` in params starts there.
        installed: names of the middleware that there is.
    """
    keys = [phase for phase in section.value if _known(section, phase, phases)]
    configs = [one for phase in sorted(keys, key=phases.rank) for one in _configs(section.section(phase), phase)]
    return tuple(_judged(_entry(phase, one, folder), one, installed) for phase, one in configs)


def _known(section: Section, phase: str, phases: PhaseList) -> bool:
    try:
        return phases.rank(phase) >= 0
    except ProjectError as problem:
        section.find("refuse", "PHASE_UNKNOWN", phase, problem.text, "write NAME, NAME:before or NAME:after")
        return False


def _configs(section: Section, phase: str) -> list[tuple[str, Section]]:
    """The entries of one phase; a list below one name is several entries."""
    found = []
    for name, value in section.value.items():
        listed = value if isinstance(value, list) else [value]
        for index, one in enumerate(listed):
            key = joined(section.path, joined(name, index) if isinstance(value, list) else name)
            config = one if isinstance(one, dict) else {"enabled": bool(one)}
            found.append((phase, replace(section, value=config, path=key, subject=f"middleware:{name}", name=name)))
    return found


def _entry(phase: str, section: Section, folder: Path) -> MiddlewareEntry:
    section.unknown(_KEYS)
    methods = tuple(one.upper() for key in ("methods", "verbs") for one in section.texts(key))
    return MiddlewareEntry(
        phase=phase,
        name=section.name,
        enabled=section.value.get("enabled", True) is not False,
        params=_arguments(section.value.get("params"), folder),
        paths=section.texts("paths"),
        methods=() if "ALL" in methods else methods,
        optional=bool(section.value.get("optional")),
        file=section.file,
        key=section.path,
    )


def _arguments(params: Json, folder: Path) -> tuple[Json, ...]:
    if params is None:
        return ()
    return tuple(located(one, folder) for one in (params if isinstance(params, list) else [params]))


def _judged(entry: MiddlewareEntry, section: Section, installed: Collection[str]) -> MiddlewareEntry:
    """What LoopBack's names mean here, and what becomes of names that nobody has (source: real-projects.md 4)."""
    if not entry.enabled or entry.own:
        return entry
    if entry.name in _ERROR_HANDLERS:
        section.find("note", "ERROR_HANDLER_OLD", "", "is read as strong-error-handler", "name strong-error-handler")
        return replace(entry, name="strong-error-handler", params=())
    if entry.name in _EARLIER_PARSERS:
        text = "has no effect: the routes read bodies, `lbpy.current` is the context"
        section.find("note", "NO_EFFECT", "", text, "nothing to do")
        return replace(entry, enabled=False)
    if entry.name in installed or entry.name.partition("#")[0] in installed:
        return entry
    return _unknown(entry, section)


def _protects(name: str) -> bool:
    return guarded(name) or _PROTECTORS.search(name) is not None


def _unknown(entry: MiddlewareEntry, section: Section) -> MiddlewareEntry:
    remedy = "write or install a middleware of that name in the group `lbpy.middleware`"
    if entry.optional:
        section.find("note", "MIDDLEWARE_UNKNOWN", "", "is optional and not there", "nothing to do")
    elif _protects(entry.name) and not entry.late and entry.name not in _SESSIONS:
        section.find("closed", "MIDDLEWARE_UNKNOWN", "", "is not there and may guard: its paths are closed", remedy)
        return replace(entry, enabled=not section.accepted, closed="" if section.accepted else "MIDDLEWARE_UNKNOWN")
    else:
        section.find("warn", "MIDDLEWARE_UNKNOWN", "", "is not there and does nothing", remedy)
    return replace(entry, enabled=False)


def with_code(entries: tuple[MiddlewareEntry, ...], section: Section, folder: Folder) -> tuple[MiddlewareEntry, ...]:
    """The entries of the project's own modules with their Python files; those without close their paths (source: real-projects.md 2.1)."""
    return tuple(_with_code(one, section, folder) if one.own and one.enabled else one for one in entries)


def _with_code(entry: MiddlewareEntry, section: Section, folder: Folder) -> MiddlewareEntry:
    path = own_code(folder.server, entry.name)
    if path is not None:
        return replace(entry, code=folder.shown(path))
    one = replace(section, path=entry.key, name=entry.name, subject=f"middleware:{entry.name}")
    remedy = "write its Python counterpart (`lbpy port` makes a stub)"
    if entry.late or entry.optional:
        one.find("warn", "MIDDLEWARE_UNPORTED", "", "is a module of the project that does not run", remedy)
        return replace(entry, enabled=False)
    one.find("closed", "MIDDLEWARE_UNPORTED", "", "is a module of the project that does not run: its paths are closed", remedy)
    return replace(entry, enabled=not one.accepted, closed="" if one.accepted else "MIDDLEWARE_UNPORTED")


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


def with_rest(
    entries: tuple[MiddlewareEntry, ...], section: Section, phases: PhaseList, api_root: str
) -> tuple[MiddlewareEntry, ...]:
    """The entries with `loopback#rest` in the phase `routes`, where none names it (source: real-projects.md 4)."""
    if any(one.name == "loopback#rest" for one in entries):
        return entries
    text = "no entry mounts the API; it is mounted in the phase `routes`"
    section.find("note", "REST_ADDED", "", text, "add `loopback#rest` to `routes`")
    rest = MiddlewareEntry("routes", "loopback#rest", paths=(api_root,), file=section.file, key="routes.loopback#rest")
    return tuple(sorted((*entries, rest), key=lambda one: phases.rank(one.phase)))


def with_cors(entries: tuple[MiddlewareEntry, ...], cors: Mapping[str, Json]) -> tuple[MiddlewareEntry, ...]:
    """The entries where cors without params takes them from `remoting.cors` of 2.x (source: real-projects.md 3.3)."""
    given = {key: one for key, one in cors.items() if key in ("origin", "credentials")}
    return tuple(replace(one, params=(given,)) if given and one.name == "cors" and not one.params else one for one in entries)
