"""Values that a server makes up are bound one to one; all others must be the same."""

from datetime import UTC, datetime
from email.utils import formatdate

import pytest

from .masks import Masks

ONE, TWO = "1" * 64, "2" * 64


@pytest.fixture
def masks() -> Masks:
    return Masks(f"given: {'a' * 40}", {"127.0.0.1:3000": "<host>"})


def test_a_value_must_come_back_where_it_came_back_for_loopback(masks: Masks) -> None:
    assert masks.same("<token:1>", ONE)
    assert not masks.same("<token:1>", TWO)
    assert masks.same("again <token:1>, new <token:2>", f"again {ONE}, new {TWO}")


def test_one_value_cannot_stand_for_two(masks: Masks) -> None:
    assert masks.same("<token:1>", ONE)
    assert not masks.same("<token:2>", ONE)


def test_a_value_of_another_shape_is_found(masks: Masks) -> None:
    assert not masks.same("<token:1>", ONE[1:])
    assert not masks.same("<uuid:1>", ONE)


def test_what_the_scenario_gives_is_left_as_it_is(masks: Masks) -> None:
    assert masks.same("a" * 40, "a" * 40)
    assert not masks.same("<sha1:1>", "a" * 40)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("<timestamp>", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.123Z")),
        ("<httpdate>", formatdate(usegmt=True)),
        ("<jsdate>", datetime.now(UTC).strftime("%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)")),
        ("<hash>", "$2b$10$" + "x" * 53),
        ("http://<host>/", "http://127.0.0.1:3000/"),
        ("2015-01-01T00:00:00.000Z", "2015-01-01T00:00:00.000Z"),
    ],
)
def test_the_time_and_the_address_are_evened_out(masks: Masks, expected: str, actual: str) -> None:
    assert masks.same(expected, actual)


@pytest.mark.parametrize("spelling", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.123+00:00"])
def test_a_time_in_another_spelling_is_found(masks: Masks, spelling: str) -> None:
    assert not masks.same("<timestamp>", datetime.now(UTC).strftime(spelling))
