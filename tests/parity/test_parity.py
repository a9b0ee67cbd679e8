"""lbpy answers as LoopBack 3.28 did, area by area, no less often than floor.json says."""

import json

import pytest

from .corpus import load
from .runner import FLOOR, play, report, scores

FLOORS = json.loads(FLOOR.read_text())


@pytest.mark.parametrize("area", FLOORS)
def test_an_area_stays_above_its_floor(area: str) -> None:
    results = [result for scenario in load([area]) for result in play(scenario)]
    assert scores(results)[area].percent >= FLOORS[area], report(results)
