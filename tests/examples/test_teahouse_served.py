"""The teahouse served by gunicorn: streams in and out, and two workers on one store."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Server

SAID = {"email": "manager@tea.example", "password": "oolong-is-best"}
GUNICORN = ("gunicorn", "-c", "python:lbpy.gunicorn", "--workers", "2", "--bind", "127.0.0.1:{port}", "teahouse.wsgi:app")


@pytest.fixture
def served(root: Path, tmp_path: Path, serve: Callable[..., Server], environment: dict[str, str]) -> Server:
    shutil.copytree(root / "examples/teahouse", tmp_path / "teahouse", ignore=shutil.ignore_patterns("*.db*", "__pycache__"))
    seed = [sys.executable, "-m", "teahouse", "seed", "--password", SAID["password"]]
    subprocess.run(seed, cwd=tmp_path, env=environment, check=True)
    return serve(*GUNICORN)


def signed_in(served: Server) -> dict[str, str]:
    status, token = served.request("/api/customers/login", SAID)
    assert status == 200
    return {"Authorization": token["id"]}


def raw(served: Server, path: str, **sent: Any) -> bytes:
    asked = urllib.request.Request(f"http://127.0.0.1:{served.port}{path}", **sent)
    with served.open.open(asked, timeout=20) as answer:
        return bytes(answer.read())


def test_it_answers_as_in_tests(served: Server) -> None:
    assert served.request("/api/teas/count") == (200, {"count": 4})
    assert served.request("/api/teas", {"name": "New"})[0] == 401
    status, order = served.request("/api/orders/place", {"lines": [{"teaId": 1, "grams": 50}]}, headers=signed_in(served))
    assert (status, order["total"]) == (201, 3.25)
    assert served.request("/api/teas/1")[1]["inStock"] == 1950


def test_streams_go_in_and_out(served: Server) -> None:
    text = b"".join(b"Tea %d;1\n" % number for number in range(500)) + b"Sencha;7"
    sent = {**signed_in(served), "Content-Type": "text/csv"}
    taken = raw(served, "/api/teas/stocktake", data=text, headers=sent, method="POST")
    assert hashlib.sha256(text).hexdigest().encode() in taken
    assert b'"lines":501,"changed":1' in taken
    assert raw(served, "/api/teas/price-list").startswith(b"name;price\nAssam;4.2")
