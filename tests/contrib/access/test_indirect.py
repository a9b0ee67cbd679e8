"""Boot names the relations that fewer callers read than in LoopBack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lbpy.app.project.report import Finding
from lbpy.cli import main
from lbpy.testing import Client

Folder = Callable[..., Path]
Boot = Callable[[Path], Client]
Findings = Callable[[Path], tuple[Finding, ...]]


def role(name: str, permission: str, **more: Any) -> dict[str, Any]:
    return {"principalType": "ROLE", "principalId": name, "permission": permission, **more}


DENY = role("$everyone", "DENY")
READ = role("$everyone", "ALLOW", accessType="READ")


def models(shelf: list[Any], note: list[Any], **options: Any) -> dict[str, Any]:
    notes = {"type": "hasMany", "model": "Note", "foreignKey": "shelfId", "options": options}
    return {
        "Shelf": {"plural": "shelves", "acls": shelf, "relations": {"notes": notes}},
        "Note": {"plural": "notes", "acls": note, "properties": {"userId": "number"}},
    }


BOTH = "$unauthenticated, $authenticated"


@pytest.mark.parametrize(
    ("shelf", "note", "options", "refused"),
    [
        ([DENY, READ], [DENY], {}, BOTH),
        ([DENY, READ], [DENY, role("$owner", "ALLOW", accessType="READ")], {}, "$unauthenticated, $authenticated (but for their own)"),
        ([DENY, READ], [DENY, role("$authenticated", "ALLOW")], {}, "$unauthenticated"),
        ([DENY, READ], [DENY, role("clerk", "ALLOW", accessType="READ")], {}, BOTH),
        ([DENY, role("clerk", "ALLOW")], [DENY], {}, "clerk"),
        ([DENY, role("$owner", "ALLOW", property="findById")], [DENY], {}, "$authenticated"),
        ([DENY, role("$owner", "ALLOW", property="findById")], [DENY], {"disableInclude": True}, ""),
        ([DENY, READ], [DENY, READ], {}, ""),
        ([DENY], [DENY], {}, ""),
        ([], [DENY, role("$everyone", "ALLOW", property="find")], {}, ""),
    ],
)
def test_who_is_refused_is_named(
    folder: Folder, findings: Findings, shelf: list[Any], note: list[Any], options: dict[str, Any], refused: str
) -> None:
    found = [one for one in findings(folder(models(shelf, note, **options))) if one.code == "RELATED_REFUSED"]
    assert [one.text for one in found] == ([f"Shelf.notes -> Note: READ is refused to {refused}"] if refused else [])


def test_it_is_so(folder: Folder, client: Boot) -> None:
    http = client(folder(models([DENY, READ], [DENY])))
    assert [http.get(f"/api/{one}").status for one in ("shelves", "shelves?filter[include]=notes")] == [200, 401]


def test_check_lists_it_with_what_to_do(folder: Folder) -> None:
    checked = CliRunner().invoke(main, ["check", str(folder(models([DENY, READ], [DENY])))])
    [line] = [one for one in checked.output.splitlines() if "RELATED_REFUSED" in one]
    assert line.startswith("warn RELATED_REFUSED common/models/shelf.json:relations.notes Shelf.notes -> Note: ")
    assert "`relatedIgnoresAcl`" in line


@pytest.mark.parametrize("compat", [{"relatedIgnoresAcl": True}, {"accept": ["relation:Shelf.notes"]}])
def test_whoever_wants_it_so_is_not_warned(folder: Folder, findings: Findings, compat: dict[str, Any]) -> None:
    found = findings(folder(models([DENY, READ], [DENY]), compat=compat))
    assert not [one for one in found if one.code == "RELATED_REFUSED" and one.level != "note"]
