"""What `lbpy check` says of rules that leave more open than they seem to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

LBPY = Callable[..., Result]
CHANGE = Callable[..., None]
DENY = {"principalType": "ROLE", "principalId": "$everyone", "permission": "DENY"}
ALLOW = {"principalType": "ROLE", "principalId": "$authenticated", "permission": "ALLOW"}


@pytest.fixture
def codes(lbpy: LBPY, project: Path, change: CHANGE) -> Callable[..., list[str]]:
    """The codes found where the model Note has these rules and settings, and access control is on."""

    def found(acls: list[Any], *, auth: bool = True, **settings: Any) -> list[str]:
        change("server/config.json", enableAuth=auth, remoting={})
        change("common/models/note.json", acls=acls, **settings)
        return [one["code"] for one in json.loads(lbpy("check", "notes", "--json").output)]

    return found


@pytest.mark.parametrize(
    ("acls", "wanted"),
    [
        ([], ["RULES_MISSING"]),
        ([DENY], []),
        ([DENY, {**ALLOW, "accessType": "READ"}], []),
        ([{**DENY, "accessType": "READ"}], ["MASS_OPEN"]),
        ([{**DENY, "property": "updateAll"}], []),
        ([DENY, {**ALLOW, "property": "upsert"}], ["ALLOW_ALIAS"]),
        ([DENY, {**ALLOW, "property": ["find", "updateAttributes"]}], ["ALLOW_ALIAS"]),
        ([DENY, {**ALLOW, "accessType": "EXECUTE"}], ["EXECUTE_ALL"]),
        ([DENY, {**ALLOW, "accessType": "EXECUTE", "property": "greet"}], []),
    ],
)
def test_rules_are_judged(codes: Callable[..., list[str]], acls: list[Any], wanted: list[str]) -> None:
    assert codes(acls) == wanted


def test_a_model_that_is_closed_by_default_needs_no_rule(codes: Callable[..., list[str]]) -> None:
    assert codes([], defaultPermission="DENY") == []


def test_without_access_control_no_rule_is_judged(codes: Callable[..., list[str]]) -> None:
    assert codes([], auth=False) == []


def test_built_in_models_are_not_for_clients(lbpy: LBPY, project: Path, change: CHANGE) -> None:
    change("server/config.json", enableAuth=True)
    change("common/models/note.json", acls=[DENY])
    stored = {"dataSource": "db", "public": True}
    change("server/model-config.json", Role=stored, AccessToken=stored, ACL={**stored, "public": False})
    found = [one["key"] for one in json.loads(lbpy("check", "notes", "--json").output) if one["code"] == "BUILT_IN_OPEN"]
    assert found == ["Role"]
