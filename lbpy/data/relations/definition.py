"""The frozen description of one relation, read from LoopBack's JSON with every default. Resolves no model and reads no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from ...errors import DefinitionError
from ...model.definition import EMPTY, ModelDefinition
from ...naming import camel_case, plural_of
from ...types import Json

RelationType: TypeAlias = Literal[
    "belongsTo", "hasMany", "hasOne", "hasAndBelongsToMany", "referencesMany", "embedsOne", "embedsMany"
]

TYPES: Final[Mapping[str, RelationType]] = {
    "belongsto": "belongsTo",
    "hasmany": "hasMany",
    "hasone": "hasOne",
    "hasandbelongstomany": "hasAndBelongsToMany",
    "referencesmany": "referencesMany",
    "embedsone": "embedsOne",
    "embedsmany": "embedsMany",
}


@dataclass(frozen=True, slots=True)
class Polymorphic:
    """Where a relation to rows of several models keeps the key and the name of the model; id_type: of the key, if said."""

    foreign_key: str
    discriminator: str
    id_type: str | None = None


@dataclass(frozen=True, slots=True)
class RelationDefinition:
    """One relation as declared (source: models.md 6).

    source: name of the model that has it. model: name of the other side, None for a polymorphic belongsTo.
    foreign_key: where the key is kept; "" for embedded relations. primary_key: the key that it means, None for the id.
    through: name of the model in between; near_given, key_through: its keys where they were said.
    invert: the reverse side of a polymorphic relation through a model. place: the property where embedded rows are kept.
    scope: a raw filter on the other side. properties: names to copy. default: of an embedded row.
    """

    name: str
    type: RelationType
    source: str
    model: str | None
    foreign_key: str = ""
    primary_key: str | None = None
    through: str | None = None
    near_given: bool = False
    key_through: str | None = None
    polymorphic: Polymorphic | None = None
    invert: bool = False
    place: str = ""
    scope: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    properties: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    default: Json = None
    options: Mapping[str, Any] = field(default_factory=lambda: EMPTY)

    @property
    def is_many(self) -> bool:
        """Whether it leads to a list."""
        return self.type not in ("belongsTo", "hasOne", "embedsOne")

    @property
    def is_embedded(self) -> bool:
        """Whether the other side lies inside the rows."""
        return self.type in ("embedsOne", "embedsMany")

    @property
    def path(self) -> str:
        """Its segment in routes."""
        http = self.options.get("http")
        return str((http.get("path") if isinstance(http, Mapping) else None) or self.name).strip("/")

    def on(self, option: str) -> bool:
        """Whether an option is switched on."""
        return bool(self.options.get(option))


def relations_of(definition: ModelDefinition) -> Mapping[str, RelationDefinition]:
    """All relations of a model, inherited ones included, by name.

    Raises:
        DefinitionError: one says something impossible; the text has LoopBack's code where there is one.
    """
    listed = definition.setting("relations") or {}
    made = {name: read_relation(definition.name, name, spec) for name, spec in listed.items() if isinstance(spec, Mapping)}
    return MappingProxyType(made)


def read_relation(source: str, name: str, spec: Mapping[str, Json]) -> RelationDefinition:
    """One relation from its JSON.

    Args:
        source: name of the model that has it.
        name: of the relation.
        spec: what stands below the name in `relations`.

    Raises:
        DefinitionError: as of `relations_of`.
    """
    kind = TYPES.get(str(spec.get("type")).lower())
    if kind is None or name == "trigger":
        raise DefinitionError(f"{source}.{name}: {'this name is taken' if kind else 'unknown type'} of relation")
    polymorphic = _polymorphic(source, name, kind, spec.get("polymorphic"))
    model = _target(source, name, kind, spec, polymorphic)
    keyed = polymorphic is not None and not spec.get("invert")
    key = polymorphic.foreign_key if polymorphic and keyed else _foreign_key(source, name, kind, spec, model)
    options = {one: spec[one] for one in ("invertProperties", "embedsProperties") if one in spec}
    return RelationDefinition(
        name=name,
        type=kind,
        source=source,
        model=model,
        foreign_key=key,
        primary_key=spec.get("primaryKey") or None,
        through=_through(kind, spec),
        near_given=bool(spec.get("foreignKey")),
        key_through=spec.get("keyThrough") or None,
        polymorphic=polymorphic,
        invert=bool(spec.get("invert")),
        place=_place(name, kind, spec, model),
        scope=spec.get("scope") or EMPTY,
        properties=_copied(spec.get("properties")),
        default=spec.get("default"),
        options={**options, **(spec.get("options") or {})},
    )


def _through(kind: RelationType, spec: Mapping[str, Json]) -> str | None:
    named = spec.get("through") or (spec.get("throughTable") if kind == "hasAndBelongsToMany" else None)
    return str(named) if named else None


def _target(
    source: str, name: str, kind: RelationType, spec: Mapping[str, Json], polymorphic: Polymorphic | None
) -> str | None:
    model = spec.get("model") or None
    if kind == "belongsTo" and polymorphic:
        if model:
            raise _refused("POLYMORPHIC_BELONGS_TO_MODEL", source, name, "a polymorphic belongsTo has no `model`")
        return None
    if not model:
        code = "BELONGS_TO_MISSING_MODEL" if kind == "belongsTo" else "POLYMORPHIC_NOT_BELONGS_TO_MISSING_MODEL"
        raise _refused(code, source, name, "`model` is missing")
    return str(model)


def _refused(code: str, source: str, name: str, text: str) -> DefinitionError:
    return DefinitionError(f"{source}.{name}: {text} ({code})")


def _foreign_key(source: str, name: str, kind: RelationType, spec: Mapping[str, Json], model: str | None) -> str:
    given = spec.get("foreignKey")
    if given:
        return str(given)
    if kind == "belongsTo":
        return f"{name}Id"
    if kind == "referencesMany":
        return camel_case(f"{model}_ids")
    return "" if kind in ("embedsOne", "embedsMany") else camel_case(f"{source}_id")


def _polymorphic(source: str, name: str, kind: RelationType, spec: Json) -> Polymorphic | None:
    if not spec:
        return None
    if not isinstance(spec, Mapping):
        return _by_selector(spec if isinstance(spec, str) else name, None)
    id_type = spec.get("idType")
    key, discriminator = spec.get("foreignKey"), spec.get("discriminator")
    selector = spec.get("selector") or spec.get("as")
    if not key and not discriminator:
        return _by_selector(selector or name, id_type)
    if not discriminator:
        raise _refused("POLYMORPHIC_MISSING_DISCRIMINATOR", source, name, "`foreignKey` without `discriminator`")
    if not key:
        raise _refused("POLYMORPHIC_MISSING_FOREIGN_KEY", source, name, "`discriminator` without `foreignKey`")
    if selector and kind != "belongsTo":
        code = "POLYMORPHIC_EXTRANEOUS_SELECTOR" if spec.get("selector") else "POLYMORPHIC_EXTRANEOUS_AS"
        raise _refused(code, source, name, "a selector beside `foreignKey` and `discriminator`")
    return Polymorphic(str(key), str(discriminator), id_type)


def _by_selector(selector: str, id_type: str | None) -> Polymorphic:
    return Polymorphic(camel_case(f"{selector}_id"), camel_case(f"{selector}_type"), id_type)


def _place(name: str, kind: RelationType, spec: Mapping[str, Json], model: str | None) -> str:
    """Where embedded rows are kept; never under the relation's own name."""
    if kind not in ("embedsOne", "embedsMany"):
        return ""
    derived = camel_case(str(model)) if kind == "embedsOne" else camel_case(plural_of(str(model)))
    options = spec.get("options") or {}
    chosen = str(spec.get("property") or options.get("property") or derived)
    return f"_{chosen}" if chosen == name else chosen


def _copied(spec: Json) -> Mapping[str, str]:
    if isinstance(spec, Mapping):
        return {str(name): str(other) for name, other in spec.items()}
    return {str(name): str(name) for name in spec} if isinstance(spec, (list, tuple)) else EMPTY
