"""Mails over SMTP, to a real server, or kept."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any, cast

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from lbpy.connectors.mail import MailConnector, connect
from lbpy.connectors.mail.connector import Outbox
from lbpy.data.contract import SourcePlace
from lbpy.errors import BadRequest, OperatorError, StoreError
from lbpy.model.definition import ModelDefinition

MAIL = {"to": ["ann@example.com", "Bob <bob@example.com>"], "from": "Shop <shop@example.com>", "subject": "Grüße", "text": "hallo"}


class Mailbox:
    """What a server took; it refuses addresses that begin with "no"."""

    def __init__(self, port: int) -> None:
        self.mails: list[Message] = []
        self.receivers: list[str] = []
        self.encrypted: list[bool] = []
        self.port = port

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802  -- its name
        if address.startswith("no"):
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert envelope.content is not None
        self.mails.append(message_from_bytes(cast("bytes", envelope.content)))
        self.receivers.extend(envelope.rcpt_tos)
        transport = server.transport
        assert transport is not None
        self.encrypted.append(transport.get_extra_info("sslcontext") is not None)
        return "250 fine"


def knows(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=isinstance(data, LoginPassword) and (data.login, data.password) == (b"shop", b"secret"), handled=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """The certificate of a server at localhost, and the file of whoever signed it."""
    made, file = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert("localhost").configure_cert(context)
    return context, file


@pytest.fixture
def serve(free_port: int) -> Iterator[Callable[..., Mailbox]]:
    """Starts a mail server on a free port of this machine."""
    running: list[Controller] = []

    def started(**options: Any) -> Mailbox:
        box = Mailbox(free_port)
        one = Controller(box, hostname="localhost", port=free_port, ready_timeout=30, **options)
        running.append(one)
        one.start()
        return box

    yield started
    for one in running:
        one.stop()


def outbox(*transports: dict[str, Any]) -> Outbox:
    return connect({"transports": list(transports)}, SourcePlace("mail", ".")).collection(ModelDefinition("Email"))


def smtp(box: Mailbox, **more: Any) -> dict[str, Any]:
    return {"type": "SMTP", "host": "localhost", "port": box.port, **more}


def test_a_mail_reaches_the_server(serve: Callable[..., Mailbox]) -> None:
    box = serve()
    answer = outbox(smtp(box)).create({**MAIL, "bcc": "eve@example.com", "html": "<p>hallo</p>"})
    [mail] = box.mails
    assert (mail["To"], mail["Bcc"], mail.get_content_type()) == ("ann@example.com, Bob <bob@example.com>", None, "multipart/alternative")
    assert answer["envelope"]["to"] == box.receivers == ["ann@example.com", "bob@example.com", "eve@example.com"]
    assert answer["messageId"] == mail["Message-ID"]


def test_attachments_reach_it(serve: Callable[..., Mailbox]) -> None:
    box = serve()
    attached = [{"filename": "a.bin", "content": base64.b64encode(bytes(range(256))).decode(), "encoding": "base64"}]
    outbox(smtp(box)).create({**MAIL, "attachments": attached})
    [_, part] = cast("list[Message]", box.mails[0].get_payload())
    assert (part.get_filename(), part.get_payload(decode=True)) == ("a.bin", bytes(range(256)))


@pytest.mark.parametrize(("to", "refused"), [("no@example.com", "did not take"), (["ann@example.com", "no@example.com"], "")])
def test_a_server_that_takes_none_is_an_error_of_the_store(serve: Callable[..., Mailbox], to: Any, refused: str) -> None:
    out = outbox(smtp(serve()))
    if not refused:
        assert out.create({**MAIL, "to": to})["response"] == "refused: no@example.com"
        return
    with pytest.raises(StoreError, match=refused):
        out.create({**MAIL, "to": to})


def test_so_is_one_that_is_not_there() -> None:
    with pytest.raises(StoreError):
        outbox({"type": "smtp", "host": "127.0.0.1", "port": 1}).create(MAIL)


# -- TLS, credentials --------------------------------------------------------

AUTH = {"user": "shop", "pass": "secret"}


@pytest.mark.parametrize("secure", [False, True], ids=["starttls", "from-the-start"])
@pytest.mark.parametrize("tls", [{"caFile": True}, {"rejectUnauthorized": False}], ids=["verified", "unverified"])
def test_it_goes_encrypted(
    serve: Callable[..., Mailbox], authority: tuple[ssl.SSLContext, Path], secure: bool, tls: dict[str, Any]
) -> None:
    context, file = authority
    box = serve(**({"ssl_context": context} if secure else {"tls_context": context, "require_starttls": True}))
    told = {name: str(file) if value is True else value for name, value in tls.items()}
    outbox(smtp(box, secure=secure, tls=told)).create(MAIL)
    assert box.encrypted == [True]


def test_a_certificate_that_nobody_trusts_is_refused(serve: Callable[..., Mailbox], authority: tuple[ssl.SSLContext, Path]) -> None:
    box = serve(tls_context=authority[0])
    with pytest.raises(StoreError, match="SSLCertVerificationError"):
        outbox(smtp(box)).create(MAIL)
    outbox(smtp(box, ignoreTLS=True)).create(MAIL)
    assert box.encrypted == [False]


def test_where_tls_is_required_nothing_goes_without(serve: Callable[..., Mailbox]) -> None:
    box = serve()
    with pytest.raises(StoreError):
        outbox(smtp(box, requireTLS=True)).create(MAIL)
    assert box.mails == []


@pytest.mark.parametrize(("auth", "taken"), [(AUTH, True), ({**AUTH, "pass": "wrong"}, False), ({}, False)])
def test_the_server_asks_who_sends(
    serve: Callable[..., Mailbox], authority: tuple[ssl.SSLContext, Path], auth: dict[str, str], taken: bool
) -> None:
    context, file = authority
    box = serve(tls_context=context, auth_required=True, authenticator=knows)
    out = outbox(smtp(box, auth=auth, tls={"caFile": str(file)}))
    if taken:
        out.create(MAIL)
    else:
        with pytest.raises(StoreError) as refused:
            out.create(MAIL)
        assert "wrong" not in str(refused.value)
    assert len(box.mails) == int(taken)


@pytest.mark.parametrize("port", ["x", 0, 70000, -1, 2.5])
def test_a_port_that_is_none_is_told_at_once(port: Any) -> None:
    with pytest.raises(OperatorError, match="port"):
        outbox({"type": "smtp", "port": port})


# -- kept ----------------------------------------------------------------------


def test_a_stub_keeps_the_mail_and_answers_its_text() -> None:
    answer = outbox({"type": "STUB"}).create(MAIL)
    assert "shop@example.com" in answer["response"]


def test_the_transport_may_be_named() -> None:
    connector = MailConnector({"transports": [{"type": "stub", "alias": "One"}, {"alias": "two"}]})
    connector.collection(ModelDefinition("Email")).create({**MAIL, "transport": "TWO"})
    assert [len(one.sent) for one in connector.transports.values()] == [0, 1]  # type: ignore[attr-defined]  # both are stubs
    with pytest.raises(BadRequest, match="three"):
        connector.collection(ModelDefinition("Email")).create({**MAIL, "transport": "three"})


def test_without_a_transport_nothing_is_sent_and_that_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert outbox().create(dict(MAIL)) == MAIL
    assert "not sent" in caplog.text


def test_attachments_are_brought_along() -> None:
    attached = [{"filename": "a.txt", "content": "aGk=", "encoding": "base64", "contentType": "text/plain"}]
    assert "a.txt" in outbox({"type": "stub"}).create({**MAIL, "attachments": attached})["response"]


@pytest.mark.parametrize("change", [{"subject": "a\nBcc: all@example.com"}, {"headers": {"X-A": "b\r\nc"}}, {"attachments": ["x"]}])
def test_nothing_slips_into_the_headers(change: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        outbox({"type": "stub"}).create({**MAIL, **change})


def test_an_unknown_transport_is_told_at_once() -> None:
    with pytest.raises(OperatorError, match="pigeon"):
        connect({"transport": {"type": "pigeon"}}, SourcePlace("mail", "."))


def test_it_only_sends() -> None:
    with pytest.raises(OperatorError, match="only sends"):
        outbox().delete(cast("Any", None))
