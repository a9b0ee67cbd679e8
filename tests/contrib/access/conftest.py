"""Project folders with access control, made from a few literals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lbpy.app import boot
from lbpy.app.project.report import Finding
from lbpy.testing import Client

Models = Mapping[str, Mapping[str, Any]]
Folder = Callable[..., Path]
BUILT_IN = ("User", "AccessToken", "ACL", "Role", "RoleMapping")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Writes a project: models by name, what model-config says of some of them, more of config.json."""

    def write(models: Models, configured: Models | None = None, **config: Any) -> Path:
        (tmp_path / "server").mkdir(exist_ok=True)
        (tmp_path / "common/models").mkdir(parents=True, exist_ok=True)
        for name, spec in models.items():
            (tmp_path / f"common/models/{name.lower()}.json").write_text(json.dumps({"name": name, **spec}))
        own = {name: {"dataSource": "db", "public": True} for name in models}
        told = {**{name: {"dataSource": "db", "public": False} for name in BUILT_IN}, **own}
        for name, more in (configured or {}).items():
            told[name] = {**told[name], **more}
        put(tmp_path, "config", {"restApiRoot": "/api", "enableAuth": True, **config})
        put(tmp_path, "datasources", {"db": {"connector": "memory"}})
        put(tmp_path, "model-config", {"_meta": {"sources": ["../common/models"]}, **told})
        put(tmp_path, "middleware", {"routes": {"loopback#rest": {"paths": ["${restApiRoot}"]}}})
        put(tmp_path, "component-config", {})
        return tmp_path

    return write


def put(folder: Path, name: str, content: Any) -> None:
    """Write one configuration of a project."""
    (folder / f"server/{name}.json").write_text(json.dumps(content))


@pytest.fixture
def client() -> Iterator[Callable[[Path], Client]]:
    """A client of a booted project."""
    apps = []

    def booted(project: Path) -> Client:
        apps.append(boot.boot(project))
        return Client(apps[-1])

    yield booted
    for app in apps:
        app.close()


@pytest.fixture
def findings() -> Callable[[Path], tuple[Finding, ...]]:
    """What boot finds in a project."""

    def found(project: Path) -> tuple[Finding, ...]:
        with boot.boot(project) as app:
            return app.report.findings

    return found
