"""Requests of every wrong kind: no answer is a 5xx, every answer is well-formed, and a refused request stores nothing.

The requests come from one seed; LBPY_FUZZ_SEED makes others, LBPY_FUZZ_COUNT more or fewer. A failure names the seed and the request.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterable
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.validate import validator

import pytest

import lbpy
from lbpy import Model, PersistedModel
from lbpy.data.bound import bound_of
from lbpy.model.declare import class_from_json
from lbpy.query.nodes import EVERY_ROW, Filter

from .conftest import STORES
from .wrong import PROPERTIES, Maker, Request

SEED = int(os.environ.get("LBPY_FUZZ_SEED", "1"))
COUNT = int(os.environ.get("LBPY_FUZZ_COUNT", "2000"))

INNER = {"name": "Inner", "properties": {"text": "string", "number": "number", "pin": "string"}, "hidden": ["pin"]}
THING = {"name": "Thing", "properties": PROPERTIES, "hidden": ["secret"]}
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "free ids": {"forceId": False},
    "strict": {"strict": True},
    "text ids": {"properties": {**PROPERTIES, "id": {"type": "string", "id": True}}},
    "scoped": {"scope": {"where": {"flag": True}, "limit": 3}, "scopes": {"good": {"where": {"number": {"gt": 0}}}}},
}


class Target:
    """An application under fire, with one model."""

    def __init__(self, app: lbpy.App, settings: dict[str, Any]) -> None:
        app.model(class_from_json(INNER, Model), public=False)
        thing = class_from_json({**THING, **settings}, PersistedModel)
        app.attach(thing, "db")
        app.serve(thing, everything=True, switches=(("destroyAll", True),))
        self._store = bound_of(thing).store
        self._app = validator(app)

    def fill(self) -> None:
        """See to it that there is something to find and to change."""
        for title in "abc" if self._store.count(EVERY_ROW) < 3 else "":
            self._store.create({"title": title, "flag": True, "number": 1})

    def rows(self) -> str:
        """All that is stored, as text."""
        return repr(self._store.find(Filter()))

    def send(self, request: Request) -> tuple[int, bytes]:
        """Status and body of the answer, which must be one by the rules of WSGI."""
        started: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
            started.append(status)
            return lambda data: None

        chunks: Iterable[bytes] = self._app(environ_of(request), start)
        try:
            content = b"".join(chunks)
        finally:
            chunks.close()  # type: ignore[attr-defined]  # the validator's iterator has it
        return int(started[-1].split()[0]), content


def environ_of(request: Request) -> dict[str, Any]:
    """The WSGI environment that a server makes of a request."""
    verb, path, query, headers, body = request
    target = f"{path}?{query}" if query else path
    return {
        "REQUEST_METHOD": verb,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": target.encode().decode("latin-1"),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **headers,
    }


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
@pytest.mark.parametrize("settings", sorted(SETTINGS))
@pytest.mark.parametrize("store", sorted(STORES))
def test_no_request_makes_an_error_of_the_server(make_app: Callable[[str], lbpy.App], store: str, settings: str) -> None:
    target = Target(make_app(store), SETTINGS[settings])
    maker = Maker(random.Random(f"{SEED} {store} {settings}"))
    for number in range(COUNT // (len(SETTINGS) * len(STORES))):
        request = maker.request()
        target.fill()
        before = target.rows()
        status, body = target.send(request)
        told = f"LBPY_FUZZ_SEED={SEED}, request {number}: {request} -> {status} {body[:300]!r}"
        assert status < 500, told
        assert status < 400 or target.rows() == before, told
        assert body[:1] not in (b"{", b"[") or json.loads(body) is not None, told
