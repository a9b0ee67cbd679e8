"""What one query has used up of the limits on following relations. Follows none itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from ..errors import BadRequest
from ..types import Limits


class Budget:
    """What one include, or one where, has used up as a whole (source: design 5.9).

    Args:
        part: of the query, for messages.
        limits: of the application.
        client: whether the caller is a client; for code only the depth counts.
    """

    __slots__ = ("_client", "_depth", "_edges", "_limits", "_part", "_rows")

    def __init__(self, part: Literal["include", "where"], limits: Limits, *, client: bool) -> None:
        self._part = part
        self._limits = limits
        self._client = client
        self._depth = self._edges = self._rows = 0

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level deeper inside. Raises: BadRequest."""
        self._depth += 1
        deepest = self._limits.include_depth
        if self._depth > deepest:
            raise BadRequest(f"The {self._part} follows relations deeper than {deepest} levels (limits.includeDepth)")
        yield
        self._depth -= 1

    def follow(self) -> None:
        """One relation more. Raises: BadRequest."""
        self._edges += 1
        most = self._limits.include_edges
        if self._client and most is not None and self._edges > most:
            raise BadRequest(f"The {self._part} follows more than {most} relations (limits.includeEdges)")

    @property
    def most_rows(self) -> int | None:
        """How many rows a client may have fetched; None for any number."""
        return self._limits.include_rows if self._client else None

    @property
    def left(self) -> int | None:
        """How many rows may still come; None for any number."""
        return None if self.most_rows is None else self.most_rows - self._rows

    def take(self, rows: int) -> None:
        """So many rows came. Raises: BadRequest."""
        self._rows += rows
        if self.left is not None and self.left < 0:
            raise BadRequest(f"The {self._part} brings more than {self._limits.include_rows} records (limits.includeRows)")
