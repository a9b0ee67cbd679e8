"""Models with `transaction: true`: a write whose hooks fail leaves nothing, whichever operation it is."""

import pytest

from lbpy import PersistedModel, observe
from lbpy.errors import SettingError


class Oops(Exception):
    """What hooks raise after a write."""


class Failing(PersistedModel):
    """Each write fails once it was made, where the text says so."""

    text: str | None = None

    @observe("after save")
    @staticmethod
    def fail(ctx) -> None:
        row = ctx.instance.to_dict() if "instance" in ctx else ctx.data
        if row.get("text") == "bad":
            raise Oops

    @observe("after delete")
    @staticmethod
    def fail_to_delete(ctx) -> None:
        raise Oops


class Note(Failing, transaction=True):
    pass


class Loose(Failing):
    pass


@pytest.fixture
def app(make_app):
    return make_app("sqlite")


@pytest.fixture
def db(app):
    for cls in (Note, Loose):
        app.model(cls, data_source="db", public=True)
    for cls in (Note, Loose):
        cls.create(text="old")
    return app.registry.source("db")


def texts(cls):
    return [one.text for one in cls.find(order="id")]


BAD = {"text": "bad"}
WRITES = {
    "create": lambda cls: cls.create(BAD),
    "create_many": lambda cls: cls.create_many([{"text": "good"}, BAD]),
    "upsert new": lambda cls: cls.upsert(BAD),
    "upsert": lambda cls: cls.upsert({"id": 1, **BAD}),
    "replace_or_create": lambda cls: cls.replace_or_create({"id": 1, **BAD}),
    "upsert_with_where": lambda cls: cls.upsert_with_where({"text": "old"}, BAD),
    "find_or_create": lambda cls: cls.find_or_create({"text": "none"}, BAD),
    "replace_by_id": lambda cls: cls.replace_by_id(1, BAD),
    "update_all": lambda cls: cls.update_all({}, BAD),
    "save": lambda cls: changed(cls.find_by_id(1)).save(),
    "save new": lambda cls: cls(text="bad").save(),
    "update_attributes": lambda cls: cls.find_by_id(1).update_attributes(text="bad"),
    "replace_attributes": lambda cls: cls.find_by_id(1).replace_attributes(BAD),
    "destroy_all": lambda cls: cls.destroy_all(),
    "destroy_by_id": lambda cls: cls.destroy_by_id(1),
    "destroy": lambda cls: cls.find_by_id(1).destroy(),
}


def changed(note):
    note.text = "bad"
    return note


@pytest.mark.parametrize("name", WRITES)
def test_a_write_whose_hook_fails_is_undone(db, name):
    with pytest.raises(Oops):
        WRITES[name](Note)
    assert texts(Note) == ["old"]


@pytest.mark.parametrize("name", WRITES)
def test_without_the_setting_it_stays_as_in_loopback(db, name):
    with pytest.raises(Oops):
        WRITES[name](Loose)
    assert texts(Loose) != ["old"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", BAD),
        ("POST", "", [{"text": "good"}, BAD]),
        ("PATCH", "", {"id": 1, **BAD}),
        ("PUT", "", {"id": 1, **BAD}),
        ("POST", "/replaceOrCreate", {"id": 1, **BAD}),
        ("POST", "/upsertWithWhere?where={}", BAD),
        ("POST", "/update?where={}", BAD),
        ("PATCH", "/1", BAD),
        ("PUT", "/1", BAD),
        ("DELETE", "/1", None),
    ],
)
def test_the_same_over_http(db, api, method, path, body):
    for plural, left in (("Notes", ["old"]), ("Looses", None)):
        status, _ = api(method, f"/{plural}{path}", body)
        assert status == 500
        cls = Note if left else Loose
        assert (texts(cls) == ["old"]) is bool(left)


def test_a_write_that_succeeds_stays(db):
    Note.create(text="good")
    assert Note.find_or_create({"text": "new"}, {"text": "new"})[1]
    assert texts(Note) == ["old", "good", "new"]


def test_a_failed_write_inside_a_transaction_is_undone_alone(db):
    with db.transaction():
        Note.create(text="a")
        with pytest.raises(Oops):
            Note.create(BAD)
        Note.create(text="b")
    assert texts(Note) == ["old", "a", "b"]


def test_what_waits_for_the_commit_waits_for_the_end_of_the_operation(db):
    seen: list[int] = []
    hook = lambda ctx: db.on_commit(lambda: seen.append(len(ctx.instance.text)))  # noqa: E731
    Note.observe("before save", hook)
    try:
        Note.create(text="good")
        with pytest.raises(Oops):
            Note.create(BAD)
    finally:
        Note.remove_observer("before save", hook)
    assert seen == [4]


def test_sub_models_inherit_it(app):
    class Special(Note):
        pass

    app.model(Special, data_source="db")
    with pytest.raises(Oops):
        Special.create(BAD)
    assert texts(Special) == []


# -- where it cannot be had


def test_on_a_store_without_transactions_it_is_refused_when_bound(make_app):
    class Kept(PersistedModel, transaction=True):
        pass

    app = make_app("memory")
    with pytest.raises(SettingError, match=r"Kept: transaction: the memory connector of db has no transactions.*take the key out"):
        app.model(Kept, data_source="db")


def test_it_is_true_or_false(make_app):
    class Kept(PersistedModel, transaction="yes"):
        pass

    with pytest.raises(SettingError, match="Kept: transaction: true or false is needed, not 'yes'"):
        make_app("sqlite").model(Kept, data_source="db")


def test_false_asks_for_nothing(make_app):
    class Kept(PersistedModel, transaction=False):
        pass

    make_app("memory").model(Kept, data_source="db")
    assert Kept.create().id == 1
