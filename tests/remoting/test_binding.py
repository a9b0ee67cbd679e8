"""Which arguments a method gets from which parts of a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from lbpy.errors import BadRequest
from lbpy.remoting.binding import binder
from lbpy.remoting.coerce import Coercions
from lbpy.remoting.method import Argument, RemoteMethod
from lbpy.remoting.querystring import parse
from lbpy.types import Limits

FILTER = Argument("filter", "object")
DATA = Argument("data", "object", "body", allow_array=True)
STANDARD = Limits()
ID = Argument("id", "any", "path", required=True, is_id=True)


@dataclass
class Request:
    path: Mapping[str, str] = field(default_factory=dict)
    query_text: str = ""
    body: Any = field(default_factory=dict)
    is_form: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    req: Any = None
    res: Any = None
    upload: Any = None

    @property
    def query(self):
        return parse(self.query_text)

    def form(self, limit):
        return self.body if isinstance(self.body, dict) else {}

    def header(self, name):
        return self.headers.get(name.lower())


def prepared(*accepts, limits=STANDARD):
    method = RemoteMethod("test", lambda **arguments: arguments, accepts=accepts)
    return binder(method, limits, Coercions({"Note"}.__contains__))


def bind(accepts, options=None, **parts):
    return read(prepared(*accepts), Request(**parts), options)


def read(binder, request, options=None):
    arguments = binder.read(request, options or {})
    binder.demand(arguments)
    return arguments


def refusal(*arguments, **parts):
    with pytest.raises(BadRequest) as refused:
        bind(*arguments, **parts)
    return refused.value.message


def test_an_argument_is_looked_up_in_path_then_body_then_query():
    v = [Argument("v", "string")]
    query = "v=query"
    assert bind(v, path={"v": "path"}, body={"v": "body"}, query_text=query) == {"v": "path"}
    assert bind(v, body={"v": "body"}, query_text=query) == {"v": "body"}
    assert bind(v, query_text=query) == {"v": "query"}
    assert bind(v) == {}


def test_headers_count_only_where_the_argument_allows_it():
    headers = {"v": "header"}
    assert bind([Argument("v", "string")], headers=headers) == {}
    assert bind([Argument("v", "string", headers=True)], headers=headers) == {"v": "header"}
    assert bind([Argument("V", "string", headers=True)], headers=headers, query_text="V=query") == {"V": "query"}


def test_empty_text_in_an_earlier_place_means_missing():
    assert bind([Argument("v")], body={"v": ""}, is_form=True, query_text="v=1") == {}


@pytest.mark.parametrize(
    ("source", "expected"), [("path", 1), ("query", 2), ("form", 3), ("header", 4), ("body", {"v": 3})]
)
def test_a_named_source_is_the_only_one(source, expected):
    every = {"path": {"v": "1"}, "query_text": "v=2", "body": {"v": 3}, "headers": {"v": "4"}}
    assert bind([Argument("v", "any", source)], **every) == {"v": expected}


@pytest.mark.parametrize("source", ["path", "query", "form", "header"])
def test_a_named_source_without_a_value_gives_no_argument(source):
    assert bind([Argument("v", "any", source)]) == {}


def test_req_and_res_are_handed_over_by_name():
    parts = {"req": object(), "res": object()}
    assert bind([Argument(name, "object", name) for name in parts], **parts) == parts


def test_options_come_from_the_call_and_never_from_the_client():
    options = {"accessToken": None}
    assert bind([Argument("options", "object", "options")], options, query_text="options[a]=1") == {"options": options}


def test_text_is_read_loosely_and_json_strictly():
    v = [Argument("v", "number")]
    assert bind(v, query_text="v=5") == bind(v, body={"v": "5"}, is_form=True) == bind(v, body={"v": 5}) == {"v": 5}
    assert refusal(v, body={"v": "5"}) == "Value is not a number."


def test_an_id_stays_text():
    assert bind([ID], path={"id": "0010"}) == {"id": "0010"}
    assert bind([ID], path={"id": "true"}) == {"id": "true"}


def test_no_id_and_the_id_null_are_refused():
    assert refusal([ID]) == refusal([ID], path={"id": "null"}) == "id is a required argument"


@pytest.mark.parametrize("parts", [{}, {"query_text": "v="}, {"body": {"v": None}}, {"body": {"v": ""}}])
def test_a_required_argument_has_a_value(parts):
    assert refusal([Argument("v", "any", required=True)], **parts) == "v is a required argument"


def test_wrong_types_are_told_before_missing_arguments():
    accepts = [Argument("a", "number", required=True), Argument("b", "number")]
    assert refusal(accepts, query_text="b=x") == "Value is not a number."


def test_missing_arguments_can_be_told_after_reading():
    bind = prepared(Argument("v", required=True))
    arguments = bind.read(Request(), {})
    with pytest.raises(BadRequest, match="v is a required argument"):
        bind.demand(arguments)


@pytest.mark.parametrize("body", [None, {}])
def test_no_data_is_an_empty_record(body):
    assert bind([DATA], body=body) == {"data": {}}


def test_a_list_of_data_keeps_its_order_and_its_empty_records():
    assert bind([DATA], body=[{"a": 1}, None]) == {"data": [{"a": 1}, {}]}


@pytest.mark.parametrize("body", [5, "abc", True])
def test_data_is_an_object(body):
    assert refusal([DATA], body=body) == "Value is not an object."


def test_lists_are_data_only_where_allowed():
    assert refusal([Argument("data", "Note", "body")], body=[{"a": 1}]) == "Value is not an object."
    assert refusal([DATA], body=[1, "x", None]) == "Some of array items are not an object."


def test_a_whole_body_may_be_null():
    value = Argument("value", "any", "body", required=True)
    assert refusal([value], body=None) == "value is a required argument"
    assert bind([Argument("value", "any", "body")], body=None) == {"value": None}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('filter={"where":{"name":"Rome"}}', {"filter": {"where": {"name": "Rome"}}}),
        ("filter[where][name]=Rome&filter[limit]=1", {"filter": {"where": {"name": "Rome"}, "limit": "1"}}),
        ("filter=null&x=1", {"filter": None}),
        ("filter=", {}),
        ("limit=1", {}),
    ],
)
def test_a_filter_is_an_object_in_json_or_brackets(query, expected):
    assert bind([FILTER], query_text=query) == expected


@pytest.mark.parametrize(
    "query",
    [
        "filter=Rome",
        "filter=5",
        "filter=[]",
        'filter=[{"limit":1}]',
        "filter=%22Rome%22",
        'filter={"where":',
        "filter={}&filter={}",
        "filter={}&filter[limit]=1",
        "filter=%257B%2522limit%2522%253A1%257D",
    ],
)
def test_any_other_filter_is_refused(query):
    assert refusal([FILTER], query_text=query) == "Value is not an object."


@pytest.mark.parametrize("query", ["filter={'limit':1}", 'filter={"limit":1,}'])
def test_a_filter_that_looks_like_json_must_be_json(query):
    assert refusal([FILTER], query_text=query) == "Cannot parse JSON-encoded object value."


@pytest.mark.parametrize("name", ["filter", "where"])
def test_the_text_of_a_filter_has_a_limit(name):
    bind = prepared(Argument(name, "object"), limits=Limits(filter_bytes=20))
    assert read(bind, Request(query_text=f"{name}[a]=1&other=" + "x" * 50)) == {name: {"a": "1"}}
    for query in (f"{name}[a]=" + "x" * 20, f"{name}[a]=x&{name}[b]=yyyyyy", f"%{ord(name[0]):x}{name[1:]}[a]=" + "x" * 20):
        with pytest.raises(BadRequest, match="20 bytes"):
            read(bind, Request(query_text=query))


def test_there_may_be_no_limit_for_filters():
    bind = prepared(FILTER, limits=Limits(filter_bytes=None))
    assert read(bind, Request(query_text="filter[a]=" + "x" * 50_000))


def test_other_parameters_may_be_long():
    assert len(bind([Argument("text", "string")], query_text="text=" + "x" * 20_000)["text"]) == 20_000


def test_binders_are_frozen():
    with pytest.raises(AttributeError):
        prepared(FILTER).required = ()
