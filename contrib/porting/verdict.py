"""The verdict on all scripts of a project: what is closed or switched off, with a finding for each. Runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ...app.ported import Patterns, Ported, joined, united
from ...app.project.modelfiles import classified
from ...app.project.models import ModelEntry
from ...app.project.names import MIXINS
from ...app.project.reading import Project
from ...app.project.report import Level
from .filled import read_counterpart
from .rules import ALL, Found, Reach, disabled_in, found_in, roles_in
from .scaffold import is_scaffold, purpose_of
from .scripts import Script, enables_auth, json_methods, model_meant, scripts_of

_REMEDY: Final = "write its Python counterpart (`lbpy port` makes a stub)"


def ported(project: Project) -> Ported:
    """What the scripts of a project did that must stay done, and what is closed because it cannot be.

    Findings go to the project's report; scripts that its accept list names close nothing.

    Source: real-projects.md 2.
    """
    scripts = [one for one in scripts_of(project) if not is_scaffold(one)]
    own = [_of_script(project, one) for one in scripts]
    for one in scripts:
        _tell_purpose(project, one)
    _tell_stand_ins(project)
    return united([*own, _of_stubs(project), Ported(enables_auth=enables_auth(project))])


# -- one script --------------------------------------------------------------


def _of_script(project: Project, script: Script) -> Ported:
    found = list(found_in(script))
    parts = [_of_construct(project, script, one) for one in found]
    roles = frozenset(roles_in(script))
    for role in sorted(roles):
        text = "resolves a role; until it does, the role counts where it denies and nowhere else"
        project.report.add("warn", "ROLE_UNPORTED", script.file, f"registerResolver.{role}", text=text, remedy=_REMEDY)
    if script.place == "model" and not (found or roles) and _has_code(script):
        project.report.add("warn", "SCRIPT_UNPORTED", script.file, text="holds code that does not run", remedy=_REMEDY, name=script.model)
    if script.place == "component":
        parts.append(_of_component(project, script))
    return united([*parts, *_disabled(project, script), Ported(roles=roles)])


def _of_construct(project: Project, script: Script, one: Found) -> Ported:
    model = "" if one.whole_api else model_meant(script, one.receiver, project.models)
    closes = bool(one.patterns) and (one.always or script.guarded)
    level: Level = "closed" if closes else "warn"
    text = one.text if closes else one.text.partition(":")[0]
    project.report.add(level, one.code, script.file, one.key, text=text, remedy=_REMEDY, name=model)
    if not closes or project.report.accepted(script.file):
        return Ported()
    if not model:
        return Ported(closes_api=True)
    return united([Ported(closed={model: _widened(project, model, one)}), _by_way_of_others(project, model, one.reach)])


def _disabled(project: Project, script: Script) -> Iterator[Ported]:
    """Methods that are switched off by name; of a model that cannot be told it may be any, so all are closed."""
    for receiver, names in disabled_in(script):
        model = model_meant(script, receiver, project.models)
        if names and model:
            yield Ported(disabled={model: names})
        elif names:
            text = "switches methods off of models that cannot be told from its text: the whole API is closed"
            project.report.add("closed", "METHODS_COMPUTED", script.file, "disableRemoteMethod", text=text, remedy=_REMEDY)
            yield Ported(closes_api=not project.report.accepted(script.file))


_EMPTY: Final = re.compile(
    r"['\"]use strict['\"]|module\.exports\s*="
    r"|export\s+default|async\b|function\b|=>|(?<![\w$])[\w$]+\s*\([\w$,\s]*\)|\([\w$,\s]*\)|[\s;{}]+"
)


def _has_code(script: Script) -> bool:
    """Whether anything is left of a script without the frame that LoopBack's generator writes."""
    return bool(_EMPTY.sub("", script.text))


# -- beyond the model itself -------------------------------------------------

_VERBS: Final[Mapping[Reach, tuple[str, ...]]] = {
    "": (),
    "read": ("*",),
    "write": ("create", "update", "updateById", "link"),
    "delete": ("delete", "destroy", "destroyById", "unlink"),
}
_EMBEDDED: Final = ("embedsone", "embedsmany", "referencesmany")


def _widened(project: Project, model: str, one: Found) -> Patterns:
    """The patterns with those relation methods that change the owner itself: an embedded record is saved with it."""
    if one.reach not in ("write", "delete"):
        return one.patterns
    kept_inside = [name for name, each in _relations(project, model) if str(each.get("type")).lower() in _EMBEDDED]
    verbs = (*_VERBS["write"], *_VERBS["delete"]) if one.reach == "write" else ()
    return (*one.patterns, *(f"prototype.__{verb}__{name}" for name in kept_inside for verb in verbs))


def _by_way_of_others(project: Project, model: str, reach: Reach) -> Ported:
    """Operation hooks ran for relation routes and includes of other models too, so these are closed with the model."""
    leading = [(one.name, name) for one in project.models for name, each in _relations(project, one.name) if _leads_to(each, model)]
    closed: dict[str, Patterns] = {}
    for owner, name in leading:
        closed = joined(closed, {owner: tuple(f"prototype.__{verb}__{name}" for verb in _VERBS[reach])})
    kept_out: dict[str, Patterns] = {}
    for owner, name in leading if reach == "read" else []:
        kept_out = joined(kept_out, {owner: (name,)})
    return Ported(closed=closed, kept_out=kept_out)


def _relations(project: Project, model: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    entry = next((one for one in project.models if one.name == model), None)
    if entry is not None:
        yield from {**(dict((entry.definition or {}).get("relations") or {})), **entry.relations}.items()


def _leads_to(relation: Mapping[str, Any], model: str) -> bool:
    return model in (relation.get("model"), relation.get("through")) or bool(relation.get("polymorphic") and "model" not in relation)


# -- components, boot scripts ------------------------------------------------


def _of_component(project: Project, script: Script) -> Ported:
    text = "a component of the project does not run"
    if not script.guarded:
        project.report.add("warn", "COMPONENT_UNPORTED", script.file, text=text, remedy=_REMEDY)
        return Ported()
    text = f"{text} and may guard: the whole API is closed"
    project.report.add("closed", "COMPONENT_UNPORTED", script.file, text=text, remedy=_REMEDY)
    return Ported(closes_api=not project.report.accepted(script.file))


def _tell_purpose(project: Project, script: Script) -> None:
    if script.place == "boot":
        text, remedy = purpose_of(script)
        project.report.add("warn", "BOOT_UNPORTED", script.file, text=text, remedy=remedy.format(script.counterpart))


def _tell_stand_ins(project: Project) -> None:
    """The built-in TimeStamp does what that of npm does; a script of the project by its name may do more (source: real-projects.md 6)."""
    used = {name for one in project.models for name, on in ((one.definition or {}).get("mixins") or {}).items() if on}
    for file in project.scripts:
        name = next((one for one in used & MIXINS - project.mixins.keys() if one.lower() == classified(Path(file).stem).lower()), "")
        if name and Path(file).parent.name == "mixins":
            text = f"is not run: the built-in mixin {name} stands in for it"
            project.report.add("note", "MIXIN_BUILT_IN", file, text=text, remedy=_REMEDY, name=name)


# -- stubs -------------------------------------------------------------------


def _of_stubs(project: Project) -> Ported:
    """Counterparts that a person has not filled yet: not run, their methods closed."""
    return united([*(_of_model_stub(project, one) for one in project.models if one.code), *_of_other_stubs(project)])


def _of_model_stub(project: Project, entry: ModelEntry) -> Ported:
    stub = read_counterpart(project.root / entry.code, json_methods(project, entry.name))
    for name in (*stub.open_methods, *stub.open_hooks):
        _tell_open(project, entry.code, name, entry.name)
    still_closed = stub.open_methods and not project.report.accepted(entry.code)
    passed_over = frozenset() if stub.filled else frozenset({entry.code})
    return Ported(closed={entry.name: stub.open_methods} if still_closed else {}, passed_over=passed_over)


def _tell_open(project: Project, file: str, name: str, about: str = "") -> None:
    text = "is still a stub: what its script did stays closed"
    project.report.add("closed", "STUB_OPEN", file, name, text=text, remedy="fill it in", name=about)


def _of_other_stubs(project: Project) -> Iterator[Ported]:
    for script in project.boot_scripts:
        if script.code and not read_counterpart(project.root / script.code).filled:
            yield Ported(passed_over=frozenset({script.code}))
    for one in project.middleware:
        if one.code and not read_counterpart(project.root / one.code).filled:
            _tell_open(project, one.code, one.key)
            yield Ported(passed_over=frozenset({one.code}))
    for name, path in project.mixins.items():
        if not read_counterpart(path).filled:
            file = path.relative_to(project.root).as_posix()
            _tell_open(project, file, name)
            users = _users_of(project.models, name)
            closed = {} if project.report.accepted(file, f"mixin:{name}") else dict.fromkeys(users, ALL)
            yield Ported(closed=closed, passed_over=frozenset({file}))


def _users_of(models: Iterable[ModelEntry], mixin: str) -> list[str]:
    """The models that use a mixin, those below them included."""
    users: list[str] = []
    for one in models:
        own = (one.definition or {}).get("mixins") or {}
        if own.get(mixin) or one.base in users:
            users.append(one.name)
    return users
