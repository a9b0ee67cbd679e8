"""Reading one of the five configurations of a project with its overlays. Judges files, not the keys inside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...errors import ProjectError
from ...types import UNSET, Json
from .dynamic import resolved
from .files import Folder, JsonObject, read_json, read_python
from .keys import Section, guarded
from .merging import merged, merged_middleware

MAIN_NAMES: Final = ("config", "datasources", "model-config", "middleware", "component-config")

_SAMPLE: Final = re.compile(r"[.-](sample|dist|example|template|default|bak)\b")


@dataclass(frozen=True, slots=True)
class Layers:
    """One configuration after its overlays.

    name: of the main file, without extension. value: the merged object. file: the main file, relative to the project.
    unread: active JavaScript files without a counterpart, whose settings are missing in `value`.
    """

    name: str
    value: JsonObject
    file: str
    unread: tuple[Path, ...] = ()

    def section(self, folder: Folder) -> Section:
        """The whole configuration, ready for the reading of its keys."""
        return Section(folder.report, self.file, self.value)


def environment(environ: Mapping[str, str]) -> str:
    """The name of the environment: LBPY_ENV, else NODE_ENV, else development (source: tools.md 3.2)."""
    return environ.get("LBPY_ENV") or environ.get("NODE_ENV") or "development"


def read_layers(folder: Folder, name: str) -> Layers:
    """Main file, then `.local`, then `.ENV`; the later one wins.

    Without a main file the result is empty and its overlays are left out, as in LoopBack, with a finding.

    Args:
        folder: the project.
        name: one of MAIN_NAMES.

    Source: logic.md 7.2, real-projects.md 3.1, 3.2.
    """
    main = folder.server / f"{name}.json"
    if main.is_file():
        return _overlaid(folder, Layers(name, read_json(folder, main), folder.shown(main)))
    if main.with_suffix(".py").is_file():
        counterpart = main.with_suffix(".py")
        return _overlaid(folder, Layers(name, read_python(folder, counterpart), folder.shown(counterpart)))
    return _without_main(folder, name, main)


def _without_main(folder: Folder, name: str, main: Path) -> Layers:
    text = "the main file is missing, read as {}; its overlays are ignored"
    folder.report.add("warn", "MAIN_MISSING", folder.shown(main), text=text, remedy="add the file, even if only {}")
    script = main.with_suffix(".js")
    return Layers(name, {}, folder.shown(main), (script,) if script.is_file() else ())


def _overlaid(folder: Folder, layers: Layers) -> Layers:
    for suffix in ("local", folder.env):
        layers = _with_overlay(folder, layers, folder.server / f"{layers.name}.{suffix}")
    return layers


def _with_overlay(folder: Folder, layers: Layers, stem: Path) -> Layers:
    script, counterpart, plain = (stem.with_name(f"{stem.name}.{end}") for end in ("js", "py", "json"))
    used = next((path for path in (counterpart, plain) if path.is_file()), None)
    if used is None:
        return Layers(layers.name, layers.value, layers.file, (*layers.unread, script)) if script.is_file() else layers
    if script.is_file():
        text = "is read in the place of the .js file beside it, which cannot run"
        folder.report.add("note", "OVERLAY_COUNTERPART", folder.shown(used), text=text, remedy="keep both in step")
    overlay = read_python(folder, used) if used == counterpart else read_json(folder, used)
    return Layers(layers.name, _laid_over(folder, layers, overlay, used), layers.file, layers.unread)


def _laid_over(folder: Folder, layers: Layers, overlay: JsonObject, path: Path) -> JsonObject:
    def added(key: str) -> None:
        text = "the main file lacks it; it is added (LoopBack stops here)"
        folder.report.add("warn", "OVERLAY_ADDS", folder.shown(path), key, text=text, remedy="name it in the main file too")

    try:
        if layers.name == "middleware":
            return merged_middleware(layers.value, overlay, added)
        result: JsonObject = merged(layers.value, overlay)
        return result
    except ProjectError as problem:
        remedy = "give both the same kind and length"
        folder.report.add("refuse", "OVERLAY_MERGE", folder.shown(path), problem.key, text=problem.text, remedy=remedy)
        return layers.value


# -- JavaScript that would have had a say ------------------------------------


def judge_unread(folder: Folder, layers: Layers) -> bool:
    """Reports active `.js` files without a counterpart.

    Returns:
        Whether one of them closes the whole API.

    Source: real-projects.md 3.2.
    """
    closing = [_judge_script(folder, layers, path) for path in layers.unread]
    return any(closing)


def _judge_script(folder: Folder, layers: Layers, path: Path) -> bool:
    file = folder.shown(path)
    code, text = "OVERLAY_UNREAD", "cannot run, its settings are missing"
    remedy = f"write `settings` in {path.with_suffix('.py').name}; ${{NAME}} in JSON reads the environment"
    if _closes(layers.name, path):
        text = "cannot run and may hide or guard routes: the whole API is closed"
        folder.report.add("closed", code, file, text=text, remedy=remedy)
        return not folder.report.accepted(file)
    if layers.name == "datasources" and layers.value and folder.env == "production":
        text = "cannot run; without it data would land in the stores of the main file"
        folder.report.add("refuse", code, file, text=text, remedy=remedy)
    else:
        text = f"{text}; the explorer stays off" if layers.name == "component-config" else text
        folder.report.add("warn", code, file, text=text, remedy=remedy)
    return False


def _closes(name: str, path: Path) -> bool:
    return name == "model-config" or (name == "middleware" and _may_guard(path))


def _may_guard(script: Path) -> bool:
    """A local module that the script requires may guard too, so it counts."""
    text = script.read_text("utf-8", errors="replace")
    return guarded(text) or re.search(r"require\(\s*['\"]\.", text) is not None


def note_samples(folder: Folder) -> None:
    """Notes sample files beside the configuration: they tell whoever moves the project what is missing."""
    for path in _samples(folder):
        text = "is a sample, not read"
        folder.report.add("note", "SAMPLE_FILE", folder.shown(path), text=text, remedy="see whether its real file is missing")


def _samples(folder: Folder) -> Iterator[Path]:
    active = {f"{name}.{suffix}.json" for name in MAIN_NAMES for suffix in ("local", folder.env)}
    for path in sorted(folder.server.iterdir()):
        if path.name.startswith(MAIN_NAMES) and _SAMPLE.search(path.name) and path.name not in active:
            yield path


# -- ${NAME} -----------------------------------------------------------------


def filled(folder: Folder, layers: Layers, settings: Mapping[str, Json]) -> Layers:
    """The configuration with `${NAME}` put in: from the environment, else from the application's settings.

    What cannot be resolved is absent, with a finding (source: logic.md 7.3).
    """

    def lookup(name: str) -> Json:
        return folder.environ.get(name, settings.get(name, UNSET))

    def missing(path: str, name: str) -> None:
        text = f"${{{name}}} is neither in the environment nor a setting; the value is absent"
        folder.report.add("warn", "NAME_UNRESOLVED", layers.file, path, text=text, remedy=f"set {name}")

    return Layers(layers.name, resolved(layers.value, lookup, missing), layers.file, layers.unread)


def filled_from_environment(folder: Folder, layers: Layers) -> Layers:
    """The same for config.json itself, from the environment only: a setting of the project may mean its `${...}` literally."""

    def lookup(name: str) -> Json:
        return folder.environ.get(name, f"${{{name}}}")

    return Layers(layers.name, resolved(layers.value, lookup, lambda _path, _name: None), layers.file, layers.unread)
