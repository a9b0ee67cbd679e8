"""A model from one example of data."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

import lbpy
from lbpy.data.introspection import model_json, type_of
from lbpy.errors import DefinitionError, OperatorError
from lbpy.geo import GeoPoint


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "any"),
        ("2020-01-01", "string"),
        (True, "boolean"),
        (1, "number"),
        (1.5, "number"),
        (Decimal("1.5"), "number"),
        (datetime(2020, 1, 1, tzinfo=UTC), "date"),
        (b"x", "buffer"),
        (GeoPoint(1, 2), "geopoint"),
        ([], "array"),
        ([None], "array"),
        ([None, "x", 1], ["string"]),
        ([{"a": 1}], [{"a": "number"}]),
        ({}, "object"),
        ({"a": {"b": "x"}}, {"a": {"b": "string"}}),
        ({"type": "x", "n": 1}, "object"),
    ],
)
def test_a_value_tells_its_type(value: Any, expected: Any) -> None:
    assert type_of(value) == expected


def test_the_model_gets_an_id_unless_told_otherwise() -> None:
    assert model_json("Note", {"text": "x"})["properties"]["id"]["generated"] is True
    assert model_json("Note", {"text": "x"}, id_injection=False)["properties"] == {"text": {"type": "string"}}


def test_only_an_object_makes_a_model() -> None:
    with pytest.raises(DefinitionError):
        model_json("Note", [1])  # type: ignore[arg-type]  # what is refused


def test_a_source_without_an_application_builds_no_models() -> None:
    with lbpy.App() as app:
        connector = app.data_source("db", connector="memory").connector
        with pytest.raises(OperatorError, match="belongs to no application"):
            lbpy.DataSource("db", connector, {}).build_model_from_instance("Note", {})


def test_a_model_may_inherit_from_one_of_the_applications() -> None:
    class Dated(lbpy.PersistedModel):
        day: str = "today"

    with lbpy.App() as app:
        notes = app.data_source("db", connector="memory").build_model_from_instance("Note", {"text": "x"}, base=Dated)
        assert notes.create(text="y").to_dict() == {"day": "today", "text": "y", "id": 1}


def test_the_class_stores_data_like_the_sample() -> None:
    sample = {"title": "t", "maker": {"city": "Bern"}, "tags": ["x"]}
    with lbpy.App() as app:
        notes = app.data_source("db", connector="memory").build_model_from_instance("Note", sample)
        assert notes.create(**sample).to_dict() == {**sample, "id": 1}
