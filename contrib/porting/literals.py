"""JavaScript literals as JSON values; any other expression stays text. Evaluates nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from ...types import Json

_DEPTH: Final = 40
_SPACE: Final = re.compile(r"\s*")
_STRING: Final = re.compile(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`", re.DOTALL)
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_WORD: Final = re.compile(r"[A-Za-z_$][\w$]*")
_WORDS: Final[dict[str, Json]] = {"true": True, "false": False, "null": None, "undefined": None}
_STEP: Final = re.compile(rf"{_STRING.pattern}|[(\[{{]|[)\]}}]|[,;]", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}


@dataclass(frozen=True, slots=True)
class Code:
    """An expression that is no literal, as it stands there."""

    text: str


def arguments(text: str, at: int) -> tuple[Any, ...]:
    """The arguments of a call.

    Args:
        text: JavaScript without comments.
        at: the place after the opening bracket.

    Returns:
        JSON values for literals, Code for all else.
    """
    return tuple(_items(text, at, ")", 0)[0])


def literal(text: str) -> Any:
    """The value of one expression, a Code unless it is a literal."""
    return _value(text, 0, 0)[0]


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    """The value that starts at a place and the place after it, blanks skipped."""
    start = _skip(text, at)
    value, end = _plain(text, start, depth)
    end = _skip(text, end)
    if not isinstance(value, Code) and text[end : end + 1] in ("", ",", ")", "]", "}", ";"):
        return value, end
    end = _end_of_code(text, start)
    return Code(text[start:end].strip()), end


def _plain(text: str, at: int, depth: int) -> tuple[Any, int]:
    first = text[at : at + 1]
    if first == "[" and depth < _DEPTH:
        return _items(text, at + 1, "]", depth + 1)
    if first == "{" and depth < _DEPTH:
        return _members(text, at + 1, depth + 1)
    if found := _STRING.match(text, at):
        return _string(found[0]), found.end()
    if found := _NUMBER.match(text, at):
        return (float(found[0]) if "." in found[0] else int(found[0])), found.end()
    word = _WORD.match(text, at)
    if word and word[0] in _WORDS:
        return _WORDS[word[0]], word.end()
    return Code(""), at


def _string(quoted: str) -> Any:
    if quoted[0] == "`" and "${" in quoted:
        return Code(quoted)
    return _ESCAPE.sub(_escaped, quoted[1:-1])


def _escaped(found: re.Match[str]) -> str:
    letter: str = found[1]
    return chr(int(letter[1:], 16)) if len(letter) > 1 else _LETTERS.get(letter, letter)


def _end_of_code(text: str, at: int) -> int:
    """Where an expression ends: at a comma, a semicolon or a closing bracket of its own level."""
    depth = 0
    for found in _STEP.finditer(text, at):
        if found[0] in "([{":
            depth += 1
        elif found[0] in ")]}":
            depth -= 1
        if depth < 0 or (depth == 0 and found[0] in ",;"):
            return found.start()
    return len(text)


def _items(text: str, at: int, closing: str, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    at = _skip(text, at)
    while at < len(text) and text[at] != closing:
        value, end = _value(text, at, depth)
        items.append(value)
        at = _next(text, end, at)
    return items, at + 1


def _next(text: str, end: int, start: int) -> int:
    """The place of the next item; always further on, whatever the text says."""
    return _skip(text, end + 1 if text[end : end + 1] in (",", ";") or end == start else end)


def _members(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    members: dict[str, Any] = {}
    at = _skip(text, at)
    while at < len(text) and text[at] != "}":
        key, after = _key(text, at)
        value, end = _value(text, after, depth)
        if key:
            members[key] = value
        at = _next(text, end, at)
    return members, at + 1


def _key(text: str, at: int) -> tuple[str, int]:
    """The key of a member and the place of its value; "" where there is no plain one, as in `...rest` or `name() {}`."""
    found = _STRING.match(text, at) or _WORD.match(text, at) or _NUMBER.match(text, at)
    if not found:
        return "", at
    colon = _skip(text, found.end())
    if text[colon : colon + 1] != ":":
        return "", at
    name = _string(found[0]) if found[0][0] in "'\"`" else found[0]
    return name if isinstance(name, str) else "", colon + 1
