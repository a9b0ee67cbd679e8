"""The routes of a project as columns, in the order in which they are looked at."""

from collections.abc import Callable
from pathlib import Path

from click.testing import Result

LBPY = Callable[..., Result]


def test_a_line_has_verb_path_and_method(lbpy: LBPY, project: Path) -> None:
    lines = [line.split() for line in lbpy("routes", "notes").output.splitlines()]
    assert lines[0] == ["POST", "/api/Notes", "Note.create"]
    assert ["PATCH", "/api/Notes/:id", "Note.prototype.patchAttributes"] in lines


def test_a_project_without_public_models_has_none(lbpy: LBPY, change: Callable[..., None]) -> None:
    change("server/model-config.json", Note={"dataSource": "db", "public": False})
    assert lbpy("routes", "notes").output == ""


def test_a_project_that_cannot_start_is_one_text(lbpy: LBPY, project: Path) -> None:
    (project / "server/config.json").write_text("{")
    refused = lbpy("routes", "notes")
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: refuse JSON_UNREADABLE server/config.json")
