"""What all saving operations do alike: undeclared properties, validation, uniqueness."""

from __future__ import annotations

import pytest
from marshmallow.validate import Length

from lbpy import Model, PersistedModel, prop, validate
from lbpy.errors import Invalid
from lbpy.model.declare import class_from_json
from lbpy.model.rules import length, uniqueness
from tests.data.notes import FREE, NOTE, codes


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
