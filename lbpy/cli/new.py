"""`lbpy new`: writes a new project folder. Imports nothing of it and overwrites nothing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

import click

from ..errors import ProjectError

_TEMPLATES: Final = Path(__file__).parent / "templates"
_BASE: Final = "base"
_FORBIDDEN: Final = re.compile(r"^\.|[@\s+%:.]|^(node_modules|favicon\.ico)$")


_ADDRESS: Final = "http://127.0.0.1:3000/api"
_READ: Final = f"Then try: curl {_ADDRESS}/Notes"
_SIGN_UP: Final = (
    f"Then sign up: curl {_ADDRESS}/Users -H 'Content-Type: application/json' "
    """-d '{"email":"ann@example.com","password":"change-me"}'"""
)
_NEXT: Final = {"api-server": _SIGN_UP, "notes": _READ, "empty-server": "Then write a model: common/models/NAME.json"}
"""The templates, the first one unless another is asked for, and what to try in a project made from each."""


@click.command()
@click.argument("name")
@click.option(
    "--template",
    type=click.Choice(list(_NEXT)),
    default=next(iter(_NEXT)),
    show_default=True,
    help="api-server: users with notes of their own; notes: notes for everybody; empty-server: no models.",
)
def new(name: str, template: str) -> None:
    """Make a folder NAME with a working project on SQLite."""
    folder = Path(name)
    if _FORBIDDEN.search(folder.name) or not folder.name:
        raise ProjectError(f"{folder.name!r} is no name for a project: letters, digits, - and _ are")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(f"{name} is there already and not empty")
    _write(folder, template)
    click.echo(f"Made {name}. Serve it with: lbpy run {name}")
    click.echo(_NEXT[template])


def _write(folder: Path, template: str) -> None:
    try:
        for part in (_BASE, template):
            shutil.copytree(_TEMPLATES / part, folder, dirs_exist_ok=True)
        (folder / "gitignore").rename(folder / ".gitignore")
    except OSError as error:
        raise ProjectError(f"{folder} cannot be written: {error}") from error
