"""Transactions: everything in a block takes effect or nothing does, and what waits for the commit."""

from __future__ import annotations

import threading

import pytest

from lbpy import PersistedModel
from lbpy.errors import NotFound, OperatorError


class Note(PersistedModel):
    title: str | None = None


@pytest.fixture
def db(make_app):
    app = make_app("sqlite")
    app.model(Note, data_source="db")
    return app.registry.source("db")


def titles():
    return [one.title for one in Note.find(order="id")]


class Oops(Exception):
    """What the tests raise inside a block."""


def undone(db, *calls):
    """Make some calls in a block that fails then."""
    with db.transaction():
        for call in calls:
            call()
        raise Oops


def test_a_block_that_ends_takes_effect(db):
    with db.transaction():
        Note.create(title="a")
        Note.create(title="b")
        assert titles() == ["a", "b"]
    assert titles() == ["a", "b"]


def test_a_block_that_fails_leaves_nothing(db):
    Note.create(title="a")
    with pytest.raises(Oops):
        undone(db, lambda: Note.create(title="b"), lambda: Note.update_all({}, {"title": "z"}), lambda: Note.destroy_by_id(1))
    assert titles() == ["a"]


def test_an_inner_block_is_undone_alone(db):
    with db.transaction():
        Note.create(title="a")
        with pytest.raises(Oops):
            undone(db, lambda: Note.create(title="b"))
        with db.transaction():
            Note.create(title="c")
    assert titles() == ["a", "c"]


def test_an_outer_block_undoes_inner_ones(db):
    def inner():
        with db.transaction():
            Note.create(title="a")

    with pytest.raises(Oops):
        undone(db, inner)
    assert titles() == []


def test_an_error_that_is_caught_inside_does_not_end_the_block(db):
    with db.transaction():
        Note.create(title="a")
        with pytest.raises(NotFound):
            Note.replace_by_id(9, {"title": "b"})
        Note.create(title="c")
    assert titles() == ["a", "c"]


def test_another_thread_is_not_in_the_block(db):
    Note.count()
    calls: list[str] = []
    with db.transaction():
        other = threading.Thread(target=lambda: db.on_commit(lambda: calls.append("at once")))
        other.start()
        other.join()
        assert calls == ["at once"]


# -- what waits for the commit


def test_calls_wait_for_the_end_of_the_outermost_block(db):
    calls: list[str] = []
    with db.transaction():
        db.on_commit(lambda: calls.append("first"))
        with db.transaction():
            db.on_commit(lambda: calls.append("second"))
        assert calls == []
    assert calls == ["first", "second"]


def test_without_a_block_a_call_is_made_at_once(db):
    calls: list[int] = []
    db.on_commit(lambda: calls.append(1))
    assert calls == [1]


def test_calls_of_an_undone_block_are_dropped(db):
    calls: list[str] = []
    with db.transaction():
        db.on_commit(lambda: calls.append("kept"))
        with pytest.raises(Oops):
            undone(db, lambda: db.on_commit(lambda: calls.append("dropped")))
    with pytest.raises(Oops):
        undone(db, lambda: db.on_commit(lambda: calls.append("dropped")))
    assert calls == ["kept"]


def test_what_is_called_at_the_commit_is_outside_the_block(db):
    calls: list[int] = []
    with db.transaction():
        Note.create(title="a")
        db.on_commit(lambda: db.on_commit(lambda: calls.append(Note.count())))
    assert calls == [1]


def test_a_store_without_transactions_says_so(make_app):
    app = make_app("memory")
    with pytest.raises(OperatorError, match="db: the memory connector has no transactions"):
        app.registry.source("db").transaction()


def test_the_level_of_isolation_is_handed_on(db):
    with db.transaction(isolation="SERIALIZABLE"):
        Note.create(title="a")
    assert titles() == ["a"]
