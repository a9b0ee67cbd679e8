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

    secure: TLS from the first byte; else it is begun where the server offers it, and `require_tls` insists. verified: whether the
    server's certificate is looked at.
    """

    host: str
    port: int
    secure: bool = False
    require_tls: bool = False
    verified: bool = True
    user: str = ""
    password: str = field(default="", repr=False)

    def send(self, message: EmailMessage, sender: str, receivers: list[str]) -> str:
        """See Transport."""
        try:
            with self._connected() as server:
                if self.user:
                    server.login(self.user, self.password)
                refused = server.send_message(message, sender, receivers)
        except (OSError, smtplib.SMTPException) as error:
            raise StoreError(f"the mail server {self.host}:{self.port} did not take a mail: {type(error).__name__}") from error
        return f"refused: {', '.join(refused)}" if refused else "accepted"

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if not self.verified:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.secure:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        server.ehlo()
        if self.require_tls or server.has_extn("starttls"):
            server.starttls(context=context)
        return server


def transport_of(settings: Mapping[str, Any]) -> Transport:
    """The transport that settings describe (source: datasources.md 12.1).

    Raises:
        OperatorError: a type that is not known here.
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
        port=int(settings.get("port") or (465 if secure else 587)),
        secure=secure,
        require_tls=settings.get("requireTLS") is True,
        verified=tls.get("rejectUnauthorized") is not False,
        user=str(auth.get("user") or ""),
        password=str(auth.get("pass") or ""),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
