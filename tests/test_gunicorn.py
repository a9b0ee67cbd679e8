"""The shipped settings are what gunicorn takes, and a server that starts from them behaves as docs/deploying.md says."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from types import FunctionType, NoneType
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
    plain = (str, int, NoneType, FunctionType)
    return {name for name, value in vars(shipped).items() if isinstance(value, plain) and name.islower() and name[0] != "_"} - {
        "access_line"
    }


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


# -- the access log ----------------------------------------------------------


def test_the_access_log_is_one_json_object_a_line(root: Path, tmp_path: Path, serve: Callable[..., Server]) -> None:
    shutil.copy(root / "examples/shop.py", tmp_path)
    log = tmp_path / "access.log"
    words = ("--access-logfile", str(log), "--bind", "127.0.0.1:{port}", "shop:app")
    server = serve("gunicorn", "-c", "python:lbpy.gunicorn", *words)
    server.request("/api/goods?access_token=secret", headers={"X-Request-Id": "abc"})
    server.until(lambda: log.read_text("utf-8").count("\n") == 1)  # lines of several connections come in any order
    server.request("/api/goods/%22x", method="DELETE")
    server.until(lambda: log.read_text("utf-8").count("\n") == 2)
    first, second = map(json.loads, log.read_text("utf-8").splitlines())
    assert list(first) == ["time", "method", "path", "status", "bytes", "duration", "request_id"]
    assert (first["method"], first["path"], first["status"], first["bytes"]) == ("GET", "/api/goods", 200, 2)
    assert (second["method"], second["path"]) == ("DELETE", "/api/goods/%22x")
    assert len({first["request_id"], second["request_id"], "abc"}) == 3


def test_a_line_has_the_request_id_and_what_was_sent_as_it_was() -> None:
    environ = {"REQUEST_METHOD": "GET", "RAW_URI": '/a"\x85b?c', "lbpy.request_id": "abc-1"}
    line = shipped.access_line(environ, "404 Not Found", None, timedelta(microseconds=1500))
    told = json.loads(line)
    assert line.isascii()
    assert datetime.fromisoformat(told.pop("time")).tzinfo is not None
    expected = {"method": "GET", "path": '/a"\x85b', "status": 404, "bytes": 0, "duration": 1.5, "request_id": "abc-1"}
    assert told == expected


def test_where_no_application_was_reached_a_line_has_no_request_id() -> None:
    environ = {"REQUEST_METHOD": "GET", "RAW_URI": "/"}
    assert json.loads(shipped.access_line(environ, "200 OK", 2, timedelta()))["request_id"] is None


def test_there_is_no_access_log_unless_asked_for(server: Server) -> None:
    server.request("/api/goods")
    assert "/api/goods" not in server.log.read_text("utf-8")
