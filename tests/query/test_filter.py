import pytest

from lbpy.errors import BadRequest
from lbpy.query.filter import EMBEDDED, compile_filter, include_parts, merge_scope, permitted
from lbpy.query.grammar import Rules
from lbpy.query.nodes import Equal, Filter

CODE = Rules()


@pytest.fixture
def city(grammar):
    return grammar()


@pytest.fixture
def compiled(city):
    return lambda raw, rules=CODE, **options: compile_filter(city, raw, rules, **options)


@pytest.fixture
def message(compiled):
    def refused(raw, *rest):
        with pytest.raises(BadRequest) as caught:
            compiled(raw, *rest)
        return caught.value.message

    return refused


def order_of(filter):
    return [(one.path.text, one.descending) for one in filter.order]


EMPTY = {"where": None, "limit": 0, "order": "", "fields": [], "include": []}


@pytest.mark.parametrize("raw", [None, {}, {"colour": "red"}, EMPTY])
def test_an_empty_filter_is_everything(compiled, raw):
    assert compiled(raw) == Filter()


@pytest.mark.parametrize("raw", [5, "x", [], True])
def test_a_filter_is_an_object(message, raw):
    assert message(raw) == "Value is not an object."


def test_operations_know_their_members_only(city, compiled):
    raw = {"where": {"name": "x"}, "order": 5, "limit": -1, "fields": "name", "include": "books"}
    assert compiled(raw, members=EMBEDDED) == Filter(where=Equal(city.path("name"), "x"), include=("books",))


def test_the_depth_of_the_whole_filter_counts(city, message):
    deep = {"where": {"and": [{"and": [{"and": [{"and": [{"and": [{"name": "x"}]}]}]}]}]}}
    assert message(deep, Rules(depth=11)) == "The query object exceeds maximum depth 11"


# -- limit and skip ----------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "limit", "skip"),
    [
        ({"limit": 2}, 2, 0),
        ({"limit": "2", "skip": "1"}, 2, 1),
        ({"limit": None}, None, 0),
        ({"limit": 2.0}, 2, 0),
        ({"limit": [2]}, 2, 0),
        ({"skip": ["2"]}, 100, 2),
        ({"limit": "Infinity"}, 2**53 - 1, 0),
        ({"skip": 6}, 100, 6),
        ({"offset": 6}, 100, 6),
        ({"skip": 6, "offset": 7}, 100, 6),
        ({"skip": 0, "offset": 7}, 100, 7),
        ({"skip": "0"}, 100, 0),
        ({"skip": 0}, None, 0),
        ({"limit": 10**30, "skip": 10**30}, 2**53 - 1, 2**53 - 1),
    ],
)
def test_limit_and_skip(compiled, raw, limit, skip):
    assert compiled(raw) == Filter(limit=limit, skip=skip)


@pytest.mark.parametrize(
    ("value", "text"), [(-1, "-1"), ("two", '"two"'), (1.5, "1.5"), ("0", '"0"'), ([], "[]"), ([1, 2], "[1,2]"), ({}, "{}")]
)
def test_a_bad_limit_is_refused(message, value, text):
    assert message({"limit": value}) == f"The limit parameter {text} is not valid"


@pytest.mark.parametrize(("value", "text"), [(-1, "-1"), ("x", '"x"'), ("-Infinity", '"-Infinity"')])
def test_a_bad_skip_is_refused(message, value, text):
    assert message({"skip": value, "limit": 2}) == f"The offset/skip parameter {text} is not valid"


@pytest.mark.parametrize(("raw", "limit"), [({}, 10), ({"limit": 50}, 10), ({"limit": 5}, 5)])
def test_a_model_may_cap_what_clients_ask_for(grammar, raw, limit):
    city = grammar(maxLimit=10)
    assert compile_filter(city, raw, city.client_rules()).limit == limit
    assert compile_filter(city, raw, CODE).limit == raw.get("limit")


# -- order -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "order"),
    [
        ("name", [("name", False)]),
        ("name desc", [("name", True)]),
        ("name ASC and more, population DESC", [("name", False), ("population", True)]),
        (["name", "population DESC,id"], [("name", False), ("population", True), ("id", False)]),
        ("mayor.name", [("mayor.name", False)]),
        ("undeclared", [("undeclared", False)]),
        (", ,", []),
        (0, []),
    ],
)
def test_order(compiled, raw, order):
    assert order_of(compiled({"order": raw})) == order


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("name UP", 'The order "name UP" has invalid direction'),
        (" name DESC", 'The order " name DESC" has invalid direction'),
        ("name , id ", 'The order "id " has invalid direction'),
        ("n; drop table x", 'The order "n; drop table x" has invalid direction'),
        ({"name": "DESC"}, 'The order {"name":"DESC"} is not valid'),
        (5, "The order 5 is not valid"),
        (["name", 5], "The order 5 is not valid"),
    ],
)
def test_a_bad_order_is_refused(message, raw, text):
    assert message({"order": raw}) == text


def test_an_unknown_order_has_no_effect_where_undeclared_keys_are_not_kept(grammar):
    assert order_of(compile_filter(grammar(relational=True), {"order": "altitude, name"}, CODE)) == [("name", False)]


def test_an_unknown_order_is_refused_by_strict_models(grammar):
    with pytest.raises(BadRequest, match="altitude"):
        compile_filter(grammar(strict=True), {"order": "altitude"}, CODE)


def test_clients_may_not_order_by_hidden_properties(city, message):
    assert "may not be used" in message({"order": "name, secret DESC"}, city.client_rules())


def test_filter_hidden_drops_the_order_of_hidden_but_keeps_that_of_protected_properties(grammar):
    city = grammar(compat=["filterHidden"])
    rules = city.client_rules().for_include(city.definition)
    assert order_of(compile_filter(city, {"order": "secret, inner, name"}, rules)) == [("inner", False), ("name", False)]


# -- fields ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        ("name", ("name",)),
        (["name", "population", "name"], ("name", "population")),
        ({"name": True, "population": False}, ("name",)),
        ({"name": "false"}, ("name",)),
        ({}, None),
        ([5], ()),
        (["secret", "name"], ("secret", "name")),
        (5, None),
    ],
)
def test_fields(compiled, raw, fields):
    assert compiled({"fields": raw}).fields == fields


def test_the_false_form_keeps_all_other_declared_properties(city, compiled):
    fields = compiled({"fields": {"name": False, "altitude": False}}).fields
    assert fields == tuple(name for name in city.definition.properties if name != "name")


def test_unknown_fields_are_ignored_where_no_row_can_have_them(grammar):
    assert compile_filter(grammar(strict=True), {"fields": ["altitude"]}, CODE).fields == ()


def test_a_path_is_no_field(message):
    assert "mayor.name" in message({"fields": ["mayor.name"]})


@pytest.mark.parametrize("raw", ["secret", ["secret"], {"secret": True}])
def test_hidden_fields_alone_are_refused(city, message, raw):
    assert "may not be used" in message({"fields": raw}, city.client_rules())


# -- include -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("books", ["books"]),
        (["books", "profile"], ["books", "profile"]),
        ({"books": "chapters", "profile": True}, [{"books": "chapters"}, {"profile": True}]),
        ([{"books": ["a", "b"]}, "profile"], [{"books": ["a", "b"]}, "profile"]),
        ({"relation": "books", "scope": {}}, [{"relation": "books", "scope": {}}]),
        ({"rel": "books"}, [{"rel": "books"}]),
        ([5, None, True, "", {}, [[]]], []),
        ([["books", [{"rel": "profile"}]], "more"], ["books", {"rel": "profile"}, "more"]),
        (5, []),
    ],
)
def test_include_is_split_by_relation(raw, parts):
    assert list(include_parts(raw)) == parts


# -- scopes ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "scope", "merged"),
    [
        ({"where": {"a": 1}}, {}, {"where": {"a": 1}}),
        ({"where": {"a": 1}}, {"where": {"b": 2}}, {"where": {"and": [{"a": 1}, {"b": 2}]}}),
        ({"where": {}}, {"where": {"b": 2}}, {"where": {"b": 2}}),
        ({"where": {"a": 1}}, {"where": {}}, {"where": {"a": 1}}),
        ({"order": "a"}, {"order": "b"}, {"order": "a"}),
        ({}, {"order": "b"}, {"order": "b"}),
        ({"limit": 10, "skip": 1}, {"limit": 2, "offset": 3}, {"limit": 2, "offset": 3}),
        ({"fields": ["a"]}, {"fields": ["b"]}, {"fields": ["b"]}),
        ({"include": "a"}, {"include": ["b"]}, {"include": ["b", "a"]}),
        ({"include": ["a", "b"]}, {"include": {"a": "x"}}, {"include": [{"a": "x"}, "b"]}),
        ({}, {"include": {"relation": "a"}, "collect": "c"}, {"include": [{"relation": "a"}], "collect": "c"}),
    ],
)
def test_a_scope_is_merged_into_a_request(request_, scope, merged):
    assert merge_scope(request_, scope) == merged


def test_a_scope_may_name_what_the_client_may_not(city):
    rules = city.client_rules()
    query = merge_scope(permitted(city, {"where": {"name": "x"}, "limit": 1}, rules), {"where": {"secret": "s"}})
    assert compile_filter(city, query, city.code_rules()).limit == 1
    with pytest.raises(BadRequest):
        permitted(city, {"where": {"secret": "x"}}, rules)
    with pytest.raises(BadRequest):
        permitted(city, {"order": ["name", "secret"]}, rules)


def test_filter_hidden_takes_hidden_names_out_before_a_scope_is_merged(grammar):
    city = grammar(compat=["filterHidden"])
    query = permitted(city, {"where": {"secret": "x", "name": "a"}, "order": "secret, name", "limit": 1}, city.client_rules())
    assert query == {"where": {"name": "a"}, "order": ["name"], "limit": 1}
