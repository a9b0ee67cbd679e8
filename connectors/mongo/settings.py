"""Settings of a data source on MongoDB as LoopBack has them, as those of the driver. Opens nothing (source: datasources.md 7.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl, quote_plus, urlsplit

from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from ...errors import ProjectError

CODEC: Final[CodecOptions[dict[str, Any]]] = CodecOptions(
    tz_aware=True, tzinfo=UTC, uuid_representation=4, datetime_conversion=DatetimeConversion.DATETIME_AUTO
)
_DRIVER: Final = frozenset(
    {
        "maxPoolSize", "minPoolSize", "maxIdleTimeMS", "tls", "tlsCAFile", "tlsCertificateKeyFile", "tlsAllowInvalidCertificates",
        "replicaSet", "w", "wtimeoutMS", "journal", "readPreference", "readConcernLevel", "compressors", "appname", "authSource",
        "authMechanism", "retryWrites", "retryReads", "directConnection", "localThresholdMS", "heartbeatFrequencyMS",
        "serverSelectionTimeoutMS", "connectTimeoutMS", "socketTimeoutMS", "waitQueueTimeoutMS",
    }
)  # fmt: skip
_OLD_NAMES: Final[Mapping[str, str]] = MappingProxyType({"poolSize": "maxPoolSize", "ssl": "tls", "j": "journal", "wtimeout": "wtimeoutMS"})


_DURABLE: Final[Mapping[str, Any]] = MappingProxyType({"w": "majority", "journal": True})
"""What is acknowledged outlives the end of any server, unless the project says otherwise."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How to connect.

    url: of the server. database: its name. statement_ms, wait_ms: how long a statement may run, and how long a call waits for its turn.
    options: of the driver.
    """

    url: str
    database: str
    statement_ms: int
    wait_ms: int
    options: Mapping[str, Any]


def opening_of(settings: Mapping[str, Any], source: str) -> Opening:
    """How to connect as the settings say.

    Raises:
        ProjectError: the URL or a number cannot be read.
    """
    url = str(settings.get("url") or _url(settings))
    try:
        parsed = parse_uri(url) if url.startswith("mongodb://") else {}  # the other protocol would ask the network
    except (PyMongoError, ValueError) as error:
        raise ProjectError(f"`url` cannot be read: {error}", "datasources.json", f"{source}.url") from None
    named = parsed.get("database") or settings.get("database") or settings.get("db") or "test"
    wait = _milliseconds(settings, "connectionTimeout", 1000, source)
    statement = _milliseconds(settings, "statementTimeout", 5000, source)
    given = {_OLD_NAMES.get(name, name): value for name, value in settings.items()}
    own = {name: value for name, value in given.items() if name in _DRIVER}
    waits = dict.fromkeys(("serverSelectionTimeoutMS", "connectTimeoutMS", "waitQueueTimeoutMS"), wait)
    times = {**waits, "socketTimeoutMS": statement + 1000, "wtimeoutMS": statement}
    return Opening(url, str(named), statement, wait, {**_unless_named(url, own, times), **own})


def _unless_named(url: str, own: Mapping[str, Any], times: Mapping[str, int]) -> dict[str, Any]:
    """The driver's options that neither the settings nor the URL name; how writes are acknowledged is one choice."""
    named = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)} | {name.lower() for name in own}
    found = {name: value for name, value in times.items() if name.lower() not in named}
    return found if named & {"w", "journal"} else {**found, **_DURABLE}


def _url(settings: Mapping[str, Any]) -> str:
    host = settings.get("host") or settings.get("hostname") or "127.0.0.1"
    protocol = settings.get("protocol") or "mongodb"
    port = "" if protocol == "mongodb+srv" else f":{settings.get('port') or 27017}"
    user, password = settings.get("user") or settings.get("username"), settings.get("password")
    login = f"{quote_plus(str(user))}:{quote_plus(str(password))}@" if user and password else ""
    return f"{protocol}://{login}{host}{port}/"


def _milliseconds(settings: Mapping[str, Any], name: str, default: int, source: str) -> int:
    value = settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise ProjectError(f"`{name}` is a number of milliseconds", "datasources.json", f"{source}.{name}")
    return int(value)
