"""Named scopes: the operations of a model seen through a filter of its own (source: rest-api.md 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import BadRequest
from ..types import NO_OPTIONS, Json, Options, Row
from . import deleting, reading, writing
from .attach import scalars
from .bound import Bound


def plain_scope(scope: Json) -> Mapping[str, Any]:
    """The filter of a scope as declared; `options` beside it are not part of it."""
    return {key: value for key, value in scope.items() if key != "options"} if isinstance(scope, Mapping) else {}


def path_of(name: str, scope: Json) -> str:
    """The path of a scope's routes: its name, unless its options say another."""
    options = scope.get("options") if isinstance(scope, Mapping) else None
    http = options.get("http") if isinstance(options, Mapping) else None
    return "/" + str((http.get("path") if isinstance(http, Mapping) else None) or name).strip("/")


def find(
    bound: Bound, scope: Mapping[str, Any], filter: Mapping[str, Json] | None = None, options: Options = NO_OPTIONS
) -> list[Row]:
    """The rows of the scope that meet a filter; the scope's limit wins over the filter's."""
    return reading.find(bound, filter, options, scope)


def count(bound: Bound, scope: Mapping[str, Any], where: Json = None, options: Options = NO_OPTIONS) -> int:
    """How many rows of the scope meet a condition."""
    return reading.count(bound, where, options, scope)


def create(bound: Bound, scope: Mapping[str, Any], data: Json = None, options: Options = NO_OPTIONS) -> Any:
    """Store new instances with the plain values of the scope's condition; a list makes a list."""
    values = scalars(bound.definition, scope.get("where") or {})
    if isinstance(data, list):
        return writing.create(bound, [{**item, **values} for item in data], options)
    return writing.create(bound, {**(data or {}), **values}, options)


def delete(bound: Bound, scope: Mapping[str, Any], options: Options = NO_OPTIONS) -> None:
    """Delete every row that meets the scope's condition.

    Raises:
        BadRequest: the scope has no condition, so this would delete everything.
    """
    if not scope.get("where"):
        raise BadRequest("This scope has no condition; deleting through it would delete every instance.")
    deleting.delete_all(bound, None, options, scope)
