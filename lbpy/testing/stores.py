"""Empty stores that tests use and throw away, as settings of data sources. Opens none by itself and knows no server."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final, TypedDict

from ..plugins import Plugins


class StoreSettings(TypedDict):
    """Settings for `app.data_source("db", **settings)`; the url alone says as much: `create_app(settings["url"])`."""

    connector: str
    url: str
    autoupdate: bool


@dataclass(frozen=True, slots=True)
class Store:
    """A kind of store: what the entry-point group `lbpy.stores` offers under the name of its connector.

    Attributes:
        connector: its name.
        running: a block with the URL of a server.
        fresh: given that URL, a block with the URL of an empty database, dropped at the end.
    """

    connector: str
    running: Callable[[], AbstractContextManager[str]]
    fresh: Callable[[str], AbstractContextManager[str]]

    @contextmanager
    def on(self, server: str) -> Iterator[StoreSettings]:
        """The settings of an empty database on a server that runs."""
        with self.fresh(server) as url:
            yield {"connector": self.connector, "url": url, "autoupdate": True}


@contextmanager
def _file(_server: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="lbpy-sqlite-") as folder:
        yield f"sqlite:///{folder}/test.db"


MEMORY: Final = Store("memory", lambda: nullcontext(""), lambda _server: nullcontext("memory://"))
SQLITE: Final = Store("sqlite", lambda: nullcontext(""), _file)


def kind(connector: str) -> Store:
    """A kind of store by the name of its connector.

    Raises:
        PluginError: nobody offers it, or its driver is not installed; the text says what to install.
    """
    offered: Plugins[Store] = Plugins("lbpy.stores")
    return offered.get(connector)


@contextmanager
def store(connector: str) -> Iterator[StoreSettings]:
    """An empty store for one block: `with store("postgresql") as settings: app.data_source("db", **settings)`.

    A server is started for the block, or the one is used that `LBPY_TEST_POSTGRES_URL` or `LBPY_TEST_MONGODB_URL` names.

    Args:
        connector: "memory", "sqlite" (a file), "postgresql", "mongodb".

    Raises:
        PluginError: nobody offers such a store, or its driver is not installed. NoServer: its server cannot be started.
    """
    found = kind(connector)
    with found.running() as server, found.on(server) as settings:
        yield settings
