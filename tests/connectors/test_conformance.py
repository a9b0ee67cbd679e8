"""The connectors that need no server find, sort, store and count alike."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lbpy.connectors import memory, sqlite
from lbpy.data.contract import Connector, Crud, SourcePlace
from lbpy.testing.suite import ConnectorSuite


class TestMemory(ConnectorSuite):
    @pytest.fixture
    def connector(self) -> Iterator[Connector[Crud]]:
        with closing(memory.connect({}, SourcePlace("db", "."))) as made:
            yield made


class TestMemoryWithFile(ConnectorSuite):
    @pytest.fixture
    def connector(self, tmp_path: Path) -> Iterator[Connector[Crud]]:
        with closing(memory.connect({"file": "rows.json"}, SourcePlace("db", str(tmp_path)))) as made:
            yield made


class TestSqlite(ConnectorSuite):
    patterns = "like"

    @pytest.fixture
    def connector(self, tmp_path: Path) -> Iterator[Connector[Crud]]:
        with closing(sqlite.connect({"file": "rows.db"}, SourcePlace("db", str(tmp_path)))) as made:
            yield made


class TestSqliteInMemory(ConnectorSuite):
    patterns = "like"

    @pytest.fixture
    def connector(self) -> Iterator[Connector[Crud]]:
        with closing(sqlite.connect({}, SourcePlace("db", "."))) as made:
            yield made
