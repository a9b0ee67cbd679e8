"""The mark that a relation leaves on a class: its name and what LoopBack's JSON would say of it. Follows no relation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from .base import Model

Target: TypeAlias = "Callable[[], type[Model]] | str"
"""A model, by name or by a callable that gives its class once it is defined."""


class DeclaredRelation:
    """One relation in a class body.

    Args:
        type: LoopBack's name of its kind.
        target: the model on the other side, None for a polymorphic belongsTo.
        details: the other keys of LoopBack's JSON; models among them as `target`.
    """

    def __init__(self, type: str, target: Target | None, details: Mapping[str, Any]) -> None:
        self.name: str = ""
        self._type = type
        self._target = target
        self._details = details

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def spec(self) -> dict[str, Any]:
        """The relation as LoopBack's JSON, names in the place of classes."""
        named = {key: name_of(cast(Target, one)) if callable(one) else one for key, one in self._details.items()}
        model = {} if self._target is None else {"model": name_of(self._target)}
        return {"type": self._type, **model, **named}


def name_of(target: Target) -> str:
    """The name of the model that a target means."""
    if isinstance(target, str):
        return target
    cls = target()
    return str(cls.declaration__.spec.get("name") or cls.__name__)


def declared_relations(cls: type[Model]) -> dict[str, dict[str, Any]]:
    """LoopBack's JSON of the relations in a class body, by name."""
    return {name: one.spec() for name, one in vars(cls).items() if isinstance(one, DeclaredRelation)}
