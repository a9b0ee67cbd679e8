"""Transactions: everything in a block takes effect or nothing does, and what waits for the commit."""

from __future__ import annotations

import contextvars
import threading
import time

import pytest

from lbpy import PersistedModel
from lbpy.errors import BadRequest, NotFound, OperatorError, StoreError, TransactionTimeout


class Note(PersistedModel):
    title: str | None = None


@pytest.fixture
def app(make_app):
    app = make_app("sqlite")
    app.model(Note, data_source="db")
    return app


@pytest.fixture
def db(app):
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


def test_a_call_that_fails_is_logged_and_changes_nothing(db, caplog):
    calls: list[str] = []
    with db.transaction():
        Note.create(title="a")
        db.on_commit(lambda: 1 / 0)
        db.on_commit(lambda: calls.append("later"))
    assert (titles(), calls) == (["a"], ["later"])
    assert "ZeroDivisionError" in caplog.text


def test_a_call_that_fails_at_once_is_logged_too(db, caplog):
    db.on_commit(lambda: 1 / 0)
    assert "ZeroDivisionError" in caplog.text


# -- what a transaction can be asked for


def test_memory_says_that_it_has_none_and_what_it_has(make_app):
    with pytest.raises(OperatorError, match=r"db: the memory connector has no transactions; one write is all or nothing.*sqlite"):
        make_app("memory").registry.source("db").transaction()


def test_a_store_without_them_says_so(make_app):
    source = make_app().add_source("gone", "transient", {})
    with pytest.raises(OperatorError, match=r"gone: the transient connector has no transactions$"):
        source.transaction()


@pytest.mark.parametrize("level", ["READ UNCOMMITTED", "read committed", "REPEATABLE READ", "SERIALIZABLE"])
def test_the_level_of_isolation_is_handed_on(db, level):
    with db.transaction(isolation=level):
        Note.create(title="a")
    assert titles() == ["a"]


def test_an_unknown_level_names_the_known_ones(db):
    with pytest.raises(OperatorError, match="Invalid isolationLevel: CHAOS; known: READ UNCOMMITTED, READ COMMITTED"):
        db.transaction(isolation="CHAOS")


def test_an_inner_block_cannot_change_the_isolation(db):
    with db.transaction(isolation="SERIALIZABLE"):
        with db.transaction(isolation="serializable"):
            Note.create(title="a")
        with pytest.raises(OperatorError, match="READ COMMITTED cannot be had inside"), db.transaction(isolation="READ COMMITTED"):
            Note.create(title="b")
    assert titles() == ["a"]


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_timeout_is_more_than_nothing(db, seconds):
    with pytest.raises(OperatorError, match="db: the timeout"):
        db.transaction(timeout=seconds)


# -- timeouts


def late(db, *calls, after=Note.count):
    """Make some calls in a block whose time is over then, and one after that."""
    with db.transaction(timeout=0.01):
        for call in calls:
            call()
        time.sleep(0.02)
        return after()


def add():
    return Note.create(title="a")


def test_after_its_time_the_next_call_fails_and_everything_is_undone(db):
    calls: list[int] = []
    with pytest.raises(TransactionTimeout, match="rolled back due to timeout") as failed:
        late(db, add, lambda: db.on_commit(lambda: calls.append(1)))
    assert (failed.value.status, failed.value.code) == (503, "TRANSACTION_TIMEOUT")
    assert (titles(), calls) == ([], [])


def test_native_statements_fail_too(db):
    with pytest.raises(TransactionTimeout):
        late(db, add, after=lambda: db.execute("SELECT 1"))


def test_after_its_time_the_commit_fails(db):
    with pytest.raises(TransactionTimeout):
        late(db, add, after=lambda: None)
    assert titles() == []


def test_catching_it_inside_does_not_help(db):
    def caught():
        with pytest.raises(TransactionTimeout):
            add()

    with pytest.raises(TransactionTimeout):
        late(db, after=caught)
    assert titles() == []


def test_an_inner_block_that_is_late_is_undone_alone(db):
    with db.transaction(timeout=60):
        add()
        with pytest.raises(TransactionTimeout):
            late(db, lambda: Note.create(title="b"))
    assert titles() == ["a"]


def test_an_inner_block_has_no_more_time_than_the_outer_one(db):
    def inner():
        with db.transaction(timeout=60):
            add()

    with pytest.raises(TransactionTimeout):
        late(db, after=inner)
    assert titles() == []


def test_whoever_is_in_time_or_outside_is_not_concerned(db):
    with pytest.raises(TransactionTimeout):
        late(db)
    with db.transaction(timeout=60):
        Note.create(title="a")
    assert titles() == ["a"]


def test_over_http_it_is_503(app, db, api):
    app.before_remote("Note.find", lambda ctx: late(db))
    status, body = api("GET", "/Notes")
    assert (status, body["error"]["code"]) == (503, "TRANSACTION_TIMEOUT")


# -- transactions as an option


def test_a_transaction_may_be_named_in_options(db):
    with db.transaction() as tx:
        Note.create(title="a", options={"transaction": tx})
        with db.transaction():
            assert Note.count(options={"transaction": tx}) == 1


def test_one_that_has_ended_is_refused(db):
    with db.transaction() as tx:
        pass
    with pytest.raises(OperatorError, match=f"The transaction is not active: {tx.id}"):
        Note.create(title="a", options={"transaction": tx})


def test_one_of_another_thread_is_refused(db):
    Note.count()
    failed: list[BaseException] = []

    def join(tx):
        try:
            Note.create(title="a", options={"transaction": tx})
        except OperatorError as error:
            failed.append(error)

    with db.transaction() as tx:
        other = threading.Thread(target=join, args=(tx,))
        other.start()
        other.join()
    assert [str(one) for one in failed] == [f"The transaction is another call's: {tx.id}"]


def test_anything_else_in_its_place_is_refused(db):
    with pytest.raises(BadRequest):
        Note.find(options={"transaction": {"id": 1}})


# -- nothing outlives its block


def test_a_context_that_was_copied_inside_finds_it_over(db):
    calls: list[int] = []
    with db.transaction():
        with db.transaction():
            kept = contextvars.copy_context()
        kept.run(db.on_commit, lambda: calls.append(1))
        assert calls == []
    kept.run(db.on_commit, lambda: calls.append(2))
    assert calls == [1, 2]
    assert kept.run(Note.count) == 0


def test_one_that_a_generator_left_open_ends_with_it_in_whatever_context(db):
    def steps():
        with db.transaction():
            Note.create(title="a")
            yield

    Note.count()
    running, calls = steps(), []
    contextvars.copy_context().run(next, running)
    running.close()
    db.on_commit(lambda: calls.append(1))
    assert (titles(), calls) == ([], [1])


def test_one_that_cannot_begin_leaves_nothing_behind(make_app):
    db = make_app().data_source("quick", connector="sqlite", busyTimeout=10)
    outside, calls = contextvars.copy_context(), []
    with db.transaction():
        with pytest.raises(StoreError):
            outside.run(begin, db)
        outside.run(db.on_commit, lambda: calls.append(1))
    assert calls == [1]


def begin(db):
    with db.transaction():
        pass
