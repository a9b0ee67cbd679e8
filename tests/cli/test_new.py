"""A new project works, is safe, and nothing that is there is touched."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from lbpy.types import Json
from tests.conftest import Answer, Server

LBPY = Callable[..., Result]


TEMPLATES = ["api-server", "notes", "empty-server"]


def test_it_says_how_to_go_on(lbpy: LBPY) -> None:
    assert lbpy("new", "shop").output.startswith("Made shop. Serve it with: lbpy run shop\nThen sign up: curl ")


@pytest.mark.parametrize("template", TEMPLATES)
def test_nothing_in_it_is_worth_a_finding(lbpy: LBPY, template: str) -> None:
    lbpy("new", "shop", "--template", template)
    checked = lbpy("check", "shop")
    assert (checked.exit_code, checked.output.count("\n")) == (0, 1)


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_route_writes_to_many_rows_at_once(lbpy: LBPY, template: str) -> None:
    lbpy("new", "shop", "--template", template)
    listed = lbpy("routes", "shop").output
    assert ("Note.create" in listed) is (template != "empty-server")
    assert "updateAll" not in listed
    assert "destroyAll" not in listed


# -- with users ----------------------------------------------------------------

ANN = {"email": "ann@example.com", "password": "change-me"}
EVE = {**ANN, "email": "eve@example.com"}


@pytest.fixture
def site(lbpy: LBPY, serve: Callable[..., Server]) -> Callable[..., Answer]:
    """Asks a new project, as it is without a word more, for what is below its API."""
    assert lbpy("new", "shop").exit_code == 0
    server = serve("lbpy", "run", "shop", "--port", "{port}")

    def ask(method: str, path: str, token: str = "", data: Json = None) -> Answer:
        return server.request(f"/api{path}", data, method=method, headers={"Authorization": token} if token else {})

    return ask


def test_whoever_signs_up_has_notes_that_nobody_else_reads(site: Callable[..., Answer]) -> None:
    for one in (ANN, EVE):
        assert site("POST", "/Users", data=one)[0] == 200
    ann, eve = (site("POST", "/Users/login", data=one)[1]["id"] for one in (ANN, EVE))
    assert site("POST", "/Users/1/notes", ann, {"title": "tea"}) == (200, {"title": "tea", "done": False, "id": 1, "userId": 1})
    read = [("GET", "/Users/1/notes"), ("GET", "/Users/1/notes/count"), ("GET", "/Notes/1"), ("PATCH", "/Notes/1"), ("DELETE", "/Notes/1")]
    found = [[site(verb, path, token, {"done": True} if verb == "PATCH" else None)[0] for token in ("", eve, ann)] for verb, path in read]
    assert found == [[401, 401, 200]] * len(read)


def test_nothing_else_is_open(lbpy: LBPY, site: Callable[..., Answer]) -> None:
    site("POST", "/Users", data=ANN)
    token = site("POST", "/Users/login", data=ANN)[1]["id"]
    opened = {"/Users", "/Users/login", "/Users/logout", "/Users/confirm", "/Users/reset"}
    routes = [line.split()[:2] for line in lbpy("routes", "shop").output.splitlines()]
    asked = [(verb, path.removeprefix("/api")) for verb, path in routes if verb != "ALL" and ":id" not in path]
    closed = [one for one in asked if one[1] not in opened or one[0] not in ("POST", "GET") or one == ("GET", "/Users")]
    assert {site(verb, path, data=ANN if verb != "GET" else None)[0] for verb, path in closed} == {401}
    mine = {"/Users/change-password", "/Users/reset-password"}
    assert {site(verb, path, token, ANN if verb != "GET" else None)[0] for verb, path in closed if path not in mine} == {401}


# -- the folder ----------------------------------------------------------------


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
