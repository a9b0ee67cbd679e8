"""Small applications with users, tokens and access control, served without a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import lbpy
from lbpy.contrib.models import User
from lbpy.testing import Answer, Client

Start = Callable[..., "Site"]


class Site:
    """An application and a client of it; `users` is its user model."""

    def __init__(self, app: lbpy.App, users: type[User]) -> None:
        self.app = app
        self.users = users
        self.client = Client(app)

    def call(self, verb: str, path: str, token: str = "", json: Any = None, **more: Any) -> Answer:
        headers = {"Authorization": token} if token else {}
        return self.client.request(verb, f"/api{path}", json=json, headers={**headers, **more.pop("headers", {})}, **more)

    def status(self, verb: str, path: str, token: str = "", json: Any = None, **more: Any) -> int:
        return self.call(verb, path, token, json, **more).status

    def sign_up(self, name: str, password: str = "secret", **more: Any) -> Any:
        return self.users.create({"email": f"{name}@example.com", "username": name, "password": password, **more})

    def sign_in(self, name: str, password: str = "secret", **more: Any) -> str:
        if not self.users.count({"username": name}):
            self.sign_up(name, password)
        return str(self.call("POST", "/customers/login", json={"username": name, "password": password, **more}).json["id"])


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts an application: models beside the users, settings of the users, switches, mails (true for kept ones, or a transport)."""
    opened: list[lbpy.App] = []

    def make(*models: type[lbpy.PersistedModel], compat: tuple[str, ...] = (), mail: Any = False, **settings: Any) -> Site:
        switches = lbpy.types.Settings(compat=frozenset(compat))
        app = lbpy.App(root=settings.pop("root", None), configuration=lbpy.Configuration(settings=switches))
        opened.append(app)
        users = customer(**settings)
        db = app.data_source("db", connector="memory")
        app.attach_all([(users, db), *((one, db) for one in models)])
        app.enable_auth(data_source=db)
        for one in (users, *models):
            app.serve(one, everything=True)
        if mail:
            bring_mail(app, {"type": "stub"} if mail is True else mail)
        return Site(app, users)

    yield make
    for app in opened:
        app.close()


def customer(**settings: Any) -> type[User]:
    class Customer(User, plural="customers", **{"salt_work_factor": 4, **settings}):
        pass

    return Customer


def bring_mail(app: lbpy.App, transport: dict[str, Any]) -> None:
    class Email(lbpy.contrib.models.Email):
        pass

    app.data_source("mail", connector="mail", transports=[transport])
    app.attach(Email, "mail")
