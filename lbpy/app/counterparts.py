"""Running the Python files of a project: classes of models, boot scripts, mixins, components. Knows none of their meanings."""

from __future__ import annotations

import re
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import OperatorError, ProjectError
from ..model.base import Model
from .project.files import raised


class Counterparts:
    """The Python files of one booted project as modules of a package of their own, so that they can import one another.

    `common/models/review.py` says `from .product import Product`. Each file is run once.

    Args:
        root: the application folder; files are named relative to it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._package = f"lbpy_project_{uuid.uuid4().hex}"

    def load(self, file: str) -> ModuleType:
        """The module of a file.

        Raises:
            ProjectError: it raises; the text names kind and line of the error; its message only where that holds names alone.
        """
        name = self._name_of(file)
        if name in sys.modules:
            return sys.modules[name]
        self._add_packages(file)
        with telling(file, self._root / file):
            return _run(name, self._root / file)

    def model(self, file: str, name: str) -> type[Model]:
        """The class of that name in the file of a model.

        Raises:
            ProjectError: there is none, or the file raises.
        """
        wanted = identifier(name)
        found = vars(self.load(file)).get(wanted)
        if not isinstance(found, type) or not issubclass(found, Model):
            raise ProjectError(f"defines no model class {wanted}: write `class {wanted}(PersistedModel)`", file)
        return found

    def function(self, file: str, name: str) -> Callable[..., Any]:
        """The function of that name in a file; calling it tells errors as `load` does.

        Raises:
            ProjectError: there is none, or the file raises.
        """
        found = vars(self.load(file)).get(name)
        if not callable(found):
            raise ProjectError(f"defines no function {name}", file)
        path = self._root / file

        def run(*args: Any) -> Any:
            with telling(file, path):
                return found(*args)

        return run

    def forget(self) -> None:
        """Give the modules back."""
        for name in [one for one in sys.modules if one.partition(".")[0] == self._package]:
            del sys.modules[name]

    def _name_of(self, file: str) -> str:
        """The module's name: `coffee-shop.py` is imported as `coffee_shop`; `..` leads to a folder beside the application."""
        parts = Path(file).with_suffix("").parts
        return ".".join((self._package, *("parent" if part == ".." else identifier(part) for part in parts)))

    def _add_packages(self, file: str) -> None:
        """The folders above a file as packages, so that it can import what lies beside it."""
        for folder in reversed(Path(file).parents):
            package = ModuleType(self._name_of(str(folder)) if folder.parts else self._package)
            package.__path__ = [str(self._root / folder)]
            sys.modules.setdefault(package.__name__, package)


def identifier(name: str) -> str:
    """A name as Python can write it: "my-model" -> "my_model"."""
    return re.sub(r"\W", "_", name)


def _run(name: str, path: Path) -> ModuleType:
    spec = spec_from_file_location(name, path)
    if not isinstance(spec, ModuleSpec) or spec.loader is None:
        raise ProjectError("is no Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@contextmanager
def telling(file: str, path: Path) -> Iterator[None]:
    """Whatever the code of a project raises becomes a ProjectError that names the file."""
    try:
        yield
    except ProjectError as problem:
        raise problem if problem.file else ProjectError(problem.text, file) from problem
    except OperatorError as problem:
        raise ProjectError(str(problem), file) from problem
    except (Exception, SystemExit) as problem:
        raise ProjectError(raised(problem, path), file) from problem
