"""The first rows of a project: stored once, never again, and nothing that is there is changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import lbpy
from lbpy.cli import main
from lbpy.contrib.models import Role, RoleMapping, User
from lbpy.errors import ProjectError
from lbpy.testing import Client

Sow = Callable[..., None]
ANN = {"email": "ann@example.com", "password": "${ANN_PASSWORD}", "roles": ["admin"]}
WHOLE = {
    "roles": ["admin", {"name": "clerk", "description": "sells"}],
    "users": [ANN],
    "mappings": [{"role": "clerk", "user": "ann@example.com"}, {"role": "clerk", "principalType": "APP", "principalId": "till"}],
}


@pytest.fixture
def sow(project: Path, monkeypatch: pytest.MonkeyPatch) -> Sow:
    """Writes the seed, with the password of Ann in the environment."""
    monkeypatch.setenv("ANN_PASSWORD", "secret")
    return lambda **parts: (project / "server/seed.json").write_text(json.dumps(parts))


def counts(project: Path) -> tuple[int, int, int]:
    with lbpy.boot(project) as app:
        return app[User].count(), app[Role].count(), app[RoleMapping].count()


def test_roles_users_and_mappings_are_there_at_the_start(project: Path, sow: Sow) -> None:
    sow(**WHOLE)
    with lbpy.boot(project) as app:
        sent = {"email": "ann@example.com", "password": "secret"}
        assert Client(app).post("/api/Users/login", json=sent).status == 200
        assert {(one["name"], one["description"]) for one in app[Role].find()} == {("admin", None), ("clerk", "sells")}
        assert {(one["principalType"], one["principalId"]) for one in app[RoleMapping].find()} == {("USER", "1"), ("APP", "till")}


def test_it_is_applied_once_even_where_its_rows_were_deleted(project: Path, sow: Sow) -> None:
    sow(**WHOLE)
    assert counts(project) == (1, 2, 3)
    with lbpy.boot(project) as app:
        app[User].destroy_all()
    assert counts(project) == (0, 2, 3)


def test_a_user_that_is_there_keeps_the_password(project: Path, sow: Sow) -> None:
    with lbpy.boot(project) as app:
        app[User].create({"email": "ann@example.com", "password": "her own"})
    sow(users=[ANN])
    with lbpy.boot(project) as app:
        [ann] = app[User].find()
        assert (ann.has_password("her own"), app[RoleMapping].count()) == (True, 1)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"users": [{**ANN, "password": "secret"}]}, "never the password itself"),
        ({"users": [{**ANN, "password": "${NOT_SET}"}]}, "NOT_SET is not set"),
        ({"users": [{"password": "${ANN_PASSWORD}"}]}, r"seed.json:users.0 wants 'email'|wants 'email'"),
        ({"users": [{**ANN, "email": "no address"}]}, "email is invalid"),
        ({"mappings": [7]}, "is no object"),
        ({"rules": []}, "roles, users and mappings"),
    ],
)
def test_mistakes_in_it_keep_the_project_from_starting(project: Path, sow: Sow, parts: Any, told: str) -> None:
    sow(**parts)
    with pytest.raises(ProjectError, match=told):
        lbpy.boot(project)


def test_a_seed_that_is_no_json_is_told_with_its_file(project: Path) -> None:
    (project / "server/seed.json").write_text("{")
    with pytest.raises(ProjectError, match=r"server/seed\.json"):
        lbpy.boot(project)


def test_after_a_mistake_the_next_start_tries_again(project: Path, sow: Sow) -> None:
    sow(users=[{**ANN, "password": "${NOT_SET}"}])
    with pytest.raises(ProjectError):
        lbpy.boot(project)
    sow(users=[ANN])
    assert counts(project)[0] == 1


def test_checking_a_project_stores_nothing(project: Path, sow: Sow) -> None:
    sow(**WHOLE)
    CliRunner().invoke(main, ["check", str(project)])
    assert not (project / "people.db").exists()


def test_migrate_makes_its_table_and_applies_it(project: Path, sow: Sow) -> None:
    (project / "server/datasources.json").write_text(json.dumps({"db": {"connector": "sqlite", "file": "people.db"}}))
    sow(**WHOLE)
    done = CliRunner().invoke(main, ["migrate", str(project)])
    assert (done.exit_code, counts(project)) == (0, (1, 2, 3))
