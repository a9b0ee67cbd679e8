"""The collections of one data source under one lock, and what rows are kept by. Knows no condition, model class or file."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

from ...model.definition import ModelDefinition, Property
from ...model.kinds import SIMPLE_KINDS, Kind
from .layout import id_text
from .table import Key, Table

AS_THEY_ARE: Final = frozenset({"number", "string"})


def collection_name(definition: ModelDefinition) -> str:
    """The collection of a model: `memory.collection` in its settings, else its name."""
    block = definition.setting("memory")
    name = block.get("collection") if isinstance(block, Mapping) else None
    return str(name or definition.name)


def id_of(definition: ModelDefinition) -> Property:
    """The property that rows are kept by: the id, or the first part of a composite one; without any a number named id."""
    parts = sorted((one for one in definition.properties.values() if one.id), key=lambda one: one.id)
    return parts[0] if parts else Property("id", SIMPLE_KINDS["number"], id=1, generated=True)


def key_of(kind: Kind, id: Any) -> Key:
    """What a row with this id is kept by."""
    return id if kind.name in AS_THEY_ARE else id_text(id)


class Store(ABC):
    """The collections of one data source."""

    @abstractmethod
    def table(self, definition: ModelDefinition) -> Table:
        """The collection of a model, which may be another model's too."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Any]:
        """A block during which nobody changes anything."""

    @abstractmethod
    def changing(self) -> AbstractContextManager[Any]:
        """A block that changes rows; once it is left without an exception, what it did is kept."""

    @abstractmethod
    def close(self) -> None:
        """Give back what was opened."""


class ProcessStore(Store):
    """Collections that last as long as the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: dict[str, Table] = {}

    def table(self, definition: ModelDefinition) -> Table:
        """The collection of a model."""
        with self._lock:
            table = self._tables.setdefault(collection_name(definition), Table())
            table.users += 1
        return table

    def reading(self) -> AbstractContextManager[Any]:
        """The lock of all collections."""
        return self._lock

    def changing(self) -> AbstractContextManager[Any]:
        """The lock of all collections."""
        return self._lock

    def close(self) -> None:
        """Keep the rows: there is nothing to give back."""
