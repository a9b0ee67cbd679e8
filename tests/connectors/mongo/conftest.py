"""A MongoDB connector on an empty database of a real server, and collections of models made of a few properties."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from lbpy.connectors.mongo import MongoCollection, MongoConnector, connect
from lbpy.data.contract import SourcePlace
from lbpy.model.definition import attached, from_json
from lbpy.testing import StoreSettings

ID = {"type": "number", "id": 1, "generated": True}
BASE = from_json({"name": "PersistedModel", "properties": {"id": ID}}, lambda _: None)

Things = Callable[..., MongoCollection]


@pytest.fixture
def mongo(mongodb_store: StoreSettings) -> Iterator[MongoConnector]:
    with closing(connect({"url": mongodb_store["url"]}, SourcePlace("db", "."))) as made:
        yield made


@pytest.fixture
def things(mongo: MongoConnector) -> Things:
    """Makes the collection of a model called Thing."""

    def make(properties: dict[str, Any], connector: MongoConnector | None = None, **settings: Any) -> MongoCollection:
        spec = {"name": "Thing", "base": "PersistedModel", "properties": properties, **settings}
        on = connector or mongo
        return on.collection(attached(from_json(spec, lambda _: None, base=BASE), on.id_kind))

    return make
