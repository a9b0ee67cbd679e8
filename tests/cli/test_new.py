"""A new project works, is safe, and nothing that is there is touched."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

LBPY = Callable[..., Result]


def test_it_says_how_to_go_on(lbpy: LBPY) -> None:
    assert lbpy("new", "shop").output.startswith("Made shop. Serve it with: lbpy run shop\n")


def test_nothing_in_it_is_worth_a_finding(lbpy: LBPY, project: Path) -> None:
    checked = lbpy("check", project)
    assert (checked.exit_code, checked.output.count("\n")) == (0, 1)


def test_no_route_writes_to_many_rows_at_once(lbpy: LBPY, project: Path) -> None:
    listed = lbpy("routes", project).output
    assert "Note.create" in listed
    assert "updateAll" not in listed
    assert "destroyAll" not in listed


def test_it_listens_to_this_machine_only(project: Path) -> None:
    assert '"host": "127.0.0.1"' in (project / "server/config.json").read_text()


def test_the_database_is_kept_out_of_git(project: Path) -> None:
    assert "*.db" in (project / ".gitignore").read_text()


def test_an_empty_folder_may_be_there(lbpy: LBPY, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    assert lbpy("new", "shop").exit_code == 0


def test_a_folder_with_something_in_it_is_left_alone(lbpy: LBPY, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/mine").touch()
    refused = lbpy("new", "shop")
    assert (refused.exit_code, refused.output) == (1, "Error: shop is there already and not empty\n")
    assert [one.name for one in (tmp_path / "shop").iterdir()] == ["mine"]


@pytest.mark.parametrize("name", ["a b", ".shop", "a%20", "a+b", "a:b", "@a", "node_modules", "favicon.ico", ".."])
def test_names_that_cannot_be_an_application_are_refused(lbpy: LBPY, name: str) -> None:
    refused = lbpy("new", name)
    assert refused.exit_code == 1
    assert "is no name for a project" in refused.output


def test_a_place_that_cannot_be_written_is_one_text(lbpy: LBPY, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = lbpy("new", "file/shop")
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: file/shop cannot be written: ")
