"""Values that are kept for a short while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lbpy import PersistedModel, allow, deny
from lbpy.contrib.models import AccessToken, Role, RoleMapping
from lbpy.contrib.models.kept import Kept, Watched, seconds_of

Start = Callable[..., Any]


class Rows(Watched):
    pass


def kept(clock: list[float], seconds: float = 5) -> Callable[[], int]:
    read: list[int] = []
    found: Kept[int] = Kept(seconds, lambda: clock[0])

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
