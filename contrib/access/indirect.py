"""Which relations of a project are read by fewer callers than in LoopBack, told at boot. Decides no request and reads no row.

Source: auth.md 3.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ...app.application import App
from ...app.project.models import ModelEntry
from ...app.project.reading import Project
from ...data.bound import Bound, if_bound
from ...data.relations.definition import RelationDefinition
from ..models import User
from .related import reading_call
from .rules import ranked, static_rules

OWNER_KEYS: Final = ("userId", "owner")
"""Properties that name the owner of a record where no relation does (source: auth.md 4.1)."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody of whom only the roles are known, and whether records may be theirs."""

    name: str
    roles: frozenset[str]
    may_own: bool = True

    def may(self, bound: Bound, method: str, *, own: bool = False) -> bool:
        """Whether the rules of a model's definition let them call a reading method, on a record of their own if told."""
        call = reading_call(bound, method)
        roles = self.roles | {"$owner"} if own and self.may_own else self.roles
        rules = (one for one in ranked(static_rules(bound.definition.acls, call), call) if one.principal_type == "ROLE")
        rule = next((one for one in rules if one.principal_id in roles), None)
        return bound.definition.setting("defaultPermission") != "DENY" if rule is None else not rule.denies


STRANGER: Final = Reader("$unauthenticated", frozenset({"$everyone", "$unauthenticated"}), may_own=False)
USER: Final = Reader("$authenticated", frozenset({"$everyone", "$authenticated"}))


def judge_relations(project: Project, app: App) -> None:
    """Report each relation whose records some may read in LoopBack by way of their owner, and not here."""
    if project.config.settings.old("relatedIgnoresAcl"):
        return
    for entry in project.models:
        cls = app.registry.find_model(entry.name)
        bound = if_bound(cls)
        if entry.public and not entry.closed and bound is not None:
            for relation in bound.relations.values():
                _judge(project, entry, bound, relation)


def _judge(project: Project, entry: ModelEntry, owner: Bound, relation: RelationDefinition) -> None:
    found = owner.find_model(relation.model) if relation.model else None
    target = if_bound(found)
    refused = _refused(owner, relation, target) if target is not None else ""
    if refused:
        name = f"{owner.name}.{relation.name}"
        project.report.add(
            "warn",
            "RELATED_REFUSED",
            entry.file,
            f"relations.{relation.name}",
            text=f"{name} -> {relation.model}: READ is refused to {refused}",
            remedy=f"allow READ on {relation.model}, or switch `relatedIgnoresAcl` on to have the rules of {owner.name} alone asked",
            name=name,
            subject=f"relation:{name}",
        )


def _refused(owner: Bound, relation: RelationDefinition, target: Bound) -> str:
    """Those who reach the relation and are refused at its end, "" for nobody."""
    asking = [one for one in _readers(owner, target) if _reaches(one, owner, relation) and not one.may(target, "find")]
    theirs = _are_owners(owner, relation, target)
    partly = [one for one in asking if one.may(target, "findById", own=True)]
    spared = [one for one in partly if theirs and not _reaches(one, owner, relation, own=False)]
    named = (f"{one.name} (but for their own)" if one in partly else one.name for one in asking if one not in spared)
    return ", ".join(named)


def _are_owners(owner: Bound, relation: RelationDefinition, target: Bound) -> bool:
    """Whether what a user reaches by a relation belongs to that user."""
    own_keys = {one.foreign_key for one in target.relations.values() if one.type == "belongsTo" and one.model == owner.name}
    return issubclass(owner.model, User) and relation.foreign_key in {*OWNER_KEYS, *own_keys}


def _readers(owner: Bound, target: Bound) -> Iterator[Reader]:
    yield from (STRANGER, USER)
    acls = (*owner.definition.acls, *target.definition.acls)
    for role in _own_roles(str(one.get("principalId")) for one in acls if one.get("principalType") == "ROLE"):
        yield Reader(role, USER.roles | {role})


def _own_roles(names: Iterable[str]) -> list[str]:
    return sorted({one for one in names if not one.startswith("$")})


def _reaches(reader: Reader, owner: Bound, relation: RelationDefinition, *, own: bool = True) -> bool:
    """Whether the rules of the owning model let somebody read the relation, by its route or by an include.

    own: records of the owning model that are theirs count too.
    """
    if not relation.on("disableInclude") and (reader.may(owner, "find") or reader.may(owner, "findById", own=own)):
        return True
    return reader.may(owner, f"__get__{relation.name}", own=own)
