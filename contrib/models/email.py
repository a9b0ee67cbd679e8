"""The built-in model of mails: what is sent through a data source of the connector `mail`. Stores nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...data.bound import bound_of
from ...errors import Invalid, Problem
from ...model.base import Model
from ...model.properties import prop
from ...types import Row


class Email(Model):
    """A mail (source: datasources.md 12.1)."""

    to: str
    sender: str = prop(name="from")
    subject: str
    text: str | None = None
    html: str | None = None

    @classmethod
    def send(cls, mail: Mapping[str, Any]) -> Row:
        """Send a mail.

        Args:
            mail: to, from, subject, text, html, cc, bcc, replyTo, headers, attachments, and `transport`, the name of one.

        Returns:
            What the transport answers: envelope, messageId, response.

        Raises:
            Invalid: a required member is missing. StoreError: it could not be handed on. UnboundError: no data source for mails.
        """
        bound = bound_of(cls)
        missing = [name for name in ("to", "from", "subject") if not mail.get(name)]
        if missing:
            raise Invalid(bound.name, [Problem(name, "presence", "can't be blank") for name in missing])
        return bound.store.create(dict(mail))
