"""Reads query strings and urlencoded forms into nested dicts and lists, as the `qs` package does. Converts no value.

Text such as `a[b][0]=x&a[b][]=y` becomes `{"a": {"b": ["x", "y"]}}` in two steps: pairs of key and text, then one small tree
for each key, merged into the whole (source: rest-api.md 3.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import unquote, unquote_to_bytes

from ..errors import BadRequest, TooLarge
from ..types import UNSET, Json, Unset

MAX_PARAMETERS: Final = 1000

OPENING: Final = re.compile("%5B", re.IGNORECASE)
CLOSING: Final = re.compile("%5D", re.IGNORECASE)
BROKEN_ESCAPE: Final = re.compile("%(?![0-9a-fA-F]{2})")
SIMPLE: Final = re.compile(r"([A-Za-z]\w*)=([^&=]*)", re.ASCII)
"""One parameter with a name without brackets, as in `filter={...}`."""

BRACKET: Final = re.compile(r"[\[\]]")
INDEX: Final = re.compile("0|[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far brackets reach.

    depth: nesting levels read from brackets; what is left of a deeper key stays one literal key, or is refused where strict.
    array_limit: items a list may have; beyond, it is a dict with numeric keys.
    """

    depth: int = 5
    array_limit: int = 20
    strict: bool = False


QUERY: Final = Reach(array_limit=1000)
"""As Express sets it up, which recorded answers show; qs by itself stops at 20 items."""


def parse(text: str) -> dict[str, Json]:
    """The parameters of a query string (without its "?").

    Returns: values are text, lists and dicts; keys that look like list indexes come first, in ascending order.
    Raises: BadRequest beyond 1000 parameters. Source: rest-api.md 3.2.
    """
    simple = SIMPLE.fullmatch(text)
    if simple:
        return {simple[1]: _decoded(_bracketed(simple[2]))}
    if text.count("&") >= MAX_PARAMETERS:
        raise BadRequest("too many parameters")
    return _parse(text, QUERY)


def parse_form(text: str, *, extended: bool = True) -> dict[str, Json]:
    """The members of an urlencoded body; not extended, brackets mean nothing.

    Raises: TooLarge beyond 1000 members, BadRequest beyond 32 levels. Source: rest-api.md 3.1.
    """
    members = text.count("&") + 1
    if members > MAX_PARAMETERS:
        raise TooLarge("too many parameters")
    return _parse(text, Reach(depth=32 if extended else 0, array_limit=max(100, members), strict=extended))


def size_of(text: str, names: frozenset[str]) -> int:
    """How many characters of a query string belong to the parameters of these names, whatever their brackets and escapes."""
    return sum(len(part) for part, key, _ in _split(text) if key.partition("[")[0] in names)


def _parse(text: str, reach: Reach) -> dict[str, Json]:
    if not text:
        return {}
    pairs = _pairs(text, reach)
    if any("[" in key for key in pairs):
        return _plain(_nested(pairs, reach))
    return _plain({key: value for key, value in pairs.items() if key and key != "__proto__"})


# --- Step one: pairs ---------------------------------------------------------------------------------------------------------


def _split(text: str) -> Iterable[tuple[str, str, str]]:
    """Each part of the text with its decoded key and its raw value."""
    for part in _bracketed(text).split("&"):
        end = part.find("]=") + 1 or part.find("=")
        yield (part, _decoded(part), "") if end < 0 else (part, _decoded(part[:end]), part[end + 1 :])


def _bracketed(text: str) -> str:
    """The text with its escaped brackets written out."""
    return CLOSING.sub("]", OPENING.sub("[", text)) if "%5" in text else text


def _pairs(text: str, reach: Reach) -> dict[str, Node]:
    pairs: dict[str, Node] = {}
    for _, key, raw in _split(text):
        value = _decoded(raw)
        pairs[key] = _combined(pairs[key], value, reach.array_limit) if key in pairs else value
    return pairs


def _decoded(text: str) -> str:
    """Text without its escapes; where one of them is broken, all stay as they are."""
    text = text.replace("+", " ")
    if "%" not in text or BROKEN_ESCAPE.search(text):
        return text
    try:
        return unquote_to_bytes(text).decode() if text.isascii() else unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


# --- Step two: trees ---------------------------------------------------------------------------------------------------------


class Items(list["Node | Unset"]):
    """A list in the making; UNSET where an index was not given. top: its last index, if it was made of values that clash."""

    __slots__ = ("top",)

    def __init__(self, items: Iterable[Node | Unset] = (), top: int | None = None) -> None:
        super().__init__(items)
        self.top: int | None = top


class Members(dict[str, "Node"]):
    """A dict in the making. long: it stands for a list beyond the limit; top: the index after which it goes on growing."""

    __slots__ = ("long", "top")

    def __init__(self, items: Iterable[tuple[str, Node]] = (), top: int | None = None, *, long: bool = False) -> None:
        super().__init__(items)
        self.top: int | None = top
        self.long: bool = long

    def append(self, value: Node) -> None:
        """Add the value behind the last index."""
        self.top = 0 if self.top is None else self.top + 1
        self[str(self.top)] = value


Node: TypeAlias = str | Items | Members


def _nested(pairs: dict[str, Node], reach: Reach) -> Members:
    whole = Members()
    for key in sorted(pairs, key=_rank):
        if key:
            _merge_dicts(whole, _tree(_segments(key, reach), pairs[key], reach.array_limit), reach.array_limit)
    return whole


def _segments(key: str, reach: Reach) -> list[str]:
    """`a[b][c]` -> ["a", "[b]", "[c]"]; what has no closing bracket or lies too deep is one last literal segment."""
    start = key.find("[")
    if start < 0 or not reach.depth:
        return [key]
    segments = [key[:start]] if start else []
    for _ in range(reach.depth):
        end = _closing(key, start)
        if end < 0:
            return [*segments, f"[{key[start:]}]"]
        segments.append(key[start : end + 1])
        start = key.find("[", end)
        if start < 0:
            return segments
    if reach.strict:
        raise BadRequest("The input exceeded the depth")
    return [*segments, f"[{key[start:]}]"]


def _closing(key: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed, -1 if nowhere."""
    level = 0
    for bracket in BRACKET.finditer(key, start):
        level += 1 if bracket.group() == "[" else -1
        if level == 0:
            return bracket.start()
    return -1


def _tree(segments: list[str], leaf: Node, limit: int) -> Node:
    """The containers that the segments name, around one leaf."""
    for segment in reversed(segments):
        leaf = _container(segment, leaf, limit)
    return leaf


def _container(segment: str, leaf: Node, limit: int) -> Node:
    if segment == "[]":
        return leaf if isinstance(leaf, Members) and leaf.long else Items(_as_items(leaf))
    bracketed = segment[0] == "[" and segment[-1] == "]"
    key = segment[1:-1] if bracketed else segment
    if not (bracketed and INDEX.fullmatch(key)):
        return Members([(key, leaf)] if key != "__proto__" else [])
    if int(key) < limit:
        return Items([*[UNSET] * int(key), leaf])
    return Members([(key, leaf)], int(key), long=True)


def _as_items(node: Node | Unset) -> list[Node | Unset]:
    return list(node) if isinstance(node, Items) else [node]


def _combined(old: Node, new: str, limit: int) -> Node:
    """The values of a key that occurs once more."""
    if isinstance(old, Members):
        old.append(new)
        return old
    return _limited(Items([*_as_items(old), new]), limit)


def _limited(items: Items, limit: int) -> Items | Members:
    return items if len(items) <= limit else Members(_numbered(items), len(items) - 1, long=True)


def _numbered(items: Items) -> list[tuple[str, Node]]:
    return [(str(index), item) for index, item in enumerate(items) if not isinstance(item, Unset)]


def _merged(old: Node, new: Node, limit: int) -> Node:
    """Two trees of one key as one; the old containers may be changed."""
    if isinstance(new, str):
        return _with_text(old, new, limit) if new else old
    if isinstance(old, str):
        return _behind_text(old, new, limit)
    if isinstance(old, Items) and isinstance(new, Items):
        return _merge_lists(old, new, limit)
    if isinstance(old, Items):
        old = Members(_numbered(old), None if old.top is None else len(old) - 1)
    return _merge_dicts(old, new, limit)


def _with_text(old: Node, new: str, limit: int) -> Node:
    if isinstance(old, Items):
        return _limited(Items([*old, new], None if old.top is None else len(old)), limit)
    if isinstance(old, Members) and old.top is not None:
        old.append(new)
        return old
    return Items([old, new], 1 if isinstance(old, Members) else None)


def _behind_text(old: str, new: Items | Members, limit: int) -> Node:
    if isinstance(new, Members) and new.long and new.top is not None:
        shifted = [(str(int(key) + 1), value) for key, value in new.items() if INDEX.fullmatch(key)]
        return Members([("0", old), *shifted], new.top + 1, long=True)
    return _limited(Items([old, *_as_items(new)]), limit)


def _merge_lists(old: Items, new: Items, limit: int) -> Items | Members:
    for index, item in enumerate(new):
        if not isinstance(item, Unset):
            _put(old, index, item, limit)
    return _limited(old, limit)


def _put(items: Items, index: int, item: Node, limit: int) -> None:
    """Set a free place; merge containers, and put the rest at the end."""
    items.extend([UNSET] * (index + 1 - len(items)))
    there = items[index]
    if isinstance(there, Unset):
        items[index] = item
    elif isinstance(there, str) or isinstance(item, str):
        items.append(item)
    else:
        items[index] = _merged(there, item, limit)


def _merge_dicts(old: Members, new: Node, limit: int) -> Members:
    long = isinstance(new, Members) and new.long
    for key, value in _members(new):
        old[key] = _merged(old[key], value, limit) if key in old else value
        if INDEX.fullmatch(key) and (long or old.top is not None):
            old.top = max(int(key), old.top or 0)
    old.long = old.long or long
    return old


def _members(node: Node) -> Iterable[tuple[str, Node]]:
    if isinstance(node, Members):
        return list(node.items())
    return _numbered(node) if isinstance(node, Items) else ()


def _plain(members: Mapping[str, Node]) -> dict[str, Json]:
    """Plain dicts and lists without gaps; keys that look like indexes in front, as JavaScript objects have them."""
    return {key: _value(members[key]) for key in sorted(members, key=_rank)}


def _value(node: Node) -> Json:
    if isinstance(node, Members):
        return _plain(node)
    return [_value(item) for item in node if not isinstance(item, Unset)] if isinstance(node, Items) else node


def _rank(key: str) -> int:
    return int(key) if INDEX.fullmatch(key) else 10**15
