"""Points, distances and units."""

import math

import pytest

from lbpy.geo import GeoPoint, distance_km, to_km

MILAN = GeoPoint(45.46, 9.19)
ROME = GeoPoint(41.9, 12.5)


@pytest.mark.parametrize(
    "value",
    [
        {"lat": 10.5, "lng": 20},
        {"lat": "10.5", "lng": "20", "alt": 3},
        [10.5, 20],
        ["10.5", " 20 "],
        "10.5,20",
        "10.5, 20",
        "[10.5, 20]",
        '{"lat": 10.5, "lng": 20}',
        GeoPoint(10.5, 20),
    ],
)
def test_a_point_is_read_from_every_form(value):
    assert GeoPoint.read(value) == GeoPoint(10.5, 20)


def test_whole_degrees_are_written_without_a_fraction():
    assert str(GeoPoint.read([10.0, "-20"])) == "GeoPoint(lat=10, lng=-20)"


@pytest.mark.parametrize(
    "value",
    [
        {"lat": 10}, {}, {"lat": None, "lng": 1}, {"lat": "", "lng": ""}, [1], [1, 2, 3], ["x", 1], [True, 1], "here", "1", "",
        "1,2,3", "nan,1", "1_0,1", "[" * 100_000, 5, None, True, "null", "[[1],2]",
    ],
)  # fmt: skip
def test_what_is_no_point_is_refused(value):
    with pytest.raises(ValueError, match="must"):
        GeoPoint.read(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([91, 0], "lat must be <= 90"),
        ([-91, 0], "lat must be >= -90"),
        ([0, 181], "lng must be <= 180"),
        ([0, -181], "lng must be >= -180"),
        ([0, math.inf], "lng must be <= 180"),
        ([0, 10**400], "lng must be <= 180"),
        ([0, -(10**400)], "lng must be >= -180"),
    ],
)
def test_numbers_out_of_range_are_refused_by_name(value, text):
    with pytest.raises(ValueError, match=text):
        GeoPoint.read(value)


def test_the_distance_follows_the_surface():
    assert distance_km(MILAN, ROME) == pytest.approx(477, abs=1)
    assert distance_km(ROME, MILAN) == distance_km(MILAN, ROME)


def test_a_point_is_nowhere_from_itself_and_half_the_girth_from_the_other_side():
    assert distance_km(MILAN, MILAN) == 0
    assert distance_km(GeoPoint(0, 0), GeoPoint(0, 180)) == pytest.approx(math.pi * 6370.99056)


@pytest.mark.parametrize(
    ("unit", "kilometres"),
    [
        ("kilometers", 1),
        ("meters", 0.001),
        ("miles", 6370.99056 / 3958.75),
        ("feet", 6370.99056 / 20902200),
        ("radians", 6370.99056),
        ("degrees", math.radians(6370.99056)),
    ],
)
def test_each_unit_turns_into_kilometres(unit, kilometres):
    assert to_km(1, unit) == pytest.approx(kilometres)


def test_distances_are_miles_where_no_unit_is_named():
    assert to_km(100) == to_km(100, "miles")


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="parsecs is no unit"):
        to_km(1, "parsecs")
