"""Blocks that exclude each other by key."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lbpy.data.turns import Turns
from lbpy.errors import StoreError


def test_one_caller_at_a_time_has_a_key() -> None:
    turn, inside, most = Turns(), [0], [0]

    def work(_: int) -> None:
        with turn("key"):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            threading.Event().wait(0.002)
            inside[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(16)))
    assert most == [1]


def test_another_key_is_another_matter_and_whoever_has_one_enters_again() -> None:
    turn = Turns(0.0)
    with turn("a"), turn("b"), turn("a"):
        pass
    with turn("a"):
        pass


def test_waiting_has_an_end() -> None:
    turn = Turns(0.01)
    with turn("a"), ThreadPoolExecutor(1) as pool, pytest.raises(StoreError, match="too long"):
        pool.submit(lambda: turn("a").__enter__()).result()


def test_a_key_is_given_back_after_a_failure() -> None:
    turn = Turns(0.0)
    with pytest.raises(ValueError, match="failed"), turn("a"):
        raise ValueError("failed")
    with turn("a"):
        pass
