"""The lines, counts and exit code of a report, and what an accept list does to it."""

from __future__ import annotations

import pytest

from lbpy.app.project.report import Finding, Report


def with_finding(level="warn", *, file="server/a.json", key="b.c", name="", subject="", report=None):
    report = report or Report()
    report.add(level, "CODE", file, key, text="is odd", remedy="mend it", name=name, subject=subject)
    return report


def test_a_finding_is_one_line_of_level_code_place_text_and_remedy():
    assert with_finding().lines() == ["warn CODE server/a.json:b.c is odd; mend it"]


def test_a_finding_on_a_whole_file_has_no_key():
    assert with_finding(key="").lines() == ["warn CODE server/a.json is odd; mend it"]


def test_equal_findings_are_one_line_with_the_count_and_three_names():
    report = Report()
    for name in ("Ant", "Bee", "Cat", "Dog"):
        with_finding(file=f"{name}.json", name=name, report=report)
    assert report.lines() == ["warn CODE Ant.json:b.c is odd (4 times: Ant, Bee, Cat, ...); mend it"]


def test_lines_stand_from_the_worst_to_the_mildest():
    report = Report()
    for level in ("note", "refuse", "warn", "closed"):
        with_finding(level, report=report)
    assert [line.split()[0] for line in report.lines()] == ["refuse", "closed", "warn", "note"]


def test_totals_count_models_routes_and_lines():
    report = with_finding("closed", report=with_finding("closed", file="other.json"))
    with_finding("note", report=report)
    assert report.totals(5, 3, 40) == "5 models, 3 public, 40 routes; 0 refused, 1 closed, 0 warnings, 1 notes"


def test_json_has_exactly_the_documented_keys():
    assert with_finding(name="A", subject="mixin:A").as_json() == [
        {"level": "warn", "code": "CODE", "file": "server/a.json", "key": "b.c", "text": "is odd", "remedy": "mend it"}
    ]


@pytest.mark.parametrize(("level", "code"), [("refuse", 1), ("closed", 1), ("warn", 1), ("note", 0)])
def test_check_fails_above_a_note(level, code):
    assert with_finding(level).exit_code == code


def test_nothing_found_passes():
    assert (Report().exit_code, Report().lines()) == (0, [])


@pytest.mark.parametrize("accepted", ["server/a.json", "mixin:SoftDelete"])
@pytest.mark.parametrize("level", ["closed", "warn"])
def test_an_accepted_file_or_subject_becomes_a_note(accepted, level):
    report = with_finding(level, subject="mixin:SoftDelete")
    report.accept([accepted], "server/config.json")
    assert [one.level for one in report.findings] == ["note"]
    assert report.exit_code == 0


def test_a_refusal_cannot_be_accepted():
    report = with_finding("refuse")
    report.accept(["server/a.json"], "server/config.json")
    assert report.refused
    assert report.exit_code == 1


def test_an_accepted_subject_that_matches_nothing_is_warned_of():
    report = Report()
    report.accept(["mixin:Gone"], "server/config.json")
    assert report.lines() == [
        "warn ACCEPT_UNUSED server/config.json:compat.accept nothing is found under `mixin:Gone`; take it out of the list"
    ]


def test_findings_are_frozen_and_hashable():
    one = Finding("warn", "CODE", "a", "b", "text")
    assert len({one, Finding("warn", "CODE", "a", "b", "text")}) == 1
