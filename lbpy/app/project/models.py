"""Which models a project has, in which order, on which source, with which routes. Builds none of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from ...naming import near
from .files import Folder
from .judge import Judged, Names, judged_acls, judged_definition, judged_relations
from .keys import Section, word
from .modelfiles import ModelFile
from .names import UNSTORED
from .sources import SourceConfig

_EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model to be built.

    definition: its JSON without what cannot work, None for built-in models and those that are only a Python class. base: name
    of the model that it inherits from, "" where that is not for JSON to say. data_source: None where it is on none. public:
    whether it has routes. relations, acls, options, methods: its parts in model-config. file: its JSON or Python file, else
    model-config.json. code, script: its Python counterpart and its script, "" where there is none. configured: whether
    model-config names it; else it is there as a base. closed: code of the finding by which its routes answer 501, else "".
    Source: real-projects.md 3.5, models.md 7.
    """

    name: str
    definition: Mapping[str, Any] | None
    base: str = ""
    data_source: str | None = None
    public: bool = False
    relations: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    acls: tuple[Mapping[str, Any], ...] = ()
    options: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    methods: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    file: str = ""
    code: str = ""
    script: str = ""
    configured: bool = True
    closed: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What models are read against.

    files: the models that lie in the project. built_in: names of those that are there without a file. sources: the data
    sources. mixins: names of the mixins. offered: names of those that models must ask for by {"builtin": true}.
    """

    files: Mapping[str, ModelFile]
    built_in: Collection[str]
    sources: Mapping[str, SourceConfig]
    mixins: Collection[str]
    offered: Collection[str] = ()


def read_models(folder: Folder, config: Section, around: Surroundings) -> tuple[ModelEntry, ...]:
    """The models that model-config names, with their bases, bases first.

    A model whose definition or base is nowhere is left out, with its sub-models; a circle refuses.

    Args:
        folder: the project.
        config: model-config.json after its overlays.
        around: what there is beside it.
    """
    members = replace(config, value={name: one for name, one in config.value.items() if name != "_meta"})
    entries = {name: replace(one, name=name, subject=f"model:{name}") for name, one in members.sections()}
    order = _ordered(folder, members, entries, around)
    _note_unused(folder, order, members, around)
    _judge_names(entries, order)
    names = Names(frozenset(order) | frozenset(around.built_in), around.mixins, around.offered)
    definitions = _definitions(folder, order, names, around)
    plain = (_plain_entry(folder, name, definitions.get(name), around) for name in order)
    return tuple(_configured(one, entries[one.name], names, around) if one.name in entries else one for one in plain)


# -- order -------------------------------------------------------------------

_RESERVED: Final = frozenset({"any", "array", "boolean", "date", "file", "integer", "number", "object", "string"})


def _base(name: str, around: Surroundings) -> str:
    """The name of a model's base; "" where no JSON of the project says one. Its own name means the built-in model."""
    file = around.files.get(name)
    if file is None or file.definition is None:
        return ""
    base = file.definition.get("base") or file.definition.get("super") or "PersistedModel"
    return "" if base == name and name in around.built_in else str(base)


def _lineage(name: str, around: Surroundings) -> list[str]:
    """The model and its bases, up to a built-in one; in a circle the first name comes back as the last one."""
    line = [name]
    while base := _base(line[-1], around):
        line.append(base)
        if line.count(base) > 1:
            break
    return line


def _ordered(folder: Folder, config: Section, entries: Mapping[str, Section], around: Surroundings) -> list[str]:
    order: dict[str, None] = {}
    for name in entries:
        line = _lineage(name, around)
        if _complete(folder, config, line, around):
            order.update(dict.fromkeys(one for one in reversed(line) if one in entries or one in around.files))
    return list(order)


def _complete(folder: Folder, config: Section, line: list[str], around: Surroundings) -> bool:
    name, top = line[0], line[-1]
    if line.count(top) > 1:
        text = "inherits from itself by way of its bases"
        file = _file(folder, name, around)
        folder.report.add("refuse", "BASE_CIRCLE", file, "base", text=text, remedy="break the circle", name=name)
        return False
    if top in around.files or top in around.built_in:
        return True
    known = {*around.files, *around.built_in}
    meant = near(top, known)
    remedy = f"did you mean `{meant}`?" if meant else "add its JSON or Python file to the folder of models"
    if top == name:
        config.named(name).find("warn", "MODEL_UNDEFINED", name, "is defined nowhere and has no routes", remedy)
    else:
        text = "has an unknown base, so it has no routes, nor have its sub-models"
        file = _file(folder, name, around)
        folder.report.add("warn", "BASE_UNKNOWN", file, "base", text=text, remedy=remedy, name=name)
    return False


def _file(folder: Folder, name: str, around: Surroundings) -> str:
    return folder.shown(around.files[name].path)


def _note_unused(folder: Folder, order: Collection[str], config: Section, around: Surroundings) -> None:
    for name, file in around.files.items():
        if name not in order:
            text, remedy = _UNBUILT if config.value.get(name) else _unnamed(name, config.file, around)
            folder.report.add("note", "MODEL_UNUSED", folder.shown(file.path), text=text, remedy=remedy, name=name)


_UNBUILT: Final = ("is not built: its base is missing", "see the finding of its base")


def _unnamed(name: str, file: str, around: Surroundings) -> tuple[str, str]:
    entry = f'{json.dumps(name)}: {json.dumps({"dataSource": next(iter(around.sources), "db"), "public": True})}'
    return "is not built: model-config.json does not name it", f"if it is to be, add {entry} to {file}"


def _judge_names(entries: Mapping[str, Section], order: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in order:
        if name in entries and name.lower() in _RESERVED:
            text = "is named like a type: it cannot be the type of a property"
            entries[name].find("warn", "MODEL_RESERVED", "", text, "rename it")
        if name in entries and name.lower() in seen:
            text = "differs from another model by case only: an own model, else the first one, answers the path"
            entries[name].find("warn", "MODEL_CASE", "", text, "rename one, or give it another path")
        seen.add(name.lower())


# -- definitions -------------------------------------------------------------


def _definitions(folder: Folder, order: Iterable[str], names: Names, around: Surroundings) -> dict[str, Judged]:
    """The judged JSON by name; what closes a base closes its sub-models."""
    made: dict[str, Judged] = {}
    for name in order:
        file = around.files.get(name)
        if file is None or file.definition is None:
            continue
        section = Section(folder.report, folder.shown(file.path), file.definition, name=name, subject=f"model:{name}")
        judged = judged_definition(section, names, stored=_stored(name, around))
        above = made.get(_base(name, around))
        made[name] = _below(section, judged, above.closed if above else "")
    return made


def _below(section: Section, judged: Judged, closed: str) -> Judged:
    if judged.closed or not closed:
        return judged
    section.find("closed", closed, "base", "is closed with its base", "see the finding of its base")
    return judged if section.accepted else replace(judged, closed=closed)


def _stored(name: str, around: Surroundings) -> bool:
    """Whether its records would lie in a store; not said of models that are only a Python class."""
    top = _lineage(name, around)[-1]
    code_only = top in around.files and around.files[top].definition is None
    return top not in UNSTORED and not code_only


# -- entries of model-config -------------------------------------------------

_KEYS: Final = ("dataSource", "public", "relations", "acls", "options", "methods")
_OLD_FORMAT: Final = ("properties", "base", "plural")
_NO_OPTIONS: Final = ("super", "relations", "acls", "dataSource")


def _plain_entry(folder: Folder, name: str, judged: Judged | None, around: Surroundings) -> ModelEntry:
    """A model as it is without an entry in model-config."""
    file = around.files.get(name)
    return ModelEntry(
        name,
        MappingProxyType(dict(judged.definition)) if judged else None,
        base=_base(name, around),
        file=folder.shown(file.path) if file else "",
        code=folder.shown(file.code) if file and file.code else "",
        script=folder.shown(file.script) if file and file.script else "",
        configured=False,
        closed=judged.closed if judged else "",
    )


def _configured(plain: ModelEntry, section: Section, names: Names, around: Surroundings) -> ModelEntry:
    _judge_entry(section)
    acls, unreadable = judged_acls(section)
    source, public = _data_source(section), _public(section)
    bare = source is None and public and _stored(plain.name, around)
    missing = _unattached(section) if bare else _closed_by_source(section, source, around)
    return replace(
        plain,
        data_source=source,
        public=public,
        relations=MappingProxyType(judged_relations(section, names, partial=True)),
        acls=tuple(acls),
        options=MappingProxyType(_options(section.section("options"))),
        methods=section.section("methods").value,
        file=plain.file or section.file,
        configured=True,
        closed=missing or plain.closed or unreadable,
    )


def _judge_entry(section: Section) -> None:
    section.unknown((*_KEYS, *_OLD_FORMAT))
    options = section.section("options")
    for one, keys in ((section, _OLD_FORMAT), (options, ("base", "plural"))):
        for key in keys:
            if one.value.get(key):
                text = "the data in model-config.json is in the unsupported 1.x format"
                one.find("refuse", "FORMAT_OLD", key, text, "move it into the JSON of the model")


def _options(section: Section) -> dict[str, Any]:
    for key in _NO_OPTIONS:
        if key in section.value:
            section.find("warn", "NO_EFFECT", key, f"`{key}` has no effect inside options", "move it beside options")
    return {key: one for key, one in section.value.items() if key not in _NO_OPTIONS}


def _public(section: Section) -> bool:
    value = section.value.get("public")
    if isinstance(value, bool):
        return value
    if value is None:
        section.find("note", "PUBLIC_ABSENT", "public", "is absent, so the model has routes", "write true or false")
        return True
    if isinstance(value, str) and value.strip().lower() == "false":
        section.find("warn", "PUBLIC_TEXT", "public", "is the text of false, so the model has no routes", "write false")
        return False
    text = "is neither true nor false and counts as in JavaScript"
    section.find("note", "PUBLIC_TEXT", "public", text, "write true or false")
    return bool(value)


def _data_source(section: Section) -> str | None:
    if "dataSource" not in section.value:
        section.find("warn", "SOURCE_ABSENT", "dataSource", "is absent, the model is on no data source", "write a name or null")
    value = section.value.get("dataSource") or None
    if value is not None and not isinstance(value, str):
        section.wrong("dataSource", "a name or null")
    return value if isinstance(value, str) else None


def _closed_by_source(section: Section, source: str | None, around: Surroundings) -> str:
    if source is None:
        return ""
    if source in around.sources:
        return around.sources[source].closed
    text = f"the data source {word(source)} is defined nowhere: the routes of its models are closed"
    meant = near(source, around.sources)
    remedy = f"did you mean `{meant}`?" if meant else "define it in datasources.json, or run with --missing-source memory"
    section.find("closed", "SOURCE_MISSING", "dataSource", text, remedy)
    return "SOURCE_MISSING"


def _unattached(section: Section) -> str:
    text = "has routes but no data source: they are closed (LoopBack answers 500)"
    section.find("closed", "SOURCE_NONE", "dataSource", text, 'name a data source, or write "public": false')
    return "SOURCE_NONE"
