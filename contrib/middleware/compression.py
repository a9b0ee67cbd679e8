"""Compresses with gzip what is worth it, as the npm package compression does. Leaves parts, HEAD and unknown lengths alone."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import falcon
from falcon.typing import ReadableIO

from ...app.entries import Place
from ...app.inner import close
from ...app.phases import Steps, add_vary, handler
from ...types import Json
from .params import byte_count, options

_COMPRESSIBLE: Final = re.compile(
    r"text/(?!event-stream).*|.*\+(?:json|text|xml)|image/(?:bmp|x-icon|vnd\.microsoft\.icon)|font/(?:otf|ttf)"
    r"|application/(?:json|javascript|x-javascript|ecmascript|xml|wasm|manifest\+json|vnd\.ms-fontobject|x-sh|tar|x-tar|rtf)",
    re.IGNORECASE,
)
_NO_TRANSFORM: Final = re.compile(r"(?:^|,)\s*no-transform\s*(?:,|$)")
_CHUNK: Final = 65536


class GzipStream:
    """A stream compressed on its way; closes what it reads from."""

    def __init__(self, source: Iterable[bytes], level: int) -> None:
        self._source = source
        self._level = level

    def __iter__(self) -> Iterator[bytes]:
        squeezer = zlib.compressobj(self._level, zlib.DEFLATED, zlib.MAX_WBITS | 16)  # 16: gzip's frame
        for chunk in self._source:
            if squeezed := squeezer.compress(chunk):
                yield squeezed
        yield squeezer.flush()

    def close(self) -> None:
        """Release the source."""
        close(self._source)


@dataclass(frozen=True, slots=True)
class _Compression:
    threshold: int
    level: int

    def response(self, req: falcon.Request, resp: falcon.Response, _resource: object, _succeeded: bool) -> None:
        if not _transformable(resp):
            return
        size = _size(resp)
        if size is None:
            return
        add_vary(resp, "Accept-Encoding")
        if size >= self.threshold and req.method != "HEAD" and wants_gzip(req.get_header("Accept-Encoding") or ""):
            self.compress(resp)

    def compress(self, resp: falcon.Response) -> None:
        body, stream = resp.render_body(), resp.stream
        if body is not None:
            resp.text = resp.media = None
            resp.data = gzip.compress(body, self.level, mtime=0)
        elif stream is not None:
            resp.stream = GzipStream(_chunks(stream), self.level)
        resp.delete_header("Content-Length")
        resp.set_header("Content-Encoding", "gzip")
        _weaken_tag(resp)


def make(params: Json, _place: Place) -> Steps:
    """The entry `compression`.

    Args:
        params: threshold in bytes (a number or "1kb"; 1024), level of zlib (-1 to 9).
        _place: not looked at.

    Raises:
        ValueError: the threshold cannot be read, or there is no such level.
    """
    given = options(params)
    level = int(given.get("level", -1))
    if not -1 <= level <= 9:
        raise ValueError("level lies between -1 and 9")
    return handler(response=_Compression(byte_count(given.get("threshold", 1024)), level).response)


def wants_gzip(accepted: str) -> bool:
    """Whether gzip is accepted, and not less gladly than the plain body, by the text of Accept-Encoding."""
    weights = dict(map(_weight, filter(str.strip, accepted.split(","))))
    gzip_weight = weights.get("gzip", weights.get("*", 0.0))
    return gzip_weight > 0 and gzip_weight >= weights.get("identity", 0.0)


def _weight(item: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in item.split(";"))
    given = next((text[2:] for text in parameters if text.startswith("q=")), "1")
    return name, float(given) if re.fullmatch(r"[01](\.\d{0,3})?", given, re.ASCII) else 0.0


def _transformable(resp: falcon.Response) -> bool:
    """Whether the body is whole, of a kind that shrinks, not encoded yet, and may be changed at all."""
    if resp.status_code in (204, 206, 304) or resp.get_header("Content-Range") or resp.get_header("Content-Encoding"):
        return False
    cached = resp.get_header("Cache-Control")
    if cached and _NO_TRANSFORM.search(cached):
        return False
    kind = (resp.content_type or _default_type(resp)).partition(";")[0].strip()
    return _COMPRESSIBLE.fullmatch(kind) is not None


def _default_type(resp: falcon.Response) -> str:
    """What Falcon will say of a body without a type; an empty type is an inner application's way of naming none."""
    return resp.options.default_media_type or "" if resp.content_type is None else ""


def _chunks(stream: ReadableIO | Iterable[bytes]) -> Iterable[bytes]:
    return stream if isinstance(stream, Iterable) else iter(partial(stream.read, _CHUNK), b"")


def _size(resp: falcon.Response) -> int | None:
    """The length of the body, 0 where a stream does not tell; None: there is no body."""
    body = resp.render_body()
    if body is not None:
        return len(body)
    told = resp.get_header("Content-Length") or ""
    return None if resp.stream is None else int(told) if told.isdecimal() else 0


def _weaken_tag(resp: falcon.Response) -> None:
    """The bytes differ from the plain ones, so a strong tag would lie."""
    tag = resp.get_header("ETag")
    if tag and not tag.startswith("W/"):
        resp.set_header("ETag", f"W/{tag}")
