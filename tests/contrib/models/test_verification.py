"""Proving that an address belongs to a user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lbpy.connectors.mail import MailConnector
from lbpy.connectors.mail.transports import Stub
from lbpy.contrib.models import Email
from lbpy.errors import OperatorError

Start = Callable[..., Any]


def sent(site: Any) -> list[Any]:
    connector = site.app.registry.source("mail").connector
    assert isinstance(connector, MailConnector)
    stub = connector.transports["stub"]
    assert isinstance(stub, Stub)
    return list(stub.sent)


def link(site: Any) -> Any:
    text = sent(site)[-1].get_body(("plain",)).get_content()
    return urlsplit(next(word for word in text.split() if word.startswith("http")))


def confirm(site: Any, token: str, uid: Any = 1, **query: str) -> Any:
    return site.call("GET", "/customers/confirm", params={"uid": str(uid), "token": token, **query})


def test_the_mail_holds_a_link_that_proves_the_address(start: Start) -> None:
    site = start(mail=True, email_verification_required=True)
    user = site.sign_up("ann")
    asked = user.verify(redirect="/welcome")
    target = link(site)
    query = {name: values[0] for name, values in parse_qs(target.query).items()}
    assert (target.scheme, target.netloc, target.path) == ("http", "localhost:3000", "/api/customers/confirm")
    assert query == {"uid": "1", "redirect": "/welcome", "token": asked.token}
    assert (len(asked.token), sent(site)[-1]["To"]) == (128, "ann@example.com")
    answer = confirm(site, asked.token, redirect="/welcome")
    assert (answer.status, answer.headers["Location"]) == (302, "/welcome")
    assert site.status("POST", "/customers/login", json={"username": "ann", "password": "secret"}) == 200


@pytest.mark.parametrize(("options", "start_of_link"), [
    ({"protocol": "https", "host": "shop.example", "port": 443}, "https://shop.example/api/customers/confirm?"),
    ({"protocol": "https", "host": "shop.example", "port": 80}, "https://shop.example:80/api/customers/confirm?"),
    ({"verifyHref": "https://app.example/v?x=1"}, "https://app.example/v?x=1&uid=1"),
])  # fmt: skip
def test_the_link_leads_where_the_options_say(start: Start, options: dict[str, Any], start_of_link: str) -> None:
    site = start(mail=True)
    site.sign_up("ann").verify(**options)
    assert link(site).geturl().startswith(start_of_link)


def test_a_template_writes_the_page(start: Start) -> None:
    site = start(mail=True)
    site.sign_up("ann").verify(template=lambda values: f"<a href='{values['href']}'>{values['email']}</a>")
    assert "ann@example.com</a>" in sent(site)[-1].get_body(("html",)).get_content()


def test_it_works_once(start: Start) -> None:
    site = start(mail=True)
    token = site.sign_up("ann").verify().token
    assert [confirm(site, token).status for _ in range(2)] == [204, 400]


@pytest.mark.parametrize(
    ("uid", "token", "status", "code"), [(1, "wrong", 400, "INVALID_TOKEN"), (9, "x", 404, "USER_NOT_FOUND"), (1, "", 400, None)]
)
def test_other_links_do_not(start: Start, uid: int, token: str, status: int, code: str | None) -> None:
    site = start(mail=True)
    site.sign_up("ann")
    error = confirm(site, token, uid).json["error"]
    assert (error["statusCode"], error.get("code")) == (status, code)


@pytest.mark.parametrize(
    ("redirect", "leads"),
    [
        ("/welcome", True),
        ("https://shop.example/x", True),
        ("https://shop.example.evil.example/", False),
        ("https://evil.example/", False),
        ("//evil.example/", False),
        ("/\\evil.example", False),
        ("javascript:alert(1)", False),
    ],
)
def test_it_leads_to_this_site_or_a_listed_one(start: Start, redirect: str, leads: bool) -> None:
    site = start(mail=True, confirm_redirects=["https://shop.example"])
    answer = confirm(site, site.sign_up("ann").verify().token, redirect=redirect)
    assert (answer.status, answer.headers.get("Location")) == ((302, redirect) if leads else (204, None))


def test_a_link_with_letters_beyond_ascii_leads_to_an_escaped_address(start: Start) -> None:
    site = start(mail=True)
    answer = confirm(site, site.sign_up("ann").verify().token, redirect="/caf\u00e9/\u20ac?a=%20&b=1#c")
    assert (answer.status, answer.headers["Location"]) == (302, "/caf%C3%A9/%E2%82%AC?a=%20&b=1#c")


def test_no_redirect_begins_another_header(start: Start) -> None:
    site = start(compat=("confirmRedirectAnywhere",), mail=True)
    answer = confirm(site, site.sign_up("ann").verify().token, redirect="/a\r\nSet-Cookie: b=c")
    assert (answer.status, answer.headers["Location"]) == (302, "/a%0D%0ASet-Cookie:%20b=c")
    assert "Set-Cookie" not in answer.headers


def test_or_anywhere_where_that_is_asked_for(start: Start) -> None:
    site = start(mail=True, compat=("confirmRedirectAnywhere",))
    assert confirm(site, site.sign_up("ann").verify().token, redirect="https://evil.example/").status == 302


@pytest.mark.parametrize(("switches", "expected"), [((), [204, 401, 401, 401]), (("verifyByAnyone",), [204, 204, 204, 404])])
def test_the_owner_asks_for_the_mail(start: Start, switches: tuple[str, ...], expected: list[int]) -> None:
    site = start(mail=True, compat=switches)
    ann, bob = site.sign_in("ann"), site.sign_in("bob")
    asked = [("1", ann), ("1", bob), ("1", ""), ("99", "")]
    assert [site.status("POST", f"/customers/{id}/verify", token) for id, token in asked] == expected


def test_a_new_address_ends_an_open_verification(start: Start) -> None:
    site = start(mail=True, email_verification_required=True)
    user = site.sign_up("ann", emailVerified=True)
    token = user.verify().token
    user.update_attributes(email="other@example.com")
    assert (confirm(site, token).status, site.users.find_by_id(1)["emailVerified"]) == (400, False)


def test_it_needs_a_model_of_mails(start: Start) -> None:
    with pytest.raises(OperatorError, match="Email"):
        start().sign_up("ann").verify()


def test_a_mail_is_sent_by_its_model(start: Start) -> None:
    site = start(mail=True)
    answer = site.app[Email].send({"to": "ann@example.com", "from": "shop@example.com", "subject": "Hi", "text": "there"})
    assert (answer["envelope"], len(sent(site))) == ({"from": "shop@example.com", "to": ["ann@example.com"]}, 1)
