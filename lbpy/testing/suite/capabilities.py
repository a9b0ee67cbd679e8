"""The cases of what a connector may declare: lists, upserts, find or create, migrations, transactions. Left where it does not."""

from __future__ import annotations

import pytest

from ...data.contract import Connector, CreateMany, Crud, FindOrCreate, Migrations, Transactions, Upsert
from ...errors import Duplicate
from .bench import Bench, Fixtures, at_once, undeclared, undone


class Capabilities(Fixtures):
    """What a connector may declare beyond the plain operations; a case is left where it does not."""

    @pytest.fixture
    def many(self, sample: Bench) -> CreateMany:
        """The rows of `sample` as one that takes several at once."""
        return sample.rows if isinstance(sample.rows, CreateMany) else undeclared("CreateMany")

    @pytest.fixture
    def many_keyed(self, keyed: Bench) -> CreateMany:
        """The rows of `keyed` as one that takes several at once."""
        return keyed.rows if isinstance(keyed.rows, CreateMany) else undeclared("CreateMany")

    @pytest.fixture
    def upserts(self, keyed: Bench) -> Upsert:
        """The rows of `keyed` as one that updates or creates."""
        return keyed.rows if isinstance(keyed.rows, Upsert) else undeclared("Upsert")

    @pytest.fixture
    def finder(self, sample: Bench) -> FindOrCreate:
        """The rows of `sample` as one that finds or creates."""
        return sample.rows if isinstance(sample.rows, FindOrCreate) else undeclared("FindOrCreate")

    @pytest.fixture
    def table(self, sample: Bench) -> Migrations:
        """The rows of `sample` as one that has a table to be made."""
        return sample.rows if isinstance(sample.rows, Migrations) else undeclared("Migrations")

    @pytest.fixture
    def transactions(self, connector: Connector[Crud]) -> Transactions:
        """The connector as one that groups calls."""
        return connector if isinstance(connector, Transactions) else undeclared("Transactions")

    def test_many_are_created_at_once(self, sample: Bench, many: CreateMany) -> None:
        """They come back in the order in which they were given."""
        stored = many.create_many([{"label": name, "texts": [name]} for name in "cab"])
        assert [row["label"] for row in stored] == ["c", "a", "b"]
        assert sorted(row["id"] for row in sample.find()) == sorted(row["id"] for row in stored)
        assert [sample.meeting({"id": row["id"]}) for row in stored] == ["c", "a", "b"]

    def test_rows_of_one_list_may_have_different_properties(self, sample: Bench, many: CreateMany) -> None:
        """What one has and another has not is missing there."""
        many.create_many([{"label": "a", "text": "t"}, {"label": "b", "number": 1}])
        assert (sample.meeting({"text": None}), sample.meeting({"number": None})) == ("b", "a")

    def test_no_rows_are_created_of_an_empty_list(self, sample: Bench, many: CreateMany) -> None:
        """And nothing fails."""
        assert many.create_many([]) == []

    @pytest.mark.parametrize("codes", [["x", "old"], ["x", "x"], ["old", "x"]])
    def test_one_duplicate_in_a_list_stores_nothing(self, keyed: Bench, many_keyed: CreateMany, codes: list[str]) -> None:
        """Whether it exists already or stands twice in the list."""
        keyed.add({"code": "old", "text": "first"})
        with pytest.raises(Duplicate):
            many_keyed.create_many([{"code": code, "text": "new"} for code in codes])
        assert [(row["code"], row["text"]) for row in keyed.find()] == [("old", "first")]
        assert keyed.add({"code": "x", "text": "later"})

    def test_upsert_creates_what_is_not_there(self, keyed: Bench, upserts: Upsert) -> None:
        """By merging as by replacing."""
        for code, replace in (("a", True), ("b", False)):
            row, is_new = upserts.upsert(code, {"code": code, "text": "t"}, replace=replace)
            assert (keyed.given(row), is_new) == ({"code": code, "text": "t"}, True)
        assert len(keyed.find()) == 2

    def test_upsert_merges(self, keyed: Bench, upserts: Upsert) -> None:
        """What is not given stays."""
        keyed.add({"code": "k", "text": "t", "count": 1})
        row, is_new = upserts.upsert("k", {"code": "k", "count": 2}, replace=False)
        assert (row, is_new) == ({"code": "k", "text": "t", "count": 2}, False)
        assert keyed.find() == [{"code": "k", "text": "t", "count": 2}]

    def test_upsert_replaces(self, keyed: Bench, upserts: Upsert) -> None:
        """What is not given is gone."""
        keyed.add({"code": "k", "text": "t", "count": 1})
        row, is_new = upserts.upsert("k", {"code": "k", "count": 2}, replace=True)
        assert (keyed.given(row), is_new) == ({"code": "k", "count": 2}, False)
        assert [keyed.given(row) for row in keyed.find()] == [{"code": "k", "count": 2}]

    def test_upserts_at_once_make_one_row(self, keyed: Bench, upserts: Upsert) -> None:
        """And exactly one of them says that it is new."""
        made = at_once(16, lambda number: upserts.upsert("k", {"code": "k", "count": number}, replace=False)[1])
        assert (made.count(True), len(keyed.find())) == (1, 1)

    def test_find_or_create_finds(self, sample: Bench, finder: FindOrCreate) -> None:
        """The first by the given order."""
        sample.add({"label": "a", "number": 1}, {"label": "b", "number": 2})
        filter = sample.filter(where={"number": {"gt": 0}}, order="number DESC")
        row, is_new = finder.find_or_create(filter, {"label": "c"})
        assert (row["label"], is_new, len(sample.find())) == ("b", False, 2)

    def test_find_or_create_creates(self, sample: Bench, finder: FindOrCreate) -> None:
        """The row comes back as it is stored."""
        filter = sample.filter(where={"label": "c"})
        row, is_new = finder.find_or_create(filter, {"label": "c", "texts": ["x"]})
        (found,) = sample.find()
        assert (is_new, sample.given(found)) == (True, sample.given(row))

    def test_find_or_create_at_once_makes_one_row(self, sample: Bench, finder: FindOrCreate) -> None:
        """All callers get that row."""
        filter = sample.filter(where={"label": "one"})
        made = at_once(16, lambda number: finder.find_or_create(filter, {"label": "one", "number": number}))
        assert [is_new for _, is_new in made].count(True) == 1
        assert len({row["id"] for row, _ in made}) == len(sample.find()) == 1

    def test_automigrate_empties_and_autoupdate_does_not(self, sample: Bench, table: Migrations) -> None:
        """After either there is nothing left to do."""
        sample.add({"label": "a"})
        table.autoupdate()
        assert (sample.meeting({}), table.is_actual()) == ("a", True)
        table.automigrate()
        assert (sample.meeting({}), table.is_actual()) == ("", True)

    def test_a_transaction_takes_effect_as_a_whole(self, sample: Bench, transactions: Transactions) -> None:
        """An exception undoes it."""
        with transactions.transaction():
            sample.add({"label": "a"})
            assert sample.meeting({}) == "a"
        with undone(transactions):
            sample.add({"label": "b"})
            sample.rows.delete(sample.where({"label": "a"}))
        assert sample.meeting({}) == "a"

    def test_a_transaction_inside_another_is_undone_alone(self, sample: Bench, transactions: Transactions) -> None:
        """It is a savepoint."""
        if not self.savepoints:
            pytest.skip("the store has no savepoints")
        with transactions.transaction():
            sample.add({"label": "a"})
            with undone(transactions):
                sample.add({"label": "b"})
            sample.add({"label": "c"})
        assert sample.meeting({}) == "a c"
