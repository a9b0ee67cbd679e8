"""Which form an answer takes: what the client accepts against what the application offers. Encodes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from ..types import Json

JSON: Final = "application/json; charset=utf-8"

# -- results -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Form:
    """A form that results are written in; content_type: with its charset."""

    shape: Literal["json", "script", "xml"]
    content_type: str


JSON_FORM: Final = Form("json", JSON)
_SCRIPT: Final = Form("script", JSON)
_TEXT_XML: Final = Form("xml", "text/xml; charset=utf-8")

FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "*/*": JSON_FORM,
        "json": JSON_FORM,
        "application/json": JSON_FORM,
        "application/vnd.api+json": Form("json", "application/vnd.api+json; charset=utf-8"),
        "application/javascript": _SCRIPT,
        "text/javascript": _SCRIPT,
        "application/xml": Form("xml", "application/xml; charset=utf-8"),
        "text/xml": _TEXT_XML,
        "xml": _TEXT_XML,
    }
)
"""What can be written, by the names that Accept, `_format` and `rest.supportedTypes` have for it."""

TYPES: Final = ("application/json", "application/javascript", "text/javascript", "json", "*/*")
TYPES_WITH_XML: Final = (
    "application/json", "application/javascript", "application/xml", "text/javascript", "text/xml", "json", "xml", "*/*",
)  # fmt: skip

USUAL: Final = (None, "*/*", "application/json", "application/json, */*", "application/json, text/plain, */*")
"""What programs send as Accept; None: nothing."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The types that results are offered in, the dearest first (source: rest-api.md 5, `remoting.rest`).

    plain: the usual Accept headers to which the answer is JSON, known before any request.
    """

    types: tuple[str, ...] = TYPES
    plain: frozenset[str | None] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plain", frozenset(one for one in USUAL if self.choose(one) is JSON_FORM))

    def choose(self, accept: str | None, format: Json = None) -> Form | None:
        """The form of a result, None where the client takes none of those on offer.

        Args:
            accept: the request's header.
            format: `_format` in the query; it may name what is not on offer.
        """
        if format:
            return FORMS.get(format.lower()) if isinstance(format, str) else None
        name = best(accept, self.types)
        return None if name is None else FORMS.get(name)


def offer_of(supported: tuple[str, ...] | None, *, xml: bool) -> Offer:
    """What `remoting.rest` offers: `supportedTypes` replaces the list, `xml` widens the default one."""
    if supported is not None:
        return Offer(supported)
    return Offer(TYPES_WITH_XML if xml else TYPES)


# -- errors ------------------------------------------------------------------

ErrorShape: TypeAlias = Literal["json", "html", "xml"]

ERROR_SHAPES: Final[Mapping[str, ErrorShape]] = MappingProxyType(
    {
        "application/json": "json",
        "json": "json",
        "text/html": "html",
        "html": "html",
        "text/xml": "xml",
        "xml": "xml",
    }
)
"""What errors can be written in, the dearest first."""


@dataclass(frozen=True, slots=True)
class ErrorForm:
    """The form of an error; warning: text for the client whose wish was not met, "" for none."""

    shape: ErrorShape
    warning: str = ""


def error_form(accept: str | None, format: Json, default: ErrorShape, *, negotiate: bool) -> ErrorForm:
    """The form that an error is written in (source: rest-api.md 6.1).

    Args:
        accept: the request's header; without one the default counts.
        format: `_format` in the query; it goes before the header.
        default: the form where the client takes none of the known.
        negotiate: whether the header counts.
    """
    known = ERROR_SHAPES.get(format.lower()) if isinstance(format, str) else None
    if known is not None:
        return ErrorForm(known)
    name = best(accept, ERROR_SHAPES) if negotiate and accept is not None else None
    shape = default if name is None else ERROR_SHAPES[name]
    return ErrorForm(shape, f'Response _format "{_quoted(format)}" is not supported; used "{shape}" instead' if format else "")


def _quoted(format: Json) -> str:
    """A client's text as a header may carry it."""
    return str(format)[:60].encode("unicode_escape").decode()


# -- Accept ------------------------------------------------------------------

_EXTENSIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"json": "application/json", "xml": "application/xml", "html": "text/html"}
)
_QUALITY: Final = re.compile(r";\s*q\s*=\s*([01](?:\.\d*)?)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class _Range:
    """One item of an Accept header: name such as text/*, quality 0 to 1, place in the header."""

    name: str
    quality: float
    at: int

    def closeness(self, media_type: str) -> int | None:
        """How closely it names a type: 2 by name, 1 by text/*, 0 by */*; None: not at all."""
        if self.name == media_type:
            return 2
        if self.name == media_type.partition("/")[0] + "/*":
            return 1
        return 0 if self.name == "*/*" else None


def best(accept: str | None, offered: Iterable[str]) -> str | None:
    """Of the types on offer the one that a client likes best, None if it takes none.

    At equal quality the one that it names most closely wins, then the one that it names first, then the dearest.

    Args:
        accept: an Accept header; parameters other than q do not count. None and "" take everything.
        offered: media types or their extensions (json, xml, html), the dearest first.
    """
    ranges = list(_ranges(accept or "*/*"))
    fits = ((_fit(name, ranges), name) for name in offered)
    liked = [(fit, name) for fit, name in fits if fit is not None]
    return min(liked, key=lambda one: one[0])[1] if liked else None


def _ranges(accept: str) -> Iterator[_Range]:
    for at, item in enumerate(accept.split(",")):
        name, _, parameters = item.partition(";")
        quality = _QUALITY.search(f";{parameters}")
        yield _Range(name.strip().lower(), float(quality[1]) if quality else 1.0, at)


def _fit(name: str, ranges: Iterable[_Range]) -> tuple[float, int, int] | None:
    """How badly a type fits, to be sorted by; None: it is not taken. Of several ranges the closest decides."""
    media_type = _EXTENSIONS.get(name, name)
    found = [(near, one.quality, one.at) for one in ranges if (near := one.closeness(media_type)) is not None]
    near, quality, at = max(found, default=(0, 0.0, 0))
    return (-quality, -near, at) if quality else None
