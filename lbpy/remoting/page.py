"""HTML pages that tell errors to people; everything in them is escaped. Decides neither what is told nor to whom."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Final

from ..model.encoding import dumps
from ..types import Json

HTML: Final = "text/html; charset=utf-8"

POLICY: Final[Mapping[str, str]] = MappingProxyType(
    {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
)
"""Headers of these pages: they need nothing from anywhere."""

_HEADED: Final = frozenset({"statusCode", "name", "message", "stack"})


def error_page(body: Mapping[str, Json]) -> str:
    """The page of strong-error-handler (source: recorded errors/negotiation).

    Args:
        body: the object that describes the error; name, statusCode and message make the head, stack comes last.
    """
    name = escape(str(body.get("name", "Error")))
    lines = [
        f"<h1>{name}</h1>",
        f"<h2><em>{body['statusCode']}</em> {escape(str(body.get('message', '')))}</h2>",
        *(f"<div><b>{escape(key)}</b> : {escape(_shown(one))}</div>" for key, one in body.items() if key not in _HEADED),
        *([f"<pre>{escape(str(body['stack']))}</pre>"] if "stack" in body else []),
    ]
    return _page(name, "\n".join(lines))


def unanswered_page(method: str, path: str) -> str:
    """The page of Express for a request that nobody answers (source: recorded errors/bare)."""
    return _page("Error", f"<pre>Cannot {escape(method)} {escape(path)}</pre>")


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else dumps(value).decode()


def _page(title: str, inside: str) -> str:
    head = f'<head>\n<meta charset="utf-8">\n<title>{title}</title>\n</head>'
    return f'<!DOCTYPE html>\n<html lang="en">\n{head}\n<body>\n{inside}\n</body>\n</html>\n'
