"""Every exception of lbpy, as one tree; each carries data rather than text only. Knows no HTTP library and writes no answer.

LbpyError
├── ClientError            a mistake of the caller; has a status
│   ├── BadRequest         400
│   ├── Unauthorized       401
│   ├── Forbidden          403
│   ├── NotFound           404
│   ├── NotAcceptable      406
│   ├── Conflict           409
│   │   └── Duplicate      a value that must be unique exists already
│   ├── TooLarge           413
│   ├── UnsupportedMedia   415
│   ├── Invalid            422, the instance breaks rules of its model
│   └── ManyFailed         several items of one list were refused
├── ServerError            the application or a store failed; has a status of 500 or more
│   ├── NotPorted          501, a route whose script has no counterpart yet
│   └── StoreError         503, the data store cannot be reached or refused the statement
│       └── TransactionTimeout  a transaction took longer than it was given, and was undone
└── OperatorError          a mistake of whoever writes or runs the application
    ├── DefinitionError    a model says something impossible
    │   └── SettingError   a setting of a model that its data source cannot honour
    ├── ProjectError       a project file; names file, key and remedy
    ├── PluginError        no connector, component or the like of that name
    └── UnboundError       a model class is used before it belongs to an application
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .types import UNSET, Json


class LbpyError(Exception):
    """The root of all errors raised by lbpy."""


class ClientError(LbpyError):
    """A mistake of the caller.

    Args:
        message: text for the caller.
        code: a machine-readable word such as MODEL_NOT_FOUND.
        details: further JSON for the error body.
    """

    status: int = 400
    name: str = "Error"

    def __init__(self, message: str = "", *, code: str | None = None, details: Json = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.details = details


class BadRequest(ClientError):
    """The request cannot be read or asks for something that does not exist in the language of filters."""


class UnreadableBody(BadRequest):
    """The body is no JSON."""

    name = "SyntaxError"


class UnreadablePath(BadRequest):
    """A path segment has a broken escape."""

    name = "URIError"


class Unauthorized(ClientError):
    """Nobody known is calling, or somebody who may not."""

    status = 401


class Forbidden(ClientError):
    """The caller is known and may not."""

    status = 403


class NotFound(ClientError):
    """What the request names is not there."""

    status = 404


class NotAcceptable(ClientError):
    """The client takes no form that the answer could have."""

    status = 406


class Conflict(ClientError):
    """The request does not fit what is stored."""

    status = 409


class Duplicate(Conflict):
    """A store refused a second row with the same value.

    Args:
        model: name of the model.
        property: name of the property that must be unique.
        is_id: whether that is the id; anything else becomes a uniqueness problem (422) above the store.
    """

    def __init__(self, model: str, property: str, *, is_id: bool = True) -> None:
        super().__init__(f"Duplicate entry for {model}.{property}")
        self.args: tuple[Any, ...] = (model, property)
        self.model = model
        self.property = property
        self.is_id = is_id

    def __str__(self) -> str:
        return self.message


class TooLarge(ClientError):
    """The body is larger than allowed."""

    status = 413
    name = "PayloadTooLargeError"


class UnsupportedMedia(ClientError):
    """The body is of a kind that is not read here."""

    status = 415
    name = "UnsupportedMediaTypeError"


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule: which property, the code and text of the rule, the offending value (UNSET: absent)."""

    property: str
    code: str
    message: str
    value: Any = UNSET


class Invalid(ClientError):
    """An instance breaks rules of its model.

    Args:
        model: name of the model.
        problems: all broken rules, in the order of the rules.
    """

    status = 422
    name = "ValidationError"

    def __init__(self, model: str, problems: Sequence[Problem]) -> None:
        self.model = model
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("", details=None)
        self.args: tuple[Any, ...] = (model, self.problems)

    def __str__(self) -> str:
        return f"{self.model}: " + "; ".join(f"{p.property} {p.message}" for p in self.problems)


class ManyFailed(ClientError):
    """Several items of one list were refused, so none was stored.

    Args:
        errors: one entry an item, None where the item was fine.
    """

    status = 422

    def __init__(self, errors: Sequence[ClientError | None]) -> None:
        super().__init__("Failed with multiple errors, see `details` for more information.")
        self.errors: tuple[ClientError | None, ...] = tuple(errors)
        self.args: tuple[Any, ...] = (self.errors,)

    def __str__(self) -> str:
        return self.message


class ServerError(LbpyError):
    """The application or one of its stores failed; clients see the status, and the code where a store is to blame."""

    status: int = 500

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class NotPorted(ServerError):
    """A route whose script of old has no Python counterpart yet."""

    status = 501


class StoreError(ServerError):
    """The data store cannot be reached, or refused a statement."""

    status = 503


class TransactionTimeout(StoreError):
    """A transaction took longer than it was given; all of it was undone."""


class OperatorError(LbpyError):
    """A mistake of whoever writes or runs the application; shown without a traceback."""


class DefinitionError(OperatorError):
    """A model says something impossible; the text names model and property."""


class SettingError(DefinitionError):
    """A setting of a model that its data source cannot honour.

    Args:
        model: name of the model.
        key: name of the setting.
        text: what was expected and what to do.
    """

    def __init__(self, model: str, key: str, text: str) -> None:
        super().__init__(model, key, text)
        self.model = model
        self.key = key
        self.text = text

    def __str__(self) -> str:
        return f"{self.model}: {self.key}: {self.text}"


class ProjectError(OperatorError):
    """A project file is wrong.

    Args:
        text: what was expected and what to do.
        file: path of the file, relative to the project.
        key: dotted path of the key in it.
    """

    def __init__(self, text: str, file: str = "", key: str = "") -> None:
        super().__init__(text, file, key)
        self.text = text
        self.file = file
        self.key = key

    def __str__(self) -> str:
        place = self.file + (f":{self.key}" if self.key else "")
        return f"{place}: {self.text}" if place else self.text


class PluginError(OperatorError):
    """No plug-in of that name; the text names the known ones and what to install."""


class UnsavedError(OperatorError):
    """An instance that no store has yet is changed, deleted or read again."""


class UnboundError(OperatorError):
    """A model class is used before `app.model(cls, data_source=...)` bound it."""
