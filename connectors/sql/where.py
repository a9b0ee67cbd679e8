"""Conditions and sort keys as SQL, one visitor over the nodes of a query. Reads no client's text and builds no statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, LiteralString, TypeAlias

from ...model.definition import ModelDefinition
from ...query.evaluate import is_loose
from ...query.nodes import (
    And,
    Between,
    Equal,
    In,
    Like,
    Matches,
    Near,
    Nor,
    NotIn,
    Or,
    Order,
    Ordered,
    Own,
    Path,
    Related,
    Unequal,
    Where,
    near_of,
)
from .dialect import Dialect
from .fragment import EMPTY, FALSE, NULL, TRUE, Fragment, combine, join, param, sql
from .near import box_around
from .table import Column, Table, table_of, usual_order
from .value import ColumnValue, Element, LooseElement, Missing, Value

Leaf: TypeAlias = Equal | Unequal | Ordered | Between | In | NotIn | Like | Matches
Test: TypeAlias = Callable[[Value], Fragment]

NO_TEXT: Final = Fragment("CAST(NULL AS TEXT)")  # a sort key, which a plain NULL cannot be everywhere

NUMBERS: Final = frozenset({"INTEGER", "BIGINT", "SMALLINT", "NUMERIC", "REAL", "DOUBLE PRECISION"})
"""Column types whose values compare with each other."""

OPERATORS: Final[Mapping[str, LiteralString]] = {
    "gt": "{} > {}",
    "gte": "{} >= {}",
    "lt": "{} < {}",
    "lte": "{} <= {}",
}


class Conditions:
    """Translates what a query says about one table.

    A condition is never NULL where it is negated: negations test for IS NOT TRUE, so null and missing values
    count as in memory (source: querying.md 2).

    Args:
        table: the one that is asked.
        dialect: the database's way of saying things.
        depth: how many queries this one stands inside.
    """

    def __init__(self, table: Table, dialect: Dialect, depth: int = 0) -> None:
        self._table = table
        self._dialect = dialect
        self._depth = depth
        self._usual_order: tuple[Column, ...] = usual_order(table, dialect)
        self._inner: dict[str, tuple[ModelDefinition, Conditions]] = {}

    def clause(self, where: Where) -> Fragment:
        """` WHERE ...`; empty where every row is meant."""
        condition = self.condition(where)
        return EMPTY if condition == TRUE else Fragment(" WHERE ") + condition

    def condition(self, where: Where) -> Fragment:
        """One condition, fit to stand anywhere inside another."""
        match where:
            case And(parts):
                return combine(" AND ", [self.condition(part) for part in parts]) if parts else TRUE
            case Or(parts):
                return combine(" OR ", [self.condition(part) for part in parts]) if parts else FALSE
            case Nor(parts):
                return _not(self.condition(Or(parts)))
            case Near():
                return self._near(where)
            case Related():
                return self._related(where)
            case Own():
                raise TypeError(f"{where.operator} is for a store of its own")
            case _:
                return self._leaf(where)

    def order(self, where: Where, order: Sequence[Order]) -> Fragment:
        """` ORDER BY ...`: by distance if what is near is asked for, else by the keys; then by id, for stable pages.

        Without keys by id too, unless `defaultIdSort` says otherwise.
        """
        near = near_of(where)
        keys = [self._distance(near)] if near else [self._sort_key(one) for one in order if self._column(one.path)]
        keys += [column.qualified for column in (self._table.keys if keys else self._usual_order)]
        return Fragment(" ORDER BY ") + join(", ", keys) if keys else EMPTY

    # -- rows of other tables

    def relates(self, related: Related) -> bool:
        """Whether both keys are plain columns whose values compare."""
        here, there = self._column(related.here), self.inside(related.definition)._column(related.there)
        return here is not None and there is not None and _comparable(here, there)

    def inside(self, definition: ModelDefinition) -> Conditions:
        """The conditions on another model's table inside a query on this one, made at the first of them."""
        known = self._inner.get(definition.name)
        if known is not None and known[0] is definition:
            return known[1]
        alias = self._dialect.name(f"lbpy_related_{self._depth + 1}")
        made = Conditions(table_of(definition, self._dialect).named(alias), self._dialect, self._depth + 1)
        self._inner[definition.name] = definition, made
        return made

    def _related(self, related: Related) -> Fragment:
        inner, here = self.inside(related.definition), self._table.columns[related.here.keys[0]]
        there = inner._table.columns[related.there.keys[0]]
        found, condition = inner._table.sql, inner.condition(related.where)
        return sql("EXISTS (SELECT 1 FROM {} WHERE {} = {} AND {})", found, there.qualified, here.qualified, condition)

    # -- one condition on one path

    def _leaf(self, leaf: Leaf) -> Fragment:
        test = _test(leaf, self._dialect)
        column = self._column(leaf.path)
        if column is None or not column.storage.json:
            return test(self._plain(column, leaf.path))
        elements = self._dialect.elements(column.document, leaf.path.keys[1:])
        element = LooseElement if is_loose(leaf.path.kind) else Element
        found = sql("EXISTS (SELECT 1 FROM {} WHERE {})", elements.source, test(element(elements, self._dialect)))
        if not isinstance(leaf, Unequal):
            return found
        return sql("({} OR NOT EXISTS (SELECT 1 FROM {}))", found, elements.source)  # an empty list differs from everything

    def _plain(self, column: Column | None, path: Path) -> Value:
        if column is None or len(path.keys) > 1:
            return Missing()
        return ColumnValue(column, self._dialect)

    def _column(self, path: Path) -> Column | None:
        return self._table.columns.get(path.keys[0])

    # -- order and distance

    def _sort_key(self, order: Order) -> Fragment:
        column = self._table.columns[order.path.keys[0]]
        inner = order.path.keys[1:]
        if column.storage.json:
            key = self._dialect.member(column.document, inner)
        else:
            key = NO_TEXT if inner else self._dialect.sortable(column.qualified, column.property.kind)
        return sql("{} DESC", key) if order.descending else key

    def _position(self, near: Near) -> tuple[Fragment, Fragment]:
        column = self._column(near.path)
        if column is None or not column.storage.json:
            return NULL, NULL
        lat, lng = [self._dialect.coordinate(column.document, (*near.path.keys[1:], key)) for key in ("lat", "lng")]
        return lat, lng

    def _distance(self, near: Near) -> Fragment:
        return self._dialect.distance(*self._position(near), near.point)

    def _near(self, near: Near) -> Fragment:
        distance = self._distance(near)
        bounds = [*self._box(near), sql("{} IS NOT NULL", distance)]
        if near.max_km is not None:
            bounds.append(sql("{} <= {}", distance, param(near.max_km)))
        if near.min_km is not None:
            bounds.append(sql("{} >= {}", distance, param(near.min_km)))
        return combine(" AND ", bounds)

    def _box(self, near: Near) -> list[Fragment]:
        if near.max_km is None:
            return []
        lat, lng = self._position(near)
        box = box_around(near.point, near.max_km)
        sides = [sql("{} BETWEEN {} AND {}", lat, param(box.south), param(box.north))]
        if box.west is not None:
            sides.append(sql("{} BETWEEN {} AND {}", lng, param(box.west), param(box.east)))
        return sides


def _comparable(one: Column, other: Column) -> bool:
    types = {column.storage.type.upper() for column in (one, other)}
    return not (one.storage.json or other.storage.json) and (len(types) == 1 or types <= NUMBERS)


# -- tests of one value ------------------------------------------------------


def _test(leaf: Leaf, dialect: Dialect) -> Test:
    match leaf:
        case Equal(_, operand):
            return lambda value: _equal(value, operand)
        case Unequal(_, operand):
            return lambda value: _not(_equal(value, operand))
        case Ordered(_, operator, operand):
            return lambda value: value.ordered(OPERATORS[operator], operand)
        case Between(_, low, high):
            return lambda value: combine(" AND ", [value.ordered("{} >= {}", low), value.ordered("{} <= {}", high)])
        case In(_, operands, null):
            return lambda value: _among(value, operands, null)
        case NotIn(_, operands, null):
            return lambda value: _not(_among(value, operands, null))
        case Like():
            return lambda value: _like(value, leaf, dialect)
        case Matches(_, pattern, flags):
            return lambda value: dialect.matches(value.text, pattern, flags)


def _not(condition: Fragment) -> Fragment:
    return sql("({}) IS NOT TRUE", condition)


def _equal(value: Value, operand: Any) -> Fragment:
    return value.absent if operand is None else value.among([operand])


def _among(value: Value, operands: Sequence[Any], null: bool) -> Fragment:
    parts = [value.among(operands)] if operands else []
    parts += [value.absent] if null else []
    return combine(" OR ", parts) if parts else FALSE


def _like(value: Value, like: Like, dialect: Dialect) -> Fragment:
    fits = dialect.like(value.text, like.pattern, ignore_case=like.ignore_case)
    return sql("NOT {}", fits) if like.negated else fits
