"""What the access rules of a project leave open that its authors may not mean to. Changes no rule and calls no method."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...app.application import App
from ...app.project.models import ModelEntry
from ...app.project.reading import Project
from ...app.project.report import Level
from ...data.bound import if_bound
from ...model.base import Model
from ...remoting.catalog import persisted_methods
from ...remoting.method import RemoteMethod

Acl = Mapping[str, Any]

ALL: Final = (None, "", "*")
EVERYONE: Final = "$everyone"
ANYBODY: Final = (EVERYONE, "$authenticated", "$unauthenticated")
NOT_FOR_CLIENTS: Final = ("AccessToken", "ACL", "Role", "RoleMapping", "Scope", "Application", "Email", "Change", "Checkpoint")


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is open, or not what it seems: code of the finding, its text and remedy, and how much it weighs."""

    code: str
    text: str
    remedy: str
    level: Level = "warn"


RULES_MISSING: Final = Found(
    "RULES_MISSING", "has routes and no access rules: everybody may call everything", 'add `acls`, or "defaultPermission": "DENY"'
)
BUILT_IN_OPEN: Final = Found(
    "BUILT_IN_OPEN", "is a built-in model that clients can reach", 'say "public": false in model-config.json'
)
MASS_OPEN: Final = Found(
    "MASS_OPEN", "lets everybody change many records by one call", "deny `updateAll`, or switch it off in `remoting.sharedMethods`"
)
ALLOW_ALIAS: Final = Found(
    "ALLOW_ALIAS", "a rule that allows names an alias of a method, so it allows nothing", "name the method itself"
)
EXECUTE_ALL: Final = Found(
    "EXECUTE_ALL", "a rule that allows EXECUTE without naming methods allows reading and writing too", "name the methods in `property`"
)
DENIES_NOTHING: Final = Found("DENY_NOTHING", "a rule that denies names no method of the model, so it denies nothing", "correct the name")
ALLOWS_NOTHING: Final = Found(
    "ALLOW_NOTHING", "a rule that allows names no method of the model, so it allows nothing", "correct the name, or take it out", "note"
)


def judge_rules(project: Project, app: App) -> None:
    """Report what rules leave open (source: auth.md 7)."""
    routed = frozenset(name for _, _, name in app.routes())
    for entry in project.models:
        cls = app.registry.find_model(entry.name)
        if entry.public and not entry.closed and cls is not None:
            for found in _findings(app, cls, routed):
                _report(project, entry, found)


def _report(project: Project, entry: ModelEntry, found: Found) -> None:
    key, subject = "acls" if entry.definition is not None or entry.code else entry.name, f"model:{entry.name}"
    project.report.add(found.level, found.code, entry.file, key, text=found.text, remedy=found.remedy, name=entry.name, subject=subject)


def _findings(app: App, cls: type[Model], routed: frozenset[str]) -> Iterator[Found]:
    definition = cls.definition__
    acls = definition.acls if definition else ()
    is_closed = definition is not None and definition.setting("defaultPermission") == "DENY"
    if _is_for_code(app, cls):
        yield from () if _is_shut(acls, is_closed) else (BUILT_IN_OPEN,)
    elif not acls:
        yield from () if is_closed else (RULES_MISSING,)
    elif f"{_name(cls)}.updateAll" in routed and not is_closed and not _denied(acls, "updateAll", "WRITE"):
        yield MASS_OPEN
    yield from _misread(acls, _aliases(cls))
    yield from _mistaken(acls, known_methods(cls, routed))


def _is_for_code(app: App, cls: type[Model]) -> bool:
    known = app.built_in_models.names()
    return any(issubclass(cls, app.built_in_models.get(name)) for name in NOT_FOR_CLIENTS if name in known)


def _is_shut(acls: Iterable[Acl], is_closed: bool) -> bool:
    """Whether strangers and mere users get nowhere."""
    listed = list(acls)
    opened = any(one.get("permission") == "ALLOW" and one.get("principalId") in ANYBODY for one in listed)
    return not opened and (is_closed or (_denied(listed, "create", "WRITE") and _denied(listed, "find", "READ")))


def _denied(acls: Iterable[Acl], method: str, access: str) -> bool:
    """Whether a rule denies everybody a method."""
    return any(
        one.get("permission") == "DENY"
        and one.get("principalId") == EVERYONE
        and one.get("accessType") in (*ALL, access, "EXECUTE")
        and (one.get("property") in ALL or method in _named(one))
        for one in acls
    )


def _named(acl: Acl) -> list[Any]:
    property = acl.get("property")
    return property if isinstance(property, list) else [property]


def _aliases(cls: type[Model]) -> frozenset[str]:
    """The names of methods that are not their main ones."""
    methods = _methods(cls)
    return frozenset(alias for one in methods for alias in one.aliases) - {one.name for one in methods}


def known_methods(cls: type[Model], routed: Iterable[str]) -> frozenset[str]:
    """The names of all methods of a model: built-in ones, those with routes, those that its JSON describes."""
    start = f"{_name(cls)}."
    mine = {one.removeprefix(start) for one in routed if one.startswith(start)}
    described = (cls.definition__.setting("methods") if cls.definition__ else None) or {}
    whole = {*mine, *described, *(alias for one in _methods(cls) for alias in one.names)}
    return frozenset(whole | {one.removeprefix("prototype.") for one in whole})


def _name(cls: type[Model]) -> str:
    return cls.definition__.name if cls.definition__ else cls.__name__


def _mistaken(acls: Iterable[Acl], known: frozenset[str]) -> Iterator[Found]:
    """Rules that name nothing."""
    for acl in acls:
        names = [one for one in _named(acl) if one not in ALL]
        if names and not known.intersection(map(str, names)):
            yield ALLOWS_NOTHING if acl.get("permission") == "ALLOW" else DENIES_NOTHING


def _methods(cls: type[Model]) -> list[RemoteMethod]:
    bound = if_bound(cls)
    if bound is None:
        return []
    return [*persisted_methods(bound), *(one for more in bound.definition.setting("remotes", ()) for one in more(cls))]


def _misread(acls: Iterable[Acl], aliases: frozenset[str]) -> Iterator[Found]:
    """Rules that allow more, or less, than they seem to."""
    allowing = [one for one in acls if one.get("permission") == "ALLOW"]
    if any(name in aliases or str(name).startswith("prototype.") for one in allowing for name in _named(one)):
        yield ALLOW_ALIAS
    if any(one.get("accessType") == "EXECUTE" and one.get("property") in ALL for one in allowing):
        yield EXECUTE_ALL
