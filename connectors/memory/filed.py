"""Collections with LoopBack's JSON file behind them: read at first use, written after every change. Knows no condition."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ...errors import ClientError, ProjectError, StoreError
from ...model.definition import ModelDefinition, Property
from ...model.kinds import NOTHING, Kind
from ...types import Row
from .disk import FileLock, replace_file
from .layout import Content, id_text, parse, render, row_text
from .store import Store, collection_name, id_of, key_of
from .table import Key, Stored, Table


class FiledTable(Table):
    """A collection that also has its rows as JSON text, in the order in which LoopBack's file has them.

    Attributes:
        texts: the rows as JSON text by the text of their ids.
    """

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self._id: Property | None = None
        self._kinds: dict[str, Kind] = {}

    @property
    def used(self) -> bool:
        """Whether anything was ever stored here."""
        return bool(self.texts) or self.counter != 1

    def put(self, key: Key, row: Row) -> Stored:
        """Keep a copy of a row and its text."""
        self.texts[id_text(key)] = row_text(row)
        return super().put(key, row)

    def remove(self, key: Key) -> None:
        """Forget a row and its text."""
        super().remove(key)
        del self.texts[id_text(key)]

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self.texts = {}

    def declare(self, definition: ModelDefinition) -> None:
        """Read values by the kinds of this model's properties; what another model declared before stays as that said."""
        self._id = self._id or id_of(definition)
        self._kinds = {name: one.kind for name, one in definition.properties.items()} | self._kinds

    def load(self, texts: Mapping[str, str], counter: float | None) -> None:
        """Take over rows from a file; without a model nothing is read, the texts only wait to be written again.

        Args:
            texts: the rows as JSON text by the text of their ids.
            counter: the next id, None to go on after the largest one.

        Raises:
            ValueError: a row is no JSON object.
        """
        super().clear()
        self.texts = dict(texts)
        if self._id is not None:
            for name, text in texts.items():
                self._load_row(self._id, name, text)
        self.counter: float = counter if counter is not None else max(map(int, filter(str.isdecimal, texts)), default=0) + 1

    def _load_row(self, id: Property, name: str, text: str) -> None:
        raw = json.loads(text)
        if not isinstance(raw, dict):
            raise ValueError(f"the row {name} is no object")
        row = {key: _revived(self._kinds[key], value) if key in self._kinds else value for key, value in raw.items()}
        if row.get(id.name) is None:
            row[id.name] = _id_of_name(id.kind, name)
        super().put(key_of(id.kind, row[id.name]), row)


def _revived(kind: Kind, value: Any) -> Any:
    """A value from a file as rows keep it; what its kind refuses stays what it was."""
    try:
        return kind.read(_unwrapped(value) if kind.name == "datestring" else value)
    except ClientError:
        return value


def _unwrapped(value: Any) -> Any:
    """LoopBack writes a datestring as the JSON text of an object around it."""
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    return json.loads(value).get("when")


def _id_of_name(kind: Kind, name: str) -> Any:
    id = kind.path_id(name)
    return name if id is NOTHING else id


class FileStore(Store):
    """Collections that are written to LoopBack's JSON file after every change.

    The file is read at first use and belongs to one process. A change returns when it is on disk: the whole file is written
    beside the old one, then takes its place, so that whatever happens one of the two is there. Changes made by other threads
    while one is being written go to disk together.

    Args:
        path: absolute path of the file, which may be missing.
        shown: the path as the project has it, for messages.
    """

    def __init__(self, path: str, shown: str) -> None:
        self._lock = threading.Lock()
        self._path = os.path.realpath(path)
        self._shown = shown
        self._exclusive = FileLock(f"{self._path}.lock")
        self._tables: dict[str, FiledTable] = {}
        self._listed: list[str] = []
        self._owner: int | None = None
        self._writing = threading.Lock()
        self._changes = 0
        self._written = 0

    def table(self, definition: ModelDefinition) -> Table:
        """The collection of a model; rows that were read before are read again with its kinds."""
        name = collection_name(definition)
        with self._lock:
            table = self._tables.setdefault(name, FiledTable())
            table.declare(definition)
            table.users += 1
            if table.used:
                self._load(name, dict(table.texts), table.counter)
        return table

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A block during which nobody changes anything.

        Raises:
            StoreError: another process has the file. ProjectError: it cannot be read.
        """
        with self._lock:
            self._open()
            yield

    @contextmanager
    def changing(self) -> Iterator[None]:
        """A block that changes rows; it is left when they are on disk.

        Raises:
            StoreError: another process has the file, or it cannot be written. ProjectError: it cannot be read.
        """
        with self._lock:
            self._open()
            yield
            self._changes += 1
            change = self._changes
        self._write(change)

    def close(self) -> None:
        """Let another process have the file; the next call reads it again."""
        with self._writing, self._lock:
            self._exclusive.release()
            self._owner = None

    # -- reading the file ----------------------------------------------------

    def _open(self) -> None:
        if self._owner == os.getpid():
            return
        self._claim()
        try:
            self._load_all(self._read())
        except BaseException:
            self._exclusive.release()
            raise
        self._owner = os.getpid()

    def _claim(self) -> None:
        try:
            free = self._exclusive.acquire()
        except OSError as error:
            raise StoreError(f"{self._shown}: cannot be locked: {error.strerror}") from error
        if not free:
            raise StoreError(f"{self._shown} is used by another process; the memory connector with a file serves one process")

    def _read(self) -> Content | None:
        try:
            with open(self._path, encoding="utf-8") as file:
                text = file.read()
            return parse(text) if text else None
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError) as error:
            raise ProjectError(f"this is no file of a memory store: {error}", self._shown) from error
        except OSError as error:
            raise StoreError(f"{self._shown}: cannot be read: {error.strerror}") from error

    def _load_all(self, content: Content | None) -> None:
        for table in self._tables.values():
            table.clear()
        if content is None:
            self._listed = list(self._tables)
            return
        self._listed = list({**content.models, **content.ids})
        for name in self._listed:
            self._tables.setdefault(name, FiledTable())
            self._load(name, content.models.get(name, {}), content.ids.get(name))

    def _load(self, name: str, texts: Mapping[str, str], counter: float | None) -> None:
        try:
            self._tables[name].load(texts, counter)
        except (ValueError, RecursionError) as error:
            raise ProjectError(f"a row cannot be read: {error}", self._shown, f"models.{name}") from error

    # -- writing the file ----------------------------------------------------

    def _write(self, change: int) -> None:
        with self._writing:
            if self._written >= change:
                return  # it went to disk together with another thread's
            with self._lock:
                latest, content = self._changes, render(self._content())
            try:
                replace_file(self._path, content)
            except OSError as error:
                raise StoreError(f"{self._shown}: cannot be written: {error.strerror}") from error
            self._written = latest

    def _content(self) -> Content:
        self._listed += [name for name, table in self._tables.items() if table.used and name not in self._listed]
        tables = {name: self._tables[name] for name in self._listed}
        return Content({name: one.counter for name, one in tables.items()}, {name: one.texts for name, one in tables.items()})
