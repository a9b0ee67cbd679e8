"""Which rule of access decides: LoopBack's scoring as pure functions (source: auth.md 3.3, 3.4). Knows no store and no request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

ALL: Final = "*"
PERMISSIONS: Final[Mapping[str, int]] = {"DEFAULT": -1, "ALLOW": 0, "ALARM": 1, "AUDIT": 2, "DENY": 3}
ACCESS_TYPES: Final = frozenset({ALL, "READ", "WRITE", "EXECUTE", "REPLICATE"})
BUILT_IN: Final[Mapping[str, int]] = {"$owner": 4, "$related": 3, "$authenticated": 2, "$unauthenticated": 2, "$everyone": 1}


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of access rules, as it is weighed.

    principal_type: "ROLE", "USER", "APP" or the name of a user model. model, method, access: "*" for any.
    """

    principal_type: str
    principal_id: str
    permission: str
    access: str = ALL
    method: str = ALL
    model: str = ALL

    @property
    def denies(self) -> bool:
        """Whether the rule refuses; ALLOW, ALARM and AUDIT let pass."""
        return self.permission == "DENY"

    @property
    def is_default(self) -> bool:
        """Whether the rule leaves it to what holds where no rule decides."""
        return self.permission == "DEFAULT"


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody wants to call: model, canonical name of the method, all its other names, and its access type."""

    model: str
    method: str
    aliases: frozenset[str]
    access: str

    @property
    def names(self) -> frozenset[str]:
        """Every name of the method."""
        return self.aliases | {self.method}


# -- reading entries ---------------------------------------------------------


def static_rules(entries: Iterable[Mapping[str, Any]], call: Call) -> Iterator[Rule]:
    """The rules among a model's `acls` that are about a call.

    An ALLOW names the method by its canonical name only, a DENY by any. Entries that LoopBack ignores (a permission or principal
    type that is absent or in lower case) count where they deny (source: real-projects.md 7).
    """
    for entry in entries:
        permission = _word(entry.get("permission"), PERMISSIONS, "DENY")
        access = _word(entry.get("accessType") or ALL, ACCESS_TYPES, ALL)
        kinds, exact = _principal_types(entry.get("principalType"))
        if permission != "DENY" and not (exact and entry.get("permission") == permission and access == (entry.get("accessType") or ALL)):
            continue
        names = call.names if permission == "DENY" else {call.method}
        method = _method(entry.get("property"), names, call.method)
        if method is not None:
            yield from (Rule(kind, str(entry.get("principalId")), permission, access, method, call.model) for kind in kinds)


def _word(value: Any, words: Iterable[str], otherwise: str) -> str:
    word = value.upper() if isinstance(value, str) else ""
    return word if word in words else otherwise


def _principal_types(value: Any) -> tuple[tuple[str, ...], bool]:
    """The principal types that an entry may mean, and whether it says so as LoopBack wants it."""
    if not isinstance(value, str) or not value:
        return ("ROLE", "USER"), False
    if value.upper() in ("ROLE", "USER", "APP"):
        return (value.upper(),), value.isupper()
    return (value,), True


def _method(value: Any, names: Iterable[str], method: str) -> str | None:
    """What the rule is about: the method where the entry names it, "*" where it is about all methods, None where about others."""
    if isinstance(value, list):
        return method if any(name in value for name in names) else None
    if not value or value == ALL:
        return ALL
    return method if value in names else None


def stored_rules(rows: Iterable[Mapping[str, Any]], call: Call) -> Iterator[Rule]:
    """The rules among rows of the ACL table that are about a call; a row that does not say everything in LoopBack's words is none."""
    accesses = {ALL, call.access, *(["WRITE"] if call.access == "REPLICATE" else [])}
    for row in rows:
        model, property, access = row.get("model"), row.get("property"), row.get("accessType")
        permission, kind, id = row.get("permission"), row.get("principalType"), row.get("principalId")
        fits = model in (ALL, call.model) and property in {ALL, *call.names} and access in accesses
        if fits and permission in PERMISSIONS and kind and id is not None:
            yield Rule(str(kind), str(id), str(permission), str(access), str(property), str(model))


# -- deciding ----------------------------------------------------------------


def score(rule: Rule, call: Call) -> int | None:
    """The weight of a rule for a call, None where it is not about it: the rule with the highest weight decides."""
    total = 0
    for part in (_exact(rule.model, {call.model}), _exact(rule.method, call.names), _access(rule.access, call.access)):
        if part is None:
            return None
        total = total * 4 + part
    total = total * 4 + {"USER": 4, "APP": 3, "ROLE": 2}.get(rule.principal_type, 1)
    total = total * 8 + (BUILT_IN.get(rule.principal_id, 5) if rule.principal_type == "ROLE" else 0)
    return total * 4 + PERMISSIONS[rule.permission]


def _exact(value: str, wanted: Iterable[str]) -> int | None:
    if value == ALL:
        return 2
    return 3 if value in wanted else None


def _access(value: str, wanted: str) -> int | None:
    """An EXECUTE rule matches every access type, as recorded."""
    if value in ("EXECUTE", wanted) or (value == "WRITE" and wanted == "REPLICATE"):
        return 3
    return 2 if value == ALL else None


def ranked(rules: Iterable[Rule], call: Call) -> list[Rule]:
    """The rules that are about a call, the heaviest first."""
    weighed = [(weight, rule) for rule in rules if (weight := score(rule, call)) is not None]
    return [rule for _, rule in sorted(weighed, key=lambda one: -one[0])]
