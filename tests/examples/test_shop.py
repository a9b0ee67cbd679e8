"""The example in Python, served by gunicorn: types, validators, hooks and names on the wire."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Server


@pytest.fixture
def shop(root: Path, tmp_path: Path, serve: Callable[..., Server]) -> Server:
    shutil.copy(root / "examples/shop.py", tmp_path)
    return serve("gunicorn", "-c", "python:lbpy.gunicorn", "--bind", "127.0.0.1:{port}", "shop:app")


def test_a_product_comes_back_as_it_was_stored(shop: Server) -> None:
    tea = {"name": "Tea", "price": 3.5, "tags": [], "count": 0, "id": 1}
    assert shop.request("/api/goods", {"name": "  Tea ", "price": 3.5}) == (200, tea)
    assert shop.request("/api/goods/1") == (200, tea)


def test_a_patch_is_tidied_as_well(shop: Server) -> None:
    shop.request("/api/goods", {"name": "Tea"})
    assert shop.request("/api/goods/1", {"name": " Green tea "}, method="PATCH")[1]["name"] == "Green tea"


def test_every_broken_rule_is_named(shop: Server) -> None:
    status, body = shop.request("/api/goods", {"name": "T", "price": 0.5, "count": -1})
    assert status == 422
    assert list(body["error"]["details"]["codes"]) == ["name", "price", "count"]
