"""WSGI applications around others, where plain WSGI middleware cuts the chain. Knows no HTTP library and no entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from . import inner

FAILED: Final = "lbpy.failed"
"""Where in the environ the error of an outermost middleware stands."""

_NO_TYPE: Final = ("content-type", "")  # Falcon would put its default where an inner application sent no type


def either(base: inner.Base, seeing: WSGIApplication, others: WSGIApplication) -> WSGIApplication:
    """One application for the requests that the base sees, another for all others."""

    def run(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        sees = base(environ["REQUEST_METHOD"], inner.decoded(environ["PATH_INFO"])) is not None
        return (seeing if sees else others)(environ, start_response)

    return run


def guarded(app: WSGIApplication, failing: WSGIApplication) -> WSGIApplication:
    """The application with its errors answered by another one, which finds them at FAILED in its environ."""

    def run(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            answer = inner.call(app, environ)
        except Exception as error:
            return failing({**environ, FAILED: error}, start_response)
        start_response(answer.status, answer.headers)
        return answer.body

    return run


def untyped(app: WSGIApplication) -> WSGIApplication:
    """The application without the content type that stands for none."""

    def run(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: inner.Headers, exc_info: inner.ExcInfo = None, /) -> Callable[[bytes], object]:
            return start_response(status, [header for header in headers if header != _NO_TYPE], exc_info)

        return app(environ, start)

    return run
