"""Data sources: nothing opened until it is used, tables made when asked for, and what is said of mistakes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import lbpy
from lbpy import PersistedModel
from lbpy.errors import OperatorError, StoreError


class Note(PersistedModel):
    title: str | None = None


class Memo(PersistedModel):
    text: str | None = None


@pytest.fixture
def shop(tmp_path):
    """An application with Note and Memo in a SQLite file; settings are the data source's."""
    apps = []

    def make(**settings):
        app = lbpy.App(root=tmp_path)
        apps.append(app)
        source = app.data_source("db", connector="sqlite", file="shop.db", **settings)
        for cls in (Note, Memo):
            app.model(cls, data_source=source)
        return source

    yield make
    for app in apps:
        app.close()


def test_nothing_is_opened_before_the_first_call(shop, tmp_path):
    source = shop(autoupdate=True)
    assert list(tmp_path.iterdir()) == []
    Note.create(title="a")
    assert (tmp_path / "shop.db").exists()
    assert source.name == "db"


def test_a_missing_table_says_what_to_do(shop):
    shop()
    with pytest.raises(StoreError, match=r"call db\.migrate\(\)"):
        Note.count()


def test_migrating_makes_the_tables(shop):
    source = shop()
    assert source.is_actual() is False
    source.migrate()
    assert source.is_actual() is True
    assert Note.create(title="a").id == 1
    source.migrate()
    assert Note.count() == 1


def test_single_models_can_be_migrated(shop):
    source = shop()
    source.autoupdate(["Note"])
    assert (source.is_actual(["Note"]), source.is_actual(["Memo"])) == (True, False)


def test_making_tables_anew_loses_the_rows(shop):
    source = shop(autoupdate=True)
    Note.create(title="a")
    Memo.create(text="b")
    source.automigrate(["Note"])
    assert (Note.count(), Memo.count()) == (0, 1)


@pytest.mark.parametrize("operation", ["migrate", "autoupdate", "automigrate", "is_actual"])
def test_unknown_models_are_named(shop, operation):
    with pytest.raises(OperatorError, match="Cannot migrate models not attached to this datasource: A B"):
        getattr(shop(), operation)(["A", "Note", "B"])


@pytest.mark.parametrize(
    "call",
    [
        lambda: Note.create(title="a"),
        lambda: Note.create_many([{"title": "a"}]),
        lambda: Note.find(),
        lambda: Note.find_by_id(1),
        lambda: Note.count(),
        lambda: Note.upsert({"title": "a"}),
        lambda: Note.upsert_with_where({"title": "a"}, {"title": "b"}),
        lambda: Note.find_or_create({"title": "a"}, {"title": "b"}),
        lambda: Note.update_all({}, {"title": "b"}),
        lambda: Note.destroy_all(),
        lambda: Note(title="a").save(),
    ],
)
def test_tables_that_make_themselves_are_there_for_any_first_call(shop, call):
    shop(autoupdate=True)
    call()
    Memo.create(text="a")


class Free(PersistedModel, force_id=False):
    title: str | None = None


@pytest.mark.parametrize("call", [lambda: Free.upsert({"id": 1}), lambda: Free.replace_or_create({"id": 1})])
def test_the_first_call_may_be_an_upsert(make_app, call):
    make_app("sqlite").model(Free, data_source="db")
    call()
    assert Free.count() == 1


def test_tables_are_made_once_whoever_comes_first(shop):
    shop(autoupdate=True)
    errors = []

    def use():
        try:
            Note.create(title="a")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert errors == []
    assert Note.count() == 8


def test_a_closed_source_opens_again(shop):
    source = shop(autoupdate=True)
    Note.create(title="a")
    source.close()
    assert Note.count() == 1
    source.ping()


def test_a_source_that_cannot_be_reached_says_so(tmp_path):
    with lbpy.App(root=tmp_path) as app:
        source = app.data_source("db", connector="sqlite", file=str(Path("no") / "such" / "folder" / "x.db"))
        with pytest.raises(StoreError):
            source.ping()


def test_stores_without_tables_have_nothing_to_migrate(make_app):
    app = make_app("memory")
    app.model(Note, data_source="db")
    source = app.registry.source("db")
    source.migrate()
    assert source.is_actual()


def test_an_unknown_source_names_those_that_there_are(make_app):
    with pytest.raises(OperatorError, match="there is no data source 'other'; there are: db"):
        make_app().model(Note, data_source="other")


def test_a_model_tells_its_source_and_a_source_its_abilities():
    class Note(lbpy.PersistedModel):
        pass

    with pytest.raises(OperatorError, match="Note belongs to no application yet"):
        Note.get_data_source()
    with lbpy.App() as app:
        sql, memory = (app.data_source(name, connector=name) for name in ("sqlite", "memory"))
        app.model(Note, data_source=sql)
        assert Note.get_data_source() is sql
        assert (sql.has_transactions, memory.has_transactions) == (True, False)
