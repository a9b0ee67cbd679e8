"""The transient connector: it gives ids and keeps nothing. For models that live only as long as a call."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from ..data.contract import Connector, Crud, SourcePlace
from ..errors import ProjectError
from ..model.definition import ModelDefinition
from ..model.kinds import SIMPLE_KINDS, Kind
from ..query.nodes import Filter, Where
from ..types import Row

MakeId: TypeAlias = Callable[[str, Row, str], Any]
"""`generateId` of the settings: name of the model, the row, name of the id property -> an id."""

LARGEST: Final = 10_000


class TransientCollection(Crud):
    """A model none of whose rows is kept (source: datasources.md 5)."""

    def __init__(self, definition: ModelDefinition, make_id: MakeId | None) -> None:
        self._model = definition.name
        self._id = definition.id
        self._make_id = make_id

    def create(self, row: Row) -> Row:
        """The row, with a random id where it has none."""
        if self._id is None:
            return dict(row)
        name, kind = self._id.name, self._id.kind
        id = row.get(name) or (self._make_id(self._model, row, name) if self._make_id else random_id(kind))
        return {**row, name: kind.read(id)}

    def find(self, filter: Filter) -> list[Row]:
        """No rows."""
        return []

    def count(self, where: Where) -> int:
        """None."""
        return 0

    def update(self, where: Where, changes: Row) -> int:
        """Changes nothing."""
        return 0

    def replace(self, id: Any, row: Row) -> bool:
        """There is nothing to replace."""
        return False

    def delete(self, where: Where) -> int:
        """There is nothing to delete."""
        return 0


def random_id(kind: Kind) -> Any:
    """A number below 10000 for numbers, else 24 hexadecimal digits."""
    return secrets.randbelow(LARGEST - 1) + 1 if kind.name == "number" else secrets.token_hex(12)


class TransientConnector(Connector[TransientCollection]):
    """A store that forgets.

    Args:
        id_kind: the kind of the ids that it makes.
        make_id: makes them; default random_id.
    """

    name = "transient"

    def __init__(self, id_kind: Kind, make_id: MakeId | None = None) -> None:
        self.id_kind = id_kind
        self._make_id = make_id

    def collection(self, definition: ModelDefinition) -> TransientCollection:
        """The rows of one model: none."""
        return TransientCollection(definition, self._make_id)


def connect(settings: Mapping[str, Any], place: SourcePlace) -> TransientConnector:
    """A transient connector.

    Args:
        settings: `defaultIdType` names the kind of the ids ("string" unless given), `generateId` is a callable that makes them.
        place: the data source's name, for messages.

    Raises:
        ProjectError: the type is unknown.
    """
    type = str(settings.get("defaultIdType") or "string").lower()
    if type not in SIMPLE_KINDS:
        raise ProjectError(f"{type} is no type", "datasources.json", f"{place.source}.defaultIdType")
    return TransientConnector(SIMPLE_KINDS[type], settings.get("generateId"))
