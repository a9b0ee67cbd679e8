"""Remote methods that cannot work are told when the model is bound, with class, method and what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import pytest

import lbpy
from lbpy import Arg, Model, PersistedModel, remote_method
from lbpy.errors import DefinitionError
from lbpy.model.declare import declared_with


@pytest.fixture
def app() -> Iterator[lbpy.App]:
    with lbpy.App() as app:
        yield app


def odd_type(x: set[int]) -> None: ...


def unhashable(x: [int]) -> None: ...


def unknown_name(x: Nowhere) -> None: ...  # noqa: F821 -- that is the mistake


def unknown_result() -> Nowhere: ...  # noqa: F821


def unknown_source(x: Annotated[str, Arg(source="cookie")]) -> None: ...


def function(x: Callable[[], None]) -> None: ...


async def later() -> None: ...


def streaming() -> AsyncIterator[bytes]: ...


@pytest.mark.parametrize(
    ("method", "told"),
    [
        (odd_type, "nothing that a request can carry; use str, int"),
        (unhashable, "no type; use str, int"),
        (unknown_name, "Nowhere"),
        (unknown_result, "Nowhere"),
        (unknown_source, "x has the unknown source 'cookie'; use one of auto, body, form, query, path, header"),
        (function, "nothing that a request can carry"),
        (later, "cannot run asynchronous methods"),
        (streaming, "cannot run asynchronous methods"),
    ],
)
def test_a_method_that_cannot_be_read_is_refused_when_its_model_is_bound(app, method, told):
    method.__module__ = __name__
    cls = type("Job", (Model,), {"__module__": __name__, "act": remote_method()(staticmethod(method))})
    with pytest.raises(DefinitionError, match=r"act|later") as refused:
        app.model(cls)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("accepts", "told"),
    [
        ({"arg": "msgText"}, "Thing.act: takes no argument 'msgText', which its description has; add the parameter 'msg_text'"),
        ({"arg": "a", "http": {"source": "cookie"}}, "Thing.act: the argument 'a' has the unknown source 'cookie'; use one of body"),
    ],
)
def test_a_function_that_does_not_fit_its_json_is_refused_when_its_model_is_bound(app, accepts, told):
    made = type("Thing", (PersistedModel,), {"__module__": __name__, "act": staticmethod(lambda a: a)})
    cls = declared_with(made, {"name": "Thing", "methods": {"act": {"accepts": accepts}}}, Model)
    with pytest.raises(DefinitionError) as refused:
        app.model(cls, data_source=app.data_source("db", connector="memory"))
    assert told in str(refused.value)


def test_a_function_of_another_kind_than_its_json_says_is_refused(app):
    made = type("Thing", (PersistedModel,), {"__module__": __name__, "act": lambda self: None})
    cls = declared_with(made, {"name": "Thing", "methods": {"act": {}}}, Model)
    with pytest.raises(DefinitionError, match=r"Thing\.act: act is described as a class method or static method"):
        app.model(cls, data_source=app.data_source("db", connector="memory"))


def test_methods_may_name_models_that_come_later_in_the_same_scope(app):
    class First(Model):
        @remote_method()
        @staticmethod
        def take(it: Second) -> Second:
            return it

    class Second(Model):
        title: str = "x"

    app.model(First)
    app.model(Second)
    assert ("POST", "/api/Firsts/take", "First.take") in app.routes()


def test_a_verb_that_is_none_is_refused(app):
    cls = type("Job", (Model,), {"__module__": __name__, "act": remote_method(verb="fetch")(staticmethod(lambda: None))})
    with pytest.raises(DefinitionError, match=r"Job\.act: 'fetch' is no verb; use one of get, post"):
        app.model(cls)


def test_what_has_no_routes_is_not_asked(app):
    class Job(Model):
        @remote_method()
        @staticmethod
        def act(x: set[int]) -> Any: ...

    assert app.model(Job, public=False) is Job
