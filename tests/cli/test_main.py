"""The command itself: its subcommands, those of other packages, and how mistakes end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import lbpy as package

LBPY = Callable[..., Result]

BROUGHT = """
import click

@click.command()
def hello():
    "Say hello."
    click.echo("hello")
"""


def python(*words: str, path: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    found = os.pathsep.join([str(path), *filter(None, [environment.get("PYTHONPATH")])])
    command = [sys.executable, *words]
    return subprocess.run(command, env={**environment, "PYTHONPATH": found}, capture_output=True, text=True, check=False)


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    """A folder with a package that brings the commands hello and broken."""
    (tmp_path / "brought.py").write_text(BROUGHT)
    info = tmp_path / "brought-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[lbpy.commands]\nhello = brought:hello\nbroken = nosuch:command\n")
    return tmp_path


def test_the_version_is_the_packages(lbpy: LBPY) -> None:
    assert lbpy("--version").output == f"lbpy {package.__version__}\n"


def test_help_lists_the_commands(lbpy: LBPY) -> None:
    listed = lbpy("--help").output
    assert [name for name in ("check", "migrate", "new", "routes", "run") if f"\n  {name} " not in listed] == []


def test_an_unknown_command_is_said_so(lbpy: LBPY) -> None:
    refused = lbpy("rum")
    assert refused.exit_code == 2
    assert "No such command 'rum'" in refused.output


def test_python_m_lbpy_is_the_same_command(tmp_path: Path, environment: dict[str, str]) -> None:
    done = python("-m", "lbpy", "--version", path=tmp_path, environment=environment)
    assert done.stdout == f"lbpy {package.__version__}\n"


def test_another_package_brings_a_command(brought: Path, environment: dict[str, str]) -> None:
    assert python("-m", "lbpy", "hello", path=brought, environment=environment).stdout == "hello\n"


def test_a_command_that_cannot_be_imported_is_one_text(brought: Path, environment: dict[str, str]) -> None:
    done = python("-m", "lbpy", "broken", path=brought, environment=environment)
    assert done.returncode == 1
    assert "command 'broken' cannot be imported" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_module_names_itself_as_it_is_called(tmp_path: Path) -> None:
    told = python("-m", "lbpy", "--help", path=tmp_path, environment=dict(os.environ))
    assert told.stdout.startswith("Usage: python -m lbpy [OPTIONS]")


# -- Ctrl-C ------------------------------------------------------------------

SLOW = """
import pathlib
import time

pathlib.Path("reached").touch()
time.sleep(60)
"""
COMMAND = "from lbpy.cli import main; main(prog_name='lbpy')"


def interrupted(folder: Path, *words: str, environment: dict[str, str]) -> tuple[int, str]:
    """Status and output of the command, interrupted where it has come to SLOW."""
    command = [sys.executable, "-c", COMMAND, *words]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    end = time.monotonic() + 60
    while not (folder / "reached").exists():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said, _ = process.communicate(timeout=60)
    return process.returncode, said


@pytest.mark.parametrize("command", ["run", "check"])
def test_ctrl_c_while_a_project_is_booted_ends_without_a_word(
    root: Path, project: Path, environment: dict[str, str], command: str
) -> None:
    (project / "common/models/note.py").write_text(SLOW)
    paths = {"PYTHONPATH": str(root)}
    assert interrupted(project.parent, command, "notes", environment={**environment, **paths}) == (130, "")
