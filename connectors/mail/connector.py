"""The data source that mails leave by: each row that is created is a mail that is sent. Finds and keeps nothing."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from ...data.contract import Connector
from ...data.norows import NoRows
from ...errors import BadRequest, OperatorError
from ...model.definition import ModelDefinition
from ...model.kinds import SIMPLE_KINDS, Kind
from ...types import Row
from .message import message_of, receivers, sender
from .transports import Transport, transport_of

log: Final = logging.getLogger("lbpy.mail")


class Outbox(NoRows):
    """What a model of mails is bound to."""

    def __init__(self, transports: Mapping[str, Transport]) -> None:
        self._transports = transports

    def create(self, row: Row) -> Row:
        """Send a mail; returns envelope, messageId and response.

        Raises:
            BadRequest: it cannot be written, or names a transport that there is not. StoreError: the server did not take it.
        """
        transport = self._transport(row.get("transport"))
        if transport is None:
            log.warning("a mail is not sent: its data source has no transport")
            return row
        message, start, ends = message_of(row), sender(row), receivers(row)
        response = transport.send(message, start, ends)
        return {"envelope": {"from": start, "to": ends}, "messageId": message["Message-ID"], "response": response}

    def _transport(self, name: Any) -> Transport | None:
        if name is None:
            return next(iter(self._transports.values()), None)
        if str(name).lower() not in self._transports:
            raise BadRequest(f"there is no mail transport {name!r}")
        return self._transports[str(name).lower()]

    def refusal(self) -> OperatorError:
        """See NoRows."""
        return OperatorError("a data source of the connector mail only sends: call Email.send(...)")


def _listed(settings: Mapping[str, Any]) -> Any:
    one = settings.get("transport")
    return settings.get("transports") or ([one] if one else [])


class MailConnector(Connector[Outbox]):
    """Mails over one or several transports.

    Args:
        settings: `transports`, a list of {type, alias, ...}, or a single `transport`.
        source: name of the data source, for messages.

    Attributes:
        transports: by alias or type in small letters; the first one is used unless a mail names another.
    """

    name = "mail"
    id_kind: Kind = SIMPLE_KINDS["string"]

    def __init__(self, settings: Mapping[str, Any], source: str = "mail") -> None:
        listed = _listed(settings)
        if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
            raise OperatorError(f"{source}: transports is a list of objects")
        names = [str(one.get("alias") or one.get("type") or "STUB").lower() for one in listed]
        self.transports: dict[str, Transport] = {name: transport_of(one) for name, one in zip(names, listed, strict=True)}

    def collection(self, definition: ModelDefinition) -> Outbox:
        """The outbox of a model of mails."""
        return Outbox(self.transports)
