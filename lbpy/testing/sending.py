"""From what a test wants to send to the environ of a WSGI request. Calls no application."""

from __future__ import annotations

import json
import mimetypes
import secrets
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypedDict, Unpack
from urllib.parse import quote, unquote_to_bytes, urlencode
from wsgiref.types import WSGIEnvironment

from falcon.testing import create_environ

from ..model.encoding import jsonable
from ..types import Json

AS_IT_IS: Final = string.printable.strip()
"""What a request line may hold unescaped."""

File: TypeAlias = tuple[str, bytes]
"""A file to upload: its name and its content."""


class Sent(TypedDict, total=False):
    """What a request may carry; dates and the like are sent as the wire writes them.

    Attributes:
        json: the body, as JSON; None: no body.
        form: fields of a form; the body is urlencoded, or multipart beside `files`.
        files: files by the names of their fields; the body is multipart.
        body: the body as it is; its type is up to `headers`.
        filter, where: the query parameters of these names, as JSON; text is sent as it is.
        params: further query parameters: text as it is, all else as JSON.
        headers: by name.
        environ: keys for the WSGI environ, as a server or middleware before the application would put there.
    """

    json: Json
    form: Mapping[str, str]
    files: Mapping[str, File]
    body: bytes | str
    filter: Json
    where: Json
    params: Mapping[str, Json]
    headers: Mapping[str, str]
    environ: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of a body, and their type, "" where nothing is said of it."""

    content: bytes
    type: str = ""


def environ_of(method: str, target: str, **sent: Unpack[Sent]) -> WSGIEnvironment:
    """The environ that a server makes of a request.

    Args:
        method: such as "GET".
        target: path, with a query or without; what is no ASCII may be written plainly.
        sent: what goes with it; see Sent.
    """
    path, _, written = quote(target, safe=AS_IT_IS).partition("?")
    query = "&".join(part for part in (written, query_of(sent)) if part)
    body = body_of(sent)
    headers = {**({"content-type": body.type} if body.type else {}), **lowered(sent.get("headers", {}))}
    environ = create_environ(path, query, method=method, headers=headers, body=body.content, host="localhost", remote_addr="127.0.0.1")
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")  # falcon's would repair escapes that are no UTF-8
    environ["RAW_URI"] = f"{path}?{query}" if query else path
    return {**environ, **sent.get("environ", {})}


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by their names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


# -- queries -----------------------------------------------------------------


def query_of(sent: Sent) -> str:
    """The query string of `filter`, `where` and `params`."""
    named = {**sent.get("params", {})}
    if "filter" in sent:
        named["filter"] = sent["filter"]
    if "where" in sent:
        named["where"] = sent["where"]
    return urlencode({name: _text(value) for name, value in named.items()}, quote_via=quote)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=jsonable)


# -- bodies ------------------------------------------------------------------


def body_of(sent: Sent) -> Body:
    """The body of a request."""
    value = sent.get("json")
    if value is not None:
        return Body(json.dumps(value, default=jsonable).encode(), "application/json")
    if "files" in sent:
        return multipart(sent.get("form", {}), sent["files"])
    if "form" in sent:
        return Body(urlencode(sent["form"]).encode(), "application/x-www-form-urlencoded")
    body = sent.get("body", b"")
    return Body(body if isinstance(body, bytes) else body.encode())


def multipart(form: Mapping[str, str], files: Mapping[str, File]) -> Body:
    """A form with files (RFC 7578)."""
    boundary = secrets.token_hex(16)
    fields = (_part(field, value.encode()) for field, value in form.items())
    uploads = (_part(field, content, name) for field, (name, content) in files.items())
    return Body(_joined(boundary, (*fields, *uploads)), f"multipart/form-data; boundary={boundary}")


def _part(field: str, content: bytes, name: str | None = None) -> bytes:
    head = f'Content-Disposition: form-data; name="{_quoted(field)}"'
    if name is not None:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        head += f'; filename="{_quoted(name)}"\r\nContent-Type: {kind}'
    return f"{head}\r\n\r\n".encode() + content


def _quoted(name: str) -> str:
    """A name as browsers write it."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _joined(boundary: str, parts: Iterable[bytes]) -> bytes:
    opening, closing = f"--{boundary}\r\n".encode(), f"--{boundary}--\r\n".encode()
    return b"".join(opening + part + b"\r\n" for part in parts) + closing
