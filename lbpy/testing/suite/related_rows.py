"""The cases of conditions on the rows of another model, asked of the collection itself. Left where it does not declare them."""

from __future__ import annotations

from typing import Final

import pytest

from ...data.contract import RelatedRows
from ...query.nodes import EVERY_ROW, Filter, Nor, Related, Where
from ...types import Row
from .bench import Bench, Fixtures, bench, undeclared

PART: Final[Row] = {
    "name": "Part",
    "properties": {
        "id": {"type": "number", "id": True, "generated": True},
        "label": "string",
        "number": "number",
        "sample": "number",
        "word": "string",
        "within": "number",
    },
}
"""Rows that belong to those of SAMPLE by its id or its text, and to each other."""


class RelatedConditions(Fixtures):
    """Conditions on the rows of another model, where a connector declares that it answers them."""

    @pytest.fixture
    def parts(self, sample: Bench) -> Bench:
        """a has two parts, b one, c none; one part lies in no row, one in another part; only b has a part by its text."""
        if not isinstance(sample.rows, RelatedRows):
            undeclared("RelatedRows")
        made = bench(sample.connector, PART)
        a, b, _ = sample.add({"label": "a", "text": "x"}, {"label": "b", "text": "y"}, {"label": "c"})
        first, *_ = made.add({"label": "a1", "number": 1, "sample": a["id"]}, {"label": "a2", "number": 2, "sample": a["id"]})
        made.add({"label": "b1", "number": 2, "sample": b["id"], "word": "y", "within": first["id"]}, {"label": "stray", "number": 3})
        return made

    def related(self, here: tuple[Bench, str], there: tuple[Bench, str], where: Where = EVERY_ROW) -> Related:
        """Rows of the second model that have in a property what stands in one of the first."""
        (one, own), (other, key) = here, there
        found = Related(one.path(own), other.path(key), other.definition, where)
        assert isinstance(one.rows, RelatedRows)
        assert one.rows.relates(found)
        return found

    def labels(self, of: Bench, where: Where) -> str:
        """The labels of what is found; count must agree."""
        found = of.rows.find(Filter(where=where))
        assert of.rows.count(where) == len(found)
        return " ".join(sorted(row["label"] for row in found))

    def test_any_related_row_will_do(self, sample: Bench, parts: Bench) -> None:
        """One row has to meet the whole condition; nothing is found twice."""
        here, there = (sample, "id"), (parts, "sample")
        assert self.labels(sample, self.related(here, there)) == "a b"
        assert self.labels(sample, self.related(here, there, parts.where({"number": 2}))) == "a b"
        assert self.labels(sample, self.related(here, there, parts.where({"number": {"lt": 2}}))) == "a"
        assert self.labels(sample, self.related(here, there, parts.where({"number": 1, "label": "a2"}))) == ""

    def test_the_negation_is_met_by_all_others(self, sample: Bench, parts: Bench) -> None:
        """Those without a related row included."""
        some = self.related((sample, "id"), (parts, "sample"), parts.where({"number": {"gt": 1}}))
        assert self.labels(sample, Nor((some,))) == "c"

    def test_missing_keys_are_related_to_nothing(self, sample: Bench, parts: Bench) -> None:
        """Neither to each other: c has no text, two parts no word."""
        assert self.labels(sample, self.related((sample, "text"), (parts, "word"))) == "b"
        assert self.labels(parts, Nor((self.related((parts, "sample"), (sample, "id")),))) == "stray"

    def test_they_stand_inside_each_other(self, sample: Bench, parts: Bench) -> None:
        """The same model included, at each of the two ends."""
        outer = self.related((parts, "within"), (parts, "id"), parts.where({"label": "a1"}))
        assert self.labels(parts, outer) == "b1"
        whole = self.related((parts, "sample"), (sample, "id"), sample.where({"label": "a"}))
        assert self.labels(parts, self.related((parts, "within"), (parts, "id"), whole)) == "b1"
        assert self.labels(sample, self.related((sample, "id"), (parts, "sample"), outer)) == "b"

    def test_writes_take_them(self, sample: Bench, parts: Bench) -> None:
        """Updates and deletions meet the rows that a find meets."""
        where = self.related((sample, "id"), (parts, "sample"), parts.where({"number": 1}))
        assert (sample.rows.update(where, {"flag": True}), sample.meeting({"flag": True})) == (1, "a")
        assert (sample.rows.delete(where), sample.meeting({})) == (1, "b c")

    def test_a_list_is_no_key(self, sample: Bench, parts: Bench) -> None:
        """The store is asked for what was found instead."""
        assert isinstance(sample.rows, RelatedRows)
        assert not sample.rows.relates(Related(sample.path("texts"), parts.path("word"), parts.definition, EVERY_ROW))
