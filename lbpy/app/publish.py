"""From a bound model to its endpoints: which remote methods are shared, and everything that a call through them needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Final

from ..data import reading
from ..data.bound import Bound
from ..data.persisted import PersistedModel
from ..model.base import Model
from ..model.definition import ModelDefinition
from ..model.encoding import dumps
from ..model.masking import Mask, mask_of
from ..naming import normalized_path
from ..remoting.access import Authorizer
from ..remoting.binding import binder
from ..remoting.catalog import persisted_methods
from ..remoting.invoke import Endpoint, LoadOwner
from ..remoting.method import RemoteMethod, Route
from ..remoting.negotiation import Offer
from ..remoting.serialise import default_of
from ..types import Limits, Options
from .ported import Patterns, fits

MASS_WRITES: Final = frozenset({"updateAll", "destroyAll"})

Switches = tuple[tuple[str, bool], ...]
"""Patterns of method names and whether they are shared; the first that fits decides, exact names come first."""


@dataclass(frozen=True, slots=True)
class Published:
    """One model that is served.

    everything: methods that write many instances at once have routes as well. closed: patterns of methods that answer 501.
    """

    cls: type[Model]
    definition: ModelDefinition
    path: str
    everything: bool
    switches: Switches = ()
    closed: Patterns = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What endpoints need from the application beyond their own model."""

    limits: Limits
    is_model: Callable[[str], bool]
    authorise: Authorizer
    masks: Mapping[type, Mask]
    normalize_paths: bool = False
    offer: Offer = field(default_factory=Offer)


def endpoints_of(around: Surroundings, published: Published) -> Iterator[Endpoint]:
    """The endpoints of one model's shared methods."""
    bound = vars(published.cls).get("bound__")
    if not isinstance(bound, Bound) or not issubclass(published.cls, PersistedModel):  # base Model: a place without methods
        return
    mask = mask_of(bound.definition)
    encoders = _encoders(around, mask)
    for method in (*persisted_methods(bound), *_added(bound)):
        if _is_shared(published, method):
            method = _unseen(method) if mask is None else method
            for route in method.routes:
                yield _endpoint(around, published, bound, method, _named(around, published, route), encoders)


def _added(bound: Bound) -> Iterator[RemoteMethod]:
    """The methods that a built-in model adds: its setting `remotes` lists functions that give them for a class."""
    for methods in bound.definition.setting("remotes", ()):
        yield from methods(bound.model)


def path_of(normalize: bool, published: Published) -> str:
    """The path of a model's routes below the API root, in dashes where that is asked for."""
    return normalized_path(published.path) if _normalizes(normalize, published) else published.path


def _normalizes(normalize: bool, published: Published) -> bool:
    remoting = published.definition.setting("remoting") or {}
    return bool(remoting.get("normalizeHttpPath", normalize))


def _named(around: Surroundings, published: Published, route: Route) -> Route:
    if not _normalizes(around.normalize_paths, published):
        return route
    return Route(route.verb, normalized_path(route.path), route.missing_is_404)


def _endpoint(
    around: Surroundings, published: Published, bound: Bound, method: RemoteMethod, route: Route, encoders: Mapping[bool, Any]
) -> Endpoint:
    is_root = len(method.returns) == 1 and method.returns[0].root
    return Endpoint(
        model=published.definition.name,
        method=method,
        route=route,
        bind=binder(method, around.limits, around.is_model),
        encode=encoders[is_root],
        authorise=around.authorise,
        load=None if method.static else owner_loader(bound),
        closed=fits(published.closed, names_of(method)),
        offer=around.offer,
    )


def owner_loader(bound: Bound) -> LoadOwner:
    """What loads the instance that an instance method is called on."""

    def load(id: Any, options: Options) -> Model | None:
        row = reading.find_by_id(bound, id, None, options)
        return None if row is None else bound.model._wrap(row)

    return load


def _unseen(method: RemoteMethod) -> RemoteMethod:
    """The method as it is called where nobody looks at its result before it is encoded."""
    return method if method.answer is None else replace(method, call=method.answer)


def _encoders(around: Surroundings, mask: Mask | None) -> Mapping[bool, Callable[[Any], bytes]]:
    """How results become bytes: whether the body is the result itself -> encoder."""
    plain = partial(dumps, default=default_of(around.masks))
    return {False: plain, True: plain if mask is None else lambda result: plain(mask(result))}


def names_of(method: RemoteMethod) -> frozenset[str]:
    """The names of a method, aliases included, with "prototype." before those of instance methods."""
    prefix = "" if method.static else "prototype."
    return frozenset({method.full_name, *(prefix + one for one in method.aliases)})


def _is_shared(published: Published, method: RemoteMethod) -> bool:
    names = names_of(method)
    for pattern, on in sorted(published.switches, key=lambda one: "*" in one[0]):
        if any(fnmatchcase(name, pattern) for name in names):
            return on
    return method.shared and (published.everything or method.name not in MASS_WRITES)
