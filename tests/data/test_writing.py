"""Creating and changing: what is stored, what is refused, and what an id in the data means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from marshmallow.validate import Length

from lbpy import Model, PersistedModel, prop, validate
from lbpy.data.bound import bound_of
from lbpy.errors import BadRequest, Duplicate, Invalid, ManyFailed, NotFound
from lbpy.model.declare import class_from_json
from lbpy.model.rules import length, uniqueness

NOTE = {"properties": {"title": {"type": "string", "required": True}, "stars": "number", "due": "date"}}
FREE = {**NOTE, "forceId": False}


def codes(body: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = body["error"]["details"]["codes"]
    return found


# -- create


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


@pytest.mark.parametrize(("spec", "id"), [(NOTE, None), (FREE, None), (FREE, ""), (FREE, 0)])
def test_an_empty_id_is_none(model, store, spec, id):
    assert model(spec, store=store)[1]("POST", "/Things", {"id": id, "title": "a"}) == (200, {"title": "a", "id": 1})


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


def test_with_the_old_coercion_such_an_id_counts_as_none(model):
    _, api = model(FREE, "lossyCoercion")
    for method in ("POST", "PATCH", "PUT"):
        assert api(method, "/Things", {"id": "abc", "title": "a"})[0] == 200
    assert [one["id"] for one in api("GET", "/Things")[1]] == [1, 2, 3]


@pytest.mark.parametrize(("stars", "strict", "lossy"), [("many", 422, None), ({}, 422, None), ("5", 200, 5)])
def test_values_that_would_be_lost_are_refused_unless_the_switch_is_on(model, store, stars, strict, lossy):
    cls, api = model(NOTE, store=store)
    assert api("POST", "/Things", {"title": "a", "stars": stars})[0] == strict
    assert cls.count() == (1 if strict == 200 else 0)
    _, api = model({**NOTE, "name": "Other"}, "lossyCoercion", store=store)
    status, body = api("POST", "/Others", {"title": "a", "stars": stars})
    assert (status, body["stars"]) == (200, lossy)


# -- defaults


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


def test_defaults_are_applied_again_by_a_replace_and_not_by_a_patch(model):
    cls, api = model(DEFAULTS)
    api("POST", "/Things", {"a": "y", "b": "z", "n": 1})
    assert api("PATCH", "/Things/1", {"n": 2})[1]["a"] == "y"
    replaced = api("PUT", "/Things/1", {"b": "z"})[1]
    assert (replaced["a"], "n" in replaced) == ("x", False)
    assert cls.find_by_id(1)["a"] == "x"


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


# -- strict models


@pytest.mark.parametrize(
    ("strict", "created", "upserted"),
    [(False, 200, {"x": 1}), (True, 422, {}), ("filter", 200, {})],
)
def test_undeclared_properties(model, strict, created, upserted):
    cls, api = model({**NOTE, "strict": strict})
    status, body = api("POST", "/Things", {"title": "a", "x": 1})
    assert status == created
    if status == 422:
        assert codes(body) == {"x": ["unknown-property"]}
        assert body["error"]["details"]["messages"] == {"x": ["is not defined in the model"]}
        assert "(value: undefined)" in body["error"]["message"]
        api("POST", "/Things", {"title": "a"})
    else:
        assert body == {"title": "a", **upserted, "id": 1}
    assert api("PATCH", "/Things/1", {"x": 2})[0] == created
    assert api("PUT", "/Things/1", {"title": "a", "x": 2})[0] == created
    assert api("PATCH", "/Things", {"id": 1, "x": 3}) == (200, {"title": "a", "id": 1, **({"x": 3} if upserted else {})})
    assert api("POST", "/Things/update", {"x": 4}, where={})[0] == 200
    assert cls.find_by_id(1).to_dict() == {"title": "a", "id": 1, **({"x": 4} if upserted else {})}


def test_a_store_with_columns_keeps_no_undeclared_property(model):
    _, api = model(NOTE, store="sqlite")
    assert api("POST", "/Things", {"title": "a", "x": 1})[1] == {"title": "a", "id": 1, "x": 1}
    assert "x" not in api("GET", "/Things/1")[1]
    assert api("PATCH", "/Things/1", {"x": 2})[0] == 200


@pytest.mark.parametrize("name", ["a.b", "constructor", "__proto__", "prototype"])
@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("POST", "/Things", {}),
        ("PATCH", "/Things/1", {}),
        ("PUT", "/Things/1", {}),
        ("PATCH", "/Things", {}),
        ("POST", "/Things/update", {"where": {}}),
        ("POST", "/Things/upsertWithWhere", {"where": {"id": 1}}),
    ],
)
def test_keys_that_no_property_can_have(model, name, method, path, query):
    cls, api = model(NOTE)
    api("POST", "/Things", {"title": "a"})
    assert api(method, path, {"title": "b", name: 1}, **query)[0] == 400
    assert [one.to_dict() for one in cls.find()] == [{"title": "a", "id": 1}]


# -- bulk create


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


# -- validation


@pytest.mark.parametrize(
    ("method", "path", "body", "query"),
    [
        ("POST", "/Things", {}, {}),
        ("POST", "/Things", [{}], {}),
        ("PATCH", "/Things/1", {"title": ""}, {}),
        ("PUT", "/Things/1", {}, {}),
        ("POST", "/Things/1/replace", {}, {}),
        ("PUT", "/Things", {}, {}),
        ("PUT", "/Things", {"id": 1}, {}),
        ("POST", "/Things/replaceOrCreate", {"id": 1}, {}),
        ("PATCH", "/Things", {}, {}),
        ("PATCH", "/Things", {"id": 1, "title": None}, {}),
        ("POST", "/Things/upsertWithWhere", {"stars": 1}, {"where": {"id": 1}}),
        ("POST", "/Things/upsertWithWhere", {"stars": 1}, {"where": {"id": 9}}),
    ],
)
@pytest.mark.parametrize("spec", [NOTE, FREE], ids=["forced", "free"])
def test_every_operation_that_saves_an_instance_validates(model, spec, method, path, body, query):
    cls, api = model(spec)
    cls.create(title="a", stars=1)
    assert api(method, path, body, **query)[0] == 422
    assert [one.to_dict() for one in cls.find()] == [{"title": "a", "stars": 1, "id": 1}]


def test_a_patch_validates_the_whole_merged_instance(model):
    cls, api = model(NOTE)
    bound_of(cls).store.create({"stars": 1})
    assert api("PATCH", "/Things/1", {"stars": 2})[0] == 422
    assert api("PATCH", "/Things/1", {"title": "now"})[0] == 200


def test_an_upsert_validates_what_is_merged_or_only_what_was_sent(model):
    cls, api = model(NOTE)
    cls.create(title="a")
    assert api("PATCH", "/Things", {"id": 1, "stars": 1})[0] == 200
    cls, api = model({**FREE, "name": "Other"})
    cls.create(title="a")
    assert api("PATCH", "/Others", {"id": 1, "stars": 1})[0] == 422


@pytest.mark.parametrize("spec", [NOTE, FREE], ids=["forced", "free"])
def test_rules_of_upserts_can_be_switched_off_but_types_cannot(model, spec):
    cls, api = model({**spec, "validateUpsert": False})
    cls.create(title="a")
    assert api("PATCH", "/Things", {"id": 1, "title": ""})[0] == 200
    assert api("PATCH", "/Things", {"id": 1, "stars": "x"})[0] == 422


def test_an_update_of_many_asks_for_rules_only_if_told_to(model):
    cls, api = model(NOTE)
    cls.create(title="a")
    assert api("POST", "/Things/update", {"title": ""}, where={}) == (200, {"count": 1})
    assert api("POST", "/Things/update", {"stars": "x"}, where={})[0] == 422
    assert api("POST", "/Things/update", {"due": "never"}, where={})[0] == 422
    cls, api = model({**NOTE, "name": "Other", "validateUpdate": True})
    assert api("POST", "/Others/update", {"title": ""}, where={})[0] == 422


def test_validation_can_be_switched_off_for_a_model_or_a_call(model):
    cls, api = model({**NOTE, "automaticValidation": False})
    assert api("POST", "/Things", {})[0] == 200
    assert api("POST", "/Things", {"stars": "x"})[0] == 422
    with pytest.raises(Invalid):
        cls.create({}, options={"validate": True})
    cls, _ = model({**NOTE, "name": "Other"})
    assert cls.create({}, options={"validate": False}).id == 1


def test_all_problems_are_told_in_the_order_of_the_properties(model):
    properties = {"a": {"type": "string", "required": True}, "b": "date", "c": {"type": "number", "required": True}}
    _, body = model({"strict": True, "properties": properties})[1]("POST", "/Things", {"x": 1, "c": "many", "b": "never"})
    assert codes(body) == {"a": ["presence"], "b": ["date"], "c": ["presence"], "x": ["unknown-property"]}
    assert body["error"]["message"] == (
        "The `Thing` instance is not valid. Details: `a` can't be blank (value: undefined);"
        " `b` is not a valid date (value: Invalid Date); `c` can't be blank (value: NaN);"
        " `x` is not defined in the model (value: undefined)."
    )


def test_long_values_are_cut_in_the_message(bind, api):
    class Short(PersistedModel):
        text: str = prop(validate=Length(max=5))

    bind(Short)
    _, body = api("POST", "/Shorts", {"text": "y" * 40})
    assert f'(value: "{"y" * 25}...yyy")' in body["error"]["message"]
    assert body["error"]["details"]["context"] == "Short"


def test_a_required_number_that_is_none_is_missing(model):
    _, api = model({"properties": {"n": {"type": "number", "required": True}}})
    for value in ("many", {}, None):
        assert codes(api("POST", "/Things", {"n": value})[1]) == {"n": ["presence"]}
    assert api("POST", "/Things", {"n": 0})[0] == 200


class Address(Model, hidden=["pin"]):
    city: str = prop(validate=Length(min=2))
    pin: str | None = None

    @validate("city", "is closed")
    def is_open(self) -> bool:
        return self.city != "Pripyat"


class Client(PersistedModel, hidden=["secret"]):
    home: Address | None = None
    others: list[Address] = prop(factory=list)
    secret: str | None = prop(default=None, validate=Length(max=3))
    name: str | None = None


def test_nested_models_written_in_python_are_validated(bind, api):
    bind(Client)
    status, body = api("POST", "/Clients", {"home": {"city": "R"}, "others": [{"city": "Rome"}, {"city": "Pripyat"}, {}]})
    assert status == 422
    assert codes(body) == {"home": ["invalid"], "others": ["invalid", "invalid"]}
    assert body["error"]["details"]["messages"]["others"] == ["is invalid: `city` is closed", "is invalid: `city` can't be blank"]
    assert Client.count() == 0


def test_nested_models_from_json_are_not(make_app, api_of):
    app = make_app()
    inner = class_from_json({"name": "Inner", "properties": {"a": {"type": "string", "required": True}}}, Model)
    outer = class_from_json({"name": "Outer", "properties": {"inner": "Inner"}}, PersistedModel)
    app.model(inner, public=False)
    app.model(outer, data_source="db")
    assert api_of(app)("POST", "/Outers", {"inner": {}})[0] == 200


def test_no_message_shows_a_hidden_value(bind, api):
    bind(Client)
    Client.create({"secret": "12345678", "name": "ann"}, options={"validate": False})
    for method, path, body in (
        ("POST", "/Clients", {"secret": "12345678"}),
        ("PATCH", "/Clients/1", {"name": "bob"}),
        ("POST", "/Clients", {"home": {"city": "R", "pin": "12345678"}}),
        ("POST", "/Clients", {"secret": {"k": "12345678"}}),
    ):
        status, answer = api(method, path, body)
        assert status == 422
        assert "12345678" not in str(answer)


# -- uniqueness


class User(
    PersistedModel,
    rules=[uniqueness("mail", ignore_case=True), uniqueness("nick", scoped_to=["realm"]), length("nick", max=5, allow_blank=True)],
):
    mail: str | None = None
    nick: str | None = None
    realm: str | None = None


@pytest.fixture
def user(bind):
    bind(User)
    User.create(mail="Ann+1@x.org", nick="ann", realm="a")
    return User


@pytest.mark.parametrize(
    ("data", "fine"),
    [
        ({"mail": "ann+1@X.org", "nick": "x"}, False),
        ({"mail": "annn1@x.org", "nick": "x"}, True),
        ({"mail": "a%", "nick": "x"}, True),
        ({"mail": "(?=x", "nick": "x"}, True),
        ({"mail": "", "nick": "x"}, True),
        ({"nick": "ann", "realm": "a"}, False),
        ({"nick": "ann", "realm": "b"}, True),
        ({"nick": "ann"}, True),
    ],
)
def test_uniqueness_by_scope_and_whatever_the_case(user, data, fine):
    if fine:
        assert user.create(data).id == 2
    else:
        with pytest.raises(Invalid) as error:
            user.create(data)
        assert [one.code for one in error.value.problems] == ["uniqueness"]


def test_an_instance_may_keep_its_own_value(user):
    first = user.find_by_id(1)
    assert first.update_attributes(realm="b").realm == "b"
    assert user.replace_by_id(1, {"mail": "ANN+1@x.org", "nick": "ann"}).mail == "ANN+1@x.org"
    other = user.create(nick="bob")
    with pytest.raises(Invalid):
        other.update_attributes(mail="ann+1@x.org")


def test_long_texts_are_compared_whole(user):
    long = "x" * 1500
    user.create(mail=long, nick="a")
    assert user.create(mail=long[:-1] + "y", nick="b").id == 3
    with pytest.raises(Invalid):
        user.create(mail=long.upper(), nick="c")


def test_a_unique_property_is_refused_by_rule_and_by_the_store(bind, api):
    class Tag(PersistedModel):
        word: str | None = prop(default=None, unique=True)

    bind(Tag)
    assert api("POST", "/Tags", [{"word": "a"}, {}, {}])[0] == 200
    for method, path, body, query in (
        ("POST", "/Tags", {"word": "a"}, {}),
        ("PATCH", "/Tags/2", {"word": "a"}, {}),
        ("PUT", "/Tags/2", {"word": "a"}, {}),
        ("POST", "/Tags/upsertWithWhere", {"word": "a"}, {"where": {"id": 2}}),
    ):
        status, answer = api(method, path, body, **query)
        assert (status, codes(answer)) == (422, {"word": ["uniqueness"]})


def test_an_update_of_many_that_would_break_uniqueness_is_refused_by_a_store_with_indexes(make_app, api_of):
    class Tag(PersistedModel):
        word: str | None = prop(default=None, unique=True)

    app = make_app("sqlite")
    app.model(Tag, data_source="db", public=True)
    Tag.create_many([{"word": "a"}, {"word": "b"}])
    status, answer = api_of(app)("POST", "/Tags/update", {"word": "c"}, where={})
    assert (status, codes(answer)) == (422, {"word": ["uniqueness"]})
    assert [one.word for one in Tag.find(order="id")] == ["a", "b"]


# -- ids in the data


@pytest.mark.parametrize(("id", "status"), [(1, 200), ("1", 200), (2, 400), ("x", 400), (None, 200)])
@pytest.mark.parametrize("spec", [NOTE, FREE], ids=["forced", "free"])
def test_the_id_cannot_be_changed(model, spec, id, status):
    cls, api = model(spec)
    cls.create(title="a")
    assert api("PATCH", "/Things/1", {"id": id})[0] == status
    assert api("PUT", "/Things/1", {"title": "a", "id": id})[0] == status
    assert [one.id for one in cls.find()] == [1]


def test_texts_of_refusals_to_change_an_id(model):
    cls, api = model(NOTE)
    cls.create(title="a")
    patched = api("PATCH", "/Things/1", {"id": 2})[1]["error"]["message"]
    replaced = api("PUT", "/Things/1", {"title": "a", "id": 2})[1]["error"]["message"]
    assert patched == "id cannot be updated from 1 to 2 when forceId is set to true"
    assert replaced == "id property (id) cannot be updated from 1 to 2"


@pytest.mark.parametrize(
    ("spec", "method", "path", "data", "status", "rows"),
    [
        (NOTE, "PATCH", "/Things", {"title": "b"}, 200, ["a", "b"]),
        (NOTE, "PATCH", "/Things", {"id": 1, "title": "b"}, 200, ["b"]),
        (NOTE, "PATCH", "/Things", {"id": 9, "title": "b"}, 404, ["a"]),
        (FREE, "PATCH", "/Things", {"id": 9, "title": "b"}, 200, ["a", "b"]),
        (NOTE, "PUT", "/Things", {"title": "b"}, 200, ["a", "b"]),
        (NOTE, "PUT", "/Things", {"id": 1, "title": "b"}, 200, ["b"]),
        (NOTE, "PUT", "/Things", {"id": 9, "title": "b"}, 404, ["a"]),
        (FREE, "PUT", "/Things", {"id": 9, "title": "b"}, 200, ["a", "b"]),
        (NOTE, "PUT", "/Things/1", {"title": "b"}, 200, ["b"]),
        (NOTE, "PUT", "/Things/9", {"title": "b"}, 404, ["a"]),
        (FREE, "PUT", "/Things/9", {"title": "b"}, 404, ["a"]),
        (NOTE, "PATCH", "/Things/1", {"title": "b"}, 200, ["b"]),
        (NOTE, "PATCH", "/Things/9", {"title": "b"}, 404, ["a"]),
        (FREE, "PATCH", "/Things/9", {"title": "b"}, 404, ["a"]),
    ],
)
def test_what_an_id_in_an_upsert_means(model, store, spec, method, path, data, status, rows):
    cls, api = model(spec, store=store)
    cls.create(title="a", stars=1)
    assert api(method, path, data)[0] == status
    assert [one.title for one in cls.find(order="id")] == rows


def test_a_patch_merges_and_a_replace_does_not(model):
    cls, api = model(FREE)
    cls.create_many([{"title": "a", "stars": 1}] * 4)
    assert api("PATCH", "/Things/1", {"title": "b"})[1] == {"title": "b", "stars": 1, "id": 1}
    assert api("PATCH", "/Things", {"id": 2, "title": "b"})[1] == {"title": "b", "stars": 1, "id": 2}
    assert api("PUT", "/Things/3", {"title": "b"})[1] == {"title": "b", "id": 3}
    assert api("PUT", "/Things", {"id": 4, "title": "b"})[1] == {"title": "b", "id": 4}
    assert [("stars" in one) for one in cls.find()] == [True, True, False, False]


def test_a_list_cannot_be_upserted(model):
    _, api = model(NOTE)
    assert api("PATCH", "/Things", [{"title": "a"}])[0] == 400
    assert api("PATCH", "/Things/1", [{"title": "a"}])[0] in (400, 404)


# -- by condition


def test_upsert_with_where(model, store):
    cls, api = model(NOTE, store=store)
    cls.create_many([{"title": "a"}, {"title": "b"}, {"title": "b"}])
    patched = api("POST", "/Things/upsertWithWhere", {"title": "c"}, where={"title": "a"})
    assert (patched[0], patched[1]["id"], patched[1]["title"]) == (200, 1, "c")
    assert api("POST", "/Things/upsertWithWhere", {"title": "d"}, where={"title": "z"})[1]["id"] == 4
    status, body = api("POST", "/Things/upsertWithWhere", {"title": "e"}, where={"title": "b"})
    assert (status, body["error"]["message"]) == (400, "There are multiple instances found.Upsert Operation will not be performed!")
    assert [one.title for one in cls.find(order="id")] == ["c", "b", "b", "d"]


@pytest.mark.parametrize(
    ("query", "body", "message"),
    [({}, {"title": "a"}, "where is a required argument"), ({"where": {}}, {}, "data object cannot be empty!")],
)
def test_upsert_with_where_needs_both(model, query, body, message):
    status, answer = model(NOTE)[1]("POST", "/Things/upsertWithWhere", body, **query)
    assert (status, answer["error"]["message"]) == (400, message)


def test_an_update_of_many_needs_a_condition(model):
    cls, api = model(NOTE)
    cls.create(title="a")
    assert api("POST", "/Things/update", {"title": "b"})[0] == 400
    assert api("POST", "/Things/update", {"title": "b"}, filter={"where": {"title": "a"}})[0] == 400
    assert api("POST", "/Things/update", {"title": "b"}, where={}) == (200, {"count": 1})
    with pytest.raises(BadRequest):
        cls.update_all(None, {"title": "c"})


@pytest.mark.parametrize(("store", "strict", "status"), [("memory", False, 200), ("memory", True, 400), ("sqlite", False, 400)])
@pytest.mark.parametrize("path", ["/Things/update", "/Things/upsertWithWhere"])
def test_a_write_whose_condition_names_no_property(model, store, strict, status, path):
    cls, api = model({**NOTE, "strict": strict}, store=store)
    cls.create(title="a")
    assert api("POST", path, {"title": "b"}, where={"nothing": 1})[0] == status
    assert cls.find_by_id(1).title == "a"


def test_find_or_create(model, store):
    cls, _ = model(NOTE, store=store)
    first, made = cls.find_or_create({"title": "a"}, {"title": "a", "stars": 1})
    again, remade = cls.find_or_create({"title": "a"}, {"title": "a", "stars": 2})
    assert (made, remade, again.id, again.stars) == (True, False, first.id, 1)
    with pytest.raises(Invalid):
        cls.find_or_create({"title": "z"}, {})


# -- code


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
