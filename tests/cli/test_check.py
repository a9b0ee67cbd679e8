"""The report: lines, totals, statuses, JSON, environments; nothing is opened."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

LBPY = Callable[..., Result]
CHANGE = Callable[..., None]


def test_without_findings_there_are_the_totals_only(lbpy: LBPY, project: Path) -> None:
    assert lbpy("check", "notes").output == "1 models, 1 public, 15 routes; 0 refused, 0 closed, 0 warnings, 0 notes\n"


def test_notes_alone_pass(lbpy: LBPY, change: CHANGE) -> None:
    change("server/config.json", legacyExplorer=False)
    checked = lbpy("check", "notes")
    assert checked.exit_code == 0
    assert checked.output.startswith("note NO_EFFECT server/config.json:legacyExplorer ")
    assert checked.output.endswith("0 warnings, 1 notes\n")


def test_a_warning_does_not_pass(lbpy: LBPY, change: CHANGE) -> None:
    change("common/models/note.json", properties={"title": "strng"})
    checked = lbpy("check", "notes")
    assert checked.exit_code == 1
    assert "warn TYPE_UNKNOWN common/models/note.json:properties.title" in checked.output
    assert "did you mean `string`?" in checked.output


def test_a_closed_source_does_not_pass(lbpy: LBPY, change: CHANGE) -> None:
    change("server/datasources.json", db={"connector": "nosuch"})
    checked = lbpy("check", "notes")
    assert checked.exit_code == 1
    assert "1 closed" in checked.output


def test_a_file_that_is_no_json_is_refused_with_its_line(lbpy: LBPY, project: Path) -> None:
    (project / "common/models/note.json").write_text('{\n "name": "Note",,\n}')
    checked = lbpy("check", "notes")
    assert checked.exit_code == 1
    assert checked.output.startswith("refuse JSON_UNREADABLE common/models/note.json line 2, column 17")
    assert "0 models, 0 public, 0 routes; 1 refused" in checked.output


def test_what_only_its_connector_can_judge_is_found_as_well(lbpy: LBPY, change: CHANGE) -> None:
    change("server/datasources.json", db={"connector": "sqlite", "synchronous": "sometimes"})
    checked = lbpy("check", "notes")
    assert checked.exit_code == 1
    assert checked.output.startswith("refuse START_FAILED server/datasources.json:db.synchronous one of ")


def test_json_is_a_list_of_objects(lbpy: LBPY, change: CHANGE) -> None:
    change("server/config.json", legacyExplorer=False)
    checked = lbpy("check", "notes", "--json")
    found = json.loads(checked.output)
    assert checked.exit_code == 0
    assert [list(one) for one in found] == [["level", "code", "file", "key", "text", "remedy"]]
    assert found[0]["key"] == "legacyExplorer"


def test_another_environment_can_be_looked_at(lbpy: LBPY, project: Path) -> None:
    (project / "server/config.staging.json").write_text('{"compat": {"nosuch": true}}')
    assert lbpy("check", "notes").exit_code == 0
    assert lbpy("check", "notes", "--env", "staging").exit_code == 1


def test_no_store_is_opened_and_no_thread_started(lbpy: LBPY, project: Path) -> None:
    before = threading.active_count()
    lbpy("check", "notes")
    assert not (project / "data.db").exists()
    assert threading.active_count() == before


def test_the_current_folder_is_the_default(lbpy: LBPY, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert lbpy("check").exit_code == 0


@pytest.mark.parametrize("command", ["check", "routes", "migrate"])
def test_no_project_is_one_text(lbpy: LBPY, command: str) -> None:
    refused = lbpy(command, "nowhere")
    assert (refused.exit_code, refused.output) == (1, "Error: nowhere is no folder\n")


def test_methods_of_the_json_without_a_function_are_named(lbpy: LBPY, change: CHANGE) -> None:
    change("common/models/note.json", methods={"publish": {"http": {"verb": "post"}}})
    checked = lbpy("check", "notes")
    assert checked.exit_code == 1
    assert checked.output.startswith("closed METHOD_UNPORTED common/models/note.json:methods.publish has no Python function")
    assert "`lbpy port` makes a stub" in checked.output
