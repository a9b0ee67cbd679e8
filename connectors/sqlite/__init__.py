"""SQLite by the standard library's driver, for several threads and workers on one file. Opens nothing when imported."""

from .connector import SqliteConnector, connect

__all__ = ["SqliteConnector", "connect"]
