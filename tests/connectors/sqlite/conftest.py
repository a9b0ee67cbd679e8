"""A model with every kind of property, and connectors in memory and on a file."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lbpy.connectors.sql.collection import SqlCollection
from lbpy.connectors.sqlite import SqliteConnector, connect
from lbpy.data.contract import Place
from lbpy.model.definition import ModelDefinition, attached, from_json

Make = Callable[..., SqlCollection]


def definition(name: str = "Thing", properties: dict[str, Any] | None = None, **settings: Any) -> ModelDefinition:
    base = from_json({"name": "PersistedModel"}, lambda _: None)
    number = {"type": "number", "id": 1, "generated": True}
    return from_json(
        {"name": name, "base": "PersistedModel", "properties": {"id": number, **(properties or {})}, **settings},
        lambda _: None,
        base=base,
    )


@pytest.fixture
def memory() -> Iterator[SqliteConnector]:
    connector = connect({}, Place("db", "."))
    yield connector
    connector.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SqliteConnector]:
    connector = connect({"file": "test.db"}, Place("db", str(tmp_path)))
    yield connector
    connector.close()


@pytest.fixture
def things(memory: SqliteConnector) -> Make:
    """Makes the collection of a model with these properties, its table made."""

    def make(properties: dict[str, Any] | None = None, **settings: Any) -> SqlCollection:
        made = memory.collection(attached(definition(properties=properties, **settings), memory.id_kind))
        made.automigrate()
        return made

    return make
