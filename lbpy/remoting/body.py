"""Turns the bytes of a body into a JSON value, by their declared type, encoding and charset. Reads no stream and no headers."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ..errors import BadRequest, TooLarge, UnreadableBody, UnsupportedMedia
from ..types import Json
from . import jsontext
from .querystring import parse_form

JSON_TYPE: Final = "application/json"
FORM_TYPE: Final = "application/x-www-form-urlencoded"

CHARSET: Final = re.compile(r';\s*charset\s*=\s*"?([^\s;"]+)', re.IGNORECASE)

WINDOWS: Final[Mapping[str, int]] = MappingProxyType({"gzip": 31, "deflate": 15})
"""What zlib calls the container of each content encoding."""


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """What bodies may be (source: rest-api.md 7, `remoting.json` and `remoting.urlencoded`).

    json, urlencoded: most bytes after inflating. strict: a JSON body is an object or a list. extended: brackets in forms nest.
    replace_invalid: bytes that are no text become U+FFFD (switch acceptInvalidUtf8).
    """

    json: int = 102_400
    urlencoded: int = 102_400
    strict: bool = False
    extended: bool = True
    replace_invalid: bool = False


def media_type(content_type: str | None) -> str:
    """The type alone, in lower case and without parameters; "" for none."""
    if content_type == JSON_TYPE:  # most bodies
        return JSON_TYPE
    return (content_type or "").partition(";")[0].strip().lower()


def limit_of(content_type: str | None, limits: BodyLimits) -> int | None:
    """How many bytes of a body of that type to read at most before it is too large; None: it is not read at all."""
    return _limit(media_type(content_type), limits)


def _limit(kind: str, limits: BodyLimits) -> int | None:
    if kind == JSON_TYPE:
        return limits.json
    return limits.urlencoded if kind == FORM_TYPE else None


def read_body(content_type: str | None, content_encoding: str | None, raw: bytes, limits: BodyLimits) -> Json:
    """The value of a body.

    Args:
        content_type, content_encoding: the request's headers, None where absent.
        raw: the bytes as they came, at most one more than `limit_of` tells.
        limits: what the application allows.

    Returns: {} for an empty body and for types other than JSON and forms.
    Raises: TooLarge, UnsupportedMedia for a charset or encoding, BadRequest for bytes that do not inflate or are no text,
    UnreadableBody for text that is no JSON. Source: rest-api.md 3.1.
    """
    kind = media_type(content_type)
    limit = _limit(kind, limits)
    if limit is None or not raw:
        return {}
    charset = _charset(content_type or "", kind)
    text = _decoded(_inflated(raw, content_encoding, limit), charset, limits)
    if not text:
        return {}
    return _read_json(text, limits) if kind == JSON_TYPE else parse_form(text, extended=limits.extended)


def _read_json(text: str, limits: BodyLimits) -> Json:
    if limits.strict:
        _check_start(text)
    return jsontext.read(text)


def _check_start(text: str) -> None:
    first = text.lstrip(" \t\n\r")[:1]
    if first not in ("", "{", "["):
        raise UnreadableBody(f"Unexpected token {first} in JSON at position {text.index(first)}")


def _charset(content_type: str, kind: str) -> str:
    """The codec's name: a form is UTF-8, JSON may be UTF-16 as well."""
    match = CHARSET.search(content_type) if ";" in content_type else None
    name = match[1].lower() if match else "utf-8"
    if name == "utf-8" or (kind == JSON_TYPE and name in ("utf-16", "utf-16le", "utf-16be")):
        return name
    raise UnsupportedMedia(f'unsupported charset "{name.upper()}"')


def _inflated(raw: bytes, content_encoding: str | None, limit: int) -> bytes:
    encoding = (content_encoding or "identity").strip().lower()
    if encoding != "identity":
        if encoding not in WINDOWS:
            raise UnsupportedMedia(f'unsupported content encoding "{encoding}"')
        raw = _inflate(raw, WINDOWS[encoding], limit)
    if len(raw) > limit:
        raise TooLarge("request entity too large")
    return raw


def _inflate(raw: bytes, window: int, limit: int) -> bytes:
    """The inflated bytes, but never more than one over the limit."""
    inflater = zlib.decompressobj(window)
    try:
        data = inflater.decompress(raw, limit + 1)
    except zlib.error as error:
        raise BadRequest(str(error).rpartition(": ")[2], code="Z_DATA_ERROR") from None
    if len(data) <= limit and not inflater.eof:
        raise BadRequest("unexpected end of file", code="Z_BUF_ERROR")
    if len(data) <= limit and inflater.unused_data:
        raise BadRequest("trailing bytes behind the compressed body", code="Z_DATA_ERROR")
    return data


def _decoded(raw: bytes, charset: str, limits: BodyLimits) -> str:
    if charset == "utf-16":
        charset = _byte_order(raw)
    try:
        text = raw.decode(charset, "replace" if limits.replace_invalid else "strict")
    except UnicodeDecodeError:
        raise BadRequest(f"the body is no {charset.upper()} text") from None
    return text.removeprefix("\ufeff")


def _byte_order(raw: bytes) -> str:
    """By the mark, else by the zero beside the first character: JSON begins with ASCII."""
    return "utf-16be" if raw[:2] == b"\xfe\xff" or raw[:1] == b"\0" else "utf-16le"
