"""The page of the teahouse: what it shows happens, and its table leads to what is there."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import Reader, Terminal

HERE = Path(__file__).parent.parent.parent / "examples/teahouse"
ANCHORS = re.findall(r"`([\w/]+\.py): ([\w.]+)`", (HERE / "README.md").read_text("utf-8"))


def names_in(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    for one in body:
        match one:
            case ast.ClassDef(name=name, body=inner):
                yield prefix + name
                yield from names_in(inner, f"{prefix}{name}.")
            case ast.FunctionDef(name=name):
                yield prefix + name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield prefix + name


def test_the_table_has_every_part_of_the_house() -> None:
    files = {path.relative_to(HERE).as_posix() for path in HERE.rglob("*.py")}
    left_out = {"__init__.py", "models/__init__.py", "__main__.py", "wsgi.py", "models/card.py"}
    assert {path for path, _ in ANCHORS} == files - left_out


@pytest.mark.parametrize(("path", "name"), sorted(set(ANCHORS)))
def test_the_table_names_what_is_there(path: str, name: str) -> None:
    assert name in names_in(ast.parse((HERE / path).read_text("utf-8")).body)


def test_what_the_page_shows_happens(tmp_path: Path, free_port: int) -> None:
    folder = tmp_path / "examples"
    shutil.copytree(HERE, folder / "teahouse", ignore=shutil.ignore_patterns("*.db*", "__pycache__"))
    terminal = Terminal(folder, free_port)
    try:
        reader = Reader(HERE / "README.md", terminal)
        reader.blocks = [one for one in reader.blocks if one.language == "console"]
        reader.read()
    finally:
        terminal.close()
