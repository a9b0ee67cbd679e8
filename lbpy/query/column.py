"""Conditions written in Python: col(Product.price) > 3. They become LoopBack's raw where and are checked as such."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Generic, Literal, TypeVar

from ..geo import GeoPoint
from ..model.properties import Attribute
from ..types import Json

T = TypeVar("T")

Unit = Literal["miles", "kilometers", "meters", "feet", "radians", "degrees"]


class Condition:
    """A raw where that can be joined with others by &, | and ~.

    Args:
        raw: LoopBack's where object.
    """

    __slots__ = ("raw",)

    def __init__(self, raw: dict[str, Json]) -> None:
        self.raw: dict[str, Json] = raw

    def __and__(self, other: Condition) -> Condition:
        return Condition({"and": [*self._parts("and"), *other._parts("and")]})

    def __or__(self, other: Condition) -> Condition:
        return Condition({"or": [*self._parts("or"), *other._parts("or")]})

    def __invert__(self) -> Condition:
        return Condition({"nor": [self.raw]})

    def _parts(self, name: str) -> list[dict[str, Json]]:
        parts: list[dict[str, Json]] = self.raw[name] if self.raw.keys() == {name} else [self.raw]
        return parts

    def __bool__(self) -> bool:
        raise TypeError("a condition is neither true nor false; join conditions with & and |, not with `and` and `or`")

    def __repr__(self) -> str:
        return f"Condition({self.raw!r})"


def raw_where(where: Condition | Mapping[str, Json] | None) -> Json:
    """A condition that Python code hands over, as LoopBack's raw where.

    Args:
        where: a condition, or a raw where.

    Raises:
        TypeError: it is true or false, as comparing an attribute of a class is.
    """
    if isinstance(where, bool):
        raise TypeError(f"{where} is no condition: compare a column, as in col(Product.name) == 'Tea', not the attribute itself")
    return where.raw if isinstance(where, Condition) else where


class Column(Generic[T]):
    """A property, or a path below one, to be compared with values of its type.

    Args:
        name: the dotted path, as in LoopBack's where.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name: str = name

    def __getitem__(self, key: str | int) -> Column[Any]:
        """The value below: a member of an object (or of each object in a list), or one element of a list by its index."""
        return Column(f"{self.name}.{key}")

    def _where(self, operator: str, value: Any, **companions: Any) -> Condition:
        return Condition({self.name: {operator: value, **companions}})

    def __eq__(self, other: T | None) -> Condition:  # type: ignore[override]  # a condition, not an answer
        return self._where("eq", other) if isinstance(other, (dict, list)) else Condition({self.name: other})

    def __ne__(self, other: T | None) -> Condition:  # type: ignore[override]  # a condition, not an answer
        return self._where("neq", other)

    def __lt__(self, other: T) -> Condition:
        return self._where("lt", other)

    def __le__(self, other: T) -> Condition:
        return self._where("lte", other)

    def __gt__(self, other: T) -> Condition:
        return self._where("gt", other)

    def __ge__(self, other: T) -> Condition:
        return self._where("gte", other)

    __hash__: ClassVar[None]  # type: ignore[assignment]  # == makes a condition, so a column cannot be a key

    def is_null(self) -> Condition:
        """Null or missing."""
        return Condition({self.name: None})

    def not_null(self) -> Condition:
        """Neither null nor missing."""
        return self._where("neq", None)

    def one_of(self, values: Iterable[T]) -> Condition:
        """Equal to one of the values."""
        return self._where("inq", list(values))

    def not_in(self, values: Iterable[T]) -> Condition:
        """Equal to none of the values; missing values are equal to none."""
        return self._where("nin", list(values))

    def between(self, low: T, high: T) -> Condition:
        """From `low` to `high`, both included."""
        return self._where("between", [low, high])

    def like(self, pattern: str, *, ignore_case: bool = False) -> Condition:
        """Fits a pattern, in the store's own meaning of like (% and _ are wildcards everywhere but on MongoDB)."""
        return self._where("ilike" if ignore_case else "like", pattern)

    def not_like(self, pattern: str, *, ignore_case: bool = False) -> Condition:
        """Is there and does not fit the pattern."""
        return self._where("nilike" if ignore_case else "nlike", pattern)

    def matches(self, pattern: str, *, ignore_case: bool = False) -> Condition:
        """Has a part that matches the regular expression."""
        return self._where("regexp", f"/{pattern}/{'i' if ignore_case else ''}")

    def near(
        self, point: GeoPoint, *, within: float | None = None, beyond: float | None = None, unit: Unit = "miles"
    ) -> Condition:
        """Within a distance of a point; the answer is sorted by distance, nearest first.

        Args:
            point: where from.
            within, beyond: the largest and the smallest distance, in `unit`.
        """
        distances = {"maxDistance": within, "minDistance": beyond}
        return self._where("near", point, unit=unit, **{name: one for name, one in distances.items() if one is not None})


def col(of: T) -> Column[T]:
    """The column of a property, for conditions.

    Args:
        of: the property as its class has it, Product.price; a type checker sees the type of its values.

    Returns:
        what compares: col(Product.price) > 3, col(Product.tags).one_of(["new"]), col(Product.maker)["city"] == "Rome".

    Raises:
        TypeError: it is no property of a class.
    """
    if not isinstance(of, Attribute):
        raise TypeError(f"col() takes a property of a model class, such as col(Product.price), not {of!r}")
    return Column(of.name)
