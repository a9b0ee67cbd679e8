"""Applies what a project folder says, in one fixed order: sources, models, middleware, components, scripts. Reads no file itself."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any, Final

from ..data.persisted import PersistedModel
from ..errors import DefinitionError, ProjectError, SettingError
from ..model.base import Model
from ..model.definition import CONFIGURED_ACLS
from ..plugins import Plugins
from ..remoting.body import BodyLimits
from ..remoting.negotiation import offer_of
from ..remoting.problem import telling_of
from ..types import Json
from . import storeless
from .application import App
from .code import ProjectCode
from .configuration import Configuration
from .entries import Factory, MiddlewareEntry, Place, entries_of
from .loose_ends import loose_ends
from .phases import findings
from .ported import EVERYTHING, Patterns, Porting, united
from .project.models import ModelEntry
from .project.reading import Installed, Project, read_project
from .project.settings import AppConfig
from .project.sources import SourceConfig
from .publish import Switches

log: Final = logging.getLogger("lbpy.boot")

ROOTS: Final[Mapping[str, type[Model]]] = {"Model": Model, "PersistedModel": PersistedModel}
Seeding = Callable[[App, Project], Callable[[], None] | None]
Auditing = Callable[[App, Project], None]
NOT_OVERRIDDEN: Final = frozenset({"base", "super", "relations", "acls", "dataSource"})


def boot(project: str | PathLike[str]) -> App:
    """The application that a LoopBack project folder describes; its JSON files stay as they are.

    Args:
        project: the folder, or one above it.

    Returns:
        The application, ready to be served. What was found in the folder is logged.

    Raises:
        ProjectError: something in it keeps it from starting; the text names file, key and remedy.
    """
    found = read(project)
    app = served(found)
    audit(app, found)
    for line in app.report.lines():
        log.warning("%s", line)
    return app


def read(project: str | PathLike[str], environ: Mapping[str, str] = os.environ, *, stand_in: str = "") -> Project:
    """What a project folder says, with everything that is installed known.

    Args:
        project: the folder, or one above it.
        environ: environment variables, as of read_project.
        stand_in: name of a connector for data sources that cannot be used; "": their models are closed.

    Raises:
        ProjectError: there is no project, or a file of it cannot be opened.
    """
    connectors: Plugins[Any] = Plugins("lbpy.connectors")
    middleware: Plugins[Any] = Plugins("lbpy.middleware")
    components: Plugins[Any] = Plugins("lbpy.components")
    mixins: Plugins[Any] = Plugins("lbpy.mixins")
    installed = Installed(
        connectors=frozenset(connectors.names()),
        middleware=frozenset(middleware.names()),
        components=frozenset(components.names()),
        offered_mixins=frozenset(mixins.names()),
        stand_in=stand_in,
    )
    return judged(read_project(os.fspath(project), environ, installed))


def judged(project: Project) -> Project:
    """The project with the verdict on its scripts, which cannot run; findings go to its report (source: real-projects.md 2)."""
    porting: Plugins[Porting] = Plugins("lbpy.porting")
    return replace(project, ported=united(porting.get(name)(project) for name in porting.names()))


def served(project: Project) -> App:
    """The application of a project that was read, with everything done that is due before it is served; errors as of `started`."""
    app = started(project)
    try:
        app.start()
    except Exception:
        app.close()
        raise
    return app


def started(project: Project) -> App:
    """The application of a project that was read, its boot scripts run.

    Raises:
        ProjectError: its report has a finding that refuses, or a Python file of it raises; the text names it.
    """
    app, code = _assembled(project)
    code.run_boot_scripts(app)
    loose_ends(app.registry, app.report)
    return app


def rehearsed(project: Project) -> App:
    """The same without running boot scripts, so that no store is touched; errors as of `started`."""
    app, _ = _assembled(project)
    loose_ends(app.registry, app.report)
    return app


def audit(app: App, project: Project) -> None:
    """Have whoever is installed for it add to the report of a project what its access rules leave open or close."""
    auditors: Plugins[Auditing] = Plugins("lbpy.auditors")
    for name in auditors.names():
        auditors.get(name)(app, project)


def _assembled(project: Project) -> tuple[App, ProjectCode]:
    refused = [one for one in project.report.findings if one.level == "refuse"]
    if refused:
        raise ProjectError("\n".join(one.line() for one in refused))
    app = App(root=project.root, configuration=configuration_of(project.config))
    app.report = project.report
    app.settings.update(project.config.values)
    code = ProjectCode(project)
    app.on_close(code.counterparts.forget)
    code.add_mixins(app)
    _add_sources(app, project)
    _add_models(app, project, code)
    _add_middleware(app, project, code)
    code.add_components(app)
    if project.ported.enables_auth or project.config.enable_auth:
        app.enable_auth(unported_roles=project.ported.roles)
    _add_seeds(app, project)
    return app, code


def _add_seeds(app: App, project: Project) -> None:
    """Have the first rows of an installation stored at the start, by whoever is installed for it."""
    seeds: Plugins[Seeding] = Plugins("lbpy.seeding")
    for name in seeds.names():
        sow = seeds.get(name)(app, project)
        if sow is not None:
            app.on_start(sow)


def configuration_of(config: AppConfig) -> Configuration:
    """The frozen record that the application works with."""
    remoting = config.remoting
    body = BodyLimits(
        json=remoting.json.limit,
        urlencoded=remoting.form.limit,
        strict=remoting.json.strict,
        extended=remoting.form.extended,
        replace_invalid=config.settings.old("acceptInvalidUtf8"),
    )
    return Configuration(
        api_root=config.rest_api_root,
        settings=config.settings,
        body_limits=body,
        offer=offer_of(remoting.rest.supported_types, xml=remoting.rest.xml),
        telling=telling_of(remoting.error_handler),
        handle_errors=remoting.rest.handle_errors,
        handle_unknown_paths=remoting.rest.handle_unknown_paths,
        normalize_paths=remoting.rest.normalize_http_path,
        shared=tuple(remoting.shared_methods.items()),
        trust_proxy=config.trust_proxy,
        array_item_delimiters=remoting.rest.array_item_delimiters,
    )


def _add_sources(app: App, project: Project) -> None:
    for name, one in project.sources.items():
        if not one.closed:
            _add_source(app, name, one)


def _add_source(app: App, name: str, config: SourceConfig) -> None:
    try:
        app.add_source(name, config.connector, config.settings)
    except ProjectError as error:  # the connector knows the key, not where it stands
        raise ProjectError(error.text, config.file, f"{name}.{error.key}" if error.key else name) from error


# -- models ------------------------------------------------------------------


def _add_models(app: App, project: Project, code: ProjectCode) -> None:
    made = list(_classes(app, project, code))
    for entry, cls in made:
        if _source_of(app, entry):
            app.mixins.apply(cls)
    _attach(app, made)
    for entry, cls in made:
        if entry.public:
            _serve(app, project, entry, cls)
        _tell_missing(app, project, entry, cls)


def _serve(app: App, project: Project, entry: ModelEntry, cls: type[Model]) -> None:
    try:
        app.serve(cls, everything=True, switches=_switches(project, entry), closed=_closed(project, entry))
    except DefinitionError as error:
        raise ProjectError(str(error), entry.code or entry.file, "" if entry.code else "methods") from error


def _tell_missing(app: App, project: Project, entry: ModelEntry, cls: type[Model]) -> None:
    """Report the methods in the model's JSON that no Python function answers; unless a stub of one does."""
    for name in app.missing_functions(cls):
        if name not in project.ported.closed.get(entry.name, ()):
            file, key = _place_of_method(entry, name)
            text = "has no Python function: its routes are closed"
            remedy = "write the function into the Python file beside the JSON (`lbpy port` makes a stub)"
            app.report.add("closed", "METHOD_UNPORTED", file, key, text=text, remedy=remedy, name=f"{entry.name}.{name}")


def _place_of_method(entry: ModelEntry, name: str) -> tuple[str, str]:
    """File and key of a method in JSON: model-config.json goes before the model's own."""
    written = next((one for one in (name, name.removeprefix("prototype.")) if one in entry.methods), "")
    if written:
        return "server/model-config.json", f"{entry.name}.methods.{written}"
    listed = (entry.definition or {}).get("methods") or {}
    return entry.file, f"methods.{name if name in listed else name.removeprefix('prototype.')}"


def _attach(app: App, made: Sequence[tuple[ModelEntry, type[Model]]]) -> None:
    try:
        app.attach_mixed([(cls, _source_of(app, entry)) for entry, cls in made])
    except SettingError as error:  # it knows the model, not the file
        file = next((entry.file for entry, _ in made if entry.name == error.model), "")
        raise ProjectError(f"{error.model}: {error.text}", file, error.key) from error


def _switches(project: Project, entry: ModelEntry) -> Switches:
    disabled = project.ported.disabled.get(entry.name, ())
    return (*((name, False) for name in disabled), *switches_of(project.config, entry))


def _closed(project: Project, entry: ModelEntry) -> Patterns:
    """The patterns of the methods whose routes answer 501."""
    return (EVERYTHING,) if entry.closed or project.closes_api else project.ported.closed_of(entry.name)


def _source_of(app: App, entry: ModelEntry) -> str | None:
    """The source of a model; a closed one without any gets a stand-in, so that its routes exist and say so."""
    known = {source.name for source in app.registry.sources()}
    if entry.data_source in known:
        return entry.data_source
    if not entry.closed:
        return None
    if storeless.NAME not in known:
        app.connectors.register(storeless.NAME, storeless.connect)
        app.add_source(storeless.NAME, storeless.NAME, {})
    return storeless.NAME


def _classes(app: App, project: Project, code: ProjectCode) -> Iterator[tuple[ModelEntry, type[Model]]]:
    """A class for each model, bases first; all are known by name before the first is bound."""
    own = {one.name for one in project.models if one.definition is not None or one.code}
    for entry in project.models:
        base = _base_of(app, entry, own)
        cls = code.model_class(entry, _whole_spec(project, entry, base), base)
        if cls is None:
            continue
        app.registry.add_model(entry.name, cls)
        yield entry, cls


def _whole_spec(project: Project, entry: ModelEntry, base: type[Model] | None) -> dict[str, Any]:
    """The spec with properties of models used as mixins, and without includes that lead to closed models."""
    built_in = entry.definition is None and base is not None
    spec = spec_of(replace(entry, definition={"relations": base.declaration__.settings.get("relations")}) if built_in and base else entry)
    definitions = {one.name: one.definition or {} for one in project.models}
    mixed = (definitions[name].get("properties") or {} for name, on in (spec.get("mixins") or {}).items() if on and name in definitions)
    inherited = {name: one for properties in mixed for name, one in properties.items()}
    kept_out = project.ported.kept_out.get(entry.name, ())
    relations = {name: _without_include(one) if name in kept_out else one for name, one in spec["relations"].items()}
    return {**spec, "relations": relations, "properties": {**inherited, **(spec.get("properties") or {})}}


def _without_include(relation: Mapping[str, Any]) -> dict[str, Any]:
    return {**relation, "options": {**(relation.get("options") or {}), "disableInclude": True}}


def _base_of(app: App, entry: ModelEntry, own: Collection[str]) -> type[Model] | None:
    """The class of a model's base: one of the project's own models, else a built-in one; None where there is none.

    Args:
        app: the application.
        entry: the model; one without a definition is the application's own class of a built-in model.
        own: names of the models that the project defines.
    """
    name = entry.name if entry.definition is None and not entry.code else entry.base or "PersistedModel"
    if name in own and name != entry.name:
        return app.registry.find_model(name)
    return ROOTS.get(name) or (app.built_in_models.get(name) if name in app.built_in_models.names() else None)


def spec_of(entry: ModelEntry) -> dict[str, Any]:
    """The model JSON with what model-config says on top (source: models.md 7)."""
    spec = {**(entry.definition or {}), "name": entry.name}
    options = {key: value for key, value in entry.options.items() if key not in NOT_OVERRIDDEN}
    given = spec.get("options") or {}
    own = {**(spec.get("relations") or {})}
    relations = {**own, **{name: {**own.get(name, {}), **one} for name, one in entry.relations.items()}}
    return {
        **spec,
        "options": {**given, **options},
        "relations": relations,
        CONFIGURED_ACLS: list(entry.acls),
        "methods": {**(spec.get("methods") or {}), **entry.methods},
    }


def switches_of(config: AppConfig, entry: ModelEntry) -> Switches:
    """Methods switched on or off: those of model-config win over those of config.json."""
    remoting = entry.options.get("remoting")
    own = remoting.get("sharedMethods") if isinstance(remoting, Mapping) else None
    listed = {**config.remoting.shared_methods, **(own if isinstance(own, Mapping) else {})}
    return tuple(listed.items())


# -- middleware --------------------------------------------------------------


def _add_middleware(app: App, project: Project, code: ProjectCode) -> None:
    known: Plugins[Factory] = app.middleware_factories

    def closing(params: Json, place: Place) -> object:
        return app.closing()

    def resolve(one: MiddlewareEntry) -> Factory | None:
        if one.closed:
            return closing
        if one.code:
            return code.middleware(one) or (closing if _closes(project, one) else None)
        return known.get(one.name) if one.name in known.names() else None

    app.phases = project.phases
    entries = entries_of(project.middleware, resolve, project.server, project.root)
    for entry in entries:
        app.add_entry(entry)
    for text in findings(entries, app.phases):
        app.report.add("warn", "MIDDLEWARE_UNREACHED", "server/middleware.json", text=text, remedy="put it behind the WSGI middleware")


def _closes(project: Project, entry: MiddlewareEntry) -> bool:
    """Whether a module of the project that is still a stub closes its paths."""
    return not entry.late and not project.report.accepted(entry.code, f"middleware:{entry.name}")
