"""Judging what one model definition says: keys, properties, relations, rules, scope, mixins. Builds no model.

What LoopBack accepts without a word but cannot work is taken out here, so that whoever builds models meets clean definitions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ...model.spelling import MODEL_KEYS, STORES
from ...naming import near
from ...types import Json
from .files import JsonObject, joined
from .keys import Section
from .report import Level


@dataclass(frozen=True, slots=True)
class Names:
    """What a definition may refer to: names of models and of mixins that there are; those offered are there where asked for."""

    models: Collection[str]
    mixins: Collection[str]
    offered: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A definition as it is used. closed: code of the finding that closes all routes of the model and of its sub-models."""

    definition: Mapping[str, Any]
    closed: str = ""


def judged_definition(section: Section, names: Names, *, stored: bool) -> Judged:
    """The definition without what cannot work, each of those reported.

    Args:
        section: the JSON of the model.
        names: what it may refer to.
        stored: whether its base is PersistedModel or below it.

    Source: real-projects.md 5 to 7.
    """
    _judge_keys(section)
    scope, bad_scope = _scope(section)
    acls, bad_acls = judged_acls(section)
    bad_mixins = _judge_mixins(section, names)  # in any case, so that the report names all that closes the model
    closed = bad_acls or bad_scope or bad_mixins
    clean = {
        "properties": _properties(section, names, stored=stored),
        "relations": judged_relations(section, names),
        "acls": acls,
        **{key: dict(section.section(key).value) for key in ("methods", "scopes", "mixins", "options")},
        **({"scope": scope} if scope else {}),
    }
    kept = {key: one for key, one in section.value.items() if key != "scope"}
    return Judged({**kept, **clean}, closed)


def _judge_keys(section: Section) -> None:
    section.unknown(MODEL_KEYS)
    section.section("options").unknown(MODEL_KEYS)
    if section.value.get("strict") in ("throw", "validate"):
        section.find("note", "STRICT_WORD", "strict", "counts as true", "write true")
    if section.value.get("validations"):
        section.find("note", "NO_EFFECT", "validations", "has no effect, as in LoopBack", "write validators in Python")
    if isinstance(lost := section.value.get("settings"), dict):
        level: Level = "warn" if {"hidden", "protected", "strict"} & lost.keys() else "note"
        text = "has no effect, also on what it would protect"
        section.find(level, "SETTINGS_KEY", "settings", text, "move its keys to the top level")


# -- properties --------------------------------------------------------------

TYPES: Final = frozenset(
    {
        "string", "text", "number", "boolean", "date", "datestring", "buffer", "binary", "array", "object", "any",
        "json", "geopoint",
    }
)
_LIKELY: Final = {
    "bool": "boolean", "int": "number", "integer": "number", "tinyint": "number", "bigint": "number", "float": "number",
    "double": "number", "decimal": "number", "varchar": "string", "char": "string", "uuid": "string", "email": "string",
    "datetime": "date", "timestamp": "date", "file": "buffer", "list": "array", "point": "geopoint",
}  # fmt: skip
_PROPERTY_KEYS: Final = STORES | frozenset(
    {
        "type", "required", "default", "defaultFn", "applyDefaultOnWrites", "persistDefaultValues", "id", "generated",
        "useDefaultIdType", "updateOnly", "index", "length", "precision", "scale", "columnName", "column", "dataType",
        "fieldName", "jsonSchema", "description", "doc", "documented", "acls",
    }
)
_LONG_FORM: Final = frozenset({"required", "default", "defaultFn", "id", "generated"})
_DEFAULT_FUNCTIONS: Final = ("guid", "uuid", "uuidv4", "now", "shortid")
_DEFAULT_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,), "text": (str,), "number": (int, float), "boolean": (bool,), "date": (str, int, float),
}  # fmt: skip


def _properties(section: Section, names: Names, *, stored: bool) -> JsonObject:
    properties = section.section("properties")
    made = {name: _property(properties, name, names) for name in properties.value}
    ids = [one for one in made.values() if isinstance(one, dict) and one.get("id")]
    if len(ids) > 1:
        text = "several properties are the id: there are no routes of single records"
        properties.find("note", "ID_COMPOSITE", "", text, "nothing to do")
    if stored and not ids and "id" in made and made["id"] in (None, False):
        properties.find("warn", "ID_REMOVED", "id", "without an id there are no routes of single records", "leave the id in")
    return made


def _property(properties: Section, name: str, names: Names) -> Json:
    spec = properties.value[name]
    if spec is None or spec is False:
        return spec
    if not isinstance(spec, dict):
        _judge_type(properties, name, spec, names)
        return spec if isinstance(spec, (str, list)) else "any"
    one = properties.section(name)
    if "type" not in spec and not _LONG_FORM & spec.keys():
        return {key: _property(one, key, names) for key in spec}
    return _long_form(one, names)


def _long_form(one: Section, names: Names) -> JsonObject:
    _judge_attributes(one)
    kind = one.value.get("type")
    if kind is None:
        one.find("warn", "TYPE_MISSING", "", "has no type, it takes any value (LoopBack makes an object of it)", "name a type")
        return {**one.value, "type": "any"}
    _judge_type(one, "type", kind, names)
    _judge_default(one, kind)
    return dict(one.value) if isinstance(kind, (str, list, dict)) else {**one.value, "type": "any"}


def _judge_type(section: Section, key: str, kind: Json, names: Names) -> None:
    if isinstance(kind, list) and kind:
        _judge_type(section, joined(key, 0), kind[0], names)
    elif isinstance(kind, str) and kind.lower() not in TYPES and kind not in names.models:
        likely = _LIKELY.get(kind.lower()) or near(kind, {*TYPES, *names.models})
        remedy = f"did you mean `{likely}`?" if likely else "name a type or a model"
        section.find("warn", "TYPE_UNKNOWN", key, "is a type that nobody knows, it takes any value", remedy)
    elif kind is not None and not isinstance(kind, (str, list, dict)):
        section.wrong(key, "a type")


def _judge_attributes(one: Section) -> None:
    for key in [key for key in one.value if key not in _PROPERTY_KEYS]:
        meant = near(key, _PROPERTY_KEYS - STORES)
        if meant:
            one.find("warn", "ATTRIBUTE_UNKNOWN", key, f"the attribute `{key}` has no effect", f"did you mean `{meant}`?")
        else:
            one.find("note", "NO_EFFECT", key, f"the attribute `{key}` has no effect, as in LoopBack", "nothing to do")
    if isinstance(one.value.get("required"), str):
        one.find("warn", "REQUIRED_TEXT", "required", "is a text, which counts as true", "write true or false")
    if "defaultFn" in one.value and one.value["defaultFn"] not in _DEFAULT_FUNCTIONS:
        remedy = f"use one of {', '.join(_DEFAULT_FUNCTIONS)}"
        one.find("warn", "DEFAULT_UNKNOWN", "defaultFn", "there is no such function, so no default", remedy)


def _judge_default(one: Section, kind: Json) -> None:
    default, wanted = one.value.get("default"), kind.lower() if isinstance(kind, str) else ""
    if default is None:
        return
    if wanted == "date" and default == "now":
        one.find("warn", "DEFAULT_NOW", "default", "is no date: a record made without a value is refused", 'write "$now"')
    elif wanted in _DEFAULT_KINDS and not _fits(default, _DEFAULT_KINDS[wanted]):
        one.find("warn", "DEFAULT_KIND", "default", "is of another type and used as it is", "write a value of the type")


def _fits(value: Json, kinds: tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


# -- relations ---------------------------------------------------------------

_RELATION_KEYS: Final = frozenset(
    {
        "type", "model", "foreignKey", "primaryKey", "through", "keyThrough", "throughTable", "polymorphic", "invert",
        "property", "default", "scope", "properties", "options", "invertProperties", "embedsProperties", "idName",
        "name", "description",
    }
)
_RELATION_OPTIONS: Final = frozenset(
    {
        "disableInclude", "nestRemoting", "validate", "forceId", "persistent", "prepend", "belongsTo",
        "omitDefaultEmbeddedItem", "property", "embedsProperties", "invertProperties", "http",
    }
)
_RELATION_TYPES: Final = ("belongsTo", "hasMany", "hasOne", "hasAndBelongsToMany", "referencesMany", "embedsOne", "embedsMany")
_LOWER_TYPES: Final = frozenset(one.lower() for one in _RELATION_TYPES)


def judged_relations(section: Section, names: Names, *, partial: bool = False) -> JsonObject:
    """The relations that can be made.

    Args:
        section: a definition, or an entry of model-config.
        names: what they may refer to.
        partial: whether entries may extend a relation that stands elsewhere, so that keys may be absent.
    """
    properties = section.section("properties").value
    made = {}
    for name, one in section.section("relations").sections():
        one.unknown(_RELATION_KEYS)
        one.section("options").unknown(_RELATION_OPTIONS)
        if properties.get(name):
            text = "is named like a property: a value that is sent stays the property's"
            one.find("warn", "RELATION_NAME", "", text, "rename one")
        if _possible(one, names, partial):
            made[name] = _polymorphic(one)
    return made


def _possible(one: Section, names: Names, partial: bool) -> bool:
    kind = one.value.get("type")
    if partial and kind is None:
        return all(_exists(one, key, names) for key in ("model", "through") if key in one.value)
    if not isinstance(kind, str) or kind.lower() not in _LOWER_TYPES:
        remedy = f"did you mean `{near(str(kind), _RELATION_TYPES) or 'belongsTo'}`?"
        one.find("warn", "RELATION_TYPE", "type", "is no type of relation; the relation is left out", remedy)
        return False
    if kind.lower() == "belongsto" and one.value.get("polymorphic"):
        return True
    return _exists(one, "model", names) and ("through" not in one.value or _exists(one, "through", names))


def _exists(one: Section, key: str, names: Names) -> bool:
    target = one.value.get(key)
    if isinstance(target, str) and target in names.models:
        return True
    meant = near(target, names.models) if isinstance(target, str) else ""
    remedy = f"did you mean `{meant}`?" if meant else "define the model and name it in model-config.json"
    one.find("warn", "RELATION_TARGET", key, "there is no such model; the relation is left out", remedy)
    return False


def _polymorphic(one: Section) -> JsonObject:
    """Relations of 2.x at which LoopBack 3 stops work without the key that is too much."""
    relation = dict(one.value)
    shape = relation.get("polymorphic")
    if isinstance(shape, dict) and {"as", "foreignKey", "discriminator"} <= shape.keys():
        text = "`as` beside foreignKey and discriminator is left out"
        one.find("warn", "POLYMORPHIC_OLD", "polymorphic", text, "take it out")
        relation["polymorphic"] = {key: value for key, value in shape.items() if key != "as"}
    if shape and str(relation.get("type")).lower() == "belongsto" and relation.pop("model", None) is not None:
        one.find("warn", "POLYMORPHIC_OLD", "model", "`model` of a polymorphic belongsTo is left out", "take it out")
    return relation


# -- rules of access ---------------------------------------------------------

_ACL_KEYS: Final = ("accessType", "permission", "principalType", "principalId", "property", "model", "id", "description")
_PERMISSIONS: Final = ("ALLOW", "DENY", "AUDIT", "ALARM", "DEFAULT")
_ACCESS_TYPES: Final = ("*", "READ", "WRITE", "EXECUTE", "REPLICATE")
_ROLES: Final = ("$everyone", "$authenticated", "$unauthenticated", "$owner", "$related")


def judged_acls(section: Section) -> tuple[list[JsonObject], str]:
    """The entries of access rules, and the code of what closes the model if they cannot be read at all.

    Entries that LoopBack ignores stay in: the one who reads them counts them where they deny (source: real-projects.md 7).
    """
    value = section.value.get("acls")
    if not value:
        return [], ""
    if not isinstance(value, list):
        text = "is no list: all routes of the model are closed"
        section.find("closed", "ACLS_UNREADABLE", "acls", text, "write a list of entries")
        return [], "" if section.accepted else "ACLS_UNREADABLE"
    entries = [replace(section, value=one, path=joined(section.path, f"acls[{index}]")) for index, one in enumerate(value)]
    return [dict(one.value) for one in entries if _is_entry(one)], ""


def _is_entry(one: Section) -> bool:
    if not isinstance(one.value, dict):
        one.find("warn", "ACL_UNREADABLE", "", "is no entry of a rule and counts for nothing", "write an object")
        return False
    one.unknown(_ACL_KEYS, level="warn")
    _judge_word(one, "permission", _PERMISSIONS, required=True)
    _judge_word(one, "accessType", _ACCESS_TYPES, required=False)
    _judge_principal(one)
    return True


def _judge_word(one: Section, key: str, words: Collection[str], *, required: bool) -> None:
    value = one.value.get(key)
    if value in words or (value is None and not required):
        return
    text = f"`{key}` is absent or no word of LoopBack's: the entry counts only where it denies"
    one.find("warn", "ACL_WORD", key, text, f"write one of {', '.join(words)}")


def _judge_principal(one: Section) -> None:
    kind, who = one.value.get("principalType"), one.value.get("principalId")
    if not isinstance(kind, str) or not kind or (kind.upper() in ("ROLE", "USER", "APP") and kind != kind.upper()):
        text = "`principalType` is absent or no word of LoopBack's: the entry counts only where it denies"
        one.find("warn", "ACL_WORD", "principalType", text, "write ROLE, USER, APP or the name of a user model")
    if isinstance(who, str) and who.startswith("$") and who not in _ROLES:
        meant = near(who, _ROLES)
        remedy = f"did you mean `{meant}`?" if meant else "see that it is not a built-in role misspelt"
        one.find("warn", "ROLE_DOLLAR", "principalId", "is a role of the project's own that looks like a built-in one", remedy)


# -- scope and mixins --------------------------------------------------------

_SCOPE_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "where": (dict,), "order": (str, list), "include": (str, list, dict), "fields": (str, list, dict),
    "limit": (int,), "skip": (int,), "offset": (int,),
}  # fmt: skip


def _scope(section: Section) -> tuple[JsonObject, str]:
    """The default scope without parts of the wrong kind; a `where` that cannot be read closes the model."""
    scope, kept = section.section("scope"), {}
    for key, value in scope.value.items():
        if value is None or isinstance(value, _SCOPE_KINDS.get(key, (object,))):
            kept[key] = value
        elif key == "where":
            scope.find("closed", "SCOPE_WHERE", key, "cannot be read: all routes of the model are closed", "write an object")
            return {}, "" if section.accepted else "SCOPE_WHERE"
        else:
            scope.find("warn", "SCOPE_PART", key, "is of the wrong kind and left out", "correct the value")
    return kept, ""


_EXTRA_METHODS: Final = ("Counts", "Stats", "Paginate", "RowCount", "Raw", "Aggregate")


def _judge_mixins(section: Section, names: Names) -> str:
    mixins = section.section("mixins")
    return next((code for code in [_judge_mixin(mixins, name, names) for name, on in mixins.value.items() if on] if code), "")


def _asks_for_builtin(value: Json) -> bool:
    listed = value if isinstance(value, list) else [value]
    return all(isinstance(one, dict) and one.get("builtin") is True for one in listed)


def _judge_mixin(mixins: Section, name: str, names: Names) -> str:
    if name in names.models or name in names.mixins or (name in names.offered and _asks_for_builtin(mixins.value[name])):
        return ""
    one = replace(mixins, subject=f"mixin:{name}")
    if name.startswith(_EXTRA_METHODS):
        text = f"the mixin `{name}` is not there; its methods are missing"
        one.find("warn", "MIXIN_UNKNOWN", name, text, "write it in Python")
        return ""
    remedy = "write `def mixin(model, options)` in a Python file of that name in the folder of mixins"
    one.find("closed", "MIXIN_UNKNOWN", name, f"the mixin `{name}` is not there: all routes of its models are closed", remedy)
    return "" if one.accepted else "MIXIN_UNKNOWN"
