"""Applies the Python of a project to its application: classes of models, mixins, components, boot scripts. Reads no JSON."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import OperatorError, ProjectError
from ..model.base import Model
from ..model.declare import class_from_json, declared_with
from .application import App
from .counterparts import Counterparts, telling
from .entries import Factory, MiddlewareEntry
from .project.components import ComponentEntry
from .project.files import own_code
from .project.models import ModelEntry
from .project.reading import Project


class ProjectCode:
    """The Python files of a project that are run; those that are still stubs are passed over.

    Args:
        project: as read.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.counterparts: Counterparts = Counterparts(project.root)

    def _runs(self, file: str) -> bool:
        return bool(file) and file not in self.project.ported.passed_over

    def model_class(self, entry: ModelEntry, spec: Mapping[str, Any], base: type[Model] | None) -> type[Model] | None:
        """The class of a model: the one written beside its JSON, else one made from the JSON; None where neither can be.

        Args:
            entry: the model.
            spec: its JSON with the parts of model-config.
            base: the class of its base, None where it is not known.

        Raises:
            ProjectError: its Python file raises, defines no such class, or has another base than the JSON says.
        """
        if not self._runs(entry.code):
            return class_from_json(spec, base) if base is not None else None
        cls = self.counterparts.model(entry.code, entry.name)
        with telling(entry.code, self.project.root / entry.code):
            return declared_with(cls, spec, Model if entry.definition is None else base or Model)

    def add_mixins(self, app: App) -> None:
        """Make the project's own mixins known: `def mixin(model, options)`, run when a model that uses it is attached."""
        for name, path in self.project.mixins.items():
            file = Path(os.path.relpath(path, self.project.root)).as_posix()
            if self._runs(file):
                app.mixins.register(name, self.counterparts.function(file, "mixin"))

    def add_components(self, app: App) -> None:
        """Call the components in the order of component-config.json with the application and their options (source: logic.md 7.4)."""
        for entry in self.project.components:
            if entry.enabled:
                self._add_component(app, entry)

    def _add_component(self, app: App, entry: ComponentEntry) -> None:
        if entry.name.startswith("."):
            path = own_code(self.project.server, entry.name)
            file = Path(os.path.relpath(path, self.project.root)).as_posix() if path else ""
            if self._runs(file):
                self.counterparts.function(file, "component")(app, entry.options)
            return
        try:
            app.components.get(entry.name)(app, entry.options)
        except OperatorError as problem:
            raise ProjectError(str(problem), entry.file, entry.key) from problem

    def middleware(self, entry: MiddlewareEntry) -> Factory | None:
        """The factory of a module that middleware.json names by a path: `def middleware(*params)`, or the function behind `#`.

        Returns:
            None where its Python file is missing or still a stub.

        Raises:
            ProjectError: the file raises, or has no such function.
        """
        if not self._runs(entry.code):
            return None
        make = self.counterparts.function(entry.code, entry.name.partition("#")[2] or "middleware")
        return lambda params, place: make(*params)

    def run_boot_scripts(self, app: App) -> None:
        """Call `boot(app)` of the Python boot scripts in LoopBack's order (source: logic.md 7.1).

        Raises:
            ProjectError: one raises, or has no such function.
        """
        for script in self.project.boot_scripts:
            if self._runs(script.code):
                self.counterparts.function(script.code, "boot")(app)
