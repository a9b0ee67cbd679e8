"""Creating: what is stored, what is refused, defaults, and lists."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lbpy import PersistedModel
from lbpy.data.bound import bound_of
from lbpy.errors import Duplicate, Invalid, ManyFailed, NotFound
from lbpy.model.rules import uniqueness
from tests.data.notes import FREE, NOTE, codes


def test_a_created_instance_is_answered_as_it_is_stored(model, store):
    _, api = model(NOTE, store=store)
    assert api("POST", "/Things", {"title": "a", "stars": "3"}) == (200, {"title": "a", "stars": 3, "id": 1})
    found = api("GET", "/Things/1")[1]
    assert {name: one for name, one in found.items() if one is not None} == {"title": "a", "stars": 3, "id": 1}


def test_declared_properties_come_first_and_undeclared_ones_in_order(model):
    _, api = model(NOTE)
    made = api("POST", "/Things", {"z": 1, "stars": 2, "y": [1], "title": "a"})[1]
    assert list(made) == ["title", "stars", "id", "z", "y"]


@pytest.mark.parametrize("body", ["text", 5, True])
def test_a_record_is_an_object(model, body):
    assert model(NOTE)[1]("POST", "/Things", body)[0] == 400


@pytest.mark.parametrize("id", [1, "1", 99])
def test_an_id_cannot_be_given_where_the_store_makes_it(model, store, id):
    cls, api = model(NOTE, store=store)
    status, body = api("POST", "/Things", {"id": id, "title": "a"})
    assert (status, codes(body)) == (422, {"id": ["absence"]})
    assert cls.count() == 0


@pytest.mark.parametrize(("spec", "id"), [(NOTE, None), (FREE, None), (FREE, ""), (FREE, False)])
def test_an_empty_id_is_none(model, store, spec, id):
    assert model(spec, store=store)[1]("POST", "/Things", {"id": id, "title": "a"}) == (200, {"title": "a", "id": 1})


@pytest.mark.parametrize(("store", "ids"), [("memory", [1, 2, 3]), ("sqlite", [0, 0, 1])])
def test_0_is_an_id_where_a_database_makes_the_ids(model, store, ids):
    _, api = model(FREE, store=store)
    given = [("POST", {"id": 0, "title": "a"}), ("PUT", {"id": 0, "title": "b"}), ("POST", {"title": "c"})]
    assert [api(method, "/Things", data)[1]["id"] for method, data in given] == ids


def test_a_given_id_is_kept_where_it_may_be_given(model, store):
    cls, api = model(FREE, store=store)
    assert api("POST", "/Things", {"id": 5, "title": "a"})[1]["id"] == 5
    status, body = api("POST", "/Things", {"id": 5, "title": "b"})
    assert (status, body["error"]["message"]) == (409, "Duplicate entry for Thing.id")
    assert [one.title for one in cls.find()] == ["a"]


def test_an_id_of_the_wrong_type_is_refused(model, store):
    cls, api = model(FREE, store=store)
    for method, path in (("POST", "/Things"), ("PATCH", "/Things"), ("PUT", "/Things")):
        status, body = api(method, path, {"id": "abc", "title": "a"})
        assert (status, codes(body)) == (422, {"id": ["type"]})
    assert cls.count() == 0


@pytest.mark.parametrize(("stars", "strict", "lossy"), [("many", 422, None), ({}, 422, None), ("5", 200, 5)])
def test_values_that_would_be_lost_are_refused_unless_the_switch_is_on(model, store, stars, strict, lossy):
    cls, api = model(NOTE, store=store)
    assert api("POST", "/Things", {"title": "a", "stars": stars})[0] == strict
    assert cls.count() == (1 if strict == 200 else 0)
    _, api = model({**NOTE, "name": "Other"}, "lossyCoercion", store=store)
    status, body = api("POST", "/Others", {"title": "a", "stars": stars})
    assert (status, body["stars"]) == (200, lossy)

DEFAULTS = {
    "properties": {
        "a": {"type": "string", "default": "x"},
        "b": {"type": "string", "defaultFn": "uuid"},
        "c": {"type": "date", "default": "$now"},
        "n": "number",
    }
}


def test_defaults_fill_what_is_absent_and_not_what_is_null(model, store):
    _, api = model(DEFAULTS, store=store)
    made = api("POST", "/Things", {"b": None})[1]
    assert (made["a"], made["b"]) == ("x", None)
    assert made["c"].endswith("Z")


def test_rows_without_a_value_are_read_with_the_default(model):
    cls, api = model(DEFAULTS)
    bound_of(cls).store.create({"n": 1})
    assert api("GET", "/Things/1")[1]["a"] == "x"
    cls, api = model({**DEFAULTS, "name": "Bare", "applyDefaultsOnReads": False})
    bound_of(cls).store.create({"n": 1})
    assert api("GET", "/Bares/1")[1] == {"n": 1, "id": 1}


def test_a_default_that_is_not_kept_disappears_from_the_store(model):
    kept = {"type": "string", "default": "x", "persistDefaultValues": False}
    _, api = model({"properties": {"a": kept}, "applyDefaultsOnReads": False})
    api("POST", "/Things", {})
    api("POST", "/Things", {"a": "y"})
    assert api("GET", "/Things")[1] == [{"id": 1}, {"a": "y", "id": 2}]
    api("PUT", "/Things/2", {"a": "x"})
    assert api("GET", "/Things/2")[1] == {"id": 2}


def test_a_default_may_be_for_reading_only(model):
    read_only = {"type": "string", "default": "x", "applyDefaultOnWrites": False}
    _, api = model({"properties": {"a": read_only}, "applyDefaultsOnReads": False})
    assert api("POST", "/Things", {})[1] == {"id": 1}


def test_a_default_of_another_type_is_answered_as_written_and_stored_as_read(model, store):
    _, api = model({"properties": {"n": {"type": "number", "default": "5"}, "on": {"type": "boolean", "default": 0}}}, store=store)
    made = api("POST", "/Things", {})[1]
    assert (made["n"], made["on"]) == ("5", 0)
    found = api("GET", "/Things/1")[1]
    assert (found["n"], found["on"]) == (5, False)
    assert type(found["on"]) is bool
    assert api("GET", "/Things/count", where={"n": 5, "on": False})[1] == {"count": 1}


def test_a_default_that_is_no_date_is_refused_each_time(model, store):
    _, api = model({"properties": {"at": {"type": "date", "default": "now"}}}, store=store)
    status, body = api("POST", "/Things", {})
    assert (status, codes(body)) == (422, {"at": ["date"]})
    assert api("POST", "/Things", {"at": "2020-01-01"})[0] == 200


def test_absent_properties_can_be_stored_as_null(model):
    _, api = model({**NOTE, "persistUndefinedAsNull": True})
    assert api("POST", "/Things", {"title": "a"})[1] == {"title": "a", "stars": None, "due": None, "id": 1}
    assert api("PUT", "/Things/1", {"title": "b"})[1] == {"title": "b", "stars": None, "due": None, "id": 1}


def test_a_list_makes_a_list(model, store):
    _, api = model(NOTE, store=store)
    assert api("POST", "/Things", [{"title": "a"}, {"title": "b"}]) == (200, [{"title": "a", "id": 1}, {"title": "b", "id": 2}])
    assert api("POST", "/Things", []) == (200, [])


def test_one_bad_item_keeps_all_from_being_stored(model, store):
    cls, api = model(NOTE, store=store)
    status, body = api("POST", "/Things", [{"title": "a"}, {}, {"title": "c", "stars": "x"}])
    error = body["error"]
    assert (status, error["statusCode"]) == (422, 422)
    assert error["message"] == "Failed with multiple errors, see `details` for more information."
    assert error["details"][0] is None
    assert [one["details"]["codes"] for one in error["details"][1:]] == [{"title": ["presence"]}, {"stars": ["type"]}]
    assert cls.count() == 0


def test_an_item_that_is_no_object_is_a_mistake_in_the_request(model):
    status, body = model(NOTE)[1]("POST", "/Things", [{"title": "a"}, 5])
    assert (status, body["error"]["message"]) == (400, "Some of array items are not an object.")


@pytest.mark.parametrize("items", [[{"id": 1, "title": "a"}], [{"id": 7, "title": "a"}, {"id": 7, "title": "b"}]])
def test_an_id_used_twice_in_a_list_is_a_conflict(model, store, items):
    cls, api = model(FREE, store=store)
    api("POST", "/Things", {"id": 1, "title": "first"})
    status, body = api("POST", "/Things", items)
    assert status == 409
    assert [one and one["statusCode"] for one in body["error"]["details"]] == [None] * (len(items) - 1) + [409]
    assert [one.title for one in cls.find()] == ["first"]


def test_ids_of_any_shape_can_be_blamed(model):
    cls, api = model({"properties": {"id": {"type": "any", "id": True}}})
    assert api("POST", "/Things", [{"id": {"a": 1}}, {"id": {"a": 1}}])[0] == 409
    assert cls.count() == 0


class Member(PersistedModel, rules=[uniqueness("mail")]):
    mail: str | None = None


def test_two_items_of_a_list_may_not_break_a_rule_between_them(bind, api):
    bind(Member)
    status, body = api("POST", "/Members", [{"mail": "a"}, {"mail": "b"}, {"mail": "a"}, {}, {}])
    assert status == 422
    assert [one and one["details"]["codes"] for one in body["error"]["details"]] == [None, None, {"mail": ["uniqueness"]}, None, None]
    assert Member.count() == 0


def test_errors_of_code_carry_the_same_data(model):
    cls, _ = model(FREE)
    cls.create({"id": 1, "title": "a"})
    with pytest.raises(Duplicate):
        cls.create({"id": 1, "title": "b"})
    with pytest.raises(ManyFailed) as error:
        cls.create_many([{"title": "b"}, {}])
    assert [one and type(one) for one in error.value.errors] == [None, Invalid]
    with pytest.raises(NotFound):
        cls.replace_by_id(9, {"title": "a"})


def test_dates_are_stored_in_utc_to_the_millisecond(model, store):
    cls, api = model(NOTE, store=store)
    cls.create(title="a", due=datetime(2020, 1, 1, 12, 0, 0, 123456, tzinfo=UTC))
    assert api("GET", "/Things/1")[1]["due"] == "2020-01-01T12:00:00.123Z"
