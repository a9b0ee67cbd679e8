"""What the cases of the suite work with: models of every kind, a bench for one of them, values of each kind. Has no cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal, NoReturn, TypeAlias, TypeVar

import pytest

from ...data.contract import Connector, Crud, Migrations, Transactions
from ...model.definition import ModelDefinition, attached, from_json
from ...query.filter import compile_filter
from ...query.grammar import Grammar
from ...query.nodes import Filter, Path, Where
from ...query.where import compile_where
from ...types import Json, Row

T = TypeVar("T")

Raw: TypeAlias = Mapping[str, Json]

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

NUMBERED: Final[Row] = {
    "name": "Numbered",
    "forceId": False,
    "properties": {"id": {"type": "number", "id": True}, "text": "string"},
}


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


def day(number: int) -> datetime:
    """Midnight UTC, so many days after the first of 2020."""
    return datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number)


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


def spread(path: str, value: Any) -> Row:
    """A row that has a value at a path, in a list where the property is one."""
    head, _, tail = path.partition(".")
    inside = {tail: value} if tail else value
    return {head: [inside] if head in ("texts", "numbers", "dates", "inners") and value is not None else inside}


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
