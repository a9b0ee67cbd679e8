"""Pieces of SQL that add up: text and parameters together, so that a value never enters text. Knows no dialect, no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString

MARK: Final = "\0"
"""Stands for a parameter inside text; no SQL text and no name can hold it."""

GROUP: Final = 16


@dataclass(frozen=True, slots=True)
class Fragment:
    """Text of SQL and its parameters, one MARK in the text for each.

    Made by `sql` and `param`; names enter through a dialect's `name`. Nothing else builds one from a value.
    """

    text: str
    params: tuple[Any, ...] = ()

    def __add__(self, other: Fragment) -> Fragment:
        return Fragment(self.text + other.text, self.params + other.params)

    def render(self, placeholder: str = "?") -> str:
        """The text as a driver takes it; a placeholder with a percent sign asks for percent signs to be doubled."""
        text = self.text.replace("%", "%%") if "%" in placeholder else self.text
        return text.replace(MARK, placeholder)


EMPTY: Final = Fragment("")
TRUE: Final = Fragment("TRUE")
FALSE: Final = Fragment("FALSE")
NULL: Final = Fragment("NULL")


def sql(template: LiteralString, *parts: Fragment) -> Fragment:
    """Fill the `{}` of a template, written in the source of the program, with fragments in their order."""
    text = template.format(*[part.text for part in parts])
    return Fragment(text, tuple(value for part in parts for value in part.params))


def param(value: Any) -> Fragment:
    """A value, bound when the statement runs."""
    return Fragment(MARK, (value,))


def join(separator: LiteralString, parts: Sequence[Fragment]) -> Fragment:
    """The parts with a separator between them."""
    text = separator.join([part.text for part in parts])
    return Fragment(text, tuple(value for part in parts for value in part.params))


def params(values: Sequence[Any]) -> Fragment:
    """Several values, with commas between them."""
    return Fragment(", ".join(MARK * len(values)), tuple(values))


def combine(operator: LiteralString, parts: Sequence[Fragment]) -> Fragment:
    """At least one condition, combined by AND or OR.

    Long lists become groups of groups: databases limit the depth of an expression, and a chain is as deep as it is long.
    """
    if len(parts) == 1:
        return parts[0]
    if len(parts) <= GROUP:
        return sql("({})", join(operator, parts))
    return combine(operator, [combine(operator, parts[at : at + GROUP]) for at in range(0, len(parts), GROUP)])
