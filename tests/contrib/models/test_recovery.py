"""New passwords, and which sessions live on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lbpy.contrib.models import AccessToken
from lbpy.errors import BadRequest

Start = Callable[..., Any]


@pytest.fixture
def site(start: Start) -> Any:
    found = start()
    found.mine, found.other = found.sign_in("ann"), found.sign_in("ann")
    return found


def lives(site: Any, *tokens: str) -> list[bool]:
    return [site.status("GET", "/customers/1", one) == 200 for one in tokens]


def reset(site: Any) -> str:
    assert site.status("POST", "/customers/reset", json={"email": "ann@example.com"}) == 204
    [token] = [one for one in site.app[AccessToken].find() if one.scopes]
    return str(token["id"])


def test_whoever_knows_the_old_password_sets_a_new_one(site: Any) -> None:
    sent = {"oldPassword": "secret", "newPassword": "better"}
    assert site.status("POST", "/customers/change-password", site.mine, sent) == 204
    assert lives(site, site.mine, site.other) == [True, False]
    tries = [{"username": "ann", "password": one} for one in ("secret", "better")]
    assert [site.status("POST", "/customers/login", json=one) for one in tries] == [401, 200]


def test_code_changes_a_password_as_clients_do(site: Any) -> None:
    ann = site.users.find_one()
    with pytest.raises(BadRequest, match="Invalid current password"):
        ann.change_password("wrong", "better")
    ann.change_password("secret", "better")
    assert site.users.find_one().has_password("better")
    assert lives(site, site.mine, site.other) == [False, False]


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"oldPassword": "wrong", "newPassword": "x"}, 400, "INVALID_PASSWORD"),
        ({"newPassword": "x"}, 400, None),
        ({"oldPassword": "secret", "newPassword": ""}, 400, None),
        ({"oldPassword": "secret", "newPassword": {"a": 1}}, 400, None),
        ({"oldPassword": "secret", "newPassword": "x" * 73}, 422, "PASSWORD_TOO_LONG"),
    ],
)
def test_a_bad_change_is_refused_and_ends_no_session(site: Any, sent: dict[str, Any], status: int, code: str | None) -> None:
    error = site.call("POST", "/customers/change-password", site.mine, sent).json["error"]
    assert (error["statusCode"], error.get("code"), lives(site, site.other)) == (status, code, [True])


@pytest.mark.parametrize("change", [{"password": "new"}, {"email": "other@example.com"}])
@pytest.mark.parametrize(("verb", "path"), [("PATCH", "/customers/1"), ("PUT", "/customers/1")])
def test_a_change_of_password_or_address_ends_other_sessions(site: Any, verb: str, path: str, change: dict[str, str]) -> None:
    sent = change if verb == "PATCH" else {"email": "ann@example.com", "username": "ann", "password": "secret", **change}
    assert site.status(verb, path, site.mine, sent) == 200
    assert lives(site, site.mine, site.other) == [True, False]


def test_another_change_does_not(site: Any) -> None:
    site.call("PATCH", "/customers/1", site.mine, {"realm": "r", "email": "ann@example.com"})
    assert lives(site, site.mine, site.other) == [True, True]


def test_code_that_updates_many_ends_their_sessions(site: Any) -> None:
    bob = site.sign_in("bob")
    site.users.update_all({"username": "ann"}, {"password": "new"})
    assert (lives(site, site.mine), site.status("GET", "/customers/2", bob)) == ([False], 200)
    assert site.users.find_by_id(1).has_password("new")


def test_whoever_is_deleted_has_no_sessions(site: Any) -> None:
    site.call("DELETE", "/customers/1", site.mine)
    assert site.app[AccessToken].count() == 0


@pytest.mark.parametrize(("password", "status"), [(5, 422), (None, 422), ("", 422)])
def test_a_password_that_is_none_is_refused(site: Any, password: Any, status: int) -> None:
    assert site.status("PATCH", "/customers/1", site.mine, {"password": password}) == status


def test_unless_the_old_answer_is_asked_for(start: Start) -> None:
    site = start(compat=("dropBadPassword",))
    assert site.status("PATCH", "/customers/1", site.sign_in("ann"), {"password": 5}) == 200


def test_only_its_own_methods_change_a_password_where_the_model_says_so(start: Start) -> None:
    site = start(reject_password_changes_via_patch_or_replace=True)
    token = site.sign_in("ann")
    assert site.call("PATCH", "/customers/1", token, {"password": "x"}).json["error"]["code"] == "PASSWORD_CHANGE_NOT_ALLOWED"
    assert site.status("POST", "/customers/change-password", token, {"oldPassword": "secret", "newPassword": "x"}) == 204


def test_there_a_whole_user_is_refused_with_and_without_a_password(start: Start) -> None:
    site = start(reject_password_changes_via_patch_or_replace=True)
    token = site.sign_in("ann")
    for more in ({}, {"password": "secret"}):
        error = site.call("PUT", "/customers/1", token, {"email": "ann@example.com", **more}).json["error"]
        assert (error["statusCode"], error.get("code")) == (401, "PASSWORD_CHANGE_NOT_ALLOWED")
    site.users.find_by_id(1).save()


# -- by mail -----------------------------------------------------------------


@pytest.mark.parametrize(("email", "status"), [("ann@example.com", 204), ("nobody@example.com", 204), ("", 204), ({"neq": ""}, 400)])
def test_a_reset_does_not_tell_who_is_known(site: Any, email: Any, status: int) -> None:
    assert site.status("POST", "/customers/reset", json={"email": email}) == status


@pytest.mark.parametrize(("password", "status"), [("", 204), (None, 204), ("fine", 204), (7, 422), ("x" * 73, 422)])
def test_a_password_that_comes_along_is_only_looked_at(site: Any, password: Any, status: int) -> None:
    assert site.status("POST", "/customers/reset", json={"email": "ann@example.com", "password": password}) == status
    assert site.users.find_by_id(1).has_password("secret")


def test_unless_that_is_asked_for(start: Start) -> None:
    assert start(compat=("resetTellsUnknown",)).status("POST", "/customers/reset", json={"email": "nobody@example.com"}) == 404


def test_observers_are_given_the_token_to_mail(site: Any) -> None:
    asked: list[Any] = []
    site.users.observe("reset password request", asked.append)
    token = reset(site)
    [request] = asked
    assert (request.email, request.user["id"]) == ("ann@example.com", 1)
    assert (request.access_token["id"], request.access_token["ttl"]) == (token, 900)


def test_its_token_is_good_for_one_new_password_and_nothing_else(site: Any) -> None:
    token = reset(site)
    assert [site.status("GET", "/customers/1", token), site.status("POST", "/customers/logout", token)] == [401, 401]
    assert [site.status("POST", "/customers/reset-password", token, {"newPassword": one}) for one in ("fresh", "again")] == [204, 401]
    assert site.users.find_by_id(1).has_password("fresh")
    assert lives(site, site.mine, site.other) == [False, False]


def test_its_use_ends_every_other_reset(site: Any) -> None:
    tokens = [reset(site)]
    site.call("POST", "/customers/reset", json={"email": "ann@example.com"})
    tokens += [str(one["id"]) for one in site.app[AccessToken].find() if one.scopes and one["id"] not in tokens]
    statuses = [site.status("POST", "/customers/reset-password", one, {"newPassword": "fresh"}) for one in tokens]
    assert statuses == [204, 401]


def test_any_session_sets_a_password_there_unless_restricted(start: Start) -> None:
    statuses = []
    for restricted in (False, True):
        site = start(restrict_reset_password_token_scope=restricted)
        statuses.append(site.status("POST", "/customers/reset-password", site.sign_in("ann"), {"newPassword": "x"}))
    assert statuses == [204, 401]


@pytest.mark.parametrize(("switch", "expected"), [("resetTokenIsSession", [200, 204, 401]), ("resetTokenReusable", [401, 204, 204])])
def test_the_old_answers_can_be_asked_for(start: Start, switch: str, expected: list[int]) -> None:
    site = start(compat=(switch,))
    site.sign_up("ann")
    site.call("POST", "/customers/reset", json={"email": "ann@example.com"})
    token = str(site.app[AccessToken].find()[0]["id"])
    sent = {"newPassword": "fresh"}
    statuses = [site.status("GET", "/customers/1", token)]
    statuses += [site.status("POST", "/customers/reset-password", token, sent) for _ in range(2)]
    assert statuses == expected
