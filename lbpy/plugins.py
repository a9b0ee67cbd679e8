"""Finding what others add by name: registered first, entry points second, a clear refusal third. Knows no plug-in itself."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Generic, TypeVar, cast

from .errors import PluginError

T = TypeVar("T")

LOOPBACK_PREFIX = re.compile(r"^loopback-(?:connector|component)-")


def plain_name(name: str) -> str:
    """The name without the prefix of LoopBack's packages: "loopback-connector-mongodb" -> "mongodb"."""
    return LOOPBACK_PREFIX.sub("", name)


class Plugins(Generic[T]):
    """The plug-ins of one kind that one application knows.

    Entry points are read at the first look-up and kept. LoopBack's long and short spellings of a name are equal.

    Args:
        group: the entry-point group, such as "lbpy.connectors".
    """

    def __init__(self, group: str) -> None:
        self.group = group
        self._registered: dict[str, T] = {}
        self._offered: dict[str, list[EntryPoint]] | None = None

    @property
    def kind(self) -> str:
        """What one plug-in of the group is called: "connector"."""
        return self.group.rpartition(".")[2].removesuffix("s")

    def register(self, name: str, plugin: T) -> None:
        """Make a plug-in known; it goes before an installed one and takes the place of one registered earlier."""
        self._registered[plain_name(name)] = plugin

    def names(self) -> list[str]:
        """All known names in their short spelling, sorted."""
        return sorted({*self._registered, *self._entry_points()})

    def get(self, name: str) -> T:
        """The plug-in of that name; an installed one is imported now, at most once.

        Raises:
            PluginError: nobody offers that name, several packages do, or its import fails.
        """
        short = plain_name(name)
        if short not in self._registered:
            self._registered[short] = self._load(self._only(name, self._entry_points().get(short, [])))
        return self._registered[short]

    def _entry_points(self) -> dict[str, list[EntryPoint]]:
        if self._offered is None:
            self._offered = _by_name(_installed(tuple(sys.path)).select(group=self.group))
        return self._offered

    def _only(self, name: str, offers: list[EntryPoint]) -> EntryPoint:
        if not offers:
            known = ", ".join(self.names()) or "none"
            where = f"group {self.group}; known: {known}"
            raise PluginError(f"no {self.kind} is called {name!r} ({where}): install the package that brings it")
        if len({offer.value for offer in offers}) > 1:
            packages = " and ".join(sorted(_package(offer) for offer in offers))
            raise PluginError(f"{self.kind} {name!r} is offered by {packages}: uninstall one, or register the one to use")
        return offers[0]

    def _load(self, offer: EntryPoint) -> T:
        try:
            plugin: T = offer.load()
        except ImportError as error:
            raise PluginError(f"{self.kind} {offer.name!r} cannot be imported: {error}; try: {_remedy(offer)}") from error
        return plugin


@lru_cache(maxsize=1)
def _installed(_path: tuple[str, ...]) -> EntryPoints:
    """All entry points of a search path; reading them takes milliseconds, and every kind of plug-in asks."""
    return cast(EntryPoints, entry_points())  # Python 3.11 has a type of its own for all groups; both can select


def _by_name(offers: Iterable[EntryPoint]) -> dict[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for offer in offers:
        found.setdefault(plain_name(offer.name), []).append(offer)
    return found


def _package(offer: EntryPoint) -> str:
    return offer.dist.name if offer.dist else offer.module


def _remedy(offer: EntryPoint) -> str:
    """The command that installs what the plug-in needs: an entry point names its extras in brackets."""
    extras = f"[{','.join(offer.extras)}]" if offer.extras else ""
    return f"pip install '{_package(offer)}{extras}'"
