"""How many statements the operations of a model send to PostgreSQL, and what these look like."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from typing import Any

import pytest

import lbpy
from lbpy import prop
from lbpy.errors import ClientError, ManyFailed, StoreError
from lbpy.testing import client

Sent = list[tuple[str, tuple[Any, ...]]]


class Note(lbpy.PersistedModel):
    text: str
    n: int | None = None


class Tag(lbpy.PersistedModel, transaction=True):
    word: str = prop(unique=True)


@pytest.fixture
def app(postgres_database: str) -> Iterator[lbpy.App]:
    with lbpy.App() as made:
        db = made.data_source("db", connector="postgresql", url=postgres_database, autoupdate=True)
        made.model(Note, data_source=db)
        made.model(Tag, data_source=db)
        Note.count()
        yield made


@pytest.fixture
def sent(app: lbpy.App) -> Sent:
    """The statements that follow, with their parameters."""
    listed: Sent = []
    connector = app.registry.source("db").connector
    connector.observe("before execute", lambda one: listed.append((one.req["sql"], tuple(one.req["params"]))))
    return listed


def verbs(sent: Sent) -> list[str]:
    return [text.split()[0] for text, _ in sent]


def test_an_instance_is_created_by_one_statement(sent: Sent) -> None:
    Note.create(text="a")
    assert verbs(sent) == ["INSERT"]
    assert "RETURNING" in sent[0][0]


def test_an_instance_is_found_by_one_statement(sent: Sent) -> None:
    Note.find_by_id(1)
    assert verbs(sent) == ["SELECT"]


def test_an_instance_at_hand_is_changed_by_one_statement(app: lbpy.App, sent: Sent) -> None:
    note = Note.create(text="a")
    sent.clear()
    note.update_attributes(n=2)
    assert verbs(sent) == ["UPDATE"]


def test_a_patch_over_http_loads_the_instance_and_changes_it(app: lbpy.App, sent: Sent) -> None:
    """The rules look at the whole instance, and so does the answer; LoopBack asks twice as well."""
    Note.create(text="a")
    sent.clear()
    with client(app) as web:
        answer = web.patch("/api/Notes/1", json={"n": 2})
    assert answer.json == {"id": 1, "text": "a", "n": 2}
    assert verbs(sent) == ["SELECT", "UPDATE"]


def test_an_instance_is_replaced_and_deleted_by_one_statement_each(app: lbpy.App, sent: Sent) -> None:
    Note.create(text="a")
    sent.clear()
    Note.replace_by_id(1, {"text": "b"})
    Note.destroy_by_id(1)
    assert verbs(sent) == ["UPDATE", "DELETE"]


def test_many_are_created_by_one_statement(sent: Sent) -> None:
    Note.create_many([{"text": str(n), "n": n} for n in range(1000)])
    assert verbs(sent) == ["INSERT"]


def test_many_values_are_one_parameter(sent: Sent) -> None:
    Note.find({"id": {"inq": list(range(1, 500))}})
    Note.find({"text": {"nin": ["a", "b", "c"]}})
    assert [len(params) for _, params in sent] == [1, 1]


def test_statements_that_repeat_are_prepared(app: lbpy.App) -> None:
    for n in range(10):
        Note.create(text=str(n))
        Note.find_by_id(n)
    found = app.registry.source("db").execute("SELECT count(*) AS n FROM pg_prepared_statements")
    assert found[0]["n"] >= 2


# -- processes ----------------------------------------------------------------

COLOURS = ["red", "green", "blue"]


def find_or_create(url: str) -> list[object]:
    with lbpy.App() as made:
        made.model(Note, data_source=made.data_source("db", connector="postgresql", url=url))
        return [Note.find_or_create({"text": colour}, {"text": colour})[0].id for colour in COLOURS * 5]


def test_processes_that_find_or_create_make_one_row(app: lbpy.App, postgres_database: str) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        answers = [one.result() for one in [pool.submit(find_or_create, postgres_database) for _ in range(4)]]
    assert all(answer == answers[0] for answer in answers)
    assert Note.count() == len(COLOURS)


# -- inside transactions ------------------------------------------------------


def test_what_was_refused_does_not_undo_what_was_done_before(app: lbpy.App) -> None:
    db = app.registry.source("db")
    Note.create(text="first")
    with db.transaction():
        Note.create(text="second")
        with pytest.raises(ClientError):
            Note.create_many([{"text": "third"}, {}])
        Note.create(text="fourth")
    assert [one.text for one in Note.find()] == ["first", "second", "fourth"]


def test_of_a_list_with_a_duplicate_its_item_is_blamed_also_inside_a_transaction(app: lbpy.App) -> None:
    Tag.create(word="a")
    with pytest.raises(ManyFailed) as caught:
        Tag.create_many([{"word": "b"}, {"word": "a"}])
    assert [one is None for one in caught.value.errors] == [True, False]
    assert Tag.count() == 1


def test_going_on_after_a_statement_that_failed_is_an_error_and_not_a_loss_without_a_word(app: lbpy.App) -> None:
    db = app.registry.source("db")

    def work() -> None:
        with db.transaction():
            Note.create(text="a")
            with suppress(StoreError):
                db.execute("SELECT 1 / 0")

    with pytest.raises(StoreError, match="all of it is undone"):
        work()
    assert Note.count() == 0

