"""Runs each request in a context of its own, its body included, so that variables neither leak nor get lost. Knows no application."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextvars import Context, copy_context
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from .inner import close


class InContext:
    """An answer's chunks, fetched and closed in the context of their request."""

    __slots__ = ("_body", "_chunks", "_context")

    def __init__(self, body: Iterable[bytes], context: Context) -> None:
        self._body = body
        self._context = context
        self._chunks: Iterator[bytes] = context.run(iter, body)

    def __iter__(self) -> InContext:
        return self

    def __next__(self) -> bytes:
        chunk: bytes = self._context.run(next, self._chunks)
        return chunk

    def close(self) -> None:
        """Close the body where it was made."""
        self._context.run(close, self._body)


def in_own_context(app: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Call an application in a fresh copy of the current context; a list needs no context any more."""
    context = copy_context()
    body: Any = context.run(app, environ, start_response)
    return body if type(body) is list else InContext(body, context)
