"""How long the proofs look: the same short search each time by default; LBPY_EXAMPLES and LBPY_SEED make another or a longer one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import lbpy

EXAMPLES = int(os.environ.get("LBPY_EXAMPLES", "0"))
SEED = os.environ.get("LBPY_SEED")

STORES: dict[str, dict[str, Any]] = {
    "memory": {"connector": "memory"},
    "sqlite": {"connector": "sqlite", "file": ":memory:", "autoupdate": True},
}


def proof(examples: int) -> settings:
    """The settings of a proof with so many examples in CI."""
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=SEED is None,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@pytest.fixture
def make_app() -> Iterator[Callable[[str], lbpy.App]]:
    """Makes applications on a store, closed when the test ends."""
    made: list[lbpy.App] = []

    def make(store: str) -> lbpy.App:
        app = lbpy.App()
        app.data_source("db", **STORES[store])
        made.append(app)
        return app

    yield make
    for app in made:
        app.close()
