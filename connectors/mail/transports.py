"""How mails leave: over SMTP, or not at all. Knows no model."""

from __future__ import annotations

import smtplib
import ssl
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Final

from ...errors import OperatorError, StoreError

SECONDS: Final = 30
MOST_KEPT: Final = 1000


class Transport(ABC):
    """One way for mails to leave."""

    @abstractmethod
    def send(self, message: EmailMessage, sender: str, receivers: list[str]) -> str:
        """Send a message; returns what the other side said.

        Raises:
            StoreError: the server cannot be reached or refuses.
        """


@dataclass(slots=True)
class Stub(Transport):
    """Sends nothing.

    Attributes:
        sent: the last messages, for tests.
    """

    sent: deque[EmailMessage] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))

    def send(self, message: EmailMessage, sender: str, receivers: list[str]) -> str:
        """Keep the message; returns its whole text."""
        self.sent.append(message)
        return message.as_string()


@dataclass(frozen=True, slots=True)
class Smtp(Transport):
    """Hands mails to a server, each over a connection of its own.

    secure: TLS from the first byte; else it is begun where the server offers it, unless may_use_tls is off, and `require_tls`
    insists. verified: whether the server's certificate is looked at. ca_file: file with the certificates that are trusted, ""
    those of the system.
    """

    host: str
    port: int
    secure: bool = False
    require_tls: bool = False
    may_use_tls: bool = True
    verified: bool = True
    ca_file: str = ""
    user: str = ""
    password: str = field(default="", repr=False)

    def send(self, message: EmailMessage, sender: str, receivers: list[str]) -> str:
        """See Transport."""
        try:
            with self._connected() as server:
                self._open(server)
                refused = server.send_message(message, sender, receivers)
        except (OSError, smtplib.SMTPException) as error:
            raise StoreError(f"the mail server {self.host}:{self.port} did not take a mail: {type(error).__name__}") from error
        return f"refused: {', '.join(refused)}" if refused else "accepted"

    def _connected(self) -> smtplib.SMTP:
        if self.secure:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=self._context())
        return smtplib.SMTP(self.host, self.port, timeout=SECONDS)

    def _open(self, server: smtplib.SMTP) -> None:
        """Begin TLS where it is not there yet, and say who is sending."""
        server.ehlo()
        if not self.secure and (self.require_tls or (self.may_use_tls and server.has_extn("starttls"))):
            server.starttls(context=self._context())
        if self.user:
            server.login(self.user, self.password)

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca_file or None)
        if not self.verified:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


def transport_of(settings: Mapping[str, Any]) -> Transport:
    """The transport that settings describe (source: datasources.md 12.1).

    Raises:
        OperatorError: a type that is not known here, or a port that is none.
    """
    kind = str(settings.get("type") or "STUB").upper()
    if kind == "STUB":
        return Stub()
    if kind != "SMTP":
        raise OperatorError(f"there is no mail transport {settings.get('type')!r}: use smtp or STUB")
    auth, tls = _mapping(settings.get("auth")), _mapping(settings.get("tls"))
    secure = settings.get("secure") is True or settings.get("secureConnection") is True
    return Smtp(
        host=str(settings.get("host") or "localhost"),
        port=_port(settings.get("port"), 465 if secure else 587),
        secure=secure,
        require_tls=settings.get("requireTLS") is True,
        may_use_tls=settings.get("ignoreTLS") is not True,
        verified=tls.get("rejectUnauthorized") is not False,
        ca_file=str(tls.get("caFile") or ""),
        user=str(auth.get("user") or ""),
        password=str(auth.get("pass") or ""),
    )


def _port(value: Any, default: int) -> int:
    if value in (None, ""):
        return default
    if not str(value).isdecimal() or not 0 < int(value) < 65536:
        raise OperatorError(f"the port of a mail transport is a number up to 65535, not {value!r}")
    return int(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
