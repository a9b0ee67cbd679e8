"""The table of constructs: what each call or assignment in a script closes when the script does not run. Reads no file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from ...app.ported import EVERYTHING, Patterns
from .javascript import Call, assignments, calls, receiver_before, texts_of
from .literals import Code
from .scripts import Script

Reach = Literal["", "read", "write", "delete"]

ALL: Final[Patterns] = (EVERYTHING,)
READING: Final[Patterns] = ("find", "findById", "findOne", "count", "exists", "createChangeStream")
WRITING: Final[Patterns] = (
    "create", "createMany", "patchOrCreate", "replaceOrCreate", "upsertWithWhere", "findOrCreate", "replaceById", "updateAll",
    "bulkUpdate", "prototype.patchAttributes", "prototype.replaceAttributes",
)  # fmt: skip
DELETING: Final[Patterns] = ("deleteById", "destroyAll", "bulkUpdate")
_READING_HOOK: Final = re.compile(r"find|prototype\.__(get|find)|\*|count|exists")


@dataclass(frozen=True, slots=True)
class Found:
    """One construct in a script.

    code, key, text: of the finding. receiver: the expression whose model it is about. patterns: the methods that it closes,
    () for a mere warning. whole_api: whether it is about all models. always: whether it closes also where nothing in the
    script speaks of protecting. reach: which operations on the model are closed by way of other models too.
    """

    code: str
    key: str
    text: str
    receiver: str = ""
    patterns: Patterns = ()
    whole_api: bool = False
    always: bool = False
    reach: Reach = ""


def found_in(script: Script) -> Iterator[Found]:
    """All constructs of a script that does not run, apart from methods switched off by name and resolvers of roles."""
    rules = _RULES if script.place == "model" else (*_RULES, *_SERVER_RULES)
    for rule in rules:
        yield from rule(script)


# -- methods switched off ----------------------------------------------------


def disabled_in(script: Script) -> Iterator[tuple[str, Patterns | None]]:
    """Methods switched off: (receiver, their names, None where they are computed)."""
    for call in calls(script.text, "disableRemoteMethod(?:ByName)?"):
        names = texts_of(script.text, call.arguments[0]) if call.arguments else None
        yield call.receiver, None if names is None else tuple(_full(call, name) for name in names)


def _full(call: Call, name: str) -> str:
    """The old form says with its second argument whether the method is static."""
    is_instance = call.name == "disableRemoteMethod" and call.arguments[1:2] == (False,)
    return f"prototype.{name}" if is_instance and not name.startswith("prototype.") else name


def roles_in(script: Script) -> Iterator[str]:
    """Roles that the script resolves; "*" for computed names."""
    for call in calls(script.text, "registerResolver"):
        yield call.word or "*"


# -- rules of models ---------------------------------------------------------


def _computed(script: Script) -> Iterator[Found]:
    text = "switches methods off that cannot be told from its text: all routes of the model are closed"
    for receiver, names in disabled_in(script):
        if names is None:
            yield Found("METHODS_COMPUTED", "disableRemoteMethod", text, receiver, ALL, always=True)


def _before_remote(script: Script) -> Iterator[Found]:
    text = "its hook before the method does not run: the method is closed"
    for call in calls(script.text, "beforeRemote"):
        yield Found("REMOTE_HOOK", _key(call), text, call.receiver, _pattern(call), always=True)


def _after_remote(script: Script) -> Iterator[Found]:
    for call in calls(script.text, "afterRemote"):
        if not call.word or _READING_HOOK.search(call.word):
            text = "its hook after the method does not run: the method is closed"
            yield Found("REMOTE_HOOK", _key(call), text, call.receiver, _pattern(call), always=True)
        else:
            yield Found("REMOTE_HOOK", _key(call), "its hook after the method does not run", call.receiver)


def _pattern(call: Call) -> Patterns:
    return (call.word,) if call.word else ALL


def _key(call: Call) -> str:
    return f"{call.name}.{call.word or '*'}".replace(" ", "_")


_OBSERVED: Final[dict[str, tuple[Patterns, bool, Reach, str]]] = {
    "access": (ALL, True, "read", "its hook on what is read does not run: all routes of the model are closed"),
    "loaded": (ALL, True, "read", "its hook on what is read does not run: all routes of the model are closed"),
    "before save": (WRITING, False, "write", "its hook on what is stored does not run: creating and changing are closed"),
    "persist": (WRITING, False, "write", "its hook on what is stored does not run: creating and changing are closed"),
    "before delete": (DELETING, False, "delete", "its hook on what is deleted does not run: deleting is closed"),
}


def _observers(script: Script) -> Iterator[Found]:
    for call in calls(script.text, "observe"):
        names = texts_of(script.text, call.arguments[0]) if call.arguments else None
        for name in names or ("access",):
            patterns, always, reach, text = _OBSERVED.get(name, ((), False, "", "its operation hook does not run"))
            key = f"observe.{name.replace(' ', '_')}"
            yield Found("OPERATION_HOOK", key, text, call.receiver, patterns, always=always, reach=reach)


_STATIC: Final = (
    "find|findById|findOne|count|exists|create|upsert|updateOrCreate|patchOrCreate|replaceOrCreate|replaceById|updateAll|update"
    "|destroyAll|deleteAll|remove|destroyById|deleteById|removeById|upsertWithWhere|patchOrCreateWithWhere|findOrCreate|login"
    "|logout|confirm|verify|resetPassword|changePassword|setPassword|createChangeStream"
)
_INSTANCE: Final[dict[str, Patterns]] = {
    "updateAttributes": ("prototype.patchAttributes",),
    "patchAttributes": ("prototype.patchAttributes",),
    "replaceAttributes": ("prototype.replaceAttributes", "replaceById"),
    "save": WRITING,
    "destroy": DELETING,
    "delete": DELETING,
    "toJSON": ALL,
    "toObject": ALL,
}
_FUNCTION: Final = re.compile(r"(?:async\b|function\b|\(|[\w$.]+\s*(?:=>|\(|[;\n]|$))")
_TEXT_OVERRIDE: Final = "replaces a method: the routes of that method are closed"


def _overrides(script: Script) -> Iterator[Found]:
    for one in assignments(script.text, _STATIC):
        is_method = one.receiver and not one.receiver.endswith((".prototype", "exports")) and _FUNCTION.match(one.value)
        if is_method and _may_be_model(one.receiver):
            yield Found("METHOD_REPLACED", one.name, _TEXT_OVERRIDE, one.receiver, (one.name,))
    for one in assignments(script.text, "|".join(_INSTANCE)):
        if one.receiver.endswith(".prototype"):
            yield Found("METHOD_REPLACED", f"prototype.{one.name}", _TEXT_OVERRIDE, one.receiver, _INSTANCE[one.name])


def _may_be_model(receiver: str) -> bool:
    """A class by JavaScript's custom, or something looked up: `Note`, `app.models.note`, `obj`; not `ctx.result`, `query.where`."""
    last = receiver.rpartition(".")[2]
    return last[:1].isupper() or "models" in receiver or last in ("obj", "self", "model", "that")


_ACCESS: Final = re.compile(r"\.?\b(createOptionsFromRemotingContext(?=\s*=)|checkAccess(?=\s*=(?!=))|settings\.acls|acls\.push(?=\s*\())")


def _checks(script: Script) -> Iterator[Found]:
    text = "changes how access is checked: all routes of the model are closed"
    for found in _ACCESS.finditer(script.text):
        receiver = receiver_before(script.text, found.start()).removesuffix(".")
        yield Found("ACCESS_CHANGED", found[1], text, receiver, ALL, always=True)


def _validations(script: Script) -> Iterator[Found]:
    for call in calls(script.text, r"validates\w+Of|validate(?:Async)?"):
        if call.receiver:
            name = call.name.removeprefix("validates").removesuffix("Of").lower()
            yield Found("VALIDATION", call.name, f"its rule does not run; in Python: {_RULE_NAMES.get(name, '@validate')}", call.receiver)


_RULE_NAMES: Final = {
    "uniqueness": "prop(unique=True)",
    "inclusion": "validate.OneOf",
    "exclusion": "validate.NoneOf",
    "format": "validate.Regexp",
    "length": "validate.Length",
    "presence": "a property without default",
    "numericality": "an int or float property",
}


def _remote_methods(script: Script) -> Iterator[Found]:
    counts: dict[str, int] = {}
    for call in calls(script.text, "remoteMethod"):
        counts[call.receiver] = counts.get(call.receiver, 0) + 1
    for receiver, count in counts.items():
        yield Found("REMOTE_METHODS", "remoteMethod", f"{count} remote methods are missing", receiver)


# -- rules of boot scripts and the main file ---------------------------------

_KNOWN: Final = re.compile(
    r"\b(?:loopback|server\.loopback|app\.loopback)\.(?:token|rest|favicon|static|status|urlNotFound|errorHandler|compress|Router|context)\b"
    r"|\b(?:express\.)?(?:static|json|urlencoded|cookieParser|bodyParser|compress|compression|cors|helmet|morgan|logger|errorhandler"
    r"|favicon|serveStatic|methodOverride|session|expressSession|responseTime)\s*\(|\b(?:bodyParser|helmet|express|session)\.\w+\s*\(|\brouter\b",
    re.IGNORECASE,
)
_LATE: Final = ("files", "final")
_TEXT_HANDLER: Final = "a handler in front of all routes does not run: the whole API is closed"


def _rules_at_boot(script: Script) -> Iterator[Found]:
    for call in calls(script.text, "create|findOrCreate|upsert"):
        if re.search(r"\bACL$|\[['\"]ACL['\"]\]$", call.receiver):
            text = "makes access rules when it runs: the whole API is closed"
            yield Found("ACL_CREATED", f"ACL.{call.name}", text, call.receiver, ALL, whole_api=True, always=True)


def _handlers(script: Script) -> Iterator[Found]:
    for call in calls(script.text, "use|middleware"):
        if call.receiver.rpartition(".")[2] in ("app", "server", "router") and _stands_in_front(call):
            yield Found("HANDLER", f"{call.receiver}.{call.name}", _TEXT_HANDLER, patterns=ALL, whole_api=True)
    for found in re.finditer(r"\bremotes\(\s*\)\.(before|phases)\b", script.text):
        yield Found("HANDLER", f"remotes.{found[1]}", _TEXT_HANDLER, patterns=ALL, whole_api=True)


def _stands_in_front(call: Call) -> bool:
    """Whether a handler sees requests for models: no path of its own before it, and nothing that is known to guard nothing."""
    handlers = call.arguments
    if call.name == "middleware":
        if call.word.partition(":")[0] in _LATE:
            return False
        handlers = handlers[1:]
    elif _own_path(handlers[0] if handlers else None):
        return False
    return any(not _is_known(one) for one in handlers if not isinstance(one, str | list))


def _own_path(first: Any) -> bool:
    """Whether a first argument is a path away from the API's root."""
    paths = first if isinstance(first, list) else [first]
    return bool(paths) and all(isinstance(one, str) and not re.match(r"/(?:api(?:/|$)|v\d|\*|$)", one) for one in paths)


def _is_known(handler: Any) -> bool:
    return isinstance(handler, Code) and (_KNOWN.match(handler.text) is not None or "restApiRoot" in handler.text)


_RULES: Final[tuple[Callable[[Script], Iterator[Found]], ...]] = (
    _computed, _before_remote, _after_remote, _observers, _overrides, _checks, _validations, _remote_methods,
)  # fmt: skip
_SERVER_RULES: Final = (_rules_at_boot, _handlers)
