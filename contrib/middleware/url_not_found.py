"""Turns a request that nobody answered into an error. Writes no body: that is for whoever answers errors."""

from __future__ import annotations

import falcon

from ...app.entries import Place
from ...app.phases import Steps, handler
from ...errors import NotFound
from ...types import Json
from .urls import sent_url


def make(_params: Json, _place: Place) -> Steps:
    """The entry `loopback#urlNotFound`. Source: reference/logic.md 6.3."""
    return handler(_request)


def _request(req: falcon.Request, _resp: falcon.Response, base: str) -> None:
    raise NotFound(f"Cannot {req.method} {sent_url(req.env, base)}")
