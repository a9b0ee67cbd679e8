"""Tables are made where they are missing, and nothing is lost."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from click.testing import Result

LBPY = Callable[..., Result]
CHANGE = Callable[..., None]


def test_missing_tables_are_made(lbpy: LBPY, project: Path) -> None:
    assert lbpy("migrate", "notes").output == "db: brought up to date\n"
    with closing(sqlite3.connect(project / "data.db")) as database:
        assert database.execute('SELECT count(*) FROM "Note"').fetchone() == (0,)


def test_a_second_time_there_is_nothing_to_do(lbpy: LBPY, project: Path) -> None:
    lbpy("migrate", "notes")
    assert lbpy("migrate", "notes").output == "db: nothing to do\n"


def test_a_new_property_becomes_a_column_and_rows_stay(lbpy: LBPY, project: Path, change: CHANGE) -> None:
    lbpy("migrate", "notes")
    with closing(sqlite3.connect(project / "data.db")) as database, database:
        database.execute("INSERT INTO \"Note\" (title) VALUES ('kept')")
    change("common/models/note.json", properties={"title": "string", "colour": "string"})
    assert lbpy("migrate", "notes").output == "db: brought up to date\n"
    with closing(sqlite3.connect(project / "data.db")) as database:
        assert database.execute('SELECT title, colour FROM "Note"').fetchall() == [("kept", None)]


def test_stores_without_tables_have_nothing_to_do(lbpy: LBPY, change: CHANGE) -> None:
    change("server/datasources.json", db={"connector": "memory"})
    assert lbpy("migrate", "notes").output == "db: nothing to do\n"


def test_a_store_that_cannot_be_opened_is_one_text(lbpy: LBPY, project: Path, change: CHANGE) -> None:
    change("server/datasources.json", db={"connector": "sqlite", "file": "missing/data.db"})
    refused = lbpy("migrate", "notes")
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: SQLite: unable to open database file")
    assert str(project / "missing/data.db") in refused.output
