"""Turns the parts of a request into the arguments of a remote method, by readers made once a method. Knows no HTTP library.

Source: rest-api.md 3.1 (where a value is looked up), 3.2 (how it is read) and 6.3 (in which order).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias

from ..errors import BadRequest
from ..model.remote import HttpRequest, HttpResponse
from ..types import UNSET, Json, Limits, Options, Unset
from .coerce import Coercion, Coercions, Reader, coercion
from .method import Argument, RemoteMethod
from .multipart import FILES_LIMIT
from .querystring import size_of
from .streams import Upload

FILTERS: Final = frozenset({"filter", "where"})
RECORD: Final = "data"
"""The name that built-in methods give to the record, or records, in their body."""


NO_MEMBERS: Final[Mapping[str, Json]] = MappingProxyType({})
FILES: Final = ("file", ("file",))
"""Types of arguments that get files of a form."""


class RequestParts(Protocol):
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

    def form(self, limit: int, /) -> Mapping[str, Json]:
        """The members of the body, which may be multipart; files have at most `limit` bytes together."""
        ...

    @property
    def req(self) -> HttpRequest:
        """The request as it came; what arguments from "req" get."""
        ...

    @property
    def res(self) -> HttpResponse:
        """The response that goes back; what arguments from "res" get."""
        ...

    @property
    def upload(self) -> Upload:
        """The body, to be read by parts."""
        ...

    def header(self, name: str) -> str | None:
        """The request header of that name, in any case; None if absent."""
        ...


Lookup: TypeAlias = Callable[[RequestParts, Options], Any]
"""Reads one argument; UNSET if the request has none."""

Members: TypeAlias = Callable[[RequestParts], Mapping[str, Json]]
"""Gives the members of a body, none where it is no object."""


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

    def read(self, parts: RequestParts, options: Options) -> dict[str, Any]:
        """The arguments that the request has, by name; absent ones are left out.

        Raises:
            BadRequest: a value of the wrong type or a filter too long; and what reading the body raises.
        """
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


def binder(method: RemoteMethod, limits: Limits, coercions: Coercions) -> Binder:
    """Prepare the binding of a method's arguments.

    Args:
        method: its `accepts` say what to look for and where.
        limits: of the application; filter_bytes counts here.
        coercions: how values are read.
    """
    accepts, members = method.accepts, _members_of(method.accepts)
    return Binder(
        tuple((one.name, _converted(one, _lookup(one, coercions, members))) for one in accepts if one.source != "context"),
        tuple(argument.name for argument in accepts if argument.required or argument.is_id),
        limits.filter_bytes if any(argument.name in FILTERS for argument in accepts) else None,
        tuple(argument.name for argument in accepts if argument.source == "context"),
    )


def _members_of(accepts: Sequence[Argument]) -> Members:
    """Where members of the body are looked up: the body may be multipart where an argument says that it is a form."""
    forms = [one for one in accepts if one.source == "form"]
    if not forms:
        return _members
    limits = [FILES_LIMIT if one.limit is None else one.limit for one in forms if one.type in FILES]
    limit = sum(limits)
    return lambda parts: parts.form(limit)


def _members(parts: RequestParts) -> Mapping[str, Json]:
    body = parts.body
    return body if isinstance(body, dict) else NO_MEMBERS


def _check_filters(query_text: str, limit: int) -> None:
    if size_of(query_text, FILTERS) > limit:
        raise BadRequest(f"The filter is longer than {limit} bytes (limits.filterBytes)")


def _converted(argument: Argument, lookup: Lookup) -> Lookup:
    convert = argument.convert
    if convert is None:
        return lookup

    def converted(parts: RequestParts, options: Options) -> Any:
        value = lookup(parts, options)
        return value if value is UNSET else convert(value)

    return converted


def _lookup(argument: Argument, coercions: Coercions, members: Members) -> Lookup:
    if argument.is_id:
        return _id(argument.name)
    readers = coercion(argument, coercions)
    match argument.source:
        case "options":
            return lambda parts, options: options
        case "req":
            return lambda parts, options: parts.req
        case "res":
            return lambda parts, options: parts.res
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
            return _member(argument.name, readers, members)
        case "url":
            return _in_url(argument.name, readers.loose)
        case "auto":
            return _anywhere(argument, readers, members)


def _id(name: str) -> Lookup:
    """The text of an id, which the kind of the id reads later."""

    def lookup(parts: RequestParts, options: Options) -> Json:
        text = parts.path.get(name, UNSET)
        return None if text == "null" else text

    return lookup


def _text(name: str, read: Reader, place: Callable[[RequestParts], Mapping[str, Json]]) -> Lookup:
    def lookup(parts: RequestParts, options: Options) -> Json:
        values = place(parts)
        return read(values[name]) if name in values else UNSET

    return lookup


def _header(name: str, read: Reader) -> Lookup:
    def lookup(parts: RequestParts, options: Options) -> Json:
        text = parts.header(name)
        return UNSET if text is None else read(text)

    return lookup


def _body(name: str, readers: Coercion) -> Lookup:
    def lookup(parts: RequestParts, options: Options) -> Json:
        return (readers.loose if parts.is_form else readers.typed)(parts.body)

    return _record(lookup) if name == RECORD else lookup


def _record(lookup: Lookup) -> Lookup:
    """For a record null is as good as {} (source: rest-api.md 1.1)."""

    def record(parts: RequestParts, options: Options) -> Json:
        value = lookup(parts, options)
        if isinstance(value, list):
            return [{} if item is None else item for item in value]
        return {} if value is None else value

    return record


def _in_url(name: str, read: Reader) -> Lookup:
    def lookup(parts: RequestParts, options: Options) -> Json:
        values = parts.path if name in parts.path else parts.query
        return read(values[name]) if name in values else UNSET

    return lookup


def _upload(limit: int | None) -> Lookup:
    return lambda parts, options: parts.upload.limited(limit)


def _member(name: str, readers: Coercion, members: Members) -> Lookup:
    def lookup(parts: RequestParts, options: Options) -> Json:
        found = members(parts)
        return _read(parts, readers, found[name]) if name in found else UNSET

    return lookup


def _read(parts: RequestParts, readers: Coercion, value: Json) -> Json:
    return (readers.loose if parts.is_form else readers.typed)(value)


def _anywhere(argument: Argument, readers: Coercion, members: Members) -> Lookup:
    """The first of path, body member, query and, where allowed, header; a place with empty text is not passed over."""
    name, loose = argument.name, readers.loose
    last = _header(name, loose) if argument.headers else _nowhere

    def lookup(parts: RequestParts, options: Options) -> Json:
        if name in parts.path:
            return loose(parts.path[name])
        found = members(parts)
        if name in found:
            return _read(parts, readers, found[name])
        query = parts.query
        return loose(query[name]) if name in query else last(parts, options)

    return lookup


def _nowhere(parts: RequestParts, options: Options) -> Unset:
    return UNSET
