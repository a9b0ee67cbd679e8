"""The settings that lbpy ships for gunicorn: `gunicorn -c python:lbpy.gunicorn APP`. `lbpy run` starts from them.

docs/deploying.md says what may be changed and when.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gunicorn.glogging import Logger

from .remoting.current import REQUEST_ID

worker_class = "gthread"
"""Each worker answers several requests at a time, so one that waits for its store holds nobody up."""

threads = 8

keepalive = 75
"""Seconds that an idle connection stays open: longer than proxies keep theirs (mostly 60), so that none is closed under a request."""

graceful_timeout = 20
"""Seconds that running requests have to end after TERM or HUP."""

limit_request_line = 0
"""No limit: LoopBack clients send filters in the URL, and any other value stops at 8190 bytes. `limits.filterBytes` of the
application answers what is too long; a line that never ends is for the proxy to stop."""

limit_request_field_size = 16384
"""Bytes of one header; Node has the same."""

forwarded_allow_ips = ""
"""gunicorn believes nobody's forwarded headers: `trustProxy` in config.json alone says whose count."""

control_socket_disable = True
"""No socket for remote control; older versions of gunicorn have none and pass over this."""

worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where workers show that they are alive: on a busy disk that would block them."""

logger_class = "lbpy.gunicorn.JsonLog"
"""How an access log looks like; there is none unless `accesslog` says where."""


def post_worker_init(worker: object) -> None:
    """Ctrl-C reaches a worker twice, from the terminal and through the master; the second would disturb its end, so one counts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


# -- the access log ----------------------------------------------------------

MILLISECOND: Final = timedelta(milliseconds=1)


class JsonLog(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's logger, whose access log has one JSON object a line."""

    def access(self, resp: Any, req: Any, environ: MutableMapping[str, Any], request_time: timedelta) -> None:
        """See Logger: called when an answer has been sent."""
        if self.access_log.handlers:
            self.access_log.info("%s", access_line(environ, str(resp.status), resp.sent, request_time))


def access_line(environ: MutableMapping[str, Any], status: str, sent: int | None, took: timedelta) -> str:
    """What the access log says of one request.

    Args:
        status: as "200 OK". sent: bytes of the body. took: from the last header read to the last byte sent.

    Returns:
        A JSON object: time (the end, ISO 8601), method, path, status, bytes, duration (ms) and request_id, null where no lbpy
        application was reached. Never the query: access tokens may stand in it.
    """
    told = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "method": environ["REQUEST_METHOD"],
        "path": environ["RAW_URI"].partition("?")[0],
        "status": int(status.split(maxsplit=1)[0]),
        "bytes": sent or 0,
        "duration": round(took / MILLISECOND, 3),
        "request_id": environ.get(REQUEST_ID),
    }
    return json.dumps(told)
