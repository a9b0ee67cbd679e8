"""Which models an application serves, and the routes and the router that are made of them. Answers no request."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ..errors import OperatorError
from ..model.acls import Acl
from ..model.base import Model
from ..model.declare import Definer
from ..model.masking import Mask, mask_of
from ..model.remote import HttpRequest, RemoteHook, RemoteHooks
from ..remoting.access import Authorizer
from ..remoting.coerce import Coercions
from ..remoting.declared import Language
from ..remoting.resource import HTTP_MARKERS, mounted
from ..remoting.router import ModelRoutes, Responder, Router, in_order, segments_of
from ..types import CLIENT
from .configuration import Configuration
from .loose_ends import loose_ends
from .ported import Patterns
from .project.report import Report
from .publish import Published, Surroundings, Switches, check_methods, endpoints_of, missing_functions, path_of, told_switches
from .registry import Registry

log: Final = logging.getLogger("lbpy.app")


class Api:
    """The served models of one application.

    Args:
        configuration: what the application was told.
        registry: its models.
        definer: gives their definitions.
        changed: called whenever a router that was made is no longer right.
    """

    def __init__(self, configuration: Configuration, registry: Registry, definer: Definer, changed: Callable[[], None]) -> None:
        self._configuration = configuration
        self._registry = registry
        self._definer = definer
        self._changed = changed
        self._published: dict[str, Published] = {}
        self._hooks = RemoteHooks()

    # -- what is served ------------------------------------------------------

    def serve(self, model: type[Model], *, everything: bool, switches: Switches, closed: Patterns) -> None:
        """See App.serve."""
        definition = self._definer.definition(model)
        check_methods(model, definition, self._language())
        all_switches = (*switches, *told_switches(model))
        self._published[definition.name] = Published(model, definition, definition.path, everything, all_switches, closed)
        model.remote_hooks__.on_change(self._changed)
        self._changed()

    def disable(self, model: type[Model] | str, names: Sequence[str]) -> None:
        """See App.disable_methods."""
        name = model if isinstance(model, str) else self._definer.definition(model).name
        if name not in self._published:
            raise OperatorError(f"{name} has no routes")
        one = self._published[name]
        self._published[name] = replace(one, switches=(*((each, False) for each in names), *one.switches))
        self._changed()

    def add_hook(self, hook: RemoteHook) -> None:
        """Have a remote hook run for methods of any model."""
        self._hooks.add(hook)
        self._changed()

    def missing_functions(self, model: type[Model]) -> tuple[str, ...]:
        """See App.missing_functions."""
        return missing_functions(model, self._definer.definition(model), self._language())

    def rules_of(self, model: str) -> Sequence[Acl]:
        """The access rules of a served model by its name."""
        published = self._published.get(model)
        return published.definition.acls if published else ()

    # -- what is made of it --------------------------------------------------

    def router(self, authorise: Authorizer, report: Report, unknown: Responder) -> Router:
        """The router of all routes.

        Args:
            authorise: decides on every call.
            report: takes in relations that lead nowhere.
            unknown: answers paths below the API that no route has, where it is the API that answers them.
        """
        for one in loose_ends(self._registry, report):
            log.warning("%s", one.line())
        around = self._surroundings(authorise)
        models = [self._routes_of(name, one, around) for name, one in self._published.items()]
        return Router(self._configuration.api_root, models, unknown if self._configuration.handle_unknown_paths else None)

    def _routes_of(self, name: str, published: Published, around: Surroundings) -> ModelRoutes:
        routes = mounted(name, endpoints_of(around, published), self._configuration.body_limits, self._request_options)
        return ModelRoutes(name, path_of(around.normalize_paths, published), routes)

    def _request_options(self, req: HttpRequest) -> dict[str, Any]:
        limits = self._configuration.settings.limits
        return {
            CLIENT: True,
            "maxDepthOfQuery": limits.where_depth,
            "maxDepthOfData": limits.data_depth,
            "accessToken": req.env.get("lbpy.token"),
            "authorizedRoles": {},
        }

    def routes(self, authorise: Authorizer) -> list[tuple[str, str, str]]:
        """See App.routes."""
        around = self._surroundings(authorise)
        deepest_first = sorted(self._published.items(), key=lambda one: -len(segments_of(path_of(around.normalize_paths, one[1]))))
        return [
            (one.route.verb.upper(), self._path(around, published, one.route.path), f"{name}.{one.method.full_name}")
            for name, published in deepest_first
            for one in in_order(endpoints_of(around, published))
        ]

    def _path(self, around: Surroundings, published: Published, below: str) -> str:
        root = self._configuration.api_root.rstrip("/")
        return f"{root}{path_of(around.normalize_paths, published)}{below}".rstrip("/")

    def _surroundings(self, authorise: Authorizer) -> Surroundings:
        configuration = self._configuration
        return Surroundings(
            limits=configuration.settings.limits,
            coercions=Coercions(lambda name: self._registry.find_model(name) is not None, configuration.array_item_delimiters),
            authorise=authorise,
            masks=self._masks(),
            language=self._language(),
            hooks=self._hooks.all(),
            normalize_paths=configuration.normalize_paths,
            offer=configuration.offer,
        )

    def _masks(self) -> Mapping[type, Mask]:
        return {cls: mask for _, cls in self._registry.models() if cls.definition__ and (mask := mask_of(cls.definition__)) is not None}

    def _language(self) -> Language:
        return Language(dict(self._registry.models()), self._definer.definition, HTTP_MARKERS)
