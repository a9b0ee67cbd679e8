"""A client without a socket: builds a step's request, lets gunicorn read it, calls the WSGI application. Judges nothing."""

import base64
import contextlib
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Protocol, runtime_checkable
from urllib.parse import quote, urlencode
from wsgiref.types import StartResponse, WSGIApplication

from gunicorn.config import Config
from gunicorn.http import RequestParser
from gunicorn.http.wsgi import create

from lbpy.types import Json

HOST, PORT = "127.0.0.1", 3000
BOUNDARY = "parity-boundary-5f2c"
RAW_IN_PATH, RAW_IN_QUERY = "%/:?#[]@!$&'()*+,;=~|^`{}\"<>\\", "%/:?[]@!$&'()*+,;=~|^`{}\"<>\\"
VARIABLE = re.compile(r"\$\{(\w+)\}")
CONFIG = Config()
CONFIG.set("limit_request_line", 0)

Variables = Mapping[str, Json]


@dataclass(frozen=True)
class Request:
    """One request as it goes out."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None = None

    def wire(self) -> bytes:
        """The bytes that a client puts on a connection of its own."""
        headers = {"Connection": "close", **self.headers}
        if self.body is not None or self.method in ("POST", "PUT", "PATCH"):
            headers = {"Content-Length": str(len(self.body or b"")), **headers}
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + (self.body or b"")


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case. error: no answer came, and why."""

    status: int | str
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    data: bytes = b""
    error: str = ""

    @property
    def media(self) -> str:
        return ",".join(self.headers.get("content-type", ())).partition(";")[0].strip().lower()

    def content(self) -> tuple[str, Json]:
        """The kind of content (one of corpus.KINDS, or "empty") and what it says."""
        data = unpacked(self.data, ",".join(self.headers.get("content-encoding", ())).lower())
        if not data:
            return "empty", None
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return "binary", f"{len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()[:48]}"
        if self.media == "text/html":
            return "html_text", visible_text(text)
        if self.media.endswith(("/json", "+json")):
            with contextlib.suppress(ValueError):
                return "body", json.loads(text)
        return "text", text


def unpacked(data: bytes, encoding: str) -> bytes:
    with contextlib.suppress(OSError, zlib.error):
        if "gzip" in encoding:
            return gzip.decompress(data)
        if "deflate" in encoding:
            return zlib.decompress(data)
    return data


def visible_text(page: str) -> str:
    """What a reader sees of an HTML page."""
    hidden = r"(?is)<!--.*?-->|<(script|style)\b.*?</\1\s*>|<!doctype[^>]*>"
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", re.sub(hidden, " ", page))).split())


# ------------------------------------------------------------------ building


def as_text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def filled(value: Json, variables: Variables) -> Json:
    """The value with `${name}` replaced; a text that is nothing but a variable takes its type."""
    if isinstance(value, str):
        whole = VARIABLE.fullmatch(value)
        return variables[whole[1]] if whole else VARIABLE.sub(lambda name: as_text(variables[name[1]]), value)
    if isinstance(value, list):
        return [filled(item, variables) for item in value]
    if isinstance(value, dict):
        return {as_text(filled(key, variables)): filled(item, variables) for key, item in value.items()}
    return value


def build(raw: Mapping[str, Json], variables: Variables) -> Request:
    """A scenario's request, ready to be sent. Raises KeyError for a variable that was never saved."""
    parts = {key: filled(value, variables) for key, value in raw.items()}
    body, kind = body_of(parts)
    headers = {"Host": f"{HOST}:{PORT}", "Accept": "application/json", "User-Agent": "parity"}
    if body is not None and (kind := parts.get("content_type", kind)):
        headers["Content-Type"] = as_text(kind)
    if "auth" in parts:
        headers["Authorization"] = as_text(variables.get(parts["auth"], parts["auth"]))
    return Request(parts.get("method", "GET").upper(), target_of(parts), overlaid(headers, parts.get("headers") or {}), body)


def overlaid(headers: Mapping[str, str], changes: Mapping[str, Json]) -> dict[str, str]:
    """Headers with some set, or removed by null, whatever the case of their names."""
    touched = {name.lower() for name in changes}
    kept = {name: value for name, value in headers.items() if name.lower() not in touched}
    return kept | {name: as_text(value) for name, value in changes.items() if value is not None}


def target_of(parts: Mapping[str, Json]) -> str:
    path = quote(as_text(parts["path"]), safe=RAW_IN_PATH)
    query = parts.get("query")
    if not query:
        return path
    text = urlencode(pairs(query, "[]"), quote_via=quote) if isinstance(query, dict) else query
    return path + ("&" if "?" in path else "?") + quote(text, safe=RAW_IN_QUERY)


def pairs(values: Mapping[str, Json], lists: str = "") -> list[tuple[str, str]]:
    """One pair an entry; several for a list whose key ends in `lists`."""
    several = {key: value if isinstance(value, list) and key.endswith(lists) else [value] for key, value in values.items()}
    return [(key, as_text(item)) for key, items in several.items() for item in items]


def body_of(parts: Mapping[str, Json]) -> tuple[bytes | None, str | None]:
    """The body, if there is one, and its type, if that goes without saying."""
    if "json" in parts:
        return json.dumps(parts["json"], ensure_ascii=False).encode(), "application/json"
    if "form" in parts:
        return urlencode(pairs(parts["form"]), quote_via=quote).encode(), "application/x-www-form-urlencoded"
    if "multipart" in parts:
        return multipart(parts["multipart"]), f"multipart/form-data; boundary={BOUNDARY}"
    if "raw_base64" in parts:
        return base64.b64decode(parts["raw_base64"]), None
    return (as_text(parts["raw"]).encode() if "raw" in parts else None), None


def multipart(parts: Iterable[Mapping[str, Json]]) -> bytes:
    return b"".join(map(multipart_part, parts)) + f"--{BOUNDARY}--\r\n".encode()


def multipart_part(part: Mapping[str, Json]) -> bytes:
    filename = f'; filename="{part["filename"]}"' if "filename" in part else ""
    lines = [f"--{BOUNDARY}", f'Content-Disposition: form-data; name="{part["name"]}"{filename}']
    if "content_type" in part:
        lines.append(f"Content-Type: {part['content_type']}")
    data = base64.b64decode(part["base64"]) if "base64" in part else as_text(part.get("value", "")).encode()
    return "\r\n".join([*lines, "", ""]).encode() + data + b"\r\n"


# ------------------------------------------------------------------- calling


@runtime_checkable
class Closable(Protocol):
    """A response body that wants to know when it is done with (PEP 3333)."""

    def close(self) -> None: ...


def environ_of(request: Request) -> dict[str, Any]:
    """The WSGI environment that gunicorn makes of a request: by gunicorn's own parser."""
    message = next(RequestParser(CONFIG, iter([request.wire()]), (HOST, 54321)))
    environ: dict[str, Any] = create(message, None, (HOST, 54321), (HOST, PORT), CONFIG)[1]
    return environ


def send(app: WSGIApplication, request: Request) -> Answer:
    """Calls the application once; what it raises becomes an answer with `error`."""
    head: list[Any] = []
    chunks: list[bytes] = []
    try:
        called(app, environ_of(request), head, chunks)
    except Exception as error:  # a server would go on, too
        return Answer("no answer", error=f"{type(error).__name__}: {error}")
    status = int(head[0].partition(" ")[0])
    headers: dict[str, list[str]] = {}
    for name, value in head[1]:
        headers.setdefault(name.lower(), []).append(value)
    empty = request.method == "HEAD" or status in (204, 304)
    return Answer(status, headers, b"" if empty else b"".join(chunks))


def called(app: WSGIApplication, environ: dict[str, Any], head: list[Any], chunks: list[bytes]) -> None:
    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
        head[:] = [status, headers]
        return chunks.append

    start: StartResponse = start_response
    body = app(environ, start)
    try:
        chunks.extend(body)
    finally:
        if isinstance(body, Closable):
            body.close()
