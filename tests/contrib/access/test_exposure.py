"""What boot says of rules that leave more open than they seem to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lbpy.app.project.report import Finding

Folder = Callable[..., Path]
Findings = Callable[[Path], tuple[Finding, ...]]
DENY = {"principalType": "ROLE", "principalId": "$everyone", "permission": "DENY"}
ALLOW = {"principalType": "ROLE", "principalId": "$authenticated", "permission": "ALLOW"}


@pytest.fixture
def codes(folder: Folder, findings: Findings) -> Callable[..., list[str]]:
    """The codes found where the model Note has these rules and settings."""

    def found(acls: list[Any], *, auth: bool = True, **settings: Any) -> list[str]:
        return [one.code for one in findings(folder({"Note": {"acls": acls, **settings}}, enableAuth=auth))]

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
        ([DENY, {**ALLOW, "accessType": "EXECUTE", "property": "greet"}], ["ALLOW_NOTHING"]),
        ([DENY, {**ALLOW, "accessType": "EXECUTE", "property": ["find", "greet"]}], []),
        ([DENY, {**ALLOW, "property": "prototype.patchAttributes"}, {**ALLOW, "property": "patchAttributes"}], ["ALLOW_ALIAS"]),
        ([DENY, {**DENY, "property": "finde"}], ["DENY_NOTHING"]),
        ([DENY, {**DENY, "property": "updateAttributes"}], []),
    ],
)
def test_rules_are_judged(codes: Callable[..., list[str]], acls: list[Any], wanted: list[str]) -> None:
    assert codes(acls) == wanted


def test_a_model_that_is_closed_by_default_needs_no_rule(codes: Callable[..., list[str]]) -> None:
    assert codes([], defaultPermission="DENY") == []


def test_without_access_control_no_rule_is_judged(codes: Callable[..., list[str]]) -> None:
    assert "RULES_MISSING" not in codes([], auth=False)


def test_built_in_models_are_not_for_clients(folder: Folder, findings: Findings) -> None:
    public = {name: {"public": True} for name in ("Role", "AccessToken")}
    assert [one.key for one in findings(folder({}, public)) if one.code == "BUILT_IN_OPEN"] == ["Role"]
