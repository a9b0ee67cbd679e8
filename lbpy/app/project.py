"""A whole project folder as one frozen record, everything in it honoured or reported. Applies nothing, loads no plug-in, opens no store.

The cut: report (findings), files (one file), merging and dynamic (pure), config (overlays), keys (one object's keys), then one module for
each thing that is read: settings, sources, modelfiles and judge and models, stack.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import ProjectError
from .config import Layers, environment, filled, filled_from_environment, judge_unread, note_samples, read_layers
from .files import Folder
from .models import ModelEntry, Surroundings, read_models
from .modelfiles import find_mixins, find_models, source_folders
from .names import Installed
from .report import Report
from .settings import AppConfig, read_app_config
from .sources import SourceConfig, read_sources
from .stack import ComponentEntry, MiddlewareEntry, merged_phases, read_components, read_middleware, with_cors, with_files, with_rest

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
    phases: names of the middleware phases in order. middleware: in the order in which entries run. boot_scripts: in order.
    mixins: Python mixins of the project by name. scripts: every .js file beside models, mixins, boot scripts and configuration.
    closes_api: whether something that cannot be read closes the whole API. Paths of files are relative to root, with slashes.
    """

    root: Path
    server: Path
    env: str
    config: AppConfig
    sources: Mapping[str, SourceConfig]
    models: tuple[ModelEntry, ...]
    phases: tuple[str, ...]
    middleware: tuple[MiddlewareEntry, ...]
    components: tuple[ComponentEntry, ...]
    boot_scripts: tuple[BootScript, ...]
    mixins: Mapping[str, Path]
    scripts: tuple[str, ...]
    closes_api: bool
    report: Report


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
        installed: names of the models, connectors, middleware, components and mixins that there are; LoopBack's own unless told.

    Raises:
        ProjectError: no project is found (as find_project).
    """
    root = find_project(path)
    folder = Folder(root, _server_of(root) or root, environment(environ), environ)
    return _read(folder, installed or Installed())


def _read(folder: Folder, installed: Installed) -> Project:
    config = _read_config(folder)
    note_samples(folder)
    source_layers, models_layers, middleware_layers, component_layers = (
        read_layers(folder, name) for name in ("datasources", "model-config", "middleware", "component-config")
    )
    layers = (source_layers, models_layers, middleware_layers, component_layers)
    closes = any([judge_unread(folder, one) for one in layers])
    sources = _read_sources(folder, source_layers, config, installed)
    meta = models_layers.section(folder).section("_meta")
    meta.unknown(("sources", "mixins"))
    model_folders, mixin_folders = source_folders(folder, meta, "sources"), source_folders(folder, meta, "mixins")
    mixins = find_mixins(mixin_folders)
    around = Surroundings(find_models(folder, model_folders), installed.models, sources, {*mixins, *installed.mixins})
    components = _read_components(folder, component_layers, config, installed)
    return Project(
        root=folder.root,
        server=folder.server,
        env=folder.env,
        config=config,
        sources=sources,
        models=read_models(folder, models_layers.section(folder), around),
        phases=merged_phases(middleware_layers.value),
        middleware=_read_middleware(folder, middleware_layers, config, installed),
        components=components,
        boot_scripts=_boot_scripts(folder),
        mixins=mixins,
        scripts=_scripts(folder, (*model_folders, *mixin_folders)),
        closes_api=closes or any(one.closed for one in components),
        report=folder.report,
    )


def _read_config(folder: Folder) -> AppConfig:
    layers = filled_from_environment(folder, read_layers(folder, "config"))
    config = read_app_config(layers.section(folder), folder.env, folder.environ)
    folder.report.accept(config.accept, layers.file)
    judge_unread(folder, layers)
    return config


def _read_sources(folder: Folder, layers: Layers, config: AppConfig, installed: Installed) -> dict[str, SourceConfig]:
    return read_sources(filled(folder, layers, config.values).section(folder), installed.connectors)


def _read_middleware(folder: Folder, layers: Layers, config: AppConfig, installed: Installed) -> tuple[MiddlewareEntry, ...]:
    section = filled(folder, layers, config.values).section(folder)
    entries = read_middleware(section, folder.server, installed.middleware)
    served = with_files(with_cors(entries, config.remoting.cors), section, folder.root)
    return with_rest(served, section, config.rest_api_root)


def _read_components(folder: Folder, layers: Layers, config: AppConfig, installed: Installed) -> tuple[ComponentEntry, ...]:
    section = filled(folder, layers, config.values).section(folder)
    return read_components(section, installed.components, explorer_off=bool(layers.unread))


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
