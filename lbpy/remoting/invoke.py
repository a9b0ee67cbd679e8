"""The story of a call: bind, negotiate, load the owner, authorise, before hooks, call, after hooks, serialise. Knows no Falcon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias

from ..errors import BadRequest, ClientError, NotFound, NotPorted
from ..model.base import Model
from ..types import UNSET, Json, Options
from .access import AccessRequest, Authorizer, everybody
from .binding import Binder, Parts
from .forms import UNACCEPTABLE, Answer, result
from .method import RemoteMethod, Returned, Route
from .negotiation import JSON_FORM, Form, Offer

NO_ID: Final = "null"
"""What a path says where a client has no id (source: rest-api.md 1.1)."""

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
    offer: the forms that results come in.
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
    offer: Offer = field(default_factory=Offer)


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


def invoke(endpoint: Endpoint, request: Request) -> Answer:
    """Answer one request for a route.

    Raises:
        ClientError: a mistake of the caller. Anything else: an error of the application.
    """
    if endpoint.closed:
        return _refuse_closed(endpoint, request)
    options = request.options
    args = endpoint.bind.read(request, options)
    context = CallContext(request, endpoint, args, options)
    form = _form_of(endpoint, request)
    try:
        _admit(context)
        if form is None and endpoint.method.access != "READ":
            return UNACCEPTABLE
        _run(context)
    except Exception as error:
        raise _after_error(context, error) from error
    return UNACCEPTABLE if form is None else _answer(context, form)


def _form_of(endpoint: Endpoint, request: Request) -> Form | None:
    """The form of the result, None where the client takes none; what answers without a body has any form."""
    accept = request.header("accept")
    if (accept in endpoint.offer.plain and "_format" not in request.query_text) or not endpoint.method.returns:
        return JSON_FORM
    return endpoint.offer.choose(accept, request.query.get("_format"))


def _admit(context: CallContext) -> None:
    """Everything between binding and running: owner, access, arguments that must be there."""
    endpoint, args = context.endpoint, context.args
    if endpoint.load is not None and context.request.path["id"] != NO_ID:
        context.instance = endpoint.load(context.request.path["id"], context.options)
    if endpoint.authorise is not everybody:
        endpoint.authorise(AccessRequest(endpoint.model, endpoint.method, context.instance, args, context.options, context.request))
    endpoint.bind.demand(args)
    if endpoint.load is not None and context.instance is None:
        raise _no_owner(context.request.path["id"])


def _run(context: CallContext) -> None:
    """The call between its hooks. What fails here or before is seen by the hooks for errors."""
    endpoint = context.endpoint
    for hook in endpoint.hooks.before:
        hook(context)
    context.result = _call(context)
    for hook in endpoint.hooks.after:
        hook(context)
    if endpoint.route.missing_is_404 and (context.result is None or context.result is False):
        unknown = context.args.get("id", "undefined")
        raise NotFound(f'Unknown "{endpoint.model}" id "{unknown}".', code="MODEL_NOT_FOUND")


def _no_owner(id: str) -> ClientError:
    if id == NO_ID:
        return BadRequest("id is a required argument")
    return NotFound(f"could not find a model with id {id}", code="MODEL_NOT_FOUND")


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


def _answer(context: CallContext, form: Form) -> Answer:
    endpoint = context.endpoint
    returns = endpoint.method.returns
    if not returns:
        return Answer(endpoint.method.status or 204, None)
    if context.result is UNSET:
        return Answer(204, None)
    text, status = endpoint.encode(body_of(returns, context.result)), endpoint.method.status or 200
    return Answer(status, text) if form is JSON_FORM else result(text, status, form, context.request.query, returns[0].xml)


def body_of(returns: tuple[Returned, ...], result: Any) -> Json:
    """The JSON body that a result makes (source: rest-api.md 4)."""
    if len(returns) == 1:
        return result if returns[0].root else {returns[0].name: result}
    return {one.name: value for one, value in zip(returns, result, strict=True)}
