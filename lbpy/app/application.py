"""App: the WSGI callable that owns models, data sources, routes and middleware. Reads no project files."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike, fspath
from typing import Any, Final, Self, TypeAlias, TypeVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import falcon

from ..data.attach import release
from ..data.contract import Connector, Crud, MakeConnector, Place
from ..data.source import DataSource
from ..errors import ClientError, DefinitionError, NotFound, OperatorError, UnreadablePath
from ..model.base import Model
from ..model.declare import Definer
from ..model.masking import mask_of
from ..model.remote import RemoteHook, RemoteHooks, RemoteObserver
from ..plugins import Plugins
from ..remoting.access import Authorizer, everybody, nobody_known
from ..remoting.current import entering, identify
from ..remoting.declared import Language
from ..remoting.forms import failure, unanswered
from ..remoting.negotiation import error_form
from ..remoting.problem import JSON_ONLY, OPTIONS, Telling, failure_of, telling_of
from ..remoting.querystring import parse
from ..remoting.resource import HTTP_MARKERS, mounted, send
from ..remoting.router import Place as RoutedPlace
from ..remoting.router import Router
from ..types import CLIENT
from .bindings import Bindings
from .configuration import Configuration
from .context import in_own_context
from .entries import Entry, Factory, PhaseList
from .loose_ends import loose_ends
from .mixins import Mixins
from .phases import Host, build, wsgi_app
from .ported import Patterns
from .proxy import forwarding
from .publish import Published, Surroundings, Switches, endpoints_of, path_of
from .registry import Registry
from .report import Report

M = TypeVar("M", bound=Model)

Component: TypeAlias = Callable[["App", Mapping[str, Any]], None]
"""What the entry-point group `lbpy.components` offers: called once with the application and its options."""

Enable: TypeAlias = Callable[["App", DataSource | None, frozenset[str]], None]
"""What the entry-point group `lbpy.authorizers` offers: called once, with where missing models go and roles that only deny, it
sets the application's authorizer."""

log: Final = logging.getLogger("lbpy.app")

_UNANSWERED: Final = "lbpy.unanswered"
"""Key in environ: nobody answered the request."""


class App:
    """One application: a WSGI callable.

    Args:
        root: the folder that relative paths (of SQLite files and the like) start from; default the current one.
        configuration: everything that config.json can say; default what a new project has.

    Use it as a context manager, or call `close()`, to release its classes: in tests each test makes its own.
    """

    def __init__(self, *, root: str | PathLike[str] | None = None, configuration: Configuration | None = None) -> None:
        self.root = fspath(root) if root is not None else "."
        self.configuration = configuration or Configuration()
        self.registry = Registry()
        self.connectors: Plugins[MakeConnector] = Plugins("lbpy.connectors")
        self.middleware_factories: Plugins[Factory] = Plugins("lbpy.middleware")
        self.built_in_models: Plugins[type[Model]] = Plugins("lbpy.models")
        self.components: Plugins[Component] = Plugins("lbpy.components")
        self.mixins = Mixins()
        self.settings: dict[str, Any] = {}
        self.report = Report()
        self.phases = PhaseList()
        self._definer = Definer(self.registry.find_model)
        self._bindings = Bindings(self.registry, self._definer, self.configuration.settings)
        self._published: dict[str, Published] = {}
        self._remote_hooks = RemoteHooks()
        self._entries: list[Entry] = []
        self._starting: list[Callable[[], None]] = []
        self._closing: list[Callable[[], None]] = []
        self._make_authorizer: Callable[[], Authorizer] = lambda: everybody
        self._forwarding = forwarding(self.configuration.trust_proxy)
        self._lock = threading.Lock()
        self._wsgi: WSGIApplication | None = None
        self._router: Router | None = None

    # -- serving -------------------------------------------------------------

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        # The id goes into the server's own environ, not into a copy: its access log reads it there.
        identify(environ, trusted=self._forwarding is not None and self._forwarding.trusts(environ))
        if self._forwarding is not None:
            environ = self._forwarding.applied(environ)
        environ["lbpy.app"] = self
        return in_own_context(self._wsgi or self._built(), environ, start_response)

    def _built(self) -> WSGIApplication:
        with self._lock:
            if self._wsgi is None:
                self._router = self._make_router()
                host = Host(router=self._router, not_found=self._not_found, on_error=self._on_error, keeps=self._keeps)
                self._wsgi = entering(build(self._entries, host, self.phases))
            return self._wsgi

    def _make_router(self) -> Router:
        for one in loose_ends(self.registry, self.report):
            log.warning("%s", one.line())
        around, limits = self._surroundings(), self.configuration.body_limits
        places = [
            RoutedPlace(name, path_of(around.normalize_paths, one), mounted(name, endpoints_of(around, one), limits, self._request_options))
            for name, one in self._published.items()
        ]
        unknown = self._no_method if self.configuration.handle_unknown_paths else None
        return Router(self.configuration.api_root, places, unknown)

    def _request_options(self, req: falcon.Request) -> dict[str, Any]:
        limits = self.configuration.settings.limits
        return {
            CLIENT: True,
            "maxDepthOfQuery": limits.where_depth,
            "maxDepthOfData": limits.data_depth,
            "accessToken": req.env.get("lbpy.token"),
            "authorizedRoles": {},
        }

    def _no_method(self, req: falcon.Request, resp: falcon.Response, /) -> None:
        assert self._router is not None
        below = self._router.below_root(req.env) or []
        query = f"?{req.query_string}" if req.query_string else ""
        place = self._router.place_of(below)
        if place is None:
            raise NotFound(f"There is no method to handle {req.method} /{'/'.join(below)}{query}")
        name, size = place
        rest = "/".join(below[size:])
        raise NotFound(f'Shared class "{name}" has no method handling {req.method} /{rest}{query}')

    def _not_found(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.env[_UNANSWERED] = True
        raise NotFound(f"Cannot {req.method} {req.relative_uri}")

    # -- errors --------------------------------------------------------------

    def _keeps(self, req: falcon.Request, error: Exception) -> bool:
        """Whether an error is one of the API, and these are answered here (source: rest-api.md 7, `rest.handleErrors`)."""
        return self.configuration.handle_errors and (req.uri_template is not None or isinstance(error, UnreadablePath))

    def _on_error(self, req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]) -> None:
        options = req.env.get(OPTIONS)
        if options is None and _UNANSWERED in req.env:
            send(unanswered(req.method, req.path), resp)
            return
        telling = self._telling(req, error, options)
        form = error_form(req.get_header("Accept"), _format_of(req), telling.default_type, negotiate=telling.negotiate)
        send(failure(failure_of(error, telling), form, telling.root), resp)

    def _telling(self, req: falcon.Request, error: Exception, options: Mapping[str, Any] | None) -> Telling:
        if self._keeps(req, error):
            return self.configuration.telling
        return JSON_ONLY if options is None else telling_of(options)

    # -- composing -----------------------------------------------------------

    def data_source(self, name: str, *, connector: str, **settings: Any) -> DataSource:
        """Make a data source known; nothing is opened yet.

        Args:
            name: its name in this application.
            connector: "memory", "sqlite", "postgresql" ... or the name of any installed connector.
            settings: as in LoopBack's datasources.json (`file=...`, `url=...`, `autoupdate=True`).

        Raises:
            PluginError: no such connector; the text says what to install.
        """
        return self.add_source(name, connector, settings)

    def add_source(self, name: str, connector: str, settings: Mapping[str, Any]) -> DataSource:
        """The same as `data_source`, with the settings in a mapping."""
        made: Connector[Crud] = self.connectors.get(connector)(settings, Place(name, self.root))
        source = DataSource(name, made, settings)
        self.registry.add_source(source)
        return source

    def model(self, model: type[M], *, data_source: DataSource | str | None = None, public: bool | None = None) -> type[M]:
        """Bind a model class to a data source and serve it.

        Args:
            model: the class; it is bound itself, its subclasses are not.
            data_source: where its instances are kept; None for models without a store.
            public: False: no routes. True: every route, those that write many instances at once included.
                Default: all routes but these.

        Returns:
            The class.

        Raises:
            DefinitionError: its declaration cannot be read. OperatorError: it is bound already, or its name is taken.
        """
        missing = self.mixins.apply(model)
        if missing:
            raise DefinitionError(f"{model.__name__} uses unknown mixins: {', '.join(missing)}")
        self.attach(model, data_source)
        if public is not False:
            self.serve(model, everything=public is True)
        return model

    def attach(self, model: type[Model], data_source: DataSource | str | None) -> None:
        """Bind a model class without serving it; arguments and errors as of `model`."""
        self.attach_all([(model, data_source)])

    def attach_all(self, models: Iterable[tuple[type[Model], DataSource | str | None]]) -> None:
        """Bind model classes that may refer to each other; arguments and errors as of `model`."""
        homes = [(model, self.registry.source(one) if isinstance(one, str) else one) for model, one in models]
        for model, _ in homes:
            name = str(model.declaration__.spec.get("name") or model.__name__)
            self._check_free(name, model)
            self.registry.add_model(name, model)
        self._bindings.add(homes)
        self._renew()

    def serve(self, model: type[Model], *, everything: bool, switches: Switches = (), closed: Patterns = ()) -> None:
        """Give a bound model routes.

        Args:
            everything: methods that write many instances at once included.
            switches: patterns of method names switched on or off.
            closed: patterns of methods whose routes answer 501, ("**",) for all.
        """
        definition = self._definer.definition(model)
        self._published[definition.name] = Published(model, definition, definition.path, everything, switches, closed)
        model.remote_hooks__.watch(self._renew)
        self._renew()

    def _renew(self) -> None:
        """Have the routes made anew at the next request."""
        self._wsgi = None

    def before_remote(self, pattern: str, hook: RemoteObserver) -> None:
        """Let a callable with one argument, the call, run before remote methods of any model (source: logic.md 2).

        Args:
            pattern: "Product.find", "Product.prototype.*", "*.create", "**" (all).
            hook: may change the arguments; what it raises keeps the method from running.
        """
        self._add_hook(RemoteHook("before", pattern, hook))

    def after_remote(self, pattern: str, hook: RemoteObserver) -> None:
        """Let a hook run after remote methods; it may replace the result. Arguments as of `before_remote`."""
        self._add_hook(RemoteHook("after", pattern, hook))

    def after_remote_error(self, pattern: str, hook: RemoteObserver) -> None:
        """Let a hook run when remote methods failed; it may replace the error. Arguments as of `before_remote`."""
        self._add_hook(RemoteHook("error", pattern, hook))

    def _add_hook(self, hook: RemoteHook) -> None:
        self._remote_hooks.add(hook)
        self._renew()

    def _check_free(self, name: str, model: type[Model]) -> None:
        known = self.registry.find_model(name)
        if known is not None and known is not model:
            raise OperatorError(f"this application has a model called {name} already")
        if vars(model).get("bound__") is not None:
            raise OperatorError(f"{name} is bound already; close() the application that bound it first")

    def __getitem__(self, built_in: type[M]) -> type[M]:
        """This application's class of a built-in model: its registered subclass, else the class itself."""
        found = self.registry.model_by_type(built_in)
        assert issubclass(found, built_in)
        return found

    def middleware(self, phase: str, middleware: object, *, paths: Sequence[str] = ()) -> None:
        """Put middleware into a phase.

        Args:
            phase: "initial", "session", "auth", "parse", "routes", "files", "final", with ":before" or ":after" if wanted.
            middleware: a Falcon middleware object, or plain WSGI middleware: a callable given an app that returns one.
            paths: path prefixes that it sees; default all.
        """
        self.add_entry(Entry(phase, middleware, tuple(paths)))

    def add_entry(self, entry: Entry) -> None:
        """Put a prepared entry into the middleware chain."""
        self._entries.append(entry)
        self._renew()

    def enable_auth(self, *, data_source: DataSource | str | None = None, unported_roles: frozenset[str] = frozenset()) -> None:
        """Switch access control on: the installed authorizer decides on every call (source: auth.md 3).

        Where none is installed nobody is known, and models with a rule that denies answer 401.

        Args:
            data_source: where the built-in models go that the application has not (users, tokens, roles, rules).
            unported_roles: roles that nobody can resolve, "*" for all unknown ones: they count where a rule denies, nowhere else.
        """
        source = self.registry.source(data_source) if isinstance(data_source, str) else data_source
        installed: Plugins[Enable] = Plugins("lbpy.authorizers")
        for name in installed.names()[:1]:
            installed.get(name)(self, source, unported_roles)
            return
        self.authorise_with(lambda: nobody_known(self._rules_of))

    def authorise_with(self, make: Callable[[], Authorizer]) -> None:
        """Have an authorizer decide on every call; it is made when all models are known."""
        self._make_authorizer = make
        self._renew()

    def _rules_of(self, model: str) -> Sequence[Any]:
        published = self._published.get(model)
        rules: Sequence[Any] = published.definition.setting("acls") or () if published else ()
        return rules

    def mount(self, path: str, app: WSGIApplication, *, phase: str = "routes") -> None:
        """Let another WSGI application answer everything below a path."""
        self.add_entry(Entry(phase, wsgi_app(app), (path,)))

    def routes(self) -> list[tuple[str, str, str]]:
        """(verb, path, "Model.method") of every route, in the order in which they are looked at."""
        around = self._surroundings()
        return [
            (one.route.verb.upper(), self._path(around, published, one.route.path), f"{name}.{one.method.full_name}")
            for name, published in self._published.items()
            for one in endpoints_of(around, published)
        ]

    def _path(self, around: Surroundings, published: Published, below: str) -> str:
        root = self.configuration.api_root.rstrip("/")
        return f"{root}{path_of(around.normalize_paths, published)}{below}".rstrip("/")

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            limits=self.configuration.settings.limits,
            is_model=lambda name: self.registry.find_model(name) is not None,
            authorise=self._make_authorizer(),
            masks={cls: mask for _, cls in self.registry.models() if cls.definition__ and (mask := mask_of(cls.definition__)) is not None},
            language=Language(dict(self.registry.models()), self._definer.definition, HTTP_MARKERS),
            hooks=self._remote_hooks.all(),
            normalize_paths=self.configuration.normalize_paths,
            offer=self.configuration.offer,
        )

    # -- starting and ending -------------------------------------------------

    def on_start(self, callback: Callable[[], None]) -> None:
        """Have something done before the application is served, when its stores may be used."""
        self._starting.append(callback)

    def start(self) -> None:
        """Do once what is to be done before the application is served."""
        due, self._starting = self._starting, []
        for callback in due:
            callback()

    def on_close(self, callback: Callable[[], None]) -> None:
        """Have something done when the application is closed, before its models are released."""
        self._closing.append(callback)

    def close(self) -> None:
        """Release the models and give back what data sources opened."""
        try:
            for callback in self._closing:
                callback()
        finally:
            for _, model in self.registry.models():
                release(model)
            for source in self.registry.sources():
                source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _format_of(req: falcon.Request) -> Any:
    """`_format` in the query, None where it is missing or the query cannot be read."""
    try:
        return parse(req.query_string).get("_format") if req.query_string else None
    except ClientError:
        return None
