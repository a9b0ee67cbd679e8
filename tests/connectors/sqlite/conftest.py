"""SQLite in memory and on a file, and collections of models made of a few properties."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lbpy.connectors.sql.collection import SqlCollection
from lbpy.connectors.sqlite import SqliteConnector, connect
from lbpy.data.contract import SourcePlace
from lbpy.model.definition import from_json

ID = {"type": "number", "id": 1, "generated": True}
BASE = from_json({"name": "PersistedModel", "properties": {"id": ID}}, lambda _: None)


Things = Callable[..., SqlCollection]


@pytest.fixture
def memory() -> Iterator[SqliteConnector]:
    connector = connect({}, SourcePlace("db", "."))
    yield connector
    connector.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SqliteConnector]:
    connector = connect({"file": "test.db"}, SourcePlace("db", str(tmp_path)))
    yield connector
    connector.close()


@pytest.fixture
def things(memory: SqliteConnector) -> Things:
    """Makes the collection of a model called Thing; without a table."""

    def make(properties: dict[str, Any], connector: SqliteConnector | None = None, **settings: Any) -> SqlCollection:
        spec = {"name": "Thing", "base": "PersistedModel", "properties": properties, **settings}
        return (connector or memory).collection(from_json(spec, lambda _: None, base=BASE))

    return make


@pytest.fixture
def notes(things: Things) -> SqlCollection:
    """Things with a text and a number, their table made."""
    made = things({"text": "string", "n": "number"})
    made.automigrate()
    return made
