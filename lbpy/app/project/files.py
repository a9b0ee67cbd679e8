"""Reading one file of a project: JSON as Node reads it, Python counterparts. Merges nothing and knows no key."""

from __future__ import annotations

import json
import os
import runpy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from ...errors import ProjectError
from ...types import Json
from .report import Report

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A project folder while it is read.

    root: the application folder. server: where its configuration stands. env: name of the environment (`production`, ...).
    environ: environment variables. report: takes the findings.
    """

    root: Path
    server: Path
    env: str = "development"
    environ: Mapping[str, str] = field(default_factory=dict)
    report: Report = field(default_factory=Report)

    def shown(self, path: Path) -> str:
        """A path as findings show it: relative to the project, with slashes."""
        return Path(os.path.relpath(path, self.root)).as_posix()


class _Object(dict[str, Any]):
    """An object as parsed, which remembers the keys that it was given twice."""

    doubled: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Json]]) -> _Object:
    made = _Object(pairs)
    names = [name for name, _ in pairs]
    made.doubled = tuple(name for name in made if names.count(name) > 1) if len(made) < len(names) else ()
    return made


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


def joined(path: str, key: str | int) -> str:
    """A dotted path one step longer: "a.b", "a[0]"."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def _doubled(value: Json, path: str = "") -> Iterator[str]:
    if isinstance(value, _Object):
        yield from (joined(path, key) for key in value.doubled)
        for key, one in value.items():
            yield from _doubled(one, joined(path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _doubled(one, joined(path, index))


def _plain(value: Json) -> Json:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def read_json(folder: Folder, path: Path) -> JsonObject:
    """The object in a JSON file; an empty one where the file cannot be used, with a finding.

    A byte order mark is skipped; of a key given twice the last one counts and is warned of.
    Source: real-projects.md 3.1.
    """
    try:
        value = json.loads(_text(folder, path), object_pairs_hook=_object, parse_constant=_no_constant)
        doubled = list(_doubled(value))
    except (OSError, ValueError, RecursionError) as problem:
        return _unreadable(folder, path, _why(problem))
    for key in doubled:
        folder.report.add(
            "warn", "KEY_TWICE", folder.shown(path), key, text="stands here twice, the last one counts", remedy="take one out"
        )
    return _plain(value) if isinstance(value, dict) else _unreadable(folder, path, "an object is expected")


def _text(folder: Folder, path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "holds bytes that are no UTF-8, read as U+FFFD"
        folder.report.add("warn", "NOT_UTF8", folder.shown(path), text=text, remedy="save it as UTF-8")
        return data.decode("utf-8-sig", errors="replace")


def _why(problem: Exception) -> str:
    if isinstance(problem, json.JSONDecodeError):
        return f"line {problem.lineno}, column {problem.colno}: {problem.msg}"
    if isinstance(problem, OSError):
        return problem.strerror or "cannot be read"
    return "nested too deeply" if isinstance(problem, RecursionError) else str(problem)


def _unreadable(folder: Folder, path: Path, why: str) -> JsonObject:
    folder.report.add("refuse", "JSON_UNREADABLE", folder.shown(path), text=why, remedy="correct the file")
    return {}


def own_code(server: Path, name: str) -> Path | None:
    """The Python file of a module that configuration names by a path: `./components/x` is x.py, x/index.py or x/__init__.py.

    Args:
        server: where configuration stands.
        name: as written; `.js` and what follows `#` do not count.
    """
    base = server / name.partition("#")[0].removesuffix(".js")
    return next((one for one in (base.with_name(f"{base.name}.py"), base / "index.py", base / "__init__.py") if one.is_file()), None)


def read_python(folder: Folder, path: Path) -> JsonObject:
    """The settings of a Python counterpart: its `settings`, a dict or a function that returns one.

    Code of the project runs here. Whatever it raises, and anything but a dict, is a refuse finding.
    Source: real-projects.md 3.2, 3.6.
    """
    try:
        settings: JsonObject = _plain(_settings(runpy.run_path(str(path))))
        return settings
    except (Exception, SystemExit) as problem:
        told = problem.text if isinstance(problem, ProjectError) else raised(problem, path)
        folder.report.add("refuse", "COUNTERPART_FAILED", folder.shown(path), text=told, remedy="run it alone and correct it")
        return {}


def _settings(namespace: Mapping[str, Any]) -> JsonObject:
    settings = namespace.get("settings")
    made = settings() if callable(settings) else settings
    if not isinstance(made, dict):
        raise ProjectError("`settings` must be a dict or a function that returns one")
    return made


def raised(problem: BaseException, path: Path) -> str:
    """What a file of the project raised and where, as "KeyError in line 3"; messages that hold names only are told too.

    Args:
        problem: what was raised.
        path: the file.
    """
    line, message = _line(problem, path), _message(problem)
    place = f" in line {line}" if line else ""
    return f"{type(problem).__name__}{place}{f': {message}' if message else ''}"


def _line(problem: BaseException, path: Path) -> int:
    line, trace = 0, problem.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == str(path) else line
        trace = trace.tb_next
    return (problem.lineno or line) if isinstance(problem, SyntaxError) else line


def _message(problem: BaseException) -> str:
    """The message that Python itself made of names and of its grammar; any other may hold a password."""
    match problem:
        case SyntaxError(filename=str(), msg=message):
            return str(message)
        case NameError(name=str()):
            return str(problem)
        case ImportError(name=str(), msg=message):
            return str(message).partition(" (")[0]  # what follows is a path of this machine
    return ""
