"""The story of a call: bind, negotiate, load the owner, authorise, before hooks, call, after hooks, serialise. Knows no Falcon."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Protocol, TypeAlias

from ..errors import BadRequest, ClientError, NotFound, NotPorted, ServerError
from ..model.base import Model
from ..model.remote import HttpRequest, HttpResponse, RemoteContext
from ..types import UNSET, Json, Options
from .access import AccessRequest, Authorizer, everybody
from .binding import Binder, RequestParts
from .events import events_answer, values_of, wants_events
from .forms import UNACCEPTABLE, Answer, result
from .hooks import NO_HOOKS, Hooks
from .method import RemoteMethod, Returned, Route
from .negotiation import JSON_FORM, Form, Offer
from .returning import NOTHING_TOLD, Told, body_of, told_of
from .streams import OCTETS, file_answer

NO_ID: Final = "null"
"""What a path says where a client has no id (source: rest-api.md 1.1)."""

LoadOwner: TypeAlias = Callable[[Any, Options], Model | None]
"""Gives the instance that an instance method is called on: (id as text, options) -> instance, None if it is missing."""

MakeOptions: TypeAlias = Callable[[RemoteContext], Mapping[str, Any]]
"""Gives what a model adds to the options of a request (source: logic.md 4)."""


class Request(RequestParts, Protocol):
    """A request as a call sees it."""

    @property
    def options(self) -> dict[str, Any]:
        """What built-in methods get as `options`: the request's limits and its token."""
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route with everything prepared that a call through it needs.

    load: gives the owner of an instance method. encode: a result of this method to bytes. closed: the route answers 501.
    offer: the forms that results come in. make_options: what the model adds to the request's options.
    is_whole: the value that the method returns is the body; else one of its members, or several. is_told: a part of it is status
    or header. stream: it is sent by parts, None where it is a value. any_form: it is all the same what the client accepts.
    accepted: the names of its arguments.
    """

    model: str
    method: RemoteMethod
    route: Route
    bind: Binder
    encode: Callable[[Any], bytes]
    authorise: Authorizer
    load: LoadOwner | None = None
    hooks: Hooks = NO_HOOKS
    closed: bool = False
    offer: Offer = field(default_factory=Offer)
    make_options: MakeOptions | None = None
    is_whole: bool = field(init=False)
    is_told: bool = field(init=False)
    stream: Returned | None = field(init=False)
    any_form: bool = field(init=False)
    accepted: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        returns, stream = self.method.returns, self.method.stream
        object.__setattr__(self, "is_whole", not returns or (len(returns) == 1 and returns[0].is_whole))
        object.__setattr__(self, "is_told", any(one.target != "body" for one in returns))
        object.__setattr__(self, "stream", stream)
        object.__setattr__(self, "any_form", stream is not None or not returns)
        object.__setattr__(self, "accepted", frozenset(one.name for one in self.method.accepts))


@dataclass(slots=True)
class CallContext(RemoteContext):
    """One call as remote hooks see it; arguments, result and error may be changed (source: logic.md 2).

    told: status and headers that are part of the result.
    """

    request: Request
    endpoint: Endpoint
    args: dict[str, Any]
    options: dict[str, Any]
    instance: Model | None = None
    result: Any = None
    error: Exception | None = None
    told: Told = NOTHING_TOLD

    @property
    def method(self) -> RemoteMethod:
        """See RemoteContext."""
        return self.endpoint.method

    @property
    def method_string(self) -> str:
        """See RemoteContext."""
        return f"{self.endpoint.model}.{self.endpoint.method.full_name}"

    @property
    def ctor_args(self) -> Mapping[str, Json]:
        """See RemoteContext."""
        return {} if self.endpoint.load is None else {"id": self.request.path["id"]}

    @property
    def req(self) -> HttpRequest:
        """See RemoteContext."""
        return self.request.req

    @property
    def res(self) -> HttpResponse:
        """See RemoteContext."""
        return self.request.res


def invoke(endpoint: Endpoint, request: Request) -> Answer:
    """Answer one request for a route.

    Raises:
        ClientError: a mistake of the caller. Anything else: an error of the application.
    """
    if endpoint.closed:
        return _refuse_closed(endpoint, request)
    method, context = endpoint.method, _bound(endpoint, request)
    form = _form_of(endpoint, request)
    if endpoint.load is not None:
        _attempt(_load, context)
    if method.rest_before is not None:
        method.rest_before(context)
    _attempt(_admit, context)
    if form is None and method.access != "READ":
        return UNACCEPTABLE
    _attempt(_run, context)
    if method.rest_after is not None:
        method.rest_after(context)
    if endpoint.route.missing_is_404 and _is_nothing(context.result):  # not an error that hooks see
        raise _unknown(context)
    return UNACCEPTABLE if form is None else _answer(context, form)


def _bound(endpoint: Endpoint, request: Request) -> CallContext:
    """The call with its arguments and options; clients have no part in the options."""
    options = request.options
    context = CallContext(request, endpoint, endpoint.bind.read(request, options), options)
    for name in endpoint.bind.contexts:
        context.args[name] = context
    if endpoint.make_options is not None:
        options.update(endpoint.make_options(context))
    return context


def _form_of(endpoint: Endpoint, request: Request) -> Form | None:
    """The form of the result, None where the client takes none; what answers without a body has any form."""
    accept = request.header("accept")
    if (accept in endpoint.offer.plain and "_format" not in request.query_text) or endpoint.any_form:
        return JSON_FORM
    return endpoint.offer.choose(accept, request.query.get("_format"))


def _attempt(step: Callable[[CallContext], None], context: CallContext) -> None:
    """One step of a call, whose failure the hooks for errors see."""
    try:
        step(context)
    except Exception as error:
        raise _after_error(context, error) from error


def _load(context: CallContext) -> None:
    """The owner of an instance method; that it is missing is said to those only who have access."""
    id, load = context.request.path["id"], context.endpoint.load
    if load is not None and id != NO_ID:
        context.instance = load(id, context.options)


def _admit(context: CallContext) -> None:
    """Everything between binding and running: access, the owner."""
    endpoint = context.endpoint
    for hook in endpoint.hooks.before_auth:
        hook(context)
    if endpoint.authorise is not everybody:
        endpoint.authorise(AccessRequest(endpoint.model, endpoint.method, context.instance, context.args, context.options, context.request))
    if endpoint.load is not None and context.instance is None:
        raise _no_owner(context.request.path["id"])


def _run(context: CallContext) -> None:
    """The call between its hooks. What fails here or before is seen by the hooks for errors."""
    endpoint = context.endpoint
    for hook in endpoint.hooks.before:
        hook(context)
    endpoint.bind.demand(context.args)  # hooks may have given what the client did not
    value, returns = _call(context), endpoint.method.returns
    if endpoint.is_told:
        context.told = told_of(returns, value)
    if returns:
        context.result = value if endpoint.is_whole else body_of(returns, value)
    for hook in endpoint.hooks.after:
        hook(context)


def _no_owner(id: str) -> ClientError:
    if id == NO_ID:
        return BadRequest("id is a required argument")
    return NotFound(f"could not find a model with id {id}", code="MODEL_NOT_FOUND")


def _call(context: CallContext) -> Any:
    endpoint, args = context.endpoint, context.args
    if endpoint.hooks.before:  # which may keep notes of their own among the arguments
        args = {name: value for name, value in args.items() if name in endpoint.accepted}
    if endpoint.method.static:
        return endpoint.method.call(**args)
    return endpoint.method.call(context.instance, **args)


def _after_error(context: CallContext, error: Exception) -> Exception:
    context.error = error
    for hook in context.endpoint.hooks.after_error:
        hook(context)
    status = context.endpoint.method.error_status
    if status is None or isinstance(context.error, (ClientError, ServerError)):
        return context.error
    return _with_status(context.error, status)


def _with_status(error: Exception, status: int) -> Exception:
    """An error that has no status of its own with that of its method (source: rest-api.md 4, `http.errorStatus`)."""
    made = ClientError(str(error)) if 400 <= status < 500 else ServerError(str(error))
    made.status = status
    return made


def _refuse_closed(endpoint: Endpoint, request: Request) -> Answer:
    """A closed route: authorisation first, nothing is bound or loaded (source: real-projects 2)."""
    endpoint.authorise(AccessRequest(endpoint.model, endpoint.method, None, {}, request.options))
    raise NotPorted(f"{endpoint.model}.{endpoint.method.full_name} is closed", code="NOT_PORTED")


def _answer(context: CallContext, form: Form) -> Answer:
    endpoint = context.endpoint
    empty = context.result is UNSET or (context.result is None and not endpoint.method.returns)
    status = endpoint.method.status or _chosen(context.res.status)
    answer = Answer(status or 204, None) if empty else _with_body(context, form, status or 200)
    return _as_told(answer, context.told) if endpoint.is_told else answer


def _is_nothing(body: Json) -> bool:
    """Whether a result says that there is nothing: null, false, or an object that holds only these."""
    return body is None or body is False or (isinstance(body, dict) and body.keys() == {"exists"} and not body["exists"])


def _unknown(context: CallContext) -> NotFound:
    unknown = context.args.get("id", "undefined")
    return NotFound(f'Unknown "{context.endpoint.model}" id "{unknown}".', code="MODEL_NOT_FOUND")


def _chosen(status: str | int) -> int | None:
    """The status that a method or a hook chose at the response, None where it is the usual one."""
    number = int(status[:3]) if isinstance(status, str) else int(status)
    return None if number == HTTPStatus.OK else number


def _with_body(context: CallContext, form: Form, status: int) -> Answer:
    method = context.endpoint.method
    if context.endpoint.stream is not None:
        return _streamed(context, context.endpoint.stream, status)
    text = context.endpoint.encode(context.result)
    return Answer(status, text) if form is JSON_FORM else result(text, status, form, context.request.query, method.returns[0].xml)


def _streamed(context: CallContext, stream: Returned, status: int) -> Answer:
    if not stream.json:
        return file_answer(context.result, status, stream.content_type or OCTETS)
    request = context.request
    as_events = wants_events(request.header("accept"), request.query.get("_format"))
    return events_answer(values_of(context.result), status, context.endpoint.encode, as_events=as_events)


def _as_told(answer: Answer, told: Told) -> Answer:
    """The answer with the status and headers that the result holds."""
    return answer._replace(status=told.status or answer.status, headers={**answer.headers, **told.headers})
