"""Turns the parts of a request into the arguments of a remote method, by readers made once a method. Knows no HTTP library.

Source: rest-api.md 3.1 (where a value is looked up), 3.2 (how it is read) and 6.3 (in which order).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from ..errors import BadRequest
from ..types import UNSET, Json, Limits, Options, Unset
from .coerce import Coercion, Reader, coercion
from .method import Argument, RemoteMethod
from .querystring import size_of
from .streams import Upload

FILTERS: Final = frozenset({"filter", "where"})
RECORD: Final = "data"
"""The name that built-in methods give to the record, or records, in their body."""


class Parts(Protocol):
    """A request as binding sees it; query and body are parsed when they are asked for."""

    @property
    def path(self) -> Mapping[str, str]:
        """The decoded path variables."""
        ...

    @property
    def query(self) -> Mapping[str, Json]:
        """The parsed query string."""
        ...

    @property
    def query_text(self) -> str:
        """The query string as it came."""
        ...

    @property
    def body(self) -> Json:
        """The parsed body, {} for none."""
        ...

    @property
    def is_form(self) -> bool:
        """Whether the values in the body are text."""
        ...

    @property
    def context(self) -> Mapping[str, object]:
        """What arguments from "req", "res" and "upload" get, by these names."""
        ...

    def header(self, name: str) -> str | None:
        """The request header of that name, in any case; None if absent."""
        ...


Lookup: TypeAlias = Callable[[Parts, Options], Any]
"""Reads one argument; UNSET if the request has none."""


@dataclass(frozen=True, slots=True)
class Binder:
    """The arguments of one method, made at set-up.

    lookups: a reader for each argument, by name and in order. required: names that must have a value.
    contexts: names of those that get the call itself, which binding does not know.
    filter_bytes: most characters of the filters in the query string; None where there is no limit or no filter.
    """

    lookups: tuple[tuple[str, Lookup], ...]
    required: tuple[str, ...] = ()
    filter_bytes: int | None = None
    contexts: tuple[str, ...] = ()

    def __call__(self, parts: Parts, options: Options) -> dict[str, Any]:
        """All arguments by name; absent ones are left out. Raises: BadRequest, and what reading the body raises."""
        arguments = self.read(parts, options)
        self.demand(arguments)
        return arguments

    def read(self, parts: Parts, options: Options) -> dict[str, Any]:
        """The arguments that the request has. Raises: BadRequest for a value of the wrong type or a filter too long."""
        if self.filter_bytes is not None and len(parts.query_text) > self.filter_bytes:
            _check_filters(parts.query_text, self.filter_bytes)
        arguments = {}
        for name, lookup in self.lookups:
            value = lookup(parts, options)
            if value is not UNSET:
                arguments[name] = value
        return arguments

    def demand(self, arguments: Mapping[str, Any]) -> None:
        """Raises: BadRequest if a required argument is missing, null or empty text; LoopBack says so to the authorised only."""
        for name in self.required:
            if arguments.get(name) in (None, ""):
                raise BadRequest(f"{name} is a required argument")


def binder(method: RemoteMethod, limits: Limits, is_model: Callable[[str], bool]) -> Binder:
    """Prepare the binding of a method's arguments.

    Args:
        method: its `accepts` say what to look for and where.
        limits: of the application; filter_bytes counts here.
        is_model: whether a type's name is that of a model.
    """
    accepts = method.accepts
    return Binder(
        tuple((argument.name, _converted(argument, _lookup(argument, is_model))) for argument in accepts if argument.source != "context"),
        tuple(argument.name for argument in accepts if argument.required or argument.is_id),
        limits.filter_bytes if any(argument.name in FILTERS for argument in accepts) else None,
        tuple(argument.name for argument in accepts if argument.source == "context"),
    )


def _check_filters(query_text: str, limit: int) -> None:
    if size_of(query_text, FILTERS) > limit:
        raise BadRequest(f"The filter is longer than {limit} bytes (limits.filterBytes)")


def _converted(argument: Argument, lookup: Lookup) -> Lookup:
    convert = argument.convert
    if convert is None:
        return lookup

    def converted(parts: Parts, options: Options) -> Any:
        value = lookup(parts, options)
        return value if value is UNSET else convert(value)

    return converted


def _lookup(argument: Argument, is_model: Callable[[str], bool]) -> Lookup:
    if argument.is_id:
        return _id(argument.name)
    readers = coercion(argument, is_model)
    match argument.source:
        case "options":
            return lambda parts, options: options
        case "req" | "res" as name:
            return lambda parts, options: parts.context[name]
        case "context":
            return _nowhere
        case "upload":
            return _upload(argument.limit)
        case "path":
            return _text(argument.name, readers.loose, lambda parts: parts.path)
        case "query":
            return _text(argument.name, readers.loose, lambda parts: parts.query)
        case "header":
            return _header(argument.name, readers.loose)
        case "body":
            return _body(argument.name, readers)
        case "form":
            return _member(argument.name, readers)
        case "url":
            return _in_url(argument.name, readers.loose)
        case "auto":
            return _anywhere(argument, readers)


def _id(name: str) -> Lookup:
    """The text of an id, which the kind of the id reads later."""

    def lookup(parts: Parts, options: Options) -> Json:
        text = parts.path.get(name, UNSET)
        return None if text == "null" else text

    return lookup


def _text(name: str, read: Reader, place: Callable[[Parts], Mapping[str, Json]]) -> Lookup:
    def lookup(parts: Parts, options: Options) -> Json:
        values = place(parts)
        return read(values[name]) if name in values else UNSET

    return lookup


def _header(name: str, read: Reader) -> Lookup:
    def lookup(parts: Parts, options: Options) -> Json:
        text = parts.header(name)
        return UNSET if text is None else read(text)

    return lookup


def _body(name: str, readers: Coercion) -> Lookup:
    def lookup(parts: Parts, options: Options) -> Json:
        return (readers.loose if parts.is_form else readers.typed)(parts.body)

    return _record(lookup) if name == RECORD else lookup


def _record(lookup: Lookup) -> Lookup:
    """For a record null is as good as {} (source: rest-api.md 1.1)."""

    def record(parts: Parts, options: Options) -> Json:
        value = lookup(parts, options)
        if isinstance(value, list):
            return [{} if item is None else item for item in value]
        return {} if value is None else value

    return record


def _in_url(name: str, read: Reader) -> Lookup:
    def lookup(parts: Parts, options: Options) -> Json:
        values = parts.path if name in parts.path else parts.query
        return read(values[name]) if name in values else UNSET

    return lookup


def _upload(limit: int | None) -> Lookup:
    def lookup(parts: Parts, options: Options) -> Upload:
        upload = parts.context["upload"]
        assert isinstance(upload, Upload)
        return upload.limited(limit)

    return lookup


def _member(name: str, readers: Coercion) -> Lookup:
    def lookup(parts: Parts, options: Options) -> Json:
        body = parts.body
        if not isinstance(body, dict) or name not in body:
            return UNSET
        return (readers.loose if parts.is_form else readers.typed)(body[name])

    return lookup


def _anywhere(argument: Argument, readers: Coercion) -> Lookup:
    """The first of path, body member, query and, where allowed, header; a place with empty text is not passed over."""
    name, loose, member = argument.name, readers.loose, _member(argument.name, readers)
    last = _header(name, loose) if argument.headers else _nowhere

    def lookup(parts: Parts, options: Options) -> Json:
        if name in parts.path:
            return loose(parts.path[name])
        body = parts.body
        if isinstance(body, dict) and name in body:
            return member(parts, options)
        query = parts.query
        return loose(query[name]) if name in query else last(parts, options)

    return lookup


def _nowhere(parts: Parts, options: Options) -> Unset:
    return UNSET
