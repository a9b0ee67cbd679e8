"""The settings of a PostgreSQL data source, as LoopBack names them. Connects to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ...errors import ProjectError
from .pool import Opening

WAIT_MS: Final = 1000
STATEMENT_MS: Final = 5000
MOST: Final = 10
IDLE_MS: Final = 600_000
_DEFAULTS: Final[Mapping[str, Any]] = {
    "fallback_application_name": "lbpy",
    "connect_timeout": 2,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""Of libpq; the last four end a call to a machine that is gone without a word, which no limit on the server can do."""


def schema_of(settings: Mapping[str, Any]) -> str:
    """Where the tables are whose models name no schema."""
    return str(settings.get("schema") or settings.get("schemaName") or "public")


def opening_of(settings: Mapping[str, Any]) -> Opening:
    """How to connect. Raises ProjectError for a setting that is wrong."""
    most = _whole(settings, "max", MOST) or MOST
    return Opening(
        conninfo=_conninfo(settings),
        wait=_whole(settings, "connectionTimeout", WAIT_MS) / 1000,
        statement_ms=_whole(settings, "statementTimeout", STATEMENT_MS),
        least=min(_whole(settings, "min", 0), most),
        most=most,
        idle=_whole(settings, "idleTimeoutMillis", IDLE_MS) / 1000,
        prepared=settings.get("preparedStatements") is not False,
    )


def _whole(settings: Mapping[str, Any], key: str, default: int) -> int:
    value = settings.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ProjectError(f"a whole number is needed, not {value!r}", key=key)
    return value


def _conninfo(settings: Mapping[str, Any]) -> str:
    """libpq's text for where to connect; a `url` overrides the rest."""
    url = settings.get("url")
    parts = {} if url else _address(settings)
    try:
        given = conninfo_to_dict(str(url or ""), **parts)
        for name, value in _DEFAULTS.items():
            given.setdefault(name, value)
        return make_conninfo("", **given)
    except psycopg.Error as error:
        raise ProjectError("is no address of a PostgreSQL, such as postgresql://user:password@host:5432/database", key="url") from error


def _address(settings: Mapping[str, Any]) -> dict[str, Any]:
    parts = {
        "host": settings.get("host") or settings.get("hostname") or "localhost",
        "port": settings.get("port"),
        "user": settings.get("user") or settings.get("username"),
        "password": settings.get("password"),
        "dbname": settings.get("database"),
        "sslmode": _ssl_mode(settings.get("ssl")),
    }
    return {name: value for name, value in parts.items() if value not in (None, "")}


def _ssl_mode(ssl: Any) -> str | None:
    """The driver of LoopBack encrypts and checks certificates unless told not to by `rejectUnauthorized`."""
    if not ssl:
        return None
    return "require" if isinstance(ssl, Mapping) and ssl.get("rejectUnauthorized") is False else "verify-full"
