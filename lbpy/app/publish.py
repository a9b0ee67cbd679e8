"""From a bound model to its endpoints: which remote methods are shared, and everything that a call through them needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Final

from ..data import reading
from ..data.bound import Bound, if_bound
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
from ..remoting.coerce import Coercions
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

    coercions: how values of arguments are read. language: what declarations of methods are read with.
    hooks: remote hooks of the whole application.
    """

    limits: Limits
    coercions: Coercions
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
        bound = if_bound(cls) if issubclass(cls, PersistedModel) else None
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
    language = view.around.language
    described = described_methods(cls, view.published.definition.setting("methods"), built_in, language)
    declared = declared_methods(cls, built_in, language)
    return {one.full_name: one for one in (*described, *declared) if one.static or view.bound is not None}


def check_methods(cls: type[Model], definition: ModelDefinition, language: Language) -> None:
    """Read what a class says of its remote methods, so that mistakes show before the first request.

    Raises:
        DefinitionError: a function does not fit its description, or an annotation cannot be read.
    """
    for _ in (*described_methods(cls, definition.setting("methods"), {}, language), *declared_methods(cls, {}, language)):
        pass


def missing_functions(cls: type[Model], definition: ModelDefinition, language: Language) -> tuple[str, ...]:
    """The methods in the JSON of a model that have no Python function and are no built-in ones; errors as of `check_methods`."""
    listed = definition.setting("methods")
    if not isinstance(listed, Mapping) or not listed:
        return ()
    built_in = {one.full_name: one for one in _built_in_methods(if_bound(cls))}
    declared = {one.full_name for one in declared_methods(cls, built_in, language)}
    described = described_methods(cls, listed, built_in, language)
    return tuple(one.full_name for one in described if one.closed and one.full_name not in declared)


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
        bind=binder(method, around.limits, around.coercions),
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
        row = reading.find_owner(bound, id, options)
        return None if row is None else bound.model._wrap(row)

    return load


def _is_shared(published: Published, method: RemoteMethod) -> bool:
    names = method.names
    for pattern, on in sorted(published.switches, key=lambda one: "*" in one[0]):
        if any(fnmatchcase(name, pattern) for name in names):
            return on
    return method.shared and (published.everything or method.name not in MASS_WRITES)


def told_switches(cls: type[Model]) -> Switches:
    """What a class body and those of its bases say by `shared_methods={"create": False}`, the closest first."""
    told = [one.declaration__.settings.get("sharedMethods") for one in cls.__mro__ if issubclass(one, Model)]
    return tuple(pair for one in told if isinstance(one, Mapping) for pair in one.items())
