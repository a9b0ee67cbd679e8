"""The indexes that a model declares, as MongoDB makes them. Makes none (source: datasources.md 7.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pymongo import IndexModel

from ...model.definition import Property
from ...model.kinds import Geo
from .documents import KEY, Shape

_SPHERE: Final = "2dsphere"
_OPTIONS: Final = frozenset(
    {"unique", "sparse", "background", "name", "expireAfterSeconds", "partialFilterExpression", "default_language", "weights"}
)


def indexes_of(shape: Shape) -> list[IndexModel]:
    """All indexes of a model beside that of the id."""
    return [*_named(shape), *(made for one in shape.definition.properties.values() for made in _of_property(shape, one))]


def _named(shape: Shape) -> Iterator[IndexModel]:
    declared = shape.definition.setting("indexes")
    items = declared.items() if isinstance(declared, Mapping) else enumerate(declared or [])
    for name, told in items:
        if isinstance(told, Mapping):
            yield _one(shape, {"name": name} if isinstance(name, str) else {}, told)


def _one(shape: Shape, named: dict[str, Any], told: Mapping[str, Any]) -> IndexModel:
    keys, options = told.get("keys"), told.get("options") or {}
    if "columns" in told:
        keys = {name.strip(): 1 for name in str(told["columns"]).split(",")}
        options = {"unique": str(told.get("kind", "")).lower() == "unique"}
    listed = keys if isinstance(keys, Mapping) else told
    return IndexModel([(_field(shape, name), _way(way)) for name, way in listed.items()], **named, **_known(options))


def _of_property(shape: Shape, one: Property) -> Iterator[IndexModel]:
    field = shape.stored[one.name].field
    if field == KEY:
        return
    if shape.geo_json and isinstance(one.kind, Geo):
        yield IndexModel([(field, _SPHERE)], name=f"index2dsphere{one.name}")
    if isinstance(one.index, Mapping):
        own = one.index.get("mongodb")
        told = own if isinstance(own, Mapping) else one.index
        yield IndexModel([(field, _way(told.get("kind") or 1))], **_known(told))
    elif one.index:
        yield IndexModel([(field, 1)])


def _field(shape: Shape, name: str) -> str:
    head, *rest = name.split(".")
    return ".".join([shape.field(head), *rest])


def _way(way: Any) -> Any:
    return way if isinstance(way, str) and way not in ("1", "-1") else int(way)


def _known(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name in _OPTIONS and value not in (None, False)}
