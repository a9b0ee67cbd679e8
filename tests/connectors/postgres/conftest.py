"""A PostgreSQL connector on an empty database of a real server, and collections of models made of a few properties."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from lbpy.connectors.postgres import PostgresConnector, connect
from lbpy.connectors.sql.collection import SqlCollection
from lbpy.data.contract import SourcePlace
from lbpy.model.definition import from_json
from lbpy.testing import StoreSettings

ID = {"type": "number", "id": 1, "generated": True}
BASE = from_json({"name": "PersistedModel", "properties": {"id": ID}}, lambda _: None)

Things = Callable[..., SqlCollection]


@pytest.fixture
def postgres_database(postgresql_store: StoreSettings) -> str:
    """The URL of an empty database."""
    return postgresql_store["url"]


@pytest.fixture
def postgres(postgres_database: str) -> Iterator[PostgresConnector]:
    with closing(connect({"url": postgres_database}, SourcePlace("db", "."))) as made:
        yield made


@pytest.fixture
def things(postgres: PostgresConnector) -> Things:
    """Makes the collection of a model called Thing; without a table."""

    def make(properties: dict[str, Any], connector: PostgresConnector | None = None, **settings: Any) -> SqlCollection:
        spec = {"name": "Thing", "base": "PersistedModel", "properties": properties, **settings}
        return (connector or postgres).collection(from_json(spec, lambda _: None, base=BASE))

    return make


@pytest.fixture
def notes(things: Things) -> SqlCollection:
    """Things with a text and a number, their table made."""
    made = things({"text": "string", "n": "number"})
    made.automigrate()
    return made
