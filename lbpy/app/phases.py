"""Turns an application's middleware into one ordered chain of Falcon apps. Knows no model, no route and no error body.

The list is ordered by phase. Entries before the router run as Falcon middleware, those after it in Falcon's sink until
one answers; plain WSGI middleware cuts the list, and what follows becomes the inner application that it wraps.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, cast
from wsgiref.types import WSGIApplication

import falcon
from falcon.routing import CompiledRouter

from ..errors import ClientError, ProjectError, ServerError
from . import inner
from .entries import Entry, PhaseList
from .inner import Base
from .wrapping import FAILED, either, guarded, untyped

FalconApp: TypeAlias = "falcon.App[falcon.Request, falcon.Response]"
Action: TypeAlias = Callable[[falcon.Request, falcon.Response], None]
RequestPart: TypeAlias = Callable[[falcon.Request, falcon.Response, str], None]
ResourcePart: TypeAlias = Callable[[falcon.Request, falcon.Response, object, dict[str, Any]], None]
ResponsePart: TypeAlias = Callable[[falcon.Request, falcon.Response, object, bool], None]
OnError: TypeAlias = Callable[[falcon.Request, falcon.Response, Exception, dict[str, Any]], None]


# --- targets: what an entry runs --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of one entry inside Falcon; the request part also gets the prefix of the path that the entry sits at."""

    request: RequestPart | None = None
    resource: ResourcePart | None = None
    response: ResponsePart | None = None


@dataclass(frozen=True, slots=True)
class WsgiMiddleware:
    """A plain `mw(app) -> app`; everything after it runs inside."""

    wrap: Callable[[WSGIApplication], WSGIApplication]


@dataclass(frozen=True, slots=True)
class WsgiApp:
    """A whole WSGI application that answers everything at its paths."""

    app: WSGIApplication


@dataclass(frozen=True, slots=True)
class ErrorStep:
    """Sees every error at its paths: it answers, raises another error, or leaves the error to the next."""

    handle: OnError


@dataclass(frozen=True, slots=True)
class RouterMark:
    """Stands where the application's routes are; without one they come last in `routes`."""


Target: TypeAlias = Steps | WsgiMiddleware | WsgiApp | ErrorStep | RouterMark
ROUTER: Final = RouterMark()


def handler(request: RequestPart | None = None, response: ResponsePart | None = None) -> Steps:
    """An entry made of functions.

    Args:
        request: called as (req, resp, base), base being the part of the path that matched the entry's paths, else "".
        response: called as (req, resp, resource, succeeded), only if the request part ran.
    """
    return Steps(request, None, response)


def wsgi_middleware(wrap: Callable[[WSGIApplication], WSGIApplication]) -> WsgiMiddleware:
    """An entry from plain WSGI middleware, called once at set-up with what follows it."""
    return WsgiMiddleware(wrap)


def wsgi_app(app: WSGIApplication) -> WsgiApp:
    """An entry from a WSGI application; it sees its own path only (SCRIPT_NAME and PATH_INFO are shifted)."""
    return WsgiApp(app)


def error_step(handle: OnError) -> ErrorStep:
    """An entry from a function (req, resp, exception, params) that looks at errors only."""
    return ErrorStep(handle)


def falcon_middleware(component: object) -> Steps:
    """An entry from a Falcon middleware object.

    Raises:
        ProjectError: it is a class, has none of Falcon's three methods, or has them as coroutines.
    """
    request, resource, response = methods = _falcon_methods(component)
    if inspect.isclass(component) or not any(methods):
        raise ProjectError(f"{component!r} is no middleware object with process_request, process_resource or process_response")
    if any(map(inspect.iscoroutinefunction, methods)):
        raise ProjectError(f"{component!r} has coroutine methods, which a WSGI application cannot run")
    return Steps(_without_base(request) if request else None, resource, response)


def _falcon_methods(component: object) -> tuple[Action | None, ResourcePart | None, ResponsePart | None]:
    # Falcon's own protocol is "whichever of these methods exist"; asked once, at set-up
    return (
        getattr(component, "process_request", None),
        getattr(component, "process_resource", None),
        getattr(component, "process_response", None),
    )


def _without_base(process: Action) -> RequestPart:
    return lambda req, resp, _base: process(req, resp)


def as_target(thing: object) -> Target:
    """What somebody handed over as middleware: a target, a Falcon middleware object, or a callable told by its arguments.

    One required argument is WSGI middleware, two a WSGI application, four error middleware (Express tells that so, too).

    Raises:
        ProjectError: it is none of these.
    """
    if isinstance(thing, Target):
        return thing
    make = _BY_ARGUMENTS.get(_required_arguments(thing)) if callable(thing) and not any(_falcon_methods(thing)) else None
    return make(thing) if make else falcon_middleware(thing)


def _required_arguments(thing: Callable[..., object]) -> int:
    parameters = inspect.signature(thing).parameters.values()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(1 for one in parameters if one.default is one.empty and one.kind in positional)


_BY_ARGUMENTS: Final[Mapping[int, Callable[[Any], Target]]] = {1: WsgiMiddleware, 2: WsgiApp, 4: ErrorStep}


# --- the chain --------------------------------------------------------------------------------------------------------


def _keep_none(_req: falcon.Request, _error: Exception) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Host:
    """What the application puts into each Falcon app of its chain.

    Args:
        router: fulfils Falcon's router port, `find(uri, req)`.
        not_found: answers what nobody answered.
        on_error: writes the answer to an exception; headers set before stay on it.
        keeps: whether an error is kept from error middleware, because the application itself answers it.
    """

    router: object
    not_found: Action
    on_error: OnError
    keeps: Callable[[falcon.Request, Exception], bool] = _keep_none


_PLAIN: Final = PhaseList()


def build(entries: Iterable[Entry], host: Host, phases: PhaseList = _PLAIN) -> WSGIApplication:
    """Make the WSGI application; with no entries it is one Falcon app without middleware.

    Args:
        entries: in the order of registration.
        host: router, last answer, errors.
        phases: their order.

    Raises:
        ProjectError: an entry names an unknown phase.
    """
    ordered = _listed(entries, phases)
    on_error = [step for entry in ordered if (step := _error_step(entry))]
    chain = [entry for entry in ordered if not isinstance(entry.target, ErrorStep)]
    return _Builder(host, _ErrorChain(on_error, host)).outermost(chain)


def _listed(entries: Iterable[Entry], phases: PhaseList) -> list[Entry]:
    """The whole chain in order. What was mounted in `routes` comes first there, as with Express's app.use."""
    chain = [_aimed(entry) for entry in entries]
    if not _has_router(chain):
        chain.append(Entry("routes", ROUTER))
    return phases.ordered(sorted(chain, key=lambda entry: not _mounted_in_routes(entry)))


def _aimed(entry: Entry) -> Entry:
    try:
        return replace(entry, target=as_target(entry.target))
    except ProjectError as error:
        raise ProjectError(f"middleware {entry.name!r} in {entry.phase}: {error}") from error


def _mounted_in_routes(entry: Entry) -> bool:
    return entry.phase == "routes" and isinstance(entry.target, WsgiApp)


def findings(entries: Iterable[Entry], phases: PhaseList = _PLAIN) -> list[str]:
    """What will not work, as text for the boot report: resource parts that no route can reach."""
    ordered = _listed(entries, phases)
    at = next(index for index, entry in enumerate(ordered) if isinstance(entry.target, RouterMark))
    cuts = [index for index, entry in enumerate(ordered[:at]) if isinstance(entry.target, WsgiMiddleware)]
    reached = range(cuts[-1] if cuts else 0, at)
    return [
        f"{entry.name or entry.phase}: process_resource never runs, because the routes are not in the same part of the chain"
        for index, entry in enumerate(ordered)
        if isinstance(entry.target, Steps) and entry.target.resource and index not in reached
    ]


@dataclass(frozen=True, slots=True)
class _Builder:
    host: Host
    on_error: OnError

    def outermost(self, entries: list[Entry]) -> WSGIApplication:
        app = self.app(entries, routed=False)
        leads = isinstance(entries[0].target, WsgiMiddleware)
        return guarded(app, self.falcon_app([], [], _NOWHERE, _fail)) if leads else app

    def app(self, entries: list[Entry], *, routed: bool) -> WSGIApplication:
        """One Falcon app up to the next cut, around the application behind the cut."""
        cut = next((at for at, entry in enumerate(entries) if isinstance(entry.target, WsgiMiddleware)), None)
        if cut is None:
            return self.falcon_part(entries, routed, self.host.not_found)
        here, wrapper, rest = entries[:cut], entries[cut], entries[cut + 1:]
        behind = _wrapped(wrapper, self.app(rest, routed=routed or _has_router(here)))
        return self.falcon_part(here, routed, _passing_on(behind)) if here else behind

    def falcon_part(self, entries: list[Entry], routed: bool, last: Action) -> WSGIApplication:
        at = next((index for index, entry in enumerate(entries) if isinstance(entry.target, RouterMark)), None)
        if at is not None:
            return self.falcon_app(_gates(entries[:at]), _gates(entries[at + 1:]), self.host.router, last)
        early, late = ([], _gates(entries)) if routed else (_gates(entries), [])
        return self.falcon_app(early, late, _NOWHERE, last)

    def falcon_app(self, early: list[_Gate], late: list[_Gate], router: object, last: Action) -> WSGIApplication:
        response_parts = [_ResponseOnly(gate) for gate in late if isinstance(gate, _PairedGate)]
        foreign = bool(early or late or last is not self.host.not_found)
        app: FalconApp = falcon.App(
            router=cast(CompiledRouter, router),  # any object with find() will do; Falcon types its own only
            middleware=[_Unsent(), *early, *response_parts] if foreign else None,
            independent_middleware=True,
        )
        app.add_error_handler(Exception, self.on_error)
        app.add_error_handler(falcon.HTTPError, self.on_error)
        app.add_sink(_sink(late, last), re.compile(""))
        return untyped(app) if foreign else app


class _NoRoutes:
    """Falcon's router port for the parts of the chain that hold no routes."""

    def find(self, _uri: str, req: falcon.Request | None = None) -> None:
        return None


_NOWHERE: Final = _NoRoutes()


def _has_router(entries: Iterable[Entry]) -> bool:
    return any(isinstance(entry.target, RouterMark) for entry in entries)


def _sink(late: Sequence[_Gate], last: Action) -> Callable[..., None]:
    def run(req: falcon.Request, resp: falcon.Response, **_groups: object) -> None:
        for gate in late:
            gate.process_request(req, resp)
            if answered(resp):
                return
        last(req, resp)

    return run


def answered(resp: falcon.Response) -> bool:
    """Whether somebody has answered: it says complete, or a body or another status than 200 is set."""
    return (
        resp.complete
        or resp.status_code != 200
        or any(body is not None for body in (resp.text, resp.data, resp.media, resp.stream))
    )


# --- gates: who runs when ---------------------------------------------------------------------------------------------


_RAN: Final = "lbpy.ran"


def _base_of(entry: Entry) -> Base:
    return inner.base_of(entry.paths, entry.methods)


class _Gate:
    """An entry with a request part only."""

    def __init__(self, base: Base, steps: Steps) -> None:
        self._base = base
        self._request = steps.request

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        base = self._base(req.method, req.path)
        if base is not None and self._request:
            self._request(req, resp, base)


class _OpenGate(_Gate):
    """An entry with a request part only that sees every request."""

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        if self._request:
            self._request(req, resp, "")


class _PairedGate(_Gate):
    """An entry whose response part runs only where its request part was let in."""

    def __init__(self, base: Base, steps: Steps) -> None:
        super().__init__(base, steps)
        self._response = steps.response

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        base = self._base(req.method, req.path)
        if base is not None:
            req.env.setdefault(_RAN, set()).add(self)
            if self._request:
                self._request(req, resp, base)

    def ran(self, req: falcon.Request) -> bool:
        return self in req.env.get(_RAN, ())

    def process_response(self, req: falcon.Request, resp: falcon.Response, resource: object, req_succeeded: bool) -> None:
        if self._response and self.ran(req):
            self._response(req, resp, resource, req_succeeded)


class _ResourceGate(_PairedGate):
    """An entry that looks at the resource found as well."""

    def __init__(self, base: Base, steps: Steps, resource: ResourcePart) -> None:
        super().__init__(base, steps)
        self._resource = resource

    def process_resource(self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]) -> None:
        if self.ran(req):
            self._resource(req, resp, resource, params)


class _ResponseOnly:
    """The response part of an entry whose request part runs in the sink."""

    def __init__(self, gate: _PairedGate) -> None:
        self.process_response = gate.process_response


class _Unsent:
    """Closes the stream that Falcon will not send; listed first, so that it runs last."""

    def process_response(self, req: falcon.Request, resp: falcon.Response, resource: object, req_succeeded: bool) -> None:
        if resp.stream is not None and (req.method == "HEAD" or resp.status_code in (204, 304)):
            inner.close(resp.stream)
            resp.stream = ()  # still a stream, lest Falcon adds a length of 0


def _gates(entries: Iterable[Entry]) -> list[_Gate]:
    return [_gate(_base_of(entry), steps) for entry in entries if (steps := _steps(entry.target))]


def _steps(target: object) -> Steps | None:
    if isinstance(target, WsgiApp):
        return Steps(_mounted(target.app))
    return target if isinstance(target, Steps) else None


def _gate(base: Base, steps: Steps) -> _Gate:
    if steps.resource:
        return _ResourceGate(base, steps, steps.resource)
    if steps.response:
        return _PairedGate(base, steps)
    return _OpenGate(base, steps) if base is inner.everywhere else _Gate(base, steps)


# --- errors -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _ErrorGate:
    base: Base
    handle: OnError


def _error_step(entry: Entry) -> _ErrorGate | None:
    return _ErrorGate(_base_of(entry), entry.target.handle) if isinstance(entry.target, ErrorStep) else None


@dataclass(frozen=True, slots=True)
class _ErrorChain:
    """Falcon's error handler: the error steps in order until one answers, then the application's own answer."""

    steps: Sequence[_ErrorGate]
    host: Host

    def __call__(self, req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]) -> None:
        _empty(resp)
        error = _translated(error, resp)
        for step in () if self.host.keeps(req, error) else self.steps:
            error = _tried(step, req, resp, error, params)
            if answered(resp):
                return
        self.host.on_error(req, resp, error, params)


def _tried(
    step: _ErrorGate, req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]
) -> Exception:
    """The error that is left after a step looked at it: the same, or another that the step raised."""
    try:
        if step.base(req.method, req.path) is not None:
            step.handle(req, resp, error, params)
    except falcon.HTTPStatus:
        raise
    except Exception as another:
        _empty(resp)
        return _translated(another, resp)
    return error


def _empty(resp: falcon.Response) -> None:
    """Take back what was answered before the error; headers stay, as in Express, save those about the body."""
    inner.close(resp.stream)
    for name in ("Content-Type", "Content-Encoding", "Content-Length"):
        resp.delete_header(name)
    resp.stream = resp.text = resp.data = resp.media = None
    resp.status = falcon.HTTP_200
    resp.complete = False


def _translated(exception: Exception, resp: falcon.Response) -> Exception:
    """An error of Falcon's as one of ours, so that all bodies look alike."""
    if not isinstance(exception, falcon.HTTPError):
        return exception
    resp.set_headers(exception.headers or {})
    text = exception.description or exception.title or ""
    ours = ClientError(text) if exception.status_code < 500 else ServerError(text)
    ours.status = exception.status_code
    ours.__cause__ = exception
    return ours


# --- applications inside ----------------------------------------------------------------------------------------------


def _wrapped(entry: Entry, app: WSGIApplication) -> WSGIApplication:
    """The application in its middleware, which others than the entry's requests do not see."""
    around, base = cast(WsgiMiddleware, entry.target).wrap(app), _base_of(entry)
    return around if base is inner.everywhere else either(base, around, app)


def _fail(req: falcon.Request, _resp: falcon.Response) -> None:
    raise cast(Exception, req.env[FAILED])


def _passing_on(app: WSGIApplication) -> Action:
    def step(req: falcon.Request, resp: falcon.Response) -> None:
        req.env["PATH_INFO"] = _path_info(req)
        _take_over(inner.call(app, req.env), resp)

    return step


def _mounted(app: WSGIApplication) -> RequestPart:
    def request(req: falcon.Request, resp: falcon.Response, base: str) -> None:
        environ = inner.below(req.env, _path_info(req), inner.tunnelled(base))
        _take_over(inner.call(app, environ), resp)

    return request


def _path_info(req: falcon.Request) -> str:
    """The path as WSGI carries it, with what a Falcon middleware made of it by setting req.path."""
    sent = cast(str, req.env["PATH_INFO"])
    return sent if inner.decoded(sent) == req.path else inner.tunnelled(req.path)


def _take_over(answer: inner.Answer, resp: falcon.Response) -> None:
    resp.status = answer.status
    resp.content_type = ""
    known = set[str]()
    for name, value in answer.headers:
        _take_header(resp, name.lower(), value, known)
    resp.stream = answer.body
    resp.complete = True


def _take_header(resp: falcon.Response, name: str, value: str, known: set[str]) -> None:
    """Replace what was set outside, but keep several headers of one name; Set-Cookie and Vary add up anyway."""
    if name == "vary":
        add_vary(resp, *value.split(","))
    elif name == "set-cookie" or name in known:
        resp.append_header(name, value)
    else:
        resp.set_header(name, value)
    known.add(name)


def add_vary(resp: falcon.Response, *names: str) -> None:
    """Say that the answer depends on these request headers, each named once."""
    named = resp.get_header("vary")
    if named is None:
        resp.set_header("Vary", ", ".join(map(str.strip, names)))
        return
    listed = [name.strip() for name in named.split(",")]
    seen = {name.lower() for name in listed}
    resp.set_header("Vary", ", ".join(listed + [name.strip() for name in names if name.strip().lower() not in seen]))
