"""The driver's clients of one connector: opened at first use in each process, never carried across a fork."""

from __future__ import annotations

import os
import threading
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from .settings import CODEC, Opening

Client = MongoClient[dict[str, Any]]


class Clients:
    """One client a process; one from before a fork is left as it is, since its threads do not live in the child."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._left_behind: list[Client] = []
        self._pid = os.getpid()

    def client(self) -> Client:
        """The client of this process."""
        if self._client is not None and self._pid == os.getpid():
            return self._client
        with self._lock:
            if self._pid != os.getpid():
                self._left_behind += [self._client] if self._client is not None else []
                self._client, self._pid = None, os.getpid()
            self._client = self._client or MongoClient(self._opening.url, connect=False, **self._opening.options)
            return self._client

    def database(self) -> Database[dict[str, Any]]:
        """The database of the data source."""
        return self.client().get_database(self._opening.database, codec_options=CODEC)

    def close(self) -> None:
        """Close the connections; `client` opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None and self._pid == os.getpid():
            client.close()
