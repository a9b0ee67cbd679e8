"""The members of a multipart form: texts are kept, files lie on disk until the call ends. Parses no bytes and knows no HTTP library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from tempfile import SpooledTemporaryFile
from typing import Any, Final, Protocol, TypeAlias

from ..errors import BadRequest, TooLarge
from ..types import Json
from .streams import CHUNK, Readable

MULTIPART_TYPE: Final = "multipart/form-data"

FILES_LIMIT: Final = 100 << 20
"""Bytes that the files of one form may have where the method does not say it (LoopBack reads no such forms)."""


class Part(Protocol):
    """One part of a multipart form as it comes in."""

    @property
    def name(self) -> str | None:
        """Of the member."""
        ...

    @property
    def filename(self) -> str | None:
        """Under which the client has the file; None for a text."""
        ...

    @property
    def content_type(self) -> str:
        """As declared, "text/plain" where nothing is said."""
        ...

    @property
    def stream(self) -> Readable:
        """Its bytes."""
        ...


class FormFile:
    """A file that came in a multipart form; it is gone when the call has ended.

    filename: as the client calls it, never to be trusted as a path. content_type: as declared. size: in bytes.
    """

    __slots__ = ("_file", "content_type", "filename", "size")

    def __init__(self, filename: str, content_type: str) -> None:
        self._file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(CHUNK)  # noqa: SIM115 -- closed by whoever has the form
        self.filename: str = filename
        self.content_type: str = content_type
        self.size: int = 0

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, none at the end; a negative number reads all that is left, at once."""
        return self._file.read(size)

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(CHUNK):
            yield chunk

    def fill(self, stream: Readable, limit: int) -> None:
        """Take in a whole stream, to be read from its start.

        Raises:
            TooLarge: it has more than `limit` bytes.
        """
        while chunk := stream.read(CHUNK):
            self.size += len(chunk)
            if self.size > limit:
                raise TooLarge("request entity too large")
            self._file.write(chunk)
        self._file.seek(0)

    def close(self) -> None:
        """Give the space back."""
        self._file.close()


Member: TypeAlias = str | FormFile


class MultipartForm:
    """The members of one multipart form, read as they come.

    Args:
        texts: most bytes that all texts may have. files: the same of all files.
    """

    def __init__(self, texts: int, files: int) -> None:
        self._texts = texts
        self._files = files
        self._members: dict[str, list[Member]] = {}

    def read(self, parts: Iterable[Part]) -> None:
        """Take in all parts.

        Raises:
            TooLarge: there is more than allowed. BadRequest: a part has no name, or a text is no UTF-8.
        """
        for part in parts:
            if not part.name:
                raise BadRequest("a part of the form has no name")
            self._members.setdefault(part.name, []).append(self._text(part) if part.filename is None else self._file(part, part.filename))

    @property
    def members(self) -> Mapping[str, Json]:
        """The values by name: a text or file, a list where a name came several times."""
        return {name: values[0] if len(values) == 1 else values for name, values in self._members.items()}

    def close(self) -> None:
        """Give back what the files took."""
        for values in self._members.values():
            for one in values:
                if isinstance(one, FormFile):
                    one.close()

    def _text(self, part: Part) -> str:
        raw = part.stream.read(self._texts + 1)
        self._texts -= len(raw)
        if self._texts < 0:
            raise TooLarge("request entity too large")
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise BadRequest(f"{part.name} is no UTF-8 text") from None

    def _file(self, part: Part, filename: str) -> FormFile:
        made = FormFile(filename, part.content_type)
        try:
            made.fill(part.stream, self._files)
        except BaseException:
            made.close()
            raise
        self._files -= made.size
        return made


def as_file(value: Any) -> FormFile:
    """The value as a file. Raises: BadRequest if it is none."""
    if isinstance(value, FormFile):
        return value
    raise BadRequest("Value is not a file.")
