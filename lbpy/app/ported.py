"""What scripts that cannot run leave behind: routes to close, methods to switch off, roles nobody resolves. Reads no script."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final, TypeAlias

Patterns: TypeAlias = tuple[str, ...]
"""Patterns of method names as remote hooks have them: "create", "prototype.*", "**"; `*` also stands inside a name."""

EVERYTHING: Final = "**"
_NONE: Final[Mapping[str, Patterns]] = {}


@dataclass(frozen=True, slots=True)
class Ported:
    """What holds although the scripts of a project do not run.

    closes_api: every route answers 501. closed: model -> patterns of the methods whose routes do. disabled: model -> names of
    methods without routes. kept_out: model -> names of relations that no include may follow. roles: custom roles that nobody
    resolves, "*" for all: they match where they deny, never where they allow. enables_auth: whether access control is switched
    on. passed_over: Python files, relative to the project, that are still empty stubs and not run.
    Source: real-projects.md 2.
    """

    closes_api: bool = False
    closed: Mapping[str, Patterns] = field(default_factory=lambda: _NONE)
    disabled: Mapping[str, Patterns] = field(default_factory=lambda: _NONE)
    kept_out: Mapping[str, Patterns] = field(default_factory=lambda: _NONE)
    roles: frozenset[str] = frozenset()
    enables_auth: bool = False
    passed_over: frozenset[str] = frozenset()

    def closed_of(self, model: str) -> Patterns:
        """The patterns of one model's closed methods."""
        return (EVERYTHING,) if self.closes_api else self.closed.get(model, ())


def united(parts: Iterable[Ported]) -> Ported:
    """What holds by any of several."""
    whole = Ported()
    for one in parts:
        whole = Ported(
            closes_api=whole.closes_api or one.closes_api,
            closed=joined(whole.closed, one.closed),
            disabled=joined(whole.disabled, one.disabled),
            kept_out=joined(whole.kept_out, one.kept_out),
            roles=whole.roles | one.roles,
            enables_auth=whole.enables_auth or one.enables_auth,
            passed_over=whole.passed_over | one.passed_over,
        )
    return whole


def joined(left: Mapping[str, Patterns], right: Mapping[str, Patterns]) -> dict[str, Patterns]:
    """Two mappings as one; each name has the patterns of both, none twice."""
    return {name: tuple(dict.fromkeys((*left.get(name, ()), *right.get(name, ())))) for name in (*left, *right)}


def fits(patterns: Collection[str], names: Iterable[str]) -> bool:
    """Whether one of the patterns matches one of a method's names ("find", "prototype.patchAttributes").

    `*` stands for one part of a name, `**` for all names (source: logic.md 2).
    """
    return any(_fits(pattern, name) for name in names for pattern in patterns)


def _fits(pattern: str, name: str) -> bool:
    if pattern == EVERYTHING:
        return True
    parts, own = pattern.split("."), name.split(".")
    return len(parts) == len(own) and all(fnmatchcase(one, part) for part, one in zip(parts, own, strict=True))


Porting: TypeAlias = Callable[..., Ported]
"""What the entry-point group `lbpy.porting` offers: called with the Project, it adds findings to its report."""
