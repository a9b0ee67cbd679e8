"""The house itself: methods without records, and visits, which are kept as long as the process lives."""

from __future__ import annotations

import falcon

from lbpy import Json, Model, Options, PersistedModel, RemoteContext, current, remote_method
from lbpy.errors import ClientError


class Teapot(ClientError):
    """A pot that was asked for coffee (RFC 2324)."""

    status = 418
    name = "Teapot"


class Visit(PersistedModel):
    """Somebody looked at the door."""

    agent: str


class House(Model, plural="house"):
    """What can be asked of the house; it has no records."""

    @remote_method(verb="get", path="/door")
    @staticmethod
    def door(req: falcon.Request, res: falcon.Response) -> Json:
        """A greeting in the client's own kind of letters."""
        Visit.create(agent=req.get_header("User-Agent", default="somebody"))
        res.set_header("X-Visits", str(Visit.count()))
        return {"greeting": f"Welcome at {req.host}."}

    @remote_method(verb="get", path="/visitor")
    @staticmethod
    def visitor(call: RemoteContext, options: Options) -> Json:
        """Who is calling what, as the house sees it."""
        return {
            "method": call.method_string,
            "known": current.authenticated,
            "token": options["accessToken"] is not None,
            "request": current.request_id,
        }

    @remote_method(path=["/coffee", "/espresso"])
    @staticmethod
    def coffee() -> None:
        """There is none."""
        raise Teapot("I am a teapot.", code="TEAPOT")
