"""Entity tags, dates and byte ranges: whether a client has a representation already and which part it wants. Sends nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

import falcon

_TAG: Final = re.compile(r'(?:W/)?"[^"]*"|\*')
_RANGE: Final = re.compile(r"(\d*)-(\d*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Version:
    """What identifies one state of a resource: its entity tag and its time of change in whole seconds; None: not told."""

    tag: str | None = None
    modified: int | None = None


def fresh(req: falcon.Request, version: Version) -> bool:
    """Whether the client's copy is this version, so that 304 is the answer. A tag counts before a date (RFC 9110, 13.2)."""
    if "no-cache" in (req.get_header("Cache-Control") or ""):
        return False
    tags = req.get_header("If-None-Match")
    if tags:
        return _names(tags, version.tag)
    since = seconds(req.get_header("If-Modified-Since"))
    return since is not None and version.modified is not None and version.modified <= since


def changed(req: falcon.Request, version: Version) -> bool:
    """Whether the request was meant for another version, so that 412 is the answer."""
    tags = req.get_header("If-Match")
    if tags:
        return not _names(tags, version.tag)
    since = seconds(req.get_header("If-Unmodified-Since"))
    return since is not None and (version.modified is None or version.modified > since)


def byte_range(req: falcon.Request, size: int, version: Version) -> range | None:
    """The one part of a body that the client asks for.

    Args:
        req: a range counts on GET only.
        size: bytes of the whole body.
        version: what If-Range is compared with.

    Returns:
        The positions; empty if there are none such (416); None for the whole (no range, several, or none that can be read).
    """
    unit, _, wanted = (req.get_header("Range") or "").partition("=")
    match = _RANGE.fullmatch(wanted.replace(" ", ""))
    if req.method != "GET" or unit.strip().lower() != "bytes" or not match or not _range_current(req, version):
        return None
    return _positions(match[1][-20:], match[2][-20:], size)


def seconds(date: str | None) -> int | None:
    """An HTTP date as seconds since 1970, None where there is none that can be read."""
    try:
        return int(parsedate_to_datetime(date or "").timestamp())
    except (ValueError, OverflowError):
        return None


def _names(tags: str, tag: str | None) -> bool:
    known = {found.removeprefix("W/") for found in _TAG.findall(tags)}
    return tag is not None and not known.isdisjoint({"*", tag.removeprefix("W/")})


def _range_current(req: falcon.Request, version: Version) -> bool:
    condition = req.get_header("If-Range")
    if not condition:
        return True
    if '"' in condition:
        return version.tag is not None and version.tag == condition.strip()
    since = seconds(condition)
    return since is not None and version.modified is not None and version.modified <= since


def _positions(first: str, last: str, size: int) -> range | None:
    if not first:
        return range(max(0, size - int(last)), size) if last else None
    end = min(int(last) + 1, size) if last else size
    return None if last and int(last) < int(first) else range(int(first), end)
