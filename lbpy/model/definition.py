"""The frozen description of a model, built from LoopBack's JSON or from a class body, and the merging of a base with its child.

Knows kinds of properties; knows no class, no store and no application.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, Literal

from ..errors import ClientError, DefinitionError
from ..naming import plural_of
from ..types import UNSET, Json
from .kinds import ANY, SIMPLE_KINDS, Array, Kind, ListOf, Nested

Default = Callable[[], Any]
Resolve = Callable[[str], "ModelDefinition | None"]
Strict = Literal["off", "reject", "filter"]

FORBIDDEN_NAMES: Final = frozenset({"constructor", "__proto__", "prototype"})
EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


def now() -> datetime:
    """The present moment in UTC, cut to milliseconds as JSON shows it."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def short_id() -> str:
    """Ten characters that are unlikely to repeat."""
    return uuid.uuid4().hex[:10]


DEFAULT_FUNCTIONS: Final[Mapping[str, Default]] = MappingProxyType(
    {
        "guid": lambda: str(uuid.uuid1()),
        "uuid": lambda: str(uuid.uuid1()),
        "uuidv4": lambda: str(uuid.uuid4()),
        "now": now,
        "shortid": short_id,
    }
)


@dataclass(frozen=True, slots=True)
class Property:
    """One declared property.

    name: on the wire and in rows. required: a rule `presence` (required_message: its text).
    default: makes the value where none is given, None where there is no default. misfit: that value is of another type:
    answered as written, stored as the kind reads it. id: 0, or the position in the key.
    generated: the store makes the value. stores: blocks by connector name ({"sqlite": {"columnName": ...}}).
    validators: marshmallow validators. extra: every other attribute, as written.
    """

    name: str
    kind: Kind
    required: bool = False
    required_message: str | None = None
    default: Default | None = None
    misfit: bool = False
    id: int = 0
    generated: bool = False
    index: bool | Mapping[str, Any] = False
    unique: bool = False
    persist_default: bool = True
    default_on_write: bool = True
    validators: tuple[Callable[[Any], Any], ...] = ()
    stores: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: EMPTY)
    extra: Mapping[str, Any] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class ModelDefinition:
    """All that is known of one model before it meets a store.

    properties are in order of declaration, own ones first. settings: every other key, `options` lifted in and winning; sub-models
    inherit them. acls: the access rules that count, those of model-config laid over `acls` of the settings.
    path: the segment(s) of its routes, with a leading slash. id: the id property, None for models without or with several.
    """

    name: str
    base: str = "PersistedModel"
    properties: Mapping[str, Property] = field(default_factory=lambda: EMPTY)
    settings: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    hidden: frozenset[str] = frozenset()
    protected: frozenset[str] = frozenset()
    strict: Strict = "off"
    id: Property | None = None
    force_id: bool = False
    plural: str = ""
    path: str = ""
    default_path: bool = True
    acls: tuple[Mapping[str, Any], ...] = ()

    def setting(self, name: str, default: Any = None) -> Any:
        """A setting by LoopBack's name."""
        return self.settings.get(name, default)


# -- reading types -----------------------------------------------------------


def read_kind(spec: Json, resolve: Resolve, where: str) -> Kind:
    """The kind that a JSON type means.

    Args:
        spec: a type name, a model name, a list of one of these, or an inline object of properties.
        resolve: gives the definition of a model by name, or None.
        where: "Model.property", for messages.

    An unknown name is read as `any` (source: real-projects 5.1).
    """
    if isinstance(spec, str):
        return _named_kind(spec, resolve)
    if isinstance(spec, (list, tuple)):
        return ListOf(read_kind(spec[0], resolve, where)) if spec else Array()
    if isinstance(spec, Mapping):
        return _inline_kind(spec, resolve, where)
    if spec is None:
        return ANY
    raise DefinitionError(f"{where}: a type is a name, a list or an object, not {spec!r}")


def _named_kind(name: str, resolve: Resolve) -> Kind:
    simple = SIMPLE_KINDS.get(name.lower())
    if simple is not None and resolve(name) is None:
        return simple
    model = resolve(name)
    return nested_kind(model) if model is not None else ANY


def nested_kind(model: ModelDefinition) -> Kind:
    """The kind of a property whose values are instances of `model`."""
    kinds = {name: one.kind for name, one in model.properties.items()}
    return Nested(model.name, kinds, strict=model.strict, hidden=model.hidden | model.protected)


def _inline_kind(spec: Mapping[str, Json], resolve: Resolve, where: str) -> Kind:
    if "type" in spec and not isinstance(spec["type"], bool):
        return read_kind(spec["type"], resolve, where)
    kinds = {name: read_kind(one, resolve, f"{where}.{name}") for name, one in spec.items()}
    return Nested("", kinds)


# -- reading properties ------------------------------------------------------

_READ_ATTRIBUTES: Final = frozenset(
    {"type", "required", "default", "defaultFn", "id", "generated", "index", "persistDefaultValues", "applyDefaultOnWrites"}
)


def read_property(name: str, spec: Json, resolve: Resolve, model: str) -> Property:
    """One property from LoopBack's JSON, short or long form (source: models.md 2).

    Raises:
        DefinitionError: a name with a dot, or one that JavaScript reserves.
    """
    where = f"{model}.{name}"
    if "." in name or name in FORBIDDEN_NAMES:
        raise DefinitionError(f"{where}: this name cannot be used for a property")
    if not isinstance(spec, Mapping) or ("type" not in spec and not _looks_long(spec)):
        return Property(name, read_kind(spec, resolve, where))
    kind = read_kind(spec.get("type"), resolve, where)
    required = spec.get("required")
    default, misfit = _read_default(spec, kind)
    return Property(
        name,
        kind,
        required=bool(required),
        required_message=required.get("message") if isinstance(required, Mapping) else None,
        default=default,
        misfit=misfit,
        id=int(spec.get("id") or 0),
        generated=bool(spec.get("generated")),
        index=spec.get("index") or False,
        unique=isinstance(spec.get("index"), Mapping) and bool(spec["index"].get("unique")),
        persist_default=spec.get("persistDefaultValues", True) is not False,
        default_on_write=spec.get("applyDefaultOnWrites", True) is not False,
        stores=MappingProxyType({key: one for key, one in spec.items() if isinstance(one, Mapping) and key not in _READ_ATTRIBUTES}),
        extra=MappingProxyType({key: one for key, one in spec.items() if key not in _READ_ATTRIBUTES}),
    )


def _looks_long(spec: Mapping[str, Json]) -> bool:
    """A long form without a type: attributes of a property, none of which could be a nested property's type."""
    return bool({"required", "default", "defaultFn", "id", "generated"} & spec.keys())


def _read_default(spec: Mapping[str, Json], kind: Kind) -> tuple[Default | None, bool]:
    """What makes the default, and whether it is of another type than the property (source: real-projects 5.1)."""
    value = spec.get("default", UNSET)
    if value is UNSET:
        return DEFAULT_FUNCTIONS.get(str(spec.get("defaultFn"))), False
    if value == "$now" and kind.name == "date":
        return now, False
    try:
        read = kind.read(value)
    except ClientError:
        return lambda: _copied(value), True
    if isinstance(value, (list, dict)):
        return lambda: kind.read(_copied(value)), False
    return lambda: value, type(read) is not type(value) or read != value


def _copied(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_copied(one) for one in value]
    return value


# -- merging -----------------------------------------------------------------

_NOT_SETTINGS: Final = frozenset({"name", "base", "super", "properties", "options"})
_REPLACED: Final = frozenset({"description"})
CONFIGURED_ACLS: Final = "configuredAcls"
"""Key of a spec for the rules that model-config adds: they are this model's alone, sub-models do not inherit them."""
_TARGET: Final = ("property", "accessType", "principalType", "principalId")
_NAME_LISTS: Final = frozenset({"hidden", "protected", "hiddenProperties", "protectedProperties"})


def own_settings(spec: Mapping[str, Json]) -> dict[str, Json]:
    """The settings of one JSON definition: top-level keys, over which those inside `options` win."""
    options = spec.get("options")
    top = {key: value for key, value in spec.items() if key not in _NOT_SETTINGS}
    return {**top, **options} if isinstance(options, Mapping) else top


def merge_settings(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a child over those of its base (source: models.md 7)."""
    merged = dict(base)
    for key, value in own.items():
        merged[key] = value if key in _REPLACED or key not in base else _merge(key, base[key], value)
    return merged


def _merge(key: str, old: Any, new: Any) -> Any:
    if key == "acls" and isinstance(old, Sequence) and isinstance(new, Sequence):
        return [*old, *new]
    if key == "relations" and isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **new}
    if key in _NAME_LISTS:
        return [*_names(old), *(name for name in _names(new) if name not in _names(old))]
    return _merge_deep(old, new)


def merge_acls(own: Any, configured: Any) -> tuple[Mapping[str, Any], ...]:
    """Access rules of a model, inherited ones included, with those of model-config laid over them.

    Of rules with the same target the first is replaced; others are appended. A key that is left out is not the same as "*", and a
    list of methods is like no other (source: models.md 7, tried).
    """
    merged = [one for one in own if isinstance(one, Mapping)] if isinstance(own, Sequence) else []
    for acl in configured:
        same = next((at for at, one in enumerate(merged) if _same_target(one, acl)), len(merged))
        merged[same : same + 1] = [acl]
    return tuple(merged)


def _same_target(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one.get(key) == other.get(key) and not isinstance(one.get(key), list) for key in _TARGET)


def _merge_deep(old: Any, new: Any) -> Any:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **{key: _merge_deep(old[key], one) if key in old else one for key, one in new.items()}}
    if isinstance(old, list) and isinstance(new, list):
        return [*old, *(one for one in new if one not in old)]
    return new


def _names(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [name for name, on in value.items() if on]
    return [str(name) for name in value] if isinstance(value, Sequence) and not isinstance(value, str) else []


def merge_properties(
    base: Mapping[str, Property], own: Mapping[str, Property], removed: Sequence[str]
) -> dict[str, Property]:
    """Own properties first, then the inherited ones that were neither replaced nor removed; an own id drops inherited ids."""
    owns_id = any(one.id for one in own.values())
    inherited = {
        name: one for name, one in base.items() if name not in own and name not in removed and not (owns_id and one.id)
    }
    return {**own, **inherited}


# -- building ----------------------------------------------------------------


def define(
    name: str,
    properties: Mapping[str, Property],
    settings: Mapping[str, Any],
    *,
    base: ModelDefinition | None = None,
    removed: Sequence[str] = (),
) -> ModelDefinition:
    """A definition from own properties and settings on top of a base's.

    Args:
        name: name of the model.
        properties: its own properties, in order.
        settings: its own settings, `options` lifted in already.
        base: the definition it inherits from.
        removed: names of inherited properties that it does not take over.
    """
    merged = merge_settings(base.settings if base else {}, settings)
    configured = merged.pop(CONFIGURED_ACLS, ())
    dropped = [*removed, *_names(merged.get("excludeBaseProperties", ()))]
    combined = merge_properties(base.properties if base else {}, properties, dropped)
    ids = [one for one in combined.values() if one.id]
    id_property = ids[0] if len(ids) == 1 else None
    plural = merged.get("plural") or plural_of(name)
    path = (merged.get("http") or {}).get("path") or plural
    return ModelDefinition(
        name=name,
        base=base.name if base else "",
        properties=MappingProxyType(combined),
        settings=MappingProxyType(merged),
        hidden=frozenset([*_names(merged.get("hidden", ())), *_names(merged.get("hiddenProperties", ()))]),
        protected=frozenset([*_names(merged.get("protected", ())), *_names(merged.get("protectedProperties", ()))]),
        strict=_strict(merged.get("strict")),
        id=id_property,
        force_id=_force_id(merged.get("forceId", "auto"), id_property),
        plural=plural,
        path="/" + path.lstrip("/"),
        default_path=not (merged.get("plural") or (merged.get("http") or {}).get("path")),
        acls=merge_acls(merged.get("acls"), configured),
    )


def united(definitions: Sequence[ModelDefinition]) -> ModelDefinition | None:
    """What several bases have in common: earlier ones win, as in Python's own order; None for no bases."""
    base: ModelDefinition | None = None
    for one in reversed(definitions):
        base = one if base is None else define(one.name, one.properties, one.settings, base=base)
    return base


def _strict(value: Any) -> Strict:
    if value == "filter":
        return "filter"
    return "reject" if value and value != "false" else "off"


def _force_id(setting: Any, id_property: Property | None) -> bool:
    if setting in ("auto", None):
        return id_property is not None and id_property.generated
    return bool(setting)


def from_json(spec: Mapping[str, Json], resolve: Resolve, *, base: ModelDefinition | None = None) -> ModelDefinition:
    """A definition from LoopBack's model JSON alone (source: models.md 1).

    Args:
        spec: the parsed JSON object; `name` must be there.
        resolve: gives the definition of another model by name, or None.
        base: the definition named by `base`.

    Raises:
        DefinitionError: a property or type cannot be read.
    """
    name = str(spec["name"])
    listed = spec.get("properties") or {}
    own = {key: read_property(key, one, resolve, name) for key, one in listed.items() if one not in (None, False)}
    removed = [key for key, one in listed.items() if one in (None, False)]
    return define(name, own, own_settings(spec), base=base, removed=removed)


def attached(definition: ModelDefinition, id_kind: Kind) -> ModelDefinition:
    """The definition as it is on a store: a generated id takes the kind that the store makes, unless told to keep its own."""
    key = definition.id
    if key is None or not key.generated or key.extra.get("useDefaultIdType") is False:
        return definition
    own = replace(key, kind=id_kind)
    return replace(definition, id=own, properties=MappingProxyType({**definition.properties, key.name: own}))


def with_id(definition: ModelDefinition) -> ModelDefinition:
    """The definition with an id that the store makes where it has none and `idInjection` is not off (source: models.md 1)."""
    if definition.setting("idInjection", True) is False or any(one.id for one in definition.properties.values()):
        return definition
    key = Property("id", SIMPLE_KINDS["number"], id=1, generated=True)
    properties = MappingProxyType({**definition.properties, "id": key})
    return replace(definition, id=key, properties=properties, force_id=_force_id(definition.setting("forceId", "auto"), key))
