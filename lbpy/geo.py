"""Points on the earth, their distances, and the units that distances are given in. Knows no property and no store."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .types import Json

EARTH_RADIUS: Final[Mapping[str, float]] = {
    "kilometers": 6370.99056,
    "meters": 6370990.56,
    "miles": 3958.75,
    "feet": 20902200,
    "radians": 1,
    "degrees": 180 / math.pi,
}
"""The earth's radius in each unit, as LoopBack has it (source: querying.md 8)."""

UNITS: Final = frozenset(EARTH_RADIUS)


@dataclass(frozen=True, slots=True)
class GeoPoint:
    """A place: latitude from -90 to 90 and longitude from -180 to 180, both in degrees."""

    lat: float
    lng: float

    @staticmethod
    def read(value: Any) -> GeoPoint:
        """The point that a value means (source: models.md 2.1).

        Args:
            value: a GeoPoint, {"lat": 10, "lng": 20}, [10, 20], "10,20", or JSON text of these; the numbers may be text.

        Raises:
            ValueError: half a point, a number out of range, or anything else.
        """
        if isinstance(value, GeoPoint):
            return value
        lat, lng = _pair(_parsed(value) if isinstance(value, str) else value)
        return GeoPoint(_degrees(lat, "lat", 90), _degrees(lng, "lng", 180))


def _parsed(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text.split(",")


def _pair(value: Any) -> tuple[Any, Any]:
    if isinstance(value, Mapping) and "lat" in value and "lng" in value:
        return value["lat"], value["lng"]
    if isinstance(value, (list, tuple)) and len(value) == 2:
        return value[0], value[1]
    raise ValueError('must provide valid geo-coordinates array [lat, lng] or object or a "lat, lng" string')


def _degrees(value: Any, name: str, limit: int) -> float:
    number = _number(value)
    if number is None:
        raise ValueError(f"{name} must be a number when creating a GeoPoint")
    if number > limit:
        raise ValueError(f"{name} must be <= {limit}")
    if number < -limit:
        raise ValueError(f"{name} must be >= -{limit}")
    return int(number) if number == int(number) else number  # 10 and not 10.0 in answers


def _number(value: Any) -> float | None:
    """A finite or infinite number, None for anything else; Python's 1_0 is none to clients."""
    if isinstance(value, int) and not isinstance(value, bool):
        return float(max(-1000, min(value, 1000)))  # out of range either way, and never too large for a float
    if not isinstance(value, (float, str)) or "_" in str(value):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return None if math.isnan(number) else number


def distance_km(a: GeoPoint, b: GeoPoint) -> float:
    """The distance in kilometres along the surface of a sphere, by the haversine formula (source: querying.md 8)."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    height, width = math.sin((lat_b - lat_a) / 2), math.sin(math.radians(b.lng - a.lng) / 2)
    root = math.sqrt(height * height + math.cos(lat_a) * math.cos(lat_b) * width * width)
    return 2 * math.asin(min(root, 1.0)) * EARTH_RADIUS["kilometers"]


def to_km(value: float, unit: str = "miles") -> float:
    """A distance in kilometres.

    Args:
        value: the distance.
        unit: miles, kilometers, meters, feet, radians or degrees.

    Raises:
        ValueError: the unit is none of these.
    """
    if unit not in UNITS:
        raise ValueError(f"{unit} is no unit of distance; use one of {', '.join(sorted(UNITS))}")
    return value / EARTH_RADIUS[unit] * EARTH_RADIUS["kilometers"]
