"""Users and tokens of a project from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import lbpy
from lbpy.cli import main
from lbpy.contrib.models import AccessToken, RoleMapping, User
from lbpy.testing import Client

Run = Callable[..., Result]
ANN = {"email": "ann@example.com", "password": "secret"}


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LBPY_PASSWORD", "secret")
    return lambda group, *words: CliRunner().invoke(main, [group, str(project), *words], prog_name="lbpy")


def login(project: Path, **given: str) -> int:
    with lbpy.boot(project) as app:
        return Client(app).post("/api/Users/login", json={**ANN, **given}).status


def mapped(project: Path) -> list[tuple[str, str]]:
    with lbpy.boot(project) as app:
        return [(one["principalType"], one["principalId"]) for one in app[RoleMapping].find()]


def test_a_user_that_was_added_can_sign_in(project: Path, run: Run) -> None:
    assert run("user", "add", "ann@example.com", "--username", "ann", "--verified").exit_code == 0
    assert login(project) == 200


def test_roles_are_granted_once_and_revoked(project: Path, run: Run) -> None:
    run("user", "add", "ann@example.com", "--role", "admin")
    run("user", "grant", "ann@example.com", "admin")
    assert mapped(project) == [("USER", "1")]
    assert run("user", "revoke", "ann@example.com", "admin").output == "ann@example.com is no longer in the role admin\n"
    assert "was not" in run("user", "revoke", "ann@example.com", "admin").output
    assert mapped(project) == []


def test_a_new_password_takes_the_place_of_the_old_one(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("user", "add", "ann@example.com")
    monkeypatch.setenv("LBPY_PASSWORD", "another")
    assert run("user", "password", "ann@example.com").exit_code == 0
    assert [login(project), login(project, password="another")] == [401, 200]


def test_without_the_variable_the_password_is_asked_for_and_not_shown(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LBPY_PASSWORD", raising=False)
    done = CliRunner().invoke(main, ["user", str(project), "add", "ann@example.com"], input="secret\nsecret\n")
    assert (done.exit_code, "secret" in done.output) == (0, False)
    assert login(project) == 200


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("user", "add", "no address"), "email is invalid"),
        (("user", "password", "nobody"), "there is no User nobody"),
        (("token", "issue", "nobody"), "there is no User nobody"),
    ],
)
def test_mistakes_end_in_one_line(run: Run, words: tuple[str, ...], told: str) -> None:
    done = run(*words)
    assert done.exit_code == 1
    assert done.output.startswith("Error: ")
    assert told in done.output


@pytest.mark.parametrize(("group", "command"), [("user", "add"), ("token", "issue")])
def test_a_command_in_the_place_of_the_project_is_told_where_it_belongs(group: str, command: str) -> None:
    done = CliRunner().invoke(main, [group, command, "shop", "ann@example.com"], prog_name="lbpy")
    assert done.exit_code == 2
    assert f"Error: PROJECT comes first: lbpy {group} shop {command} ...\n" in done.output


def test_another_model_than_users_is_refused(project: Path) -> None:
    done = CliRunner().invoke(main, ["user", "--model", "Role", str(project), "remove", "ann"])
    assert (done.exit_code, done.output) == (1, "Error: Role is no user model\n")


def test_a_token_works_until_all_are_ended(project: Path, run: Run) -> None:
    run("user", "add", "ann@example.com")
    token = run("token", "issue", "ann@example.com", "--ttl", "60").output.strip()
    with lbpy.boot(project) as app:
        assert Client(app).get("/api/Users/1", headers={"Authorization": token}).status == 200
        assert app[AccessToken].find_by_id(token)["ttl"] == 60
    assert run("token", "end", "ann@example.com").exit_code == 0
    with lbpy.boot(project) as app:
        assert app[AccessToken].count() == 0


def test_a_user_that_was_removed_is_gone(project: Path, run: Run) -> None:
    run("user", "add", "ann@example.com", "--username", "ann")
    assert run("user", "remove", "ann").exit_code == 0
    with lbpy.boot(project) as app:
        assert app[User].count() == 0
