"""Model JSON from a file of data."""

import json
from pathlib import Path

from click.testing import CliRunner

from lbpy.cli import main


def run(file: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["introspect", str(file), *words])
    return result.exit_code, result.output


def test_the_first_record_of_a_file_makes_a_model(tmp_path: Path) -> None:
    file = tmp_path / "order-line.json"
    file.write_text('[{"total": 1}, {"other": 2}]')
    status, text = run(file, "--no-id")
    made = json.loads(text)
    assert (status, made["name"], made["properties"]) == (0, "OrderLine", {"total": {"type": "number"}})


def test_a_file_without_an_object_ends_in_one_text(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    for content in ("[1]", "{"):
        file.write_text(content)
        status, text = run(file)
        assert (status, "Traceback" in text, "x.json" in text) == (1, False, True)
