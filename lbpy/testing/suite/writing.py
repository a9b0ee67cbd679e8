"""The cases of creating, changing and removing rows by what every connector has. Asks for no capability beyond."""

from __future__ import annotations

import pytest

from ...errors import Duplicate
from ...geo import GeoPoint
from .bench import Bench, Fixtures, day


class Writing(Fixtures):
    """Creating, changing, removing, one row or several."""

    def test_created_rows_get_different_ids(self, sample: Bench) -> None:
        """The row comes back as it is stored."""
        rows = sample.add({"label": "a"}, {"label": "b"}, {"label": "c"})
        assert len({row["id"] for row in rows}) == 3
        for row in rows:
            (found,) = sample.find(where={"id": row["id"]})
            assert sample.given(found) == sample.given(row)

    def test_a_given_id_is_kept(self, keyed: Bench, numbered: Bench) -> None:
        """As the type that it has."""
        keyed.add({"code": "k", "text": "t"})
        numbered.add({"id": 7, "text": "t"})
        assert [keyed.given(row) for row in keyed.find()] == [{"code": "k", "text": "t"}]
        assert [numbered.given(row) for row in numbered.find()] == [{"id": 7, "text": "t"}]

    def test_an_id_that_exists_is_refused(self, keyed: Bench) -> None:
        """The error names model and property; the first row stays."""
        keyed.add({"code": "k", "text": "first"})
        with pytest.raises(Duplicate) as caught:
            keyed.add({"code": "k", "text": "second"})
        assert (caught.value.model, caught.value.property, caught.value.is_id) == ("Keyed", "code", True)
        assert [row["text"] for row in keyed.find()] == ["first"]

    def test_models_do_not_see_each_others_rows(self, keyed: Bench, numbered: Bench) -> None:
        """Each has a collection of its own."""
        keyed.add({"code": "k"})
        numbered.add({"id": 1})
        assert (len(keyed.find()), len(numbered.find())) == (1, 1)

    def test_update_sets_the_given_keys_of_the_rows_that_meet_the_condition(self, abcd: Bench) -> None:
        """It counts the rows that met it, also those that were the same before."""
        assert abcd.rows.update(abcd.where({"flag": True}), {"text": "new", "number": None}) == 2
        assert abcd.rows.update(abcd.where({"flag": True}), {"text": "new"}) == 2
        assert abcd.meeting({"text": "new"}) == "a b"
        assert abcd.meeting({"number": None}) == "a b d"
        assert abcd.rows.update(abcd.where({"label": "nobody"}), {"text": "x"}) == 0
        assert abcd.rows.update(abcd.where({}), {"texts": ["x"]}) == 4

    def test_update_takes_every_kind(self, sample: Bench) -> None:
        """As create does."""
        sample.add({"label": "a"})
        fresh = {"date": day(1), "bytes": b"b", "point": GeoPoint(1, 2), "inner": {"date": day(2)}, "texts": ["x"]}
        sample.rows.update(sample.where({"label": "a"}), dict(fresh))
        (found,) = sample.find()
        assert {name: found[name] for name in fresh} == fresh

    def test_replace_leaves_nothing_of_the_old_row(self, keyed: Bench) -> None:
        """It says whether there was one."""
        keyed.add({"code": "k", "text": "t", "count": 1}, {"code": "l", "text": "u"})
        assert keyed.rows.replace("k", {"code": "k", "count": 2}) is True
        assert keyed.rows.replace("none", {"code": "none", "count": 2}) is False
        assert [keyed.given(row) for row in keyed.find(order="code")] == [{"code": "k", "count": 2}, {"code": "l", "text": "u"}]

    def test_delete_removes_the_rows_that_meet_the_condition(self, abcd: Bench) -> None:
        """It counts them."""
        assert abcd.rows.delete(abcd.where({"flag": True})) == 2
        assert abcd.rows.delete(abcd.where({"flag": True})) == 0
        assert abcd.meeting({}) == "c d"
        assert abcd.rows.delete(abcd.where({})) == 2
        assert abcd.meeting({}) == ""

    def test_the_id_of_a_removed_row_is_not_given_again(self, sample: Bench) -> None:
        """Not to the next row at least."""
        (first,) = sample.add({"label": "a"})
        (second,) = sample.add({"label": "b"})
        sample.rows.delete(sample.where({"id": second["id"]}))
        (third,) = sample.add({"label": "c"})
        assert third["id"] not in (first["id"], second["id"])
