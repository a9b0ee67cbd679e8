"""The story of one call: negotiate, bind, load the owner, authorise, before hooks, call, after hooks, serialise. Knows no HTTP library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from ..errors import NotAcceptable, NotFound, NotPorted
from ..model.base import Model
from ..types import Json, Options
from .access import AccessRequest, Authorizer
from .binding import Binder, Parts
from .method import RemoteMethod, Returned, Route
from .negotiation import JSON, takes_json

LoadOwner: TypeAlias = Callable[[Any, Options], Model | None]
"""Gives the instance that an instance method is called on: (id as text, options) -> instance, None if it is missing."""

Hook: TypeAlias = Callable[["CallContext"], None]
"""A remote hook: sees the call and may change its arguments, result or error."""


class Request(Parts, Protocol):
    """A request as a call sees it."""

    @property
    def options(self) -> dict[str, Any]:
        """What built-in methods get as `options`: the request's limits and its token."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """Remote hooks of one method in the order in which they run."""

    before: tuple[Hook, ...] = ()
    after: tuple[Hook, ...] = ()
    after_error: tuple[Hook, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route with everything prepared that a call through it needs.

    load: gives the owner of an instance method. encode: a result of this method to bytes. closed: the route answers 501.
    """

    model: str
    method: RemoteMethod
    route: Route
    bind: Binder
    encode: Callable[[Any], bytes]
    authorise: Authorizer
    load: LoadOwner | None = None
    hooks: Hooks = field(default_factory=Hooks)
    closed: bool = False


@dataclass(slots=True)
class CallContext:
    """One call as remote hooks see it; arguments, result and error may be changed (source: logic.md 2)."""

    request: Request
    endpoint: Endpoint
    args: dict[str, Any]
    options: Options
    instance: Model | None = None
    result: Any = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: status, body (None for none), content type, further headers."""

    status: int
    body: bytes | None
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def invoke(endpoint: Endpoint, request: Request) -> Answer:
    """Answer one request for a route.

    Raises:
        ClientError: a mistake of the caller. Anything else: an error of the application.
    """
    acceptable = takes_json(request.header("accept"))
    if not acceptable and endpoint.method.access != "READ":
        raise NotAcceptable("Not Acceptable")
    if endpoint.closed:
        return _refuse_closed(endpoint, request)
    options = request.options
    args = endpoint.bind.read(request, options)
    context = CallContext(request, endpoint, args, options)
    try:
        _run(context)
    except Exception as error:
        raise _after_error(context, error) from error
    if not acceptable:
        raise NotAcceptable("Not Acceptable")
    return _answer(context)


def _run(context: CallContext) -> None:
    """Everything between binding and answering; what fails here is seen by the hooks for errors."""
    endpoint, args = context.endpoint, context.args
    if endpoint.load is not None:
        context.instance = endpoint.load(context.request.path["id"], context.options)
    endpoint.authorise(AccessRequest(endpoint.model, endpoint.method, context.instance, args, context.options))
    endpoint.bind.demand(args)
    if endpoint.load is not None and context.instance is None:
        raise NotFound(f"could not find a model with id {context.request.path['id']}", code="MODEL_NOT_FOUND")
    for hook in endpoint.hooks.before:
        hook(context)
    context.result = _call(context)
    for hook in endpoint.hooks.after:
        hook(context)
    if endpoint.route.missing_is_404 and (context.result is None or context.result is False):
        unknown = args.get("id", "undefined")
        raise NotFound(f'Unknown "{endpoint.model}" id "{unknown}".', code="MODEL_NOT_FOUND")


def _call(context: CallContext) -> Any:
    method = context.endpoint.method
    if method.static:
        return method.call(**context.args)
    return method.call(context.instance, **context.args)


def _after_error(context: CallContext, error: Exception) -> Exception:
    context.error = error
    for hook in context.endpoint.hooks.after_error:
        hook(context)
    return context.error


def _refuse_closed(endpoint: Endpoint, request: Request) -> Answer:
    """A closed route: authorisation first, nothing is bound or loaded (source: real-projects 2)."""
    endpoint.authorise(AccessRequest(endpoint.model, endpoint.method, None, {}, request.options))
    raise NotPorted(f"{endpoint.model}.{endpoint.method.full_name} is closed", code="NOT_PORTED")


def _answer(context: CallContext) -> Answer:
    endpoint = context.endpoint
    returns = endpoint.method.returns
    if not returns:
        return Answer(endpoint.method.status or 204, None)
    body = body_of(returns, context.result)
    return Answer(endpoint.method.status or 200, endpoint.encode(body))


def body_of(returns: tuple[Returned, ...], result: Any) -> Json:
    """The JSON body that a result makes (source: rest-api.md 4)."""
    if len(returns) == 1:
        return result if returns[0].root else {returns[0].name: result}
    return {one.name: value for one, value in zip(returns, result, strict=True)}
