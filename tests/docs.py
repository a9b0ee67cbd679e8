"""Running the pages of the documentation: every fenced block in order, in a folder of the page's own. Knows no particular page.

What a block is for is said by its language and, where that is not enough, by a comment right before it:

    <!-- file: PATH -->     the block is a file, for the commands that follow
    <!-- in: PATH -->       a piece of JSON that is laid over the file of that path
    <!-- tested by: NAME --> a picture that the test of that name in test_docs.py looks at
    <!-- test -->           the command that runs all tests, which is running
    <!-- run: COMMAND -->   no block: a command that readers need not see

`console` shows commands after `$ ` and what they print, `...` standing for anything; `bash` has commands only. A command that serves
is left running until the next one. `python` blocks run in one go at the end of the page. Addresses with port 3000 are those of the server.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import crossplane  # type: ignore[import-untyped]  # ships no types
from markdown_it import MarkdownIt

from tests.conftest import DEADLINE, NOT_INHERITED, Server, accepts

ROOT = Path(__file__).parent.parent
PAGES = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))}

COMMENT = re.compile(r"<!-- (file|in|tested by|run|test)(?:: (.*?))? -->\s*", re.DOTALL)
SERVES = re.compile(r"""(\w+=("[^"]*"|\S*) )*\S*(lbpy run|gunicorn) (?!--help)""")
PORT = 3000
PATIENCE = 120
"""Seconds that one command may take."""


@dataclass(frozen=True)
class Block:
    """A fenced block, or (language "run") a command in a comment.

    line: of its first line in the page. use, path: what the comment before it says.
    """

    language: str
    text: str
    line: int
    use: str = ""
    path: str = ""


def blocks_of(page: Path) -> Iterator[Block]:
    """The blocks of a page in order."""
    use, path = "", ""
    for token in MarkdownIt().parse(page.read_text("utf-8")):
        line = token.map[0] + 1 if token.map else 0
        if token.type in ("fence", "code_block"):
            yield Block(token.info.strip(), token.content, line + 1, use, path)
        comment = COMMENT.fullmatch(token.content) if token.type == "html_block" else None
        use, path = (comment[1], comment[2] or "") if comment else ("", "")
        if use == "run":
            yield Block("run", path, line)


# -- commands ----------------------------------------------------------------

INTERPRETER = shlex.quote(sys.executable)
CURL = f"""#!/bin/sh
exec {INTERPRETER} -P {shlex.quote(str(ROOT))}/tests/curl.py "$@"
"""
PYTHON = f"""#!/bin/sh
# What `python3 -m venv` and `pip install` would do is done: the environment of the tests stands in.
[ "$1 $2" = "-m venv" ] || exec {INTERPRETER} "$@"
mkdir -p "$3/bin"
for name in python pip lbpy gunicorn sphinx-build; do ln -sf "$STAND_INS/$name" "$3/bin/"; done
"""


def stand_in(command: str) -> str:
    return f'#!/bin/sh\nexec {command} "$@"\n'


STAND_INS = {
    "curl": CURL,
    "python3": PYTHON,
    "python": stand_in(INTERPRETER),
    "pip": "#!/bin/sh\n",
    "lbpy": stand_in(f"{INTERPRETER} -P -c \"from lbpy.cli import main; main(prog_name='lbpy')\""),
    "gunicorn": stand_in(f"{INTERPRETER} -m gunicorn"),
    "sphinx-build": stand_in(f"{INTERPRETER} -m sphinx"),
    "pytest": stand_in(f"{INTERPRETER} -m pytest"),
}


class Terminal:
    """A shell in a folder, as a reader has it open, and the server that was started last.

    Args:
        folder: where it starts. port: a free one, at which servers listen in the place of 3000.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.server: Server | None = None
        self._shell: subprocess.Popen[str] | None = None

    @cached_property
    def environment(self) -> dict[str, str]:
        stand_ins = self.folder.parent / "bin"
        stand_ins.mkdir()
        for name, script in STAND_INS.items():
            (stand_ins / name).write_text(script)
            (stand_ins / name).chmod(0o755)
        own = {"PORT": str(self.port), "STAND_INS": str(stand_ins), "CHECKOUT": str(ROOT), "COLUMNS": "80", "PYTHONUNBUFFERED": "1"}
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        return {**inherited, **own, "PATH": f"{stand_ins}:{os.environ['PATH']}"}

    def run(self, command: str) -> tuple[int, str]:
        """The status of a command and all that it printed."""
        if self._shell is None:
            self._shell = subprocess.Popen(
                ["bash"], cwd=self.folder, env=self.environment, stdin=-1, stdout=-1, stderr=subprocess.STDOUT, text=True
            )
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{{\n{self._here(command)}\n}} </dev/null\nprintf '\\n<end %s>\\n' $?\n")
        self._shell.stdin.flush()
        printed = ""
        watch = threading.Timer(PATIENCE, self._shell.kill)
        watch.start()
        while not (end := re.search(r"\n<end (\d+)>\n\Z", printed)):
            line = self._shell.stdout.readline()
            assert line, f"{command}: the shell ended, or was ended after {PATIENCE} seconds\n{printed}"
            printed += line
        watch.cancel()
        return int(end[1]), self._there(printed[: end.start()])

    def serve(self, command: str, folder: Path | None = None, variables: Mapping[str, str] | None = None) -> Server:
        """Start what serves in the place of what did; it accepts connections when this returns."""
        self._end_server()
        where = folder or Path(self.run("pwd")[1].strip())
        log = self.folder.parent / "server.log"
        with log.open("w") as out:
            process = subprocess.Popen(
                ["bash", "-c", self._here(command)], cwd=where, env={**self.environment, **(variables or {})},
                stdout=out, stderr=out, text=True, start_new_session=True,
            )  # fmt: skip
        self.server = Server(process, self.port, log)
        self.server.until(lambda: accepts(self.port) or process.poll() is not None)
        assert process.poll() is None, (command, log.read_text())
        return self.server

    def close(self) -> None:
        self._end_server()
        if self._shell is not None:
            self._shell.communicate("exit\n", timeout=DEADLINE)

    def _end_server(self) -> None:
        if self.server is not None:
            self.server.end()
            self.server.until(lambda: not accepts(self.port))
            self.server = None

    def _here(self, text: str) -> str:
        return text.replace(f":{PORT}", f":{self.port}")

    def _there(self, text: str) -> str:
        return text.replace(f":{self.port}", f":{PORT}")


def typed(block: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, and what is shown below it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, shown = re.split(r"(?<!\\)\n", part, maxsplit=1)
        yield command.strip(), shown.strip()


def is_shown(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed; `...` stands for anything."""
    pattern = ".*?".join(re.escape(part) for part in shown.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


# -- blocks ------------------------------------------------------------------


class Reader:
    """Does what a page says.

    Args:
        page: the Markdown file. terminal: where its commands run.
    """

    def __init__(self, page: Path, terminal: Terminal) -> None:
        self.page, self.terminal = page, terminal
        self.folder = terminal.folder
        self.blocks = list(blocks_of(page))

    def read(self) -> None:
        """Everything on the page; what is not as shown is an AssertionError that names the line."""
        for block in self.blocks:
            self._do(block)
        self._run_python([one for one in self.blocks if one.language == "python" and not one.use])

    def _do(self, block: Block) -> None:
        uses: dict[str, Callable[[Block], None]] = {
            "file": self._file, "in": self._lay_over, "tested by": self._tested, "test": _nothing,
        }  # fmt: skip
        kinds: dict[str, Callable[[Block], None]] = {
            "run": self._script, "bash": self._script, "console": self._console, "python": self._compiles, "json": self._parses,
            "ini": self._unit, "nginx": self._nginx,
        }  # fmt: skip
        is_directive = block.language.startswith("{")  # run by Sphinx
        do = _nothing if is_directive else uses.get(block.use) or kinds.get(block.language)
        assert do, f"{self._at(block)}: nobody can tell whether a block of the language {block.language!r} is true"
        do(block)

    def _at(self, block: Block) -> str:
        return f"{self.page}:{block.line}"

    def _file(self, block: Block) -> None:
        if block.language == "json":
            self._parses(block)
        path = self.folder / block.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, "utf-8")

    def _lay_over(self, block: Block) -> None:
        path = self.folder / block.path
        path.write_text(json.dumps(laid_over(json.loads(path.read_text("utf-8")), json.loads(block.text)), indent=2), "utf-8")

    def _tested(self, block: Block) -> None:
        tests = (ROOT / "tests/test_docs.py").read_text("utf-8")
        assert f"\ndef {block.path}(" in tests, f"{self._at(block)}: there is no test {block.path}"

    def _parses(self, block: Block) -> None:
        json.loads(block.text)

    def _compiles(self, block: Block) -> None:
        compile(block.text, self._at(block), "exec")

    def _script(self, block: Block) -> None:
        for line in block.text.replace("\\\n", "").splitlines():
            if line.strip() and not line.startswith("#"):
                self._command(block, line, "")

    def _console(self, block: Block) -> None:
        for command, shown in typed(block.text):
            self._command(block, command, shown)

    def _command(self, block: Block, command: str, shown: str) -> None:
        if SERVES.match(f"{command} ") or SERVES.match(command.rpartition("&& ")[2]):
            self._served(block, command, shown)
            return
        status, printed = self.terminal.run(command)
        assert not status or shown, f"{self._at(block)}: {command}\nends with status {status} and prints\n{printed}"
        assert not shown or is_shown(shown, printed), f"{self._at(block)}: {command}\nprints\n{printed}\nand not\n{shown}"

    def _served(self, block: Block, command: str, shown: str) -> None:
        log = self.terminal.serve(command).log.read_text("utf-8")
        assert is_shown(shown, log) or not shown, f"{self._at(block)}: {command}\nprints\n{log}\nand not\n{shown}"

    def _unit(self, block: Block) -> None:
        """A unit of systemd, whose folder `/srv/...` lies in that of the page."""
        unit = configparser.ConfigParser(interpolation=None, strict=True)
        unit.optionxform = str  # type: ignore[assignment, method-assign]  # keys keep their case, as configparser documents
        unit.read_string(block.text.replace("/srv/", f"{self.folder}/srv/"))
        service = unit["Service"]
        variables = dict(one.split("=", 1) for one in shlex.split(service["Environment"]))
        server = self.terminal.serve(service["ExecStart"], Path(service["WorkingDirectory"]), variables)
        status, printed = self.terminal.run(service["ExecReload"].replace("$MAINPID", str(server.process.pid)))
        assert not status, f"{self._at(block)}: {printed}"

    def _nginx(self, block: Block) -> None:
        file = self.folder.parent / "nginx.conf"
        file.write_text("events {}\nhttp {\nserver {\n" + block.text + "}\n}\n", "utf-8")
        parsed = crossplane.parse(str(file), strict=True, check_ctx=True, check_args=True)
        assert parsed["status"] == "ok", f"{self._at(block)}: {parsed['errors']}"

    def _run_python(self, blocks: list[Block]) -> None:
        """In one go, each line where it stands on the page, so that a traceback names it."""
        if not blocks:
            return
        lines: list[str] = []
        for block in blocks:
            lines += [""] * (block.line - 1 - len(lines)) + block.text.splitlines()
        script = self.folder / f"{re.sub(r'[^a-z]', '_', self.page.stem.lower())}_page.py"
        script.write_text("\n".join(lines) + "\n", "utf-8")
        command = [sys.executable, "-W", "error", str(script)]
        done = subprocess.run(command, cwd=self.folder, env=self.terminal.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{self.page}\n{done.stderr}"


def _nothing(block: Block) -> None:
    """Somebody else looks at this block."""


def laid_over(whole: Any, piece: Any) -> Any:
    """JSON with the members of another one in it."""
    if isinstance(whole, dict) and isinstance(piece, dict):
        return {**whole, **{name: laid_over(whole.get(name), one) for name, one in piece.items()}}
    return piece
