"""Values that are sent one by one as they come: as server-sent events, or a JSON text a line (source: rest-api.md 9). Makes none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from ..errors import ServerError
from ..model.encoding import dumps
from ..types import Json
from .forms import Answer
from .negotiation import best
from .problem import Telling, failure_of
from .streams import Chunks, close

EVENTS_TYPE: Final = "text/event-stream"
LINES_TYPE: Final = "application/json; boundary=NL"
FORMATS: Final = ("event-stream", "event-source")
"""What `_format` says where a client wants events."""

UNBUFFERED: Final[Mapping[str, str]] = MappingProxyType(
    {"Cache-Control": "no-cache, no-transform", "Content-Encoding": "x-no-compression"}
)
"""Headers that keep what stands in between from collecting events."""

Encode = Callable[[Any], bytes]


def events_answer(values: Iterable[Any], status: int, encode: Encode, *, as_events: bool) -> Answer:
    """The answer that sends values as they come; its head goes out before the first.

    Args:
        values: closed at the end, if they can be.
        status: of the answer.
        encode: one value to JSON.
        as_events: server-sent events rather than lines.
    """
    if as_events:
        return Answer(status, None, EVENTS_TYPE, UNBUFFERED, Chunks(_events(values, encode)))
    return Answer(status, None, LINES_TYPE, UNBUFFERED, Chunks(_lines(values, encode)))


def values_of(result: Any) -> Iterable[Any]:
    """The values that a method gave to be sent one by one. Raises: ServerError if it gave something else."""
    if isinstance(result, Iterable) and not isinstance(result, (str, bytes, Mapping)):
        return result
    raise ServerError(f"a stream of values is an iterator, not {type(result).__name__}")


def wants_events(accept: str | None, format: Json) -> bool:
    """Whether a client wants events.

    Args:
        accept: the request's header. format: `_format` in its query, which goes before the header.
    """
    if format:
        return format in FORMATS
    return best(accept, ("application/json", EVENTS_TYPE)) == EVENTS_TYPE


def _events(values: Iterable[Any], encode: Encode) -> Iterator[bytes]:
    yield b":ok\n\n"
    try:
        for value in values:
            yield _event(b"data", encode(value))
        yield _event(b"end", b"null")
    except Exception as error:  # the status is sent: what fails now is an event of its own
        yield _event(b"error", _told(error))
    finally:
        close(values)


def _event(name: bytes, data: bytes) -> bytes:
    return b"event: " + name + b"\ndata: " + data + b"\n\n"


def _lines(values: Iterable[Any], encode: Encode) -> Iterator[bytes]:
    yield b""
    try:
        for value in values:
            yield encode(value) + b"\n"
    except Exception as error:
        yield b'{"error":' + _told(error) + b"}\n"
    finally:
        close(values)


def _told(error: Exception) -> bytes:
    return dumps(failure_of(error, Telling()).body)
