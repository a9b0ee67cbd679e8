"""The Falcon resource of one model: a responder for each of its routes, and the request as a call sees it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

import falcon
from falcon.media import MultipartFormHandler

from ..errors import BadRequest, ServerError, TooLarge
from ..types import Json
from .body import FORM_TYPE, BodyLimits, limit_of, media_type, read_body
from .current import CALL_OPTIONS, enter
from .forms import Answer
from .freshness import is_known, tag_of
from .headers import fit_headers
from .invoke import Endpoint, invoke
from .method import Source
from .multipart import MULTIPART_TYPE, MultipartForm
from .querystring import parse
from .router import Mounted
from .signature import MARKERS
from .streams import BodyReader, Closable, Held, Upload, close

BODILESS: Final = frozenset({"GET", "HEAD"})
"""Verbs whose requests have a body only where they say how long it is."""

BODILESS_STATUSES: Final = frozenset({204, 304})

FORM_TYPES: Final = (FORM_TYPE, MULTIPART_TYPE)
"""Types of bodies whose values are text."""

CLOSED: Final = "lbpy.closed"
"""Key in environ: a guard of this path is missing, so its route answers as a closed one does."""

HTTP_MARKERS: Final[Mapping[type, Source]] = MappingProxyType({**MARKERS, falcon.Request: "req", falcon.Response: "res"})
"""Types of parameters that mean a part of the call, Falcon's own among them."""

OptionsOfRequest = Callable[[falcon.Request], dict[str, Any]]
"""Gives the options of a request: its limits and its token."""


class FalconRequest:
    """A Falcon request as binding and calls see it; query and body are parsed when they are asked for."""

    __slots__ = ("_body", "_form", "_limits", "_options_of", "_query", "_stream", "path", "req", "res")

    def __init__(
        self, req: falcon.Request, res: falcon.Response, path: Mapping[str, str], limits: BodyLimits, options_of: OptionsOfRequest
    ) -> None:
        self.req: falcon.Request = req
        self.res: falcon.Response = res
        self.path: Mapping[str, str] = path
        self._limits = limits
        self._options_of = options_of
        self._query: dict[str, Json] | None = None
        self._body: tuple[Json] | None = None
        self._form: MultipartForm | None = None
        self._stream: BodyReader | None = None

    @property
    def query_text(self) -> str:
        """The query string as it came."""
        return self.req.query_string

    @property
    def query(self) -> Mapping[str, Json]:
        """The parsed query string."""
        if self._query is None:
            self._query = parse(self.req.query_string) if self.req.query_string else {}
        return self._query

    @property
    def stream(self) -> BodyReader:
        """The bytes of the body; one reader, as they come once."""
        if self._stream is None:
            self._stream = BodyReader(self.req.stream, _length_of(self.req))
        return self._stream

    @property
    def body(self) -> Json:
        """The parsed body, {} for none."""
        if self._body is None:
            self._body = (self._read_body(),)
        return self._body[0]

    def _read_body(self) -> Json:
        req = self.req
        if req.method in BODILESS and not req.env.get("CONTENT_LENGTH"):
            return {}
        limit = limit_of(req.content_type, self._limits)
        if limit is None:
            return {}
        raw = read_whole(self.stream, req.content_length, limit)
        return read_body(req.content_type, req.env.get("HTTP_CONTENT_ENCODING"), raw, self._limits)

    @property
    def is_form(self) -> bool:
        """Whether the values in the body are text."""
        return media_type(self.req.content_type) in FORM_TYPES

    def form(self, limit: int, /) -> Mapping[str, Json]:
        """See RequestParts; a multipart form is read once."""
        if media_type(self.req.content_type) != MULTIPART_TYPE:
            return self.body if isinstance(self.body, dict) else {}
        if self._form is None:
            self._form = MultipartForm(self._limits.urlencoded, limit)
            read_form(self.stream, self.req.content_type, self._form)
        return self._form.members

    def close(self) -> None:
        """Give back what the files of a form took."""
        if self._form is not None:
            self._form.close()

    @property
    def upload(self) -> Upload:
        """The body, to be read by parts."""
        return Upload(self.stream, self.req.content_type, self.req.content_length)

    @property
    def options(self) -> dict[str, Any]:
        """What built-in methods get as `options`; made once a call."""
        made = self.req.env[CALL_OPTIONS] = self._options_of(self.req)
        return made

    def header(self, name: str) -> str | None:
        """A request header, in any case; None if absent."""
        return self.req.get_header(name)


def read_whole(stream: BodyReader, length: int | None, limit: int) -> bytes:
    """The bytes of a body, refused before they are read where their declared size is too large.

    Args:
        stream: where they come from. length: as declared, None where nothing is said. limit: most bytes.

    Raises:
        TooLarge: there are more than `limit` bytes. BadRequest: as of BodyReader.
    """
    if length is not None and length > limit:
        raise TooLarge("request entity too large")
    raw = stream.read(limit + 1)
    if len(raw) > limit:
        raise TooLarge("request entity too large")
    return raw


def _length_of(req: falcon.Request) -> int | None:
    """How many bytes are to come: None where the server knows the end, none where a middleware took them through Falcon."""
    length = req.content_length
    if length is None:
        return None if "chunked" in (req.get_header("Transfer-Encoding") or "").lower() else 0
    return 0 if req.bounded_stream.eof else length


def read_form(stream: BodyReader, content_type: str | None, form: MultipartForm) -> None:
    """Take in a multipart form, part by part.

    Raises:
        BadRequest: it is none, or as of BodyReader. TooLarge: as of MultipartForm.
    """
    try:
        form.read(MultipartFormHandler().deserialize(stream, content_type, sys.maxsize))  # the stream itself knows its end
    except falcon.HTTPError as error:
        raise BadRequest(f"the form cannot be read: {error.description or error.title}") from None
    except (ValueError, LookupError):  # names or charsets that are none
        raise BadRequest("the form cannot be read") from None


class ModelResource:
    """What Falcon is given for one model; its responders are closures over their endpoints."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<resource {self.name}>"


def mounted(name: str, endpoints: Iterable[Endpoint], limits: BodyLimits, options_of: OptionsOfRequest) -> tuple[Mounted, ...]:
    """The routes of one model, ready for the router.

    Args:
        name: name of the model.
        endpoints: its routes, prepared.
        limits: what bodies may be.
        options_of: gives the options of a request.
    """
    resource = ModelResource(name)
    return tuple(Mounted(one.route, _responder(one, limits, options_of), resource) for one in endpoints)


def _responder(endpoint: Endpoint, limits: BodyLimits, options_of: OptionsOfRequest) -> Callable[..., None]:
    closed = replace(endpoint, closed=True)
    answered = _answered if any(one.source == "form" for one in endpoint.method.accepts) else invoke

    def respond(req: falcon.Request, resp: falcon.Response, /, **captured: str) -> None:
        enter(req.env)
        answer = answered(closed if CLOSED in req.env else endpoint, FalconRequest(req, resp, captured, limits, options_of))
        send(answer, resp)
        if answer.stream is not None and (req.method == "HEAD" or answer.status in BODILESS_STATUSES):
            _drop(answer.stream, resp)
        if answer.body is not None and answer.status == 200 and req.method in BODILESS:
            _tag(answer.body, req, resp)

    return respond


def _answered(endpoint: Endpoint, request: FalconRequest) -> Answer:
    """The answer to a request that may hold files: they are given back when it was made, or sent."""
    with ExitStack() as held:
        held.callback(request.close)
        answer = invoke(endpoint, request)
        return answer if answer.stream is None else answer._replace(stream=Held(answer.stream, held.pop_all()))


def send(answer: Answer, resp: falcon.Response) -> None:
    """Put an answer into Falcon's response; headers that are there already stay.

    Values of headers may come from clients, so that none is refused: see `fit_header`. Names come from the application.

    Raises:
        ServerError: a name is none.
    """
    headers = _fit(answer)
    resp.status = answer.status
    if answer.body is not None:
        resp.content_type, resp.data = answer.content_type, answer.body
    elif answer.stream is not None:
        resp.content_type, resp.stream = answer.content_type, answer.stream
    if headers:
        resp.set_headers(headers)


def _fit(answer: Answer) -> Mapping[str, str]:
    """The headers of an answer as they may be sent; where one cannot be, nothing of the answer is left open."""
    try:
        return fit_headers(answer.headers) if answer.headers else answer.headers
    except ServerError:
        close(answer.stream)
        raise


def _drop(stream: Iterable[bytes], resp: falcon.Response) -> None:
    """Close a stream that Falcon will not send, and would leave open."""
    if isinstance(stream, Closable):
        stream.close()
    resp.stream = ()


def _tag(body: bytes, req: falcon.Request, resp: falcon.Response) -> None:
    """Name what was read by its entity tag; to a client that has it already that is the whole answer."""
    tag = tag_of(body)
    resp.set_header("ETag", tag)
    known = req.env.get("HTTP_IF_NONE_MATCH")
    if known and is_known(tag, known, req.env.get("HTTP_CACHE_CONTROL")):
        resp.status, resp.data = 304, None
        resp.delete_header("Content-Type")
