"""The memory connector: rows in this process, with a `file` also in LoopBack's JSON file. Opens nothing before first use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ...data.contract import Connector, SourcePlace
from ...errors import ProjectError
from ...model.definition import ModelDefinition
from ...model.kinds import SIMPLE_KINDS, Kind
from .collection import MemoryCollection
from .filed import FileStore
from .store import ProcessStore, Store

__all__ = ["MemoryCollection", "MemoryConnector", "connect"]


class MemoryConnector(Connector[MemoryCollection]):
    """Rows in this process (source: datasources.md 4)."""

    name = "memory"
    instead = '; one write is all or nothing, lists included (a database in memory that has them: connector "sqlite" without a file)'
    id_kind: Kind = SIMPLE_KINDS["number"]

    def __init__(self, store: Store) -> None:
        self._store = store

    def collection(self, definition: ModelDefinition) -> MemoryCollection:
        """The rows of one model; models whose settings name the same `memory.collection` share them."""
        return MemoryCollection(definition, self._store)

    def close(self) -> None:
        """Let another process have the file."""
        self._store.close()

    def ping(self) -> None:
        """Raise StoreError if another process has the file."""
        with self._store.reading():
            pass


def connect(settings: Mapping[str, Any], place: SourcePlace) -> MemoryConnector:
    """A memory connector.

    Args:
        settings: `file`, if given, names a JSON file as LoopBack writes it, relative to the project; it serves one process.
        place: the data source's name and the project's folder.

    Raises:
        ProjectError: `file` is no text, or `url` is more than memory://.
    """
    if str(settings.get("url")).startswith("memory://") and settings["url"] != "memory://":
        raise ProjectError("memory:// names no file; `file` does", "datasources.json", f"{place.source}.url")
    file = settings.get("file")
    if not file:
        return MemoryConnector(ProcessStore())
    if not isinstance(file, str):
        raise ProjectError("`file` is the path of a JSON file", "datasources.json", f"{place.source}.file")
    return MemoryConnector(FileStore(os.path.join(place.root, file), file))
