"""Whether an answer is the one that is wanted, and where it is not. Sends nothing and reads no file."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from lbpy.types import Json

from .client import Answer, Request, as_text
from .corpus import Picture, Step, Wanted
from .masks import Masks, near, shapeless
from .paths import Path, covered, fetch, named

KEPT = {"content-type", "location", "www-authenticate", "content-disposition", "content-range", "allow", "link", "retry-after"}
KEPT_PREFIXES = ("x-total", "x-pagination")
LISTS = {"allow", "vary", "access-control-allow-methods", "access-control-allow-headers", "access-control-expose-headers"}
NEVER = ("error.stack", "error.details.*.stack")
SOFT = ("error.message", "error.details.*.message")
MISSING = object()


@dataclass(frozen=True)
class Verdict:
    """What differs from the wanted answer; soft differences don't count. quirk: LoopBack's answer where another is wanted."""

    diffs: tuple[str, ...] = ()
    soft: tuple[str, ...] = ()
    quirk: bool = False

    @property
    def matched(self) -> bool:
        return not self.diffs


def judge(step: Step, picture: Picture, masks: Masks) -> Verdict:
    """Holds an answer against LoopBack's own first, which binds what was made up, then against what is wanted."""
    own = compare(step, step.recorded, picture, masks)
    verdicts = [own if want is step.recorded else compare(step, want, picture, masks) for want in step.wants]
    best = next((verdict for verdict in verdicts if verdict.matched), verdicts[0])
    if own.matched and not best.matched:
        return Verdict(("quirk copied", *best.diffs), best.soft, quirk=True)
    return best


# ------------------------------------------------------------------- picture


def picture_of(answer: Answer, step: Step, request: Request) -> Picture:
    """The part of an answer that is compared."""
    kind, content = answer.content()
    if named(step.ignore, ()):
        kind, content = "ignored", True
    status = "<ignored>" if named(step.ignore, ("$status",)) else answer.status
    return Picture(status, kept_headers(answer, step, request), kind, without(content, (*step.ignore, *NEVER)), answer.error)


def kept_headers(answer: Answer, step: Step, request: Request) -> dict[str, str]:
    asked = {name.lower() for name in step.check_headers}
    cors = "origin" in {name.lower() for name in request.headers}

    def is_kept(name: str) -> bool:
        if name == "content-type" and not answer.data and name not in asked:
            return False
        known = name in KEPT | asked or name.startswith(KEPT_PREFIXES) or (cors and name.startswith("access-control-"))
        return known and not named(step.ignore, ("$headers", name))

    return {name: evened(name, ", ".join(values)) for name, values in answer.headers.items() if is_kept(name)}


def evened(name: str, value: str) -> str:
    """A header's value without differences of spelling."""
    if name in LISTS:
        return ", ".join(sorted(part.strip() for part in value.split(",") if part.strip()))
    if name != "content-type":
        return value
    media, *parameters = (part.strip().lower().replace('"', "") for part in value.split(";"))
    if media.startswith("multipart/"):
        parameters = ["boundary=<boundary>" if part.startswith("boundary=") else part for part in parameters]
    return "; ".join([media, *(part.replace("=utf8", "=utf-8") for part in parameters if part)])


def without(value: Json, ignored: tuple[str, ...], path: Path = ()) -> Json:
    """The value less its ignored keys; an ignored item of a list leaves a mark, so that the length still counts."""
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if not named(ignored, (*path, key))}
        return {key: without(item, ignored, (*path, key)) for key, item in kept.items()}
    if isinstance(value, list):
        places = [(item, (*path, at)) for at, item in enumerate(value)]
        return ["<ignored>" if named(ignored, place) else without(item, ignored, place) for item, place in places]
    return value


# ------------------------------------------------------------------ comparing


@dataclass(frozen=True)
class Comparison:
    """How two JSON values are compared: which arrays may come in any order, and what was made up."""

    unordered: tuple[str, ...]
    masks: Masks

    def same(self, expected: Json, actual: Json) -> bool:
        """Whether two leaves are equal; 1 and 1.0 are, 1 and true are not."""
        if isinstance(expected, str) and isinstance(actual, str):
            return self.masks.same(expected, actual)
        if expected == "<epoch-ms>" and isinstance(actual, int):
            return near(actual / 1000)
        numbers = {type(expected), type(actual)} <= {int, float}
        return (numbers or type(expected) is type(actual)) and bool(expected == actual)

    def sorted_alike(self, path: Path, expected: list[Json], actual: list[Json]) -> tuple[list[Json], list[Json]]:
        if not named(self.unordered, path):
            return expected, actual
        return sorted(expected, key=lambda v: as_key(v, shapeless)), sorted(actual, key=lambda v: as_key(v, self.skeleton))

    def skeleton(self, text: str) -> str:
        return self.masks.shape(text)[0]


def compare(step: Step, want: Wanted, actual: Picture, masks: Masks) -> Verdict:
    """The differences between an answer and one wanted answer."""
    how = Comparison(step.unordered, masks)
    found = [*header_differences(how, want, actual), *content_differences(how, want.picture, actual)]
    soft = {text for path, text in found if covered((*step.soft, *SOFT), path)}
    hard = tuple(text for _, text in found if text not in soft)
    return Verdict((*outlines(want, actual), *hard, *forbidden(how, want, actual)), tuple(sorted(soft)))


def outlines(want: Wanted, actual: Picture) -> Iterator[str]:
    """What differs before anybody looks inside."""
    expected = want.picture
    if expected.status != actual.status:
        yield f"status: expected {expected.status}, got {actual.status}"
    if actual.error:
        yield actual.error
    elif expected.kind != actual.kind and not (want.partial and expected.kind == "empty"):
        yield f"expected {expected.kind}, got {actual.kind}: {short(actual.content)}"


def header_differences(how: Comparison, want: Wanted, actual: Picture) -> Iterator[tuple[Path, str]]:
    expected = want.picture.headers
    shown = {name: value for name, value in actual.headers.items() if name in expected or not want.partial}
    for (name,), text in differences(how, expected, shown, ()):
        yield ("$headers", name), f"header {name}{text}"


def content_differences(how: Comparison, expected: Picture, actual: Picture) -> Iterator[tuple[Path, str]]:
    if expected.kind == actual.kind and expected.kind not in ("empty", "ignored"):
        for path, text in differences(how, expected.content, actual.content, ()):
            yield path, f"${''.join(f'[{part}]' if isinstance(part, int) else f'.{part}' for part in path)}{text}"


def differences(how: Comparison, expected: Json, actual: Json, path: Path) -> Iterator[tuple[Path, str]]:
    """Path and text of each leaf that differs."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for key in sorted({*expected, *actual}):
            yield from differences(how, expected.get(key, MISSING), actual.get(key, MISSING), (*path, key))
    elif isinstance(expected, list) and isinstance(actual, list):
        rows = zip_longest(*how.sorted_alike(path, expected, actual), fillvalue=MISSING)
        for at, (left, right) in enumerate(rows):
            yield from differences(how, left, right, (*path, at))
    elif not how.same(expected, actual):
        yield path, f": expected {short(expected)}, got {short(actual)}"


def as_key(value: Json, plain: Callable[[str], str]) -> str:
    """A text to sort by, free of what was made up."""

    def shaped(part: Json) -> Json:
        if isinstance(part, dict):
            return {key: shaped(item) for key, item in part.items()}
        if isinstance(part, list):
            return [shaped(item) for item in part]
        return plain(part) if isinstance(part, str) else part

    return json.dumps(shaped(value), sort_keys=True)


def short(value: Json) -> str:
    return "nothing" if value is MISSING else as_text(value)[:300]


def forbidden(how: Comparison, want: Wanted, actual: Picture) -> Iterator[str]:
    """What is there and must not be."""
    body = actual.content if actual.kind == "body" else None
    yield from (f"{path} should be absent" for path in want.absent if present(body, path))
    yield from (f"header {name} should be absent" for name in want.absent_headers if name.lower() in actual.headers)
    if want.message_without and want.message_without in how.skeleton(as_text(actual.content or "")):
        yield f"{want.message_without!r} should not be in it"


def present(body: Json, path: str) -> bool:
    try:
        fetch(body, path)
    except (LookupError, ValueError):
        return False
    return True
