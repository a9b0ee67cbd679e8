"""The typed, frozen nodes of conditions and filters, and the helpers to join and walk them. Compiles nothing and evaluates nothing.

Every value in a node was read by the kind of its property already; a connector's visitor only translates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ..geo import GeoPoint
from ..model.definition import ModelDefinition, Property
from ..model.kinds import Kind


@dataclass(frozen=True, slots=True)
class Path:
    """Where a value stands in a row.

    text: as written, "mayor.name". keys: its parts; a digit part addresses an index of a list.
    property: the declared property of the first part, None for undeclared (free-form) data.
    kind: the declared kind of the value at the end (the item's kind where that is a list), None if undeclared.
    many: the declared value is a list, or lies inside one: a condition holds if any element meets it.
    """

    text: str
    keys: tuple[str, ...]
    property: Property | None
    kind: Kind | None
    many: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; And(()) holds for every row."""

    parts: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds; Or(()) holds for no row."""

    parts: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class Nor:
    """No part holds."""

    parts: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class Equal:
    """The value is equal; value None: null or missing."""

    path: Path
    value: Any


@dataclass(frozen=True, slots=True)
class Unequal:
    """The value differs, null and missing included; value None: neither null nor missing."""

    path: Path
    value: Any


@dataclass(frozen=True, slots=True)
class Ordered:
    """The value is above or below; null and missing never are."""

    path: Path
    operator: Literal["gt", "gte", "lt", "lte"]
    value: Any


@dataclass(frozen=True, slots=True)
class Between:
    """The value lies between two others, both included; null and missing never do."""

    path: Path
    low: Any
    high: Any


@dataclass(frozen=True, slots=True)
class In:
    """The value is one of `values`; null: None is among them, so null and missing match too."""

    path: Path
    values: tuple[Any, ...]
    null: bool = False


@dataclass(frozen=True, slots=True)
class NotIn:
    """The value is none of `values`, null and missing included; null: None is among them, so null and missing do not match."""

    path: Path
    values: tuple[Any, ...]
    null: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    """The text fits the pattern, in the store's own meaning; null and missing fit neither this nor its negation.

    options: what was written beside it, for stores whose patterns have flags.
    """

    path: Path
    pattern: str
    negated: bool = False
    ignore_case: bool = False
    options: str = ""


@dataclass(frozen=True, slots=True)
class Matches:
    """The text matches the regular expression; flags: any of "i", "m" (g is dropped)."""

    path: Path
    pattern: str
    flags: str = ""


@dataclass(frozen=True, slots=True)
class Near:
    """The point lies within the distances, given in kilometres; its presence sorts the answer by distance, nearest first."""

    path: Path
    point: GeoPoint
    max_km: float | None = None
    min_km: float | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """A test in the words of one store; only the store whose collection offers the operator is asked this (data/contract.OwnOperators).

    operator: its name. operand: as that store's reader left it.
    """

    path: Path
    operator: str
    operand: Any


@dataclass(frozen=True, slots=True)
class Related:
    """At least one row of another model in the same store has in `there` what stands in `here`, and meets a condition of its own.

    Null and missing are related to nothing. Only a collection that says it can is asked this (data/contract.RelatedRows).

    here, there: plain declared properties of this model and of the other one. definition: the other model as it is on the store.
    where: the condition on its rows.
    """

    here: Path
    there: Path
    definition: ModelDefinition
    where: Where


Where: TypeAlias = And | Or | Nor | Equal | Unequal | Ordered | Between | In | NotIn | Like | Matches | Near | Own | Related

EVERY_ROW = And(())
NO_ROW = Or(())


def all_of(parts: Iterable[Where]) -> Where:
    """The conjunction, as small as it can be said."""
    kept = tuple(part for part in parts if part != EVERY_ROW)
    if NO_ROW in kept:
        return NO_ROW
    return kept[0] if len(kept) == 1 else And(kept)


def any_of(parts: Iterable[Where]) -> Where:
    """The disjunction, as small as it can be said."""
    kept = tuple(part for part in parts if part != NO_ROW)
    if EVERY_ROW in kept:
        return EVERY_ROW
    return kept[0] if len(kept) == 1 else Or(kept)


def none_of(parts: Iterable[Where]) -> Where:
    """The negated disjunction, as small as it can be said."""
    kept = tuple(part for part in parts if part != NO_ROW)
    if EVERY_ROW in kept:
        return NO_ROW
    return Nor(kept) if kept else EVERY_ROW


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key."""

    path: Path
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """What to find: condition, sort keys, page, properties to keep (None: all), relations to bring along.

    fields lists property names; undeclared names are kept only where `fields` names them.
    include stays as the client wrote it, relation by relation, until data/include reads it.
    """

    where: Where = EVERY_ROW
    order: tuple[Order, ...] = ()
    limit: int | None = None
    skip: int = 0
    fields: tuple[str, ...] | None = None
    include: tuple[Any, ...] = ()


def near_of(where: Where) -> Near | None:
    """The first Near in the tree of a condition (looked for below and-ed parts), which decides the order of rows."""
    if isinstance(where, Near):
        return where
    if isinstance(where, And):
        return next((found for found in map(near_of, where.parts) if found), None)
    return None
