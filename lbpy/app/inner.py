"""Calls one WSGI application from inside another and says which requests belong to it. Knows no HTTP library and reads no body."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from types import TracebackType
from typing import Final, TypeAlias
from wsgiref.types import WSGIApplication, WSGIEnvironment

Headers: TypeAlias = list[tuple[str, str]]
ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None] | None

_PIECES: Final = re.compile(r"/+|\*|:\w+|.", re.DOTALL)


def close(body: object) -> None:
    """Release what an application returned as its body."""
    # close() is optional in PEP 3333, so this is the one place that has to ask for it
    release = getattr(body, "close", None)
    if callable(release):
        release()


class Body:
    """The chunks of an answer whose first one was fetched already; closes what it came from."""

    def __init__(self, chunks: Iterator[bytes], source: object) -> None:
        self._chunks = chunks
        self._source = source

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        """Pass the end of the answer on to the application that made it."""
        close(self._source)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an inner application answered: a status line, its headers as it sent them, the body still to be read."""

    status: str
    headers: Headers
    body: Body


class _Head:
    """Records what an application says by start_response and write."""

    def __init__(self) -> None:
        self.line: tuple[str, Headers] | None = None
        self.sent = False
        self.written: list[bytes] = []

    def start(self, status: str, headers: Headers, exc_info: ExcInfo = None, /) -> Callable[[bytes], object]:
        if exc_info and exc_info[1] and self.sent:
            raise exc_info[1]
        if self.line and not exc_info:
            raise AssertionError("start_response was called twice without exc_info")
        self.line = (status, headers)
        return self.written.append

    def taken(self) -> tuple[str, Headers]:
        if self.line is None:
            raise AssertionError("the application returned without calling start_response")
        self.sent = True
        return self.line


def call(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Run an application until its first chunk is there, for only then its status is settled (generators).

    Args:
        app: the application.
        environ: what it is given; the request body in it stays unread.

    Returns:
        Its answer; the caller must close the body.

    Raises:
        AssertionError: the application does not keep to PEP 3333.
    """
    head = _Head()
    result = app(environ, head.start)
    try:
        chunks = iter(result)
        first = list(_until_started(chunks, head))
        status, headers = head.taken()
    except BaseException:
        close(result)
        raise
    return Answer(status, headers, Body(chain(head.written, first, chunks), result))


def _until_started(chunks: Iterator[bytes], head: _Head) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        if head.line is not None:
            return


def below(environ: WSGIEnvironment, path: str, prefix: str) -> WSGIEnvironment:
    """The environ for an application mounted below a prefix.

    Args:
        environ: of the outer application; left as it is.
        path: PATH_INFO to be shifted, as WSGI writes it (bytes as Latin-1).
        prefix: its first part, written likewise.

    Returns:
        A copy whose SCRIPT_NAME has grown by the prefix.
    """
    return {**environ, "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + prefix, "PATH_INFO": path[len(prefix):]}


def tunnelled(path: str) -> str:
    """Text as WSGI carries it: its UTF-8 bytes read as Latin-1."""
    return path.encode().decode("latin-1")


def decoded(path: str) -> str:
    """The text of a path as WSGI carries it; an empty one is "/"."""
    return path.encode("latin-1").decode(errors="replace") or "/"


Base: TypeAlias = Callable[[str, str], str | None]
"""From method and path of a request the part of the path that something sits at; None: it does not see the request."""


def base_of(paths: Sequence[str], methods: frozenset[str]) -> Base:
    """Which requests are seen at Express paths and by methods; none of both means `everywhere`."""
    return partial(_base, path_pattern(paths or ("/",)), methods) if paths or methods else everywhere


def everywhere(_method: str, _path: str) -> str:
    """The base of what sees every request."""
    return ""


def _base(pattern: re.Pattern[str], methods: frozenset[str], method: str, path: str) -> str | None:
    match = pattern.match(path) if not methods or method in methods else None
    return match.group() if match else None


def path_pattern(paths: Sequence[str]) -> re.Pattern[str]:
    """What an Express path means to middleware: a prefix of whole segments, in any case; `*` and `:name` are wild.

    Args:
        paths: such as "/api" or "/users/:id/*"; one of them must match.

    Returns:
        A pattern whose match is the prefix. Repeated slashes count as one, so that `//` walks round nothing.

    Source: reference/logic.md 6.2.
    """
    choices = "|".join(_path_source("/" + path.strip("/")) for path in paths)
    return re.compile(rf"(?:{choices})(?=/|\Z)", re.IGNORECASE | re.DOTALL)


def _path_source(path: str) -> str:
    return "" if path == "/" else "".join(map(_piece_source, _PIECES.findall(path)))


def _piece_source(piece: str) -> str:
    if piece[0] == "/":
        return "/+"
    if piece == "*":
        return ".*"
    return "[^/]+" if len(piece) > 1 else re.escape(piece)
