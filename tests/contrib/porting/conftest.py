"""A LoopBack project with scripts, made from a few literals, and the client that calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lbpy.app.boot import read, started
from lbpy.testing import Client

Files = dict[str, Any]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Files], Path]:
    """A project with the models Note and Task and the files given; texts as they are, all else as JSON."""

    def written(files: Files) -> Path:
        models = {name: {"dataSource": "db", "public": True} for name in ("Note", "Task")}
        base: Files = {
            "server/config.json": {"restApiRoot": "/api"},
            "server/datasources.json": {"db": {"connector": "memory"}},
            "server/middleware.json": {"routes": {"loopback#rest": {"paths": ["${restApiRoot}"]}}},
            "server/component-config.json": {},
            "server/model-config.json": {"_meta": {"sources": ["../common/models"], "mixins": ["../common/mixins"]}, **models},
            "common/models/note.json": {"name": "Note", "properties": {"title": "string"}},
            "common/models/task.json": {"name": "Task", "properties": {"text": "string"}},
        }
        for name, content in {**base, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return tmp_path

    return written


@pytest.fixture
def verdict(write):
    """What the scripts of a project leave behind, and its findings as (level, code, place)."""

    def judged(files):
        project = read(write(files), {})
        return project.ported, [(one.level, one.code, one.place()) for one in project.report.findings]

    return judged


@pytest.fixture
def client(write):
    """A client of the booted project."""
    apps = []

    def booted(files):
        apps.append(started(read(write(files), {})))
        return Client(apps[-1])

    yield booted
    for app in apps:
        app.close()
