"""The JavaScript files of a project that would have run, with what must be known to judge them. Judges none."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from ...app.project.keys import guarded
from ...app.project.models import ModelEntry
from ...app.project.reading import Project
from .filled import NO_COUNTERPART, Counterpart, read_counterpart
from .javascript import assigned, local_modules, parameter, read_script
from .literals import Code

Place = Literal["model", "boot", "main", "component"]

MAIN: Final = frozenset({"server.js", "app.js", "index.js"})
_ENABLES: Final = re.compile(r"\.enableAuth\s*\(")
_BY_NAME: Final = re.compile(
    r"\bmodels\.([\w$]+)|\bmodels\[\s*['\"]([^'\"]+)['\"]\s*\]|\b(?:getModel(?:ByType)?|model)\(\s*['\"]([^'\"]+)['\"]\s*\)"
)
_SIMPLE: Final = re.compile(r"[\w$]+")


@dataclass(frozen=True, slots=True)
class Script:
    """One script that does not run.

    place: what kind of file it is. file: relative to the project. text: its own text without comments, that of its local
    helpers after it. guarded: whether it speaks of protecting something. model: whose script it is, "" for others.
    stub: what its Python counterpart holds, if there is one.
    """

    place: Place
    file: str
    text: str
    guarded: bool
    model: str = ""
    stub: Counterpart = NO_COUNTERPART

    @property
    def counterpart(self) -> str:
        """The name of the Python file that would take its place."""
        return Path(self.file).with_suffix(".py").as_posix()


def scripts_of(project: Project) -> Iterator[Script]:
    """The scripts that LoopBack would run, those of models first; filled counterparts lift theirs out."""
    found = (*_model_scripts(project), *_boot_scripts(project), *_main_scripts(project), *_component_scripts(project))
    yield from (one for one in found if not one.stub.filled)


def enables_auth(project: Project) -> bool:
    """Whether a script switches access control on, whatever stands around the call (source: real-projects.md 2.1)."""
    server = project.server
    files = (*sorted(server.glob("*.js")), *sorted((server / "boot").rglob("*.js")))
    return any(_ENABLES.search(read_script(path)) for path in files)


def _model_scripts(project: Project) -> Iterator[Script]:
    for entry in project.models:
        if entry.script:
            yield _script(project, "model", entry.script, entry.code, entry.name)


def _boot_scripts(project: Project) -> Iterator[Script]:
    for one in project.boot_scripts:
        if one.script:
            yield _script(project, "boot", one.script, one.code)


def _main_scripts(project: Project) -> Iterator[Script]:
    for path in sorted(project.server.glob("*.js")):
        if path.name in MAIN:
            file = path.relative_to(project.root).as_posix()
            yield _script(project, "main", file, _beside(project, file))


def _component_scripts(project: Project) -> Iterator[Script]:
    for one in project.components:
        if one.enabled and one.name.startswith("."):
            path = own_module(project.server, one.name)
            file = (path or (project.server / one.name).with_suffix(".js")).resolve()
            shown = file.relative_to(project.root).as_posix() if file.is_relative_to(project.root) else one.name
            yield _script(project, "component", shown, _beside(project, shown))


def own_module(server: Path, name: str) -> Path | None:
    """The file of a module of the project that configuration names, such as "./components/x"."""
    base = server / name
    return next((one for one in (base, base.with_name(f"{base.name}.js"), base / "index.js") if one.is_file()), None)


def counterpart_of(project: Project, name: str) -> str:
    """The Python file that would take the place of a module that configuration names by a path; "" outside of the project."""
    plain = name.partition("#")[0]
    script = own_module(project.server, plain) or project.server / plain
    file = script.with_name(f"{script.name.removesuffix('.js')}.py").resolve()
    return file.relative_to(project.root).as_posix() if file.is_relative_to(project.root) else ""


def _beside(project: Project, file: str) -> str:
    code = Path(file).with_suffix(".py").as_posix()
    return code if (project.root / code).is_file() else ""


def _is_helper(project: Project, path: Path) -> bool:
    """Whether a required file is code that is not judged by itself."""
    return path.suffix == ".js" and Path(os.path.relpath(path, project.root)).as_posix() not in project.scripts


def json_methods(project: Project, model: str) -> dict[str, Any]:
    """The remote methods that the JSON of a model lists, those of model-config included."""
    entry = next((one for one in project.models if one.name == model), None)
    return {**((entry.definition or {}).get("methods") or {}), **entry.methods} if entry else {}


def _script(project: Project, place: Place, file: str, code: str, model: str = "") -> Script:
    path = project.root / file
    own = read_script(path)
    modules, absent = local_modules(path)
    words = (own, *(read_script(one) for one in modules))
    helpers = (text for one, text in zip(modules, words[1:], strict=True) if _is_helper(project, one))
    stub = read_counterpart(project.root / code, json_methods(project, model)) if code else NO_COUNTERPART
    is_guarded = absent or not path.is_file() or any(guarded(text) for text in words)
    return Script(place, file, "\n;\n".join((own, *helpers)), is_guarded, model, stub)


# -- whom a call is about ----------------------------------------------------


def model_meant(script: Script, receiver: str, models: Iterable[ModelEntry]) -> str:
    """The model that an expression stands for; of a model's script its own one where that cannot be told, else ""."""
    own = parameter(script.text)
    known = {one.name.lower(): one.name for one in models}
    head = receiver.removesuffix(".prototype")
    if script.model and head == own:
        return script.model
    named = _named(head) or (_named_by_variable(script, head) if _SIMPLE.fullmatch(head) else "") or head
    return known.get(named.lower(), script.model)


def _named(expression: str) -> str:
    found = _BY_NAME.search(expression)
    return next((one for one in found.groups() if one), "") if found else ""


def _named_by_variable(script: Script, name: str) -> str:
    value = assigned(script.text, name)
    return _named(value.text) if isinstance(value, Code) else ""
