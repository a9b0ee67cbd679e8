"""Mixins of models by name: finding the functions that definitions ask for and calling them on a class. Brings none itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar

from ..model.base import Model
from ..model.definition import merge_settings, own_settings
from ..model.hooks import Observer
from ..model.remote import RemoteHook
from ..plugins import Plugins
from ..types import Json
from .project.names import MIXINS

Mixin: TypeAlias = Callable[[type[Model], Mapping[str, Any]], None]
"""Adds properties and observers to a model class: called with the class and the options of the definition."""

T = TypeVar("T")

BUILTIN: Final = "builtin"


class Mixins:
    """The mixins that one application knows: its own ones, then installed ones of the entry-point group `lbpy.mixins`."""

    def __init__(self) -> None:
        self._own: dict[str, Mixin] = {}
        self._offered: Plugins[Mixin] = Plugins("lbpy.mixins")
        self._undo: list[Callable[[], None]] = []

    def register(self, name: str, mixin: Mixin) -> None:
        """Make a mixin known; it goes before an installed one of that name."""
        self._own[name] = mixin

    def find(self, name: str, options: Json) -> Mixin | None:
        """The mixin that a definition means, None if there is none.

        Installed ones stand in for npm packages of that name only where they do the same (TimeStamp), or where the options
        say `{"builtin": true}` (source: real-projects.md 6).
        """
        if name in self._own:
            return self._own[name]
        wanted = name in MIXINS or (isinstance(options, Mapping) and options.get(BUILTIN) is True)
        spelt = next((one for one in self._offered.names() if one.lower() == name.lower()), None)
        return self._offered.get(spelt) if wanted and spelt else None

    def apply(self, model: type[Model]) -> tuple[str, ...]:
        """Call the mixins that a model's definition names, those of its bases included, once for each of their options.

        Returns:
            The names of which there is none.

        Source: logic.md 7.5.
        """
        observers, hooks = model.observers__.own(), model.remote_hooks__.own()
        try:
            return tuple(dict.fromkeys(self._applied(model)))
        finally:
            more, further = _new(observers, model.observers__.own()), _new(hooks, model.remote_hooks__.own())
            self._undo.append(partial(_take_away, model, more, further))

    def _applied(self, model: type[Model]) -> list[str]:
        missing: list[str] = []
        for name, options in uses_of(model):
            mixin = self.find(name, options)
            if mixin is None:
                missing.append(name)
            else:
                mixin(model, {key: one for key, one in options.items() if key != BUILTIN})
        return missing

    def undo(self) -> None:
        """Take the hooks that mixins added away again: the next application that a class belongs to calls its mixins anew."""
        due, self._undo = self._undo, []
        for step in due:
            step()


def _new(before: Sequence[T], after: Sequence[T]) -> Sequence[T]:
    return [one for one in after if one not in before]


def _take_away(model: type[Model], observers: Sequence[tuple[str, Observer]], hooks: Sequence[RemoteHook]) -> None:
    for hook, observer in observers:
        model.remove_observer(hook, observer)
    for one in hooks:
        model.remote_hooks__.remove(one)


def uses_of(model: type[Model]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(name, options) of every use of a mixin that a class declares or inherits; `false` takes one away."""
    settings: dict[str, Any] = {}
    for cls in reversed(model.__mro__):
        if issubclass(cls, Model):
            told = cls.declaration__
            settings = merge_settings(settings, _mixins(own_settings(told.spec)))
            settings = merge_settings(settings, _mixins(told.settings))
    for name, value in settings.get("mixins", {}).items():
        for options in value if isinstance(value, list) else [value]:
            if options is True or isinstance(options, Mapping):
                yield name, {} if options is True else options


def _mixins(settings: Mapping[str, Any]) -> dict[str, Any]:
    listed = settings.get("mixins")
    return {"mixins": listed} if isinstance(listed, Mapping) else {}
