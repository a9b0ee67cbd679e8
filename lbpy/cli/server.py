"""Serving a project by gunicorn, in this process. Reads no project file and judges none."""

from __future__ import annotations

import errno
import logging
import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from multiprocessing import get_context
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import click
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from .. import gunicorn as shipped
from ..errors import OperatorError
from .start import INTERRUPTED, Start

_WATCHED: Final = ("*.json", "*.py", "*/*.json", "*/*.py")
_INHERITED: Final = ("GUNICORN_FD", "LISTEN_FDS")


def serve(start: Start, host: str | None, port: int | None, given: Mapping[str, Any]) -> None:
    """Serve until a signal ends it.

    Args:
        start: what to serve.
        host, port: where to listen; None: as the project says.
        given: settings of gunicorn from the command line; None: not given.

    Raises:
        OperatorError: the project, the address or a setting keeps it from starting.
        SystemExit: the end; status 0 after INT and TERM.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    Server(start, host, port, given).run()


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn with lbpy's settings, those of the project, GUNICORN_CMD_ARGS and the command line; a later one wins."""

    def __init__(self, start: Start, host: str | None, port: int | None, given: Mapping[str, Any]) -> None:
        project = start.read()
        bind = {"bind": address(host or project.config.host, project.config.port if port is None else port)}
        self._start = start
        self._api_root = project.config.rest_api_root
        self._folders = {project.server, project.root / "common"}
        own = {"loglevel": "warning", "when_ready": self._say_where, "pre_fork": self._watch}
        self._base = {**vars(shipped), **bind, **own}
        self._given = {**given, **({} if host is None and port is None else bind)}
        super().__init__()

    # -- what gunicorn asks --------------------------------------------------

    def load_config(self) -> None:
        """See BaseApplication."""
        environment = vars(self.cfg.parser().parse_args(self.cfg.get_cmd_args_from_env()))
        for settings in (self._base, environment, self._given):
            for name, value in settings.items():
                if value is not None and name in self.cfg.settings:
                    self.cfg.set(name, value)

    def load(self) -> Any:
        """See BaseApplication: a WSGI application. With --reload a broken project is served as its error until it is mended."""
        try:
            return self._start.app()
        except OperatorError as error:
            if not self.cfg.reload:
                raise
            click.echo(f"Error: {error}", err=True)
            return broken(str(error))

    def reload(self) -> None:
        """See BaseApplication. What --preload booted is booted again."""
        self.callable = None
        super().reload()

    def run(self) -> None:
        """See BaseApplication."""
        self._check_worker_class()
        if not any(name in os.environ for name in _INHERITED):
            check_free(self.cfg.address)
        if not self.rehearsed():
            raise SystemExit(1)
        Master(self).run()

    # -- what it takes to start ----------------------------------------------

    def rehearsed(self) -> bool:
        """Whether the project can start: tried in a process of its own, so that this one keeps nothing of its code."""
        child = get_context("fork").Process(target=self._rehearse)
        child.start()
        child.join()
        return child.exitcode == 0

    def _rehearse(self) -> None:
        try:
            self._start.rehearse(self.cfg.workers)
        except OperatorError as error:
            click.echo(f"Error: {error}", err=True)
            raise SystemExit(1) from None
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None

    def _check_worker_class(self) -> None:
        try:
            found = self.cfg.worker_class
        except RuntimeError as error:
            raise OperatorError(f"gunicorn has no such worker class: {error.__context__}") from error
        if not isinstance(found, type):
            raise OperatorError(f"gunicorn has no such worker class: {found}")

    def _say_where(self, arbiter: Any) -> None:
        places = ", ".join(f"{listener}{self._api_root}" for listener in arbiter.LISTENERS)
        click.echo(f"lbpy serves {places} (Ctrl-C ends it)")


    def _watch(self, arbiter: Any, worker: Any) -> None:
        """gunicorn watches the modules itself; what else to watch is looked up before each worker, as files come and go."""
        paths = (path for folder in self._folders for pattern in _WATCHED for path in folder.glob(pattern))
        self.cfg.set("reload_extra_files", sorted(map(str, paths)) if self.cfg.reload else [])


class Master(Arbiter):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's master; a project that was broken meanwhile does not take down the running workers."""

    def __init__(self, server: Server) -> None:
        self._server = server
        super().__init__(server)

    def handle_hup(self) -> None:
        """See Arbiter."""
        if self._server.rehearsed():
            super().handle_hup()
        else:
            click.echo("lbpy: not reloaded; the workers go on as they are", err=True)


def broken(text: str) -> WSGIApplication:
    """An application that answers 500 and a text to everything."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("500 Internal Server Error", [("Content-Type", "text/plain; charset=utf-8")])
        return [f"{text}\n".encode()]

    return answer


# -- addresses ---------------------------------------------------------------


def address(host: str, port: int) -> str:
    """Host and port in gunicorn's spelling."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_free(addresses: Iterable[tuple[str, int] | str | int]) -> None:
    """Raise OperatorError unless all can be listened at; sockets that are paths or handed over are gunicorn's business."""
    for host, port in _tcp(addresses):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                reason = "the port is in use" if error.errno == errno.EADDRINUSE else error.strerror
                text = f"cannot listen at {address(host, port)}: {reason}; choose another place with --host and --port"
                raise OperatorError(text) from error


def _tcp(addresses: Iterable[tuple[str, int] | str | int]) -> Iterator[tuple[str, int]]:
    return (one for one in addresses if isinstance(one, tuple))
