"""Mixins of the teahouse's own: functions that add properties and hooks to any model that names them. Know no particular model."""

import re
from collections.abc import Mapping
from typing import Any

from lbpy import Model, Saving


def slugged(model: type[Model], options: Mapping[str, Any]) -> None:
    """Keep a word for addresses, made of another property.

    Args:
        model: the class, not bound yet.
        options: from: the property that it is made of, default "name".
    """
    source = str(options.get("from", "name"))
    model.define_property("slug", {"type": "string", "index": True})

    def spell(ctx: Saving[Model]) -> None:
        record: Any = ctx.instance if "instance" in ctx else ctx.data
        if source in record:
            record["slug"] = slug_of(str(record[source]))

    model.observe("before save", spell)


def slug_of(text: str) -> str:
    """A text in lower case, whose words are joined by dashes."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))
