"""The relations of a model as a table of remote methods (source: rest-api.md 2). Calls none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from ..data.bound import Bound
from ..data.relations.belongs_to import BelongsTo, TypedBelongsTo
from ..data.relations.definition import RelationDefinition
from ..data.relations.embeds_one import EmbedsOne
from ..data.relations.has_one import HasOne
from ..data.relations.kinds import Multiple, Working, is_resolved, working
from ..data.relations.references_many import ReferencesMany
from ..data.relations.through import Through
from ..errors import NotFound
from ..model.base import Model
from ..types import NO_OPTIONS, Json, Options
from .method import COUNT, DATA, DATA_OR_LIST, FILTER, OPTIONS, WHERE, Access, Argument, RemoteMethod, Returned, Route

FK: Final = Argument("fk", "any", "path", is_id=True)
NK: Final = Argument("nk", "any", "path", is_id=True)
REFRESH: Final = Argument("refresh", "boolean", "query")

ACCESS: Final[Mapping[str, Access]] = {"get": "READ", "findById": "READ", "count": "READ", "exists": "READ"}
"""The access type by the verb in a method's name; all others write."""


def relation_methods(bound: Bound) -> Iterator[RemoteMethod]:
    """The methods of all relations whose other side is there, the nested ones last."""
    resolved = [one for one in bound.relations.values() if is_resolved(bound, one)]
    for one in resolved:
        yield from _methods(one, working(bound, one))
    for one in resolved:
        if one.on("nestRemoting") and one.model is not None:
            yield from _nested(bound, one)


def _method(
    one: RelationDefinition,
    verb: str,
    call: Callable[..., Any],
    route: tuple[str, str],
    accepts: tuple[Argument, ...] = (),
    returns: tuple[Returned, ...] | None = None,
) -> RemoteMethod:
    """One method: `verb` is that of its name, the route's path begins below the relation's."""
    root = (Returned(one.name, "array" if one.is_many and verb == "get" else "object", root=True),)
    http = Route(route[0], f"/:id/{one.path}{route[1]}", missing_is_404=verb == "exists")
    return RemoteMethod(
        f"__{verb}__{one.name}",
        call,
        static=False,
        accepts=(*accepts, OPTIONS),
        returns=root if returns is None else returns,
        routes=(http,),
        access=ACCESS.get(verb, "WRITE"),
    )


def _methods(one: RelationDefinition, relation: Working) -> Iterator[RemoteMethod]:
    if isinstance(relation, (BelongsTo, TypedBelongsTo)):
        yield _method(one, "get", partial(_belongs_to, relation), ("get", ""), (REFRESH,))
    elif isinstance(relation, (HasOne, EmbedsOne)):
        yield from _single(one, relation)
    else:
        yield from _multiple(one, relation)


def _belongs_to(
    relation: BelongsTo | TypedBelongsTo, instance: Model, refresh: Any = None, options: Options = NO_OPTIONS
) -> Any:
    """LoopBack's answer for a key that is not set is an empty object."""
    return {} if relation.is_unset(instance) else relation.get(instance, options)


def _single(one: RelationDefinition, relation: HasOne | EmbedsOne) -> Iterator[RemoteMethod]:
    yield _method(one, "get", partial(_one, relation), ("get", ""))
    yield _method(one, "create", relation.create, ("post", ""), (DATA,))
    yield _method(one, "update", relation.update, ("put", ""), (DATA,))
    yield _method(one, "destroy", relation.destroy, ("delete", ""), returns=())


def _one(relation: HasOne | EmbedsOne, instance: Model, options: Options = NO_OPTIONS) -> Any:
    found = relation.state(instance) if isinstance(relation, EmbedsOne) else relation.get(instance, options)
    if found is None:
        raise relation.none_found()
    return found


def _multiple(one: RelationDefinition, relation: Multiple) -> Iterator[RemoteMethod]:
    yield _method(one, "findById", relation.find_by_id, ("get", "/:fk"), (FK,))
    yield _method(one, "destroyById", relation.destroy_by_id, ("delete", "/:fk"), (FK,), ())
    yield _method(one, "updateById", relation.update_by_id, ("put", "/:fk"), (FK, DATA))
    if isinstance(relation, (Through, ReferencesMany)):
        yield from _linking(one, relation)
    yield _method(one, "get", relation.find, ("get", ""), (FILTER,))
    yield _method(one, "create", relation.create, ("post", ""), (DATA_OR_LIST,))
    yield _method(one, "delete", relation.destroy_all, ("delete", ""), returns=())
    yield _method(one, "count", relation.count, ("get", "/count"), (WHERE,), (COUNT,))


def _linking(one: RelationDefinition, relation: Through | ReferencesMany) -> Iterator[RemoteMethod]:
    path = "/rel/:fk"
    accepts = (FK, DATA) if isinstance(relation, Through) else (FK,)
    yield _method(one, "link", relation.link, ("put", path), accepts)
    yield _method(one, "unlink", relation.unlink, ("delete", path), (FK,), ())
    yield _method(one, "exists", relation.exists, ("head", path), (FK,), (Returned("exists", "boolean", root=True),))


# -- nestRemoting --------------------------------------------------------------


def _nested(bound: Bound, outer: RelationDefinition) -> Iterator[RemoteMethod]:
    """The relation methods of the other side, one level deeper (source: rest-api.md 2.2)."""
    relation = working(bound, outer)
    assert not isinstance(relation, TypedBelongsTo)
    inner = relation.target
    middle = f"/:id/{outer.path}/:nk" if outer.is_many else f"/:id/{outer.path}"
    for one in inner.relations.values():
        for method in _methods(one, working(inner, one)) if is_resolved(inner, one) else ():
            _, verb, name = method.name.split("__", 2)
            yield replace(
                method,
                name=f"__{verb}__{outer.name}__{name}",
                call=partial(_through_middle, relation, method),
                accepts=(NK, *method.accepts) if outer.is_many else method.accepts,
                routes=tuple(replace(route, path=middle + route.path.removeprefix("/:id")) for route in method.routes),
            )


def _through_middle(
    relation: Working, method: RemoteMethod, instance: Model, nk: Json = None, options: Options = NO_OPTIONS, **arguments: Any
) -> Any:
    """Call a method of the instance in the middle, which has to belong to the owner."""
    middle = _middle(relation, instance, nk, options)
    if middle is None and relation.owner.settings.old("nullForMissing") and method.access == "READ":
        return None
    if middle is None:
        raise NotFound(f"There is no {relation.relation.name} here", code="MODEL_NOT_FOUND")
    return method.call(middle, options=options, **arguments)


def _middle(relation: Working, instance: Model, nk: Json, options: Options) -> Model | None:
    if isinstance(relation, (BelongsTo, TypedBelongsTo, HasOne, EmbedsOne)):
        return relation.get(instance, options)
    return relation.find_by_id(instance, nk, options)
