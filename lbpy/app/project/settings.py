"""What config.json says to the application, as frozen records. Reads no file and applies nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from ...naming import near
from ...types import SWITCHES, Json, Limits, Settings, bytes_of
from .keys import Section, integer
from .report import Level

_EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})

DEFAULT_BODY: Final = 100 * 1024


@dataclass(frozen=True, slots=True)
class JsonBody:
    """`remoting.json`. limit: bytes. strict: objects and lists only. types: read as JSON; empty is the default."""

    limit: int = DEFAULT_BODY
    strict: bool = False
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormBody:
    """`remoting.urlencoded`. limit: bytes. extended: nested names such as a[b]."""

    limit: int = DEFAULT_BODY
    extended: bool = True


@dataclass(frozen=True, slots=True)
class Rest:
    """`remoting.rest`. handle_errors: inside REST, not by error middleware. supported_types: None is the default list."""

    handle_errors: bool = True
    handle_unknown_paths: bool = True
    normalize_http_path: bool = False
    xml: bool = False
    supported_types: tuple[str, ...] | None = None
    array_item_delimiters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remoting:
    """`remoting`. error_handler: options as of strong-error-handler. shared_methods: pattern -> on. cors: the 2.x object."""

    json: JsonBody = field(default_factory=JsonBody)
    form: FormBody = field(default_factory=FormBody)
    rest: Rest = field(default_factory=Rest)
    error_handler: Mapping[str, Json] = field(default_factory=lambda: _EMPTY)
    shared_methods: Mapping[str, bool] = field(default_factory=lambda: _EMPTY)
    cors: Mapping[str, Json] = field(default_factory=lambda: _EMPTY)


@dataclass(frozen=True, slots=True)
class AppConfig:
    """All of config.json.

    acl_error_status: of a refusal to somebody who has a token. trust_proxy: whose forwarded headers count: False nobody's, True
    everybody's, a number of hops, or addresses. accept: `compat.accept`. values: every key as `app.get` gives it.
    Source: rest-api.md 7, real-projects.md 3.3, design 5.9.
    """

    rest_api_root: str = "/api"
    host: str = "0.0.0.0"
    port: int = 3000
    enable_auth: bool = False
    acl_error_status: int = 401
    remoting: Remoting = field(default_factory=Remoting)
    settings: Settings = field(default_factory=Settings)
    accept: tuple[str, ...] = ()
    trust_proxy: bool | int | tuple[str, ...] = False
    values: Mapping[str, Json] = field(default_factory=lambda: _EMPTY)

    def get(self, name: str, default: Json = None) -> Json:
        """An application setting by its key in config.json."""
        return self.values.get(name, default)


def read_app_config(config: Section, env: str, environ: Mapping[str, str]) -> AppConfig:
    """Judges config.json.

    Args:
        config: the file after its overlays.
        env: name of the environment.
        environ: environment variables; HOST, PORT and LBPY_COMPAT count.
    """
    root, host, port = _root(config), _host(config, environ), _port(config, environ)
    _judge_top(config)
    return AppConfig(
        rest_api_root=root,
        host=host,
        port=port,
        enable_auth=_enable_auth(config),
        acl_error_status=_acl_error_status(config),
        remoting=_remoting(config.section("remoting")),
        settings=_settings(config, environ),
        accept=config.section("compat").texts("accept"),
        trust_proxy=_trust_proxy(config),
        values=MappingProxyType({**config.value, "env": env, "restApiRoot": root, "host": host, "port": port}),
    )


def _settings(config: Section, environ: Mapping[str, str]) -> Settings:
    """LoopBack knows no relations in a where: a folder has them only where a model or data source asks for them."""
    switches, limits = _switches(config.section("compat"), environ), _limits(config.section("limits"))
    return Settings(switches, limits, relations_in_where=False)


# -- top level ---------------------------------------------------------------

_KNOWN: Final = frozenset(
    {
        "restApiRoot", "host", "port", "remoting", "aclErrorStatus", "enableAuth", "compat", "limits", "trustProxy",
        "legacyExplorer", "env", "logoutSessionsOnSensitiveChanges",
    }
)
_WITHOUT_EFFECT: Final = ("legacyExplorer", "logoutSessionsOnSensitiveChanges")
_HOSTS: Final = ("npm_config_host", "OPENSHIFT_SLS_IP", "OPENSHIFT_NODEJS_IP", "HOST", "VCAP_APP_HOST")
_PORTS: Final = ("npm_config_port", "OPENSHIFT_SLS_PORT", "OPENSHIFT_NODEJS_PORT", "PORT", "VCAP_APP_PORT")
_MAX_PORT: Final = 65535


def _judge_top(config: Section) -> None:
    for key in config.value:
        if key in _WITHOUT_EFFECT:
            config.find("note", "NO_EFFECT", key, "has no effect", "nothing to do, or take it out")
        elif key not in _KNOWN and key.lower() != (meant := near(key, _KNOWN)).lower() and meant:
            level: Level = "warn" if config.slip(meant) else "note"
            config.find(level, "KEY_UNKNOWN", key, "is a setting of the application's own", f"did you mean `{meant}`?")


def _root(config: Section) -> str:
    root = config.value.get("restApiRoot")
    if root is None:
        return "/api"
    if not isinstance(root, str) or not root.startswith("/"):
        config.find("refuse", "API_ROOT", "restApiRoot", 'must be a text that starts with "/"', 'write it as "/api"')
        return "/api"
    return "/" + root.strip("/")


def _host(config: Section, environ: Mapping[str, str]) -> str:
    given = next((environ[name] for name in _HOSTS if environ.get(name)), "")
    return given or config.text("host") or AppConfig().host


def _port(config: Section, environ: Mapping[str, str]) -> int:
    for name in _PORTS:
        given = integer(environ.get(name))
        if given is not None and given <= _MAX_PORT:
            return given
    value = config.value.get("port")
    port = integer(value)
    if port is not None and 0 <= port <= _MAX_PORT:
        return port
    if value is not None:
        config.wrong("port", "a port number")
    return AppConfig().port


def _enable_auth(config: Section) -> bool:
    """Anything but false turns it on: a doubtful value must not open the API."""
    value = config.value.get("enableAuth", False)
    if not isinstance(value, bool):
        config.find("warn", "WRONG_KIND", "enableAuth", "true or false is expected; access control is on", "correct the value")
    return value is not False


def _acl_error_status(config: Section) -> int:
    value = config.value.get("aclErrorStatus")
    status = integer(value)
    if status is not None and 400 <= status < 500:
        return status
    if value is not None:
        config.wrong("aclErrorStatus", "401, 403 or 404")
    return AppConfig().acl_error_status


def _trust_proxy(config: Section) -> bool | int | tuple[str, ...]:
    key = "trustProxy" if "trustProxy" in config.value else "trust proxy"
    value = config.value.get(key, False)
    if isinstance(value, (bool, int)) and value >= 0:
        return value
    listed = [one.strip() for text in config.texts(key) for one in text.split(",")]
    return tuple(one for one in listed if one) or False


# -- remoting ----------------------------------------------------------------

_REMOTING: Final = frozenset(
    {"context", "cors", "errorHandler", "exports", "handleErrors", "json", "rest", "sharedMethods", "types", "urlencoded"}
)
_REST: Final = ("handleErrors", "handleUnknownPaths", "normalizeHttpPath", "xml", "supportedTypes", "arrayItemDelimiters")


def _remoting(remoting: Section) -> Remoting:
    remoting.unknown(_REMOTING)
    _judge_remoting(remoting)
    handler = remoting.section("errorHandler")
    if "disableStackTrace" in handler.value:
        handler.find("note", "NO_EFFECT", "disableStackTrace", "has no effect: no stack leaves outside debug", "nothing to do")
    return Remoting(
        json=_json_body(remoting),
        form=_form_body(remoting.section("urlencoded")),
        rest=_rest(remoting.section("rest")),
        error_handler=MappingProxyType(dict(handler.value)),
        shared_methods=_shared_methods(remoting.section("sharedMethods")),
        cors=_cors(remoting),
    )


def _judge_remoting(remoting: Section) -> None:
    if "handleErrors" in remoting.value:
        remoting.find("note", "NO_EFFECT", "handleErrors", "has no effect here", "it belongs into `remoting.rest`")
    context = remoting.value.get("context")
    if isinstance(context, dict) and not any(one is True for one in context.values()):
        remoting.find("note", "NO_EFFECT", "context", "has no effect", "nothing to do, or take it out")
    elif context:
        text = "is not honoured: LoopBack 3 answers errors with it"
        remoting.find("warn", "REMOTING_CONTEXT", "context", text, "use `lbpy.current` in the place of getCurrentContext")


def _cors(remoting: Section) -> Mapping[str, Json]:
    value = remoting.value.get("cors")
    if value and not isinstance(value, dict):
        remoting.find("note", "NO_EFFECT", "cors", "has no effect", "set the cors middleware in middleware.json")
    return MappingProxyType(dict(value)) if isinstance(value, dict) else _EMPTY


def _json_body(remoting: Section) -> JsonBody:
    """Where the key is there, `strict` is on unless told: the given object replaces LoopBack's default one."""
    if not isinstance(remoting.value.get("json"), dict):
        return JsonBody()
    section = remoting.section("json")
    section.unknown(("limit", "strict", "type"))
    return JsonBody(_size(section, "limit"), section.flag("strict", True), section.texts("type"))


def _form_body(section: Section) -> FormBody:
    section.unknown(("limit", "extended"))
    return FormBody(_size(section, "limit"), section.flag("extended", True))


def _rest(section: Section) -> Rest:
    section.unknown(_REST)
    return Rest(
        handle_errors=section.flag("handleErrors", True),
        handle_unknown_paths=section.flag("handleUnknownPaths", True),
        normalize_http_path=section.flag("normalizeHttpPath", False),
        xml=section.flag("xml", False),
        supported_types=section.texts("supportedTypes") if section.value.get("supportedTypes") is not None else None,
        array_item_delimiters=section.texts("arrayItemDelimiters"),
    )


def _shared_methods(section: Section) -> Mapping[str, bool]:
    return MappingProxyType({pattern: section.flag(pattern, False) for pattern in section.value})




def _size(section: Section, key: str) -> int:
    value = section.value.get(key, DEFAULT_BODY)
    try:
        return bytes_of(value if isinstance(value, str) else str(integer(value)))
    except ValueError:
        section.wrong(key, 'a size such as "100kb"')
        return DEFAULT_BODY


# -- compat and limits -------------------------------------------------------

_ENVIRONMENT: Final = "(environment)"


def _switches(compat: Section, environ: Mapping[str, str]) -> frozenset[str]:
    """The old behaviours that are asked for, in the file or for this run in LBPY_COMPAT (source: switches.md)."""
    compat.unknown({*SWITCHES, "accept"}, level="warn", what="is no switch")
    on = {name for name in compat.value if name in SWITCHES and compat.flag(name, False)}
    return frozenset(on | _switches_of_run(compat, environ.get("LBPY_COMPAT", "")))


def _switches_of_run(compat: Section, text: str) -> set[str]:
    named = {name.strip() for name in text.split(",")} - {""}
    if named == {"all"}:
        return set(SWITCHES)
    run = Section(compat.report, _ENVIRONMENT, dict.fromkeys(sorted(named), True), "LBPY_COMPAT")
    run.unknown(SWITCHES, level="warn", what="is no switch")
    return named & SWITCHES


_OPEN_LIMITS: Final = {
    "filterBytes": "filter_bytes",
    "includeEdges": "include_edges",
    "includeRows": "include_rows",
    "maxLimit": "max_limit",
}
_DEPTHS: Final = {"whereDepth": "where_depth", "includeDepth": "include_depth", "dataDepth": "data_depth"}


def _limits(section: Section) -> Limits:
    """A folder that does not set the limits of an include has none: it had none in LoopBack (design 5.9)."""
    section.unknown({*_OPEN_LIMITS, *_DEPTHS}, level="warn", what="is no limit")
    given: dict[str, Any] = {"include_edges": None, "include_rows": None}
    for key, attribute in {**_OPEN_LIMITS, **_DEPTHS}.items():
        value = section.value.get(key)
        if value is None and key in section.value and key in _OPEN_LIMITS:
            given[attribute] = None
        elif key in section.value and (number := _positive(section, key)) is not None:
            given[attribute] = number
    return Limits(**given)


def _positive(section: Section, key: str) -> int | None:
    number = integer(section.value[key])
    if number is None or number < 1:
        section.wrong(key, "a whole number above zero")
        return None
    return number
