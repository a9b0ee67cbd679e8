"""From one example of data to model JSON: which type each property has. Makes no class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from ..errors import DefinitionError
from ..geo import GeoPoint
from ..types import Json


def type_of(value: Any) -> Json:
    """The type of a value as model JSON says it (source: datasources.md 13.4).

    Args:
        value: parsed JSON, or what Python code has: dates, bytes, GeoPoint, Decimal.

    Returns:
        a type name, a one-item list of the type of the first item that is not null, or an object of types.
    """
    match value:
        case None:
            return "any"
        case bool():
            return "boolean"
        case str():
            return "string"
        case int() | float() | Decimal():
            return "number"
        case date():
            return "date"
        case bytes() | bytearray():
            return "buffer"
        case GeoPoint():
            return "geopoint"
        case Mapping():
            return _object_type(value)
        case list() | tuple():
            return _list_type(value)
    return "any"


def _object_type(value: Mapping[str, Any]) -> Json:
    """The types of its members; an object with a member called `type` could not be told from the long form of a property."""
    return {name: type_of(one) for name, one in value.items()} if value and "type" not in value else "object"


def _list_type(values: Sequence[Any]) -> Json:
    first = next((one for one in values if one is not None), None)
    return "array" if first is None else [type_of(first)]


def model_json(name: str, sample: Mapping[str, Any], *, id_injection: bool = True) -> dict[str, Json]:
    """Model JSON for data like the sample.

    Args:
        name: of the model. sample: one record. id_injection: it gets an id that the store makes.

    Raises:
        DefinitionError: the sample is no object.
    """
    if not isinstance(sample, Mapping):
        raise DefinitionError(f"{name}: a model is built from one object, not from {type(sample).__name__}")
    found: dict[str, Json] = {key: {"type": type_of(one)} for key, one in sample.items()}
    if id_injection:
        found["id"] = {"type": "number", "id": 1, "generated": True, "updateOnly": True}
    return {"name": name, "base": "PersistedModel", "idInjection": id_injection, "properties": found}
