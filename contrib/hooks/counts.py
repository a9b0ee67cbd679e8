"""The mixin Counts: how many related records a record has, beside it in the answer. Stores no number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...data import reading
from ...data.bound import Bound, bound_of
from ...errors import BadRequest
from ...model.base import Model
from ...model.relations import name_of
from ...model.remote import RemoteContext
from ...types import Json, Row

METHODS = ("find", "findOne", "findById")


def counts(model: type[Model], options: Mapping[str, Any]) -> None:
    """Have the answers of find, findOne and findById tell the numbers that their filter asks for: `{"counts": ["reviews"]}`.

    One query a relation, whatever the number of records; what an include would not show is not counted either.

    Args:
        model: a stored model, not bound yet.
        options: relations: names that may be asked for, default all lists. always: names that are counted unasked.
            as: {"reviews": "reviewsTotal"}, other names of the numbers than `reviewsCount`.
    """

    model.define_setting("countedAlways", list(options.get("always") or ()))  # access control asks for these as for an include

    def count(ctx: RemoteContext) -> None:
        if ctx.method_string.startswith(f"{name_of(lambda: model)}."):  # a sub-model has this mixin itself
            _add(bound_of(model), options, ctx)

    for method in METHODS:
        model.after_remote(method, count)


def _add(bound: Bound, options: Mapping[str, Any], ctx: RemoteContext) -> None:
    names, rows = list(_wanted(bound, options, ctx.args.get("filter"))), _rows(ctx.result)
    if not names or not rows:
        return
    seen = [dict(row) for row in rows]
    reading.with_related(bound, seen, tuple(_keys_only(bound, name) for name in names), ctx.options)
    spelt = options.get("as") or {}
    for row, full in zip(rows, seen, strict=True):
        row.update({str(spelt.get(name, f"{name}Count")): len(full[name]) for name in names if isinstance(full.get(name), list)})


def _rows(result: Any) -> Sequence[Row]:
    listed = result if isinstance(result, list) else [result]
    return [one._row for one in listed if isinstance(one, Model)]


def _keys_only(bound: Bound, name: str) -> Json:
    target = bound.find_model(bound.relations[name].model or "")
    key = bound_of(target).definition.id if target is not None else None
    return {"relation": name, "scope": {} if key is None else {"fields": [key.name]}}


def _wanted(bound: Bound, options: Mapping[str, Any], filter: Json) -> Iterator[str]:
    """The names that are counted, each once. Raises: BadRequest for one that may not be asked for."""
    lists = [one.name for one in bound.relations.values() if one.is_many]
    open_to_all = [name for name in options.get("relations", lists) if name in lists]
    asked = filter.get("counts") if isinstance(filter, Mapping) else None
    listed = asked if isinstance(asked, list) else [] if asked is None else [asked]
    for name in listed:
        if name not in open_to_all:
            raise BadRequest(f"{name!r} is no relation of {bound.name} that is counted")
    always = options.get("always") or ()
    yield from dict.fromkeys([*(name for name in always if name in lists), *listed])
