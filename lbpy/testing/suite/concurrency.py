"""The cases of several threads on one connector, and of its closing. Knows nothing of processes."""

from __future__ import annotations

from ...errors import Duplicate
from .bench import Bench, Fixtures, at_once


class Concurrency(Fixtures):
    """Several threads on one connector."""

    def test_rows_created_at_once_get_different_ids(self, sample: Bench) -> None:
        """And none is lost."""
        ids = at_once(40, lambda number: sample.rows.create({"label": str(number)})["id"])
        assert len(set(ids)) == len(sample.find()) == 40

    def test_one_of_several_equal_ids_is_stored(self, keyed: Bench) -> None:
        """The others are refused as duplicates."""

        def create(number: int) -> bool:
            try:
                keyed.rows.create({"code": "k", "count": number})
            except Duplicate:
                return False
            return True

        assert (at_once(16, create).count(True), len(keyed.find())) == (1, 1)

    def test_a_row_is_removed_by_one_caller_only(self, sample: Bench) -> None:
        """The counts add up to what was there."""
        sample.add({"label": "a"}, {"label": "b"})
        everything = sample.where({})
        assert sum(at_once(8, lambda number: sample.rows.delete(everything))) == 2

    def test_readers_and_writers_do_not_disturb_each_other(self, sample: Bench) -> None:
        """Every reader sees whole rows."""

        def work(number: int) -> bool:
            sample.rows.create({"label": str(number), "text": "t", "texts": ["x"]})
            sample.rows.update(sample.where({"label": str(number)}), {"texts": ["x", "y"]})
            return all(row["text"] == "t" and row["texts"][0] == "x" for row in sample.find(order="label"))

        assert at_once(24, work).count(False) == 0
        assert sample.rows.count(sample.where({"texts": "y"})) == 24


class Lifetime(Fixtures):
    """Opening and closing."""

    def test_a_connector_answers_and_closes(self, sample: Bench) -> None:
        """More than once if need be."""
        sample.add({"label": "a"})
        sample.connector.ping()
        sample.connector.close()
        sample.connector.close()
