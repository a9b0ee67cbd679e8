"""Requests from a user take the way of real ones: access rules, hooks and `lbpy.current` see who calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import lbpy
from lbpy import PersistedModel, Principal, RemoteContext, allow, belongs_to, current, deny, remote_method
from lbpy.contrib.models import AccessToken, Role, RoleMapping, User
from lbpy.errors import OperatorError, UnboundError
from lbpy.testing import Client


class Customer(User, salt_work_factor=4):
    """Somebody who may call."""


class Clerk(User, salt_work_factor=4, relations={
    "accessTokens": {"type": "hasMany", "model": "AccessToken", "polymorphic": {"foreignKey": "userId", "discriminator": "principalType"}}
}):  # fmt: skip
    """Somebody of another kind, whose tokens say so."""


RULES = [deny("$everyone"), allow("$authenticated", method="who"), allow("$owner"), allow("boss", method="count")]


class Note(PersistedModel, acls=RULES):
    """What belongs to somebody."""

    text: str
    customer = belongs_to(lambda: Customer)

    @remote_method(verb="get")
    @staticmethod
    def who() -> dict[str, Any]:
        found, token = current.principal, current.options["accessToken"].to_dict()
        return {"type": found.type, "id": found.id, "roles": sorted(found.roles), "token": token.get("userId")}


class Plain(PersistedModel):
    """A user of an application that has no users of LoopBack's."""

    @remote_method(verb="get")
    @staticmethod
    def who() -> list[Any]:
        return [current.principal.type, current.principal.id, current.options["accessToken"]]


Start = Callable[..., Client]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts an application with access control and some models, closed when the test ends."""
    clients: list[Client] = []

    def make(*models: type[PersistedModel]) -> Client:
        app = lbpy.App()
        db = app.data_source("db", url="memory://")
        clients.append(lbpy.testing.client(app))
        app.attach_all([(one, db) for one in models])
        app.enable_auth(data_source=db)
        for one in models:
            app.serve(one, everything=True)
        return clients[-1]

    yield make
    for one in clients:
        with one:
            pass


@pytest.fixture
def client(start: Start) -> Client:
    return start(Customer, Note)


def customer(name: str) -> Customer:
    return Customer.create(email=f"{name}@example.com", password="secret")


def test_nobody_known_is_refused(client: Client) -> None:
    ann = customer("ann")
    assert client.get("/api/Notes/who").expect(401).error["code"] == "AUTHORIZATION_REQUIRED"
    assert client.as_user(ann).as_user(None).get("/api/Notes/who").status == 401


def test_a_user_is_known_to_rules_and_code_and_has_a_token(client: Client) -> None:
    ann = customer("ann")
    assert client.as_user(ann).get("/api/Notes/who").expect(200).json == {"type": "USER", "id": ann.id, "roles": [], "token": ann.id}
    app: Any = client.app
    assert app[AccessToken].count() == 0


def test_owners_reach_what_is_theirs(client: Client) -> None:
    ann, bob = customer("ann"), customer("bob")
    path = f"/api/Notes/{Note.create(text='mine', customerId=ann.id).id}"
    assert [client.as_user(one).patch(path, json={"text": "new"}).status for one in (ann, bob, None)] == [200, 401, 401]
    assert client.as_user(ann).get(f"/api/Customers/{ann.id}").expect(200).json["email"] == "ann@example.com"


def test_stored_roles_count(client: Client) -> None:
    ann, bob = customer("ann"), customer("bob")
    app: Any = client.app
    boss = app[Role].create(name="boss")
    app[RoleMapping].create({"principalType": "USER", "principalId": str(ann.id), "roleId": boss.id})
    assert [client.as_user(one).get("/api/Notes/count").status for one in (ann, bob)] == [200, 401]


def test_a_principal_brings_its_roles_along(client: Client) -> None:
    calls = client.as_user(Principal("USER", 7, frozenset({"boss"})))
    assert calls.get("/api/Notes/count").status == 200
    assert calls.get("/api/Notes/who").json == {"type": "USER", "id": 7, "roles": ["boss"], "token": 7}
    assert client.as_user(Principal("USER", 7)).get("/api/Notes/count").status == 401


def test_built_in_roles_cannot_be_told(client: Client) -> None:
    note = Note.create(text="mine", customerId=1)
    assert client.as_user(Principal("USER", 2, frozenset({"$owner"}))).get(f"/api/Notes/{note.id}").status == 401


def test_an_application_may_call_as_well(client: Client) -> None:
    answer = client.as_user(Principal("APP", "a1")).get("/api/Notes/who").expect(200).json
    assert (answer["type"], answer["id"], answer["token"]) == ("APP", "a1", None)


def test_hooks_see_the_token(client: Client) -> None:
    ann, seen = customer("ann"), []
    app: Any = client.app

    def note_caller(ctx: RemoteContext) -> None:
        seen.append(ctx.options["accessToken"]["userId"])

    app.before_remote("Note.who", note_caller)
    client.as_user(ann).get("/api/Notes/who").expect(200)
    assert seen == [ann.id]


def test_with_several_models_of_users_a_principal_has_the_name_of_its_own(start: Start) -> None:
    client = start(Clerk, Note, Customer)
    clerk = Clerk.create(email="c@example.com", password="secret")
    assert client.as_user(clerk).get("/api/Notes/who").json["type"] == "Clerk"
    assert client.as_user(clerk).get(f"/api/Clerks/{clerk.id}").status == 200
    assert client.as_user(customer("ann")).get(f"/api/Clerks/{clerk.id}").status == 401


def test_sessions_themselves_are_tested_by_logging_in(client: Client) -> None:
    customer("ann")
    token = client.post("/api/Customers/login", json={"email": "ann@example.com", "password": "secret"}).expect(200).json["id"]
    ann = client.with_headers({"Authorization": token})
    ann.post("/api/Customers/logout").expect(204)
    assert ann.get("/api/Notes/who").status == 401


@pytest.mark.parametrize("with_rules", [False, True])
def test_where_there_are_no_tokens_code_sees_the_principal_alone(with_rules: bool) -> None:
    app = lbpy.App()
    app.model(Plain, data_source=app.data_source("db", url="memory://"))
    if with_rules:
        app.enable_auth()
    with lbpy.testing.client(app) as client:
        assert client.as_user(Plain.create()).get("/api/Plains/who").json == ["Plain", 1, None]
        assert client.as_user(Principal("USER", "x")).get("/api/Plains/who").json == ["USER", "x", None]
        assert client.get("/api/Plains/who").status == 401


def test_who_has_no_id_or_no_application_cannot_call(client: Client) -> None:
    with pytest.raises(OperatorError, match="Customer has no id"):
        client.as_user(Customer(email="a@example.com", password="secret"))
    with pytest.raises(UnboundError, match="Plain"):
        client.as_user(Plain())
