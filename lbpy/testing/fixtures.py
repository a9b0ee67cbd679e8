"""Fixtures of empty stores for pytest: `pytest_plugins = ["lbpy.testing.fixtures"]`. Knows no store but by its name.

Each gives the settings of a data source: `app.data_source("db", **postgresql_store)`, or `create_app(every_store["url"])`. Servers are
started once for the whole run, when somebody asks first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from ..errors import OperatorError
from .stores import StoreSettings, kind, store

STORES: Final = ("memory", "sqlite", "postgresql", "mongodb")


@contextmanager
def _running(connector: str) -> Iterator[str]:
    try:
        with kind(connector).running() as url:
            yield url
    except OperatorError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def memory_store() -> Iterator[StoreSettings]:
    """Settings of a store in memory."""
    with store("memory") as settings:
        yield settings


@pytest.fixture
def sqlite_store() -> Iterator[StoreSettings]:
    """Settings of a SQLite in a file that is removed afterwards."""
    with store("sqlite") as settings:
        yield settings


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL for the whole run: of its own, or the one that LBPY_TEST_POSTGRES_URL names."""
    with _running("postgresql") as url:
        yield url


@pytest.fixture
def postgresql_store(postgresql_server: str) -> Iterator[StoreSettings]:
    """Settings of an empty PostgreSQL database, dropped afterwards."""
    with kind("postgresql").on(postgresql_server) as settings:
        yield settings


@pytest.fixture(scope="session")
def mongodb_server() -> Iterator[str]:
    """The URL of a MongoDB for the whole run: a replica set of its own, or the one that LBPY_TEST_MONGODB_URL names."""
    with _running("mongodb") as url:
        yield url


@pytest.fixture
def mongodb_store(mongodb_server: str) -> Iterator[StoreSettings]:
    """Settings of an empty MongoDB database, dropped afterwards."""
    with kind("mongodb").on(mongodb_server) as settings:
        yield settings


@pytest.fixture(params=STORES)
def every_store(request: pytest.FixtureRequest) -> StoreSettings:
    """Settings of an empty store; the test runs once on each."""
    settings: StoreSettings = request.getfixturevalue(f"{request.param}_store")
    return settings
