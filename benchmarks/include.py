"""include against the same by hand: 100 parents with 5 children each on SQLite, by two queries in both.

Run `python benchmarks/include.py`; the last line says how many times longer include takes, which should stay at or below 2.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lbpy
from lbpy import PersistedModel, has_many

PARENTS, CHILDREN, ROUNDS = 100, 5, 200


class Shelf(PersistedModel):
    name: str
    books = has_many(lambda: Book)


class Book(PersistedModel):
    title: str
    pages: int


def filled(file: Path) -> lbpy.App:
    app = lbpy.App()
    db = app.data_source("db", connector="sqlite", file=str(file), autoupdate=True)
    app.model(Shelf, data_source=db)
    app.model(Book, data_source=db)
    shelves = Shelf.create_many([{"name": f"shelf {number}"} for number in range(PARENTS)])
    Book.create_many(
        [{"title": f"book {at}", "pages": at, "shelfId": shelf.id} for shelf in shelves for at in range(CHILDREN)]
    )
    return app


def by_hand(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    shelves = [{"name": name, "id": id} for name, id in connection.execute('SELECT "name", "id" FROM "Shelf" ORDER BY "id"')]
    marks = ", ".join("?" * len(shelves))
    text = f'SELECT "title", "pages", "id", "shelfId" FROM "Book" WHERE "shelfId" IN ({marks}) ORDER BY "id"'
    by_shelf: dict[int, list[dict[str, Any]]] = {}
    for title, pages, id, shelf in connection.execute(text, [one["id"] for one in shelves]):
        by_shelf.setdefault(shelf, []).append({"title": title, "pages": pages, "id": id, "shelfId": shelf})
    for one in shelves:
        one["books"] = by_shelf.get(one["id"], [])
    return shelves


def included() -> list[dict[str, Any]]:
    return [one.to_dict() for one in Shelf.find(include="books")]


def milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "shelves.db"
        with filled(file):
            connection = sqlite3.connect(file)
            assert included() == by_hand(connection), "both must give the same"
            pairs = [(milliseconds(included), milliseconds(lambda: by_hand(connection))) for _ in range(ROUNDS)]
            connection.close()
    mine, plain = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"include {mine:.3f} ms, by hand {plain:.3f} ms")
    print(f"ratio {mine / plain:.2f}")


if __name__ == "__main__":
    main()
