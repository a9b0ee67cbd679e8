from hypothesis import given
from hypothesis import strategies as st

from lbpy.connectors.sql.near import Box, box_around
from lbpy.geo import GeoPoint, distance_km

POINTS = st.builds(GeoPoint, st.floats(-90, 90), st.floats(-180, 180))


def inside(box: Box, point: GeoPoint) -> bool:
    sides = box.west is None or box.east is None or box.west <= point.lng <= box.east
    return box.south <= point.lat <= box.north and sides


@given(POINTS, POINTS, st.floats(0, 30_000))
def test_what_is_near_enough_is_in_the_box(point: GeoPoint, other: GeoPoint, km: float) -> None:
    assert distance_km(point, other) > km or inside(box_around(point, km), other)


@given(POINTS, st.floats(0, 100), st.floats(-1, 1), st.floats(-1, 1))
def test_neighbours_within_the_distance_are_in_the_box(point: GeoPoint, km: float, north: float, east: float) -> None:
    other = GeoPoint(max(-90, min(90, point.lat + north)), max(-180, min(180, point.lng + east)))
    assert distance_km(point, other) > km or inside(box_around(point, km), other)


def test_a_box_over_the_date_line_or_a_pole_has_no_sides() -> None:
    assert box_around(GeoPoint(0, 179.9), 100).west is None
    assert box_around(GeoPoint(89.9, 0), 100).west is None


def test_a_small_distance_gives_a_small_box() -> None:
    box = box_around(GeoPoint(46, 9), 10)
    assert box.north - box.south < 0.2
    assert box.west is not None
    assert 9 - box.west < 0.2
