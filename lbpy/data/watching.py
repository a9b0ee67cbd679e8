"""The gate in front of rows that a request reads beside its own: who stands there is told by its options. Knows no rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from ..types import WATCH, Options, Row
from .bound import Bound

GiveRows: TypeAlias = Callable[[], Sequence[Row]]
"""Gives rows as they are stored; called only where a decision needs them."""

Watch: TypeAlias = Callable[[Bound, str, GiveRows | None], None]
"""Asked before rows of a model are read by a method: (the model, LoopBack's name of the method, the rows).

"find" stands for the rows at the other end of a relation, "__get__NAME" for rows that a relation is followed from. No rows yet
(`tuple`) asks what holds whether there are any; None asks for all there could be, as a condition does. It raises what the caller is told.
"""


def watch_of(options: Options) -> Watch:
    """Who watches a call: nobody, unless its options are those of a request that access control admitted."""
    found: Watch = options.get(WATCH, _nobody)
    return found


def _nobody(bound: Bound, method: str, rows: GiveRows | None) -> None:
    """Let everything pass."""


def at_hand(rows: Sequence[Row]) -> GiveRows:
    """Rows that were read already."""
    return lambda: rows
