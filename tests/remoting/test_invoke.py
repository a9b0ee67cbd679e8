"""The story of one call: which of its steps comes first, what each refusal keeps from happening, and what the hooks see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import falcon
import pytest

from lbpy import Model
from lbpy.errors import BadRequest, ClientError, Forbidden, NotFound, NotPorted, Unauthorized
from lbpy.model.encoding import dumps
from lbpy.remoting.access import AccessRequest
from lbpy.remoting.binding import binder
from lbpy.remoting.coerce import Coercions
from lbpy.remoting.invoke import Endpoint, Hooks, invoke
from lbpy.remoting.method import Argument, RemoteMethod, Returned, Route
from lbpy.types import Json, Limits


class Note(Model):
    """What instance methods are called on."""


@dataclass
class Request:
    """A request, by its parts."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Json] = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    is_form: bool = False
    query_text: str = ""
    req: Any = None
    res: Any = field(default_factory=falcon.Response)
    upload: Any = None

    @property
    def options(self) -> dict[str, Any]:
        return {"accessToken": None}

    def form(self, limit: int, /) -> Mapping[str, Json]:
        return self.body if isinstance(self.body, dict) else {}

    def header(self, name: str) -> str | None:
        return self.headers.get(name.lower())


class Story:
    """Makes endpoints whose steps are noted in `steps`; a step whose name is in `fails` raises that error."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.fails: dict[str, Exception] = {}
        self.missing = False
        self.result: Any = {"a": 1}
        self.asked: list[AccessRequest] = []

    def note(self, step: str) -> None:
        self.steps.append(step)
        if step in self.fails:
            raise self.fails[step]

    def endpoint(self, *, static: bool = True, access: str = "WRITE", closed: bool = False, missing_is_404: bool = False) -> Endpoint:
        method = RemoteMethod(
            "act",
            self.call if static else self.call_on,
            static=static,
            accepts=(Argument("n", "number", "query", required=True), Argument("data", "object", "body")),
            returns=(Returned("data", "object", root=True),),
            access=access,  # type: ignore[arg-type]  # text stands for the literal
        )
        return Endpoint(
            model="Note",
            method=method,
            route=Route("post", "/act", missing_is_404),
            bind=binder(method, Limits(), Coercions(lambda name: False)),
            encode=dumps,
            authorise=self.authorise,
            load=None if static else self.load,
            hooks=Hooks((self.hook("before"), self.hook("before2")), (self.hook("after"),), (self.hook("error"),)),
            closed=closed,
        )

    def call(self, **arguments: Any) -> Any:
        self.note("call")
        return self.result

    def call_on(self, instance: Any, **arguments: Any) -> Any:
        return self.call(**arguments)

    def authorise(self, request: AccessRequest) -> None:
        self.asked.append(request)
        self.note("authorise")

    def load(self, id: Any, options: Any) -> Model | None:
        self.note("load")
        return None if self.missing else Note._wrap({"id": id})

    def hook(self, name: str) -> Callable[[Any], None]:
        return lambda context: self.note(name)


@pytest.fixture
def story() -> Story:
    return Story()


FINE: dict[str, Any] = {"query": {"n": "1"}}
ON_ONE: dict[str, Any] = {"path": {"id": "1"}, **FINE}


def test_a_call_of_a_static_method(story):
    answer = invoke(story.endpoint(), Request(**FINE))
    assert (answer.status, answer.body) == (200, b'{"a":1}')
    assert story.steps == ["authorise", "before", "before2", "call", "after"]


def test_a_call_of_an_instance_method_loads_its_owner_first(story):
    invoke(story.endpoint(static=False), Request(**ON_ONE))
    assert story.steps == ["load", "authorise", "before", "before2", "call", "after"]
    assert story.asked[0].instance["id"] == "1"


# -- what comes before what


@pytest.mark.parametrize("request_", [{"query": {"n": "many"}}, {"query": {"n": "1"}, "body": [1]}])
def test_arguments_that_cannot_be_read_come_before_everything_and_run_no_hook(story, request_):
    story.fails["authorise"] = Unauthorized("no")
    with pytest.raises(BadRequest):
        invoke(story.endpoint(static=False), Request(path={"id": "1"}, **request_))
    assert story.steps == []


def test_authorisation_comes_before_the_owner_is_missed(story):
    story.missing = True
    story.fails["authorise"] = Unauthorized("no")
    with pytest.raises(Unauthorized):
        invoke(story.endpoint(static=False), Request(**ON_ONE))
    assert story.steps == ["load", "authorise", "error"]
    assert story.asked[0].instance is None


def test_authorisation_comes_before_required_arguments(story):
    story.fails["authorise"] = Forbidden("no")
    with pytest.raises(Forbidden):
        invoke(story.endpoint(), Request())
    story.fails.clear()
    with pytest.raises(BadRequest, match="n is a required argument"):
        invoke(story.endpoint(), Request())
    assert "call" not in story.steps


def test_a_missing_owner_comes_before_required_arguments(story):
    story.missing = True
    with pytest.raises(NotFound, match="could not find a model with id 1"):
        invoke(story.endpoint(static=False), Request(path={"id": "1"}))


def test_a_required_argument_is_missed_after_the_hooks_that_may_give_it(story):
    with pytest.raises(BadRequest, match="n is a required argument"):
        invoke(story.endpoint(), Request())
    assert story.steps == ["authorise", "before", "before2", "error"]


def test_a_missing_owner_is_told_before_any_hook(story):
    story.missing = True
    with pytest.raises(NotFound, match="could not find a model with id 1") as error:
        invoke(story.endpoint(static=False), Request(**ON_ONE))
    assert error.value.code == "MODEL_NOT_FOUND"
    assert story.steps == ["load", "authorise", "error"]


def test_null_is_no_owner_and_nothing_is_loaded(story):
    with pytest.raises(BadRequest, match="id is a required argument"):
        invoke(story.endpoint(static=False), Request(path={"id": "null"}, **FINE))
    assert "load" not in story.steps


# -- what a client does not take


@pytest.mark.parametrize(("access", "ran"), [("WRITE", False), ("EXECUTE", False), ("READ", True)])
def test_what_the_client_does_not_take_runs_only_if_it_reads(story, access, ran):
    answer = invoke(story.endpoint(access=access), Request(headers={"accept": "image/png"}, **FINE))
    assert answer.status == 406
    assert ("call" in story.steps) is ran


# -- hooks


def test_a_hook_that_fails_keeps_the_rest_from_running(story):
    story.fails["before"] = BadRequest("no")
    with pytest.raises(BadRequest):
        invoke(story.endpoint(), Request(**FINE))
    assert story.steps == ["authorise", "before", "error"]


def test_a_method_that_fails_runs_the_hooks_for_errors(story):
    story.fails["call"] = ValueError("mine")
    with pytest.raises(ValueError, match="mine"):
        invoke(story.endpoint(), Request(**FINE))
    assert story.steps[-2:] == ["call", "error"]


def test_a_hook_for_errors_may_fail_in_its_own_way(story):
    story.fails["call"] = ValueError("mine")
    story.fails["error"] = ClientError("other")
    with pytest.raises(ClientError, match="other"):
        invoke(story.endpoint(), Request(**FINE))


def test_hooks_see_and_change_arguments_result_and_error(story):
    endpoint = story.endpoint()
    seen: list[Any] = []

    def before(context: Any) -> None:
        seen.append(dict(context.args))

    def after(context: Any) -> None:
        seen.append(context.result)
        context.result = {"b": 2}

    changed = Endpoint(**{**_members(endpoint), "hooks": Hooks((before,), (after,), ())})
    assert invoke(changed, Request(query={"n": "1"}, body={"x": 1})).body == b'{"b":2}'
    assert seen == [{"n": 1, "data": {"x": 1}}, {"a": 1}]


def test_a_hook_may_put_another_error_in_the_place(story):
    endpoint = story.endpoint()
    story.fails["call"] = ValueError("mine")

    def replace(context: Any) -> None:
        context.error = NotFound("gone")

    with pytest.raises(NotFound, match="gone"):
        invoke(Endpoint(**{**_members(endpoint), "hooks": Hooks((), (), (replace,))}), Request(**FINE))


def _members(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "model": endpoint.model, "method": endpoint.method, "route": endpoint.route, "bind": endpoint.bind,
        "encode": endpoint.encode, "authorise": endpoint.authorise,
    }  # fmt: skip


# -- results


@pytest.mark.parametrize("result", [None, False])
def test_nothing_becomes_404_only_where_the_route_says_so(story, result):
    story.result = result
    assert invoke(story.endpoint(), Request(**FINE)).status == 200
    with pytest.raises(NotFound, match='Unknown "Note" id "undefined"'):
        invoke(story.endpoint(missing_is_404=True), Request(**FINE))


def test_hooks_see_the_result_before_it_becomes_404(story):
    story.result = None
    with pytest.raises(NotFound):
        invoke(story.endpoint(missing_is_404=True), Request(**FINE))
    assert story.steps == ["authorise", "before", "before2", "call", "after"]


# -- closed routes


def test_a_closed_route_authorises_and_nothing_else(story):
    with pytest.raises(NotPorted) as error:
        invoke(story.endpoint(static=False, closed=True), Request(path={"id": "1"}, query={"n": "many"}))
    assert error.value.status == 501
    assert story.steps == ["authorise"]
    assert (story.asked[0].instance, story.asked[0].arguments, story.asked[0].request) == (None, {}, None)


def test_who_may_not_call_is_told_so_by_a_closed_route(story):
    story.fails["authorise"] = Unauthorized("no")
    with pytest.raises(Unauthorized):
        invoke(story.endpoint(closed=True), Request())
