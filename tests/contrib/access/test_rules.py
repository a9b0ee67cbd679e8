"""Which rule decides: the table of auth.md 3.4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from lbpy.contrib.access.rules import Call, Rule, ranked, score, static_rules, stored_rules
from lbpy.model.acls import allow, deny

FIND = Call("Book", "find", frozenset(), "READ")
PATCH = Call("Book", "patchAttributes", frozenset({"updateAttributes", "prototype.patchAttributes"}), "WRITE")
CREATE = Call("Book", "create", frozenset(), "WRITE")

ANN = {"$everyone", "$authenticated"}
STRANGER = {"$everyone", "$unauthenticated"}


def allowed(acls: list[Any], call: Call, roles: set[str], user: str = "1") -> bool:
    for rule in ranked(static_rules(acls, call), call):
        if (rule.principal_id in roles) if rule.principal_type == "ROLE" else (rule.principal_type, rule.principal_id) == ("USER", user):
            return not rule.denies
    return True


@pytest.mark.parametrize(
    ("acls", "call", "roles", "expected"),
    [
        ([deny("$everyone"), allow("$everyone", "READ")], FIND, STRANGER, True),
        ([deny("$everyone"), allow("$everyone", "READ")], CREATE, STRANGER, False),
        ([allow("$everyone"), deny("$authenticated")], FIND, ANN, False),
        ([allow("$everyone"), deny("$authenticated")], FIND, STRANGER, True),
        ([deny("admin"), allow("$everyone", method="find")], FIND, {*ANN, "admin"}, True),
        ([deny("admin"), allow("$everyone", method="find")], CREATE, {*ANN, "admin"}, False),
        ([deny("$everyone"), allow("$everyone")], FIND, ANN, False),
        ([deny("$everyone"), allow("$owner", "WRITE")], CREATE, ANN, False),
        ([deny("$everyone", "EXECUTE")], FIND, ANN, False),
        ([deny("$everyone"), allow("$authenticated", "EXECUTE")], FIND, ANN, True),
        ([deny("$everyone"), allow("USER:1")], FIND, ANN, True),
        ([deny("$everyone"), allow("USER:2")], FIND, ANN, False),
        ([allow("r1"), deny("r2")], FIND, {*ANN, "r1", "r2"}, False),
        ([deny("$everyone"), allow("r1"), deny("r2")], FIND, {*ANN, "r1"}, True),
        ([deny("$authenticated"), allow("$owner")], FIND, {*ANN, "$owner"}, True),
        ([deny("$owner"), allow("admin")], FIND, {*ANN, "$owner", "admin"}, True),
        ([], FIND, STRANGER, True),
    ],
)
def test_the_heaviest_effective_rule_decides(acls: list[Any], call: Call, roles: set[str], expected: bool) -> None:
    assert allowed(acls, call, roles) is expected


def test_a_user_rule_is_heavier_than_any_role() -> None:
    assert allowed([deny("USER:1"), allow("admin")], FIND, {*ANN, "admin"}) is False


@pytest.mark.parametrize("permission", ["ALARM", "AUDIT", "ALLOW"])
def test_alarm_and_audit_let_pass(permission: str) -> None:
    assert allowed([deny("$everyone"), {**allow("$authenticated"), "permission": permission}], FIND, ANN)


def test_a_list_of_methods_names_each_of_them() -> None:
    acls = [deny("$everyone"), allow("$everyone", method=["find", "count"])]
    assert allowed(acls, FIND, STRANGER)
    assert not allowed(acls, CREATE, STRANGER)


def test_an_alias_widens_a_deny_and_never_an_allow() -> None:
    assert not allowed([deny("$everyone", method="updateAttributes")], PATCH, ANN)
    assert not allowed([deny("$everyone"), allow("$everyone", method="updateAttributes")], PATCH, ANN)
    assert allowed([deny("$everyone"), allow("$everyone", method="patchAttributes")], PATCH, ANN)


@pytest.mark.parametrize(
    "change", [{"permission": None}, {"permission": "deny"}, {"principalType": None}, {"principalType": "role"}, {"accessType": "read"}]
)
def test_an_entry_that_loopback_ignores_counts_where_it_denies(change: Mapping[str, Any]) -> None:
    assert not allowed([{**deny("$everyone"), **change}], FIND, ANN)


@pytest.mark.parametrize("change", [{"permission": "allow"}, {"principalType": "role"}, {"accessType": "read"}, {"permission": None}])
def test_an_entry_that_loopback_ignores_never_allows(change: Mapping[str, Any]) -> None:
    assert not allowed([deny("$everyone"), {**allow("$authenticated"), **change}], FIND, ANN)


def row(**members: Any) -> dict[str, Any]:
    told = {"model": "Book", "property": "*", "accessType": "*", "permission": "DENY", "principalType": "ROLE", "principalId": "$everyone"}
    return {**told, **members}


@pytest.mark.parametrize(
    ("members", "counts"),
    [
        ({}, True),
        ({"model": "*"}, True),
        ({"model": "Other"}, False),
        ({"property": "find"}, True),
        ({"property": "create"}, False),
        ({"property": None}, False),
        ({"accessType": "READ"}, True),
        ({"accessType": "EXECUTE"}, False),
        ({"permission": "MAYBE"}, False),
        ({"principalType": None}, False),
    ],
)
def test_a_stored_rule_counts_where_it_says_everything(members: Mapping[str, Any], counts: bool) -> None:
    assert bool(list(stored_rules([row(**members)], FIND))) is counts


def test_what_is_named_weighs_more_than_what_is_meant() -> None:
    by_method = Rule("ROLE", "$everyone", "ALLOW", method="find")
    by_access = Rule("ROLE", "admin", "ALLOW", access="READ")
    by_model = Rule("ROLE", "$everyone", "ALLOW", model="Book")
    weights = [score(one, FIND) for one in (by_model, by_method, by_access)]
    assert weights == sorted((weight for weight in weights if weight is not None), reverse=True)


def test_a_rule_about_something_else_has_no_weight() -> None:
    assert score(Rule("ROLE", "$everyone", "DENY", access="WRITE"), FIND) is None


def test_a_write_rule_is_about_replication_too() -> None:
    assert score(Rule("ROLE", "$everyone", "DENY", access="WRITE"), Call("Book", "sync", frozenset(), "REPLICATE")) is not None
