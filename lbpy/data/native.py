"""What a connector offers that runs statements in the store's own language. Knows no language."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from ..types import Row


class Native(ABC):
    """The store runs statements as its users write them."""

    @abstractmethod
    def execute(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        """Run one statement, inside the current transaction if there is one (source: datasources.md 3.2).

        Args:
            sql: the statement, with the store's own marks for parameters.
            params: their values.

        Returns:
            the rows, as dicts by column name; none for what answers no rows.

        Raises:
            StoreError: the store refuses it.
        """
