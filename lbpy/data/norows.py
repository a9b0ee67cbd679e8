"""Collections of stores that keep no rows: whoever asks one for rows is told why. Stores nothing."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from ..query.nodes import Filter, Where
from ..types import Row
from .contract import Crud


class NoRows(Crud):
    """What is left of Crud where there are no rows."""

    @abstractmethod
    def refusal(self) -> Exception:
        """What every call raises."""

    def create(self, row: Row) -> Row:
        """Raises: what `refusal` says."""
        raise self.refusal()

    def find(self, filter: Filter) -> list[Row]:
        """Raises: what `refusal` says."""
        raise self.refusal()

    def count(self, where: Where) -> int:
        """Raises: what `refusal` says."""
        raise self.refusal()

    def update(self, where: Where, changes: Row) -> int:
        """Raises: what `refusal` says."""
        raise self.refusal()

    def replace(self, id: Any, row: Row) -> bool:
        """Raises: what `refusal` says."""
        raise self.refusal()

    def delete(self, where: Where) -> int:
        """Raises: what `refusal` says."""
        raise self.refusal()
