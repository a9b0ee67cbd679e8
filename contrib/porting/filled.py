"""Whether a Python counterpart says anything yet: stubs raise NotImplementedError until a person fills them. Runs none of them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...naming import dasherize


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A Python file beside a script.

    has_content: whether it holds more than imports and docstrings. open_methods: remote methods (LoopBack names) that are
    still stubs. open_hooks: other functions that are.
    """

    has_content: bool = False
    open_methods: tuple[str, ...] = ()
    open_hooks: tuple[str, ...] = ()

    @property
    def filled(self) -> bool:
        """Whether it stands in for its script."""
        return self.has_content and not self.open_hooks


NO_COUNTERPART: Final = Counterpart()


def read_counterpart(path: Path, methods: Collection[str] = ()) -> Counterpart:
    """What a Python file holds; one that cannot be parsed counts as filled: running it tells what is wrong.

    Args:
        path: the file.
        methods: LoopBack names of remote methods that the JSON of its model lists; functions of these names need no decorator.
    """
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return Counterpart(has_content=True)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    stubs = [one for one in functions if _is_stub(one)]
    remote = tuple(name for one in stubs if (name := _remote_name(one, methods)))
    hooks = tuple(one.name for one in stubs if not _remote_name(one, methods))
    return Counterpart(any(_says_something(node) for node in tree.body), remote, hooks)


def _says_something(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    return not isinstance(node, ast.Import | ast.ImportFrom)


def _is_stub(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(node, ast.Raise) and _raised(node) == "NotImplementedError" for node in function.body)


def _raised(node: ast.Raise) -> str:
    made = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return made.id if isinstance(made, ast.Name) else ""


def _remote_name(function: ast.FunctionDef | ast.AsyncFunctionDef, methods: Collection[str]) -> str:
    """LoopBack's name of a function that is a remote method, else ""."""
    listed = (name for name in methods if function.name in spellings(name))
    return next(listed, "") or _decorated_name(function)


def spellings(method: str) -> tuple[str, str]:
    """The names that a remote method can have in Python: as in LoopBack, or in snake_case."""
    name = method.removeprefix("prototype.")
    return name, dasherize(name).replace("-", "_")


def _decorated_name(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    for decorator in function.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        if ast.unparse(call.func if call else decorator).rpartition(".")[2] == "remote_method":
            name = next(_names(call), function.name)
            return name if _is_static(function) else f"prototype.{name}"
    return ""


def _names(call: ast.Call | None) -> Iterator[str]:
    for one in call.keywords if call else ():
        if one.arg == "name" and isinstance(one.value, ast.Constant) and isinstance(one.value.value, str):
            yield one.value.value


def _is_static(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(one, ast.Name) and one.id in ("classmethod", "staticmethod") for one in function.decorator_list)
