"""Applications for the tests of the data layer: models bound to memory and to SQLite, and requests without a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

import lbpy
from lbpy.app.configuration import Configuration
from lbpy.model.base import Model
from lbpy.model.declare import class_from_json
from lbpy.testing import Client
from lbpy.types import Settings

M = TypeVar("M", bound=Model)

STORES: dict[str, dict[str, Any]] = {
    "memory": {"connector": "memory"},
    "sqlite": {"connector": "sqlite", "file": ":memory:", "autoupdate": True},
}


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest) -> str:
    """The name of the connector; tests that use it run once for each."""
    name: str = request.param
    return name


@pytest.fixture
def make_app() -> Iterator[Callable[..., lbpy.App]]:
    """Makes applications with one data source "db"; compat: switches that are on. They are closed when the test ends."""
    made: list[lbpy.App] = []

    def make(store: str = "memory", *compat: str, **settings: Any) -> lbpy.App:
        app = lbpy.App(configuration=Configuration(settings=Settings(compat=frozenset(compat)), **settings))
        app.data_source("db", **STORES[store])
        made.append(app)
        return app

    yield make
    for app in made:
        app.close()


@pytest.fixture
def app(make_app: Callable[..., lbpy.App], store: str) -> lbpy.App:
    """An application on the store of the test."""
    return make_app(store)


@pytest.fixture
def bind(app: lbpy.App) -> Callable[[type[M]], type[M]]:
    """Binds a class to the store of the test and serves all its routes."""
    return lambda cls: app.model(cls, data_source="db", public=True)


class Api:
    """Requests to one application; a where or filter may be given as an object."""

    def __init__(self, app: lbpy.App) -> None:
        self._client = Client(app)

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        """The status and the parsed body of the answer; a body of the request is sent as JSON."""
        got = self._client.request(method, f"/api{path}", params=query, json=body)
        return got.status, got.json


@pytest.fixture
def api(app: lbpy.App) -> Api:
    """Requests to the application of the test."""
    return Api(app)


@pytest.fixture
def api_of() -> Callable[[lbpy.App], Api]:
    """Requests to any application."""
    return Api


@pytest.fixture
def model(make_app: Callable[..., lbpy.App]) -> Callable[..., tuple[type[lbpy.PersistedModel], Api]]:
    """A model from JSON in an application of its own, and requests to it; compat: switches that are on."""

    def make(spec: dict[str, Any], *compat: str, store: str = "memory") -> tuple[type[lbpy.PersistedModel], Api]:
        app = make_app(store, *compat)
        cls = class_from_json({"name": "Thing", **spec}, lbpy.PersistedModel)
        app.attach(cls, "db")
        app.serve(cls, everything=True, switches=(("destroyAll", True),))
        assert issubclass(cls, lbpy.PersistedModel)
        return cls, Api(app)

    return make
