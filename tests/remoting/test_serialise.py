"""Results on their way out: rows and instances lose what is hidden, at any depth and whatever the result is wrapped in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

import lbpy
from lbpy import GeoPoint, Model, PersistedModel, prop
from lbpy.model.encoding import dumps
from lbpy.model.masking import Mask, mask_of
from lbpy.remoting.serialise import default_of
from lbpy.testing import Client


class Part(Model, hidden=["pin"], protected=["own"]):
    name: str
    pin: str | None = None
    own: str | None = None


class Thing(PersistedModel, hidden=["secret"]):
    part: Part | None = None
    parts: list[Part] = prop(factory=list)
    secret: str | None = None
    number: float | None = None
    at: datetime | None = None
    place: GeoPoint | None = None
    raw: bytes | None = None
    own: str | None = prop(default=None, protected=True)


@pytest.fixture
def app():
    with lbpy.App() as made:
        made.data_source("db", connector="memory")
        made.model(Thing, data_source="db", public=True)
        yield made


@pytest.fixture
def get(app):
    client = Client(app)
    return lambda path: json.loads(client.get(f"/api{path}").text)


def test_what_is_hidden_is_hidden_at_any_depth(get):
    Thing.create(part=Part(name="a", pin="1", own="1"), parts=[Part(name="b", pin="1")], secret="1", own="1")
    for answer in ([get("/Things/1")], get("/Things"), [get("/Things/findOne")]):
        assert answer == [{"part": {"name": "a"}, "parts": [{"name": "b"}], "own": "1", "id": 1}]


def test_values_of_every_kind(get):
    Thing.create(number=2.5, at=datetime(2020, 1, 1, tzinfo=UTC), place=GeoPoint(1, 2), raw=b"\x01")
    assert get("/Things/1") == {
        "parts": [], "number": 2.5, "at": "2020-01-01T00:00:00.000Z", "place": {"lat": 1, "lng": 2},
        "raw": {"type": "Buffer", "data": [1]}, "id": 1,
    }  # fmt: skip


def test_numbers_beyond_64_bits_arrive_exactly(get):
    Thing.create({"big": 2**63, "bigger": {"deep": [2**53 + 1]}})
    assert get("/Things/1")["big"] == 2**63
    assert get("/Things/1")["bigger"] == {"deep": [2**53 + 1]}


# -- instances in results of methods


def masks() -> dict[type, Mask]:
    found = {cls: mask_of(cls.definition__) for cls in (Thing, Part) if cls.definition__ is not None}
    return {cls: mask for cls, mask in found.items() if mask is not None}


def encoded(value: Any) -> Any:
    return json.loads(dumps(value, default_of(masks())))


def test_instances_become_rows_without_what_is_hidden(app):
    thing = Thing(secret="1", part=Part(name="a", pin="1"))
    assert encoded({"found": [thing]}) == {"found": [{"part": {"name": "a"}, "parts": []}]}


def test_instances_of_models_that_hide_nothing_become_their_rows():
    class Open(Model):
        a: int = 1

    assert encoded([Open()]) == [{"a": 1}]


def test_other_values_are_written_as_everywhere():
    assert encoded({"at": datetime(2020, 1, 1, tzinfo=UTC), "raw": b"x"}) == {
        "at": "2020-01-01T00:00:00.000Z",
        "raw": {"type": "Buffer", "data": [120]},
    }
