"""Where a guard is missing, routes refuse as their rules say, and answer 501 to whoever would be let in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lbpy.contrib.models import User
from lbpy.testing import Client

from .conftest import put

Folder = Callable[..., Path]
Boot = Callable[[Path], Client]
DENY = {"principalType": "ROLE", "principalId": "$everyone", "permission": "DENY"}
SIGNED_IN = {"principalType": "ROLE", "principalId": "$authenticated", "permission": "ALLOW"}
ANN = {"email": "ann@example.com", "password": "secret"}


@pytest.fixture
def site(folder: Folder, client: Boot) -> Callable[..., Client]:
    """A project whose guard is missing, in some phase and at some paths."""

    def made(phase: str = "auth", **places: Any) -> Client:
        models = {
            "Note": {"plural": "notes", "acls": [DENY, SIGNED_IN]},
            "Open": {"plural": "opens"},
            "Member": {"base": "User", "plural": "members", "saltWorkFactor": 4},
        }
        root = folder(models)
        rest = {"loopback#rest": {"paths": ["${restApiRoot}"]}}
        own = {phase: {"jwt-guard": places}}
        put(root, "middleware", {**own, "routes": rest, "final": {"loopback#urlNotFound": {}}, "final:after": {"strong-error-handler": {}}})
        return client(root)

    return made


def status(http: Client, path: str, token: str = "", method: str = "GET") -> int:
    return http.request(method, path, headers={"Authorization": token} if token else {}).status


def test_authorisation_comes_first(site: Callable[..., Client]) -> None:
    http = site()
    assert [status(http, f"/api/{one}") for one in ("notes", "notes/1", "notes/count", "opens")] == [401, 401, 401, 501]


def test_whoever_may_is_told_that_it_is_not_available(site: Callable[..., Client]) -> None:
    http = site(paths=["/api/notes"])
    assert http.post("/api/members", json=ANN).status == 200
    token = http.post("/api/members/login", json=ANN).json["id"]
    found = http.get("/api/notes", headers={"Authorization": token})
    assert (found.status, found.json["error"]["code"]) == (501, "NOT_PORTED")
    assert status(http, "/api/notes", token + "x") == 401


@pytest.mark.parametrize("phase", ["initial", "auth", "routes:before"])
def test_it_holds_for_its_paths_and_methods_only(site: Callable[..., Client], phase: str) -> None:
    http = site(phase, paths=["/api/opens", "/files"], methods=["POST"])
    found = [status(http, path, method=verb) for verb, path in (("POST", "/api/opens"), ("GET", "/api/opens"), ("POST", "/files/a"))]
    assert found == [501, 200, 501]


def test_what_is_no_route_is_not_available_either(site: Callable[..., Client]) -> None:
    http = site()
    assert [status(http, one) for one in ("/files/a", "/api/unknown", "/api/notes/1/2/3")] == [501, 404, 404]


def test_code_that_is_not_a_request_goes_on(site: Callable[..., Client]) -> None:
    http = site()
    users: type[User] = http.app[User]
    assert users.create(ANN)["id"] == 1


def test_nothing_of_it_is_logged_as_a_failure(site: Callable[..., Client], caplog: pytest.LogCaptureFixture) -> None:
    http = site()
    with caplog.at_level(logging.INFO, "lbpy.errors"):
        assert [status(http, "/api/opens"), status(http, "/files/a")] == [501, 501]
    assert [one for one in caplog.records if one.name == "lbpy.errors"] == []
