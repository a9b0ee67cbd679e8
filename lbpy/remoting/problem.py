"""From exceptions to status and JSON body; the only place that knows both (source: rest-api.md 6). Writes no answer."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from ..errors import ClientError, Conflict, Invalid, ManyFailed, NotPorted, Problem, ServerError, StoreError
from ..model.dates import iso
from ..model.encoding import dumps
from ..types import Json, Unset
from .negotiation import ERROR_SHAPES, ErrorShape

log: Final = logging.getLogger("lbpy.errors")

LONGEST: Final = 32

RETRY: Final[Mapping[str, str]] = MappingProxyType({"Retry-After": "1"})
"""Headers where a store is to blame: connectors look for it anew with each call."""

PASSING: Final = frozenset({"STORE_UNREACHABLE", "STORE_TOO_SLOW", "TRY_AGAIN", "UNKNOWN_OUTCOME"})
"""Codes of errors of stores that are nobody's mistake and pass by themselves."""

NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


ERROR_OPTIONS: Final = "lbpy.error_options"
"""Key in environ: the options of the error handler that middleware put at the path, absent without one."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How much an answer to an error tells, and in which form (source: rest-api.md 6.1).

    debug: everything and the stack. safe_fields: members that are told always. root: name of the wrapper, None for none.
    log: whether errors of the server are logged. default_type: the form for clients that take none of the known ones.
    negotiate: whether the client's Accept header counts.
    """

    debug: bool = False
    safe_fields: tuple[str, ...] = ()
    root: str | None = "error"
    log: bool = True
    default_type: ErrorShape = "json"
    negotiate: bool = True


JSON_ONLY: Final = Telling(negotiate=False)
"""For errors that no handler was named for."""


def telling_of(options: Mapping[str, Json]) -> Telling:
    """How much errors tell, from the options of strong-error-handler; what cannot be read counts as absent."""
    root, default = options.get("rootProperty", "error"), options.get("defaultType")
    if root is not False and not isinstance(root, str):
        root = "error"
    safe = options.get("safeFields")
    return Telling(
        debug=options.get("debug") is True,
        safe_fields=tuple(one for one in safe if isinstance(one, str)) if isinstance(safe, list) else (),
        root=root or None,
        log=options.get("log") is not False,
        default_type=ERROR_SHAPES.get(default, "json") if isinstance(default, str) else "json",
        negotiate=options.get("negotiateContentType") is not False,
    )


@dataclass(frozen=True, slots=True)
class Failure:
    """What an exception means: a status, the object that describes it, and headers."""

    status: int
    body: dict[str, Json]
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)


def failure_of(error: BaseException, telling: Telling, identify: Callable[[], str] | None = None) -> Failure:
    """Status and body for an exception; errors of the server are logged with the request's id, closed routes for debugging.

    Args:
        error: anything that was raised.
        telling: how much to tell.
        identify: gives the id of the request, for the log.
    """
    status = status_of(error)
    if isinstance(error, NotPorted):
        log.debug("%s", error)
    elif status >= 500 and telling.log:
        _log(error, f" (request {identify()})" if identify else "")
    return Failure(status, describe(error, telling), RETRY if isinstance(error, StoreError) and status == 503 else NO_HEADERS)


def _log(error: BaseException, request: str) -> None:
    """Tell the operator: one line where a store is away, which tracebacks by the request would drown, else with the traceback."""
    if isinstance(error, StoreError) and error.code in PASSING:
        log.error("%s %s: %s%s", type(error).__name__, error.code, " ".join(str(error).split()), request)
    else:
        log.error("%s: %s%s", type(error).__name__, error, request, exc_info=error)


def status_of(error: BaseException) -> int:
    """The status of an exception; whatever has none, or one that is no error, is 500."""
    if isinstance(error, ManyFailed):
        return 409 if all(isinstance(one, Conflict) for one in error.errors if one is not None) else 422
    if isinstance(error, (ClientError, ServerError)):
        return error.status if error.status >= 400 else 500
    return 500


def describe(error: BaseException, telling: Telling) -> dict[str, Json]:
    """The object that describes an exception; members without a value are left out."""
    told = _told(error, telling)
    return {**told, **_members(error, telling, told), **(_stack(error) if telling.debug else {})}


def _told(error: BaseException, telling: Telling) -> dict[str, Json]:
    """What is told of an exception to everybody."""
    status = status_of(error)
    if isinstance(error, ManyFailed):
        details = [None if one is None else describe(one, telling) for one in error.errors]
        return {"statusCode": status, "message": error.message, "details": details}
    if status >= 500:  # client errors too, whose status an application changed
        return _of_server(error, status, telling)
    if isinstance(error, Invalid):
        message = error.message or sentence(error)  # hooks for errors may say it in other words
        return {"statusCode": status, "name": error.name, "message": message, "details": details_of(error)}
    if isinstance(error, ClientError):
        return {"statusCode": status, **_of_client(error)}
    return _of_server(error, status, telling)


def _of_client(error: ClientError) -> dict[str, Json]:
    details = error.details if _writable(error.details) else None
    members = {"name": error.name, "message": error.message, "code": error.code, "details": details}
    return {key: value for key, value in members.items() if value is not None}


def _of_server(error: BaseException, status: int, telling: Telling) -> dict[str, Json]:
    code = {"code": error.code} if isinstance(error, ServerError) and error.code else {}
    if status == 501:
        return {"statusCode": status, "name": "Error", **code, "message": "This operation is not available."}
    if telling.debug:
        return {"statusCode": status, "name": type(error).__name__, "message": str(error), **code}
    return {"statusCode": status, "message": _phrase(status), **(code if isinstance(error, StoreError) else {})}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # an application's own number
        return "Unknown Error"


def _members(error: BaseException, telling: Telling, told: Mapping[str, Json]) -> dict[str, Json]:
    """What is told besides: the safe members, with debug all that the exception carries and JSON can say."""
    own: Mapping[str, Any] = vars(error)
    more = {name for name in own if not name.startswith("_") and name not in told} if telling.debug else set()
    wanted = more.union(telling.safe_fields)
    return {name: one for name, one in own.items() if name in wanted and one is not None and _writable(one)}


def _writable(value: Any) -> bool:
    try:
        dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _stack(error: BaseException) -> dict[str, Json]:
    return {"stack": "".join(traceback.format_exception(error))}


# -- validation --------------------------------------------------------------


def details_of(error: Invalid) -> dict[str, Json]:
    """Codes and messages by property (source: models.md 5.2)."""
    codes: dict[str, list[str]] = {}
    messages: dict[str, list[str]] = {}
    for one in error.problems:
        codes.setdefault(one.property, []).append(one.code)
        messages.setdefault(one.property, []).append(one.message)
    return {"context": error.model, "codes": codes, "messages": messages}


def sentence(error: Invalid) -> str:
    """All problems in one sentence."""
    parts = "; ".join(f"`{one.property}` {one.message} (value: {shown(one)})" for one in error.problems)
    return f"The `{error.model}` instance is not valid. Details: {parts}."


def shown(problem: Problem) -> str:
    """A value as the sentence shows it: texts quoted and cut, dates in ISO form, objects one level deep."""
    value = problem.value
    if problem.code == "date":
        return "Invalid Date"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key}: {_one(one)}" for key, one in value.items()) + " }" if value else "{}"
    if isinstance(value, (list, tuple)):
        return "[ " + ", ".join(_one(one) for one in value) + " ]" if value else "[]"
    return _one(value)


def _one(value: Any) -> str:
    if isinstance(value, Unset):
        return "undefined"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return '"' + (value if len(value) <= LONGEST else f"{value[:25]}...{value[-3:]}") + '"'
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, float) and value != value:
        return "NaN"
    return "[Object]" if isinstance(value, (dict, list)) else str(value)
