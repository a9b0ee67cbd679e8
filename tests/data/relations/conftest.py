"""A shop on memory and on SQLite, with a note of every statement that the latter runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import lbpy
from lbpy.data.persisted import PersistedModel
from lbpy.model.declare import class_from_json

Make = Callable[..., dict[str, Any]]


@pytest.fixture(params=["memory", "sqlite"])
def connector(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make(connector: str) -> Iterator[Make]:
    """Gives the classes that JSON definitions describe, attached to one data source."""
    with lbpy.App() as app:
        source = app.data_source("db", connector=connector, autoupdate=True)

        def made(*specs: dict[str, Any]) -> dict[str, Any]:
            classes = {spec["name"]: class_from_json(spec, PersistedModel) for spec in specs}
            app.attach_all([(cls, source) for cls in classes.values()])
            return {**classes, "app": app, "db": source}

        yield made


@pytest.fixture
def statements() -> Callable[[lbpy.DataSource], list[str]]:
    """Gives a list to which every statement of a SQLite source is added from then on."""

    def listen(source: lbpy.DataSource) -> list[str]:
        seen: list[str] = []

        source.connector.observe("before execute", lambda ctx: seen.append(ctx.req["sql"]))
        return seen

    return listen
