"""PostgreSQL by psycopg 3, beside a LoopBack 3 on the same tables if need be. Opens nothing when imported."""

from .connector import PostgresConnector, connect

__all__ = ["PostgresConnector", "connect"]
