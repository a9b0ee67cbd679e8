"""The two commands of README.md are those that newcomers and machines type. What they do is tested with all other pages."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs import blocks_of


def test_the_first_command_installs_seeds_and_serves_the_example(root: Path) -> None:
    first = next(one for one in blocks_of(root / "README.md") if one.language == "bash")
    assert first.text == (
        "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/python examples/coffee-shop/seed.py"
        " && .venv/bin/lbpy run examples/coffee-shop\n"
    )


def test_the_marked_command_runs_all_tests(root: Path) -> None:
    text = (root / "README.md").read_text("utf-8")
    marked = re.search(r"^<!-- test -->\n\n```bash\n(.*)\n```$", text, re.MULTILINE)
    assert marked
    assert marked[1] == "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest"
