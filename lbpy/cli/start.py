"""How a project is started to be served, and its rehearsal. Knows no server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import click

from ..app.application import App
from ..app.boot import read, served
from ..app.project.reading import Project
from . import audit

INTERRUPTED: Final = 128 + 2
"""The status of what Ctrl-C ended, as shells give it: 128 and the number of the signal."""


@dataclass(frozen=True, slots=True)
class Start:
    """What was asked for.

    project: the folder. strict: start only without findings above a note. stand_in: the connector that stands in for those
    that cannot be used, "" none.
    """

    project: str
    strict: bool = False
    stand_in: str = ""

    def read(self) -> Project:
        """What the folder says now. Raises ProjectError."""
        return read(self.project, stand_in=self.stand_in)

    def app(self) -> App:
        """The application. Raises OperatorError."""
        return served(self.read())

    def rehearse(self, workers: int) -> None:
        """Boot once and say what was found.

        Args:
            workers: how many processes there will be.

        Raises:
            SystemExit: it cannot start, or it must not because of `strict`; status 1.
        """
        project = self.read()
        app = audit.tried(project)
        for line in (*audit.lines(project, app), *_split_rows(app, workers)):
            click.echo(line, err=True)
        if app is None or (self.strict and project.report.exit_code):
            raise SystemExit(1)
        app.close()


def _split_rows(app: App | None, workers: int) -> Iterator[str]:
    """A warning for each data source whose rows the workers do not share."""
    for source in app.registry.sources() if app and workers > 1 else ():
        if source.connector.name == "memory":
            yield f"warn WORKERS_APART {source.name} keeps its rows in memory: each of the {workers} workers has its own"
