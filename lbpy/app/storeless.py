"""The connector of models whose data source cannot be had: their routes exist and are closed, any use by code says why. Keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ..data.contract import Connector, Crud, SourcePlace, Transactions
from ..data.norows import NoRows
from ..errors import NotPorted
from ..model.definition import ModelDefinition
from ..model.kinds import SIMPLE_KINDS, Kind

NAME = "no data source"


class Storeless(Connector[Crud], Transactions):
    """Stands in for a store that is not there (source: real-projects.md 3.4)."""

    name = NAME
    id_kind: Kind = SIMPLE_KINDS["number"]

    def collection(self, definition: ModelDefinition) -> Crud:
        """See Connector."""
        return _Nothing(definition.name)

    def transaction(self, isolation: str | None = None) -> AbstractContextManager[None]:
        """See Transactions; a closed model may ask for one, and nothing is done inside."""
        return nullcontext()


class _Nothing(NoRows):
    """Rows that nobody has."""

    def __init__(self, model: str) -> None:
        self._model = model

    def refusal(self) -> NotPorted:
        """See NoRows."""
        return NotPorted(f"{self._model} has no data source that could be opened; `lbpy check` says why", code="NOT_PORTED")


def connect(settings: Mapping[str, Any], place: SourcePlace) -> Storeless:
    """The connector; it has no settings and opens nothing."""
    return Storeless()
