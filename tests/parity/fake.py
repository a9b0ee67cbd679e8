"""An application that answers from the recording, with values made up afresh. Reads no request."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from wsgiref.types import StartResponse, WSGIApplication

from lbpy.types import Json

from .corpus import Picture, Scenario, Step

Change = Callable[[Step, Picture], Picture]
"""What is wrong with an answer, on purpose."""

MAKERS: dict[str, Callable[[int], str]] = {
    "objectid": lambda number: f"{0xabc000 + number:024x}",
    "md5": lambda number: f"{0xabc000 + number:032x}",
    "sha1": lambda number: f"{0xabc000 + number:040x}",
    "token": lambda number: f"{number:064d}",
    "uuid": lambda number: str(UUID(int=0xabc000 + number)),
}
JSON = {"content-type": "application/json; charset=utf-8"}


def as_wanted(step: Step, picture: Picture) -> Picture:
    return picture


def answering(scenario: Scenario, change: Change = as_wanted) -> Callable[[str], AbstractContextManager[WSGIApplication]]:
    """What boots an application that gives the wanted answers of the scenario in turn, changed or not."""

    @contextmanager
    def boot(folder: str) -> Iterator[WSGIApplication]:
        steps = iter([step for step in scenario.steps if not step.is_stream])

        def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
            step = next(steps)
            picture = change(step, step.wants[0].picture)
            start_response(f"{picture.status} Recorded", headers_of(picture, folder))
            return [data_of(picture, folder)]

        yield app

    return boot


def headers_of(picture: Picture, folder: str) -> list[tuple[str, str]]:
    media = JSON if picture.kind == "body" else {}
    return [(name, made_up(value, folder)) for name, value in {**media, **picture.headers}.items()]


def data_of(picture: Picture, folder: str) -> bytes:
    if picture.kind in ("empty", "ignored"):
        return b"ignored" if "content-type" in picture.headers else b""
    text = json.dumps(picture.content) if picture.kind == "body" else str(picture.content)
    return made_up(text, folder).encode()


def made_up(text: str, folder: str) -> str:
    """The text with a value in the place of each placeholder."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    text = text.replace("<timestamp>", now).replace("<project>", folder)
    return re.sub(rf"<({'|'.join(MAKERS)}):(\d+)>", lambda found: MAKERS[found[1]](int(found[2])), text)


def changed(number: int, **parts: Json) -> Change:
    """Gives the answer to one step other parts than are wanted; counted from 0."""
    seen = iter(range(1000))
    return lambda step, picture: replace(picture, **parts) if next(seen) == number else picture
