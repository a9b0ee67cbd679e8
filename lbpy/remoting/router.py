"""LoopBack's order of routes behind Falcon's router port: which endpoint answers a verb and a path. Calls nothing.

Falcon's own router refuses two variables at one place, and decides verbs, case and escaped slashes otherwise than LoopBack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cmp_to_key
from typing import Any, Final, Protocol, TypeAlias, TypeVar
from urllib.parse import unquote_to_bytes

import falcon

from ..errors import UnreadablePath
from .method import Route

Responder: TypeAlias = Callable[..., None]
Found: TypeAlias = tuple[object, Mapping[str, Responder], dict[str, Any], str]

VERBS: Final = ("put", "post", "patch", "head", "get", "delete", "all")
"""The order in which LoopBack looks at verbs."""


@dataclass(frozen=True, slots=True)
class Mounted:
    """One route in the table: the whole of its path below the API root, and what Falcon is given for it."""

    route: Route
    responder: Responder
    resource: object


@dataclass(frozen=True, slots=True)
class ModelRoutes:
    """The routes of one model below its path. name: the model's. path: such as "/notes"."""

    name: str
    path: str
    routes: tuple[Mounted, ...]


# -- order -------------------------------------------------------------------


class Routed(Protocol):
    """What stands at a route."""

    @property
    def route(self) -> Route:
        """Its verb and path."""
        ...


R = TypeVar("R", bound=Routed)


def in_order(routes: Iterable[R]) -> list[R]:
    """Routes of one model in LoopBack's order (source: rest-api.md 1.1, "Route order")."""
    return sorted(routes, key=cmp_to_key(_compare))


def _compare(a: Routed, b: Routed) -> int:
    verbs = VERBS.index(_verb(a.route)) - VERBS.index(_verb(b.route))
    return verbs or _compare_paths(segments_of(a.route.path), segments_of(b.route.path))


def _verb(route: Route) -> str:
    return "delete" if route.verb == "del" else route.verb


def _compare_paths(a: Sequence[str], b: Sequence[str]) -> int:
    for one, other in zip(a, b, strict=False):
        if one != other:
            return -1 if _rank(one) < _rank(other) else 1
    return len(b) - len(a)


def _rank(segment: str) -> tuple[int, str]:
    """A literal before a variable, an empty segment last, equals by their text."""
    return (2, "") if not segment else (int(segment.startswith(":")), segment)


def segments_of(path: str) -> list[str]:
    """The segments of a path, a leading and one trailing slash apart."""
    return path.removeprefix("/").removesuffix("/").split("/") if path not in ("", "/") else []


# -- matching ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pattern:
    """One route as it is matched: for each segment its text in lower case, or None for a variable."""

    literals: tuple[str | None, ...]
    names: tuple[str, ...]
    found: tuple[object, Mapping[str, Responder], str]

    def match(self, segments: Sequence[str]) -> bool:
        """Whether the literals are those of a path of as many segments."""
        return all(literal is None or literal == one for literal, one in zip(self.literals, segments, strict=True))

    def captured(self, segments: Sequence[str]) -> dict[str, Any]:
        """The decoded variables in the raw segments of a path. Raises: UnreadablePath."""
        names = iter(self.names)
        return {next(names): decoded(one) for literal, one in zip(self.literals, segments, strict=True) if literal is None}

    def answer(self, captured: dict[str, Any]) -> Found:
        """What Falcon gets for a path with these variables."""
        resource, method_map, template = self.found
        return resource, method_map, captured, template


@dataclass(slots=True)
class _Table:
    """The patterns of one model, by verb and number of segments."""

    name: str
    patterns: dict[tuple[str, int], list[Pattern]] = field(default_factory=dict)


class Router:
    """Falcon's router port over all routes of an application.

    Args:
        root: the API root, such as "/api".
        places: the models' routes; of two at one path the first answers.
        unknown: the responder for paths below the root that nobody answers; None lets them fall to later phases.
    """

    def __init__(self, root: str, places: Iterable[ModelRoutes], unknown: Responder | None) -> None:
        self._root = [segment.lower() for segment in segments_of(root)]
        self._unknown: Found | None = None if unknown is None else (self, _AnyVerb(unknown), {}, "")
        self._tables: dict[tuple[str, ...], _Table] = {}
        for place in places:
            self._add(place)
        self._deepest = max((len(path) for path in self._tables), default=0)
        self._literal = dict(self._literals())
        self._by_id = dict(self._ids())

    def _add(self, place: ModelRoutes) -> None:
        path = tuple(segment.lower() for segment in segments_of(place.path))
        if path in self._tables:
            return
        table = self._tables[path] = _Table(place.name)
        ordered = in_order(place.routes)
        for verb in ("PUT", "POST", "PATCH", "HEAD", "GET", "DELETE", "*"):
            for one in _for_verb(ordered, verb):
                pattern = _pattern(one)
                table.patterns.setdefault((verb, len(pattern.literals)), []).append(pattern)

    def _literals(self) -> Iterator[tuple[tuple[str, str], Pattern]]:
        """What answers each path without variables, so that one look-up finds it."""
        for path, verb, pattern in self._patterns():
            below = [*path, *(one for one in pattern.literals if one is not None)]
            found = None if pattern.names else self._search(verb, below)
            if found is not None and not found[0].names:  # else a route with a variable comes first for that path
                yield (verb, self._whole(below)), found[0]

    def _ids(self) -> Iterator[tuple[tuple[str, str], Pattern]]:
        """The first route of each model whose only segment is a variable: it answers all such paths that are no literals."""
        for path, verb, pattern in reversed(list(self._patterns())):
            if pattern.literals == (None,):
                yield (verb, self._whole(path)), pattern

    def _patterns(self) -> Iterator[tuple[tuple[str, ...], str, Pattern]]:
        for path, table in self._tables.items():
            for (verb, _), patterns in table.patterns.items():
                if verb != "*":
                    yield from ((path, verb, pattern) for pattern in patterns)

    def _whole(self, below: Iterable[str]) -> str:
        return "/" + "/".join([*self._root, *below])

    def find(self, uri: str, req: falcon.Request | None = None) -> Found | None:
        """What answers a request (Falcon's router port).

        Raises:
            UnreadablePath: a variable of the matched route has a broken escape.
        """
        assert req is not None
        environ = req.env
        path: str = environ["PATH_INFO"]
        if path.isascii() and "%" not in _raw(environ).partition("?")[0]:
            found = self._look_up(req.method, path.removesuffix("/"))
            if found is not None:
                return found
        below = self.below_root(environ)
        return None if below is None else self._searched(req.method.upper(), below)

    def _look_up(self, method: str, path: str) -> Found | None:
        """What answers a path of plain text, found without taking it apart; None where that takes a search."""
        pattern = self._literal.get((method, path.lower()))
        if pattern is not None:
            return pattern.answer({})
        head, _, id = path.rpartition("/")
        pattern = self._by_id.get((method, head.lower())) if id else None
        return None if pattern is None else pattern.answer({pattern.names[0]: id})

    def below_root(self, environ: Mapping[str, Any]) -> list[str] | None:
        """The raw segments of a request below the API root, None if it lies elsewhere."""
        segments = raw_path(environ).split("/")[1:]
        size = len(self._root)
        if [segment.lower() for segment in segments[:size]] != self._root:
            return None
        rest = segments[size:]
        if len(rest) > 1 and rest[0] == "":
            rest = rest[1:]
        return rest[:-1] if rest and rest[-1] == "" else rest

    def place_of(self, below: Sequence[str]) -> tuple[str, int] | None:
        """The model whose path some segments begin with, and how many segments that path has."""
        lower = tuple(text_of(segment).lower() for segment in below[: self._deepest])
        for size in range(len(lower), -1, -1):
            table = self._tables.get(lower[:size])
            if table is not None:
                return table.name, size
        return None

    def _searched(self, method: str, below: Sequence[str]) -> Found | None:
        found = self._search(method, [text_of(segment).lower() for segment in below])
        if found is None:
            return self._unknown
        pattern, size = found
        return pattern.answer(pattern.captured(below[size:]))

    def _search(self, method: str, lower: list[str]) -> tuple[Pattern, int] | None:
        """The route that comes first for a path, longer paths of models before shorter ones; and where its own segments begin."""
        for size in range(min(len(lower), self._deepest), -1, -1):
            table = self._tables.get(tuple(lower[:size]))
            if table is not None:
                start = size + (lower[size : size + 1] == [""])  # a slash doubled behind the path of a model is none
                pattern = _first(table, method, lower[start:])
                if pattern is not None:
                    return pattern, start
        return None


def _first(table: _Table, method: str, segments: Sequence[str]) -> Pattern | None:
    size = len(segments)
    patterns = table.patterns.get((method, size))
    if patterns is None:
        patterns = table.patterns.get(("*", size), [])
    return next((one for one in patterns if one.match(segments)), None)


def _for_verb(ordered: Sequence[Mounted], verb: str) -> list[Mounted]:
    """The routes that a request with this verb goes through, in order; HEAD falls to GET, "all" comes last."""
    wanted = {"HEAD": ("head", "get", "all"), "*": ("all",)}.get(verb, (verb.lower(), "all"))
    return [one for one in ordered if _verb(one.route) in wanted]


def _pattern(one: Mounted) -> Pattern:
    segments = segments_of(one.route.path)
    literals = tuple(None if segment.startswith(":") else segment.lower() for segment in segments)
    names = tuple(segment[1:] for segment in segments if segment.startswith(":"))
    return Pattern(literals, names, (one.resource, _AnyVerb(one.responder), one.route.path))


class _AnyVerb(dict[str, Responder]):
    """Falcon's map of verbs for a route that was found by its verb already."""

    def __init__(self, responder: Responder) -> None:
        super().__init__()
        self._responder = responder

    def __missing__(self, verb: str) -> Responder:
        return self._responder


# -- paths -------------------------------------------------------------------


def raw_path(environ: Mapping[str, Any]) -> str:
    """The path below SCRIPT_NAME with its escapes, from the request line where a server hands it on.

    Where something has rewritten PATH_INFO since, that counts, quoted anew only so far that it can be cut at slashes.
    """
    path: str = environ.get("PATH_INFO") or "/"
    raw = _raw(environ)
    if "%" not in raw:
        return path.replace("%", "%25") if "%" in path else path
    raw = _without_origin(raw).partition("?")[0]
    script: str = environ.get("SCRIPT_NAME", "")
    if unquote_to_bytes(raw).decode("latin-1") == script + path:
        return "/" + "/".join(raw.split("/")[1 + script.count("/") :])
    return path.replace("%", "%25")


def _raw(environ: Mapping[str, Any]) -> str:
    """The target of the request line as it came, "" where the server does not tell."""
    raw: str = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    return raw


def _without_origin(target: str) -> str:
    """An absolute-form request target without scheme and host."""
    if target.startswith("/"):
        return target
    _, _, rest = target.partition("://")
    return "/" + rest.partition("/")[2]


def text_of(segment: str) -> str:
    """The text of a raw segment; where it has none, the segment itself."""
    try:
        return decoded(segment)
    except UnreadablePath:
        return segment


def decoded(segment: str) -> str:
    """The text of a raw segment.

    Raises:
        UnreadablePath: a broken escape, or bytes that are no UTF-8.
    """
    if segment.isascii() and "%" not in segment:
        return segment
    try:
        parts = segment.split("%")
        if any(len(part) < 2 or not _is_hex(part[:2]) for part in parts[1:]):
            raise ValueError(segment)
        return unquote_to_bytes(segment.encode("latin-1")).decode()
    except ValueError as error:
        raise UnreadablePath(f"Failed to decode param '{segment}'") from error


def _is_hex(text: str) -> bool:
    return all(one in "0123456789abcdefABCDEF" for one in text)
