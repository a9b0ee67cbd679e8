"""The cases of conditions: every operator on every kind, joined conditions, patterns, places. Writes rows only to find them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import pytest

from ...geo import GeoPoint
from ...types import Row
from .bench import VALUES, Bench, Fixtures, Raw, spread

Table: TypeAlias = Sequence[tuple[Raw, str]]
"""Conditions and the labels of the rows that meet them."""

OPERATORS: Final[Sequence[tuple[str, str | list[str], str]]] = (
    # operator, operand, rows that meet it; low, mid, high hold these values, null holds null and gone nothing
    ("eq", "mid", "mid"),
    ("eq", "null", "gone null"),
    ("neq", "mid", "gone high low null"),
    ("neq", "null", "high low mid"),
    ("gt", "mid", "high"),
    ("gte", "mid", "high mid"),
    ("lt", "mid", "low"),
    ("lte", "mid", "low mid"),
    ("between", ["low", "mid"], "low mid"),
    ("between", ["high", "low"], ""),
    ("inq", ["low", "high"], "high low"),
    ("inq", ["low", "null"], "gone low null"),
    ("inq", [], ""),
    ("nin", ["low", "high"], "gone mid null"),
    ("nin", ["low", "null"], "high mid"),
    ("nin", [], "gone high low mid null"),
)

LISTS: Final[Table] = (
    # condition on texts; one is ["x"], two ["x", "y"], none [], null null, gone has nothing
    ({"texts": "x"}, "one two"),
    ({"texts": "y"}, "two"),
    ({"texts": None}, "gone null"),
    ({"texts": {"neq": "x"}}, "gone none null two"),
    ({"texts": {"inq": ["y", "z"]}}, "two"),
    ({"texts": {"nin": ["x"]}}, "gone null two"),
    ({"texts": {"gt": "x"}}, "two"),
    ({"texts": {"between": ["x", "xx"]}}, "one two"),
    ({"texts.0": "x"}, "one two"),
    ({"texts.1": "y"}, "two"),
    ({"texts": ["x"]}, "one two"),
    ({"texts": ["x", "y"]}, ""),
    ({"texts": []}, ""),
)

LOGIC: Final[Table] = (
    # condition; a has number 1 and flag true, b 2 and true, c 3 and false, d neither
    ({}, "a b c d"),
    ({"flag": True}, "a b"),
    ({"flag": {"neq": True}}, "c d"),
    ({"flag": {"inq": [False, None]}}, "c d"),
    ({"flag": True, "number": {"gt": 1}}, "b"),
    ({"number": {"gt": 1, "lt": 3}}, "b"),
    ({"number": {}}, ""),
    ({"number": [1]}, "a"),
    ({"number": [1, 2]}, ""),
    ({"number": []}, ""),
    ({"number": "no number"}, ""),
    ({"number": {"neq": "no number"}}, "a b c d"),
    ({"number": {"inq": ["1", "no number"]}}, "a"),
    ({"and": []}, "a b c d"),
    ({"or": []}, ""),
    ({"nor": []}, "a b c d"),
    ({"and": [{"flag": True}, {"number": 2}]}, "b"),
    ({"or": [{"number": 1}, {"flag": False}]}, "a c"),
    ({"nor": [{"number": 1}, {"flag": False}]}, "b d"),
    ({"or": [{"number": 1}, {"and": [{"flag": True}, {"number": {"gte": 2}}]}], "number": {"neq": 1}}, "b"),
    ({"nor": [{"or": [{"number": 1}, {"number": 2}]}]}, "c d"),
)

UNKNOWN: Final[Table] = (
    # condition on a property that no row has
    ({"nothing": 1}, ""),
    ({"nothing": None}, "a b c d"),
    ({"nothing": {"neq": 1}}, "a b c d"),
    ({"nothing": {"neq": None}}, ""),
    ({"nothing": {"nin": [1]}}, "a b c d"),
    ({"nothing": {"gt": 1}}, ""),
    ({"inner.nothing": 1}, ""),
    ({"inner.nothing": None}, "a b c d"),
)

FREE_FORM: Final[Table] = (
    # condition; data without a declared kind compare loosely
    ({"object.n": 1}, "a b"),
    ({"object.n": {"gt": 1}}, "c"),
    ({"object.deep.k": "v"}, "c"),
    ({"object.list.m": 2}, "c"),
    ({"object": {"n": 1}}, ""),
    ({"any": "1"}, "a b"),
    ({"any": None}, "c d"),
)

BYTES: Final[Table] = (
    # condition on bytes; a holds abc, b two bytes that are no text, c nothing
    ({"bytes": "abc"}, "a"),
    ({"bytes": b"\x00\xff"}, "b"),
    ({"bytes": 2**63}, ""),
    ({"bytes": {"neq": "abc"}}, "b c"),
    ({"bytes": {"neq": 2**63}}, "a b c"),
    ({"bytes": {"gt": "abb"}}, "a"),
    ({"bytes": {"gt": 2**63}}, ""),
    ({"bytes": {"inq": ["abc", 2**63, None]}}, "a c"),
    ({"bytes": {"nin": ["abc", 2**63]}}, "b c"),
    ({"bytes": None}, "c"),
)

NAMES: Final = ("Anna", "Hanna", "anna", "A%a_", "Bob")

PATTERNS: Final[Mapping[str, Table]] = MappingProxyType(
    {
        "fragment": (
            ({"like": "nn"}, "Anna Hanna anna"),
            ({"like": "A%a"}, "A%a_ Anna"),
            ({"like": "^a"}, "anna"),
            ({"like": "B_b"}, "Bob"),
            ({"nlike": "nn"}, "A%a_ Bob"),
            ({"ilike": "ANN"}, "Anna Hanna anna"),
            ({"nilike": "ANN"}, "A%a_ Bob"),
            ({"like": ""}, ""),
        ),
        "like": (
            ({"like": "nn"}, ""),
            ({"like": "%nn%"}, "Anna Hanna anna"),
            ({"like": "A%a"}, "Anna"),
            ({"like": "B_b"}, "Bob"),
            ({"nlike": "%nn%"}, "A%a_ Bob"),
            ({"ilike": "ANN%"}, "Anna anna"),
            ({"nilike": "ANN%"}, "A%a_ Bob Hanna"),
        ),
        "expression": (
            ({"like": "nn"}, "Anna Hanna anna"),
            ({"like": "^A.*a"}, "A%a_ Anna"),
            ({"nlike": "nn"}, "A%a_ Bob gone null"),
            ({"ilike": "ANN"}, "Anna Hanna anna"),
            ({"nilike": "ANN"}, "A%a_ Bob gone null"),
        ),
    }
)
"""What the like family finds among NAMES, by the meaning that a store gives it; null and missing fit a negated expression only."""

REGEXPS: Final[Table] = (
    ({"regexp": "^A"}, "A%a_ Anna"),
    ({"regexp": "/^A/i"}, "A%a_ Anna anna"),
    ({"regexp": "n+a$"}, "Anna Hanna anna"),
    ({"regexp": "[%]"}, "A%a_"),
    ({"regexp": "x"}, ""),
)

PLACES: Final[Mapping[str, GeoPoint | None]] = MappingProxyType(
    {"rome": GeoPoint(41.9, 12.5), "paris": GeoPoint(48.85, 2.35), "oslo": GeoPoint(59.9, 10.75), "none": None}
)

NEAR: Final[Table] = (
    # near Milan; distances in kilometres are about 477 to Rome, 640 to Paris, 1610 to Oslo
    ({"near": "45.46,9.19"}, "rome paris oslo"),
    ({"near": "45.46,9.19", "maxDistance": 1000, "unit": "kilometers"}, "rome paris"),
    ({"near": "45.46,9.19", "minDistance": 500, "unit": "kilometers"}, "paris oslo"),
    ({"near": "45.46,9.19", "maxDistance": 300}, "rome"),
)


def without_value(path: str) -> Row:
    """A row that has null at a path."""
    head, _, tail = path.partition(".")
    return {head: {tail: None} if head == "inner" else None}


def operand(name: str | Sequence[str], values: Mapping[str, Any]) -> Any:
    """The value or values that a table of operators names."""
    return values[name] if isinstance(name, str) else [values[one] for one in name]


def compared(ask: Callable[[Raw], str], table: Table) -> None:
    """Ask each case of a table; all that differ are shown together."""
    wrong = [f"{where}: {found!r} and not {expected!r}" for where, expected in table if (found := ask(where)) != expected]
    assert not wrong, "\n".join(wrong)


class Conditions(Fixtures):
    """Every operator on every kind, with nulls and missing values."""

    @pytest.mark.parametrize("path", VALUES)
    def test_operators_find_the_same_rows_wherever_the_value_is(self, sample: Bench, path: str) -> None:
        """Source: querying.md 2."""
        values = dict(zip(("low", "mid", "high"), VALUES[path], strict=True), null=None)
        sample.add(*({"label": name, **spread(path, values[name])} for name in ("low", "mid", "high")))
        sample.add({"label": "null", **without_value(path)}, {"label": "gone"})
        compared(sample.meeting, [({path: {name: operand(of, values)}}, expected) for name, of, expected in OPERATORS])

    def test_a_list_meets_a_condition_by_any_of_its_elements(self, sample: Bench) -> None:
        """Source: querying.md 2, "Element match"."""
        sample.add({"label": "one", "texts": ["x"]}, {"label": "two", "texts": ["x", "y"]}, {"label": "none", "texts": []})
        sample.add({"label": "null", "texts": None}, {"label": "gone"})
        compared(sample.meeting, LISTS)

    def test_conditions_are_joined(self, abcd: Bench) -> None:
        """Source: querying.md 2."""
        compared(abcd.meeting, LOGIC)

    def test_an_unknown_property_is_missing_in_every_row(self, abcd: Bench) -> None:
        """Source: querying.md 2, deviation for SQL."""
        compared(abcd.meeting, UNKNOWN)

    def test_data_without_a_kind_compare_loosely(self, abcd: Bench) -> None:
        """Source: querying.md 2, "Nested"."""
        compared(abcd.meeting, FREE_FORM)

    def test_bytes_are_found_by_any_form_of_them(self, sample: Bench) -> None:
        """What is none equals nothing."""
        sample.add({"label": "a", "bytes": b"abc"}, {"label": "b", "bytes": b"\x00\xff"}, {"label": "c"})
        compared(sample.meeting, BYTES)

    def test_counting_and_finding_agree(self, abcd: Bench) -> None:
        """A count is the number of rows found."""
        counts = [abcd.rows.count(abcd.where(where)) for where, _ in LOGIC]
        assert counts == [len(expected.split()) for _, expected in LOGIC]

    def test_like_has_the_meaning_that_the_store_states(self, sample: Bench) -> None:
        """Source: querying.md 2.2; null and missing fit neither like nor nlike, but where nlike is the opposite of an expression."""
        self._add_names(sample)
        compared(lambda where: sample.meeting({"text": where}), PATTERNS[self.patterns])

    def test_regular_expressions_find_text(self, sample: Bench) -> None:
        """What all dialects share."""
        self._add_names(sample)
        compared(lambda where: sample.meeting({"text": where}), REGEXPS)

    def _add_names(self, sample: Bench) -> None:
        sample.add(*({"label": name, "text": name} for name in NAMES))
        sample.add({"label": "null", "text": None}, {"label": "gone"})

    def test_near_finds_the_nearest_first(self, sample: Bench) -> None:
        """Source: querying.md 8."""
        sample.add(*({"label": name, "point": point} for name, point in PLACES.items()))
        compared(lambda where: sample.labels(where={"point": where}), NEAR)
        assert sample.labels(where={"point": NEAR[0][0]}, skip=1, limit=1) == "paris"

    @pytest.mark.parametrize("text", ["it's", '"q"', "100%", "\\", "a\nb", "😀", "'; DROP TABLE Sample; --", "$gt", ""])
    def test_text_is_never_more_than_a_value(self, sample: Bench, text: str) -> None:
        """Whatever it looks like to the store."""
        sample.add({"label": "this", "text": text, "texts": [text], "inner": {"text": text}})
        sample.add({"label": "other", "text": "other"})
        for path in ("text", "texts", "inner.text"):
            assert sample.meeting({path: text}) == "this"

    def test_an_id_is_found_by_its_value(self, sample: Bench) -> None:
        """By equality, in a list, together with other conditions."""
        first, second, third = sample.add({"label": "a"}, {"label": "b"}, {"label": "c"})
        assert sample.meeting({"id": second["id"]}) == "b"
        assert sample.meeting({"id": {"inq": [third["id"], first["id"], first["id"]]}}) == "a c"
        assert sample.meeting({"id": second["id"], "label": "a"}) == ""
        assert sample.meeting({"id": {"neq": second["id"]}}) == "a c"
        assert sample.meeting({"id": None}) == ""

    def test_undeclared_properties_are_conditions_where_they_are_kept(self, sample: Bench) -> None:
        """Free-form stores only."""
        if not sample.connector.free_form:
            pytest.skip("the store keeps declared properties only")
        sample.add({"label": "a", "extra": {"k": [1, 2]}}, {"label": "b", "extra": "x"})
        compared(sample.meeting, [({"extra": "x"}, "b"), ({"extra.k": 2}, "a"), ({"extra": {"neq": "x"}}, "a")])
