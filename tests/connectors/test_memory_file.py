"""The file of the memory connector: LoopBack's bytes, one process, nothing lost."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import lbpy
from lbpy.connectors.memory import MemoryCollection, MemoryConnector, connect
from lbpy.data.contract import SourcePlace
from lbpy.errors import ProjectError, StoreError
from lbpy.geo import GeoPoint
from lbpy.model.definition import from_json
from lbpy.query.nodes import EVERY_ROW, Equal, Filter
from lbpy.query.nodes import Path as Where

ID = {"type": "number", "id": True}
THING = {
    "id": ID, "s": "string", "n": "number", "b": "boolean", "d": "date", "g": "geopoint", "buf": "buffer", "o": "object",
    "a": ["string"], "nest": {"x": "number", "d": "date"}, "due": ["date"],
}  # fmt: skip
TAG = {"id": {"type": "string", "id": True}, "s": "string"}
WRITTEN_BY_LOOPBACK = Path(__file__).parent / "memory_files" / "loopback.json"
"""Made by LoopBack 3.28 with the same calls as in `fill`."""


@pytest.fixture
def connector(tmp_path: Path) -> Iterator[MemoryConnector]:
    with closing(connect({"file": "rows.json"}, SourcePlace("db", str(tmp_path)))) as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rows.json"


def collection(connector: MemoryConnector, name: str, properties: dict[str, Any]) -> MemoryCollection:
    return connector.collection(from_json({"name": name, "properties": properties}, lambda _: None))


def has_id(id: Any) -> Equal:
    return Equal(Where("id", ("id",), None, None), id)


# -- LoopBack's bytes --------------------------------------------------------


def fill(things: MemoryCollection, tags: MemoryCollection) -> None:
    """What was done to make LoopBack's file."""
    things.create({
        "s": 'héé\u2028 "q" \\ / \u0001 \u007f 😀 \n\t', "n": 1.5, "b": True, "d": datetime(2015, 3, 1, 10, tzinfo=UTC),
        "g": GeoPoint(10, 20.5), "buf": b"abc", "o": {"q": [1, {"w": None}], "b": 1, "2": 1, "10": 0, "01": 3}, "a": ["x", "y"],
        "nest": {"x": 5, "d": datetime(2015, 1, 1, tzinfo=UTC), "extra": "1"}, "due": [datetime(2015, 1, 1, tzinfo=UTC)],
        "more": {"deep": [0.1]},
    })  # fmt: skip
    for number in (1e21, 1e-7, 0.000001, 5.0, 123456789012345680000.0, 0.1 + 0.2, -0.0, 1e300, -1.5e-10):
        things.create({"n": number})
    for row in ({"id": 100, "s": None}, {"id": -3, "s": "neg"}, {"id": 2.5, "s": "half"}, {"s": "x"}, {"id": 50}):
        things.create(dict(row))
    things.replace(3, {"s": "r", "n": 2})
    things.update(has_id(4), {"b": False, "s": "u"})
    things.delete(has_id(5))
    for row in ({"s": "x"}, {"id": "b", "s": "y"}, {"id": "10", "s": "z"}, {"id": "9", "s": "z"}, {"s": "z"}):
        tags.create(dict(row))
    for row in ({"id": "é", "s": "z"}, {"id": "a", "s": "z"}, {"s": "z"}):
        tags.create(dict(row))


def test_the_file_has_the_bytes_that_loopback_writes(connector: MemoryConnector, file: Path) -> None:
    things, tags = collection(connector, "Thing", THING), collection(connector, "Tag", TAG)
    collection(connector, "Empty", {"id": ID})
    fill(things, tags)
    assert file.read_bytes() == WRITTEN_BY_LOOPBACK.read_bytes()


def test_a_file_of_loopback_goes_through_unchanged(connector: MemoryConnector, file: Path) -> None:
    file.write_bytes(WRITTEN_BY_LOOPBACK.read_bytes())
    things = collection(connector, "Thing", THING)
    things.delete(has_id("nothing"))
    assert file.read_bytes() == WRITTEN_BY_LOOPBACK.read_bytes()
    assert things.create({})["id"] == 105


def test_values_of_a_file_are_read_by_their_kinds(connector: MemoryConnector, file: Path) -> None:
    file.write_bytes(WRITTEN_BY_LOOPBACK.read_bytes())
    (row,) = collection(connector, "Thing", THING).find(Filter(where=has_id(1)))
    assert (row["d"], row["g"], row["buf"]) == (datetime(2015, 3, 1, 10, tzinfo=UTC), GeoPoint(10, 20.5), b"abc")
    assert (row["nest"]["d"], row["due"]) == (datetime(2015, 1, 1, tzinfo=UTC), [datetime(2015, 1, 1, tzinfo=UTC)])
    assert row["more"] == {"deep": [0.1]}


def test_a_model_bound_after_the_file_was_read_gets_its_rows_too(connector: MemoryConnector, file: Path) -> None:
    file.write_bytes(WRITTEN_BY_LOOPBACK.read_bytes())
    connector.ping()
    assert len(collection(connector, "Tag", TAG).find(Filter())) == 8


def test_a_file_written_by_hand_is_read(connector: MemoryConnector, file: Path) -> None:
    rows = {"7": {"s": "no text"}, "9": '{"id":9,"d":"nonsense"}', "8": None}
    file.write_text(json.dumps({"models": {"Thing": rows}}))
    things = collection(connector, "Thing", THING)
    assert things.find(Filter()) == [{"id": 7, "s": "no text"}, {"id": 9, "d": "nonsense"}]
    assert things.create({})["id"] == 10


def test_a_datestring_of_loopback_is_unwrapped(connector: MemoryConnector, file: Path) -> None:
    file.write_text(json.dumps({"models": {"Day": {"1": json.dumps({"id": 1, "day": '{"when":"2015-01-01"}'})}}}))
    assert collection(connector, "Day", {"id": ID, "day": "datestring"}).find(Filter()) == [{"id": 1, "day": "2015-01-01"}]


def test_whole_numbers_are_exact_in_the_file(connector: MemoryConnector) -> None:
    things = collection(connector, "Thing", THING)
    things.create({"n": 2**70})
    connector.close()
    assert [row["n"] for row in things.find(Filter())] == [2**70]


# -- opening -----------------------------------------------------------------


def test_nothing_is_opened_before_first_use(connector: MemoryConnector, tmp_path: Path) -> None:
    things = collection(connector, "Thing", THING)
    assert list(tmp_path.iterdir()) == []
    assert things.find(Filter()) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"models": 5}', '{"models": {"Thing": []}}', '{"ids": {"Thing": "x"}}'])
def test_a_broken_file_is_named_and_left_alone(connector: MemoryConnector, file: Path, text: str) -> None:
    file.write_text(text)
    things = collection(connector, "Thing", THING)
    for _ in range(2):
        with pytest.raises(ProjectError, match=r"^rows\.json: this is no file of a memory store"):
            things.create({})
    assert file.read_text() == text


@pytest.mark.parametrize("row", ["{", "5"])
def test_a_broken_row_is_named(connector: MemoryConnector, file: Path, row: str) -> None:
    file.write_text(json.dumps({"models": {"Thing": {"1": row}}}))
    with pytest.raises(ProjectError, match=r"^rows\.json:models\.Thing: a row cannot be read"):
        collection(connector, "Thing", THING).find(Filter())


def test_a_second_user_of_the_file_is_told_so(connector: MemoryConnector, tmp_path: Path) -> None:
    connector.ping()
    with closing(connect({"file": "rows.json"}, SourcePlace("other", str(tmp_path)))) as second:
        with pytest.raises(StoreError, match="used by another process; the memory connector with a file serves one process"):
            second.ping()
        connector.close()
        second.ping()


def test_a_folder_that_is_not_there_is_a_failure_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere/rows\.json: cannot be locked"):
        connect({"file": "nowhere/rows.json"}, SourcePlace("db", str(tmp_path))).ping()


def test_a_file_that_cannot_be_read_is_a_failure_of_the_store(connector: MemoryConnector, file: Path) -> None:
    file.mkdir()
    with pytest.raises(StoreError, match=r"rows\.json: cannot be read"):
        connector.ping()


def run(script: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(lbpy.__file__).parent.parent)}
    return subprocess.Popen([sys.executable, "-c", script], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)


HEAD = """
import os, sys
from lbpy.connectors.memory import connect
from lbpy.data.contract import SourcePlace
from lbpy.errors import StoreError
from lbpy.model.definition import from_json
from lbpy.query.nodes import Equal, Path
connector = connect({"file": "rows.json"}, SourcePlace("db", "."))
rows = connector.collection(from_json({"name": "Row", "properties": {"id": {"type": "number", "id": True}}}, lambda _: None))
"""

FORKED = """
rows.create({})
child = os.fork()
if not child:
    try:
        rows.create({})
    except StoreError as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(rows.create({})["id"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_forked_process_does_not_take_the_file_along(tmp_path: Path) -> None:
    out, _ = run(HEAD + FORKED, tmp_path).communicate()
    refusal, id = out.splitlines()
    assert "is used by another process" in refusal
    assert id == "2"


# -- writing -----------------------------------------------------------------


def test_each_write_is_on_disk_when_it_returns(connector: MemoryConnector, file: Path) -> None:
    things = collection(connector, "Thing", {"id": ID, "s": "string"})
    things.create({"s": "a"})
    assert json.loads(file.read_text())["models"]["Thing"] == {"1": '{"s":"a","id":1}'}
    things.update(EVERY_ROW, {"s": "b"})
    assert json.loads(file.read_text())["models"]["Thing"] == {"1": '{"s":"b","id":1}'}
    things.delete(EVERY_ROW)
    assert json.loads(file.read_text()) == {"ids": {"Thing": 2}, "models": {"Thing": {}}}


def test_writes_at_once_are_all_on_disk(connector: MemoryConnector, file: Path) -> None:
    things = collection(connector, "Thing", THING)
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: things.create({})["id"], range(80)))
    assert sorted(map(int, json.loads(file.read_text())["models"]["Thing"])) == sorted(ids) == list(range(1, 81))


def test_a_write_that_fails_says_so_and_leaves_the_old_file(connector: MemoryConnector, file: Path) -> None:
    things = collection(connector, "Thing", {"id": ID})
    things.create({})
    before, obstacle = file.read_bytes(), file.with_name("rows.json.new")
    obstacle.mkdir()
    with pytest.raises(StoreError, match=r"rows\.json: cannot be written"):
        things.create({})
    assert file.read_bytes() == before
    obstacle.rmdir()
    things.create({})
    assert list(json.loads(file.read_text())["models"]["Thing"]) == ["1", "2", "3"]


def test_mode_and_links_of_the_file_stay(tmp_path: Path, file: Path) -> None:
    file.write_text("{}")
    file.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(file)
    with closing(connect({"file": "link.json"}, SourcePlace("db", str(tmp_path)))) as connector:
        collection(connector, "Thing", {"id": ID}).create({})
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert '"Thing"' in file.read_text()


# -- being killed ------------------------------------------------------------

WRITING = """
while True:
    id = rows.create({"filler": "x" * 3000})["id"]
    print("+", id, flush=True)
    if id % 3 == 0:
        print("?", id - 1, flush=True)
        rows.delete(Equal(Path("id", ("id",), None, None), id - 1))
        print("-", id - 1, flush=True)
"""


def killed_while_writing(folder: Path, seconds: float) -> list[tuple[str, str]]:
    """What a process had been told to be done when it was killed, so many seconds after the first."""
    process = run(HEAD + WRITING, folder)
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(seconds)
    process.kill()
    rest, _ = process.communicate()
    lines = (first + rest).split("\n")[:-1]  # the last one may be half a line
    return [(sign, id) for sign, id in map(str.split, lines)]


def survives(folder: Path, seed: int) -> int:
    """Kill several writers of one file, one after the other, and compare each time; returns how often."""
    folder.mkdir()
    delays = [random.Random(seed).uniform(0, 0.05) for _ in range(6)]
    expected: set[str] = set()
    for seconds in delays:
        done = killed_while_writing(folder, seconds)
        uncertain = {id for sign, id in done if sign == "?"} - {id for sign, id in done if sign == "-"}
        expected = (expected | {id for sign, id in done if sign == "+"}) - {id for sign, id in done if sign in "-?"}
        stored = set(json.loads((folder / "rows.json").read_text())["models"]["Row"])
        assert expected <= stored, f"lost: {expected - stored}"
        assert len(stored - expected - uncertain) <= 1, "only the write that was under way may be there besides"
        expected = stored
    return len(delays)


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        times = pool.map(lambda lane: survives(tmp_path / str(lane), lane), range(4))
    assert sum(times) == 24
