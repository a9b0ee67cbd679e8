"""Boot says which mails of users cannot be sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lbpy.app.project.report import Finding

Folder = Callable[..., Path]
Findings = Callable[[Path], tuple[Finding, ...]]


@pytest.mark.parametrize(
    ("settings", "keys"),
    [
        ({}, []),
        ({"emailVerificationRequired": True}, ["verifyOptions"]),
        ({"resetOptions": {"from": "shop@example.com"}}, ["resetOptions"]),
        ({"verifyOptions": {"mailer": "Post"}, "resetOptions": {"template": "gone.html"}}, ["verifyOptions", "resetOptions"]),
    ],
)
def test_mails_without_a_sender_are_found(folder: Folder, findings: Findings, settings: dict[str, Any], keys: list[str]) -> None:
    found = findings(folder({"Member": {"base": "User", **settings}}))
    assert [(one.key, one.file) for one in found if one.code == "MAIL_MISSING"] == [(one, "common/models/member.json") for one in keys]
