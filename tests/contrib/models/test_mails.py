"""The mails that users get, and what happens where they cannot be sent."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from lbpy.connectors.mail import MailConnector
from lbpy.connectors.mail.transports import Stub
from lbpy.contrib.models import AccessToken
from lbpy.contrib.models.mailer import filled
from lbpy.errors import OperatorError, StoreError

Start = Callable[..., Any]
NOWHERE = {"type": "smtp", "host": "127.0.0.1", "port": 1}
RESET = {"from": "shop@example.com", "href": "https://shop.example/new?token={token}"}


def mails(site: Any) -> list[EmailMessage]:
    connector = site.app.registry.source("mail").connector
    assert isinstance(connector, MailConnector)
    stub = connector.transports["stub"]
    assert isinstance(stub, Stub)
    return list(stub.sent)


def body(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def ask(site: Any, email: str = "ann@example.com") -> int:
    return int(site.status("POST", "/customers/reset", json={"email": email}))


# -- a new password ------------------------------------------------------------


def test_the_token_for_a_new_password_is_mailed(start: Start) -> None:
    site = start(mail=True, reset_options=RESET)
    site.sign_up("ann")
    assert [ask(site), ask(site, "eve@example.com")] == [204, 204]
    [mail] = mails(site)
    link = next(word for word in body(mail).split() if word.startswith("https://shop.example/new?token="))
    token = link.partition("=")[2]
    assert site.status("POST", "/customers/reset-password", token, {"newPassword": "better"}) == 204
    assert (mail["To"], mail["From"], mail["Subject"]) == ("ann@example.com", "shop@example.com", "Your new password")


def test_without_these_options_it_is_left_to_observers(start: Start) -> None:
    site = start(mail=True)
    site.sign_up("ann")
    assert (ask(site), mails(site)) == (204, [])


@pytest.mark.parametrize(("compat", "statuses"), [((), [204, 204]), (("resetTellsUnknown",), [503, 404])])
def test_an_outage_does_not_tell_who_is_known(
    start: Start, caplog: pytest.LogCaptureFixture, compat: tuple[str, ...], statuses: list[int]
) -> None:
    site = start(mail=NOWHERE, reset_options=RESET, compat=compat)
    site.sign_up("ann")
    assert [ask(site), ask(site, "eve@example.com")] == statuses
    assert site.app[AccessToken].count() == 0
    assert "did not take a mail" in caplog.text


def test_code_is_told(start: Start) -> None:
    site = start(mail=NOWHERE, reset_options=RESET)
    site.sign_up("ann")
    with pytest.raises(StoreError):
        site.users.reset_password({"email": "ann@example.com"})


# -- an address ------------------------------------------------------------------


def test_an_outage_leaves_the_user_as_before(start: Start) -> None:
    site = start(mail=NOWHERE)
    token = site.sign_in("ann")
    error = site.call("POST", "/customers/1/verify", token).json["error"]
    assert (error["statusCode"], site.users.find_by_id(1)["verificationToken"]) == (503, None)
    site.users.find_by_id(1).update_attributes({"verificationToken": "open"})
    assert site.status("POST", "/customers/1/verify", token) == 503
    assert site.users.find_by_id(1)["verificationToken"] == "open"


@pytest.mark.parametrize("who", ["owner", "stranger"])
def test_without_a_model_of_mails_it_is_not_available(start: Start, who: str) -> None:
    site = start()
    token = site.sign_in("ann")
    error = site.call("POST", "/customers/1/verify", token if who == "owner" else "").json["error"]
    assert (error["statusCode"], error["code"]) == ((501, "MAIL_MISSING") if who == "owner" else (401, "AUTHORIZATION_REQUIRED"))
    assert site.users.find_by_id(1).to_dict().get("verificationToken") is None


# -- templates -------------------------------------------------------------------


def test_a_file_is_the_page(start: Start, tmp_path: Path) -> None:
    (tmp_path / "verify.ejs").write_text("<style>a {color: red}</style><a href='<%= verifyHref %>'>{email}</a> <%- text %>", "utf-8")
    site = start(mail=True, root=tmp_path, verify_options={"template": "verify.ejs", "from": "a@example.com", "text": "x {username}"})
    token = site.sign_up("ann").verify().token
    page = body(mails(site)[0], "html")
    assert "a {color: red}" in page
    assert f"token={token}'>ann@example.com</a> x ann" in page


def test_values_are_escaped_in_pages_only() -> None:
    told = {"name": "<b>"}
    assert [filled("{name} {other}", told, is_page=page) for page in (True, False)] == ["&lt;b&gt; {other}", "<b> {other}"]


@pytest.mark.parametrize("template", ["<% if (a) { %>", "<%= other %>", "<%= name.first %>"])
def test_code_in_a_template_is_a_mistake_of_its_author(template: str) -> None:
    with pytest.raises(OperatorError, match="may name name"):
        filled(template, {"name": "x"})


def test_so_is_a_file_that_is_not_there(start: Start, tmp_path: Path) -> None:
    site = start(mail=True, root=tmp_path, verify_options={"template": "gone.ejs"})
    user = site.sign_up("ann")
    with pytest.raises(OperatorError, match=r"gone\.ejs"):
        user.verify()
    assert site.users.find_by_id(1).to_dict().get("verificationToken") is None
