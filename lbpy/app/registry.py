"""The models and data sources of one application by name. Binds nothing and serves nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ..data.source import DataSource
from ..errors import OperatorError
from ..model.base import Model


class Registry:
    """Models and data sources of one application."""

    def __init__(self) -> None:
        self._models: dict[str, type[Model]] = {}
        self._sources: dict[str, DataSource] = {}

    def add_model(self, name: str, cls: type[Model]) -> None:
        """Make a model known by its name; a later one takes the place of an earlier one."""
        self._models[name] = cls

    def find_model(self, name: str) -> type[Model] | None:
        """The model of that name, or None."""
        return self._models.get(name)

    def model(self, name: str) -> type[Model]:
        """The model of that name.

        Raises:
            OperatorError: there is none.
        """
        if name not in self._models:
            raise OperatorError(f"Model not found: {name}")
        return self._models[name]

    def model_by_type(self, base: type[Model]) -> type[Model]:
        """The first registered subclass of a class, else the application's own one of the same name, else the class itself.

        Source: models.md 8.
        """
        heirs = {name: cls for name, cls in self._models.items() if issubclass(cls, base) and cls is not base}
        return next((cls for name, cls in heirs.items() if name != base.__name__), heirs.get(base.__name__, base))

    def models(self) -> Iterator[tuple[str, type[Model]]]:
        """All models in the order in which they were added."""
        return iter(self._models.items())

    def add_source(self, source: DataSource) -> None:
        """Make a data source known."""
        self._sources[source.name] = source

    def source(self, name: str) -> DataSource:
        """The data source of that name.

        Raises:
            OperatorError: there is none; the text names those that there are.
        """
        if name not in self._sources:
            known = ", ".join(sorted(self._sources)) or "none"
            raise OperatorError(f"there is no data source {name!r}; there are: {known}")
        return self._sources[name]

    def sources(self) -> Iterator[DataSource]:
        """All data sources."""
        return iter(self._sources.values())
