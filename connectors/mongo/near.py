"""Distances on the earth as MongoDB computes them itself, by the formula of lbpy.geo. Runs nothing."""

from __future__ import annotations

import math
from typing import Any, Final

from ...geo import EARTH_RADIUS
from ...query.nodes import Near

DISTANCE: Final = "__distance"
WIDER: Final = 1.001
"""How much further the index is asked than the formula decides."""

_RADIUS: Final = EARTH_RADIUS["kilometers"]


def distance(near: Near, field: str, *, geo_json: bool) -> dict[str, Any]:
    """The expression of a distance in kilometres; null for what is no point."""
    lat, lng = _degrees(field, geo_json=geo_json)
    lat_a, lng_a = math.radians(near.point.lat), math.radians(near.point.lng)
    height = _squared_sine({"$subtract": [{"$degreesToRadians": lat}, lat_a]})
    width = _squared_sine({"$subtract": [{"$degreesToRadians": lng}, lng_a]})
    flat = {"$multiply": [math.cos(lat_a), {"$cos": {"$degreesToRadians": lat}}, width]}
    root = {"$min": [1, {"$sqrt": {"$add": [height, flat]}}]}
    found = {"$multiply": [2 * _RADIUS, {"$asin": root}]}
    return {"$cond": [{"$and": [{"$isNumber": lat}, {"$isNumber": lng}]}, found, None]}


def _degrees(field: str, *, geo_json: bool) -> tuple[Any, Any]:
    if not geo_json:
        return f"${field}.lat", f"${field}.lng"
    pair = f"${field}.coordinates"
    safe = {"$cond": [{"$isArray": pair}, pair, []]}
    return {"$arrayElemAt": [safe, 1]}, {"$arrayElemAt": [safe, 0]}


def _squared_sine(angle: Any) -> dict[str, Any]:
    return {"$pow": [{"$sin": {"$divide": [angle, 2]}}, 2]}


def within(near: Near, field: str, *, geo_json: bool) -> dict[str, Any]:
    """The condition that a point lies within the distances."""
    away = distance(near, field, geo_json=geo_json)
    tests: list[Any] = [{"$ne": [away, None]}]
    if near.max_km is not None:
        tests.append({"$lte": [away, near.max_km]})
    if near.min_km is not None:
        tests.append({"$gte": [away, near.min_km]})
    exact = {"$expr": {"$and": tests}}
    return {"$and": [_roughly(near, field), exact]} if geo_json and near.max_km is not None else exact


def _roughly(near: Near, field: str) -> dict[str, Any]:
    """What the index can answer."""
    radians = min((near.max_km or 0) / _RADIUS * WIDER, math.pi)
    return {field: {"$geoWithin": {"$centerSphere": [[near.point.lng, near.point.lat], radians]}}}
