"""Bodies that are never held as a whole: what comes in by parts, and results that go out by parts. Knows no HTTP library."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, Protocol, runtime_checkable
from urllib.parse import quote

from ..errors import BadRequest, ServerError, TooLarge
from .forms import Answer
from .headers import fit_type

CHUNK: Final = 65_536
OCTETS: Final = "application/octet-stream"


@runtime_checkable
class Readable(Protocol):
    """A file that is read by parts."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes, none at the end."""
        ...


# -- in ----------------------------------------------------------------------


class BodyReader:
    """The bytes of a body as a server gives them: all of them, or an error.

    Args:
        stream: where the server gives them; it is never asked for more than the body has.
        length: in bytes, None where the stream itself ends with the body.
    """

    __slots__ = ("_left", "_stream")

    def __init__(self, stream: Readable, length: int | None) -> None:
        self._stream = stream
        self._left = length

    def read(self, size: int | None = None, /) -> bytes:
        """The next bytes, none at the end.

        Args:
            size: most bytes; None or a negative number reads all that is left, at once.

        Raises:
            BadRequest: the stream ends before the body does, or the body is badly framed (source: raw-body, which LoopBack uses).
        """
        most = -1 if size is None else size
        if self._left is None:
            return self._whole(most)
        wanted = self._left if most < 0 else min(most, self._left)
        data = self._whole(wanted)
        if len(data) < wanted:
            raise BadRequest("request size did not match content length")
        self._left -= wanted
        return data

    def _whole(self, size: int) -> bytes:
        """So many bytes, fewer at the end of the stream only, which may give less at a time than it has; all for a negative number."""
        first = self._take(size)
        if not first or len(first) == size:
            return first
        pieces, left = [first], size - len(first)
        while piece := self._take(left if size >= 0 else size):
            pieces.append(piece)
            left -= len(piece)
            if not left:
                break
        return b"".join(pieces)

    def _take(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except Exception as error:  # servers have errors of their own for what was sent wrongly, and not all are OSErrors
            raise BadRequest("the body cannot be read") from error


class Upload:
    """The body of a request as it comes in.

    Args:
        stream: where it is read from, up to its end.
        content_type: as declared, None where nothing is said.
        length: in bytes as declared, None where it is not known before.
        limit: most bytes, None for no limit.
    """

    __slots__ = ("_left", "_stream", "content_type", "length")

    def __init__(self, stream: Readable, content_type: str | None = None, length: int | None = None, limit: int | None = None) -> None:
        self._stream = stream
        self._left = limit
        self.content_type: str | None = content_type
        self.length: int | None = length

    def limited(self, limit: int | None) -> Upload:
        """The same body with another limit. Raises: TooLarge if it is declared to be larger."""
        if limit is not None and self.length is not None and self.length > limit:
            raise TooLarge("request entity too large")
        return Upload(self._stream, self.content_type, self.length, limit)

    def read(self, size: int = CHUNK, /) -> bytes:
        """The next bytes, none at the end.

        Args:
            size: most bytes; a negative number reads all that is left, at once.

        Raises:
            TooLarge: there are more than allowed.
        """
        data = self._stream.read(size) if size >= 0 or self._left is None else self._stream.read(self._left + 1)
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise TooLarge("request entity too large")
        return data

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read():
            yield chunk


# -- out ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Download:
    """A result that is sent as it is, by parts.

    Args:
        stream: bytes, text, a file that is read and closed, or anything that gives bytes.
        content_type: of the whole.
        filename: the name under which browsers keep it.
        headers: further ones.
    """

    stream: bytes | str | Readable | Iterable[bytes]
    content_type: str = OCTETS
    filename: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class Chunks:
    """Parts of a body whose first one is there already, so that what fails before it still is an error of its own.

    Args:
        source: gives the parts; closed at the end, if it can be.
    """

    __slots__ = ("_chunks", "_source")

    def __init__(self, source: Readable | Iterable[bytes]) -> None:
        self._source = source
        parts = _parts(source)
        self._chunks = chain([next(parts, b"")], parts)

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        """Close the source."""
        close(self._source)


@runtime_checkable
class Closable(Protocol):
    """What has to be closed."""

    def close(self) -> object:
        """Give back what it holds."""
        ...


class Held:
    """A body that stands on something else, which is closed after it.

    Args:
        stream: the body. rest: closed when it was sent.
    """

    __slots__ = ("_rest", "_stream")

    def __init__(self, stream: Iterable[bytes], rest: Closable) -> None:
        self._stream = stream
        self._rest = rest

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        """Close both."""
        try:
            close(self._stream)
        finally:
            self._rest.close()


def close(source: object) -> None:
    """Close what can be closed."""
    if isinstance(source, (Generator, Closable)):
        source.close()


def _parts(source: Readable | Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(source, Readable):
        return iter(lambda: source.read(CHUNK), b"")
    return map(_encoded, source)


def _encoded(part: bytes | str) -> bytes:
    return part.encode() if isinstance(part, str) else part


def file_answer(value: Any, status: int, content_type: str = OCTETS) -> Answer:
    """The answer that holds a file.

    Args:
        value: a Download, bytes, text, a file, anything that gives bytes.
        status: of the answer.
        content_type: unless a Download says it.

    Raises:
        ServerError: the value is none of these (source: rest-api.md 4).
    """
    if isinstance(value, Download):
        return file_answer(value.stream, status, fit_type(value.content_type))._replace(headers=headers_of(value))
    if isinstance(value, (bytes, str)):
        return Answer(status, _encoded(value), content_type)
    if isinstance(value, (Mapping, list, tuple)) or not isinstance(value, (Readable, Iterable)):
        raise ServerError(f"a file is bytes, text or a stream, not {type(value).__name__}")
    return Answer(status, None, content_type, stream=Chunks(value))


def headers_of(download: Download) -> dict[str, str]:
    """The headers of a download, its name in both forms that browsers know (RFC 6266)."""
    if download.filename is None:
        return dict(download.headers)
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\' else "_" for one in download.filename)
    named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(download.filename, safe='', errors='replace')}"
    return {"Content-Disposition": named, **download.headers}
