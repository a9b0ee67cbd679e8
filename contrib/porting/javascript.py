"""JavaScript as text: comments out, calls and assignments found, local modules followed. Knows nothing of LoopBack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .literals import Code, arguments, literal

_LARGEST: Final = 1_000_000
_TOKEN: Final = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`"
    r"|(?:[=(,:\[!&|?{};]|\breturn)\s*/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/",
    re.DOTALL,
)
_LONGEST: Final = 20_000
"""Characters of one call or value that are looked at; a longer one is no literal worth knowing."""

_CHAIN: Final = re.compile(r"(?<!\s)\s+\.(?=[A-Za-z_$])")
_RECEIVER: Final = re.compile(r"(?<![\w$.\])])(?:[\w$.]|\[[^\[\]\n]*\]|\([^()\n]*\))+$")
_LOOK_BACK: Final = 200
_REQUIRED: Final = re.compile(r"(?:\brequire\s*\(\s*|\bfrom\s+|\bimport\s+)['\"](\.{1,2}(?:/[^'\"]*)?)['\"]")
_PARAMETER: Final = re.compile(
    r"(?:module\.exports|exports\.default|export\s+default)\s*=?\s*(?:async\s*)?(?:function\b[^(]*)?\(?\s*([\w$]+)"
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: `receiver.name(arguments)`; receiver is "" where there is none. Arguments as of `literals.arguments`."""

    receiver: str
    name: str
    arguments: tuple[Any, ...]

    @property
    def word(self) -> str:
        """The first argument if it is a text, else ""."""
        first = self.arguments[0] if self.arguments else None
        return first if isinstance(first, str) else ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One assignment to a member: `receiver.name = value`, value as text up to the end of its line."""

    receiver: str
    name: str
    value: str


def read_script(path: Path) -> str:
    """The text of a file without comments, chained calls joined; "" where it cannot be read."""
    try:
        text = path.read_text("utf-8", errors="replace")[:_LARGEST]
    except OSError:
        return ""
    return _CHAIN.sub(".", without_comments(text))


def without_comments(text: str) -> str:
    """The text with blanks for its comments; texts and regular expressions that look like comments stay."""
    return _TOKEN.sub(lambda found: " " if found["comment"] else found[0], text)


def parameter(text: str) -> str:
    """The first parameter of the function that a module exports, "" if it cannot be told."""
    found = _PARAMETER.search(text)
    return found[1] if found and found[1] != "function" else ""


def calls(text: str, names: str) -> Iterator[Call]:
    """The calls of functions or methods.

    Args:
        text: JavaScript without comments.
        names: regular expression of their names.
    """
    for found in re.finditer(rf"\b({names})\s*\(", text):
        end = found.start() - 1
        receiver = receiver_before(text, end) if text[max(0, end)] == "." else ""
        yield Call(receiver, found[1], arguments(text[found.end() : found.end() + _LONGEST], 0))


def assignments(text: str, names: str) -> Iterator[Assignment]:
    """The assignments to members of these names (a regular expression)."""
    for found in re.finditer(rf"\.({names})\s*=(?![=>])\s*([^\n]{{0,200}})", text):
        yield Assignment(receiver_before(text, found.start()), found[1], found[2])


def receiver_before(text: str, end: int) -> str:
    """The expression that ends at a place, such as "app.models.Note"."""
    found = _RECEIVER.search(text[max(0, end - _LOOK_BACK) : end])
    return found[0] if found else ""


# -- names that stand for literals -------------------------------------------


def assigned(text: str, name: str) -> Any:
    """What a variable is first set to: a literal or Code; Code("") where nothing is seen."""
    found = re.search(rf"(?<![\w$.]){re.escape(name)}\s*=(?![=>])\s*", text)
    return literal(text[found.end() : found.end() + _LONGEST]) if found else Code("")


def texts_of(text: str, value: Any) -> tuple[str, ...] | None:
    """The texts that an argument can be: itself, or the items of the literal list that a loop walks; None if it is computed."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Code):
        return None
    listed = next((one for one in _walked(text, value.text)), None)
    return tuple(listed) if listed and all(isinstance(one, str) for one in listed) else None


def _walked(text: str, expression: str) -> Iterator[list[Any]]:
    """The literal lists that an expression is an item of: `list[i]`, `list.forEach(x => ...)`, `for (x of list)`."""
    if found := re.fullmatch(r"([\w$]+)\[[\w$]+\]", expression):
        yield from _list(assigned(text, found[1]))
    if not re.fullmatch(r"[\w$]+", expression):
        return
    name = re.escape(expression)
    for found in re.finditer(rf"\.forEach\s*\(\s*(?:function\b[^(]*)?\(?\s*{name}\s*[,)=]", text):
        yield from _list_before(text, found.start())
    for found in re.finditer(rf"\bfor\s*\(\s*(?:var|let|const)?\s*{name}\s+(?:of|in)\s+", text):
        word = re.match(r"[\w$]+", text[found.end() : found.end() + _LOOK_BACK])
        yield from _list(assigned(text, word[0]) if word else literal(text[found.end() : found.end() + _LONGEST]))


def _list_before(text: str, end: int) -> Iterator[list[Any]]:
    if text[:end].rstrip().endswith("]"):
        yield from _list(literal(text[text.rfind("[", 0, end) : end]))
    elif word := re.search(r"[\w$]+$", text[max(0, end - _LOOK_BACK) : end]):
        yield from _list(assigned(text, word[0]))


def _list(value: Any) -> Iterator[list[Any]]:
    if isinstance(value, list):
        yield value


# -- local modules -----------------------------------------------------------


def local_modules(path: Path, levels: int = 2) -> tuple[tuple[Path, ...], bool]:
    """The local modules that a script requires, so many levels deep, and whether one of them is absent."""
    seen: dict[Path, None] = {}
    absent = False
    level = [path]
    for _ in range(levels):
        found = [_resolved(one, name) for one in level for name in _REQUIRED.findall(read_script(one))]
        absent = absent or None in found
        level = [one for one in dict.fromkeys(found) if one is not None and one not in seen and one != path]
        seen.update(dict.fromkeys(level))
    return tuple(seen), absent


def _resolved(path: Path, name: str) -> Path | None:
    base = path.parent / name
    endings = (base, base.with_name(f"{base.name}.js"), base.with_name(f"{base.name}.json"), base / "index.js", base / "index.json")
    return next((one.resolve() for one in endings if one.is_file()), None)
