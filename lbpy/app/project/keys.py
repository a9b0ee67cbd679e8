"""Reading the keys of one JSON object: wrong kinds and unknown names become findings. Knows no particular key."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ...naming import near
from ...types import Json
from .files import joined
from .report import Level, Report

_GUARD: Final = re.compile(
    r"\b(401|403|acl)\b|auth(?!or)|authori[sz]|token|role|permission|forbid|jwt|passport|session|tenant|owner|user_?id"
    r"|currentuser|admin|password|secret|hash|crypt|hidden",
    re.IGNORECASE,
)


def guarded(text: str) -> bool:
    """Whether a name or a script speaks of protecting something: a guess on the safe side (source: real-projects.md 2.1)."""
    return _GUARD.search(text) is not None


@dataclass(frozen=True, slots=True)
class Section:
    """One object of a project's JSON, with its place in the file.

    report: takes the findings. file: relative to the project. value: the object. path: its dotted path in the file.
    name: whom it is about. subject: its name in `compat.accept`, if it has one.
    """

    report: Report
    file: str
    value: Mapping[str, Any]
    path: str = ""
    name: str = ""
    subject: str = ""

    def find(self, level: Level, code: str, key: str, text: str, remedy: str = "") -> None:
        """Adds a finding on one of the keys; "" is the object itself."""
        place = joined(self.path, key) if key else self.path
        self.report.add(level, code, self.file, place, text=text, remedy=remedy, name=self.name, subject=self.subject)

    @property
    def accepted(self) -> bool:
        """Whether a person has looked at what this object is about."""
        return self.report.accepted(self.subject, self.file)

    def named(self, name: str) -> Section:
        """The same section, about somebody."""
        return replace(self, name=name)

    def section(self, key: str) -> Section:
        """The object below a key; an empty one where there is none. Kinds other than null, false and [] are warned of."""
        value = self.value.get(key)
        if value and not isinstance(value, dict):
            self.wrong(key, "an object")
        return replace(self, value=value if isinstance(value, dict) else {}, path=joined(self.path, key))

    def sections(self) -> Iterator[tuple[str, Section]]:
        """All members that are objects, by name; others but null and false are warned of."""
        for key, one in self.value.items():
            if isinstance(one, dict):
                yield key, self.section(key)
            elif one not in (None, False):
                self.find("warn", "WRONG_KIND", key, "an object is expected; the entry is left out", "correct the value")

    def wrong(self, key: str, wanted: str) -> None:
        """Warns of a value of the wrong kind."""
        self.find("warn", "WRONG_KIND", key, f"{wanted} is expected, the default is used", "correct the value")

    def flag(self, key: str, default: bool) -> bool:
        """A boolean."""
        value = self.value.get(key, default)
        if isinstance(value, bool):
            return value
        self.wrong(key, "true or false")
        return default

    def text(self, key: str, default: str = "") -> str:
        """A text."""
        value = self.value.get(key)
        if value is not None and not isinstance(value, str):
            self.wrong(key, "a text")
        return value if isinstance(value, str) else default

    def texts(self, key: str) -> tuple[str, ...]:
        """A text or a list of texts."""
        value = self.value.get(key)
        listed = [value] if isinstance(value, str) else value or []
        if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
            return tuple(listed)
        self.wrong(key, "a text or a list of texts")
        return ()

    def unknown(self, known: Collection[str], level: Level = "note", what: str = "has no effect") -> None:
        """One finding for each key that nobody reads; slips of the pen name the key that was meant, and weigh at least as warnings."""
        for key in self.value:
            if key not in known:
                meant = near(key, known)
                remedy = f"did you mean `{meant}`?" if meant else "nothing to do, or take it out"
                self.find("warn" if self.slip(meant) else level, "KEY_UNKNOWN", key, f"the key `{key}` {what}", remedy)

    def slip(self, meant: str) -> bool:
        """Whether a key was probably meant for the one that is near it: where that one stands here too, both are meant."""
        return bool(meant) and meant not in self.value


_WORD: Final = re.compile(r"[\w@/.-]{1,80}")


def word(value: str) -> str:
    """A name from a project as findings may show it; what looks like anything but a name stays untold."""
    return f"`{value}`" if _WORD.fullmatch(value) else "given here"


def integer(value: Json) -> int | None:
    """A whole number, also as text; None if it is neither."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,18}\s*", value, re.ASCII):
        return int(value)
    return value if isinstance(value, int) else None
