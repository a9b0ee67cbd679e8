"""What the documentation says of the code is true."""

import ast
import os
from pathlib import Path

ROOT = Path(__file__).parent.parent
DESIGN = ROOT / "docs" / "design.md"
HOMES = {"lbpy": "lbpy", "connectors": "lbpy/connectors", "contrib": "lbpy/contrib"}
START, END = "<!-- code map -->", "<!-- end of code map -->"


def code_map() -> str:
    rows = [f"| `{shown}` | {first_line(path)} |" for shown, path in sorted(modules())]
    return "\n".join(["", "| module | in charge of |", "|---|---|", *rows, ""])


def modules():
    for home, shown in HOMES.items():
        for path in (ROOT / home).rglob("*.py"):
            inside = path.relative_to(ROOT / home)
            if path.stat().st_size and not (home == "lbpy" and inside.parts[0] in ("connectors", "contrib")):
                yield f"{shown}/{inside.as_posix()}", path


def first_line(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return text.splitlines()[0].replace("|", "\\|") if text else ""


def test_the_code_map_names_every_module():
    text = DESIGN.read_text("utf-8")
    before, rest = text.split(START + "\n")
    after = rest.split(END)[1]
    wanted = f"{before}{START}\n{code_map()}\n{END}{after}"
    if os.environ.get("LBPY_WRITE_DOCS"):
        DESIGN.write_text(wanted, "utf-8")
    assert text == wanted, "run this test once with LBPY_WRITE_DOCS=1"
