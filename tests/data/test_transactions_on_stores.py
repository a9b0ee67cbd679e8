"""What data sources promise of transactions, on every store that has them."""

import time

import pytest

import lbpy
from lbpy import PersistedModel, observe
from lbpy.errors import OperatorError, TransactionTimeout


class Oops(Exception):
    """What a hook raises."""


class Note(PersistedModel, transaction=True):
    text: str | None = None

    @observe("after save")
    @staticmethod
    def fail(ctx) -> None:
        if "instance" in ctx and ctx.instance.text == "bad":
            raise Oops


@pytest.fixture(params=["sqlite", "postgresql", "mongodb"])
def db(request):
    settings = request.getfixturevalue(f"{request.param}_store")
    with lbpy.App() as app:
        source = app.data_source("db", **settings)
        app.model(Note, data_source=source, public=True)
        source.migrate()
        yield source


def texts():
    return sorted(one.text for one in Note.find())


def test_a_write_whose_hook_fails_is_undone(db):
    kept = Note.create(text="old")
    for write in (
        lambda: Note.create(text="bad"),
        lambda: Note.create_many([{"text": "good"}, {"text": "bad"}]),
        lambda: Note.upsert({"text": "bad"}),
        lambda: Note.find_or_create({"text": "none"}, {"text": "bad"}),
        lambda: Note.replace_by_id(kept.id, {"text": "bad"}),
    ):
        with pytest.raises(Oops):
            write()
    assert texts() == ["old"]


def test_a_transaction_whose_time_is_over_is_undone(db):
    with pytest.raises(TransactionTimeout):
        too_slow(db)
    Note.create(text="b")
    assert texts() == ["b"]


def too_slow(db):
    with db.transaction(timeout=0.5):
        Note.create(text="a")
        time.sleep(0.6)


def test_blocks_inside_are_part_of_the_whole(db):
    calls: list[int] = []
    with db.transaction() as tx, db.transaction():
        Note.create(text="a", options={"transaction": tx})
        db.on_commit(lambda: calls.append(len(texts())))
    assert calls == [1]


def test_the_isolation_is_the_stores_own_or_refused(db):
    def serializable():
        with db.transaction(isolation="SERIALIZABLE"):
            Note.create(text="a")

    if db.connector.name == "mongodb":
        with pytest.raises(OperatorError, match="no isolation levels"):
            serializable()
    else:
        serializable()
    assert texts() == ([] if db.connector.name == "mongodb" else ["a"])
