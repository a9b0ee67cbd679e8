"""Says since when the application runs. Looks at nothing else."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import falcon
import orjson

from ...app.entries import Place
from ...app.phases import Steps, handler
from ...types import Json


def make(_params: Json, _place: Place) -> Steps:
    """The entry `loopback#status`: {"started": a date, "uptime": seconds}, to every method. Source: reference/logic.md 6.3."""
    started = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    since = time.monotonic()

    def request(_req: falcon.Request, resp: falcon.Response, _base: str) -> None:
        resp.data = orjson.dumps({"started": started, "uptime": round(time.monotonic() - since, 3)})
        resp.content_type = "application/json; charset=utf-8"
        resp.complete = True

    return handler(request)
