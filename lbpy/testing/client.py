"""The client that tests call an application with, in the same process. Opens no socket and knows no store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self, Unpack
from wsgiref.headers import Headers
from wsgiref.types import WSGIApplication
from wsgiref.validate import validator

from ..app.application import App
from ..app.inner import call
from ..data.bound import bound_of
from ..errors import OperatorError
from ..model.base import Model
from ..remoting.access import Principal
from ..remoting.current import PRINCIPAL
from .answer import Answer, Stream
from .sending import Sent, environ_of, lowered


@dataclass(frozen=True, slots=True)
class Client:
    """Calls one application as a WSGI server does, and holds it to PEP 3333.

    As a context manager it closes the application at the end, so that its classes can be bound to the next one.

    Attributes:
        app: an application, or any other WSGI callable.
        headers: what every request sends, names in lower case.
        caller: from whom requests come, None for nobody known.
    """

    app: WSGIApplication
    headers: Mapping[str, str] = field(default_factory=dict)
    caller: Principal | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if isinstance(self.app, App):
            self.app.close()

    # -- who calls -----------------------------------------------------------

    def as_user(self, user: Principal | Model | None) -> Self:
        """A client of the same application whose requests come from a user.

        The principal is put where middleware puts the one that it found; from there it takes the way of any other: access
        control asks it for its roles, and makes the token that hooks and options see. No token is stored. To test tokens
        themselves (login, logout, their lives), log in and send what came back: `with_headers({"Authorization": id})`.

        Args:
            user: a stored instance of a model of users; a principal, whose `roles` count beside the stored ones; None for nobody.

        Raises:
            OperatorError: the instance is not stored, or its class is bound to no application.
        """
        return replace(self, caller=principal_of(user) if isinstance(user, Model) else user)

    def with_headers(self, headers: Mapping[str, str]) -> Self:
        """A client of the same application whose requests all send some more headers."""
        return replace(self, headers={**self.headers, **lowered(headers)})

    # -- requests ------------------------------------------------------------

    def request(self, method: str, path: str, **sent: Unpack[Sent]) -> Answer:
        """Send one request and read the whole answer.

        Args:
            method: such as "GET".
            path: such as "/api/Notes?filter[limit]=1".
            sent: what goes with it; see Sent.
        """
        with self.stream(method, path, **sent) as answer:
            return answer.read()

    @contextmanager
    def stream(self, method: str, path: str, **sent: Unpack[Sent]) -> Iterator[Stream]:
        """Send one request and leave the body to be read in the block; at its end the client goes away. Arguments as of `request`."""
        sent["headers"] = {**self.headers, **lowered(sent.get("headers", {}))}
        environ = {**self._said(), **environ_of(method, path, **sent)}
        answer = call(validator(self.app), environ)
        with closing(answer.body):
            yield Stream(f"{method} {path}", int(answer.status[:3]), Headers(answer.headers), iter(answer.body))

    def _said(self) -> dict[str, Any]:
        return {} if self.caller is None else {PRINCIPAL: self.caller}

    def get(self, path: str, **sent: Unpack[Sent]) -> Answer:
        """GET; see `request`."""
        return self.request("GET", path, **sent)

    def head(self, path: str, **sent: Unpack[Sent]) -> Answer:
        """HEAD; see `request`."""
        return self.request("HEAD", path, **sent)

    def post(self, path: str, **sent: Unpack[Sent]) -> Answer:
        """POST; see `request`."""
        return self.request("POST", path, **sent)

    def put(self, path: str, **sent: Unpack[Sent]) -> Answer:
        """PUT; see `request`."""
        return self.request("PUT", path, **sent)

    def patch(self, path: str, **sent: Unpack[Sent]) -> Answer:
        """PATCH; see `request`."""
        return self.request("PATCH", path, **sent)

    def delete(self, path: str, **sent: Unpack[Sent]) -> Answer:
        """DELETE; see `request`."""
        return self.request("DELETE", path, **sent)

    def options(self, path: str, **sent: Unpack[Sent]) -> Answer:
        """OPTIONS; see `request`."""
        return self.request("OPTIONS", path, **sent)


def client(app: WSGIApplication) -> Client:
    """A client of an application: `with client(create_app("memory://")) as client: client.get("/api/Notes").expect(200)`.

    Args:
        app: an application, or any other WSGI callable.
    """
    return Client(app)


def principal_of(user: Model) -> Principal:
    """The principal that an instance of a model of users is.

    Raises:
        OperatorError: it has no id. UnboundError: its class is bound to no application.
    """
    bound = bound_of(type(user))
    id = user.to_dict().get(bound.id_name)
    if id is None:
        raise OperatorError(f"this {bound.name} has no id, so nobody can call as it: store it first")
    return Principal(bound.name, id)
