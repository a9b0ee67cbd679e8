"""The components loopback3-xtotalcount and loopback-content-range: how many records a list is cut from. Changes no result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...app.application import App
from ...data.persisted import PersistedModel
from ...model.remote import RemoteContext

Tell = Callable[[RemoteContext, int], None]
"""Writes a total into the headers of an answer."""


def total_count(app: App, _options: Mapping[str, Any]) -> None:
    """Have the answers of every `find` carry `X-Total-Count` (source: real-projects.md 4)."""
    _after_find(app, _tell_total)


def content_range(app: App, _options: Mapping[str, Any]) -> None:
    """Have the answers of every `find` carry `Content-Range: items FIRST-LAST/TOTAL`, counted from 0."""
    _after_find(app, _tell_range)


def _after_find(app: App, tell: Tell) -> None:
    models = [cls for _, cls in app.registry.models() if issubclass(cls, PersistedModel)]

    def count(ctx: RemoteContext) -> None:
        model = app.registry.model(ctx.method_string.removesuffix(f".{ctx.method.full_name}"))
        if issubclass(model, PersistedModel):
            tell(ctx, _total(model, ctx))

    for cls in models:
        if not any(base in models for base in cls.__mro__[1:]):  # a subclass has the hooks of its bases
            cls.after_remote("find", count)


def _total(model: type[PersistedModel], ctx: RemoteContext) -> int:
    asked = _filter(ctx)
    if not {"limit", "skip", "offset"} & asked.keys():
        return len(ctx.result)
    return model.count(asked.get("where"), options=ctx.options)


def _filter(ctx: RemoteContext) -> Mapping[str, Any]:
    asked = ctx.args.get("filter")
    return asked if isinstance(asked, Mapping) else {}


def _tell_total(ctx: RemoteContext, total: int) -> None:
    _set(ctx, "X-Total-Count", str(total))


def _tell_range(ctx: RemoteContext, total: int) -> None:
    asked = _filter(ctx)
    first, length = int(asked.get("skip") or asked.get("offset") or 0), len(ctx.result)
    _set(ctx, "Content-Range", f"items {first}-{first + length - 1}/{total}" if length else f"items */{total}")


def _set(ctx: RemoteContext, name: str, value: str) -> None:
    """A header that scripts of other origins may read."""
    ctx.res.set_header(name, value)
    ctx.res.append_header("Access-Control-Expose-Headers", name)
