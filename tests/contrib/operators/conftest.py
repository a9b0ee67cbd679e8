"""A folder with users, tokens and roles in a file of SQLite."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

BUILT_IN = ("User", "AccessToken", "ACL", "Role", "RoleMapping")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    server = tmp_path / "server"
    server.mkdir()
    for name, told in {
        "config": {"enableAuth": True},
        "datasources": {"db": {"connector": "sqlite", "file": "people.db", "autoupdate": True}},
        "model-config": {name: {"dataSource": "db", "public": name == "User"} for name in BUILT_IN},
    }.items():
        (server / f"{name}.json").write_text(json.dumps(told))
    return tmp_path
