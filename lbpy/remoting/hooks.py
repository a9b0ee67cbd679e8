"""Which remote hooks run for a method, and in which order (source: logic.md 2). Runs none of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Final, TypeAlias

from ..model.remote import RemoteHook, RemoteObserver, When

ANY_DEPTH: Final = "**"

Hook: TypeAlias = RemoteObserver


@dataclass(frozen=True, slots=True)
class Hooks:
    """Remote hooks of one method in the order in which they run, those of the application's phases among them."""

    before: tuple[Hook, ...] = ()
    after: tuple[Hook, ...] = ()
    after_error: tuple[Hook, ...] = ()
    before_auth: tuple[Hook, ...] = ()


NO_HOOKS: Final = Hooks()

GROUPS: Final[tuple[tuple[When, ...], ...]] = (("before invoke", "before"), ("after", "after invoke"), ("error",), ("before auth",))
"""Which hooks run at each field of Hooks, and in which order."""


def hooks_for(model: str, names: Collection[str], own: Iterable[RemoteHook], everywhere: Iterable[RemoteHook]) -> Hooks:
    """The hooks that run for a method: the closest pattern first, then in order of registration.

    Args:
        model: name of the model.
        names: of the method, aliases included ("find", "prototype.patchAttributes").
        own: hooks of the model, whose patterns say method names only.
        everywhere: hooks of the application, whose patterns begin with the model's name.
    """
    whole = [replace(one, pattern=f"{model}.{one.pattern}") for one in own]
    fitting = [one for one in (*whole, *everywhere) if any(fits(one.pattern, f"{model}.{name}") for name in names)]
    ordered = sorted(fitting, key=lambda one: closeness(one.pattern))
    return Hooks(*(_those(group, ordered) for group in GROUPS)) if ordered else NO_HOOKS


def _those(group: Sequence[When], hooks: Sequence[RemoteHook]) -> tuple[Hook, ...]:
    return tuple(one.call for when in group for one in hooks if one.when == when)


def fits(pattern: str, name: str) -> bool:
    """Whether a pattern means a name: `*` is one part of it (or some of a part), `**` any number of parts."""
    return _fits(pattern.split("."), name.split("."))


def _fits(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    if not pattern or not parts:
        return not pattern and not parts
    first, *rest = pattern
    if first == ANY_DEPTH:
        return not rest or any(_fits(rest, parts[at:]) for at in range(1, len(parts)))
    return fnmatchcase(parts[0], first) and _fits(rest, parts[1:])


def closeness(pattern: str) -> tuple[Any, ...]:
    """What to sort patterns by: part by part a name before `*` before `**`."""
    return tuple(2 if part == ANY_DEPTH else int("*" in part) for part in pattern.split("."))
