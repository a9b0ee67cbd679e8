"""Both type checkers accept what typed_use.py shows, and refuse exactly the marked lines of the files in typing_errors."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

RIGHT = "tests/typing/typed_use.py"
WRONG = pytest.mark.parametrize("file", ["tests/typing_errors/wrong_use.py", "tests/typing_errors/wrong_relations.py"])


def mypy(file: str, root: Path) -> set[int]:
    ran = run("mypy", "--strict", "--no-error-summary", file, root=root)
    found = re.findall(rf"^{re.escape(file)}:(\d+): error", ran, re.MULTILINE)
    return {int(line) for line in found}


def pyright(file: str, root: Path) -> set[int]:
    ran = run("pyright", "--pythonpath", sys.executable, "--outputjson", file, root=root)
    told = json.loads(ran[ran.index("{"):])["generalDiagnostics"]
    return {one["range"]["start"]["line"] + 1 for one in told if one["severity"] == "error"}


def run(*command: str, root: Path) -> str:
    return subprocess.run([sys.executable, "-m", *command], cwd=root, capture_output=True, text=True, check=False).stdout


CHECKERS = pytest.mark.parametrize("lines_of", [mypy, pyright])
Check = Callable[[str, Path], set[int]]


@CHECKERS
def test_right_use_is_accepted(lines_of: Check, root: Path) -> None:
    assert lines_of(RIGHT, root) == set()


@WRONG
@CHECKERS
def test_wrong_use_is_refused_line_by_line(file: str, lines_of: Check, root: Path) -> None:
    lines = (root / file).read_text("utf-8").splitlines()
    assert lines_of(file, root) == {at for at, line in enumerate(lines, 1) if line.endswith("# wrong")}
