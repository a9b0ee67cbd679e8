"""Answers /favicon.ico before anything else has work with it. Serves one icon only, read at its first use."""

from __future__ import annotations

import base64
import hashlib
import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import falcon

from ...app.entries import Place
from ...app.phases import Steps, handler
from ...types import Json
from .conditional import Version, fresh
from .params import argument, milliseconds, options

_LOG: Final = logging.getLogger(__name__)
_YEAR: Final = 365 * 24 * 60 * 60
_OWN: Final = base64.b64decode(  # one blue pixel, which browsers scale
    "AAABAAEAAQEAAAEAIAAwAAAAFgAAACgAAAABAAAAAgAAAAEAIAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAADMZjP/AAAAAA=="
)


@dataclass(frozen=True)
class _Icon:
    path: Path | None
    cache: str

    @cached_property
    def body(self) -> bytes:
        return self.path.read_bytes() if self.path else _OWN

    @cached_property
    def tag(self) -> str:
        digest = base64.b64encode(hashlib.sha1(self.body, usedforsecurity=False).digest()).decode()
        return f'"{len(self.body):x}-{digest[:27]}"'

    def request(self, req: falcon.Request, resp: falcon.Response, base: str) -> None:
        if req.path[len(base):] != "/favicon.ico":
            return
        resp.complete = True
        if req.method in ("GET", "HEAD"):
            self.send(req, resp)
        else:
            _refuse(req, resp)

    def send(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.set_headers({"Cache-Control": self.cache, "ETag": self.tag})
        if fresh(req, Version(self.tag)):
            resp.status = falcon.HTTP_304
            return
        resp.content_type = "image/x-icon"
        resp.data = self.body


def make(params: Json, place: Place) -> Steps:
    """The entry `loopback#favicon`.

    Args:
        params: the path of an icon (without one there is an icon of our own), then options: maxAge in milliseconds or as text
            (a year).
        place: names the file in a warning.

    Raises:
        ValueError: maxAge cannot be read.
    """
    age = options(params, 1).get("maxAge")
    seconds = _YEAR if age is None else min(max(0, milliseconds(age) // 1000), _YEAR)
    return handler(_Icon(_existing(argument(params), place), f"public, max-age={seconds}").request)


def _existing(path: Json, place: Place) -> Path | None:
    if not isinstance(path, str) or not path:
        return None
    if (place.folder / path).is_file():
        return place.folder / path
    _LOG.warning("%s:%s: there is no such icon; lbpy's own is served", place.file, place.key)
    return None


def _refuse(req: falcon.Request, resp: falcon.Response) -> None:
    resp.status = falcon.HTTP_200 if req.method == "OPTIONS" else falcon.HTTP_405
    resp.set_header("Allow", "GET, HEAD, OPTIONS")
    resp.content_type = "text/plain; charset=utf-8"
    resp.data = b""
