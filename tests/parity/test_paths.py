"""Dotted paths name places in JSON."""

import pytest

from .paths import covered, fetch, named

BODY = {"a": [{"b": 1}], "x.y": 2}


@pytest.mark.parametrize(
    ("pattern", "path"),
    [("$", ()), ("a.0.b", ("a", 0, "b")), ("a.*.b", ("a", 7, "b")), ("**.b", ("a", 0, "b")), ("**", ()), (r"x\.y", ("x.y",))],
)
def test_a_pattern_names_a_path(pattern: str, path: tuple[str | int, ...]) -> None:
    assert named([pattern], path)


@pytest.mark.parametrize(("pattern", "path"), [("a", ("a", 0)), ("*", ()), ("a.*", ("b", 0)), ("**.b", ("a",))])
def test_a_pattern_names_nothing_else(pattern: str, path: tuple[str | int, ...]) -> None:
    assert not named([pattern], path)


def test_a_pattern_covers_what_is_below_it() -> None:
    assert covered(["a"], ("a", 0, "b"))
    assert covered(["$"], ("a",))
    assert not covered(["$"], ("$headers", "location"))


@pytest.mark.parametrize(("path", "value"), [("a.0.b", 1), (r"x\.y", 2), ("$", BODY)])
def test_a_value_is_fetched(path: str, value: object) -> None:
    assert fetch(BODY, path) == value


@pytest.mark.parametrize("path", ["b", "a.1", "a.b", "a.0.b.c"])
def test_nothing_at_a_path_is_an_error(path: str) -> None:
    with pytest.raises((LookupError, ValueError)):
        fetch(BODY, path)
