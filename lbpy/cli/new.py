"""`lbpy new`: writes a new project folder. Imports nothing of it and overwrites nothing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

import click

from ..errors import ProjectError

_TEMPLATE: Final = Path(__file__).parent / "templates" / "project"
_FORBIDDEN: Final = re.compile(r"^\.|[@\s+%:.]|^(node_modules|favicon\.ico)$")


@click.command()
@click.argument("name")
def new(name: str) -> None:
    """Make a folder NAME with a working project on SQLite."""
    folder = Path(name)
    if _FORBIDDEN.search(folder.name) or not folder.name:
        raise ProjectError(f"{folder.name!r} is no name for a project: letters, digits, - and _ are")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(f"{name} is there already and not empty")
    _write(folder)
    click.echo(f"Made {name}. Serve it with: lbpy run {name}")
    click.echo("Then try: curl http://127.0.0.1:3000/api/Notes")


def _write(folder: Path) -> None:
    try:
        shutil.copytree(_TEMPLATE, folder, dirs_exist_ok=True)
        (folder / "gitignore").rename(folder / ".gitignore")
    except OSError as error:
        raise ProjectError(f"{folder} cannot be written: {error}") from error
