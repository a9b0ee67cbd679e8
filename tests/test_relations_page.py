"""The examples of docs/relations.md run, one after the other, in one module."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "relations.md"


@pytest.fixture
def module() -> Iterator[types.ModuleType]:
    made = types.ModuleType("relations_page")
    sys.modules[made.__name__] = made
    yield made
    if "app" in vars(made):
        made.app.close()
    del sys.modules[made.__name__]


def test_the_examples_run(module: types.ModuleType) -> None:
    text = PAGE.read_text("utf-8")
    blocks = [(text.count("\n", 0, one.start(1)), one[1]) for one in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]
    assert blocks
    for line, block in blocks:
        exec(compile("\n" * line + block, str(PAGE), "exec"), vars(module))
