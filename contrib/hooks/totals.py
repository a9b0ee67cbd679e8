"""The components loopback3-xtotalcount and loopback-content-range: how many records a list is cut from. Changes no result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...app.application import App
from ...data.bound import Bound, bound_of
from ...data.persisted import PersistedModel
from ...model.remote import RemoteContext
from ...query.filter import merge_scope, page

Tell = Callable[[RemoteContext, int, int], None]
"""Writes the total, and the number of the first record of a list, into the headers of an answer."""


def total_count(app: App, _options: Mapping[str, Any]) -> None:
    """Have the answers of every `find` carry `X-Total-Count` (source: real-projects.md 4)."""
    _after_find(app, _tell_total)


def content_range(app: App, _options: Mapping[str, Any]) -> None:
    """Have the answers of every `find` carry `Content-Range: items FIRST-LAST/TOTAL`, counted from 0."""
    _after_find(app, _tell_range)


def _after_find(app: App, tell: Tell) -> None:
    def count(ctx: RemoteContext) -> None:
        model = app.registry.model(ctx.method_string.removesuffix(f".{ctx.method.full_name}"))
        if issubclass(model, PersistedModel):
            cut = _cut(bound_of(model), ctx)
            tell(ctx, _total(model, ctx, cut), cut.first)

    app.after_remote("*.find", count)


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a list was cut out of all records. first: the number of the first one. is_whole: nothing is left out."""

    first: int
    is_whole: bool


def _cut(bound: Bound, ctx: RemoteContext) -> Cut:
    """As the filter, the default scope and the model's maxLimit say; what observers do to the query is not known beforehand."""
    limit, skip = page(bound.grammar, merge_scope(_filter(ctx), bound.scope), bound.query_rules(ctx.options))
    return Cut(skip, limit is None and not skip and not bound.observers("access"))


def _total(model: type[PersistedModel], ctx: RemoteContext, cut: Cut) -> int:
    if cut.is_whole:
        return len(ctx.result)
    return model.count(_filter(ctx).get("where"), options=ctx.options)


def _filter(ctx: RemoteContext) -> Mapping[str, Any]:
    asked = ctx.args.get("filter")
    return asked if isinstance(asked, Mapping) else {}


def _tell_total(ctx: RemoteContext, total: int, _first: int) -> None:
    _set(ctx, "X-Total-Count", str(total))


def _tell_range(ctx: RemoteContext, total: int, first: int) -> None:
    length = len(ctx.result)
    _set(ctx, "Content-Range", f"items {first}-{first + length - 1}/{total}" if length else f"items */{total}")


def _set(ctx: RemoteContext, name: str, value: str) -> None:
    """A header that scripts of other origins may read."""
    ctx.res.set_header(name, value)
    ctx.res.append_header("Access-Control-Expose-Headers", name)
