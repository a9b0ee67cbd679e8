"""Mails over SMTP, or kept."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_string
from typing import Any, cast

import pytest

from lbpy.connectors.mail import MailConnector, connect
from lbpy.connectors.mail.connector import Outbox
from lbpy.data.contract import Place
from lbpy.errors import BadRequest, OperatorError, StoreError
from lbpy.model.definition import ModelDefinition

MAIL = {"to": ["ann@example.com", "Bob <bob@example.com>"], "from": "Shop <shop@example.com>", "subject": "Grüße", "text": "hallo"}


class Conversation(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs that sends one mail."""

    def handle(self) -> None:
        server = cast("Server", self.server)
        self.say("220 here")
        for line in self.rfile:
            word = line.decode().split()[0].upper() if line.split() else ""
            server.said.append(line.decode().strip())
            if word == "DATA":
                self.say("354 go on")
                server.mails.append("".join(iter(lambda: self.rfile.readline().decode(), ".\r\n")))
            self.say("221 bye" if word == "QUIT" else "550 no" if word == "RCPT" and server.refuses else "250 fine")
            if word == "QUIT":
                break

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, *, refuses: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.refuses = refuses
        self.mails: list[str] = []
        self.said: list[str] = []


@pytest.fixture(params=[False])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Server(refuses=request.param) as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.01,))
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def outbox(*transports: dict[str, Any]) -> Outbox:
    return connect({"transports": list(transports)}, Place("mail", ".")).collection(ModelDefinition("Email"))


def smtp(server: Server) -> dict[str, Any]:
    return {"type": "SMTP", "host": "127.0.0.1", "port": server.server_address[1]}


def test_a_mail_reaches_the_server(server: Server) -> None:
    answer = outbox(smtp(server)).create({**MAIL, "bcc": "eve@example.com", "html": "<p>hallo</p>"})
    [mail] = map(message_from_string, server.mails)
    assert (mail["To"], mail["Bcc"], mail.get_content_type()) == ("ann@example.com, Bob <bob@example.com>", None, "multipart/alternative")
    assert answer["envelope"]["to"] == ["ann@example.com", "bob@example.com", "eve@example.com"]
    assert sum(line.upper().startswith("RCPT") for line in server.said) == 3


@pytest.mark.parametrize("server", [True], indirect=True)
def test_a_server_that_refuses_is_an_error_of_the_store(server: Server) -> None:
    with pytest.raises(StoreError, match="did not take"):
        outbox(smtp(server)).create(MAIL)


def test_so_is_one_that_is_not_there() -> None:
    with pytest.raises(StoreError):
        outbox({"type": "smtp", "host": "127.0.0.1", "port": 1}).create(MAIL)


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
        connect({"transport": {"type": "pigeon"}}, Place("mail", "."))


def test_it_only_sends() -> None:
    with pytest.raises(OperatorError, match="only sends"):
        outbox().delete(cast("Any", None))
