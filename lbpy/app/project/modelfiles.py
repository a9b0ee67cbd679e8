"""Finding the model files and mixins of a project. Reads the JSON of models, judges none of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .files import Folder, read_json
from .keys import Section

_BUILT_IN: Final = re.compile(r"(.*node_modules/)?loopback(-component-(passport|push|oauth2|storage))?(/|$)")
_SCAFFOLD: Final = ("./models", "../common/models", "./mixins", "../common/mixins")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model of the project as it lies there.

    definition: its JSON; None where there is only a Python class. path: the file. code, script: Python counterpart and script
    of the same base name, None where there is none.
    """

    name: str
    definition: Mapping[str, Any] | None
    path: Path
    code: Path | None = None
    script: Path | None = None


def source_folders(folder: Folder, meta: Section, key: str) -> tuple[Path, ...]:
    """The existing folders that `_meta.sources` or `_meta.mixins` name; LoopBack's own ones are left out.

    Args:
        folder: the project.
        meta: `_meta` of model-config.json.
        key: "sources" or "mixins".

    Source: real-projects.md 3.1, logic.md 7.1.
    """
    default = ("./models",) if key == "sources" else ()
    named = [name for name in meta.texts(key) or default if not _BUILT_IN.match(name)]
    found = [(name, (folder.server / name).resolve()) for name in named]
    for name, path in found:
        if not path.is_dir() and name not in _SCAFFOLD:
            text = "names a folder that is not there, or a package of Node"
            meta.find("warn" if _in_package(name) else "note", "SOURCE_FOLDER", key, text, "copy its files into the project")
    return tuple(dict.fromkeys(path for _, path in found if path.is_dir()))


def _in_package(name: str) -> bool:
    return not name.startswith((".", "/")) or "node_modules" in name


def find_models(folder: Folder, folders: Iterable[Path]) -> dict[str, ModelFile]:
    """The models of all source folders by name; of two with one name the first counts."""
    found: dict[str, ModelFile] = {}
    for one in (model for path in folders for model in _models_in(folder, path)):
        if one.name in found:
            text = "is defined in a second file, the first one counts"
            folder.report.add("warn", "MODEL_TWICE", folder.shown(one.path), text=text, remedy="take one out", name=one.name)
        found.setdefault(one.name, one)
    return found


def _models_in(folder: Folder, path: Path) -> Iterator[ModelFile]:
    visible = sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith("_"))
    stems = {one.stem for one in visible if one.suffix == ".json"}
    for one in visible:
        if one.suffix == ".json":
            definition = read_json(folder, one)
            name = definition.get("name")
            yield ModelFile(_named(one) if not isinstance(name, str) or not name else name, definition, one, *_beside(one))
        elif one.suffix == ".py" and one.stem not in stems:
            yield ModelFile(_named(one), None, one, one)


def _beside(path: Path) -> tuple[Path | None, Path | None]:
    code, script = path.with_suffix(".py"), path.with_suffix(".js")
    return code if code.is_file() else None, script if script.is_file() else None


def _named(path: Path) -> str:
    return classified(path.stem)


def classified(text: str) -> str:
    """The name that a file name stands for: "coffee-shop" -> "CoffeeShop" (source: models.md 1)."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", text)
    return "".join(word[:1].upper() + word[1:].lower() for word in words)


def find_mixins(folders: Iterable[Path]) -> dict[str, Path]:
    """The Python mixins of the project by the name that models use: `soft-delete.py` is SoftDelete (source: logic.md 7.5)."""
    files = [path for one in folders for path in sorted(one.glob("*.py")) if not path.name.startswith("_")]
    return {classified(path.stem): path for path in reversed(files)}
