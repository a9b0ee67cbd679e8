"""A project folder on disk, made from a few literals."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

SCAFFOLD: dict[str, Any] = {
    "server/config.json": {
        "restApiRoot": "/api",
        "host": "127.0.0.1",
        "port": 3000,
        "remoting": {
            "context": False,
            "rest": {"handleErrors": False, "normalizeHttpPath": False, "xml": False},
            "json": {"strict": False, "limit": "100kb"},
            "urlencoded": {"extended": True, "limit": "100kb"},
            "cors": False,
        },
    },
    "server/datasources.json": {"db": {"name": "db", "connector": "memory"}},
    "server/model-config.json": {
        "_meta": {
            "sources": ["loopback/common/models", "loopback/server/models", "../common/models", "./models"],
            "mixins": ["loopback/common/mixins", "loopback/server/mixins", "../common/mixins", "./mixins"],
        },
        "User": {"dataSource": "db", "public": True},
        "Note": {"dataSource": "db", "public": True},
    },
    "server/middleware.json": {
        "initial:before": {"loopback#favicon": {}},
        "initial": {"compression": {}, "cors": {"params": {"origin": True}}, "helmet#noCache": {"enabled": False}},
        "session": {},
        "auth": {},
        "parse": {},
        "routes": {"loopback#rest": {"paths": ["${restApiRoot}"]}},
        "files": {},
        "final": {"loopback#urlNotFound": {}},
        "final:after": {"strong-error-handler": {}},
    },
    "server/component-config.json": {"loopback-component-explorer": {"mountPath": "/explorer"}},
    "common/models/note.json": {"name": "Note", "base": "PersistedModel", "properties": {"title": {"type": "string"}}},
}
"""A project as LoopBack's generator writes it; nothing in it is worth a finding."""

Files = Mapping[str, Any]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Files], Path]:
    """Writes files by relative path, texts as they are and all else as JSON; gives the folder."""

    def written(files: Files) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return tmp_path

    return written


@pytest.fixture
def scaffold(write: Callable[[Files], Path]) -> Callable[[Files], Path]:
    """The scaffold with some of its files replaced; None leaves a file out."""

    def made(files: Files) -> Path:
        return write({name: one for name, one in {**SCAFFOLD, **files}.items() if one is not None})

    return made
