"""Entity tags of answers, and whether a client has an answer already. Sends nothing."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

_TAG: Final = re.compile(r'"[^"]*"')


def tag_of(body: bytes) -> str:
    """The weak entity tag of a body, the same in every process (source: rest-api.md 4)."""
    return f'W/"{sha256(body).hexdigest()[:32]}"'


def is_known(tag: str, if_none_match: str, cache_control: str | None) -> bool:
    """Whether the client has the answer with this tag, so that 304 says it all.

    Args:
        tag: of the answer.
        if_none_match, cache_control: the request's headers; a client that says no-cache wants the whole answer.
    """
    if "no-cache" in (cache_control or ""):
        return False
    return if_none_match.strip() == "*" or tag.removeprefix("W/") in _TAG.findall(if_none_match)
