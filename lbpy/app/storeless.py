"""The connector of models whose data source cannot be had: their routes exist and are closed, any use by code says why. Keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from ..data.contract import Connector, Crud, Place
from ..errors import OperatorError
from ..model.definition import ModelDefinition
from ..model.kinds import SIMPLE_KINDS, Kind
from ..query.nodes import Filter, Where
from ..types import Row

NAME = "no data source"


class Storeless(Connector[Crud]):
    """Stands in for a store that is not there (source: real-projects.md 3.4)."""

    name = NAME
    id_kind: Kind = SIMPLE_KINDS["number"]

    def collection(self, definition: ModelDefinition) -> Crud:
        """See Connector."""
        return _Nothing(definition.name)


class _Nothing(Crud):
    """Rows that nobody has."""

    def __init__(self, model: str) -> None:
        self._model = model

    def _refuse(self) -> NoReturn:
        raise OperatorError(f"{self._model} has no data source that could be opened; `lbpy check` says why")

    def create(self, row: Row) -> Row:
        """See Crud."""
        self._refuse()

    def find(self, filter: Filter) -> list[Row]:
        """See Crud."""
        self._refuse()

    def count(self, where: Where) -> int:
        """See Crud."""
        self._refuse()

    def update(self, where: Where, changes: Row) -> int:
        """See Crud."""
        self._refuse()

    def replace(self, id: Any, row: Row) -> bool:
        """See Crud."""
        self._refuse()

    def delete(self, where: Where) -> int:
        """See Crud."""
        self._refuse()


def connect(settings: Mapping[str, Any], place: Place) -> Storeless:
    """The connector; it has no settings and opens nothing."""
    return Storeless()
