"""What a server makes up (tokens, ids, the time), told apart from what it was given. Binds LoopBack's values to lbpy's."""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from lbpy.types import Json

NUMBERED = {
    "hex128": r"[0-9a-f]{128}",
    "uuid": r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "token": r"[A-Za-z0-9]{64}",
    "sha1": r"[0-9a-f]{40}",
    "md5": r"[0-9a-f]{32}",
    "objectid": r"[0-9a-f]{24}",
}
DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
CLOCK = r"\d\d:\d\d:\d\d"
TIMED = {
    "timestamp": (rf"\d{{4}}-\d\d-\d\dT{CLOCK}\.\d{{3}}Z", slice(0, 19), "%Y-%m-%dT%H:%M:%S"),
    "jsdate": (rf"{DAY} [A-Z][a-z]{{2}} \d\d \d{{4}} {CLOCK} GMT[+-]\d{{4}} \([^)]*\)", slice(4, 24), "%b %d %Y %H:%M:%S"),
    "httpdate": (rf"{DAY}, \d\d [A-Z][a-z]{{2}} \d{{4}} {CLOCK} GMT", slice(5, 25), "%d %b %Y %H:%M:%S"),
}
NAMED = {kind: f"(?P<{kind}>{pattern})" for kind, pattern in {**NUMBERED, **{k: v[0] for k, v in TIMED.items()}}.items()}
MADE_UP = re.compile(
    r"(?P<hash>\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53})"
    + f"|(?<![A-Za-z0-9])(?:{'|'.join(NAMED[kind] for kind in NUMBERED)})(?![A-Za-z0-9])"
    + "".join(f"|{NAMED[kind]}" for kind in TIMED)
)
PLACEHOLDER = re.compile(f"<({'|'.join(NUMBERED)}):(\\d+)>")
NEAR = 36 * 3600


class Masks:
    """The values made up so far in one scenario.

    Args:
        text: source of the scenario; what is written there was not made up.
        swaps: further texts (address, folder) and the placeholders they become.
    """

    def __init__(self, text: str, swaps: Mapping[str, str]) -> None:
        self._given = {match[0] for match in MADE_UP.finditer(text)}
        self._swaps = swaps
        self._raw: dict[tuple[str, str], str] = {}
        self._number: dict[tuple[str, str], str] = {}

    def same(self, expected: str, actual: str) -> bool:
        """Whether the texts are equal but for what was made up, and that comes back where it came back for LoopBack."""
        skeleton, made_up = self.shape(actual)
        numbered = PLACEHOLDER.findall(expected)
        if PLACEHOLDER.sub(r"<\1>", expected) != skeleton or len(numbered) != len(made_up):
            return False
        bound = [self._bind(kind, number, raw) for (kind, number), raw in zip(numbered, made_up, strict=True)]
        return all(bound)

    def _bind(self, kind: str, number: str, raw: str) -> bool:
        if (kind, number) not in self._raw and (kind, raw) not in self._number:
            self._raw[kind, number] = raw
            self._number[kind, raw] = number
        return self._raw.get((kind, number)) == raw

    def shape(self, text: str) -> tuple[str, list[str]]:
        """The text with `<kind>` for every value made up, and those of a numbered kind in order."""
        for raw, placeholder in self._swaps.items():
            text = text.replace(raw, placeholder)
        made_up: list[str] = []

        def cut(match: re.Match[str]) -> str:
            kind, raw = str(match.lastgroup), match[0]
            if raw in self._given or (kind in TIMED and not is_now(kind, raw)):
                return raw
            if kind in NUMBERED:
                made_up.append(raw)
            return f"<{kind}>"

        return MADE_UP.sub(cut, text), made_up


def is_now(kind: str, text: str) -> bool:
    """Whether a date spelled in one of the TIMED ways is within 36 hours."""
    _, part, spelling = TIMED[kind]
    try:
        moment = datetime.strptime(text[part], spelling).replace(tzinfo=UTC)
    except ValueError:
        return False
    return near(moment.timestamp())


def near(seconds: Json) -> bool:
    """Whether a number of seconds since 1970 is within 36 hours of now."""
    return isinstance(seconds, int | float) and abs(seconds - time.time()) < NEAR


def shapeless(expected: str) -> str:
    """A recorded text without the numbers of its placeholders."""
    return PLACEHOLDER.sub(r"<\1>", expected)
