"""The model and the rows that the tests of the query layer share: cities, one with null values, one with missing ones."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from lbpy.errors import BadRequest
from lbpy.model.definition import ModelDefinition, from_json
from lbpy.query.grammar import Grammar, Rules
from lbpy.query.nodes import Where
from lbpy.query.where import compile_where
from lbpy.types import Json, Row, Settings

CODE = Rules()

MAYOR = {"name": "Mayor", "properties": {"name": "string", "age": "number", "pin": "string"}, "hidden": ["pin"]}
CITY = {
    "name": "City",
    "properties": {
        "id": {"type": "number", "id": True},
        "name": "string",
        "population": "number",
        "capital": "boolean",
        "founded": "date",
        "tags": ["string"],
        "scores": ["number"],
        "location": "geopoint",
        "box": "object",
        "districts": ["object"],
        "mayor": "Mayor",
        "deputies": ["Mayor"],
        "secret": "string",
        "inner": "string",
    },
    "hidden": ["secret"],
    "protected": ["inner"],
}
ROWS: list[dict[str, Any]] = [
    {
        "name": "Rome", "population": 2800, "capital": True, "founded": "1971-04-21", "extra": "2",
        "tags": ["old", "river"], "scores": [9, 8],
        "location": [41.9, 12.5], "box": {"k": 1, "deep": {"x": "a"}}, "districts": [{"name": "Trevi"}, {"name": "Monti"}],
        "mayor": {"name": "Anna", "age": 50}, "deputies": [{"name": "Ugo", "age": 30}, {"name": "Ada", "age": 40}],
    },
    {
        "name": "Lyon", "population": 520, "capital": False, "founded": "1980-01-01", "tags": [], "scores": [1],
        "location": [45.8, 4.8], "box": {"k": "1"}, "districts": [], "extra": 2,
    },
    {"name": "Bern", "population": 134, "tags": ["river"], "location": [46.9, 7.4], "extra": None},
    {"name": "Ghost", "population": None, "capital": None, "founded": None, "tags": None},
]  # fmt: skip


@pytest.fixture(scope="session")
def define() -> Callable[..., ModelDefinition]:
    """Makes the definition of City, with other settings if wanted."""
    mayor = from_json(MAYOR, lambda name: None)

    def make(**settings: Any) -> ModelDefinition:
        return from_json({**CITY, **settings}, lambda name: mayor if name == "Mayor" else None)

    return make


@pytest.fixture(scope="session")
def grammar(define: Callable[..., ModelDefinition]) -> Callable[..., Grammar]:
    """Makes a grammar of City; compat: switches. relational: as on a store with columns. The rest are settings of the model."""

    def make(*, compat: Iterable[str] = (), relational: bool = False, **settings: Any) -> Grammar:
        definition = define(**settings)
        free_form = not relational and definition.strict == "off"
        return Grammar(definition, free_form, Settings(compat=frozenset(compat)), relational)

    return make


@pytest.fixture(scope="session")
def rows(define: Callable[..., ModelDefinition]) -> list[Row]:
    """The four cities, in the order of their ids."""
    kinds = {name: one.kind for name, one in define().properties.items()}
    return [{"id": place, **_read(kinds, row)} for place, row in enumerate(ROWS, 1)]


def _read(kinds: Mapping[str, Any], row: Mapping[str, Any]) -> Row:
    return {name: kinds[name].read(value) if name in kinds else value for name, value in row.items()}


@pytest.fixture
def city(grammar: Callable[..., Grammar]) -> Grammar:
    """The grammar of City as it is."""
    return grammar()


@pytest.fixture
def compiled(city: Grammar) -> Callable[..., Where]:
    """Compiles a where on City; rules: those of plain code unless told."""
    return lambda raw, rules=CODE: compile_where(city, raw, rules)


@pytest.fixture
def message(city: Grammar) -> Callable[..., str]:
    """What is said of a where on City that is refused."""

    def refused(raw: Json, rules: Rules = CODE) -> str:
        with pytest.raises(BadRequest) as caught:
            compile_where(city, raw, rules)
        return caught.value.message

    return refused
