"""From what a method returns to body, status and headers, as its descriptors say (source: rest-api.md 4). Encodes nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from ..errors import ServerError
from ..model.dates import iso
from ..types import UNSET, Json
from .method import Returned


@dataclass(frozen=True, slots=True)
class Told:
    """What a result says beside the body: a status, None for the usual one, and headers."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


NOTHING_TOLD: Final = Told()
ANYTHING: Final = Returned()


def body_of(returns: Sequence[Returned], result: Any) -> Json:
    """The JSON body that a result makes; UNSET for none, {} where all of it is told by status and headers.

    Raises:
        ServerError: several results are described, and there is another number of them.
    """
    if len(returns) == 1 and returns[0].is_whole:
        return result
    shown = [(one, value) for one, value in _values(returns, result) if one.target == "body"]
    for one, value in shown:
        if one.is_whole:
            return value
    return {one.name: value for one, value in shown if value is not UNSET}


def told_of(returns: Sequence[Returned], result: Any) -> Told:
    """Status and headers in a result; errors as of `body_of`."""
    status, headers = None, {}
    for one, value in _values(returns, result):
        if value is None or value is UNSET:
            continue
        if one.target == "status":
            status = int(value)
        elif one.target == "header":
            headers[one.header or one.name] = str(value)
    return Told(status, headers)


def _values(returns: Sequence[Returned], result: Any) -> Iterator[tuple[Returned, Any]]:
    values = (result,) if len(returns) == 1 else result
    if not isinstance(values, (tuple, list)) or len(values) != len(returns):
        raise ServerError(f"the method describes {len(returns)} results and must return a tuple of them")
    return zip(returns, values, strict=True)


def typed(returns: Sequence[Returned], body: Json) -> Json:
    """A body as clients read it: dates and bytes that stand directly in it say what they are.

    Raises:
        ServerError: an integer is described, and it is none.
    """
    if any(one.root for one in returns):
        return _typed(next(one for one in returns if one.root), body)
    if not isinstance(body, Mapping):
        return body
    by_name = {one.name: one for one in returns}
    return {name: _typed(by_name.get(name, ANYTHING), value) for name, value in body.items()}


def _typed(one: Returned, value: Any) -> Json:
    if one.type == "integer" and isinstance(value, float) and not value.is_integer():
        raise ServerError(f"{one.name or 'the result'} is described as an integer")
    match value:
        case datetime():
            return {"$type": "date", "$data": iso(value)}
        case bytes() | bytearray():
            return {"$type": "base64", "$data": base64.b64encode(value).decode()}
    return value
