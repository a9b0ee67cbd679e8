"""What boot found in a project: findings, their merging into lines, what a person accepted. Reads no file, prints nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from ...types import Json

Level = Literal["refuse", "closed", "warn", "note"]

LEVELS: Final[tuple[Level, ...]] = ("refuse", "closed", "warn", "note")
_COUNTED: Final[dict[Level, str]] = {"refuse": "refused", "closed": "closed", "warn": "warnings", "note": "notes"}
_NAMES_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in a project that is not simply honoured.

    level: how much it weighs. code: a fixed word for the kind of finding. file: relative to the project. key: dotted path in
    it. text, remedy: what happens and what to do; never a value of the project. name: whom it is about, listed where findings
    merge. subject: what `compat.accept` may call it by besides the file, such as "mixin:SoftDelete".
    Source: real-projects.md 1.1.
    """

    level: Level
    code: str
    file: str
    key: str
    text: str
    remedy: str = ""
    name: str = ""
    subject: str = ""

    def place(self) -> str:
        """FILE or FILE:KEY.PATH."""
        return f"{self.file}:{self.key}" if self.key else self.file

    def line(self, text: str = "") -> str:
        """The report's line, with another text if given."""
        line = f"{self.level} {self.code} {self.place()} {text or self.text}"
        return f"{line}; {self.remedy}" if self.remedy else line

    def as_json(self) -> dict[str, Json]:
        """The object that `lbpy check --json` shows."""
        names = ("level", "code", "file", "key", "text", "remedy")
        values = (self.level, self.code, self.file, self.key, self.text, self.remedy)
        return dict(zip(names, values, strict=True))


class Report:
    """The findings of one project, in the order in which they were made.

    Args:
        accept: subjects and files that a person has looked at (`compat.accept`).
    """

    def __init__(self, accept: Iterable[str] = ()) -> None:
        self._found: dict[Finding, None] = {}
        self._accepted: tuple[str, ...] = tuple(accept)
        self._accept_file = ""

    def accept(self, subjects: Iterable[str], file: str) -> None:
        """Takes over the accept list that stands in `file`."""
        self._accepted = (*self._accepted, *subjects)
        self._accept_file = file

    def accepted(self, *subjects: str) -> bool:
        """Whether one of these subjects or files was looked at, so that it closes nothing."""
        return any(subject in self._accepted for subject in subjects if subject)

    def add(
        self,
        level: Level,
        code: str,
        file: str,
        key: str = "",
        *,
        text: str,
        remedy: str = "",
        name: str = "",
        subject: str = "",
    ) -> None:
        """Adds one finding, unless it was made already; the arguments are the fields of Finding."""
        self._found.setdefault(Finding(level, code, file, key, text, remedy, name, subject))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, the worst first, after the accept list was applied to them."""
        judged = [self._judged(one) for one in self._found] + self._idle_accepts()
        return tuple(sorted(judged, key=lambda one: LEVELS.index(one.level)))

    def _judged(self, one: Finding) -> Finding:
        relieved = one.level in ("closed", "warn") and self.accepted(one.subject, one.file)
        return replace(one, level="note", text=f"{one.text} (accepted)") if relieved else one

    def _idle_accepts(self) -> list[Finding]:
        used = {word for one in self._found if one.level in ("closed", "warn") for word in (one.subject, one.file)}
        idle = [subject for subject in dict.fromkeys(self._accepted) if subject not in used]
        return [self._idle(subject) for subject in idle]

    def _idle(self, subject: str) -> Finding:
        text = f"nothing is found under `{subject}`"
        return Finding("warn", "ACCEPT_UNUSED", self._accept_file, "compat.accept", text, "take it out of the list", subject)

    @property
    def refused(self) -> bool:
        """Whether the project cannot start."""
        return any(one.level == "refuse" for one in self._found)

    @property
    def exit_code(self) -> int:
        """What `lbpy check` exits with: 1 for anything above a note."""
        return int(any(one.level != "note" for one in self.findings))

    def lines(self) -> list[str]:
        """One line for each finding; those that say the same are one line with a count and the first three names."""
        return [_line(group) for group in _merged(self.findings)]

    def totals(self, models: int, public: int, routes: int) -> str:
        """The last line.

        Args:
            models: models that were built.
            public: those of them with routes.
            routes: routes of all of them.
        """
        levels = [group[0].level for group in _merged(self.findings)]
        counts = ", ".join(f"{levels.count(level)} {_COUNTED[level]}" for level in LEVELS)
        return f"{models} models, {public} public, {routes} routes; {counts}"

    def as_json(self) -> list[dict[str, Json]]:
        """The objects of `lbpy check --json`, one a finding, unmerged."""
        return [one.as_json() for one in self.findings]


def _merged(findings: Iterable[Finding]) -> list[list[Finding]]:
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.level, one.code, one.text, one.remedy), []).append(one)
    return list(groups.values())


def _line(group: Sequence[Finding]) -> str:
    first = group[0]
    if len(group) == 1:
        return first.line()
    names = list(dict.fromkeys(one.name or one.file for one in group))
    more = ", ..." if len(names) > _NAMES_SHOWN else ""
    return first.line(f"{first.text} ({len(group)} times: {', '.join(names[:_NAMES_SHOWN])}{more})")
