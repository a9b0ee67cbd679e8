"""Plays scenarios against an application in process and counts what matches. Knows no rule of comparing.

    python -m tests.parity.runner [AREA[/NAME] ...] [-v]
"""

import argparse
import json
import math
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import astuple, dataclass
from pathlib import Path
from unittest import mock
from wsgiref.types import WSGIApplication

import lbpy
from lbpy.types import Json

from .client import HOST, PORT, Answer, Request, as_text, build, send
from .corpus import Scenario, Step, load
from .judge import Verdict, judge, picture_of
from .masks import Masks
from .paths import fetch

FLOOR = Path(__file__).parent / "floor.json"
SWAPS = {f"{HOST}:{PORT}": "<host>", f"localhost:{PORT}": "<host>"}
ENV = {"TZ": "UTC", "LANG": "C.UTF-8", "NODE_ENV": "production", "PORT": str(PORT), "HOST": HOST}

Boot = Callable[[str], AbstractContextManager[WSGIApplication]]
"""Path of a project folder -> its application, to be closed at the end."""


@dataclass(frozen=True)
class Result:
    """The outcome of one step."""

    scenario: str
    step: Step
    verdict: Verdict
    request: str = ""

    @property
    def area(self) -> str:
        return self.scenario.partition("/")[0]


@dataclass(frozen=True)
class Score:
    """How many steps of an area were played, matched, copied a quirk that was not wanted, or differed in words only."""

    steps: int
    matched: int
    quirks: int
    soft: int

    @property
    def percent(self) -> float:
        """Cut to two digits."""
        return math.floor(10000 * self.matched / self.steps) / 100


def boot_lbpy(folder: str) -> AbstractContextManager[WSGIApplication]:
    return closing(lbpy.boot(folder))


def play(scenario: Scenario, boot: Boot = boot_lbpy) -> list[Result]:
    """Boots a fresh copy of the scenario's app and plays all steps; an app that does not boot fails each of them."""
    with tempfile.TemporaryDirectory(prefix="parity-") as folder, mock.patch.dict(os.environ, {**ENV, **scenario.env}):
        project = shutil.copytree(scenario.app, Path(folder) / scenario.app.name)
        masks = Masks(scenario.text, {**SWAPS, str(project): "<project>"})
        try:
            opened = boot(str(project))
        except Exception as error:  # whatever keeps it from booting is the result
            verdict = Verdict((f"does not boot: {type(error).__name__}: {error}",))
            return [Result(scenario.name, step, verdict) for step in scenario.steps]
        with opened as app:
            return list(play_steps(scenario, app, masks))


def play_steps(scenario: Scenario, app: WSGIApplication, masks: Masks) -> Iterator[Result]:
    variables: dict[str, Json] = {"host": f"{HOST}:{PORT}", **scenario.vars}
    for step in scenario.steps:
        time.sleep(step.delay)
        if step.request is None or step.is_stream:
            yield Result(scenario.name, step, Verdict(("event streams are not played in process",)))
            continue
        request = build(step.request, variables)
        answer = send(app, request)
        variables.update((name, saved(rule, answer, name)) for name, rule in step.save.items())
        yield Result(scenario.name, step, judge(step, picture_of(answer, step, request), masks), line(request))


def saved(rule: Json, answer: Answer, name: str) -> Json:
    """The value that later steps use; a mark where the answer has none, so that they go on and fail."""
    path, pattern = (rule["path"], rule.get("regex")) if isinstance(rule, dict) else (rule, None)
    try:
        value = picked(path, answer)
    except (LookupError, ValueError):
        return f"unsaved-{name}"
    found = re.search(pattern, as_text(value)) if pattern else None
    return (found[1] if found.re.groups else found[0]) if found else f"unsaved-{name}" if pattern else value


def picked(path: str, answer: Answer) -> Json:
    if path == "$status":
        return answer.status
    if path.startswith("$headers."):
        return answer.headers[path.removeprefix("$headers.").lower()][0]
    return fetch(answer.content()[1], path)


def line(request: Request) -> str:
    return f"{request.method} {request.target} {(request.body or b'').decode('utf-8', 'replace')[:500]}".rstrip()


# ------------------------------------------------------------------- reporting


def scores(results: Iterable[Result]) -> dict[str, Score]:
    """The score of each area."""
    areas: dict[str, list[Verdict]] = {}
    for result in results:
        if result.step.scored:
            areas.setdefault(result.area, []).append(result.verdict)
    return {area: score(verdicts) for area, verdicts in areas.items()}


def score(verdicts: list[Verdict]) -> Score:
    return Score(
        steps=len(verdicts),
        matched=sum(verdict.matched for verdict in verdicts),
        quirks=sum(verdict.quirk for verdict in verdicts),
        soft=sum(bool(verdict.soft) for verdict in verdicts),
    )


def report(results: Iterable[Result]) -> str:
    """Each step that did not match: where, what was sent, what differs."""
    missed = [result for result in results if result.step.scored and not result.verdict.matched]
    return "\n".join(
        "\n   ".join((f"{result.scenario}#{result.step.id}", result.request, *result.verdict.diffs)) for result in missed
    )


def table(found: Mapping[str, Score]) -> str:
    total = Score(*(sum(column) for column in zip(*map(astuple, found.values()), strict=True)))
    rows = [*found.items(), ("all", total)]
    lines = [f"{area:12}{s.steps:7}{s.matched:9}{s.percent:9.2f}{s.quirks:8}{s.soft:6}" for area, s in rows]
    return "\n".join(["area          steps  matched  percent  quirks  soft", *lines])


def raise_floor(found: Mapping[str, Score]) -> None:
    """Write the percentages of this run to floor.json where they are higher than what stands there."""
    floor = json.loads(FLOOR.read_text())
    higher = {area: max(floor.get(area, 0), score.percent) for area, score in found.items()}
    FLOOR.write_text(json.dumps({**floor, **higher}, indent=2, sort_keys=True) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Plays scenarios against lbpy in process.")
    parser.add_argument("wanted", nargs="*", metavar="AREA[/NAME]", help="what to play; default: everything")
    parser.add_argument("-v", "--verbose", action="store_true", help="print what differs")
    parser.add_argument("--raise-floor", action="store_true", help="raise floor.json to what this run reached")
    options = parser.parse_args()
    results = [result for scenario in load(options.wanted) for result in play(scenario)]
    if not results:
        parser.error("nothing is recorded under that name")
    if options.verbose:
        print(report(results))
    print(table(scores(results)))
    if options.raise_floor:
        raise_floor(scores(results))


if __name__ == "__main__":
    main()
