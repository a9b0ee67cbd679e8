"""The shipped settings are what gunicorn takes, and a server that starts from them behaves as docs/deploying.md says."""

from __future__ import annotations

import http.client
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from gunicorn.config import Config

import lbpy.gunicorn as shipped

if TYPE_CHECKING:
    from tests.conftest import Server

NEWER = {"control_socket_disable"}
"""Settings that older versions of gunicorn do not know."""


@pytest.fixture
def server(root: Path, tmp_path: Path, serve: Callable[..., Server]) -> Server:
    """The shop of the examples under plain gunicorn."""
    shutil.copy(root / "examples/shop.py", tmp_path)
    return serve("gunicorn", "-c", "python:lbpy.gunicorn", "--bind", "127.0.0.1:{port}", "shop:app")


def names() -> set[str]:
    return {name for name in vars(shipped) if not name.startswith("_")} - {"annotations", "os", "signal"}


def test_gunicorn_knows_every_setting() -> None:
    assert names() - NEWER <= set(Config().settings)


def test_gunicorn_takes_every_value() -> None:
    config = Config()
    for name in names() & set(config.settings):
        config.set(name, vars(shipped)[name])
    assert config.limit_request_line == 0
    assert config.forwarded_allow_ips == []


def test_the_deploying_page_lists_every_setting(root: Path) -> None:
    page = (root / "docs/deploying.md").read_text("utf-8")
    assert [name for name in names() if f"| `{name}` |" not in page] == []


def test_a_request_line_may_be_longer_than_8190_bytes(server: Server) -> None:
    assert server.request(f"/api/goods?x={'y' * 12000}") == (200, [])


def test_a_connection_is_kept(server: Server) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        for _ in range(3):
            connection.request("GET", "/api/goods")
            assert connection.getresponse().read() == b"[]"
        assert connection.sock is not None


def test_nobody_names_another_script(server: Server) -> None:
    status, _ = server.request("/api/goods", headers={"SCRIPT_NAME": "/api"})
    assert status == 200
