"""The public names say what they take and give; `Any` stands only where nothing better can be known."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import lbpy

UNKNOWABLE = {
    "BelongsTo.__get__": "the owner of a descriptor may be any class",
    "HasMany.__get__": "the owner of a descriptor may be any class",
    "HasOne.__get__": "the owner of a descriptor may be any class",
    "Column.__getitem__": "what lies inside of an object has no declared type",
    "GeoPoint.read": "whatever a client sends",
    "Model.__getitem__": "any property by name",
    "belongs_to": "a relation to a model that is named by text",
    "embeds_many": "a relation to a model that is named by text",
    "embeds_one": "a relation to a model that is named by text",
    "has_and_belongs_to_many": "a relation to a model that is named by text",
    "has_many": "a relation to a model that is named by text",
    "has_one": "a relation to a model that is named by text",
    "references_many": "a relation to a model that is named by text",
    "observe": "hooks of all kinds; its overloads tell them apart",
    "prop": "values of all types; its overloads tell them apart",
}


def functions() -> Iterator[tuple[str, object]]:
    """The public functions, and the public methods of public classes."""
    for name in lbpy.__all__:
        found = getattr(lbpy, name)
        if inspect.isfunction(found):
            yield name, found
        elif inspect.isclass(found):
            yield from ((f"{name}.{member}", value) for member, value in vars(found).items() if is_public(member))


def is_public(member: str) -> bool:
    return not member.startswith("_") or member in {"__init__", "__call__", "__getitem__", "__get__", "__iter__"}


def annotations_of(member: object) -> dict[str, object]:
    if isinstance(member, (staticmethod, classmethod)):
        return annotations_of(member.__func__)
    if isinstance(member, property):
        return annotations_of(member.fget)
    return dict(inspect.unwrap(member).__annotations__) if inspect.isfunction(member) else {}


def test_any_stands_only_where_nothing_better_can_be_known() -> None:
    vague = {name for name, member in functions() if any("Any" in str(one) for one in annotations_of(member).values())}
    assert vague - UNKNOWABLE.keys() == set()
    assert UNKNOWABLE.keys() - vague == set()
