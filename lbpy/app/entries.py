"""The entries of the middleware chain, the order of their phases, and how middleware.json makes them. Runs none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from ..errors import PluginError, ProjectError
from ..types import Json


@dataclass(frozen=True, slots=True)
class Entry:
    """One place in the chain.

    Args:
        phase: such as "auth" or "routes:before".
        target: what runs: a target of `phases`, or anything that `phases.as_target` takes.
        paths: Express paths, each a prefix; none means everywhere.
        methods: HTTP methods in capitals; none means all.
        name: what it is called in messages.
    """

    phase: str
    target: object
    paths: tuple[str, ...] = ()
    methods: frozenset[str] = frozenset()
    name: str = ""


@dataclass(frozen=True, slots=True)
class PhaseList:
    """The names of the phases in order; each has a place before, a main one and one after.

    Source: reference/logic.md 6.1 and 6.2.
    """

    names: tuple[str, ...] = ("initial", "session", "auth", "parse", "routes", "files", "final")

    def merged(self, names: Iterable[str]) -> PhaseList:
        """The list with the names of a file worked in: new ones follow whatever they follow there.

        Raises:
            ProjectError: the file has them in another order than the list.
        """
        order, found, previous = list(self.names), 0, ""
        for name in map(_main_phase, names):
            if name in order[found:]:
                found = order.index(name, found)
            elif name in order:
                conflict = f'cannot add "{name}" after "{previous}", because the opposite order was already specified'
                raise ProjectError(f"Ordering conflict: {conflict}")
            else:
                order.insert(order.index(previous) + 1 if previous else 0, name)
            previous = name
        return PhaseList(tuple(order))

    def rank(self, phase: str) -> int:
        """The place of a phase or sub-phase among all.

        Raises:
            ProjectError: there is no such phase.
        """
        name, _, part = phase.partition(":")
        if name not in self.names or part not in _PARTS:
            raise ProjectError(f"Unknown middleware phase {phase}")
        return self.names.index(name) * len(_PARTS) + _PARTS[part]

    def ordered(self, entries: Iterable[Entry]) -> list[Entry]:
        """The entries in the order in which they run; those of one sub-phase stay as they are."""
        return sorted(entries, key=lambda entry: self.rank(entry.phase))


_PARTS: Final = {"before": 0, "": 1, "after": 2}


def _main_phase(phase: str) -> str:
    return phase.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry was configured: file and key for messages, the folder of the file, the folder of the whole project."""

    file: str
    key: str
    folder: Path
    project: Path


Factory: TypeAlias = Callable[[Json, Place], object]
"""Makes an entry's target from its params as configured (one value or a list of arguments); None: there is nothing to run."""


@dataclass(frozen=True, slots=True)
class MiddlewareEntry:
    """One entry of middleware.json.

    phase: as in the file, such as "routes:before". name: as in the file. params: the arguments of its factory, paths of the
    project made absolute. paths, methods: where it counts, empty for everywhere. optional: may be missing. closed: code of the
    finding by which its paths and methods answer 501, else "". code: the Python file of a module of the project, relative to
    this, "" where there is none.
    Source: logic.md 6.2.
    """

    phase: str
    name: str
    enabled: bool = True
    params: tuple[Json, ...] = ()
    paths: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    optional: bool = False
    file: str = ""
    key: str = ""
    closed: str = ""
    code: str = ""

    @property
    def own(self) -> bool:
        """Whether it is a module of the project, not of a package."""
        return self.name.startswith((".", "/"))

    @property
    def late(self) -> bool:
        """Whether it runs behind the routes, so that it guards none."""
        return self.phase.partition(":")[0] in ("files", "final")


def entries_of(
    configured: Iterable[MiddlewareEntry], resolve: Callable[[MiddlewareEntry], Factory | None], folder: Path, project: Path
) -> list[Entry]:
    """Make the entries of middleware.json.

    Args:
        configured: what the file says, in its order.
        resolve: gives the factory of an entry; None where it is to be passed over.
        folder: where the file lies; `$!./` and `$!../` in params start here.
        project: the folder that nothing may be served from outside of.

    Raises:
        ProjectError: a name is not known, or its parameters are wrong; names file and key.
    """
    places = ((one, Place(one.file, one.key, folder, project)) for one in configured if one.enabled)
    made = ((one, _made(one, resolve, place)) for one, place in places)
    return [_entry(one, thing) for one, thing in made if thing is not None]


def _made(one: MiddlewareEntry, resolve: Callable[[MiddlewareEntry], Factory | None], place: Place) -> object:
    try:
        factory = resolve(one)
        return factory(located(one.params, place.folder), place) if factory else None
    except PluginError as error:
        if one.optional:
            return None
        raise ProjectError(str(error), place.file, place.key) from error
    except (TypeError, ValueError) as error:
        raise ProjectError(f"these params do not fit {one.name}: {error}", place.file, place.key) from error


def _entry(one: MiddlewareEntry, target: object) -> Entry:
    return Entry(one.phase, target, one.paths, frozenset(one.methods), one.name)


def located(params: Json, folder: Path) -> Json:
    """Params with every text that starts `$!./` or `$!../` made a path below or beside the folder."""
    if isinstance(params, str):
        return str((folder / params[2:]).resolve()) if params.startswith(("$!./", "$!../")) else params
    if isinstance(params, list | tuple):
        return [located(item, folder) for item in params]
    return {key: located(item, folder) for key, item in params.items()} if isinstance(params, dict) else params
