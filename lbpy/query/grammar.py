"""What a compile needs to know of one model and one caller: the paths that a query may name, and how much it may ask. Compiles nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Protocol

from ..errors import BadRequest
from ..model.definition import ModelDefinition
from ..model.freeform import shown
from ..model.kinds import ANY, Array, Kind, ListOf, Nested
from ..types import Json, Settings
from .nodes import Path, Where
from .operators import OPERATORS, Operators

CODE_DEPTH: Final = 32
LOGIC: Final = frozenset({"and", "or", "nor"})


class Relations(Protocol):
    """What a compile is told of the relations of its model; the data layer knows them."""

    def named(self, name: str) -> bool:
        """Whether there is a relation of that name to ask for."""
        ...

    def permitted(self, name: str, raw: Json) -> Json:
        """The raw where on related rows, as `without_hidden` gives it."""
        ...

    def condition(self, name: str, raw: Json, *, writing: bool) -> Where:
        """The condition that at least one related row meets a raw where; writing: it stands in the where of a write."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What one kind of caller may ask.

    hidden: names it may not use in where and order; empty for plain code.
    client: it is a client, so hidden names of nested kinds count too. limited: maxLimit counts.
    depth: how deeply the query may be nested. extended: MongoDB's names of operators are let through.
    writing: the where of an update or delete, which may not name unknown properties of strict models and SQL stores.
    relations: the relations that it may name, None for none.
    """

    hidden: frozenset[str] = frozenset()
    client: bool = False
    limited: bool = False
    depth: int = CODE_DEPTH
    extended: bool = False
    writing: bool = False
    relations: Relations | None = None

    def for_writing(self) -> Rules:
        """The same for the where of a write."""
        return replace(self, writing=True)

    def for_include(self, definition: ModelDefinition) -> Rules:
        """The same for the scope of an include: protected names of the related model are refused too."""
        return replace(self, hidden=self.hidden | definition.protected) if self.client else self


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a compile needs to know of one model, prepared when the model is bound.

    definition: the model as it is on its store. free_form: undeclared properties are kept and the model is not strict.
    settings: the application's switches and limits. relational: the store has declared columns only.
    refuses_operators: names that the store could take for operators or broken paths are refused rather than unknown.
    operators: what can be said of one property.
    paths: the path of each declared property. nested: one of them holds objects of another model.
    max_limit: the most rows that a client may ask for.
    """

    definition: ModelDefinition
    free_form: bool = True
    settings: Settings = field(default_factory=Settings)
    relational: bool = False
    refuses_operators: bool = False
    operators: Operators = field(default_factory=lambda: OPERATORS, repr=False, compare=False)
    paths: Mapping[str, Path] = field(init=False, repr=False, compare=False)
    nested: bool = field(init=False)
    max_limit: int | None = field(init=False)

    def __post_init__(self) -> None:
        properties = self.definition.properties
        object.__setattr__(self, "paths", MappingProxyType({name: self._path(name) for name in properties}))
        object.__setattr__(self, "nested", any(isinstance(path.kind, Nested) for path in self.paths.values()))
        limits = (self.definition.setting("maxLimit"), self.settings.limits.max_limit)
        object.__setattr__(self, "max_limit", min((one for one in limits if one), default=None))

    def path(self, text: str) -> Path | None:
        """The path that a dotted name means; None if no row can have it: unknown, or what a store may take for an operator."""
        if self.refuses_operators and any(not key or key.startswith("$") for key in text.split(".")):
            raise BadRequest(f"{shown(text)} cannot be the name of a property")
        return self.paths.get(text) or self._path(text)

    def _path(self, text: str) -> Path | None:
        keys = tuple(text.split("."))
        if any(not key or key == "__proto__" or key.startswith("$") for key in keys):
            return None
        head = self.definition.properties.get(keys[0])
        if head is None:
            return Path(text, keys, None, None) if self.free_form else None
        kind, many = end_of(head.kind, keys[1:])
        return Path(text, keys, head, kind, many)

    def client_rules(self) -> Rules:
        """What clients may ask of this model, as its settings say (source: querying.md 3, models.md 3)."""
        setting = self.definition.setting
        guarded = setting("prohibitHiddenPropertiesInQuery", True) is not False
        return Rules(
            hidden=self.definition.hidden if guarded else frozenset(),
            client=guarded,
            limited=guarded,
            depth=setting("maxDepthOfQuery") or self.settings.limits.where_depth,
            extended=setting("allowExtendedOperators") is True,
        )

    def code_rules(self) -> Rules:
        """What plain code may ask of this model."""
        setting = self.definition.setting
        return Rules(depth=setting("maxDepthOfQuery") or CODE_DEPTH, extended=setting("allowExtendedOperators") is True)


def relations_with(grammar: Grammar, name: str, rules: Rules) -> Relations | None:
    """What knows the relation that a name means; None where it means none, as the name of a property does.

    Raises:
        BadRequest: it is a path that begins with the name of a relation.
    """
    relations, head = rules.relations, name.partition(".")[0]
    if relations is None or not relations.named(head) or head in grammar.definition.properties:
        return None
    if head != name:
        raise BadRequest(f'"{name}" begins with a relation of {grammar.definition.name}: write {{"{head}": {{...}}}}')
    return relations


# -- the kinds on a path ---------------------------------------------------------


def end_of(kind: Kind | None, keys: Sequence[str]) -> tuple[Kind | None, bool]:
    """The kind at the end of a path, and whether a list is on the way or at the end; a digit addresses one element."""
    many = False
    for key in keys:
        if is_list(kind) and key.isdecimal():
            kind = item_of(kind)
            continue
        many = many or is_list(kind)
        kind = member_of(innermost(kind), key)
    return innermost(kind), many or is_list(kind)


def is_list(kind: Kind | None) -> bool:
    """Whether the values of a kind are lists."""
    return isinstance(kind, (ListOf, Array))


def item_of(kind: Kind | None) -> Kind | None:
    """The kind of the items of a list."""
    return kind.item if isinstance(kind, ListOf) else ANY


def innermost(kind: Kind | None) -> Kind | None:
    """The kind of single values, inside whatever lists."""
    while is_list(kind):
        kind = item_of(kind)
    return kind


def member_of(kind: Kind | None, key: str) -> Kind | None:
    """The kind of a property of an object; None if undeclared."""
    return kind.fields.get(key) if isinstance(kind, Nested) else None
