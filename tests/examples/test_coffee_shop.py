"""The example project: it passes the check, is seeded once, and answers about coffee houses."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lbpy
from lbpy.app.boot import read
from lbpy.testing import Client


@pytest.fixture
def project(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example without what a run left in it."""
    monkeypatch.delenv("NODE_ENV", raising=False)
    return shutil.copytree(root / "examples/coffee-shop", tmp_path / "shop", ignore=shutil.ignore_patterns("*.db*"))


@pytest.fixture
def app(project: Path) -> Iterator[lbpy.App]:
    seeded(project)
    with lbpy.boot(project) as app:
        yield app


def seeded(project: Path) -> str:
    return subprocess.run([sys.executable, project / "seed.py"], check=True, capture_output=True, text=True).stdout


def get(app: lbpy.App, path: str, **filter: Any) -> Any:
    return Client(app).get(f"/api/{path}", filter=filter).json


def test_nothing_in_it_is_worth_a_finding(project: Path) -> None:
    assert read(project).report.lines() == []


def test_it_is_seeded_once(project: Path) -> None:
    assert seeded(project) == seeded(project) == "CoffeeShop: 12\nReviewer: 3\nReview: 6\n"


def test_every_review_is_of_a_shop_and_by_somebody(app: lbpy.App) -> None:
    shops, people = ({one["id"] for one in get(app, path)} for path in ("CoffeeShops", "Reviewers"))
    reviews = get(app, "Reviews")
    assert {one["coffeeShopId"] for one in reviews} <= shops
    assert {one["publisherId"] for one in reviews} <= people


def test_the_nearest_shops_come_first(app: lbpy.App) -> None:
    found = get(app, "CoffeeShops", where={"location": {"near": "48.853,2.338"}}, limit=2)
    assert [one["name"] for one in found] == ["Café Procope", "Café de Flore"]


def test_addresses_of_reviewers_are_hidden(app: lbpy.App) -> None:
    assert {tuple(one) for one in get(app, "Reviewers")} == {("name", "id")}
    assert "error" in get(app, "Reviewers", where={"email": "ann@example.com"})


def test_no_route_writes_to_many_rows_at_once(app: lbpy.App) -> None:
    assert [method for _, _, method in app.routes() if method.endswith("All")] == []
