"""The cases of order, pages and fields. Asks no conditions for their own sake."""

from __future__ import annotations

import pytest

from .bench import VALUES, Bench, Fixtures, spread


class Pages(Fixtures):
    """Order, pages, and the properties that are kept."""

    @pytest.mark.parametrize("path", [path for path in VALUES if path.split(".")[0] in ("text", "number", "date", "inner")])
    def test_rows_are_sorted_by_any_kind(self, sample: Bench, path: str) -> None:
        """Text by code point; a missing value at the end that the store states."""
        names = ("low", "mid", "high")
        sample.add(*({"label": names[at], **spread(path, VALUES[path][at])} for at in (1, 0, 2)))
        sample.add({"label": "gone"})
        ascending = ("gone", *names) if self.missing == "low" else (*names, "gone")
        assert sample.labels(order=path) == " ".join(ascending)
        assert sample.labels(order=f"{path} DESC") == " ".join(reversed(ascending))

    def test_the_second_key_decides_between_equals(self, sample: Bench) -> None:
        """Each key has a direction of its own."""
        sample.add(*({"label": name, "group": int(name[1]), "text": name[0]} for name in ("a1", "b1", "a2", "b2")))
        assert sample.labels(order=["group DESC", "text"]) == "a2 b2 a1 b1"
        assert sample.labels(order=["text", "group DESC"]) == "a2 a1 b2 b1"

    def test_ids_sort_by_their_value(self, numbered: Bench) -> None:
        """10 comes after 9."""
        numbered.add(*({"id": id} for id in (10, 9, 100, 1)))
        assert [row["id"] for row in numbered.find(order="id")] == [1, 9, 10, 100]
        assert [row["id"] for row in numbered.find(order="id DESC", limit=2)] == [100, 10]

    def test_pages_are_cut_after_sorting(self, sample: Bench) -> None:
        """Skip beyond the last row is an empty page."""
        sample.add(*({"label": name} for name in "dbace"))
        assert sample.labels(order="label", limit=2) == "a b"
        assert sample.labels(order="label", limit=2, skip=2) == "c d"
        assert sample.labels(order="label", limit=2, skip=4) == "e"
        assert sample.labels(order="label", skip=3) == "d e"
        assert sample.labels(order="label", skip=5) == ""
        assert sample.labels(order="label", skip=2**53, limit=2**53) == ""
        assert sample.labels(order="label", where={"label": {"gt": "b"}}, skip=1, limit=1) == "d"

    def test_pages_without_an_order_show_every_row_once(self, sample: Bench) -> None:
        """The order is the store's, but the same for each page."""
        sample.add(*({"label": name} for name in "dbace"))
        pages = [sample.find(limit=2, skip=skip) for skip in (0, 2, 4)]
        assert sorted(row["label"] for page in pages for row in page) == list("abcde")

    def test_only_the_wanted_fields_are_given(self, sample: Bench) -> None:
        """Source: querying.md 5."""
        sample.add({"label": "a", "text": "t", "number": 1})
        assert sample.find(fields=["label", "number"]) == [{"label": "a", "number": 1}]
        assert sample.find(fields=["nothing"]) == [{}]
        assert "text" not in sample.find(fields={"text": False})[0]

    def test_rows_may_be_sorted_and_chosen_by_fields_that_are_not_given(self, sample: Bench) -> None:
        """Fields are left out last."""
        sample.add({"label": "a", "number": 2}, {"label": "b", "number": 1})
        assert sample.find(fields=["label"], order="number", where={"number": {"gt": 0}}) == [{"label": "b"}, {"label": "a"}]
