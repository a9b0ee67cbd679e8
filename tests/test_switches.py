"""Each switch brings back what its row in docs/compatibility.md says, and nothing but it decides: the same requests, off and on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import lbpy
from lbpy.connectors.mail import MailConnector
from lbpy.connectors.mail.transports import Stub
from lbpy.contrib.models import AccessToken
from lbpy.testing import Client
from lbpy.types import SWITCHES

WITHOUT_EFFECT: Final = {"missingContainerEmpty", "updateAllAsCreate"}
"""Switches of components that are not there yet: file storage, change streams."""

DENY: Final = {"principalType": "ROLE", "principalId": "$everyone", "permission": "DENY"}
OWNER: Final = {"principalType": "ROLE", "principalId": "$owner", "permission": "ALLOW"}
USERS: Final = {"base": "User", "saltWorkFactor": 4}


def relation(kind: str, model: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "model": model, **more}


MODELS: Final[dict[str, dict[str, Any]]] = {
    "Thing": {"plural": "things", "properties": {"text": "string", "price": "number", "secret": "string"}, "hidden": ["secret"]},
    "Row": {"plural": "rows", "properties": {"text": "string"}},
    "Article": {"plural": "articles", "properties": {"text": "string", "old": "boolean"}, "scope": {"where": {"old": {"neq": True}}}},
    "Member": {"plural": "members", **USERS, "resetOptions": {"from": "shop@example.com", "text": "{token}"}},
    "Clerk": {"plural": "clerks", **USERS, "realmRequired": True, "realmDelimiter": ":"},
    "Shelf": {"plural": "shelves", "relations": {"notes": relation("hasMany", "Note", foreignKey="shelfId")}},
    "Note": {"plural": "notes", "acls": [DENY, OWNER], "properties": {"userId": "number"}},
    "Book": {"plural": "books", "properties": {"tagIds": ["number"]}, "relations": {
        "authors": relation("hasAndBelongsToMany", "Author"), "tags": relation("referencesMany", "Tag"),
    }},
    "Author": {"plural": "authors"},
    "Tag": {"plural": "tags"},
}  # fmt: skip


class Site:
    """A booted project with one switch, or none; `sent` are the mails that left."""

    def __init__(self, app: lbpy.App) -> None:
        self.app = app
        self._client = Client(app)

    def ask(self, method: str, path: str, data: Any = None, *, token: str = "", raw: bytes | None = None) -> Any:
        """(status, JSON or None) of one request."""
        headers = {"Authorization": token} if token else {}
        if raw is not None:
            got = self._client.request(method, f"/api{path}", body=raw, headers={**headers, "Content-Type": "application/json"})
        else:
            got = self._client.request(method, f"/api{path}", headers=headers, **({} if data is None else {"json": data}))
        return got.status, json.loads(got.body) if got.body else None

    def status(self, method: str, path: str, data: Any = None, *, token: str = "") -> int:
        return int(self.ask(method, path, data, token=token)[0])

    def make(self, path: str, **row: Any) -> Any:
        status, made = self.ask("POST", path, row)
        assert status == 200, made
        return made

    def sign_in(self, name: str = "ann") -> str:
        self.make("/members", email=f"{name}@example.com", password="secret")
        return str(self.make("/members/login", email=f"{name}@example.com", password="secret")["id"])

    def reset_token(self) -> str:
        assert self.status("POST", "/members/reset", {"email": "ann@example.com"}) == 204
        connector = self.app.registry.source("mail").connector
        assert isinstance(connector, MailConnector)
        stub = connector.transports["stub"]
        assert isinstance(stub, Stub)
        part = stub.sent[-1].get_body(("plain",))
        assert part is not None
        return str(part.get_content()).strip()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Boots the project with these switches."""
    opened: list[lbpy.App] = []

    def start(*switches: str) -> Site:
        built_in = {name: {"dataSource": "db", "public": False} for name in ("AccessToken", "ACL", "Role", "RoleMapping")}
        own = {name: {"dataSource": "sql" if name == "Row" else "db", "public": True} for name in MODELS}
        files = {
            "config": {"restApiRoot": "/api", "enableAuth": True, "compat": dict.fromkeys(switches, True)},
            "datasources": {
                "db": {"connector": "memory"}, "sql": {"connector": "sqlite", "file": ":memory:", "autoupdate": True},
                "mail": {"connector": "mail", "transports": [{"type": "stub"}]},
            },
            "model-config": {"_meta": {"sources": ["../models"]}, **built_in, **own, "Email": {"dataSource": "mail", "public": False}},
            "middleware": {"routes": {"loopback#rest": {"paths": ["/api"]}}},
            "component-config": {},
        }  # fmt: skip
        for folder in ("server", "models"):
            (tmp_path / folder).mkdir(exist_ok=True)
        for name, content in files.items():
            (tmp_path / f"server/{name}.json").write_text(json.dumps(content))
        for name, spec in MODELS.items():
            (tmp_path / f"models/{name.lower()}.json").write_text(json.dumps({"name": name, **spec}))
        opened.append(lbpy.boot(tmp_path))
        return Site(opened[-1])

    yield start
    for app in opened:
        app.close()


# -- what is asked, one function a switch ------------------------------------------------


def invalid_utf8(site: Site) -> Any:
    status, made = site.ask("POST", "/things", raw=b'{"text": "a\xff"}')
    return status, made.get("text")


def broken_regexp(site: Site) -> Any:
    return site.status("GET", "/things?filter[where][text][regexp]=(")


def confirming(site: Site) -> Any:
    site.make("/members", email="ann@example.com", password="secret", verificationToken="mine")
    return site.status("GET", "/members/confirm?uid=1&token=mine")


def verifying_oneself(site: Site) -> Any:
    token = site.sign_in()
    return site.ask("PATCH", "/members/1", {"emailVerified": True}, token=token)[1].get("emailVerified")


def redirecting(site: Site) -> Any:
    site.make("/members", email="ann@example.com", password="secret")
    token = site.app.registry.model("Member").find_by_id(1).verify().token  # type: ignore[attr-defined]  # a user model
    return site.status("GET", f"/members/confirm?uid=1&token={token}&redirect=https://evil.example/")


def bad_password(site: Site) -> Any:
    return site.status("PATCH", "/members/1", {"password": {"a": 1}, "username": "ann"}, token=site.sign_in())


def hidden_in_where(site: Site) -> Any:
    site.make("/things", secret="x")
    status, found = site.ask("GET", "/things?filter[where][secret]=guess")
    return status, len(found)


def two_operators(site: Site) -> Any:
    for price in (1, 5, 9):
        site.make("/things", price=price)
    return [one["price"] for one in site.ask("GET", "/things?filter[where][price][gt]=1&filter[where][price][lt]=9")[1]]


def linking(site: Site) -> Any:
    site.make("/books")
    return site.status("PUT", "/books/1/authors/rel/9")


def lossy(site: Site) -> Any:
    status, made = site.ask("POST", "/things", {"price": "dear"})
    return status, made.get("price")


def linking_a_reference(site: Site) -> Any:
    site.make("/books")
    return site.status("PUT", "/books/1/tags/rel/9")


def owning_by_query(site: Site) -> Any:
    token = site.sign_in()
    site.app.registry.model("Note").create({"userId": 1})  # type: ignore[attr-defined]  # a stored model
    return site.status("GET", "/notes?id=1", token=token)


def replacing_outside_the_scope(site: Site) -> Any:
    site.make("/articles", text="a", old=True)
    return site.status("PUT", "/articles/1", {"text": "b", "old": True})


def reading_through_a_relation(site: Site) -> Any:
    site.make("/shelves")
    return site.status("GET", "/shelves/1/notes"), site.status("GET", "/shelves?filter[include]=notes")


def resetting_nobody(site: Site) -> Any:
    return site.status("POST", "/members/reset", {"email": "nobody@example.com"})


def reading_by_reset_token(site: Site) -> Any:
    site.sign_in()
    return site.status("GET", "/members/1", token=site.reset_token())


def setting_twice(site: Site) -> Any:
    site.sign_in()
    token = site.reset_token()
    return [site.status("POST", "/members/reset-password", {"newPassword": one}, token=token) for one in ("first", "second")]


def without_realm(site: Site) -> Any:
    return site.status("POST", "/clerks", {"email": "ann@example.com", "password": "secret"})


def unknown_property(site: Site) -> Any:
    site.make("/rows", text="a")
    return len(site.ask("GET", "/rows?filter[where][other]=1")[1])


def unknown_operator(site: Site) -> Any:
    status, found = site.ask("GET", "/things?filter[where][text][is]=a")
    return status, found if status == 200 else None


def asking_for_anothers_mail(site: Site) -> Any:
    site.make("/members", email="ann@example.com", password="secret")
    return site.status("POST", "/members/1/verify")


CASES: Final[list[tuple[str, Callable[[Site], Any], Any, Any]]] = [
    ("acceptInvalidUtf8", invalid_utf8, (400, None), (200, "a\ufffd")),
    ("brokenRegexp", broken_regexp, 400, 200),
    ("clientSetsVerification", confirming, 400, 204),
    ("clientSetsVerification", verifying_oneself, None, True),
    ("confirmRedirectAnywhere", redirecting, 204, 302),
    ("dropBadPassword", bad_password, 422, 200),
    ("filterHidden", hidden_in_where, (400, 1), (200, 1)),
    ("firstOperatorOnly", two_operators, [5], [5, 9]),
    ("linkMissingTarget", linking, 404, 200),
    ("lossyCoercion", lossy, (422, None), (200, None)),
    ("nullForMissing", linking_a_reference, 404, 200),
    ("ownerByAnyId", owning_by_query, 401, 200),
    ("putIgnoresScope", replacing_outside_the_scope, 404, 200),
    ("relatedIgnoresAcl", reading_through_a_relation, (401, 401), (200, 200)),
    ("resetTellsUnknown", resetting_nobody, 204, 404),
    ("resetTokenIsSession", reading_by_reset_token, 401, 200),
    ("resetTokenReusable", setting_twice, [204, 401], [204, 204]),
    ("signUpWithoutRealm", without_realm, 422, 200),
    ("unknownInWhere", unknown_property, 0, 1),
    ("unknownOperator", unknown_operator, (400, None), (200, [])),
    ("verifyByAnyone", asking_for_anothers_mail, 401, 204),
]


@pytest.mark.parametrize(("switch", "ask", "off", "on"), CASES)
def test_a_switch_decides(site: Callable[..., Site], switch: str, ask: Callable[[Site], Any], off: Any, on: Any) -> None:
    assert (ask(site()), ask(site(switch))) == (off, on)


@pytest.mark.parametrize(("switch", "ask", "off", "on"), CASES)
def test_no_other_switch_does(site: Callable[..., Site], switch: str, ask: Callable[[Site], Any], off: Any, on: Any) -> None:
    assert ask(site(*(SWITCHES - {switch}))) == off


def test_every_switch_that_has_an_effect_is_tried() -> None:
    assert {switch for switch, *_ in CASES} == SWITCHES - WITHOUT_EFFECT


def test_the_page_lists_all_of_them() -> None:
    page = (Path(__file__).parent.parent / "docs" / "compatibility.md").read_text("utf-8")
    assert [one for one in sorted(SWITCHES) if f"`{one}`" not in page] == []


def test_tokens_are_no_matter_of_switches(site: Callable[..., Site]) -> None:
    first = site()
    token = first.sign_in()
    assert first.app[AccessToken].count() == 1
    assert first.status("GET", "/members/1", token=token) == 200
