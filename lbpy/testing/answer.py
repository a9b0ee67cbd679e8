"""What came back from an application, and how tests ask for it. Sends nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from wsgiref.headers import Headers

from ..types import Json

SHOWN: Final = 2000
"""Characters of a body that the text of a failure shows."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer.

    Attributes:
        request: what was asked: "GET /api/Notes".
        status: such as 200.
        headers: by name in any case, None for one that is absent; `headers.get_all("Set-Cookie")` where there may be several.
        body: as it came.
    """

    request: str
    status: int
    headers: Headers
    body: bytes

    @property
    def text(self) -> str:
        """The body as text; bytes that are no UTF-8 become U+FFFD."""
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Json:
        """The body as JSON, None where there is no body.

        Raises:
            AssertionError: it is no JSON; the text shows it.
        """
        try:
            return json.loads(self.body) if self.body else None
        except ValueError as error:
            raise AssertionError(f"{self}, which is no JSON") from error

    @property
    def error(self) -> Mapping[str, Any]:
        """LoopBack's error object, with statusCode, name, message, code and details.

        Raises:
            AssertionError: the body has none; the text shows it.
        """
        body = self.json
        found = body.get("error") if isinstance(body, dict) else None
        if not isinstance(found, dict):
            raise AssertionError(f"{self}, which is no error")
        return found

    def expect(self, *statuses: int) -> Self:
        """The answer itself, if it has one of some statuses.

        Raises:
            AssertionError: it has another one; the text shows status and body.
        """
        __tracebackhide__ = True
        if self.status not in statuses:
            raise AssertionError(f"{self}, and not {' or '.join(map(str, statuses))}")
        return self

    def __str__(self) -> str:
        return f"{self.request} answered {self.status} {self.text[:SHOWN]}".rstrip()


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer whose body is still to be read.

    Attributes:
        request, status, headers: as of Answer.
        chunks: the parts of the body, each made when it is asked for.
    """

    request: str
    status: int
    headers: Headers
    chunks: Iterator[bytes]

    def read(self) -> Answer:
        """The answer with what is left of the body."""
        return Answer(self.request, self.status, self.headers, b"".join(self.chunks))
