"""The cases that every connector must pass, written against data/contract.py, and those of relations.py. Starts no store.

    class TestMine(ConnectorSuite):
        @pytest.fixture
        def connector(self):
            with closing(connect({...}, Place("db", "."))) as made:
                yield made

What a connector does not declare (CreateMany, Upsert, ...) is not asked of it; flags of the class state the differences
that stores may have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal, NoReturn, TypeAlias, TypeVar

import pytest

from ..data.contract import Connector, CreateMany, Crud, FindOrCreate, Migrations, RelatedRows, Transactions, Upsert
from ..errors import Duplicate
from ..geo import GeoPoint
from ..model.definition import ModelDefinition, attached, from_json
from ..query.filter import compile_filter
from ..query.nodes import EVERY_ROW, Filter, Nor, Path, Related, Where
from ..query.where import Grammar, compile_where
from ..types import Json, Row
from .relations import RelationSuite

T = TypeVar("T")
Raw: TypeAlias = Mapping[str, Json]
Table: TypeAlias = Sequence[tuple[Raw, str]]
"""Conditions and the labels of the rows that meet them."""

INNER: Final = from_json(
    {"name": "Inner", "properties": {"text": "string", "number": "number", "date": "date"}}, lambda name: None
)
SAMPLE: Final[Row] = {
    "name": "Sample",
    "properties": {
        "id": {"type": "number", "id": True, "generated": True},
        "label": "string",
        "group": "number",
        "text": "string",
        "number": "number",
        "flag": "boolean",
        "date": "date",
        "day": "datestring",
        "bytes": "buffer",
        "point": "geopoint",
        "object": "object",
        "any": "any",
        "array": "array",
        "inner": "Inner",
        "texts": ["string"],
        "numbers": ["number"],
        "dates": ["date"],
        "inners": ["Inner"],
    },
}
KEYED: Final[Row] = {"name": "Keyed", "properties": {"code": {"type": "string", "id": True}, "text": "string", "count": "number"}}
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

NUMBERED: Final[Row] = {
    "name": "Numbered",
    "forceId": False,
    "properties": {"id": {"type": "number", "id": True}, "text": "string"},
}


def day(number: int) -> datetime:
    """Midnight UTC, so many days after the first of 2020."""
    return datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number)


# -- what the cases work with -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bench:
    """One model on the connector under test, with short ways to fill and ask it."""

    connector: Connector[Crud]
    definition: ModelDefinition
    rows: Crud
    grammar: Grammar

    def add(self, *rows: Row) -> list[Row]:
        """Store rows, one after the other."""
        return [self.rows.create(dict(row)) for row in rows]

    def filter(self, **raw: Json) -> Filter:
        """A filter of raw members."""
        return compile_filter(self.grammar, raw, self.grammar.code_rules())

    def where(self, raw: Raw) -> Where:
        """A condition."""
        return compile_where(self.grammar, raw, self.grammar.code_rules())

    def find(self, **raw: Json) -> list[Row]:
        """Rows by a raw filter."""
        return self.rows.find(self.filter(**raw))

    def labels(self, **raw: Json) -> str:
        """The labels of the rows found, in their order."""
        return " ".join(row["label"] for row in self.find(**raw))

    def meeting(self, where: Raw) -> str:
        """The labels of the rows that meet a condition, in alphabetical order."""
        return " ".join(sorted(row["label"] for row in self.find(where=where)))

    def path(self, name: str) -> Path:
        """The path of a declared property."""
        return self.grammar.paths[name]

    def given(self, row: Row) -> Row:
        """A row that came from the store, without the nulls that relational stores add."""
        return {name: value for name, value in row.items() if value is not None} if self.connector.relational else row


def bench(connector: Connector[Crud], spec: Raw) -> Bench:
    """A model on the connector, its table made anew."""
    definition = attached(from_json(spec, lambda name: INNER if name == "Inner" else None), connector.id_kind)
    rows = connector.collection(definition)
    if isinstance(rows, Migrations):
        rows.automigrate()
    return Bench(connector, definition, rows, Grammar(definition, connector.free_form, relational=connector.relational))


def undeclared(capability: str) -> NoReturn:
    """Leave a test, since the connector does not say that it can do this."""
    pytest.skip(f"the connector does not declare {capability}")


@contextmanager
def undone(transactions: Transactions) -> Iterator[None]:
    """A transaction that fails at its end."""
    with suppress(KeyError), transactions.transaction():
        yield
        raise KeyError


def at_once(calls: int, call: Callable[[int], T]) -> list[T]:
    """The results of calls made by eight threads."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(call, range(calls)))


# -- tables of expectations ---------------------------------------------------

VALUES: Final[Mapping[str, tuple[Any, Any, Any]]] = MappingProxyType(
    {
        "text": ("B", "a", "é"),  # by code point
        "number": (-3, 2.5, 10),
        "date": (day(0), day(1), day(10)),
        "inner.text": ("B", "a", "é"),
        "inner.number": (-3, 2.5, 10),
        "inner.date": (day(0), day(1), day(10)),
        "texts": ("B", "a", "é"),
        "numbers": (-3, 2.5, 10),
        "dates": (day(0), day(1), day(10)),
        "inners.text": ("B", "a", "é"),
        "inners.number": (-3, 2.5, 10),
        "inners.date": (day(0), day(1), day(10)),
    }
)
"""A low, a middle and a high value for each place where a value can be."""

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
    ({"texts": ["x"]}, ""),
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
    ({"number": [1]}, ""),
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
            ({"nlike": "nn"}, "A%a_ Bob"),
            ({"ilike": "ANN"}, "Anna Hanna anna"),
            ({"nilike": "ANN"}, "A%a_ Bob"),
        ),
    }
)
"""What the like family finds among NAMES, by the meaning that a store gives it; null and missing never fit."""

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


def spread(path: str, value: Any) -> Row:
    """A row that has a value at a path, in a list where the property is one."""
    head, _, tail = path.partition(".")
    inside = {tail: value} if tail else value
    return {head: [inside] if head in ("texts", "numbers", "dates", "inners") and value is not None else inside}


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


# -- the cases -----------------------------------------------------------------


class Fixtures:
    """What a connector names, and the models of the cases on it."""

    patterns: ClassVar[Literal["fragment", "like", "expression"]] = "fragment"
    """What the like family means: a fragment of a regular expression with % and _, SQL's LIKE, a regular expression."""

    missing: ClassVar[Literal["low", "high"]] = "low"
    """Whether a missing value sorts before or after all others in an ascending order."""

    exact: ClassVar[int] = 2**64
    """Whole numbers up to here are kept exactly; what lies beyond is rounded as JavaScript does."""

    savepoints: ClassVar[bool] = True
    """Whether a transaction inside another can be undone alone."""

    @pytest.fixture
    def connector(self) -> Connector[Crud]:
        """The connector under test, empty; closed by whoever makes it."""
        raise NotImplementedError("a subclass names the fixture `connector`")

    @pytest.fixture
    def sample(self, connector: Connector[Crud]) -> Bench:
        """A model with every kind of property and ids that the store makes."""
        return bench(connector, SAMPLE)

    @pytest.fixture
    def keyed(self, connector: Connector[Crud]) -> Bench:
        """A model whose ids are text that the caller gives."""
        return bench(connector, KEYED)

    @pytest.fixture
    def numbered(self, connector: Connector[Crud]) -> Bench:
        """A model whose ids are numbers that the caller gives."""
        return bench(connector, NUMBERED)

    @pytest.fixture
    def abcd(self, sample: Bench) -> Bench:
        """Four rows for conditions that are joined."""
        sample.add(
            {"label": "a", "number": 1, "flag": True, "object": {"n": 1}, "any": "1"},
            {"label": "b", "number": 2, "flag": True, "object": {"n": "1"}, "any": 1},
            {"label": "c", "number": 3, "flag": False, "object": {"n": 2, "deep": {"k": "v"}, "list": [{"m": 1}, {"m": 2}]}},
            {"label": "d"},
        )
        return sample


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

    def test_counting_and_finding_agree(self, abcd: Bench) -> None:
        """A count is the number of rows found."""
        counts = [abcd.rows.count(abcd.where(where)) for where, _ in LOGIC]
        assert counts == [len(expected.split()) for _, expected in LOGIC]

    def test_like_has_the_meaning_that_the_store_states(self, sample: Bench) -> None:
        """Source: querying.md 2.2; null and missing fit neither like nor nlike."""
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


class Writing(Fixtures):
    """Creating, changing, removing, one row or several."""

    def test_created_rows_get_different_ids(self, sample: Bench) -> None:
        """The row comes back as it is stored."""
        rows = sample.add({"label": "a"}, {"label": "b"}, {"label": "c"})
        assert len({row["id"] for row in rows}) == 3
        for row in rows:
            (found,) = sample.find(where={"id": row["id"]})
            assert sample.given(found) == sample.given(row)

    def test_a_given_id_is_kept(self, keyed: Bench, numbered: Bench) -> None:
        """As the type that it has."""
        keyed.add({"code": "k", "text": "t"})
        numbered.add({"id": 7, "text": "t"})
        assert [keyed.given(row) for row in keyed.find()] == [{"code": "k", "text": "t"}]
        assert [numbered.given(row) for row in numbered.find()] == [{"id": 7, "text": "t"}]

    def test_an_id_that_exists_is_refused(self, keyed: Bench) -> None:
        """The error names model and property; the first row stays."""
        keyed.add({"code": "k", "text": "first"})
        with pytest.raises(Duplicate) as caught:
            keyed.add({"code": "k", "text": "second"})
        assert (caught.value.model, caught.value.property, caught.value.is_id) == ("Keyed", "code", True)
        assert [row["text"] for row in keyed.find()] == ["first"]

    def test_models_do_not_see_each_others_rows(self, keyed: Bench, numbered: Bench) -> None:
        """Each has a collection of its own."""
        keyed.add({"code": "k"})
        numbered.add({"id": 1})
        assert (len(keyed.find()), len(numbered.find())) == (1, 1)

    def test_update_sets_the_given_keys_of_the_rows_that_meet_the_condition(self, abcd: Bench) -> None:
        """It counts the rows that met it, also those that were the same before."""
        assert abcd.rows.update(abcd.where({"flag": True}), {"text": "new", "number": None}) == 2
        assert abcd.rows.update(abcd.where({"flag": True}), {"text": "new"}) == 2
        assert abcd.meeting({"text": "new"}) == "a b"
        assert abcd.meeting({"number": None}) == "a b d"
        assert abcd.rows.update(abcd.where({"label": "nobody"}), {"text": "x"}) == 0
        assert abcd.rows.update(abcd.where({}), {"texts": ["x"]}) == 4

    def test_update_takes_every_kind(self, sample: Bench) -> None:
        """As create does."""
        sample.add({"label": "a"})
        fresh = {"date": day(1), "bytes": b"b", "point": GeoPoint(1, 2), "inner": {"date": day(2)}, "texts": ["x"]}
        sample.rows.update(sample.where({"label": "a"}), dict(fresh))
        (found,) = sample.find()
        assert {name: found[name] for name in fresh} == fresh

    def test_replace_leaves_nothing_of_the_old_row(self, keyed: Bench) -> None:
        """It says whether there was one."""
        keyed.add({"code": "k", "text": "t", "count": 1}, {"code": "l", "text": "u"})
        assert keyed.rows.replace("k", {"code": "k", "count": 2}) is True
        assert keyed.rows.replace("none", {"code": "none", "count": 2}) is False
        assert [keyed.given(row) for row in keyed.find(order="code")] == [{"code": "k", "count": 2}, {"code": "l", "text": "u"}]

    def test_delete_removes_the_rows_that_meet_the_condition(self, abcd: Bench) -> None:
        """It counts them."""
        assert abcd.rows.delete(abcd.where({"flag": True})) == 2
        assert abcd.rows.delete(abcd.where({"flag": True})) == 0
        assert abcd.meeting({}) == "c d"
        assert abcd.rows.delete(abcd.where({})) == 2
        assert abcd.meeting({}) == ""

    def test_the_id_of_a_removed_row_is_not_given_again(self, sample: Bench) -> None:
        """Not to the next row at least."""
        (first,) = sample.add({"label": "a"})
        (second,) = sample.add({"label": "b"})
        sample.rows.delete(sample.where({"id": second["id"]}))
        (third,) = sample.add({"label": "c"})
        assert third["id"] not in (first["id"], second["id"])


class Capabilities(Fixtures):
    """What a connector may declare beyond the plain operations; a case is left where it does not."""

    @pytest.fixture
    def many(self, sample: Bench) -> CreateMany:
        """The rows of `sample` as one that takes several at once."""
        return sample.rows if isinstance(sample.rows, CreateMany) else undeclared("CreateMany")

    @pytest.fixture
    def many_keyed(self, keyed: Bench) -> CreateMany:
        """The rows of `keyed` as one that takes several at once."""
        return keyed.rows if isinstance(keyed.rows, CreateMany) else undeclared("CreateMany")

    @pytest.fixture
    def upserts(self, keyed: Bench) -> Upsert:
        """The rows of `keyed` as one that updates or creates."""
        return keyed.rows if isinstance(keyed.rows, Upsert) else undeclared("Upsert")

    @pytest.fixture
    def finder(self, sample: Bench) -> FindOrCreate:
        """The rows of `sample` as one that finds or creates."""
        return sample.rows if isinstance(sample.rows, FindOrCreate) else undeclared("FindOrCreate")

    @pytest.fixture
    def table(self, sample: Bench) -> Migrations:
        """The rows of `sample` as one that has a table to be made."""
        return sample.rows if isinstance(sample.rows, Migrations) else undeclared("Migrations")

    @pytest.fixture
    def transactions(self, connector: Connector[Crud]) -> Transactions:
        """The connector as one that groups calls."""
        return connector if isinstance(connector, Transactions) else undeclared("Transactions")

    def test_many_are_created_at_once(self, sample: Bench, many: CreateMany) -> None:
        """They come back in the order in which they were given."""
        stored = many.create_many([{"label": name, "texts": [name]} for name in "cab"])
        assert [row["label"] for row in stored] == ["c", "a", "b"]
        assert sorted(row["id"] for row in sample.find()) == sorted(row["id"] for row in stored)
        assert [sample.meeting({"id": row["id"]}) for row in stored] == ["c", "a", "b"]

    def test_rows_of_one_list_may_have_different_properties(self, sample: Bench, many: CreateMany) -> None:
        """What one has and another has not is missing there."""
        many.create_many([{"label": "a", "text": "t"}, {"label": "b", "number": 1}])
        assert (sample.meeting({"text": None}), sample.meeting({"number": None})) == ("b", "a")

    def test_no_rows_are_created_of_an_empty_list(self, sample: Bench, many: CreateMany) -> None:
        """And nothing fails."""
        assert many.create_many([]) == []

    @pytest.mark.parametrize("codes", [["x", "old"], ["x", "x"], ["old", "x"]])
    def test_one_duplicate_in_a_list_stores_nothing(self, keyed: Bench, many_keyed: CreateMany, codes: list[str]) -> None:
        """Whether it exists already or stands twice in the list."""
        keyed.add({"code": "old", "text": "first"})
        with pytest.raises(Duplicate):
            many_keyed.create_many([{"code": code, "text": "new"} for code in codes])
        assert [(row["code"], row["text"]) for row in keyed.find()] == [("old", "first")]
        assert keyed.add({"code": "x", "text": "later"})

    def test_upsert_creates_what_is_not_there(self, keyed: Bench, upserts: Upsert) -> None:
        """By merging as by replacing."""
        for code, replace in (("a", True), ("b", False)):
            row, is_new = upserts.upsert(code, {"code": code, "text": "t"}, replace=replace)
            assert (keyed.given(row), is_new) == ({"code": code, "text": "t"}, True)
        assert len(keyed.find()) == 2

    def test_upsert_merges(self, keyed: Bench, upserts: Upsert) -> None:
        """What is not given stays."""
        keyed.add({"code": "k", "text": "t", "count": 1})
        row, is_new = upserts.upsert("k", {"code": "k", "count": 2}, replace=False)
        assert (row, is_new) == ({"code": "k", "text": "t", "count": 2}, False)
        assert keyed.find() == [{"code": "k", "text": "t", "count": 2}]

    def test_upsert_replaces(self, keyed: Bench, upserts: Upsert) -> None:
        """What is not given is gone."""
        keyed.add({"code": "k", "text": "t", "count": 1})
        row, is_new = upserts.upsert("k", {"code": "k", "count": 2}, replace=True)
        assert (keyed.given(row), is_new) == ({"code": "k", "count": 2}, False)
        assert [keyed.given(row) for row in keyed.find()] == [{"code": "k", "count": 2}]

    def test_upserts_at_once_make_one_row(self, keyed: Bench, upserts: Upsert) -> None:
        """And exactly one of them says that it is new."""
        made = at_once(16, lambda number: upserts.upsert("k", {"code": "k", "count": number}, replace=False)[1])
        assert (made.count(True), len(keyed.find())) == (1, 1)

    def test_find_or_create_finds(self, sample: Bench, finder: FindOrCreate) -> None:
        """The first by the given order."""
        sample.add({"label": "a", "number": 1}, {"label": "b", "number": 2})
        filter = sample.filter(where={"number": {"gt": 0}}, order="number DESC")
        row, is_new = finder.find_or_create(filter, {"label": "c"})
        assert (row["label"], is_new, len(sample.find())) == ("b", False, 2)

    def test_find_or_create_creates(self, sample: Bench, finder: FindOrCreate) -> None:
        """The row comes back as it is stored."""
        filter = sample.filter(where={"label": "c"})
        row, is_new = finder.find_or_create(filter, {"label": "c", "texts": ["x"]})
        (found,) = sample.find()
        assert (is_new, sample.given(found)) == (True, sample.given(row))

    def test_find_or_create_at_once_makes_one_row(self, sample: Bench, finder: FindOrCreate) -> None:
        """All callers get that row."""
        filter = sample.filter(where={"label": "one"})
        made = at_once(16, lambda number: finder.find_or_create(filter, {"label": "one", "number": number}))
        assert [is_new for _, is_new in made].count(True) == 1
        assert len({row["id"] for row, _ in made}) == len(sample.find()) == 1

    def test_automigrate_empties_and_autoupdate_does_not(self, sample: Bench, table: Migrations) -> None:
        """After either there is nothing left to do."""
        sample.add({"label": "a"})
        table.autoupdate()
        assert (sample.meeting({}), table.is_actual()) == ("a", True)
        table.automigrate()
        assert (sample.meeting({}), table.is_actual()) == ("", True)

    def test_a_transaction_takes_effect_as_a_whole(self, sample: Bench, transactions: Transactions) -> None:
        """An exception undoes it."""
        with transactions.transaction():
            sample.add({"label": "a"})
            assert sample.meeting({}) == "a"
        with undone(transactions):
            sample.add({"label": "b"})
            sample.rows.delete(sample.where({"label": "a"}))
        assert sample.meeting({}) == "a"

    def test_a_transaction_inside_another_is_undone_alone(self, sample: Bench, transactions: Transactions) -> None:
        """It is a savepoint."""
        if not self.savepoints:
            pytest.skip("the store has no savepoints")
        with transactions.transaction():
            sample.add({"label": "a"})
            with undone(transactions):
                sample.add({"label": "b"})
            sample.add({"label": "c"})
        assert sample.meeting({}) == "a c"


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


class ConnectorSuite(Conditions, Pages, Values, Writing, Capabilities, RelatedConditions, Concurrency, Lifetime, RelationSuite):
    """All cases; a subclass names the fixture `connector` and states by `patterns` and `missing` what its store does."""
