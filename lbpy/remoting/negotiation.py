"""Which form an answer takes: what the client accepts against what the application offers. Encodes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

JSON: Final = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Offer:
    """The types that an application answers with (source: rest-api.md 5)."""

    types: tuple[str, ...] = ("application/json", "application/javascript", "text/javascript", "json", "*/*")


def takes_json(accept: str | None) -> bool:
    """Whether a client that sends this Accept header takes JSON."""
    if accept is None or accept in ("*/*", "application/json"):
        return True
    ranges = [part.partition(";") for part in accept.split(",")]
    wanted = {name.strip().lower() for name, _, parameters in ranges if "q=0" not in parameters.replace(" ", "").split(";")}
    return not wanted.isdisjoint({"*/*", "application/*", "application/json", "application/javascript", "text/javascript", "json"})
