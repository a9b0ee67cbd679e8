"""What the documentation says of the code is true, and what it shows happens."""

import ast
import json
import os
import re
import runpy
from collections.abc import Iterator
from dataclasses import fields
from importlib.metadata import entry_points
from inspect import getmembers, isclass
from pathlib import Path
from typing import Any

import pytest

import lbpy
from lbpy import errors, testing
from lbpy.app.project.settings import AppConfig, FormBody, JsonBody, Remoting, Rest
from lbpy.cli import main
from lbpy.contrib import hooks, models
from lbpy.types import SWITCHES, Limits
from tests.docs import PAGES, ROOT, Block, Reader, Terminal, blocks_of, is_shown, typed
from tests.test_layering import LAYERS, LEAVES

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


def test_the_picture_of_the_house_has_the_rooms_of_the_code() -> None:
    """Each line of the picture begins with the rooms of one layer, the highest first."""
    picture = next(one.text for one in blocks_of(DESIGN) if one.language == "text")
    rooms = [found for line in picture.splitlines() if (found := rooms_in(line))]
    assert rooms[0] <= LEAVES
    assert rooms[1:] == LAYERS[::-1]


def rooms_in(line: str) -> set[str]:
    known = set.union(LEAVES, *LAYERS)
    words = line.split()
    return {word for at, word in enumerate(words) if word in known and all(one in known for one in words[:at])}


# -- pages -------------------------------------------------------------------


@pytest.fixture
def terminal(tmp_path: Path, free_port: int) -> Iterator[Terminal]:
    folder = tmp_path / "page"
    folder.mkdir()
    made = Terminal(folder, free_port)
    yield made
    made.close()


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_happens(page: str, terminal: Terminal) -> None:
    Reader(PAGES[page], terminal).read()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files(page: str) -> None:
    targets = re.findall(r"\]\((?!http)([^)#]+)", PAGES[page].read_text("utf-8"))
    assert [one for one in targets if not PAGES[page].parent.joinpath(one).exists()] == []


def page_of(folder: Path, text: str) -> Path:
    (folder / "page.md").write_text(text, "utf-8")
    return folder / "page.md"


@pytest.mark.parametrize("language", ["", "cobol", "text"])
def test_a_block_that_nobody_can_run_fails(terminal: Terminal, tmp_path: Path, language: str) -> None:
    with pytest.raises(AssertionError, match=r"page\.md:2: nobody can tell"):
        Reader(page_of(tmp_path, f"```{language}\nx\n```\n"), terminal).read()


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("```console\n$ echo one\ntwo\n```\n", "prints\none\n"),
        ("```console\n$ false\n```\n", "ends with status 1"),
        ("```bash\nfalse\n```\n", "ends with status 1"),
        ("```python\nassert 1 == 2\n```\n", "line 2"),
        ("```nginx\nproxy_past x;\n```\n", "unknown directive"),
        ("<!-- tested by: test_nothing -->\n```text\nx\n```\n", "there is no test test_nothing"),
    ],
)
def test_a_page_that_shows_what_does_not_happen_fails(terminal: Terminal, tmp_path: Path, block: str, told: str) -> None:
    with pytest.raises(AssertionError) as caught:
        Reader(page_of(tmp_path, block), terminal).read()
    assert told in str(caught.value)


def test_a_shell_keeps_its_folder_and_variables(terminal: Terminal) -> None:
    terminal.run("mkdir inner; cd inner; WORD=tea")
    assert terminal.run('echo "$WORD in ${PWD##*/}"') == (0, "tea in inner\n")


def test_files_and_pieces_of_json_are_there_for_what_follows(terminal: Terminal, tmp_path: Path) -> None:
    text = '<!-- file: a.json -->\n```json\n{"a": {"b": 1}}\n```\n\n<!-- in: a.json -->\n\n```json\n{"a": {"c": 2}}\n```\n'
    Reader(page_of(tmp_path, text), terminal).read()
    assert json.loads((terminal.folder / "a.json").read_text()) == {"a": {"b": 1, "c": 2}}


def test_blocks_know_their_line_and_what_is_said_of_them(tmp_path: Path) -> None:
    page = page_of(tmp_path, "<!-- run: true -->\n\nText.\n\n<!-- file: x.py -->\n\n```python\n1\n```\n")
    assert list(blocks_of(page)) == [Block("run", "true", 1, "", ""), Block("python", "1\n", 8, "file", "x.py")]


def test_commands_go_on_behind_a_backslash() -> None:
    assert list(typed("$ a \\\n  b\nc\n\n$ d\n")) == [("a \\\n  b", "c"), ("d", "")]


def test_dots_stand_for_anything() -> None:
    assert is_shown("id ... of 2", "id 1\n7 of 2")
    assert not is_shown("id ... of 2", "id 17 of 3")


# -- tables ------------------------------------------------------------------


def rows_of(page: str, heading: str = "") -> dict[str, list[str]]:
    """The rows of all tables below a heading (up to the next one): what stands in backticks in the first cell, and the other cells."""
    text = PAGES[page].read_text("utf-8")
    section = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL) if heading else None
    lines = [line.strip("|").split("|") for line in (section[1] if section else text).splitlines() if line.startswith("| `")]
    return {name: [one.strip() for one in cells] for first, *cells in lines for name in re.findall("`([^`]+)`", first)}


def documented(page: str) -> set[str]:
    """The last parts of the names that a page of the reference has from docstrings."""
    return set(re.findall(r"^\.\. auto(?:function|class|data):: lbpy\.(\w+)$", PAGES[page].read_text("utf-8"), re.MULTILINE))


def test_the_reference_has_every_public_name() -> None:
    assert documented("docs/reference/python.md") == set(lbpy.__all__)


@pytest.mark.parametrize("module", [errors, hooks, models, testing, lbpy])
def test_every_public_name_says_what_it_is_for(module: object) -> None:
    names = getattr(module, "__all__", None) or [name for name, _ in getmembers(module, isclass)]
    assert [name for name in names if not (vars(module)[name].__doc__ or "").strip()] == []


def test_the_built_in_models_are_all_listed() -> None:
    assert set(rows_of("docs/built-in-models.md")) == {one.name for one in entry_points(group="lbpy.models")}


def test_the_mixins_are_all_listed() -> None:
    assert set(rows_of("docs/hooks.md", "Mixins")) >= {one.name for one in entry_points(group="lbpy.mixins")}


def test_the_middleware_is_all_listed() -> None:
    assert set(rows_of("docs/reference/middleware.md")) == {one.name for one in entry_points(group="lbpy.middleware")}


def test_the_commands_are_all_shown() -> None:
    shown = set(re.findall(r"^\$ lbpy (\w+) --help$", PAGES["docs/reference/cli.md"].read_text("utf-8"), re.MULTILINE))
    assert shown == {*main.commands, *(one.name for one in entry_points(group="lbpy.commands"))}


def test_every_dependency_has_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    built: dict[str, Any] = {}
    monkeypatch.setattr("setuptools.setup", built.update)
    monkeypatch.chdir(ROOT)
    runpy.run_path("setup.py")
    wanted = [*built["install_requires"], *(one for extra in built["extras_require"].values() for one in extra)]
    assert set(reasons()) == {re.split(r"[\[<>=;!~ ]", one)[0] for one in wanted}


def reasons() -> Iterator[str]:
    """The names in the columns `package` of the page on dependencies; what follows them must say what they are for."""
    column = 0
    for line in (ROOT / "docs/dependencies.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if "package" in cells:
            column = cells.index("package")
        elif line.startswith("| ") and (names := re.sub(r"\[.*?\]", "", cells[column])):
            assert cells[column + 1], names
            yield from names.split(", ")


def test_the_switches_are_all_listed() -> None:
    page = "docs/compatibility.md"
    later = set(re.findall(r"`(\w+)`", re.search(r"^(.*) are known names", PAGES[page].read_text("utf-8"), re.MULTILINE)[1]))
    assert set(rows_of(page, "Switches")) | later == SWITCHES


def test_the_limits_are_those_of_the_code() -> None:
    shown = {name: json.loads(cells[0].strip("`")) for name, cells in rows_of("docs/reference/settings.md", "limits").items()}
    assert shown == {camel(one.name): getattr(Limits(), one.name) for one in fields(Limits)}


SECTIONS = {
    "config.json": AppConfig, "remoting": Remoting, "remoting.json": JsonBody, "remoting.urlencoded": FormBody, "remoting.rest": Rest,
}  # fmt: skip
SPELT = {"types": "type"}
ELSEWHERE = {"settings", "accept", "values", "json", "form", "rest"}
"""Members that have a table of their own."""


@pytest.mark.parametrize("section", SECTIONS)
def test_settings_are_those_of_the_code(section: str) -> None:
    members = {camel(one.name): one.default for one in fields(SECTIONS[section]) if one.name not in ELSEWHERE}
    assert {SPELT.get(one, one) for one in members} - set(rows_of("docs/reference/settings.md", section)) == set()
    plain = {name: default for name, default in members.items() if isinstance(default, bool | str) or name in ("port", "aclErrorStatus")}
    assert plain.items() <= defaults(section).items()


def test_every_setting_is_taken_with_its_default(terminal: Terminal) -> None:
    inner = {name: defaults(f"remoting.{name}") for name in ("json", "urlencoded", "rest")}
    config = {
        **defaults("config.json"), "limits": defaults("limits"), "compat": defaults("compat"), "remoting": defaults("remoting") | inner,
    }  # fmt: skip
    terminal.run("lbpy new all --template empty-server")
    (terminal.folder / "all/server/config.json").write_text(json.dumps(config))
    assert terminal.run("lbpy check all") == (0, "0 models, 0 public, 0 routes; 0 refused, 0 closed, 0 warnings, 0 notes\n")


def defaults(section: str) -> dict[str, object]:
    rows = rows_of("docs/reference/settings.md", section)
    return {name: json.loads(cells[0].strip("`")) for name, cells in rows.items() if cells[0]}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
