"""The model that tests of writing use, and what they read of a refusal."""

from typing import Any, Final

NOTE: Final = {"properties": {"title": {"type": "string", "required": True}, "stars": "number", "due": "date"}}
FREE: Final = {**NOTE, "forceId": False}


def codes(body: dict[str, Any]) -> dict[str, list[str]]:
    """The codes of the problems by property."""
    found: dict[str, list[str]] = body["error"]["details"]["codes"]
    return found
