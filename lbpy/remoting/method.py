"""The records that describe remote methods: arguments, results, routes. Data only: no request is read and nothing is called here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from ..model.remote import RemoteObserver

Source: TypeAlias = Literal[
    "auto", "url", "body", "form", "query", "path", "header", "req", "res", "context", "upload", "options"
]  # fmt: skip
Converter: TypeAlias = Callable[[Any], Any]
"""Makes of a JSON value what a method gets, UNSET for nothing; raises ClientError."""
Access: TypeAlias = Literal["READ", "WRITE", "EXECUTE", "REPLICATE"]
ArgumentType: TypeAlias = Any
"""A type name ("string", "number", "object", "file", a model's name ...), a one-item tuple of one (a list of these), or "any"."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a remote method (source: rest-api.md 3).

    source: where its value is looked up; "auto" is path, body member, query, and for methods that are not built in a header;
    "url" is path, query; "form" a member of the body, which for this may be multipart; "context" is the call as hooks see it;
    "upload" the body, unread.
    allow_array: an object argument takes a list of objects as well.
    is_id: the value is an id of the method's model: null and missing are refused, the kind of the id reads it.
    headers: whether "auto" looks at request headers too (never for built-in methods).
    convert: the last step of reading. limit: of an upload or of the files of a form, most bytes.
    """

    name: str
    type: ArgumentType = "any"
    source: Source = "auto"
    required: bool = False
    allow_array: bool = False
    is_id: bool = False
    headers: bool = False
    description: str = ""
    convert: Converter | None = None
    limit: int | None = None


OPTIONS: Final = Argument("options", "object", "options")
"""Where a method takes the options of its call."""

FILTER: Final = Argument("filter", "object")
WHERE: Final = Argument("where", "object")
DATA: Final = Argument("data", "object", "body")
DATA_OR_LIST: Final = Argument("data", "object", "body", allow_array=True)
"""What the methods of models and those of relations take."""


@dataclass(frozen=True, slots=True)
class XmlStyle:
    """How a result looks as XML: name of the outermost element, and whether a declaration stands before it."""

    root: str = "response"
    declaration: bool = True


@dataclass(frozen=True, slots=True)
class Returned:
    """One result of a remote method (source: rest-api.md 4).

    root: it is the whole body. xml: how the body looks; that of the first result counts.
    content_type: of a file. json: a "ReadableStream" gives values, which are sent one by one as events; else bytes.
    """

    name: str = ""
    type: ArgumentType = "any"
    root: bool = False
    target: Literal["body", "status", "header"] = "body"
    header: str = ""
    description: str = ""
    xml: XmlStyle = XmlStyle()
    content_type: str = ""
    json: bool = False

    @property
    def is_stream(self) -> bool:
        """Whether it is sent by parts, or as it is."""
        return self.target == "body" and (self.type == "ReadableStream" or (self.root and self.type == "file"))

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole body rather than a member of it."""
        return self.root or self.is_stream


COUNT: Final = Returned("count", "number")
"""What methods give that tell how many there are."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way to reach a method: verb in lower case ("all" for any) and a path below the model's, with `:name` variables.

    missing_is_404: a result that says "nothing there" (None or False) is answered with 404.
    """

    verb: str
    path: str
    missing_is_404: bool = False


@dataclass(frozen=True, slots=True)
class RemoteMethod:
    """One method that clients may call.

    name: LoopBack's name without "prototype.". static: called on the model rather than on an instance.
    call: the Python callable; for a static method (**arguments), for an instance method (instance, **arguments).
    answer: the same where nobody looks at the result: rows in it may be JSON text already.
    shared: whether it has routes unless told otherwise. status: of a success, None for 200 or 204.
    error_status: of errors that have none of their own. closed: there is nothing to call yet, its routes answer 501.
    rest_before, rest_after: run around everything else, remote hooks and the check of access included (source: logic.md 1).
    """

    name: str
    call: Callable[..., Any]
    static: bool = True
    aliases: tuple[str, ...] = ()
    accepts: tuple[Argument, ...] = ()
    returns: tuple[Returned, ...] = ()
    routes: tuple[Route, ...] = ()
    access: Access = "EXECUTE"
    scopes: tuple[str, ...] = ("DEFAULT",)
    shared: bool = True
    status: int | None = None
    error_status: int | None = None
    description: str = ""
    answer: Callable[..., Any] | None = None
    closed: bool = False
    rest_before: RemoteObserver | None = None
    rest_after: RemoteObserver | None = None

    @property
    def full_name(self) -> str:
        """LoopBack's name, "prototype." before instance methods."""
        return self.name if self.static else f"prototype.{self.name}"

    @property
    def names(self) -> frozenset[str]:
        """Its names, aliases included, with "prototype." before those of instance methods."""
        prefix = "" if self.static else "prototype."
        return frozenset({self.full_name, *(prefix + one for one in self.aliases)})

    @property
    def stream(self) -> Returned | None:
        """The result that is sent by parts, None where the body is a value."""
        return next((one for one in self.returns if one.is_stream), None)
