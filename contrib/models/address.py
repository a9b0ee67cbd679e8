"""Which texts can be the mail address of a user. Looks nothing up and sends nothing.

Source: auth.md 1: what LoopBack takes, which is what RFC 5321 lets a mailbox be, in any script.
"""

import ipaddress
import re
from typing import Final

MOST_BEFORE_AT: Final = 64
MOST_IN_LABEL: Final = 63
MOST: Final = 254

_ATOM: Final = r"[^\x00-\x20\x7f-\x9f()<>\[\]:;@\\,.\"]+"
_QUOTED: Final = r"(?:[^\x00-\x20\x7f-\x9f\"\\]|\\[^\x00-\x08\x0a-\x1e\x7f-\x9f])*"
_LETTER: Final = r"[0-9A-Za-z\u00c0-\U0010ffff]"
_LABEL: Final = rf"{_LETTER}(?:[-0-9A-Za-z\u00c0-\U0010ffff]*{_LETTER})?"

MAILBOX: Final = re.compile(
    rf"(?P<name>{_ATOM}(?:\.{_ATOM})*|\"{_QUOTED}\")@(?:(?P<host>{_LABEL}(?:\.{_LABEL})*)|\[(?P<number>[^\[\]\\%]+)\])", re.ASCII
)


def is_mailbox(text: str) -> bool:
    """Whether mail could be sent there: to a name or a quoted text, at a host (of one label, too) or at an IP address in brackets."""
    found = MAILBOX.fullmatch(text) if len(text) <= MOST else None
    if found is None or _size(found["name"]) > MOST_BEFORE_AT:
        return False
    if found["number"]:
        return _is_number(found["number"])
    host = [_encoded(label) for label in found["host"].split(".")]
    return max(map(len, host)) <= MOST_IN_LABEL and _size(found["name"]) + 1 + len(".".join(host)) <= MOST


def _size(text: str) -> int:
    return len(text.encode(errors="replace"))


def _encoded(label: str) -> str:
    """A label of a host as it travels."""
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"


def _is_number(text: str) -> bool:
    try:
        if text[:5].lower() == "ipv6:":
            ipaddress.IPv6Address(text[5:])
        else:
            ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
