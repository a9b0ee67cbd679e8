"""The settings that lbpy ships for gunicorn: `gunicorn -c python:lbpy.gunicorn APP`. `lbpy run` starts from them.

docs/deploying.md says what may be changed and when.
"""

from __future__ import annotations

import os
import signal

worker_class = "gthread"
"""Each worker answers several requests at a time, so one that waits for its store holds nobody up."""

threads = 8

keepalive = 75
"""Seconds that an idle connection stays open: longer than proxies keep theirs (mostly 60), so that none is closed under a request."""

graceful_timeout = 20
"""Seconds that running requests have to end after TERM or HUP."""

limit_request_line = 0
"""No limit: LoopBack clients send filters in the URL, and any other value stops at 8190 bytes. `limits.filterBytes` of the
application answers what is too long."""

limit_request_field_size = 16384
"""Bytes of one header; Node has the same."""

forwarded_allow_ips = ""
"""gunicorn believes nobody's forwarded headers: `trustProxy` in config.json alone says whose count."""

control_socket_disable = True
"""No socket for remote control; older versions of gunicorn have none and pass over this."""

worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where workers show that they are alive: on a busy disk that would block them."""


def post_worker_init(worker: object) -> None:
    """Ctrl-C reaches a worker twice, from the terminal and through the master; the second would disturb its end, so one counts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
