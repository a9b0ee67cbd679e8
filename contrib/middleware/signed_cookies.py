"""Checks cookies that were signed by the npm package cookie-parser. Tells nothing about why one was refused, and drops it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import unquote

import falcon

from ...app.entries import Place
from ...app.phases import Steps, handler
from ...types import Json
from .params import argument

SIGNED: Final = "lbpy.signed_cookies"
"""Key in environ: names and values of the cookies whose signature is right; absent without this middleware."""


def make(params: Json, _place: Place) -> Steps:
    """The entry `cookie-parser`.

    Args:
        params: the secret, or (as first argument) a list of secrets of which any may have signed.
        _place: not looked at.

    Raises:
        ValueError: a secret is no text, or empty.
    """
    secrets = _secrets(argument(params))

    def request(req: falcon.Request, _resp: falcon.Response, _base: str) -> None:
        found = ((name, unsigned(value, secrets)) for name, value in _cookies(req.env.get("HTTP_COOKIE", "")))
        req.env[SIGNED] = {name: value for name, value in found if value is not None}

    return handler(request)


def sign(value: str, secret: str) -> str:
    """The value as a signed cookie holds it: `s:value.signature`, the signature being HMAC-SHA256 in base64 without padding."""
    return f"s:{value}.{_signature(value, secret)}"


def unsigned(cookie: str, secrets: Sequence[str]) -> str | None:
    """The value inside a signed cookie, None where it is not signed by any of the secrets."""
    value, dot, signature = cookie.removeprefix("s:").rpartition(".")
    if not cookie.startswith("s:") or not dot:
        return None
    # every secret is tried, so that the time taken does not tell which one fits
    fits = [hmac.compare_digest(_bytes(signature), _bytes(_signature(value, secret))) for secret in secrets]
    return value if any(fits) else None


def _secrets(given: Json) -> list[str]:
    secrets = [] if given is None else given if isinstance(given, list) else [given]
    if not all(isinstance(secret, str) and secret for secret in secrets):
        raise ValueError("a secret is a text that is not empty")
    return secrets


def _signature(value: str, secret: str) -> str:
    digest = hmac.new(_bytes(secret), _bytes(value), hashlib.sha256).digest()
    return base64.b64encode(digest).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _cookies(header: str) -> Iterator[tuple[str, str]]:
    """Names and decoded values, from the last to the first: where a name comes twice the first one counts."""
    for pair in reversed(header.split(";")):
        name, equals, value = pair.strip().partition("=")
        if equals:
            yield name.strip(), unquote(value.strip().removeprefix('"').removesuffix('"'))
