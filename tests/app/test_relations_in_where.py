"""In a booted folder a where names relations only where a model or a data source says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lbpy.app.boot import read, started
from lbpy.testing import Client

FILTER = {"where": {"parts": {"word": {"neq": "x"}}}}


def project(model: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
    relations = {"parts": {"type": "hasMany", "model": "Part"}}
    return {
        "server/datasources.json": {"db": {"connector": "memory", **source}},
        "server/model-config.json": {
            "_meta": {"sources": ["../common/models"]},
            "Whole": {"dataSource": "db", "public": True},
            "Part": {"dataSource": "db", "public": False},
        },
        "common/models/whole.json": {"name": "Whole", "base": "PersistedModel", "relations": relations, **model},
        "common/models/part.json": {"name": "Part", "base": "PersistedModel", "properties": {"word": "string"}},
    }


@pytest.mark.parametrize(
    ("model", "source", "found"),
    [
        ({}, {}, 0),
        ({"relationsInWhere": True}, {}, 1),
        ({}, {"relationsInWhere": True}, 1),
        ({"relationsInWhere": False}, {"relationsInWhere": True}, 0),
    ],
)
def test_it_has_to_be_asked_for(write: Callable[[Any], Path], model: dict[str, Any], source: dict[str, Any], found: int) -> None:
    with started(read(write(project(model, source)))) as app:
        assert not [one for one in app.report.findings if "relationsInWhere" in one.key]
        http = Client(app)
        http.post("/api/Wholes", json={})
        http.post("/api/Wholes/1/parts", json={"word": "y"})
        assert len(http.get("/api/Wholes", filter=FILTER).json) == found
