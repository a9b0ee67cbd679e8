"""The mixin Computed: properties that are worked out from the record when it is read. Stores none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from ...errors import DefinitionError
from ...model.base import Model
from ...model.hooks import Loaded
from ...naming import dasherize


def computed(model: type[Model], options: Mapping[str, Any]) -> None:
    """Have methods of a model fill properties of each record that is loaded.

    Args:
        model: the class, with the methods.
        options: `{"properties": {"fullName": "computeFullName"}}`: property -> a method of the class that gets the
            instance and returns the value; it may be spelt in snake_case there.

    Raises:
        DefinitionError: the class has no such method.

    Source: real-projects.md 6.
    """
    methods = {str(name): _method(model, str(method)) for name, method in dict(options.get("properties") or {}).items()}
    for name in methods:
        model.define_property(name, "any")

    def fill(ctx: Loaded[Model]) -> None:
        instance = ctx.model._wrap(ctx.data)
        ctx.data.update({name: method(instance) for name, method in methods.items()})

    model.observe("loaded", fill)


def _method(model: type[Model], name: str) -> Callable[[Model], Any]:
    for spelt in (name, dasherize(name).replace("-", "_")):
        try:
            found: Callable[[Model], Any] = attrgetter(spelt)(model)
        except AttributeError:
            continue
        return found
    raise DefinitionError(f"{model.__name__} has no method {name} for the mixin Computed")
