"""From the members of a mail to a message in MIME. Sends nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from email.message import EmailMessage
from email.utils import formatdate, getaddresses, make_msgid
from typing import Any, Final

from ...errors import BadRequest

HEADERS: Final = {"From": "from", "To": "to", "Cc": "cc", "Reply-To": "replyTo", "Subject": "subject"}
"""Headers, and the members of a mail that make them."""


def message_of(mail: Mapping[str, Any]) -> EmailMessage:
    """The message that a mail makes (source: datasources.md 12.1).

    Args:
        mail: to, from, subject, text, html, cc, replyTo, headers, attachments ({filename, content, contentType, encoding}).

    Raises:
        BadRequest: a member cannot stand in a header, or an attachment says no content.
    """
    message = EmailMessage()
    more = mail.get("headers")
    named = {name: _line(mail[member]) for name, member in HEADERS.items() if mail.get(member)}
    given = {**named, **(more if isinstance(more, Mapping) else {})}
    _fill(message, given)
    _write(message, mail)
    for one in mail.get("attachments") or ():
        _attach(message, one)
    return message


def _line(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _fill(message: EmailMessage, headers: Mapping[str, Any]) -> None:
    try:
        for name, value in headers.items():
            message[name] = str(value)
        if "Date" not in message:
            message["Date"] = formatdate()
        if "Message-ID" not in message:
            message["Message-ID"] = make_msgid()
    except ValueError as error:
        raise BadRequest(f"a header of the mail cannot be written: {error}") from error


def _write(message: EmailMessage, mail: Mapping[str, Any]) -> None:
    text, html = mail.get("text"), mail.get("html")
    if text or not html:
        message.set_content(str(text or ""))
    if html and text:
        message.add_alternative(str(html), subtype="html")
    elif html:
        message.set_content(str(html), subtype="html")


def _attach(message: EmailMessage, one: Any) -> None:
    content = one.get("content") if isinstance(one, Mapping) else None
    if not isinstance(content, (str, bytes)):
        raise BadRequest("an attachment wants its content, a text or bytes")
    raw = content if isinstance(content, bytes) else base64.b64decode(content) if one.get("encoding") == "base64" else content.encode()
    kind, _, subtype = str(one.get("contentType") or "application/octet-stream").partition("/")
    message.add_attachment(raw, maintype=kind, subtype=subtype or "octet-stream", filename=one.get("filename"))


def receivers(mail: Mapping[str, Any]) -> list[str]:
    """The addresses that a mail goes to, those in `bcc` among them."""
    return _addresses(mail.get(name) for name in ("to", "cc", "bcc"))


def sender(mail: Mapping[str, Any]) -> str:
    """The address that a mail comes from."""
    return next(iter(_addresses([mail.get("from")])), "")


def _addresses(values: Iterable[Any]) -> list[str]:
    return [address for _, address in getaddresses([_line(value) for value in values if value]) if address]
