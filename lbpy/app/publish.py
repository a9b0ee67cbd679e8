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
from ..model.remote import RemoteHook
from ..naming import normalized_path
from ..remoting.access import Authorizer
from ..remoting.binding import binder
from ..remoting.catalog import ROOT, ROWS, persisted_methods
from ..remoting.declared import Language, declared_methods, member_of
from ..remoting.described import described_methods
from ..remoting.hooks import Hooks, hooks_for
from ..remoting.invoke import Endpoint, LoadOwner, MakeOptions
from ..remoting.method import RemoteMethod, Route
from ..remoting.negotiation import Offer
from ..remoting.returning import typed
from ..remoting.serialise import default_of
from ..types import Limits, Options, Row
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
    """What endpoints need from the application beyond their own model.

    language: what declarations of methods are read with. hooks: remote hooks of the whole application.
    """

    limits: Limits
    is_model: Callable[[str], bool]
    authorise: Authorizer
    masks: Mapping[type, Mask]
    language: Language
    hooks: tuple[RemoteHook, ...] = ()
    normalize_paths: bool = False
    offer: Offer = field(default_factory=Offer)


def endpoints_of(around: Surroundings, published: Published) -> Iterator[Endpoint]:
    """The endpoints of one model's shared methods, what it declares itself first.

    A function of its own takes the place of a built-in method of that name; a mere description is a further way to it.
    """
    view = _View(around, published)
    built_in = {one.full_name: one for one in _built_in_methods(view.bound)}
    own = _own_methods(view, built_in)
    kept = (one for name, one in built_in.items() if name not in own or own[name].call is one.call)
    offered = (*(_own(view, one) for one in own.values()), *(_built_in(view, one) for one in kept))
    for one in offered:
        if _is_shared(published, one.method):
            for route in one.method.routes:
                yield _endpoint(view, one, _named(around, published, route))


@dataclass(frozen=True, slots=True)
class _View:
    """One model as its endpoints are made.

    bound: what its operations work on; a base Model has none, it is a place for methods of its own. mask: takes hidden
    properties out of its rows, None where there are none. plain: encodes what holds rows in instances only.
    """

    around: Surroundings
    published: Published
    bound: Bound | None = field(init=False)
    mask: Mask | None = field(init=False)
    plain: Callable[[Any], bytes] = field(init=False)

    def __post_init__(self) -> None:
        cls = self.published.cls
        found = vars(cls).get("bound__")
        bound = found if isinstance(found, Bound) and issubclass(cls, PersistedModel) else None
        object.__setattr__(self, "bound", bound)
        object.__setattr__(self, "mask", mask_of(bound.definition if bound else self.published.definition))
        object.__setattr__(self, "plain", partial(dumps, default=default_of(self.around.masks)))

    def hooks(self, method: RemoteMethod) -> Hooks:
        """The remote hooks of a method."""
        published = self.published
        return hooks_for(published.definition.name, method.names, published.cls.remote_hooks__.all(), self.around.hooks)


@dataclass(frozen=True, slots=True)
class _Offered:
    """A method with its hooks and the encoder of its results."""

    method: RemoteMethod
    hooks: Hooks
    encode: Callable[[Any], bytes]


# -- built-in methods --------------------------------------------------------


def _built_in_methods(bound: Bound | None) -> Iterator[RemoteMethod]:
    if bound is not None:
        yield from persisted_methods(bound)
        yield from _added(bound)


def _added(bound: Bound) -> Iterator[RemoteMethod]:
    """The methods that a built-in model adds: its setting `remotes` lists functions that give them for a class."""
    for methods in bound.definition.setting("remotes", ()):
        yield from methods(bound.model)


def _built_in(view: _View, method: RemoteMethod) -> _Offered:
    """A built-in method as it is called: hooks see instances; where nobody looks, rows go to the encoder as they are."""
    hooks = view.hooks(method)
    return _Offered(_seen(view, method) if hooks.after else _unseen(view, method), hooks, _encoder(view, method))


def _seen(view: _View, method: RemoteMethod) -> RemoteMethod:
    gives_rows = not method.name.startswith("__") and method.returns in ((ROOT,), (ROWS,))
    return replace(method, call=partial(_instances_of, view.published.cls._wrap, method.call)) if gives_rows else method


def _unseen(view: _View, method: RemoteMethod) -> RemoteMethod:
    return method if method.answer is None or view.mask is not None else replace(method, call=method.answer)


def _instances_of(wrap: Callable[[Row], Model], call: Callable[..., Any], *owner: Any, **arguments: Any) -> Any:
    found = call(*owner, **arguments)
    if isinstance(found, list):
        return [wrap(one) if isinstance(one, dict) else one for one in found]
    return wrap(found) if isinstance(found, dict) else found


def _encoder(view: _View, method: RemoteMethod) -> Callable[[Any], bytes]:
    """How results become bytes: rows are masked where they are the whole body."""
    plain, mask = view.plain, view.mask
    is_root = len(method.returns) == 1 and method.returns[0].root
    return (lambda result: plain(mask(result))) if is_root and mask is not None else plain


# -- methods of the model's own ----------------------------------------------


def _own_methods(view: _View, built_in: Mapping[str, RemoteMethod]) -> dict[str, RemoteMethod]:
    """What JSON describes and Python declares, by full name, Python last; none of instances that cannot be loaded."""
    cls = view.published.cls
    described = described_methods(cls, view.published.definition.setting("methods"), built_in)
    declared = declared_methods(cls, built_in, view.around.language)
    return {one.full_name: one for one in (*described, *declared) if one.static or view.bound is not None}


def _own(view: _View, method: RemoteMethod) -> _Offered:
    plain, returns = view.plain, method.returns
    return _Offered(method, view.hooks(method), lambda result: plain(typed(returns, result)))


# -- routes ------------------------------------------------------------------


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


def _endpoint(view: _View, one: _Offered, route: Route) -> Endpoint:
    around, published, method = view.around, view.published, one.method
    return Endpoint(
        model=published.definition.name,
        method=method,
        route=route,
        bind=binder(method, around.limits, around.is_model),
        encode=one.encode,
        authorise=around.authorise,
        load=None if method.static or view.bound is None else owner_loader(view.bound),
        hooks=one.hooks,
        closed=method.closed or fits(published.closed, method.names),
        offer=around.offer,
        make_options=_make_options(published.cls),
    )


def _make_options(cls: type[Model]) -> MakeOptions | None:
    """What a class adds to the options of a request, None where it says nothing of its own."""
    own = member_of(cls, "options_from_request") is not vars(Model)["options_from_request"]
    return cls.options_from_request if own else None


def owner_loader(bound: Bound) -> LoadOwner:
    """What loads the instance that an instance method is called on."""

    def load(id: Any, options: Options) -> Model | None:
        row = reading.find_by_id(bound, id, None, options)
        return None if row is None else bound.model._wrap(row)

    return load


def _is_shared(published: Published, method: RemoteMethod) -> bool:
    names = method.names
    for pattern, on in sorted(published.switches, key=lambda one: "*" in one[0]):
        if any(fnmatchcase(name, pattern) for name in names):
            return on
    return method.shared and (published.everything or method.name not in MASS_WRITES)
