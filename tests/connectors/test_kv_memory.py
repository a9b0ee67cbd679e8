"""Values by key in this process."""

from typing import Any

import pytest

from lbpy.connectors.kv_memory import MemoryKeys
from lbpy.errors import BadRequest, OperatorError
from lbpy.query.nodes import EVERY_ROW


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(clock: Clock) -> MemoryKeys:
    return MemoryKeys("Cache", clock)


@pytest.mark.parametrize("value", [1, "x", False, b"x", [1, {"a": None}]])
def test_a_value_comes_back_as_it_was(keys: MemoryKeys, value: Any) -> None:
    keys.set("k", value)
    assert (keys.get("k"), type(keys.get("k"))) == (value, type(value))


def test_values_are_copies(keys: MemoryKeys) -> None:
    given = {"list": [1]}
    keys.set("k", given)
    given["list"].append(2)
    keys.get("k")["list"].append(3)
    assert keys.get("k") == {"list": [1]}


def test_a_value_is_gone_when_its_time_is_over(keys: MemoryKeys, clock: Clock) -> None:
    keys.set("k", 1, 500)
    clock.now += 0.4
    assert (keys.get("k"), keys.ttl("k")) == (1, 100)
    clock.now += 0.1
    assert (keys.get("k"), keys.keys(), keys.expire("k", 100), keys.delete_key("k")) == (None, [], False, False)
    with pytest.raises(KeyError):
        keys.ttl("k")


def test_setting_anew_takes_the_limit_away_and_expire_gives_one(keys: MemoryKeys) -> None:
    keys.set("k", 1, 500)
    keys.set("k", 2)
    assert keys.ttl("k") is None
    assert keys.expire("k", 250)
    assert keys.ttl("k") == 250


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*", "a ab b* [x]"),
        ("a*", "a ab"),
        ("?", "a"),
        ("[ab]?", "ab b*"),
        ("[!a]*", "b* [x]"),
        ("b\\*", "b*"),
        ("\\[x]", "[x]"),
        ("", ""),
        ("z", ""),
    ],
)
def test_keys_are_found_by_glob_patterns(keys: MemoryKeys, pattern: str, found: str) -> None:
    for key in ("a", "ab", "b*", "[x]"):
        keys.set(key, 1)
    assert " ".join(keys.keys(pattern)) == found


def test_a_pattern_that_cannot_be_read_is_refused(keys: MemoryKeys) -> None:
    for pattern in ("[z-a]", "*" * 2000, "\ud800"):
        with pytest.raises(BadRequest):
            keys.keys(pattern)


def test_all_keys_are_forgotten_at_once(keys: MemoryKeys) -> None:
    keys.set("a", 1)
    keys.set("b", 1)
    assert (keys.delete_keys(), keys.keys()) == (2, [])


def test_there_are_no_rows(keys: MemoryKeys) -> None:
    with pytest.raises(OperatorError, match="KeyValueModel"):
        keys.count(EVERY_ROW)
