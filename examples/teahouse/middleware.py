"""Middleware: an object as Falcon has it, and functions around any WSGI application."""

import time
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import falcon


class Timing:
    """Tells in a header how long an answer took, in milliseconds."""

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.context.started = time.monotonic()

    def process_response(self, req: falcon.Request, resp: falcon.Response, resource: object, succeeded: bool) -> None:
        resp.set_header("Server-Timing", f"app;dur={(time.monotonic() - req.context.started) * 1000:.1f}")


def not_for_robots(inner: WSGIApplication) -> WSGIApplication:
    """The same application, whose answers ask search engines to stay away."""

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, [*headers, ("X-Robots-Tag", "noindex")], *error)

        return inner(environ, start)

    return outer


def below(prefix: str, inner: WSGIApplication) -> WSGIApplication:
    """An application that answers below a path only; everywhere else is a page that leads there."""

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(f"{prefix}/"):
            moved = {**environ, "SCRIPT_NAME": environ["SCRIPT_NAME"] + prefix, "PATH_INFO": path.removeprefix(prefix)}
            return inner(moved, start_response)
        start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        return [f"The teahouse is at {prefix}/menu.\n".encode()]

    return outer
