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
from ..data.bound import if_bound
from ..data.contract import Connector, Crud, MakeConnector, SourcePlace
from ..data.persisted import PersistedModel
from ..data.source import DataSource
from ..errors import ClientError, DefinitionError, NotFound, NotPorted, OperatorError, UnreadablePath
from ..model.base import Model
from ..model.declare import Definer, class_from_json
from ..model.remote import PHASES, Phase, RemoteHook, RemoteObserver
from ..plugins import Plugins
from ..remoting.access import Authorizer, everybody, nobody_known
from ..remoting.current import entering, identify
from ..remoting.forms import failure, unanswered
from ..remoting.negotiation import error_form
from ..remoting.problem import ERROR_OPTIONS, JSON_ONLY, Telling, failure_of, telling_of
from ..remoting.querystring import parse
from ..remoting.resource import CLOSED, send
from ..remoting.router import Router
from ..types import Json
from .api import Api
from .bindings import Bindings
from .configuration import Configuration
from .context import in_own_context
from .entries import Entry, Factory, PhaseList
from .mixins import Mixins
from .phases import Host, Steps, build, handler, wsgi_app
from .ported import Patterns
from .project.report import Report
from .proxy import forwarding
from .publish import Switches
from .registry import Registry

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
        self.root: str = fspath(root) if root is not None else "."
        self.configuration: Configuration = configuration or Configuration()
        self.registry: Registry = Registry()
        self.connectors: Plugins[MakeConnector] = Plugins("lbpy.connectors")
        self.middleware_factories: Plugins[Factory] = Plugins("lbpy.middleware")
        self.built_in_models: Plugins[type[Model]] = Plugins("lbpy.models")
        self.components: Plugins[Component] = Plugins("lbpy.components")
        self.mixins: Mixins = Mixins()
        self.settings: dict[str, Any] = {}
        self.report: Report = Report()
        self.phases: PhaseList = PhaseList()
        self._definer = Definer(self.registry.find_model)
        self._bindings = Bindings(self.registry, self._definer, self.configuration.settings)
        self._api = Api(self.configuration, self.registry, self._definer, self._renew)
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
                self._router = self._api.router(self._make_authorizer(), self.report, self._no_method)
                host = Host(router=self._router, not_found=self._not_found, on_error=self._on_error, keeps=self._keeps)
                self._wsgi = entering(build(self._entries, host, self.phases))
            return self._wsgi

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
        options = req.env.get(ERROR_OPTIONS)
        if options is None and _UNANSWERED in req.env:
            send(unanswered(req.method, req.path), resp)
            return
        telling = self._telling(req, error, options)
        form = error_form(req.get_header("Accept"), _format_of(req), telling.default_type, negotiate=telling.negotiate)
        told = failure_of(error, telling, lambda: identify(req.env, trusted=False))
        send(failure(told, form, telling.root), resp)

    def _telling(self, req: falcon.Request, error: Exception, options: Mapping[str, Any] | None) -> Telling:
        if self._keeps(req, error):
            return self.configuration.telling
        return JSON_ONLY if options is None else telling_of(options)

    # -- composing -----------------------------------------------------------

    def data_source(self, name: str, *, connector: str | None = None, **settings: Json) -> DataSource:
        """Make a data source known; nothing is opened yet.

        Args:
            name: its name in this application.
            connector: "memory", "sqlite", "postgresql" ... or the name of any installed connector; default the scheme of `url`, as
                in LoopBack (source: datasources.md 1): `url="memory://"`, `"sqlite:///shop.db"`, `"postgresql://..."`, `"mongodb://..."`.
            settings: as in LoopBack's datasources.json (`file=...`, `url=...`, `autoupdate=True`).

        Raises:
            PluginError: no such connector; the text says what to install.
            OperatorError: neither connector nor URL.
        """
        return self.add_source(name, connector or _scheme(name, settings.get("url")), settings)

    def add_source(self, name: str, connector: str, settings: Mapping[str, Json]) -> DataSource:
        """The same as `data_source`, with the settings in a mapping."""
        made: Connector[Crud] = self.connectors.get(connector)(settings, SourcePlace(name, self.root))
        source = DataSource(name, made, settings, self)
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
            DefinitionError: its declaration cannot be read.
            OperatorError: it is bound already, or its name is taken.
        """
        self.attach(model, data_source)
        if public is not False:
            self.serve(model, everything=public is True)
        return model

    def attach(self, model: type[Model], data_source: DataSource | str | None) -> None:
        """Bind a model class without serving it; arguments and errors as of `model`."""
        self.attach_all([(model, data_source)])

    def attach_all(self, models: Iterable[tuple[type[Model], DataSource | str | None]]) -> None:
        """Bind model classes that may refer to each other, with their mixins; arguments and errors as of `model`."""
        homes = list(models)
        for model, _ in homes:
            self._mix(model)
        self.attach_mixed(homes)

    def _mix(self, model: type[Model]) -> None:
        missing = self.mixins.apply(model)
        if missing:
            raise DefinitionError(f"{model.__name__} uses unknown mixins: {', '.join(missing)}")

    def attach_mixed(self, models: Iterable[tuple[type[Model], DataSource | str | None]]) -> None:
        """Bind model classes whose mixins were applied already; arguments and errors as of `model`."""
        homes = [(model, self.registry.source(one) if isinstance(one, str) else one) for model, one in models]
        for model, _ in homes:
            name = str(model.declaration__.spec.get("name") or model.__name__)
            self._check_free(name, model)
            self.registry.add_model(name, model)
        self._bindings.add(homes)
        self._renew()

    def define_models(
        self, definitions: Sequence[Mapping[str, Json]], data_source: DataSource, base: type[PersistedModel] | None = None
    ) -> list[type[PersistedModel]]:
        """Make classes of LoopBack's model JSON and bind them, without routes; see `DataSource.discover_and_build_models`.

        Args:
            definitions: parsed model JSON, which may refer to each other.
            data_source: where their instances are kept.
            base: the class that they inherit from, default PersistedModel.
        """
        models = [class_from_json(one, base or PersistedModel) for one in definitions]
        self.attach_all([(model, data_source) for model in models])
        return models

    def serve(self, model: type[Model], *, everything: bool, switches: Switches = (), closed: Patterns = ()) -> None:
        """Give a bound model routes.

        Args:
            everything: methods that write many instances at once included.
            switches: patterns of method names switched on or off; they go before those that the class says itself.
            closed: patterns of methods whose routes answer 501, ("**",) for all.

        Raises:
            DefinitionError: a remote method of it cannot be read.
        """
        self._api.serve(model, everything=everything, switches=switches, closed=closed)

    def disable_methods(self, model: type[Model] | str, *names: str) -> None:
        """Take the routes of remote methods away; code may go on calling them (source: rest-api.md 8).

        Args:
            model: a class that is served, or its name.
            names: "create", "prototype.patchAttributes", an alias, or a pattern with `*`.

        Raises:
            OperatorError: the model is not served.
        """
        self._api.disable(model, names)

    def missing_functions(self, model: type[Model]) -> tuple[str, ...]:
        """The methods in the JSON of a bound model that have no Python function yet, by the names that they have there."""
        return self._api.missing_functions(model)

    def _renew(self) -> None:
        """Have the routes made anew at the next request."""
        self._wsgi = None

    def before_remote(self, pattern: str, hook: RemoteObserver) -> None:
        """Let a callable with one argument, the call, run before remote methods of any model (source: logic.md 2).

        Args:
            pattern: "Product.find", "Product.prototype.*", "*.create", "**" (all).
            hook: may change the arguments; what it raises keeps the method from running.
        """
        self._api.add_hook(RemoteHook("before", pattern, hook))

    def after_remote(self, pattern: str, hook: RemoteObserver) -> None:
        """Let a hook run after remote methods; it may replace the result. Arguments as of `before_remote`."""
        self._api.add_hook(RemoteHook("after", pattern, hook))

    def after_remote_error(self, pattern: str, hook: RemoteObserver) -> None:
        """Let a hook run when remote methods failed; it may replace the error. Arguments as of `before_remote`."""
        self._api.add_hook(RemoteHook("error", pattern, hook))

    def remoting_phase(self, phase: Phase, hook: RemoteObserver) -> None:
        """Let a callable with one argument, the call, run around the phases of every call of a remote method (source: logic.md 2).

        It is what `app.remotes().phases.addBefore('invoke', 'x').use(fn)` is in LoopBack.

        Args:
            phase: "before auth": nobody has checked access yet. "before invoke": access is checked, and all remote hooks come after
                it. "after invoke": after the method and its hooks.
            hook: what it raises ends the call as the error of a remote hook does. Those of one phase run as they were added.

        Raises:
            OperatorError: there is no such phase.
        """
        if phase not in PHASES:
            raise OperatorError(f"no remoting phase is called {phase!r}; use one of {', '.join(PHASES)}")
        self._api.add_hook(RemoteHook(phase, "**", hook))

    def _check_free(self, name: str, model: type[Model]) -> None:
        known = self.registry.find_model(name)
        if known is not None and known is not model:
            raise OperatorError(f"this application has a model called {name} already")
        if if_bound(model) is not None:
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

    def closing(self) -> Steps:
        """An entry for where middleware is missing that may have guarded its paths: what comes this way is answered 501.

        Routes authorise first (source: real-projects.md 2).
        """
        return handler(self._close)

    def _close(self, req: falcon.Request, _resp: falcon.Response, _base: str) -> None:
        if self._router is None or self._router.find(req.path, req) is None:
            raise NotPorted("middleware that may guard is missing", code="NOT_PORTED")
        req.env[CLOSED] = True

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
        self.authorise_with(lambda: nobody_known(self._api.rules_of))

    def authorise_with(self, make: Callable[[], Authorizer]) -> None:
        """Have an authorizer decide on every call; it is made when all models are known."""
        self._make_authorizer = make
        self._renew()

    def mount(self, path: str, app: WSGIApplication, *, phase: str = "routes") -> None:
        """Let another WSGI application answer everything below a path.

        Args:
            path: such as "/legacy"; to the other application it is SCRIPT_NAME.
            app: a WSGI callable; it reads the body of the request itself.
            phase: as of `middleware`; in "routes" it comes before the routes of the API.
        """
        self.add_entry(Entry(phase, wsgi_app(app), (path,)))

    def routes(self) -> list[tuple[str, str, str]]:
        """(verb, path, "Model.method") of every route, in the order in which they are looked at: longer paths of models first."""
        return self._api.routes(self._make_authorizer())

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
            self.mixins.undo()
            for source in self.registry.sources():
                source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _scheme(source: str, url: object) -> str:
    scheme, colon, _ = url.partition("://") if isinstance(url, str) else ("", "", "")
    if not colon:
        raise OperatorError(f"data source {source}: say connector=... or url=..., such as memory://")
    return scheme.partition("+")[0]  # mongodb+srv


def _format_of(req: falcon.Request) -> Any:
    """`_format` in the query, None where it is missing or the query cannot be read."""
    try:
        return parse(req.query_string).get("_format") if req.query_string else None
    except ClientError:
        return None
