"""The built-in model of values by key, and its remote methods. Keeps nothing: a connector with keys does."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from ...data.bound import bound_of
from ...data.contract import KeyValue
from ...errors import BadRequest, NotFound, OperatorError
from ...model.base import Model
from ...remoting.declared import remote_method
from ...remoting.signature import Arg
from ...types import UNSET

Key = Annotated[str, Arg(source="path")]
Sent = Annotated[Any, Arg(name="value", source="body")]
Ttl = Annotated[float | None, Arg(source="query")]
NewTtl = Annotated[float, Arg(source="form")]
Match = Annotated[dict[str, Any] | None, Arg(source="query")]


class KeyValueModel(Model):
    """Values by key, each with a time to live if wanted (source: datasources.md 12.2, logic.md 12).

    Keys are texts that are not empty; values are whatever JSON can say, dates and bytes, but not None. Times are milliseconds.
    """

    @classmethod
    def get(cls, key: str) -> Any:
        """The value of a key as a copy, None for a key that is not there. Raises BadRequest for an empty key."""
        return _store_of(cls).get(_checked(key))

    @classmethod
    def set(cls, key: str, value: Any, ttl: float | Mapping[str, float] | None = None) -> None:
        """Keep a value.

        Args:
            key: what it is found by. value: a copy of it is kept.
            ttl: milliseconds until it is gone, or {"ttl": milliseconds}; without one it stays.

        Raises:
            BadRequest: the key is empty, the value None, or the time not positive.
        """
        if value is None:
            raise BadRequest("value must be defined and not null")
        limit = ttl.get("ttl") if isinstance(ttl, Mapping) else ttl
        _store_of(cls).set(_checked(key), value, None if limit is None else _span(limit))

    @remote_method(verb="put", path="/:key/expire")
    @classmethod
    def expire(cls, key: Key, ttl: NewTtl) -> None:
        """Let a key live so many milliseconds from now. Raises NotFound; BadRequest for a time that is not positive."""
        if not _store_of(cls).expire(_checked(key), _span(ttl)):
            raise NotFound(f'Cannot expire unknown key "{key}"')

    @classmethod
    def ttl(cls, key: str) -> float | None:
        """The milliseconds that a key has left, None for no limit. Raises NotFound."""
        try:
            return _store_of(cls).ttl(_checked(key))
        except KeyError:
            raise NotFound(f'Cannot get TTL for unknown key "{key}"') from None

    @remote_method(verb="get", path="/keys")
    @classmethod
    def keys(cls, filter: Match = None) -> list[str]:
        """The keys, all or those that fit {"match": GLOB}: `*`, `?`, `[abc]`, and a backslash before such a letter."""
        match = (filter or {}).get("match")
        if match is not None and not isinstance(match, str):
            raise BadRequest("`match` must be a text")
        return _store_of(cls).keys(match or None)

    @classmethod
    def iterate_keys(cls, filter: Mapping[str, Any] | None = None) -> Iterator[str]:
        """The same one by one."""
        return iter(cls.keys(dict(filter or {})))

    @classmethod
    def delete(cls, key: str) -> bool:
        """Forget a key; False if it was not there."""
        return _store_of(cls).delete_key(_checked(key))

    @classmethod
    def delete_all(cls) -> int:
        """Forget all keys; returns how many there were."""
        return _store_of(cls).delete_keys()

    # -- what clients call in their own way ----------------------------------

    @remote_method(verb="get", path="/:key", name="get")
    @classmethod
    def _answer(cls, key: Key) -> Any:
        """Get the value of a key."""
        value = cls.get(key)
        if value is None:  # the message names the key wrongly, as LoopBack does
            raise NotFound(f'Unknown "{bound_of(cls).name}" key "undefined".', code="KEY_NOT_FOUND")
        return value

    @remote_method(verb="get", path="/:key/ttl", name="ttl")
    @classmethod
    def _left(cls, key: Key) -> Any:
        """Get the milliseconds that a key has left; no body where there is no limit."""
        left = cls.ttl(key)
        return UNSET if left is None else left

    @remote_method(verb="put", path="/:key", name="set")
    @classmethod
    def _keep(cls, key: Key, value: Sent = None, ttl: Ttl = None) -> None:
        """Keep the value that was sent."""
        if value is None or value == "":
            raise BadRequest("value is a required argument")
        cls.set(key, value, ttl)


def _store_of(cls: type[Model]) -> KeyValue:
    bound = bound_of(cls)
    store = bound.store
    if not isinstance(store, KeyValue):
        raise OperatorError(f"{bound.name}: the {bound.source.connector.name} connector keeps no values by key; use kv-memory")
    return store


def _checked(key: str) -> str:
    if not key:
        raise BadRequest("key must be a non-empty string")
    return key


def _span(ttl: float) -> float:
    if not math.isfinite(ttl) or ttl <= 0:
        raise BadRequest("ttl must be a positive number of milliseconds")
    return ttl
