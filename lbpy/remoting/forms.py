"""Writes answers in the form that was chosen: JSON, a script, XML, a page. Chooses nothing and sends nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from ..model.encoding import dumps, utf8
from ..types import Json
from . import page, xml
from .method import XmlStyle
from .negotiation import JSON, ErrorForm, Form
from .problem import Failure

NOSNIFF: Final[Mapping[str, str]] = MappingProxyType({"X-Content-Type-Options": "nosniff"})


class Answer(NamedTuple):
    """What goes back: status, body (None for none), content type, further headers; stream: the body by parts, closed when sent."""

    status: int
    body: bytes | None
    content_type: str = JSON
    headers: Mapping[str, str] = MappingProxyType({})
    stream: Iterable[bytes] | None = None


UNACCEPTABLE: Final = Answer(406, b"Not Acceptable", "text/plain; charset=utf-8")
"""For a client that takes none of the forms of a result (source: rest-api.md 5)."""

# -- results -----------------------------------------------------------------

_NOT_IN_CALLBACK: Final = re.compile(r"[^\[\]\w$.]", re.ASCII)
_SCRIPT_TYPE: Final = "text/javascript; charset=utf-8"


def result(text: bytes, status: int, form: Form, query: Mapping[str, Json], style: XmlStyle) -> Answer:
    """The answer that holds a result.

    Args:
        text: the result as JSON.
        status: of the answer.
        form: as negotiated.
        query: of the request; `callback` names the function that a script calls.
        style: of the XML.
    """
    if form.shape == "xml":
        return Answer(status, utf8(_document(json.loads(text), style)), form.content_type)
    callback = _callback(query) if form.shape == "script" else ""
    if callback:
        return Answer(status, _script(text, callback), _SCRIPT_TYPE, NOSNIFF)
    return Answer(status, text, form.content_type)


def _document(value: Json, style: XmlStyle) -> str:
    if value is None:
        return "<null/>"
    inside = {"result": value} if isinstance(value, list) else value
    return xml.document(style.root, inside, declaration=xml.RESULT if style.declaration else "")


def _callback(query: Mapping[str, Json]) -> str:
    named = query.get("callback")
    first = named[0] if isinstance(named, list) and named else named
    return _NOT_IN_CALLBACK.sub("", first) if isinstance(first, str) else ""


def _script(text: bytes, callback: str) -> bytes:
    """JSONP as Express writes it; the comment keeps the client from choosing the first bytes (source: recorded errors/negotiation)."""
    safe = text.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")  # ends of lines in older JavaScript
    name = callback.encode()
    return b"/**/ typeof " + name + b" === 'function' && " + name + b"(" + safe + b");"


# -- errors ------------------------------------------------------------------

_XML_OF_ERRORS: Final = "<?xml version='1.0'?>"


def failure(told: Failure, form: ErrorForm, root: str | None) -> Answer:
    """The answer that tells an error.

    Args:
        told: its status and description.
        form: as negotiated.
        root: name of the wrapper, None for none.
    """
    more = {**told.headers, **({"X-Warning": form.warning} if form.warning else {})}
    body = told.body
    if form.shape == "html":
        return Answer(told.status, utf8(page.error_page(body)), page.HTML, {**page.POLICY, **more})
    if form.shape == "xml":
        plain: Json = json.loads(dumps(body))
        text = xml.document(root or "error", plain, declaration=_XML_OF_ERRORS, indent="    ")
        return Answer(told.status, utf8(text), "text/xml; charset=utf-8", {**NOSNIFF, **more})
    return Answer(told.status, dumps({root: body} if root else body), JSON, {**NOSNIFF, **more})


def unanswered(method: str, path: str) -> Answer:
    """The answer to what nobody answers, in an application without error handler."""
    return Answer(404, utf8(page.unanswered_page(method, path)), page.HTML, page.POLICY)
