"""The box around a point that a distance cannot leave, to spare the exact formula for rows far away. Knows geography only."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...geo import GeoPoint

KM_PER_DEGREE = 111.0
"""Less than any sphere in use has (111.19), so that the box is never too small."""

ROUNDING = 1e-6
"""Degrees, some centimetres: what the exact formula may be off by."""


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees from south to north, and from west to east unless the box holds a pole or crosses the date line."""

    south: float
    north: float
    west: float | None = None
    east: float | None = None


def box_around(point: GeoPoint, km: float) -> Box:
    """The box that holds every point within `km` kilometres."""
    lat = min(km / KM_PER_DEGREE + ROUNDING, 180.0)
    south, north = point.lat - lat, point.lat + lat
    if south <= -90 or north >= 90:
        return Box(south, north)
    reach = math.sin(math.radians(lat)) / math.cos(math.radians(point.lat))
    lng = math.degrees(math.asin(min(reach, 1.0)))
    west, east = point.lng - lng, point.lng + lng
    return Box(south, north) if west < -180 or east > 180 else Box(south, north, west, east)
