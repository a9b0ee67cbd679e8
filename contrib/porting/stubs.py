"""Python stubs for the scripts of a project: signatures, routes and what is to be done. Writes beside the scripts, over nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from keyword import iskeyword
from pathlib import Path
from typing import Any, Final

from ...app.counterparts import identifier
from ...app.project.modelfiles import classified
from ...app.project.models import ModelEntry
from ...app.project.names import MIXINS
from ...app.project.reading import Project
from ...naming import dasherize
from .javascript import calls
from .rules import Found, disabled_in, found_in, roles_in
from .scaffold import is_scaffold
from .scripts import Script, counterpart_of, json_methods, model_meant, scripts_of

_BY_CALL: Final = frozenset({"REMOTE_HOOK", "OPERATION_HOOK", "REMOTE_METHODS"})
_CONTEXTS: Final = {"access": "Reading", "loaded": "Loaded", "before delete": "Deleting", "after delete": "Deleting"}
_ROOTS: Final = ("Model", "PersistedModel")


@dataclass(frozen=True, slots=True)
class Stub:
    """One file to be written: its path relative to the project, and its text."""

    file: str
    text: str


def write_stubs(project: Project) -> list[str]:
    """Write what `stubs_of` gives where no file stands yet.

    Returns:
        The files written, relative to the project.
    """
    written = []
    for stub in stubs_of(project):
        path = project.root / stub.file
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(stub.text, "utf-8")
            written.append(stub.file)
    return written


def stubs_of(project: Project) -> Iterator[Stub]:
    """A stub for each model, boot script, component, middleware and mixin of a project that needs a Python counterpart."""
    scripts = [one for one in scripts_of(project) if not is_scaffold(one)]
    by_model = {one.model: one for one in scripts if one.place == "model"}
    for name in _with_bases(project, by_model):
        entry = next(one for one in project.models if one.name == name)
        yield Stub(_counterpart(entry), _model_text(project, entry, by_model.get(name)))
    for one in scripts:
        if one.place in ("boot", "component"):
            yield Stub(one.counterpart, _function_text(one))
    yield from _middleware_stubs(project)
    yield from _mixin_stubs(project)


def _with_bases(project: Project, by_model: Mapping[str, Script]) -> list[str]:
    """The models that need a class: those with something to port, and their bases, which their classes must import."""
    entries = {one.name: one for one in project.models}
    wanted = [name for name in entries if json_methods(project, name) or (name in by_model and _holds(by_model[name]))]
    for name in wanted:
        base = entries[name].base
        if base in entries and entries[base].definition is not None and base not in wanted:
            wanted.append(base)
    return [name for name in wanted if entries[name].definition is not None]


def _holds(script: Script) -> bool:
    return any(True for _ in found_in(script)) or any(True for _ in roles_in(script))


def _counterpart(entry: ModelEntry) -> str:
    return Path(entry.file).with_suffix(".py").as_posix()


# -- models ------------------------------------------------------------------


def _model_text(project: Project, entry: ModelEntry, script: Script | None) -> str:
    methods = [*_json_stubs(project, entry), *(_remote_stubs(project, script) if script else ())]
    body = "\n\n".join(methods) if methods else f'    """{_quoted(entry.name)}; its properties are in {Path(entry.file).name}."""'
    after = [*_hook_stubs(project, script), *_other_stubs(project, script)] if script else []
    base, imports = _base(project, entry)
    cls = f"class {identifier(entry.name)}({base}):\n{body}\n"
    text = "\n\n".join([cls, *after])
    return f'"""Methods and hooks of {_quoted(entry.name)}."""\n\n{_imports(text, imports)}\n\n{text}'


def _base(project: Project, entry: ModelEntry) -> tuple[str, str]:
    """The name of the base class, and the line that imports it from the project or the built-in models."""
    above = next((one for one in project.models if one.name == entry.base), None)
    if entry.base in _ROOTS:
        return entry.base, ""
    if above is None or above.definition is None:
        name = identifier(entry.base or entry.name)
        return name, f"from lbpy.contrib.models import {name}"
    here, there = Path(_counterpart(entry)).parent.parts, Path(_counterpart(above)).with_suffix("").parts
    if here == there[:-1]:
        module = f".{_module(there[-1])}"
    else:
        module = "." * (len(here) + 1) + ".".join(_module(part) for part in there)
    return identifier(entry.base), f"from {module} import {identifier(entry.base)}"


def _module(part: str) -> str:
    return re.sub(r"\W", "_", part)


_FACE: Final = ("Deleting", "Loaded", "Model", "PersistedModel", "Reading", "RemoteContext", "Saving", "remote_method")


def _imports(text: str, base: str) -> str:
    face = [name for name in _FACE if re.search(rf"\b{name}\b", text)]
    lines = ["from __future__ import annotations", ""]
    lines += ["from datetime import datetime"] if "datetime" in text else []
    lines += ["from typing import Any"] if "Any" in text else []
    lines += [""] if len(lines) > 2 else []
    lines += [f"from lbpy import {', '.join(face)}"] if face else []
    lines += [base] if base else []
    return "\n".join(lines) + "\n"


# -- remote methods ----------------------------------------------------------


def _json_stubs(project: Project, entry: ModelEntry) -> Iterator[str]:
    for name, options in json_methods(project, entry.name).items():
        told = options if isinstance(options, Mapping) else {}
        yield _method(name, told, decorated=False)


def _remote_stubs(project: Project, script: Script) -> Iterator[str]:
    seen: set[str] = set()
    for call in calls(script.text, "remoteMethod"):
        name = call.word
        if name and name not in seen and model_meant(script, call.receiver, project.models) == script.model:
            seen.add(name)
            options = call.arguments[1] if len(call.arguments) > 1 and isinstance(call.arguments[1], dict) else {}
            yield _method(name, options, decorated=True)


def _method(name: str, options: Mapping[str, Any], *, decorated: bool) -> str:
    is_static = not (name.startswith("prototype.") or options.get("isStatic") is False)
    plain = _identifier(name.removeprefix("prototype."))
    verb, path = _route(plain, options)
    lines = [f'    @remote_method(verb="{verb}", path="{path}")'] if decorated else []
    lines += ["    @classmethod"] if is_static else []
    first = "cls" if is_static else "self"
    lines.append(f"    def {plain}({', '.join((first, *_parameters(options)))}) -> {_result(options)}:")
    below = path if is_static else f"/:id{path}"
    lines.append(f'        """Answers {verb.upper()} {below}. To do: what `{_quoted(name)}` did."""')
    return "\n".join((*lines, "        raise NotImplementedError"))


def _route(name: str, options: Mapping[str, Any]) -> tuple[str, str]:
    given = options.get("http")
    first = given[0] if isinstance(given, list) and given else given
    http = first if isinstance(first, dict) else {}
    verb, path = http.get("verb"), http.get("path")
    plain_verb = verb.lower() if isinstance(verb, str) and verb.isalpha() else "post"
    plain_path = path if isinstance(path, str) and re.fullmatch(r"[\w/:.*-]+", path) else name
    return ("delete" if plain_verb == "del" else plain_verb), "/" + plain_path.lstrip("/")


def _parameters(options: Mapping[str, Any]) -> Iterator[str]:
    """The parameters of a method; once one may be absent, those after it get a default too."""
    accepted = options.get("accepts") or []
    optional = False
    for one in accepted if isinstance(accepted, list) else [accepted]:
        name = (one.get("arg") or one.get("name")) if isinstance(one, dict) else None
        if not isinstance(name, str) or not name.isidentifier() or iskeyword(name):
            yield "**more: Any"
            return
        optional = optional or one.get("required") is not True
        yield f"{name}: {_annotation(one.get('type'))}" + (" | None = None" if optional else "")


def _result(options: Mapping[str, Any]) -> str:
    returned = options.get("returns")
    single = returned[0] if isinstance(returned, list) and len(returned) == 1 else returned
    if not single:
        return "None"
    if isinstance(single, dict) and single.get("root") is True:
        return _annotation(single.get("type"))
    return _annotation(single.get("type")) if isinstance(single, dict) else "tuple[Any, ...]"


_TYPES: Final = {
    "string": "str", "number": "float", "boolean": "bool", "date": "datetime", "object": "dict[str, Any]", "array": "list[Any]",
}  # fmt: skip


def _annotation(kind: Any) -> str:
    if isinstance(kind, list):
        return f"list[{_annotation(kind[0] if kind else None)}]"
    return _TYPES.get(kind.lower(), "Any") if isinstance(kind, str) else "Any"


# -- hooks and all else ------------------------------------------------------


def _hook_stubs(project: Project, script: Script) -> Iterator[str]:
    for call in calls(script.text, "beforeRemote|afterRemote|afterRemoteError|observe"):
        if model_meant(script, call.receiver, project.models) == script.model:
            yield _hook(identifier(script.model), call.name, call.word or "**")


def _hook(model: str, kind: str, subject: str) -> str:
    register = dasherize(kind).replace("-", "_")
    name = _identifier(f"{register}_{dasherize(subject).replace('-', '_')}" if kind != "observe" else subject.replace(" ", "_"))
    context = f"{_CONTEXTS.get(subject, 'Saving')}[{model}]" if kind == "observe" else "RemoteContext"
    return (
        f'def {name}(ctx: {context}) -> None:\n    """To do: what the script did at `{kind}` of `{_quoted(subject)}`."""\n'
        f'    raise NotImplementedError\n\n\n{model}.{register}("{_quoted(subject)}", {name})\n'
    )


def _other_stubs(project: Project, script: Script) -> Iterator[str]:
    """What is neither a method nor a hook: a reminder to be deleted once the class does it."""
    found = [one for one in found_in(script) if one.code not in _BY_CALL]
    switched_off = [name for _, names in disabled_in(script) for name in names or ()]
    if switched_off:
        found.append(Found("", "disabled methods", f"switches off: {', '.join(switched_off)}"))
    found += [Found("", f"role {role}", "resolves a role") for role in roles_in(script)]
    for number, one in enumerate(dict.fromkeys(found), 1):
        text = _quoted(f"{one.key}: {one.text.partition(': all')[0].partition(': the')[0]}")
        yield f'def to_do_{number}() -> None:\n    """To do, then delete this: {text}."""\n    raise NotImplementedError\n'


def _identifier(text: str) -> str:
    name = re.sub(r"\W+", "_", text).strip("_") or "method"
    return f"{name}_" if iskeyword(name) or name[0].isdigit() else name


def _quoted(text: str) -> str:
    return re.sub(r"[\\\"\n]", "", text)


# -- boot scripts, components, mixins ----------------------------------------

_FUNCTIONS: Final = {"boot": ("boot", "app: App"), "component": ("component", "app: App, options: Mapping[str, Any]")}


def _function_text(script: Script) -> str:
    name, parameters = _FUNCTIONS[script.place]
    return _function(name, parameters, "App", f"what {Path(script.file).name} did")


def _function(name: str, parameters: str, face: str, to_do: str) -> str:
    needed = "from collections.abc import Mapping\nfrom typing import Any\n\n" if "Mapping" in parameters else ""
    opening = f'"""Counterpart: {_quoted(to_do)}."""\n\nfrom __future__ import annotations\n\n{needed}from lbpy import {face}\n\n\n'
    return f'{opening}def {name}({parameters}) -> None:\n    """To do: {_quoted(to_do)}."""\n    raise NotImplementedError\n'


def _middleware_stubs(project: Project) -> Iterator[Stub]:
    """One for each module that middleware.json names by a path; functions for all that `#` names in it."""
    names: dict[str, list[str]] = {}
    for one in project.middleware:
        if one.own and not one.code:
            names.setdefault(counterpart_of(project, one.name), []).append(one.name.partition("#")[2] or "middleware")
    for file, functions in names.items():
        if file:
            yield Stub(file, _MIDDLEWARE.format(file=Path(file).stem) + "".join(map(_MAKING.format, dict.fromkeys(functions))))


_MIDDLEWARE: Final = '''"""Counterpart: the middleware {file}."""

from __future__ import annotations

from typing import Any
'''
_MAKING: Final = '''

def {0}(*params: Any) -> object:
    """To do: gets the `params` of middleware.json, returns a Falcon middleware object or WSGI middleware `app -> app`."""
    raise NotImplementedError
'''


def _mixin_stubs(project: Project) -> Iterator[Stub]:
    names = {one.name for one in project.models}
    used = {name for one in project.models for name, on in ((one.definition or {}).get("mixins") or {}).items() if on}
    for name in sorted(used - names - MIXINS - project.mixins.keys()):
        file = _script_of_mixin(project, name)
        if file:
            parameters = "model: type[Model], options: Mapping[str, Any]"
            yield Stub(file, _function("mixin", parameters, "Model", f"what the mixin {name} did"))


def _script_of_mixin(project: Project, name: str) -> str:
    """The place of a mixin's Python file: beside its script, else in the first folder of mixins that there is."""
    beside = (Path(one).with_suffix(".py").as_posix() for one in project.scripts if classified(Path(one).stem) == name)
    folders = (one for one in (project.root / "common" / "mixins", project.server / "mixins") if one.is_dir())
    elsewhere = ((one / f"{dasherize(name)}.py").relative_to(project.root).as_posix() for one in folders)
    return next(chain(beside, elsewhere), "")
