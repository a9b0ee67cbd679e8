"""A whole project folder as one frozen record, all of it honoured or reported. Loads no plug-in, opens no store.

The cut: report (findings), files (one file), merging and dynamic (pure), config (overlays), keys (the keys of one object), then
one module for each thing that is read: settings, sources, modelfiles with judge and models, stack, components.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ...errors import ProjectError
from ..entries import MiddlewareEntry, PhaseList
from ..ported import Ported
from .components import ComponentEntry, read_components
from .config import MAIN_NAMES, environment, filled, filled_from_environment, judge_unread, note_samples, read_layers
from .files import Folder
from .keys import Section
from .modelfiles import ModelFile, find_mixins, find_models, source_folders
from .models import ModelEntry, Surroundings, read_models
from .names import Installed
from .report import Report
from .settings import AppConfig, read_app_config
from .sources import SourceConfig, read_sources, with_undefined
from .stack import read_middleware, read_phases, with_code, with_cors, with_files, with_rest

__all__ = [
    "AppConfig",
    "BootScript",
    "ComponentEntry",
    "Installed",
    "MiddlewareEntry",
    "ModelEntry",
    "Project",
    "SourceConfig",
    "find_project",
    "read_project",
]

_MODEL_CONFIG: Final = "model-config.json"
_SKIPPED: Final = frozenset({"node_modules", "bower_components", "__pycache__"})


@dataclass(frozen=True, slots=True)
class BootScript:
    """One script of `boot/`. script: its .js file, code: its .py file, relative to the project; "" where it is absent."""

    name: str
    script: str
    code: str


@dataclass(frozen=True, slots=True)
class Project:
    """All that a project folder says.

    root: the application folder. server: where its configuration stands. env: name of the environment. models: bases first.
    phases: the middleware phases in order. middleware: in the order in which entries run. boot_scripts: in order.
    mixins: Python mixins of the project by name. scripts: every .js file beside models, mixins, boot scripts and configuration.
    closes_api: whether something that cannot be read closes the whole API. ported: the verdict on its scripts.
    Paths of files are relative to root, with slashes.
    """

    root: Path
    server: Path
    env: str
    config: AppConfig
    sources: Mapping[str, SourceConfig]
    models: tuple[ModelEntry, ...]
    phases: PhaseList
    middleware: tuple[MiddlewareEntry, ...]
    components: tuple[ComponentEntry, ...]
    boot_scripts: tuple[BootScript, ...]
    mixins: Mapping[str, Path]
    scripts: tuple[str, ...]
    closes_api: bool
    report: Report
    ported: Ported = field(default_factory=Ported)


# -- finding -----------------------------------------------------------------


def find_project(path: Path | str) -> Path:
    """The application folder: the folder itself, else the only one below it.

    Raises:
        ProjectError: there is none, or there are several; the text names them.

    Source: real-projects.md 3.1.
    """
    start = Path(path).resolve()
    if not start.is_dir():
        raise ProjectError(f"{path} is no folder")
    if _server_of(start) is not None:
        return start
    found = sorted(set(_below(start)))
    if len(found) == 1:
        return found[0]
    if not found:
        raise ProjectError(f"no server/{_MODEL_CONFIG} in {path} or below; name the folder of a LoopBack project")
    names = ", ".join(one.relative_to(start).as_posix() for one in found)
    raise ProjectError(f"several projects below {path}: {names}; name one of them")


def _server_of(root: Path) -> Path | None:
    return next((one for one in (root / "server", root) if (one / _MODEL_CONFIG).is_file()), None)


def _below(start: Path) -> Iterator[Path]:
    for folder, below, files in os.walk(start):
        below[:] = [name for name in below if name not in _SKIPPED and not name.startswith(".")]
        if _MODEL_CONFIG in files:
            yield Path(folder).parent if Path(folder).name == "server" else Path(folder)


# -- reading -----------------------------------------------------------------


def read_project(path: Path | str, environ: Mapping[str, str], installed: Installed | None = None) -> Project:
    """Reads a project folder; findings of every level are in its report.

    Args:
        path: the project, or a folder above it.
        environ: environment variables: LBPY_ENV, NODE_ENV, HOST, PORT, LBPY_COMPAT and what `${NAME}` names.
        installed: names of models, connectors, middleware, components and mixins that there are; LoopBack's own unless told.

    Raises:
        ProjectError: no project is found (as find_project), or a file or folder of it cannot be opened.
    """
    root = find_project(path)
    folder = Folder(root, _server_of(root) or root, environment(environ), environ)
    try:
        return _read(folder, installed or Installed())
    except OSError as problem:
        raise ProjectError(problem.strerror or "cannot be read", folder.shown(Path(problem.filename or root))) from problem


def _read(folder: Folder, installed: Installed) -> Project:
    config = _read_config(folder)
    note_samples(folder)
    parts = _read_parts(folder, config)
    defined = read_sources(parts.sources, installed.connectors, installed.stand_in)
    sources = with_undefined(defined, parts.models, installed.stand_in)
    found = _found(folder, parts.models.section("_meta"))
    around = Surroundings(found.models, installed.models, sources, {*found.mixins, *installed.mixins}, installed.offered_mixins)
    components = read_components(parts.components, installed.components, explorer_off=parts.explorer_off)
    phases = read_phases(parts.middleware)
    return Project(
        root=folder.root,
        server=folder.server,
        env=folder.env,
        config=config,
        sources=sources,
        models=read_models(folder, parts.models, around),
        phases=phases,
        middleware=_read_middleware(folder, parts.middleware, phases, config, installed),
        components=components,
        boot_scripts=_boot_scripts(folder),
        mixins=found.mixins,
        scripts=found.scripts,
        closes_api=parts.closes_api or any(one.closed for one in components),
        report=folder.report,
    )


def _read_config(folder: Folder) -> AppConfig:
    layers = filled_from_environment(folder, read_layers(folder, "config"))
    config = read_app_config(layers.section(folder), folder.env, folder.environ)
    folder.report.accept(config.accept, layers.file)
    judge_unread(folder, layers)
    return config


@dataclass(frozen=True, slots=True)
class _Parts:
    """The other four configurations after overlays and `${NAME}`, and what overlays that cannot be read do."""

    sources: Section
    models: Section
    middleware: Section
    components: Section
    closes_api: bool
    explorer_off: bool


def _read_parts(folder: Folder, config: AppConfig) -> _Parts:
    layers = {name: read_layers(folder, name) for name in MAIN_NAMES if name != "config"}
    closing = [judge_unread(folder, one) for one in layers.values()]
    return _Parts(
        sources=filled(folder, layers["datasources"], config.values).section(folder),
        models=layers["model-config"].section(folder),
        middleware=filled(folder, layers["middleware"], config.values).section(folder),
        components=filled(folder, layers["component-config"], config.values).section(folder),
        closes_api=any(closing),
        explorer_off=bool(layers["component-config"].unread),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What lies in the folders that `_meta` names."""

    models: Mapping[str, ModelFile]
    mixins: Mapping[str, Path]
    scripts: tuple[str, ...]


def _found(folder: Folder, meta: Section) -> _Found:
    meta.unknown(("sources", "mixins"))
    sources, mixins = source_folders(folder, meta, "sources"), source_folders(folder, meta, "mixins")
    return _Found(find_models(folder, sources), find_mixins(mixins), _scripts(folder, (*sources, *mixins)))


def _read_middleware(
    folder: Folder, section: Section, phases: PhaseList, config: AppConfig, installed: Installed
) -> tuple[MiddlewareEntry, ...]:
    entries = read_middleware(section, phases, folder.server, installed.middleware)
    served = with_files(with_cors(with_code(entries, section, folder), config.remoting.cors), section, folder.root)
    return with_rest(served, section, phases, config.rest_api_root)


# -- scripts -----------------------------------------------------------------


def _boot_scripts(folder: Folder) -> tuple[BootScript, ...]:
    """Those of `boot/`, then those of `boot/ENV/`, each by name without regard to case (source: logic.md 7.1)."""
    boot = folder.server / "boot"
    return tuple(script for one in (boot, boot / folder.env) if one.is_dir() for script in _boot_scripts_in(folder, one))


def _boot_scripts_in(folder: Folder, path: Path) -> Iterator[BootScript]:
    names = {one.stem for one in path.iterdir() if one.suffix in (".js", ".py") and one.is_file()}
    for name in sorted(names, key=lambda name: (name.lower(), name)):
        if not name.startswith("_") and name != "index":
            script, code = (path / f"{name}{suffix}" for suffix in (".js", ".py"))
            yield BootScript(name, _shown_file(folder, script), _shown_file(folder, code))


def _shown_file(folder: Folder, path: Path) -> str:
    return folder.shown(path) if path.is_file() else ""


def _scripts(folder: Folder, beside: tuple[Path, ...]) -> tuple[str, ...]:
    """Every .js file whose text may say what is to be closed: models, mixins, `server/*.js`, `server/boot/**`."""
    flat = [path for one in (*beside, folder.server) for path in one.glob("*.js")]
    boot = (folder.server / "boot").rglob("*.js")
    return tuple(sorted({folder.shown(path) for path in (*flat, *boot)}))
