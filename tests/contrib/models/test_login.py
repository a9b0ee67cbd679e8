"""Signing up, in and out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import lbpy
from lbpy.contrib import models
from lbpy.contrib.models.login_failure import SharedBooks
from lbpy.contrib.models.passwords import is_hash
from lbpy.contrib.models.throttle import Books, Throttle, TooManyFailures
from lbpy.errors import OperatorError

from ..conftest import Site, customer

Start = Callable[..., Any]
ANN = {"email": "ann@example.com", "username": "ann", "password": "secret"}


def codes(answer: Any) -> Any:
    return answer.json["error"]["details"]["codes"]


def test_an_answer_shows_no_password_and_the_store_keeps_a_hash(start: Start) -> None:
    site = start()
    assert site.call("POST", "/customers", json=ANN).json == {"email": "ann@example.com", "username": "ann", "id": 1}
    assert is_hash(site.users.find_by_id(1)["password"])


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"email": "no address"}, {"email": ["custom.email"]}),
        ({"email": 12}, {"email": ["custom.string"]}),
        ({"email": ""}, {"email": ["presence"]}),
        ({"password": None}, {"password": ["presence"]}),
        ({"password": {"a": 1}}, {"password": ["presence"]}),
    ],
)
def test_a_bad_user_is_refused(start: Start, change: dict[str, Any], found: dict[str, Any]) -> None:
    answer = start().call("POST", "/customers", json={**ANN, **change})
    assert (answer.status, codes(answer)) == (422, found)


def test_address_and_name_are_taken_once(start: Start) -> None:
    site = start()
    site.sign_up("ann")
    assert codes(site.call("POST", "/customers", json=ANN)) == {"email": ["uniqueness"], "username": ["uniqueness"]}


def test_two_of_one_list_cannot_share_an_address(start: Start) -> None:
    site = start()
    assert site.status("POST", "/customers", json=[ANN, {**ANN, "username": "other"}]) == 422
    assert site.users.count() == 0


def test_what_was_verified_is_not_for_clients_to_say(start: Start) -> None:
    site = start()
    site.call("POST", "/customers", json={**ANN, "emailVerified": True, "verificationToken": "t"})
    kept = site.users.find_by_id(1).to_dict()
    assert (kept["emailVerified"], "verificationToken" in kept) == (False, False)
    site.call("PATCH", "/customers/1", site.sign_in("ann"), {"emailVerified": True, "verificationToken": "t"})
    assert site.users.find_by_id(1).to_dict() == kept


@pytest.mark.parametrize(("stored", "sent", "kept"), [(True, True, True), (True, False, False), (False, True, None), (False, False, False)])
def test_to_repeat_what_is_stored_claims_nothing(start: Start, stored: bool, sent: bool, kept: bool | None) -> None:
    site = start()
    site.sign_up("ann", emailVerified=stored)
    assert site.status("PUT", "/customers/1", site.sign_in("ann"), {**ANN, "emailVerified": sent}) == 200
    assert site.users.find_by_id(1).to_dict().get("emailVerified") is kept


def test_a_ready_hash_from_a_client_is_a_password_like_any_other(start: Start) -> None:
    site = start()
    site.sign_up("bob")
    stolen = site.users.find_by_id(1)["password"]
    site.call("POST", "/customers", json={**ANN, "password": stolen})
    assert site.status("POST", "/customers/login", json=ANN) == 401
    assert site.status("POST", "/customers/login", json={**ANN, "password": stolen}) == 200


def test_code_may_store_a_ready_hash(start: Start) -> None:
    site = start()
    ready = site.sign_up("bob")["password"]
    site.sign_up("ann", ready)
    assert site.users.find_by_id(2).has_password("secret")


def test_saving_an_instance_again_keeps_its_password(start: Start) -> None:
    site = start()
    site.sign_up("ann")
    user = site.users.find_by_id(1)
    user["realm"] = "r"
    user.save()
    assert site.users.find_by_id(1).has_password("secret")


# -- login -------------------------------------------------------------------


@pytest.mark.parametrize("who", [{"email": "ann@example.com"}, {"username": "ann"}, {"email": "ann@example.com", "username": "nobody"}])
def test_a_user_signs_in_by_address_or_name(start: Start, who: dict[str, str]) -> None:
    site = start()
    site.sign_up("ann")
    token = site.call("POST", "/customers/login", json={**who, "password": "secret"}).json
    assert (len(token["id"]), token["id"].isalnum(), token["ttl"], token["userId"]) == (64, True, 1209600, 1)


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"password": "secret"}, 400, "USERNAME_EMAIL_REQUIRED"),
        ({"email": {"neq": ""}, "password": "secret"}, 400, "INVALID_EMAIL"),
        ({"username": ["ann"], "password": "secret"}, 400, "INVALID_USERNAME"),
        ({"username": "ann", "password": "wrong"}, 401, "LOGIN_FAILED"),
        ({"username": "ann", "password": {"regexp": ".*"}}, 401, "LOGIN_FAILED"),
        ({"username": "ann"}, 401, "LOGIN_FAILED"),
        ({"username": "nobody", "password": "secret"}, 401, "LOGIN_FAILED"),
    ],
)
def test_others_do_not(start: Start, sent: dict[str, Any], status: int, code: str) -> None:
    site = start()
    site.sign_up("ann")
    error = site.call("POST", "/customers/login", json=sent).json["error"]
    assert (error["statusCode"], error["code"]) == (status, code)


@pytest.mark.parametrize(("asked", "given"), [(90, 90), ("90", 90), (0, 1209600), (None, 1209600), (999999999, 31556926), (-1, -1)])
def test_a_token_lives_as_long_as_asked_for_within_limits(start: Start, asked: Any, given: int) -> None:
    site = start()
    site.sign_up("ann")
    assert site.call("POST", "/customers/login", json={**ANN, "ttl": asked}).json["ttl"] == given


@pytest.mark.parametrize("ttl", ["soon", {"a": 1}, [], True, -5, "NaN", 1e999])
def test_a_life_that_is_none_is_refused(start: Start, ttl: Any) -> None:
    site = start()
    site.sign_up("ann")
    assert site.status("POST", "/customers/login", json={**ANN, "ttl": ttl}) == 400


def test_the_user_comes_along_without_what_is_hidden_or_protected(start: Start) -> None:
    site = start(protected=["realm"])
    site.sign_up("ann", realm="acme")
    user = site.call("POST", "/customers/login?include=USER", json=ANN).json["user"]
    assert user == {"email": "ann@example.com", "username": "ann", "id": 1}


def test_an_address_in_other_letters_is_the_same_where_the_model_says_so(start: Start) -> None:
    site = start(case_sensitive_email=False)
    assert site.call("POST", "/customers", json={**ANN, "email": "Ann@Example.com"}).json["email"] == "ann@example.com"
    assert site.status("POST", "/customers/login", json={"email": "ANN@example.com", "password": "secret"}) == 200


def test_names_are_counted_within_realms(start: Start) -> None:
    site = start(realm_required=True, realm_delimiter=":")
    for realm in ("acme", "bolt"):
        assert site.status("POST", "/customers", json={**ANN, "realm": realm, "password": realm}) == 200
    assert site.status("POST", "/customers", json={**ANN, "realm": "acme"}) == 422
    assert site.status("POST", "/customers", json=ANN) == 422
    in_acme = {"username": "ann", "realm": "acme"}
    sent = [({"username": "bolt:ann"}, "bolt"), (in_acme, "acme"), (in_acme, "bolt")]
    assert [site.status("POST", "/customers/login", json={**who, "password": password}) for who, password in sent] == [200, 200, 401]


def test_who_must_be_verified_is_told_so_with_the_right_password_only(start: Start) -> None:
    site = start(email_verification_required=True)
    site.sign_up("ann")
    errors = [site.call("POST", "/customers/login", json={**ANN, "password": one}).json["error"] for one in ("wrong", "secret")]
    assert [one["code"] for one in errors] == ["LOGIN_FAILED", "LOGIN_FAILED_EMAIL_NOT_VERIFIED"]
    assert errors[1]["details"] == {"userId": 1}


def test_a_session_ends_once(start: Start) -> None:
    site = start()
    token = site.sign_in("ann")
    assert [site.status("POST", "/customers/logout", token) for _ in range(2)] == [204, 401]
    assert site.status("GET", "/customers/1", token) == 401


def test_a_token_may_be_kept_as_a_hash(start: Start) -> None:
    class AccessToken(models.AccessToken, hash_tokens=True):
        pass

    site = start(AccessToken)
    token, other = site.sign_in("ann"), site.sign_in("ann")
    assert token not in {one["id"] for one in AccessToken.find()}
    assert site.status("PATCH", "/customers/1", token, {"password": "new"}) == 200
    assert [site.status("GET", "/customers/1", one) for one in (token, other)] == [200, 401]
    assert [site.status("POST", "/customers/logout", token) for _ in range(2)] == [204, 401]


# -- throttling --------------------------------------------------------------


def fail(site: Any, times: int, **who: Any) -> list[int]:
    return [site.status("POST", "/customers/login", json={"password": "wrong", **(who or {"username": "ann"})}) for _ in range(times)]


def test_after_ten_failures_the_right_password_does_not_help(start: Start) -> None:
    site = start()
    site.sign_up("ann")
    assert fail(site, 10) == [401] * 10
    answer = site.call("POST", "/customers/login", json=ANN)
    assert (answer.status, 890 <= int(answer.headers["Retry-After"]) <= 901) == (429, True)


def test_one_account_by_any_of_its_names(start: Start) -> None:
    site = start(throttle={"failures": 2})
    site.sign_up("ann")
    assert fail(site, 1) + fail(site, 1, email="ann@example.com") + fail(site, 1) == [401, 401, 429]


def test_letters_and_padding_make_no_other_account(start: Start) -> None:
    site = start(throttle={"failures": 2})
    assert [*fail(site, 1, username="nobody"), *fail(site, 1, username=" NOBODY "), *fail(site, 1, username="Nobody")] == [401, 401, 429]


def test_another_account_or_address_is_counted_by_itself(start: Start) -> None:
    site = start(throttle={"failures": 1})
    site.sign_up("ann")
    assert fail(site, 1) + fail(site, 1, username="bob") == [401, 401]
    assert site.status("POST", "/customers/login", json=ANN, environ={"REMOTE_ADDR": "10.0.0.9"}) == 200


def test_a_header_alone_is_no_address(start: Start) -> None:
    site = start(throttle={"failures": 1})
    site.sign_up("ann")
    fail(site, 1)
    assert site.status("POST", "/customers/login", json=ANN, headers={"X-Forwarded-For": "10.0.0.9"}) == 429


def test_mistakes_in_the_request_do_not_count(start: Start) -> None:
    site = start(throttle={"failures": 1})
    site.sign_up("ann")
    assert [site.status("POST", "/customers/login", json=one) for one in ({}, {"username": 7}, ANN)] == [400, 400, 200]


def test_success_forgets_failures(start: Start) -> None:
    site = start(throttle={"failures": 2})
    site.sign_up("ann")
    assert [*fail(site, 1), site.status("POST", "/customers/login", json=ANN), *fail(site, 1)] == [401, 200, 401]


def test_it_can_be_turned_off(start: Start) -> None:
    site = start(throttle=False)
    site.sign_up("ann")
    assert fail(site, 12) == [401] * 12


def test_the_old_password_is_counted_as_well(start: Start) -> None:
    site = start(throttle={"failures": 2})
    token = site.sign_in("ann")
    sent = {"oldPassword": "wrong", "newPassword": "x"}
    assert [site.status("POST", "/customers/change-password", token, sent) for _ in range(3)] == [400, 400, 429]


def test_many_tries_at_once_are_looked_at_one_by_one(start: Start) -> None:
    site = start(throttle={"failures": 3})
    site.sign_up("ann")
    with ThreadPoolExecutor(12) as pool:
        found = Counter(pool.map(lambda _: fail(site, 1)[0], range(12)))
    assert found == {401: 3, 429: 9}


def test_many_right_ones_at_once_are_all_let_in(start: Start) -> None:
    site = start(throttle={"failures": 1})
    site.sign_up("ann")
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: site.status("POST", "/customers/login", json=ANN), range(8))) == {200}


def test_failures_are_forgotten_after_a_while() -> None:
    moment = [0.0]
    counted = Throttle(Books(lambda: moment[0]), failures=1, seconds=10).counting("key")
    assert counted is not None
    counted.fail()
    with pytest.raises(TooManyFailures):
        counted.check()
    moment[0] = 10.1
    counted.check()


# -- shared ------------------------------------------------------------------


def test_workers_share_failures_in_a_data_source(tmp_path: Path) -> None:
    with worker(tmp_path) as one, worker(tmp_path) as other:
        one.sign_up("ann")
        assert fail(one, 1) + fail(other, 2) == [401, 401, 429]
        assert one.status("POST", "/customers/login", json=ANN) == 429


def test_success_at_one_worker_forgets_the_failures_at_another(tmp_path: Path) -> None:
    with worker(tmp_path) as one, worker(tmp_path) as other:
        one.sign_up("ann")
        assert [*fail(one, 1), other.status("POST", "/customers/login", json=ANN), *fail(one, 2)] == [401, 200, 401, 401]


def test_the_store_tells_no_account_and_keeps_no_old_failures(start: Start) -> None:
    site = start(throttle={"dataSource": "db", "seconds": 10})
    fail(site, 1)
    failures = site.app.registry.model("CustomerLoginFailure")
    [row] = failures.find()
    assert "ann" not in row["key"]
    row.update_attributes({"moment": row["moment"] - 11})
    fail(site, 1, username="bob")
    assert failures.count() == 1


def test_shared_failures_are_forgotten_after_a_while(start: Start) -> None:
    moment = [0.0]
    books = SharedBooks(start(throttle={"dataSource": "db"}).app.registry.model("CustomerLoginFailure"), lambda: moment[0])
    counted = Throttle(books, failures=1, seconds=10).counting("key")
    assert counted is not None
    counted.fail()
    with pytest.raises(TooManyFailures):
        counted.check()
    moment[0] = 10.1
    counted.check()


def test_a_data_source_for_failures_that_is_not_there_is_refused(start: Start) -> None:
    with pytest.raises(OperatorError, match="no data source 'nosuch'"):
        start(throttle={"dataSource": "nosuch"})


@contextmanager
def worker(folder: Path) -> Iterator[Any]:
    with lbpy.App(root=folder) as app:
        users = customer(throttle={"failures": 2, "dataSource": "db"})
        app.model(users, data_source=app.data_source("db", connector="sqlite", file="shop.db", autoupdate=True))
        app.enable_auth(data_source="db")
        yield Site(app, users)
