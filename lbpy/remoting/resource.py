"""The Falcon resource of one model: a responder for each of its routes, and the request as a call sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import falcon

from ..errors import TooLarge
from ..types import Json
from .body import FORM_TYPE, BodyLimits, limit_of, media_type, read_body
from .current import OPTIONS, enter
from .forms import Answer
from .freshness import is_known, tag_of
from .invoke import Endpoint, invoke
from .method import Source
from .querystring import parse
from .router import Mounted
from .signature import MARKERS
from .streams import Closable, Upload

BODILESS: Final = frozenset({"GET", "HEAD"})
"""Verbs whose requests have a body only where they say how long it is."""

BODILESS_STATUSES: Final = frozenset({204, 304})

HTTP_MARKERS: Final[Mapping[type, Source]] = MappingProxyType({**MARKERS, falcon.Request: "req", falcon.Response: "res"})
"""Types of parameters that mean a part of the call, Falcon's own among them."""

MakeOptions = Callable[[falcon.Request], dict[str, Any]]
"""Gives the options of a request: its limits and its token."""


class FalconRequest:
    """A Falcon request as binding and calls see it; query and body are parsed when they are asked for."""

    __slots__ = ("_body", "_limits", "_make_options", "_query", "path", "req", "resp")

    def __init__(
        self, req: falcon.Request, resp: falcon.Response, path: Mapping[str, str], limits: BodyLimits, make_options: MakeOptions
    ) -> None:
        self.req: falcon.Request = req
        self.resp: falcon.Response = resp
        self.path: Mapping[str, str] = path
        self._limits = limits
        self._make_options = make_options
        self._query: dict[str, Json] | None = None
        self._body: tuple[Json] | None = None

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
        raw = read_stream(req, limit)
        return read_body(req.content_type, req.env.get("HTTP_CONTENT_ENCODING"), raw, self._limits)

    @property
    def is_form(self) -> bool:
        """Whether the values in the body are text."""
        return media_type(self.req.content_type) == FORM_TYPE

    @property
    def context(self) -> Mapping[str, object]:
        """What arguments from "req", "res" and "upload" get."""
        return {"req": self.req, "res": self.resp, "upload": Upload(stream_of(self.req), self.req.content_type, self.req.content_length)}

    @property
    def options(self) -> dict[str, Any]:
        """What built-in methods get as `options`; made once a call."""
        made = self.req.env[OPTIONS] = self._make_options(self.req)
        return made

    def header(self, name: str) -> str | None:
        """A request header, in any case; None if absent."""
        return self.req.get_header(name)


def read_stream(req: falcon.Request, limit: int) -> bytes:
    """The bytes of a body, refused before they are read where their declared size is too large.

    Raises:
        TooLarge: there are more than `limit` bytes.
    """
    length = req.content_length
    if length is not None and length > limit:
        raise TooLarge("request entity too large")
    raw: bytes = stream_of(req).read(limit + 1)
    if len(raw) > limit:
        raise TooLarge("request entity too large")
    return raw


def stream_of(req: falcon.Request) -> Any:
    """Where a body is read from, up to its end."""
    chunked = req.content_length is None and "chunked" in (req.get_header("Transfer-Encoding") or "").lower()
    return req.stream if chunked else req.bounded_stream


class ModelResource:
    """What Falcon is given for one model; its responders are closures over their endpoints."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<resource {self.name}>"


def mounted(name: str, endpoints: Iterable[Endpoint], limits: BodyLimits, make_options: MakeOptions) -> tuple[Mounted, ...]:
    """The routes of one model, ready for the router.

    Args:
        name: name of the model.
        endpoints: its routes, prepared.
        limits: what bodies may be.
        make_options: gives the options of a request.
    """
    resource = ModelResource(name)
    return tuple(Mounted(one.route, _responder(one, limits, make_options), resource) for one in endpoints)


def _responder(endpoint: Endpoint, limits: BodyLimits, make_options: MakeOptions) -> Callable[..., None]:
    def respond(req: falcon.Request, resp: falcon.Response, /, **captured: str) -> None:
        enter(req.env)
        answer = invoke(endpoint, FalconRequest(req, resp, captured, limits, make_options))
        send(answer, resp)
        if answer.stream is not None and (req.method == "HEAD" or answer.status in BODILESS_STATUSES):
            _drop(answer.stream, resp)
        if answer.body is not None and answer.status == 200 and req.method in BODILESS:
            _tag(answer.body, req, resp)

    return respond


def send(answer: Answer, resp: falcon.Response) -> None:
    """Put an answer into Falcon's response; headers that are there already stay."""
    resp.status = answer.status
    if answer.body is not None:
        resp.content_type, resp.data = answer.content_type, answer.body
    elif answer.stream is not None:
        resp.content_type, resp.stream = answer.content_type, answer.stream
    if answer.headers:
        resp.set_headers(answer.headers)


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
