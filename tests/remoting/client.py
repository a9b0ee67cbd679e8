"""Calls an application as a WSGI server does."""

import io
import json
from typing import Any, NamedTuple
from wsgiref.util import setup_testing_defaults


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


def environ_of(method: str, path: str, body: Any = None, **environ: Any) -> dict[str, Any]:
    """The environ of a request; a body that is no bytes is sent as JSON."""
    path, _, query = path.partition("?")
    made = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "", "REMOTE_ADDR": "127.0.0.1", **environ}
    if body is not None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        made = {"wsgi.input": io.BytesIO(raw), "CONTENT_LENGTH": str(len(raw)), "CONTENT_TYPE": kind, **made}
    setup_testing_defaults(made)
    return made


def call(app: Any, method: str, path: str, body: Any = None, **environ: Any) -> Answer:
    """The whole answer to one request."""
    started: list[Any] = []
    chunks = app(environ_of(method, path, body, **environ), lambda status, headers, exc_info=None: started.append((status, headers)))
    try:
        raw = b"".join(chunks)
    finally:
        getattr(chunks, "close", lambda: None)()
    status, headers = started[0]
    return Answer(int(status.split()[0]), {name.lower(): value for name, value in headers}, raw)
