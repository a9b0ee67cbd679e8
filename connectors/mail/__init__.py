"""The connector `mail`: mails over SMTP, or kept in memory where nothing is to be sent. Stores no rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...data.contract import SourcePlace
from .connector import MailConnector

__all__ = ["MailConnector", "connect"]


def connect(settings: Mapping[str, Any], place: SourcePlace) -> MailConnector:
    """The connector of one data source; nothing is opened."""
    return MailConnector(settings, place.source)
