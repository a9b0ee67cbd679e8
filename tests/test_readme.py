"""What README.md and docs/getting-started.md tell a newcomer to type works, and answers what they show."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from lbpy.types import Json

if TYPE_CHECKING:
    from tests.conftest import Server

Serve = Callable[..., "Server"]

LISTEN = ["--port", "{port}"]
ORIGIN = "http://127.0.0.1:3000"
WITH_VALUE = ("-X", "-H", "-d", "--data-urlencode")


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def typed(page: Path) -> Iterator[tuple[list[str], str]]:
    """The words of every line after a `$`, and what is shown below it."""
    for block in blocks(page, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, shown = part.partition("\n")
            yield shlex.split(line), shown.strip()


def curl(server: Server, words: list[str]) -> Json:
    """What curl would get, as far as the pages use it."""
    given: dict[str, list[str]] = {name: [] for name in ("", "-G", *WITH_VALUE)}
    rest = iter(words)
    for word in rest:
        given[word if word in given else ""].append(next(rest) if word in WITH_VALUE else word)
    (url,) = given[""]
    assert url.startswith(ORIGIN)
    assert not set("[]{}") & set(url), "curl would take these for patterns"
    asked = "&".join(f"{name}={quote(value)}" for name, _, value in (one.partition("=") for one in given["--data-urlencode"]))
    data = json.loads(given["-d"][0]) if given["-d"] else None
    headers = dict(one.split(": ") for one in given["-H"])
    return server.request(f"{url.removeprefix(ORIGIN)}?{asked}", data, method=next(iter(given["-X"]), None), headers=headers)[1]


def lbpy(folder: Path, words: list[str], environment: dict[str, str]) -> str:
    command = [sys.executable, "-m", "lbpy", *words]
    return subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def serve_command(page: Path) -> list[list[str]]:
    """The parts of the README's first command."""
    return [shlex.split(part) for part in blocks(page, "bash")[0].split("&&")]


def test_one_command_installs_seeds_and_serves_the_example(root: Path, tmp_path: Path, serve: Serve, environment: dict[str, str]) -> None:
    venv, install, seed, run = serve_command(root / "README.md")
    assert (venv, install) == (["python3", "-m", "venv", ".venv"], [".venv/bin/pip", "install", "-q", "."])
    shutil.copytree(root / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("*.db*"))
    assert seed[0] == ".venv/bin/python"
    subprocess.run([sys.executable, *seed[1:]], cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert run[0] == ".venv/bin/lbpy"
    server = serve("lbpy", *run[1:], *LISTEN)
    for words, shown in typed(root / "README.md"):
        assert (words, curl(server, words[1:])) == (words, json.loads(shown))


def test_the_marked_command_runs_all_tests(root: Path) -> None:
    text = (root / "README.md").read_text("utf-8")
    marked = re.search(r"^<!-- test -->\n\n```bash\n(.*)\n```$", text, re.MULTILINE)
    assert marked
    assert marked[1] == "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest"


def test_getting_started_goes_as_it_says(root: Path, tmp_path: Path, serve: Serve, environment: dict[str, str]) -> None:
    server: Server | None = None
    for words, shown in typed(root / "docs/getting-started.md"):
        if words[:2] == ["lbpy", "run"]:
            server = serve(*words, *LISTEN)
        elif words[0] == "lbpy":
            assert lbpy(tmp_path, words[1:], environment) == shown
        else:
            assert server is not None
            assert (words, curl(server, words[1:])) == (words, json.loads(shown))
    assert server is not None


@pytest.mark.parametrize("page", ["README.md", "docs/getting-started.md"])
def test_the_python_on_a_page_runs_in_one_go(root: Path, tmp_path: Path, environment: dict[str, str], page: str) -> None:
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks(root / page, "python")), "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("page", ["README.md", "docs/getting-started.md", "docs/deploying.md"])
def test_links_lead_to_files(root: Path, page: str) -> None:
    targets = re.findall(r"\]\((?!http)([^)#]+)", (root / page).read_text("utf-8"))
    assert [one for one in targets if not (root / page).parent.joinpath(one).exists()] == []
