"""`lbpy run`: the options of serving a project. The server itself is another file."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..errors import OperatorError
from .start import Start

if sys.platform == "win32":

    def serve(start: Start, host: str | None, port: int | None, given: dict[str, Any]) -> None:
        """Say that there is no gunicorn here."""
        raise OperatorError("gunicorn needs fork, which Windows has not: use WSL, or another WSGI server with lbpy.boot(PROJECT)")

else:
    from .server import serve


@click.command()
@click.argument("project", default=".")
@click.option("--host", help="Address to listen at (default: host of config.json).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen at, 0 any free one (default: port of config.json).")
@click.option("--workers", type=click.IntRange(1), help="Number of processes (default: WEB_CONCURRENCY, else 1).")
@click.option("--threads", type=click.IntRange(1), help="Requests that a worker answers at a time (default: 8).")
@click.option("--worker-class", help="gunicorn's kind of worker (default: gthread).")
@click.option("--preload", "preload_app", is_flag=True, default=None, help="Boot before the workers are forked: less memory.")
@click.option("--reload", is_flag=True, default=None, help="Boot again when a file of the project changes: development only.")
@click.option("--strict", is_flag=True, help="Start only if `lbpy check` passes.")
@click.option("--missing-source", type=click.Choice(["memory"]), help="What stands in for data sources that cannot be used.")
def run(project: str, host: str | None, port: int | None, strict: bool, missing_source: str | None, **given: Any) -> None:
    """Serve a project folder by gunicorn.

    Other settings of gunicorn are taken from GUNICORN_CMD_ARGS.
    """
    serve(Start(project, strict, missing_source or ""), host, port, given)
