"""Marks where the routes of the application stand in the chain. Serves nothing itself."""

from __future__ import annotations

from ...app.entries import Place
from ...app.phases import ROUTER, RouterMark
from ...types import Json


def make(_params: Json, _place: Place) -> RouterMark:
    """The entry `loopback#rest`; its paths say where the application serves its models."""
    return ROUTER
