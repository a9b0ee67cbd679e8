"""The command in process, and small projects to call it on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lbpy.cli import main

LBPY = Callable[..., Result]


@pytest.fixture
def lbpy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LBPY:
    """Calls `lbpy WORD...` in the test's folder, in an environment that says nothing to it."""
    for name in ("HOST", "PORT", "LBPY_ENV", "NODE_ENV", "LBPY_COMPAT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words], prog_name="lbpy")


@pytest.fixture
def project(lbpy: LBPY, tmp_path: Path) -> Path:
    """A new project with one model and no users."""
    assert lbpy("new", "notes", "--template", "notes").exit_code == 0
    return tmp_path / "notes"


@pytest.fixture
def change(project: Path) -> Callable[..., None]:
    """Changes the top level of one of the project's JSON files; several files may be changed in one test."""

    def changed(file: str, **keys: Any) -> None:
        path = project / file
        path.write_text(json.dumps({**json.loads(path.read_text()), **keys}))

    return changed
