"""Tries whether a project becomes an application, and says what was found. Opens no port and no store."""

from __future__ import annotations

from collections.abc import Iterator

from ..app import boot
from ..app.application import App
from ..app.project.reading import Project
from ..errors import OperatorError, ProjectError


def tried(project: Project) -> App | None:
    """The application, or None where it cannot start: then its report says why."""
    if project.report.refused:
        return None
    try:
        app = boot.rehearsed(project)
    except OperatorError as error:
        _refuse(project, error)
        return None
    boot.audit(app, project)
    return app


def _refuse(project: Project, error: OperatorError) -> None:
    """What only shows when models are built or connectors are made, as one more finding."""
    place = error if isinstance(error, ProjectError) else ProjectError(str(error))
    project.report.add("refuse", "START_FAILED", place.file or ".", place.key, text=place.text)


def lines(project: Project, app: App | None) -> Iterator[str]:
    """The report and its last line with the totals (source: real-projects.md 1.1)."""
    yield from project.report.lines()
    models = len(list(app.registry.models())) if app else 0
    public = sum(one.public for one in project.models) if app else 0
    yield project.report.totals(models, public, len(app.routes()) if app else 0)
