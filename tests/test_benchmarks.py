"""The benchmark runs, compares answers, and fails where a ratio is above its limit."""

import subprocess
import sys
from pathlib import Path

import pytest

FEW = ("--calls", "20", "--rounds", "1")


def run(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "benchmarks" / "overhead.py"), *FEW, *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_each_kind_of_request_is_measured(root: Path, store: str) -> None:
    done = run(root, "--store", store)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == [f"{store}.{name}" for name in ("get", "list", "post")]


def test_a_ratio_above_its_limit_fails(root: Path) -> None:
    assert run(root, "--store", "memory", "--max", "memory.get=0.1").returncode == 1


def test_a_limit_for_nothing_is_refused(root: Path) -> None:
    assert "nothing is measured" in run(root, "--max", "memory.gte=1").stderr


def test_unknown_and_known_users_are_measured_at_login(root: Path) -> None:
    command = [sys.executable, str(root / "benchmarks" / "login.py"), "--tries", "2", "--cost", "4"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("unknown ")


@pytest.mark.parametrize(("most", "status"), [("1000", 0), ("0.01", 1)])
def test_many_rows_on_postgresql_are_measured_and_held_to_a_limit(root: Path, postgresql_server: str, most: str, status: int) -> None:
    options = ("--url", postgresql_server, "--rows", "20", "--rounds", "1", "--max", most)
    command = [sys.executable, str(root / "benchmarks" / "bulk.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (status, "")
    assert done.stdout.startswith("20 rows: ")
