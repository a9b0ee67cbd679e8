"""The built-in operations of a stored model as a table of remote methods (source: rest-api.md 1, 2.3). Calls none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from ..data import answers, deleting, reading, scopes, writing
from ..data.bound import Bound
from .method import COUNT, DATA, DATA_OR_LIST, FILTER, OPTIONS, WHERE, Access, Argument, RemoteMethod, Returned, Route
from .relations import relation_methods

WHERE_IN_QUERY: Final = Argument("where", "object", "query")
ID: Final = Argument("id", "any", "path", is_id=True)

ROOT: Final = Returned("data", "object", root=True)
ROWS: Final = Returned("data", "array", root=True)


def persisted_methods(bound: Bound) -> Iterator[RemoteMethod]:
    """All remote methods that a stored model has by itself, shared ones and others."""
    yield from _creating(bound)
    yield from _reading(bound)
    yield from _changing(bound)
    yield from _deleting(bound)
    yield from _scope_methods(bound)
    yield from relation_methods(bound)


def _builtin(
    name: str,
    call: Callable[..., Any],
    access: Access,
    accepts: tuple[Argument, ...],
    returns: tuple[Returned, ...],
    *routes: Route,
    **more: Any,
) -> RemoteMethod:
    return RemoteMethod(name, call, accepts=(*accepts, OPTIONS), returns=returns, routes=routes, access=access, **more)


def _replaces_on_put(bound: Bound) -> bool:
    return bound.definition.setting("replaceOnPUT", True) is not False


def _creating(bound: Bound) -> Iterator[RemoteMethod]:
    put = _replaces_on_put(bound)
    record, one = (DATA,), (ROOT,)
    create_routes = (Route("post", "/"),)
    patch_routes = (Route("patch", "/"),) if put else (Route("patch", "/"), Route("put", "/"))
    replace_routes = (Route("post", "/replaceOrCreate"), *((Route("put", "/"),) if put else ()))
    patch_aliases = ("upsert", "updateOrCreate")
    yield _builtin("create", partial(writing.create, bound), "WRITE", (DATA_OR_LIST,), one, *create_routes)
    yield _builtin("patchOrCreate", partial(writing.patch_or_create, bound), "WRITE", record, one, *patch_routes, aliases=patch_aliases)
    yield _builtin("replaceOrCreate", partial(writing.replace_or_create, bound), "WRITE", record, one, *replace_routes)
    yield _builtin(
        "upsertWithWhere",
        partial(_upsert_with_where, bound),
        "WRITE",
        (WHERE_IN_QUERY, DATA),
        one,
        Route("post", "/upsertWithWhere"),
        aliases=("patchOrCreateWithWhere",),
    )


def _upsert_with_where(bound: Bound, where: Any = None, **more: Any) -> Any:
    return writing.upsert_with_where(bound, where, **more)


def _reading(bound: Bound) -> Iterator[RemoteMethod]:
    yield _builtin(
        "exists",
        partial(reading.exists, bound),
        "READ",
        (ID,),
        (Returned("exists", "boolean"),),
        Route("get", "/:id/exists"),
        Route("head", "/:id", missing_is_404=True),
    )
    one, many = (ROOT,), (ROWS,)
    by_id = Route("get", "/:id", missing_is_404=True)
    first = Route("get", "/findOne", missing_is_404=True)
    found, listed, found_first = (partial(call, bound) for call in (answers.find_by_id, answers.find, answers.find_one))
    yield _builtin("findById", partial(reading.find_by_id, bound), "READ", (ID, FILTER), one, by_id, answer=found)
    yield _builtin("find", partial(reading.find, bound), "READ", (FILTER,), many, Route("get", "/"), answer=listed)
    yield _builtin("findOne", partial(reading.find_one, bound), "READ", (FILTER,), one, first, answer=found_first)
    yield _builtin("count", partial(reading.count, bound), "READ", (WHERE,), (COUNT,), Route("get", "/count"))


def _changing(bound: Bound) -> Iterator[RemoteMethod]:
    put = _replaces_on_put(bound)
    replace_routes = (Route("post", "/:id/replace"), *((Route("put", "/:id"),) if put else ()))
    patch_routes = (Route("patch", "/:id"),) if put else (Route("patch", "/:id"), Route("put", "/:id"))
    yield _builtin("replaceById", partial(writing.replace_by_id, bound), "WRITE", (ID, DATA), (ROOT,), *replace_routes)
    yield _builtin(
        "updateAll",
        partial(_update_all, bound),
        "WRITE",
        (WHERE_IN_QUERY, DATA),
        (COUNT,),
        Route("post", "/update"),
        aliases=("update",),
    )
    yield _builtin(
        "patchAttributes",
        partial(writing.patch, bound),
        "WRITE",
        (DATA,),
        (ROOT,),
        *patch_routes,
        static=False,
        aliases=("updateAttributes",),
    )


def _update_all(bound: Bound, where: Any = None, **more: Any) -> int:
    return writing.update_all(bound, where, **more)


def _deleting(bound: Bound) -> Iterator[RemoteMethod]:
    yield _builtin(
        "deleteById",
        partial(deleting.delete_by_id, bound),
        "WRITE",
        (ID,),
        (COUNT,),
        Route("delete", "/:id"),
        aliases=("destroyById", "removeById"),
    )
    yield _builtin(
        "destroyAll",
        partial(deleting.delete_asked, bound),
        "WRITE",
        (WHERE, FILTER),
        (COUNT,),
        Route("delete", "/"),
        aliases=("remove", "deleteAll"),
        shared=False,
    )


def _scope_methods(bound: Bound) -> Iterator[RemoteMethod]:
    listed = bound.definition.setting("scopes")
    for name, scope in (listed if isinstance(listed, Mapping) else {}).items():
        yield from _one_scope(bound, name, scopes.path_of(name, scope), scopes.plain_scope(scope))


def _one_scope(bound: Bound, name: str, path: str, scope: Mapping[str, Any]) -> Iterator[RemoteMethod]:
    many = (Returned(name, "array", root=True),)
    yield _builtin(f"__get__{name}", partial(scopes.find, bound, scope), "READ", (FILTER,), many, Route("get", path))
    create = partial(scopes.create, bound, scope)
    yield _builtin(f"__create__{name}", create, "WRITE", (DATA_OR_LIST,), (ROOT,), Route("post", path))
    yield _builtin(f"__delete__{name}", partial(scopes.delete, bound, scope), "WRITE", (), (), Route("delete", path))
    count = partial(scopes.count, bound, scope)
    yield _builtin(f"__count__{name}", count, "READ", (WHERE,), (COUNT,), Route("get", f"{path}/count"))
