"""Serves the files of one folder as the npm package serve-static does. Never leaves the folder, lists and writes nothing."""

from __future__ import annotations

import logging
import mimetypes
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from html import escape
from pathlib import Path
from typing import BinaryIO, Final

import falcon

from ...app.entries import Place
from ...app.phases import Steps, handler
from ...errors import ClientError, Forbidden, NotFound
from ...types import Json
from .conditional import Version, byte_range, changed, fresh
from .params import argument, milliseconds, options
from .urls import sent_path, with_query

_LOG: Final = logging.getLogger(__name__)
_YEAR: Final = 365 * 24 * 60 * 60
_CHUNK: Final = 65536
_TYPES: Final = {
    ".html": "text/html", ".htm": "text/html", ".css": "text/css", ".js": "application/javascript", ".txt": "text/plain",
    ".mjs": "application/javascript", ".json": "application/json", ".map": "application/json", ".xml": "application/xml",
    ".md": "text/markdown", ".csv": "text/csv", ".svg": "image/svg+xml", ".ico": "image/x-icon", ".png": "image/png",
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp", ".avif": "image/avif",
    ".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf", ".wasm": "application/wasm",
    ".eot": "application/vnd.ms-fontobject", ".pdf": "application/pdf", ".webmanifest": "application/manifest+json",
    ".gz": "application/gzip", ".zip": "application/zip", ".mp4": "video/mp4", ".webm": "video/webm", ".mp3": "audio/mpeg",
}  # fmt: skip
_WITH_CHARSET: Final = ("text/", "application/json", "application/javascript", "application/xml")


class RangeNotSatisfiable(ClientError):
    """The file has no such part."""

    status = 416
    name = "RangeNotSatisfiableError"


class PreconditionFailed(ClientError):
    """The file is in another state than the request was meant for."""

    status = 412
    name = "PreconditionFailedError"


class MethodNotAllowed(ClientError):
    """Files are read only."""

    status = 405
    name = "MethodNotAllowedError"


class FileBody:
    """Some consecutive bytes of an open file, closed at the end; never more than announced, though the file may grow."""

    def __init__(self, file: BinaryIO, positions: range) -> None:
        self._file = file
        self._left = len(positions)
        file.seek(positions.start)

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self._file.read(min(_CHUNK, self._left)):
            self._left -= len(chunk)
            yield chunk

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class _Options:
    index: Sequence[str] = ("index.html",)
    extensions: Sequence[str] = ()
    dotfiles: str = "ignore"
    redirect: bool = True
    fallthrough: bool = True
    ranges: bool = True
    tags: bool = True
    dates: bool = True
    cache: str | None = "public, max-age=0"


@dataclass(frozen=True, slots=True)
class _Static:
    root: Path
    options: _Options

    def request(self, req: falcon.Request, resp: falcon.Response, base: str) -> None:
        if req.method not in ("GET", "HEAD"):
            self.missed(resp, MethodNotAllowed("Method Not Allowed"))
            return
        path = _path_below(req, base)
        if not self.visible(path):
            self.missed(resp, Forbidden("Forbidden") if self.options.dotfiles == "deny" else NotFound("Not Found"))
        elif self.options.redirect and not path.endswith("/") and _is_folder(self.root, path):
            _redirect(req, resp)
        else:
            self.find_and_send(req, resp, path)

    def missed(self, resp: falcon.Response, error: ClientError) -> None:
        """Leave the request to the next entry, unless told to fall through to nothing."""
        if self.options.fallthrough:
            return
        if error.status == 405:
            resp.set_header("Allow", "GET, HEAD")
        raise error

    def visible(self, path: str) -> bool:
        segments = path.split("/")
        if "\0" in path or "\\" in path or ".." in segments:
            return False
        hidden = any(part.startswith(".") and part not in (".", ".well-known") for part in segments)
        return not hidden or self.options.dotfiles == "allow"

    def find_and_send(self, req: falcon.Request, resp: falcon.Response, path: str) -> None:
        for candidate in self.candidates(path):
            file = _opened(self.root, candidate)
            if file is not None:
                _handed_over(self, file, req, resp)
                return
        self.missed(resp, NotFound("Not Found"))

    def candidates(self, path: str) -> Iterator[str]:
        """The files that the path may stand for, in order of preference."""
        if not path or path.endswith("/"):
            yield from (path + name for name in self.options.index)
            return
        yield path
        if "." not in path.rpartition("/")[2]:
            yield from (f"{path}.{extension}" for extension in self.options.extensions)

    def send(self, file: BinaryIO, req: falcon.Request, resp: falcon.Response) -> bool:
        """Write the whole answer; says whether the file belongs to the answer now."""
        found = os.fstat(file.fileno())
        version = _version(found, self.options)
        if changed(req, version):
            raise PreconditionFailed("Precondition Failed")
        resp.set_headers(self.headers(resp, found, version))
        resp.complete = True
        if fresh(req, version):
            resp.status = falcon.HTTP_304
            return False
        whole = range(found.st_size)
        asked = byte_range(req, found.st_size, version) if self.options.ranges else None
        if asked is not None:
            _partly(asked, found.st_size, resp)
        resp.content_type = resp.content_type or _content_type(file.name)
        return _body(file, whole if asked is None else asked, req, resp)

    def headers(self, resp: falcon.Response, found: os.stat_result, version: Version) -> dict[str, str]:
        """The headers of the file; Cache-Control only where nobody said otherwise before."""
        named = {
            "Accept-Ranges": "bytes" if self.options.ranges else None,
            "Cache-Control": resp.get_header("Cache-Control") or self.options.cache,
            "Last-Modified": formatdate(found.st_mtime, usegmt=True) if self.options.dates else None,
            "ETag": version.tag,
        }
        return {name: value for name, value in named.items() if value}


def make(params: Json, place: Place) -> Steps | None:
    """The entries `loopback#static` and `serve-static`.

    Args:
        params: the folder, then options: index (a name, a list, false), extensions, dotfiles (ignore, allow, deny), redirect,
            fallthrough, acceptRanges, etag, lastModified, cacheControl, maxAge in milliseconds or as text, immutable.
        place: files outside its project, and a folder that holds the server's own files, are not served.

    Returns:
        None where the folder may not be served; a warning says why.

    Raises:
        ValueError: there is no folder in params, or an option cannot be read.
    """
    folder = argument(params)
    if not isinstance(folder, str) or not folder:
        raise ValueError("the first is the folder to serve")
    root = (place.folder / folder).resolve()
    refusal = _refusal(root, place)
    if refusal:
        _LOG.warning("%s:%s: %s", place.file, place.key, refusal)
        return None
    return handler(_Static(root, _options(options(params, 1))).request)


def _refusal(root: Path, place: Place) -> str:
    if place.folder.resolve().is_relative_to(root):
        return "the folder holds the server's own files and is not served"
    if not root.is_relative_to(place.project.resolve()):
        return "the folder lies outside the project and is not served"
    return "" if root.is_dir() else "there is no such folder"


def _options(given: Mapping[str, Json]) -> _Options:
    dotfiles = given.get("dotfiles", "ignore")
    if dotfiles not in ("ignore", "allow", "deny"):
        raise ValueError("dotfiles is one of ignore, allow, deny")
    return _Options(
        index=_names(given.get("index", "index.html")),
        extensions=_names(given.get("extensions")),
        dotfiles=dotfiles,
        redirect=given.get("redirect") is not False,
        fallthrough=given.get("fallthrough") is not False,
        ranges=given.get("acceptRanges") is not False,
        tags=given.get("etag") is not False,
        dates=given.get("lastModified") is not False,
        cache=None if given.get("cacheControl") is False else _cache(given),
    )


def _names(given: Json) -> tuple[str, ...]:
    return tuple(map(str, given if isinstance(given, list) else [given])) if given else ()


def _cache(given: Mapping[str, Json]) -> str:
    age = min(max(0, milliseconds(given.get("maxAge") or given.get("maxage") or 0) // 1000), _YEAR)
    return f"public, max-age={age}" + (", immutable" if given.get("immutable") else "")


def _path_below(req: falcon.Request, base: str) -> str:
    """The path inside the folder; "" where the request named the mount itself without a slash."""
    path = req.path[len(base):]
    return path.lstrip("/") if path.strip("/") else "/" * bool(path)


def _is_folder(root: Path, path: str) -> bool:
    found = _inside(root, path)
    return found is not None and found.is_dir()


def _inside(root: Path, path: str) -> Path | None:
    """The real place of a path, None where that is not below the root: a link may lead outside, "/etc" begins anew."""
    try:
        found = (root / path.lstrip("/")).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # no such file, a name too long, links in a circle, characters no file has
        return None
    return found if found.is_relative_to(root) else None


def _opened(root: Path, path: str) -> BinaryIO | None:
    found = _inside(root, path)
    try:
        # asked before opening, for opening a pipe would wait
        return found.open("rb") if found is not None and stat.S_ISREG(found.stat().st_mode) else None
    except OSError:
        return None


def _handed_over(static: _Static, file: BinaryIO, req: falcon.Request, resp: falcon.Response) -> None:
    kept = False
    try:
        kept = static.send(file, req, resp)
    finally:
        if not kept:
            file.close()


def _version(found: os.stat_result, wanted: _Options) -> Version:
    tag = f'W/"{found.st_size:x}-{found.st_mtime_ns // 1_000_000:x}"' if wanted.tags else None
    return Version(tag, int(found.st_mtime) if wanted.dates else None)


def _partly(asked: range, size: int, resp: falcon.Response) -> None:
    if not asked:
        resp.set_header("Content-Range", f"bytes */{size}")
        raise RangeNotSatisfiable("Range Not Satisfiable")
    resp.status = falcon.HTTP_206
    resp.set_header("Content-Range", f"bytes {asked.start}-{asked.stop - 1}/{size}")


def _body(file: BinaryIO, positions: range, req: falcon.Request, resp: falcon.Response) -> bool:
    resp.set_header("Content-Length", str(len(positions)))
    sends = req.method != "HEAD"
    resp.stream = FileBody(file, positions) if sends else ()
    return sends


def _content_type(name: str) -> str:
    suffix = os.path.splitext(name)[1].lower()
    kind = _TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
    return f"{kind}; charset=utf-8" if kind.startswith(_WITH_CHARSET) else kind


def _redirect(req: falcon.Request, resp: falcon.Response) -> None:
    """Add the slash that relative links in an index page need; `//host` must not become a link elsewhere."""
    location = with_query("/" + sent_path(req.env).strip("/") + "/", req.env)
    shown = escape(location)
    resp.status = falcon.HTTP_301
    resp.set_headers(
        {"Location": location, "Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
    )
    resp.content_type = "text/html; charset=utf-8"
    resp.text = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Redirecting</title>\n</head>\n'
        f"<body>\n<pre>Redirecting to {shown}</pre>\n</body>\n</html>\n"
    )
    resp.complete = True
