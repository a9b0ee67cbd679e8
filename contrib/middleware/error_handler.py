"""Hands the options of strong-error-handler to whoever answers errors. Answers none itself."""

from __future__ import annotations

from typing import Any

import falcon

from ...app.entries import Place
from ...app.phases import ErrorStep, error_step
from ...remoting.problem import ERROR_OPTIONS
from ...types import Json
from .params import options


def make(params: Json, _place: Place) -> ErrorStep:
    """The entry `strong-error-handler`, also under the older names `loopback#errorHandler` and `errorhandler`."""
    given = options(params)

    def handle(req: falcon.Request, _resp: falcon.Response, _error: Exception, _params: dict[str, Any]) -> None:
        req.env[ERROR_OPTIONS] = given

    return error_step(handle)


def make_plain(_params: Json, _place: Place) -> ErrorStep:
    """The older names: as strong-error-handler without params. Source: reference/real-projects.md 4."""
    return make(None, _place)
