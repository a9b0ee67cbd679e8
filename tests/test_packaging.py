"""What is shipped: the source distribution builds a wheel that holds exactly the tracked files of the package."""

import json
import os
import shutil
import subprocess
import sys
from configparser import ConfigParser
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest

import lbpy

HOMES = {"lbpy": "lbpy", "connectors": "lbpy/connectors", "contrib": "lbpy/contrib"}
LINKS = ["lbpy/connectors", "lbpy/contrib"]


def tracked(root: Path) -> list[str]:
    """Paths below the root that belong to the project: what git knows or would take, or in a source distribution all."""
    if (root / ".git").exists():
        command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
        return [path for path in listed if path and os.path.lexists(root / path)]
    return [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def archive_name(path: str) -> str:
    """Where a tracked file lies in the wheel; empty if it does not."""
    home, _, rest = path.partition("/")
    return f"{HOMES[home]}/{rest}" if home in HOMES and path not in LINKS else ""


@pytest.fixture(scope="session")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """The wheel made from the source distribution of a clean copy, so that nothing left over from earlier builds enters it."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("out")
    for path in tracked(root):
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / path, copy / path, follow_symlinks=False)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(copy)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-3000:]
    return ZipFile(next(out.glob("*.whl")))


def test_the_wheel_holds_exactly_the_tracked_files(root: Path, wheel: ZipFile) -> None:
    shipped = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert shipped == {name for path in tracked(root) if (name := archive_name(path))}


def test_the_wheel_says_that_it_is_typed(wheel: ZipFile) -> None:
    assert "lbpy/py.typed" in wheel.namelist()


def test_a_type_checker_knows_the_types_of_the_public_names(wheel: ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path)
    command = [sys.executable, "-m", "pyright", "--verifytypes", "lbpy", "--ignoreexternal", "--outputjson"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    told = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert json.loads(told.stdout[told.stdout.index("{"):])["typeCompleteness"]["completenessScore"] >= 0.98


def test_every_entry_point_names_a_module_in_the_wheel(wheel: ZipFile) -> None:
    entries = ConfigParser(delimiters="=")
    entries.read_string(wheel.read(next(name for name in wheel.namelist() if name.endswith("/entry_points.txt"))).decode())
    stems = {value.partition(":")[0].replace(".", "/") for group in entries.sections() for value in entries[group].values()}
    assert {"console_scripts", "lbpy.connectors"} <= set(entries.sections())
    assert {stem for stem in stems if not {f"{stem}.py", f"{stem}/__init__.py"} & set(wheel.namelist())} == set()


def test_the_installed_version_is_the_stated_one() -> None:
    assert version("lbpy") == lbpy.__version__


@pytest.mark.parametrize("link", LINKS)
def test_a_checkout_reaches_the_top_folders_by_relative_links(root: Path, link: str) -> None:
    path = root / link
    assert not path.exists() or os.readlink(path) == f"../{path.name}"


@pytest.mark.parametrize("name", ["connectors", "contrib"])
def test_a_top_folder_cannot_be_imported_under_a_second_name(root: Path, name: str) -> None:
    done = subprocess.run([sys.executable, "-c", f"import {name}"], cwd=root, capture_output=True, text=True, check=False)
    assert f"import lbpy.{name}, not {name}" in done.stderr
