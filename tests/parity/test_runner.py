"""The runner itself: what LoopBack answered is right, anything else is found."""

import json
from contextlib import AbstractContextManager
from pathlib import Path
from wsgiref.types import WSGIApplication

import pytest

from . import runner
from .corpus import Picture, Step, load, names
from .fake import answering, changed
from .runner import Score, play, raise_floor, report, scores, table

ODD = {"storage/files"}  # has binary answers, of which the recording keeps the hash only


def missed(name: str, **parts: object) -> list[str]:
    """The steps that don't match when the first answer of a scenario has other parts than are wanted."""
    (scenario,) = load([name])
    boot = answering(scenario, changed(0, **parts))
    return [result.step.id for result in play(scenario, boot) if not result.verdict.matched]


@pytest.mark.parametrize("area", sorted({name.partition("/")[0] for name in names()} - {"stream"}))
def test_the_wanted_answers_are_all_right(area: str) -> None:
    scenarios = [scenario for scenario in load([area]) if scenario.name not in ODD]
    results = [result for scenario in scenarios for result in play(scenario, answering(scenario))]
    assert [(result.step.id, result.verdict.diffs) for result in results if not result.verdict.matched] == []
    assert scores(results)[area].percent == 100


@pytest.mark.parametrize(
    "parts",
    [
        {"status": 201},
        {"headers": {"content-type": "text/json"}},
        {"headers": {"location": "/elsewhere"}},
        {"content": {"title": "First"}},
        {"kind": "text", "content": "First"},
        {"kind": "empty", "content": None},
    ],
    ids=str,
)
def test_a_changed_answer_is_found(parts: dict[str, object]) -> None:
    assert missed("crud/create", **parts) == ["create"]


def test_loopbacks_answer_is_a_quirk_where_another_is_wanted() -> None:
    (scenario,) = load(["include/nested"])
    boot = answering(scenario, lambda step, picture: step.recorded.picture)
    quirks = {result.step.id for result in play(scenario, boot) if result.verdict.quirk}
    assert quirks == {"unknown-deep", "object-two-keys"}


def test_what_the_application_raises_counts_as_no_answer() -> None:
    (scenario,) = load(["crud/create"])

    def broken(step: Step, picture: Picture) -> Picture:
        raise RuntimeError("out of ink")

    results = play(scenario, answering(scenario, broken))
    assert all("RuntimeError: out of ink" in result.verdict.diffs for result in results)


def test_an_application_that_does_not_boot_fails_every_step() -> None:
    (scenario,) = load(["crud/create"])

    def boot(folder: str) -> AbstractContextManager[WSGIApplication]:
        raise RuntimeError("no such model")

    results = play(scenario, boot)
    assert len(results) == len(scenario.steps)
    assert {result.verdict.diffs for result in results} == {("does not boot: RuntimeError: no such model",)}


def test_a_percentage_is_cut_not_rounded() -> None:
    assert Score(steps=3, matched=2, quirks=0, soft=0).percent == 66.66


def test_the_report_names_step_request_and_difference() -> None:
    (scenario,) = load(["crud/create"])
    results = play(scenario, answering(scenario, changed(0, status=201)))
    assert report(results).splitlines()[0] == "crud/create#create"
    assert "POST /api/notes" in report(results)
    assert "status: expected 200, got 201" in report(results)
    assert table(scores(results)).splitlines()[-1].split()[:3] == ["all", "18", "17"]


def test_a_floor_is_raised_and_never_lowered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    floor = tmp_path / "floor.json"
    floor.write_text('{"crud": 90.0, "query": 10.0}')
    monkeypatch.setattr(runner, "FLOOR", floor)
    raise_floor({"crud": Score(2, 1, 0, 0), "query": Score(2, 1, 0, 0), "auth": Score(2, 2, 0, 0)})
    assert json.loads(floor.read_text()) == {"auth": 100.0, "crud": 90.0, "query": 50.0}
