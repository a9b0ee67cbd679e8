"""What may stand in the headers of an answer: everything else is written in another way or refused. Sends nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from ..errors import ServerError

UNTYPED: Final = "application/octet-stream"

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNFIT: Final = re.compile(r"[^\t\x20-\x7e\xa0-\xff]+")


def fit_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by name as they may be sent.

    Raises:
        ServerError: a name is none (RFC 9110, 5.6.2).
    """
    return {_named(name): fit_header(value) for name, value in headers.items()}


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ServerError(f"{name!r} cannot be the name of a header")
    return name


def fit_header(value: str) -> str:
    """One line of Latin-1: control characters and what Latin-1 has not are percent-encoded, as a URL would have them.

    The text may come from a client, so that it neither splits the answer nor makes the call fail.
    """
    return _UNFIT.sub(lambda found: quote(found[0], safe="", errors="replace"), value)


def fit_type(content_type: str) -> str:
    """A media type, that of unknown bytes where the text cannot stand in a header."""
    return UNTYPED if _UNFIT.search(content_type) else content_type
