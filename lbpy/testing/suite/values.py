"""The cases of values: what is stored comes back as it was. Changes no stored row."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ...geo import GeoPoint
from ...types import Json, Row
from .bench import Bench, Fixtures, day


class Values(Fixtures):
    """Values come back as they went in."""

    def test_every_kind_comes_back_as_it_was(self, sample: Bench) -> None:
        """Types included: no date becomes text, no whole number broken."""
        row = {
            "label": "a", "group": 0, "text": "é😀", "number": 1.5, "flag": False, "day": "2020-01-02",
            "date": datetime(1969, 12, 31, 23, 59, 59, 999000, UTC), "bytes": b"\x00\xff", "point": GeoPoint(10, 20.5),
            "object": {"a": [1, {"b": None}], "t": "x"}, "any": [1, "x", None], "array": [True, 2.5],
            "inner": {"text": "t", "number": 7, "date": day(3), "more": [1]}, "texts": ["x", ""], "numbers": [1, 2.5],
            "dates": [day(0), day(1)], "inners": [{"text": "t"}, {"date": day(2)}],
        }  # fmt: skip
        (stored,) = sample.add(row)
        (found,) = sample.find()
        assert sample.given(found) == sample.given(stored) == {**row, "id": stored["id"]}
        assert [type(found[name]) for name in row] == [type(value) for value in row.values()]

    @pytest.mark.parametrize("value", [0, -1, 2**53 + 1, 2**63 - 1, -(2**63), 0.1, 1e-300, 1.7e308, 5])
    def test_numbers_are_exact(self, sample: Bench, value: float) -> None:
        """Whole ones stay whole, up to 64 bits or to what the store states."""
        (stored,) = sample.add({"label": "a", "number": value})
        (found,) = sample.find(where={"number": value})
        expected = value if abs(value) <= self.exact else float(value)
        assert found["number"] == stored["number"] == expected
        assert type(found["number"]) is type(stored["number"])
        assert type(found["number"]) is type(value) or abs(value) > self.exact

    @pytest.mark.parametrize("value", ["", "x", 0, 1, 2.5, True, False, [], {}, [1, [2]], {"k": {"l": []}}])
    def test_free_form_data_keep_their_type(self, sample: Bench, value: Json) -> None:
        """Text that looks like JSON stays text."""
        sample.add({"label": "a", "any": value})
        (found,) = sample.find()
        assert (found["any"], type(found["any"])) == (value, type(value))

    def test_text_that_looks_like_json_stays_text(self, sample: Bench) -> None:
        """In free-form data too."""
        sample.add({"label": "a", "any": '{"k": 1}', "object": "3", "text": "null"})
        (found,) = sample.find()
        assert (found["any"], found["object"], found["text"]) == ('{"k": 1}', "3", "null")

    def test_a_missing_value_is_missing_or_null(self, sample: Bench) -> None:
        """Relational stores answer null, others nothing; a stored null stays null."""
        sample.add({"label": "a", "text": None})
        (found,) = sample.find()
        assert found["text"] is None
        assert found.get("number") is None
        assert ("number" in found) is sample.connector.relational

    def test_undeclared_properties_are_kept_by_free_form_stores(self, sample: Bench) -> None:
        """Relational stores are not given any."""
        if not sample.connector.free_form:
            pytest.skip("the store keeps declared properties only")
        sample.add({"label": "a", "extra": {"k": [1]}})
        assert sample.find()[0]["extra"] == {"k": [1]}

    def test_rows_handed_out_may_be_changed_without_harm(self, sample: Bench) -> None:
        """Nested values too; the row handed in as well."""
        row: Row = {"label": "a", "inner": {"text": "t"}, "texts": ["x"], "object": {"k": [1]}}
        changed = [sample.rows.create(row), row, *sample.find(), *sample.find(fields=["texts", "inner", "object"])]
        for one in changed:
            one["inner"]["text"] = "changed"
            one["texts"].append("changed")
            one["object"]["k"].append("changed")
            one["label"] = "changed"
        (found,) = sample.find()
        assert (found["label"], found["inner"]["text"], found["texts"], found["object"]) == ("a", "t", ["x"], {"k": [1]})
