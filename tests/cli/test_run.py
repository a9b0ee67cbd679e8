"""`lbpy run` with a real gunicorn: where it listens, what it refuses, signals, reloading, workers."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from tests.conftest import Server

Serve = Callable[..., "Server"]
Change = Callable[..., None]
Run = Callable[..., subprocess.CompletedProcess[str]]

TOTALS = "1 models, 1 public, 15 routes; 0 refused, 0 closed, 0 warnings, 0 notes"


@pytest.fixture
def run(project: Path, environment: dict[str, str]) -> Run:
    """Runs `lbpy run notes WORD...` that is to end by itself."""

    def done(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lbpy", "run", "notes", *words]
        env = environment | variables
        return subprocess.run(command, cwd=project.parent, env=env, capture_output=True, text=True, check=False, timeout=20)

    return done


def closed(change: Change) -> None:
    change("server/model-config.json", Note={"dataSource": "db", "public": False})


# -- where it listens --------------------------------------------------------


def test_host_and_port_are_those_of_the_project(serve: Serve, change: Change, free_port: int) -> None:
    change("server/config.json", port=free_port, restApiRoot="/v1")
    server = serve("lbpy", "run", "notes")
    assert server.request("/v1/Notes") == (200, [])
    assert server.log.read_text() == f"{TOTALS}\nlbpy serves http://127.0.0.1:{free_port}/v1 (Ctrl-C ends it)\n"


def test_the_command_line_wins(serve: Serve, change: Change) -> None:
    change("server/config.json", port=1, host="192.0.2.1")
    assert serve("lbpy", "run", "notes", "--host", "localhost", "--port", "{port}").request("/api/Notes") == (200, [])


def test_the_environment_says_the_port_too(serve: Serve, project: Path, free_port: int) -> None:
    assert serve("lbpy", "run", "notes", PORT=str(free_port)).request("/api/Notes") == (200, [])


def test_a_port_in_use_is_said_at_once(serve: Serve, project: Path, run: Run, free_port: int) -> None:
    serve("lbpy", "run", "notes", "--port", "{port}")
    refused = run("--port", str(free_port))
    text = f"Error: cannot listen at 127.0.0.1:{free_port}: the port is in use; choose another place with --host and --port\n"
    assert (refused.returncode, refused.stderr) == (1, text)


def test_an_address_that_is_not_here_is_one_text(run: Run) -> None:
    refused = run("--host", "192.0.2.1", "--port", "0")
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: cannot listen at 192.0.2.1:0: ")


# -- what it refuses ---------------------------------------------------------


def test_a_broken_file_is_said_with_its_place(run: Run, project: Path) -> None:
    (project / "common/models/note.json").write_text('{"name": "Note"')
    refused = run("--port", "0")
    assert refused.returncode == 1
    assert refused.stderr.startswith("refuse JSON_UNREADABLE common/models/note.json line 1, column 16")
    assert "Traceback" not in refused.stderr


def test_strict_wants_a_project_that_passes_the_check(run: Run, change: Change) -> None:
    change("common/models/note.json", properties={"title": "strng"})
    refused = run("--port", "0", "--strict")
    assert refused.returncode == 1
    assert "1 warnings" in refused.stderr


@pytest.mark.parametrize("name", ["nosuch", "nosuch.Worker", "os.nosuch"])
def test_an_unknown_kind_of_worker_is_one_text(run: Run, name: str) -> None:
    refused = run("--port", "0", "--worker-class", name)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: gunicorn has no such worker class: ")
    assert "Traceback" not in refused.stderr


def test_memory_may_stand_in_for_a_missing_source(serve: Serve, change: Change) -> None:
    change("server/datasources.json", db={"connector": "nosuch"})
    server = serve("lbpy", "run", "notes", "--port", "{port}", "--missing-source", "memory")
    assert server.request("/api/Notes", {"title": "a"})[0] == 200
    assert "warn CONNECTOR_UNKNOWN server/datasources.json:db.connector" in server.log.read_text()


def test_memory_may_stand_in_for_a_source_defined_nowhere(serve: Serve, change: Change) -> None:
    change("server/model-config.json", Note={"dataSource": "gone", "public": True})
    server = serve("lbpy", "run", "notes", "--port", "{port}", "--missing-source", "memory")
    assert server.request("/api/Notes") == (200, [])
    assert "warn SOURCE_MISSING server/model-config.json:Note.dataSource" in server.log.read_text()


def test_workers_that_do_not_share_their_rows_are_warned_of(serve: Serve, change: Change) -> None:
    change("server/datasources.json", db={"connector": "memory"})
    server = serve("lbpy", "run", "notes", "--port", "{port}", "--workers", "2")
    assert "warn WORKERS_APART db keeps its rows in memory" in server.log.read_text()


# -- requests ----------------------------------------------------------------


def test_long_filters_are_answered_up_to_the_limit(serve: Serve, project: Path) -> None:
    server = serve("lbpy", "run", "notes", "--port", "{port}")
    long, too_long = ({"where": {"title": {"inq": ["x" * 90] * count}}} for count in (55, 200))
    assert server.request(f"/api/Notes?filter={quote(json.dumps(long))}") == (200, [])
    assert server.request(f"/api/Notes?filter={quote(json.dumps(too_long))}")[0] == 400


def test_unusual_verbs_reach_the_application(serve: Serve, project: Path) -> None:
    status, body = serve("lbpy", "run", "notes", "--port", "{port}").request("/api/Notes", method="PROPFIND")
    assert (status, body["error"]["message"]) == (404, 'Shared class "Note" has no method handling PROPFIND /')


def test_two_workers_write_to_one_file(serve: Serve, project: Path) -> None:
    server = serve("lbpy", "run", "notes", "--port", "{port}", "--workers", "2")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda at: server.request("/api/Notes", {"title": str(at)}), range(100)))
    assert {status for status, _ in answers} == {200}
    assert sorted(body["id"] for _, body in answers) == list(range(1, 101))
    assert server.request("/api/Notes/count") == (200, {"count": 100})


def test_a_missing_folder_is_named_in_the_log_and_can_be_made_while_it_runs(serve: Serve, project: Path, change: Change) -> None:
    change("server/datasources.json", db={"connector": "sqlite", "file": "missing/data.db", "autoupdate": True})
    server = serve("lbpy", "run", "notes", "--port", "{port}")
    assert server.request("/api/Notes")[0] == 503
    assert f"unable to open database file {project}/missing/data.db: its folder must be there" in server.log.read_text()
    (project / "missing").mkdir()
    assert server.request("/api/Notes") == (200, [])


def test_settings_of_gunicorn_come_from_its_variable(serve: Serve, project: Path) -> None:
    server = serve("lbpy", "run", "notes", "--port", "{port}", GUNICORN_CMD_ARGS="--access-logfile -")
    server.request("/api/Notes")
    server.until(lambda: '"method": "GET", "path": "/api/Notes", "status": 200' in server.log.read_text())


# -- ending and reloading ----------------------------------------------------


def test_ctrl_c_ends_in_a_second_without_a_word(serve: Serve, project: Path) -> None:
    server = serve("lbpy", "run", "notes", "--port", "{port}", "--workers", "2")
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as idle:  # kept open by the server
        idle.request("GET", "/api/Notes")
        idle.getresponse().read()
        said, began = server.log.read_text(), time.monotonic()
        server.signal(signal.SIGINT)
        assert server.process.wait(10) == 0
    assert time.monotonic() - began < 3
    assert server.log.read_text() == said


@pytest.mark.parametrize("options", [[], ["--preload"]])
def test_hup_boots_again(serve: Serve, project: Path, change: Change, options: list[str]) -> None:
    server = serve("lbpy", "run", "notes", "--port", "{port}", *options)
    assert server.request("/api/Notes")[0] == 200
    closed(change)
    server.process.send_signal(signal.SIGHUP)
    server.until(lambda: server.request("/api/Notes")[0] == 404)


@pytest.mark.parametrize("options", [[], ["--preload"]])
def test_hup_of_a_broken_project_leaves_the_workers_alone(serve: Serve, project: Path, options: list[str]) -> None:
    server = serve("lbpy", "run", "notes", "--port", "{port}", *options)
    assert server.request("/api/Notes")[0] == 200  # the first worker has read the project
    (project / "server/config.json").write_text("{")
    server.process.send_signal(signal.SIGHUP)
    server.until(lambda: "not reloaded; the workers go on as they are" in server.log.read_text())
    assert server.request("/api/Notes")[0] == 200


def test_reload_follows_the_files_and_shows_what_is_wrong_with_them(serve: Serve, project: Path, change: Change) -> None:
    server = serve("lbpy", "run", "notes", "--port", "{port}", "--reload")
    assert server.request("/api/Notes")[0] == 200
    time.sleep(1.2)  # the watcher looks once a second
    path = project / "common/models/note.json"
    good = path.read_text()
    path.write_text("{")
    server.until(lambda: server.request("/api/Notes")[0] == 500)
    assert server.request("/")[1].startswith("refuse JSON_UNREADABLE common/models/note.json")
    time.sleep(1.2)
    path.write_text(good)
    server.until(lambda: server.request("/api/Notes")[0] == 200)
