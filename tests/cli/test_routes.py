"""The routes of a project as columns, in the order in which they are looked at."""

from collections.abc import Callable
from pathlib import Path

from click.testing import Result

LBPY = Callable[..., Result]


def test_a_line_has_verb_path_and_method(lbpy: LBPY, project: Path) -> None:
    lines = [line.split() for line in lbpy("routes", "notes").output.splitlines()]
    assert ["POST", "/api/Notes", "Note.create"] in lines
    assert ["PATCH", "/api/Notes/:id", "Note.prototype.patchAttributes"] in lines


def test_lines_stand_in_the_order_in_which_a_request_meets_them(lbpy: LBPY, project: Path) -> None:
    listed = [" ".join(line.split()[:2]) for line in lbpy("routes", "notes").output.splitlines()]
    assert listed[:2] == ["PUT /api/Notes/:id", "PUT /api/Notes"]
    assert listed.index("GET /api/Notes/count") < listed.index("GET /api/Notes/:id") < listed.index("GET /api/Notes")


def test_a_project_without_public_models_has_none(lbpy: LBPY, change: Callable[..., None]) -> None:
    change("server/model-config.json", Note={"dataSource": "db", "public": False})
    assert lbpy("routes", "notes").output == ""


def test_a_project_that_cannot_start_is_one_text(lbpy: LBPY, project: Path) -> None:
    (project / "server/config.json").write_text("{")
    refused = lbpy("routes", "notes")
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: refuse JSON_UNREADABLE server/config.json")
