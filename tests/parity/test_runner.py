"""The runner itself: what LoopBack answered is right, anything else is found."""

import pytest

from .corpus import load, names
from .fake import answering, changed
from .runner import play, scores

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
    boot = answering(scenario, lambda step, picture: 1 / 0)  # type: ignore[arg-type, return-value]
    results = play(scenario, boot)
    assert all("ZeroDivisionError: division by zero" in result.verdict.diffs for result in results)


def test_an_application_that_does_not_boot_fails_every_step() -> None:
    (scenario,) = load(["crud/create"])

    def boot(folder: str) -> None:
        raise RuntimeError("no such model")

    results = play(scenario, boot)  # type: ignore[arg-type]
    assert len(results) == len(scenario.steps)
    assert {result.verdict.diffs for result in results} == {("does not boot: RuntimeError: no such model",)}
