"""Passwords as bcrypt hashes that LoopBack's databases share. Knows no model and takes no lock."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import bcrypt

from ...errors import ClientError

LONGEST: Final = 72
"""Bytes that bcrypt looks at; what comes after them would not count."""

READY: Final = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")


class PasswordRefused(ClientError):
    """A password that cannot be kept."""

    status = 422


def check_password(plain: object) -> None:
    """Refuse what cannot be a password (source: auth.md 1).

    Raises:
        PasswordRefused: it is no text, empty, or longer than 72 bytes of UTF-8.
    """
    if not isinstance(plain, str) or not plain:
        raise PasswordRefused("Invalid password.", code="INVALID_PASSWORD")
    size = len(_bytes(plain))
    if size > LONGEST:
        raise PasswordRefused(f"The password entered was too long. Max length is {LONGEST} (entered {size})", code="PASSWORD_TOO_LONG")


def is_hash(value: object) -> bool:
    """Whether a value looks like a ready hash."""
    return isinstance(value, str) and READY.fullmatch(value) is not None


def hashed(plain: str, cost: int) -> str:
    """The bcrypt hash of a password.

    Args:
        plain: checked before.
        cost: bcrypt's work factor, 4 to 31; 10 takes about 50 ms.
    """
    return bcrypt.hashpw(_bytes(plain), bcrypt.gensalt(min(max(cost, 4), 31), prefix=b"2a")).decode()


def matches(plain: object, stored: object, cost: int) -> bool:
    """Whether a password fits a stored hash.

    The time does not tell whether there was a hash: without one the password is held against one that nothing fits.

    Args:
        plain: what the caller sent, of any type.
        stored: the hash, or whatever else the row has.
        cost: work factor of the hash that stands in.
    """
    given = _bytes(plain) if isinstance(plain, str) else b""
    usable = 0 < len(given) <= LONGEST and isinstance(stored, str) and is_hash(stored)
    against = str(stored) if usable else _nobodys(cost)
    return bcrypt.checkpw(given[:LONGEST], against.encode()) and usable


@cache
def _nobodys(cost: int) -> str:
    return hashed("nobody's password", cost)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
