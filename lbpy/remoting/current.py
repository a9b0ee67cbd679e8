"""`lbpy.current`: who is calling, with which options, as which request. Read only; holds nothing itself.

The request's environ lies in a context variable, set anew in the context that each request has to itself; so threads, greenlets
and streams that are still being read see their own request.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from ..errors import OperatorError, Unauthorized
from ..types import NO_OPTIONS, Options
from .access import Principal

PRINCIPAL: Final = "lbpy.principal"
"""Key in environ: the Principal that middleware found, absent or None for nobody; what looks for tokens later lets it stand."""

CALL_OPTIONS: Final = "lbpy.options"
"""Key in environ: the options of the call."""

ROLES: Final = "lbpy.roles"
"""Key in environ: says whether the caller is in a role; the authorizer puts it there, see `tell_roles`."""

REQUEST_ID: Final = "lbpy.request_id"
"""Key in environ: the id of the request, once somebody asked for it or `identify` gave it."""

_GIVEN_ID: Final = re.compile(r"[\w.:-]{1,128}", re.ASCII)
_environ: Final[ContextVar[WSGIEnvironment | None]] = ContextVar("lbpy_current", default=None)


def enter(environ: WSGIEnvironment) -> None:
    """Make a request the current one in this context."""
    _environ.set(environ)


def tell_roles(is_in: Callable[[str], bool]) -> None:
    """Have `current.has_role` ask this from now on; what an authorizer says of the call that it decides on.

    Args:
        is_in: whether the caller is in the role of that name.
    """
    environ = _environ.get()
    if environ is not None:
        environ[ROLES] = is_in


def identify(environ: WSGIEnvironment, *, trusted: bool) -> str:
    """The id of a request, the same from now on for everybody who sees this environ.

    Args:
        trusted: whether who sent the request may name it by X-Request-Id; what is no plain id does not count even then.
    """
    if REQUEST_ID not in environ:
        given = environ.get("HTTP_X_REQUEST_ID") if trusted else None
        environ[REQUEST_ID] = given if given and _GIVEN_ID.fullmatch(given) else os.urandom(16).hex()
    found: str = environ[REQUEST_ID]
    return found


def entering(app: WSGIApplication) -> WSGIApplication:
    """The same application, whose requests are the current ones while it runs."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        _environ.set(environ)
        return app(environ, start_response)

    return serve


class Current:
    """The current request; false outside of one, so that `if current` asks whether there is one."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return _environ.get() is not None

    @property
    def authenticated(self) -> bool:
        """Whether somebody known is calling; False outside a request."""
        environ = _environ.get()
        return environ is not None and environ.get(PRINCIPAL) is not None

    @property
    def principal(self) -> Principal:
        """Who is calling.

        Raises:
            Unauthorized: nobody known. OperatorError: there is no request.
        """
        found = _request("principal").get(PRINCIPAL)
        if not isinstance(found, Principal):
            raise Unauthorized("Authorization Required", code="AUTHORIZATION_REQUIRED")
        return found

    def has_role(self, name: str) -> bool:
        """Whether the caller is in a role, as access rules would see it: a stored one, one of a resolver, or a built-in one.

        Before access is checked, and where no authorizer knows of roles, only those count that the principal brought along.

        Args:
            name: such as "manager"; "$owner" asks about the record that the method is called on.

        Raises:
            OperatorError: there is no request.
        """
        environ = _request("has_role()")
        is_in = environ.get(ROLES)
        if is_in is not None:
            return bool(is_in(name))
        return self.authenticated and name in self.principal.roles

    @property
    def options(self) -> Options:
        """What built-in methods get as `options`, read only; empty before a method is called, and outside a request."""
        environ = _environ.get()
        return NO_OPTIONS if environ is None else MappingProxyType(environ.get(CALL_OPTIONS, NO_OPTIONS))

    @property
    def request_id(self) -> str:
        """The X-Request-Id that a trusted proxy gave, if it is a plain one, else a new id; the same for the whole request.

        Raises:
            OperatorError: there is no request.
        """
        return identify(_request("request_id"), trusted=False)


def _request(member: str) -> WSGIEnvironment:
    environ = _environ.get()
    if environ is None:
        raise OperatorError(f"lbpy.current.{member} is asked for outside a request")
    return environ


current: Final = Current()
