"""What runs around the calls of all models and the statements of a store. Decides no access."""

from __future__ import annotations

import logging
import time
from contextvars import ContextVar

import lbpy
from lbpy import RemoteContext
from lbpy.data.execution import Execution
from lbpy.errors import BadRequest

log = logging.getLogger("teahouse")

SLOW = 0.1
"""Seconds after which a statement is worth a line in the log."""

_started: ContextVar[float] = ContextVar("teahouse_statement", default=0.0)


def around_calls(app: lbpy.App) -> None:
    """Have remote hooks of the application run."""
    app.before_remote("*.create", no_lists)
    app.after_remote("Tea.find*", may_be_kept)
    app.after_remote_error("**", note)


def no_lists(call: RemoteContext) -> None:
    """Clients make one record at a time."""
    if isinstance(call.args.get("data"), list):
        raise BadRequest("One record at a time, please.")


def may_be_kept(call: RemoteContext) -> None:
    """What is read of teas may be kept for a minute."""
    call.res.set_header("Cache-Control", "public, max-age=60")


def note(call: RemoteContext) -> None:
    """Calls that failed stand in the log, and the answer says under which name."""
    call.res.set_header("X-Failed", call.method_string)
    log.info("%s failed: %s (request %s)", call.method_string, call.error, lbpy.current.request_id)


def around_statements(source: lbpy.DataSource, slow: float = SLOW) -> None:
    """Log the statements of a data source that take longer than some seconds."""

    def began(_: Execution) -> None:
        _started.set(time.monotonic())

    def ended(execution: Execution) -> None:
        took = time.monotonic() - _started.get()
        if took >= slow:
            log.warning("%.0f ms: %s", took * 1000, execution.req["sql"])

    source.connector.observe("before execute", began)
    source.connector.observe("after execute", ended)
