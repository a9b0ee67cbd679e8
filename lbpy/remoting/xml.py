"""XML text of JSON values: lists repeat their element, names and texts are made fit for XML. Knows no method and no error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ..model.javascript import number_text
from ..types import Json

RESULT: Final = '<?xml version="1.0" encoding="UTF-8"?>'
"""The declaration of results; errors have one of their own."""

_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME_START: Final = re.compile(f"[{_START}]")
_NOT_IN_NAME: Final = re.compile(f"[^{_START}0-9.\u00b7\u0300-\u036f\u203f\u2040-]")
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(root: str, value: Json, *, declaration: str = "", indent: str = "  ") -> str:
    """A value as an XML document (source: rest-api.md 5).

    Args:
        root: name of the outermost element.
        value: what it holds; a list needs an object around it, whose key names the elements.
        declaration: the first line, "" for none.
        indent: what each level is moved in by.
    """
    return "\n".join([*([declaration] if declaration else []), *_element(name_of(root), value, "", indent)])


def name_of(key: str) -> str:
    """A key as the name of an element; what a name may not have becomes "_"."""
    name = _NOT_IN_NAME.sub("_", key)
    return name if _NAME_START.match(name) else f"_{name}"


def text_of(value: Json) -> str:
    """A scalar as text, escaped; null is written out."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, float):
        return number_text(value)
    text = _NOT_IN_XML.sub("\ufffd", str(value))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;").replace("\r", "&#xD;")


def _element(name: str, value: Json, pad: str, indent: str) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _element(name, item, pad, indent)
    elif isinstance(value, dict):
        yield from _object(name, value, pad, indent)
    else:
        yield f"{pad}<{name}>{text_of(value)}</{name}>"


def _object(name: str, value: dict[str, Json], pad: str, indent: str) -> Iterator[str]:
    inside = [line for key, one in value.items() for line in _element(name_of(key), one, pad + indent, indent)]
    if not inside:
        yield f"{pad}<{name}/>"
        return
    yield f"{pad}<{name}>"
    yield from inside
    yield f"{pad}</{name}>"
