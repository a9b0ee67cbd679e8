"""Values that are kept for a short while."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import lbpy
from lbpy import PersistedModel, allow, deny
from lbpy.contrib.models import AccessToken, Role, RoleMapping
from lbpy.contrib.models.cache import Cache, Tracked, seconds_of
from lbpy.errors import BadRequest

from ..conftest import Site, customer

Start = Callable[..., Any]


class Rows(Tracked):
    pass


def kept(clock: list[float], seconds: float = 5) -> Callable[[], int]:
    read: list[int] = []
    found: Cache[int] = Cache(seconds, lambda: clock[0])

    def get() -> int:
        return found.get("key", (Rows,), lambda: read.append(1) or len(read))  # type: ignore[func-returns-value]  # append gives None

    return get


def test_a_value_is_read_once_within_its_time() -> None:
    clock = [0.0]
    get = kept(clock)
    found = [get(), get()]
    clock[0] = 5.0
    assert [*found, get()] == [1, 1, 2]


def test_a_change_here_counts_at_once() -> None:
    get = kept([0.0])
    get()
    Rows.edition__ = object()
    assert get() == 2


def test_zero_seconds_keep_nothing() -> None:
    get = kept([0.0], seconds=0)
    assert [get(), get()] == [1, 2]


def test_the_time_is_said_in_the_configuration() -> None:
    assert [seconds_of({"authCache": one}) for one in (0, 2.5, -1, True, "x")] == [0, 2.5, 5, 5, 5]


def test_a_token_is_read_once_and_forgotten_at_logout(start: Start) -> None:
    site = start()
    token = site.sign_in("ann")
    reads: list[Any] = []
    site.app[AccessToken].observe("access", reads.append)
    assert [site.status("GET", "/customers/1", token) for _ in range(3)] == [200, 200, 200]
    assert len(reads) == 1
    site.call("POST", "/customers/logout", token)
    assert site.status("GET", "/customers/1", token) == 401


def test_a_token_deleted_in_a_transaction_ends_with_it(tmp_path: Path) -> None:
    with lbpy.App(root=tmp_path) as app:
        users, db = customer(), app.data_source("db", connector="sqlite", file="shop.db", autoupdate=True)
        app.model(users, data_source=db)
        app.enable_auth(data_source=db)
        site = Site(app, users)
        token = site.sign_in("ann")
        with db.transaction():
            app[AccessToken].destroy_all({"userId": 1})
            with ThreadPoolExecutor(1) as elsewhere:
                before = elsewhere.submit(site.status, "GET", "/customers/1", token).result()
        assert (before, site.status("GET", "/customers/1", token)) == (200, 401)


def test_a_role_that_is_taken_back_with_its_transaction_was_never_kept(tmp_path: Path) -> None:
    class Book(PersistedModel, plural="books", acls=[deny("$everyone"), allow("admin")]):
        pass

    with lbpy.App(root=tmp_path) as app:
        users, db = customer(), app.data_source("db", connector="sqlite", file="shop.db", autoupdate=True)
        app.attach_all([(users, db), (Book, db)])
        app.enable_auth(data_source=db)
        for one in (users, Book):
            app.serve(one, everything=True)
        site = Site(app, users)
        token, role = site.sign_in("ann"), app[Role].create(name="admin")
        with suppress(BadRequest), db.transaction():
            app[RoleMapping].create({"principalType": "USER", "principalId": "1", "roleId": role["id"]})
            assert site.status("GET", "/books", token) == 200
            raise BadRequest("undone")
        assert site.status("GET", "/books", token) == 401


def test_roles_are_read_once_and_a_new_mapping_counts_at_once(start: Start) -> None:
    class Book(PersistedModel, plural="books", acls=[deny("$everyone"), allow("admin")]):
        pass

    site = start(Book)
    token, reads = site.sign_in("ann"), list[Any]()
    site.app[RoleMapping].observe("access", reads.append)
    assert [site.status("GET", "/books", token) for _ in range(3)] == [401, 401, 401]
    assert len(reads) == 1
    role = site.app[Role].create(name="admin")
    mapping = site.app[RoleMapping].create({"principalType": "USER", "principalId": "1", "roleId": role["id"]})
    assert site.status("GET", "/books", token) == 200
    mapping.destroy()
    assert site.status("GET", "/books", token) == 401


# -- what a request costs --------------------------------------------------------

LOOKED_AT = (AccessToken, Role, RoleMapping)


@pytest.fixture
def costs(start: Start) -> Callable[..., Any]:
    """Starts a site whose Book is for admins; `queries()` counts look-ups of tokens, roles, mappings and users since the last time."""

    def made(seconds: float) -> Any:
        class Book(PersistedModel, plural="books", acls=[deny("$everyone"), allow("admin"), allow("$owner")]):
            pass

        site = start(Book)
        site.app.settings["authCache"] = seconds
        site.ann = site.sign_in("ann")
        role = site.app[Role].create(name="admin")
        site.app[RoleMapping].create({"principalType": "USER", "principalId": "1", "roleId": role["id"]})
        counted: Counter[str] = Counter()
        for model in (*(site.app[one] for one in LOOKED_AT), site.users):
            model.observe("access", lambda ctx: counted.update([ctx.model.__name__]))

        def queries() -> dict[str, int]:
            found = dict(counted)
            counted.clear()
            return found

        site.queries = queries
        return site

    return made


@pytest.mark.parametrize(("seconds", "second"), [(0, 1), (600, 0)])
def test_token_and_roles_cost_one_query_each_at_most(costs: Callable[..., Any], seconds: float, second: int) -> None:
    site = costs(seconds)
    names = ("AccessToken", "Role", "RoleMapping")
    for wanted in (1, second):
        assert site.status("GET", "/books", site.ann) == 200
        assert site.queries() == (dict.fromkeys(names, 1) if wanted else {})


def test_a_stranger_costs_none(costs: Callable[..., Any]) -> None:
    site = costs(0)
    assert (site.status("GET", "/books"), site.queries()) == (401, {})


def test_a_new_password_ends_other_sessions_at_once(costs: Callable[..., Any]) -> None:
    site = costs(600)
    other = site.sign_in("ann")
    assert site.status("GET", "/customers/1", other) == 200
    assert site.status("POST", "/customers/change-password", site.ann, {"oldPassword": "secret", "newPassword": "better"}) == 204
    assert [site.status("GET", "/customers/1", one) for one in (other, site.ann)] == [401, 200]


def test_another_name_of_a_role_counts_at_once(costs: Callable[..., Any]) -> None:
    site = costs(600)
    assert site.status("GET", "/books", site.ann) == 200
    site.app[Role].update_all({"name": "admin"}, {"name": "former"})
    assert site.status("GET", "/books", site.ann) == 401
