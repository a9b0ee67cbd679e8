"""A thousand rows at once on PostgreSQL: one create_many against one hand-written INSERT with psycopg that gives the same rows.

Run `python benchmarks/bulk.py` (a server is started for it, or `--url` names one); the last line says how many times longer lbpy
takes, and the exit status is 1 where that is more than `--max`, 2 by default.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

import lbpy
from lbpy import PersistedModel
from lbpy.testing.postgres import STORE

Rows = list[dict[str, Any]]


class Book(PersistedModel):
    title: str
    price: float
    stock: int
    used: bool
    bought: datetime


def books(number: int) -> Rows:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    return [
        {"title": f"book {at}", "price": at / 4, "stock": at % 7, "used": at % 2 == 0, "bought": start + timedelta(hours=at)}
        for at in range(number)
    ]


def by_lbpy(rows: Rows) -> Rows:
    return [one.to_dict() for one in Book.create_many(rows)]


def by_hand(connection: psycopg.Connection[Any], rows: Rows) -> Rows:
    marks = ", ".join(["(%s, %s, %s, %s, %s)"] * len(rows))
    values = [value for row in rows for value in (row["title"], row["price"], row["stock"], row["used"], row["bought"])]
    text = f"INSERT INTO book (title, price, stock, used, bought) VALUES {marks} RETURNING id"
    answers = connection.execute(text.encode(), values).fetchall()
    return [{**row, "id": id} for row, (id,) in zip(rows, answers, strict=True)]


def check(connection: psycopg.Connection[Any], number: int) -> None:
    """Both answer what they were given, with ids, and both store that."""
    given = books(number)
    for create in (by_lbpy, lambda rows: by_hand(connection, rows)):
        connection.execute("TRUNCATE book RESTART IDENTITY")
        expected = [{**row, "id": id} for id, row in enumerate(given, 1)]
        assert create(given) == expected, "the answer must be the rows with their ids"
        assert [one.to_dict() for one in Book.find()] == expected, "the rows must be stored"


def milliseconds(create: Callable[[Rows], Rows], rows: Rows) -> float:
    started = time.perf_counter()
    create(rows)
    return (time.perf_counter() - started) * 1000


def measured(connection: psycopg.Connection[Any], number: int, rounds: int) -> tuple[float, float]:
    """Median milliseconds of both, taken in turns."""
    ours, plain = [], []
    for _ in range(rounds):
        connection.execute("TRUNCATE book RESTART IDENTITY")
        ours.append(milliseconds(by_lbpy, books(number)))
        plain.append(milliseconds(lambda rows: by_hand(connection, rows), books(number)))
    return statistics.median(ours), statistics.median(plain)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="a PostgreSQL in which a database may be made")
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--max", type=float, default=2.0, help="the highest ratio allowed")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    with ExitStack() as stack:
        url = stack.enter_context(STORE.fresh(options.url or stack.enter_context(STORE.running())))
        app = stack.enter_context(lbpy.App())
        app.model(Book, data_source=app.data_source("db", connector="postgresql", url=url, autoupdate=True))
        Book.count()  # makes the table
        connection = stack.enter_context(psycopg.connect(url, autocommit=True))
        check(connection, options.rows)
        mine, plain = measured(connection, options.rows, options.rounds)
    print(f"{options.rows} rows: create_many {mine:.1f} ms, by hand {plain:.1f} ms")
    print(f"ratio {mine / plain:.2f}, at most {options.max:g}")
    return 1 if mine / plain > options.max else 0


if __name__ == "__main__":
    sys.exit(main())
