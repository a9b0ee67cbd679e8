"""Remote methods, declared in Python and described in JSON, through the HTTP door."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import falcon
import pytest

import lbpy
from lbpy import Arg, Model, PersistedModel, RemoteContext, Returned, remote_method
from lbpy.errors import DefinitionError, Forbidden
from lbpy.model.declare import declared_with
from lbpy.testing import Client


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


@pytest.fixture
def app() -> Iterator[lbpy.App]:
    with lbpy.App() as app:
        app.data_source("db", connector="memory")
        yield app


def serve(app: lbpy.App, cls: type[Model]) -> lbpy.App:
    app.model(cls, data_source="db" if issubclass(cls, PersistedModel) else None)
    return app


# -- in Python ----------------------------------------------------------------


@pytest.fixture
def shop(app) -> lbpy.App:
    class Product(PersistedModel, plural="goods", hidden=["secret"]):
        name: str
        price: float | None = None
        secret: str | None = None

        @remote_method(path="/discount")
        def discount(self, percent: float) -> Product:
            """Make it cheaper."""
            self.price = (self.price or 0) * (1 - percent / 100)
            return self.save()

        @remote_method(verb="get", path="/cheapest")
        @classmethod
        def cheapest(cls) -> Product | None:
            return next(iter(cls.find(order="price", limit=1)), None)

        @remote_method(verb="get")
        @staticmethod
        def total(a: int, b: int = 2) -> int:
            return a + b

        @remote_method(verb="get")
        @classmethod
        def rows(cls) -> list[Product]:
            return cls.find()

        @remote_method(verb="get")
        @staticmethod
        def echo(
            text: str | None = None, when: datetime | None = None, tags: list[str] | None = None, size: Size = Size.SMALL,
            kind: Literal["a", "b"] = "a", exact: Decimal | None = None, where: dict[str, Any] | None = None,
        ) -> dict[str, Any]:  # fmt: skip
            return {"text": text, "when": when, "tags": tags, "size": size, "kind": kind, "exact": exact, "where": where}

        @remote_method()
        @staticmethod
        def take(product: Product) -> str:
            return f"{type(product).__name__} {product.name} {product.is_new_record}"

        @remote_method(verb="delete", path="/all")
        @classmethod
        def clear(cls, options: lbpy.Options) -> None:
            assert options["prohibitHiddenPropertiesInQuery"]

        @remote_method(verb="get", path=["/one", "/uno/:id"])
        @staticmethod
        def one(id: str | None) -> str:
            return id or "none"

    serve(app, Product)
    Client(app).post("/api/goods", json={"name": "tea", "price": 4, "secret": "x"})
    return app


def test_an_instance_method_lies_below_the_id_and_gets_the_instance(shop):
    answer = Client(shop).post("/api/goods/1/discount", json={"percent": 50})
    assert answer.status == 200
    assert answer.json == {"id": 1, "name": "tea", "price": 2}


def test_hidden_properties_stay_hidden_alone_in_lists_and_from_class_methods(shop):
    assert "secret" not in Client(shop).get("/api/goods/cheapest").json
    assert "secret" not in Client(shop).get("/api/goods/rows").json[0]


def test_a_missing_owner_is_404_before_the_method_runs(shop):
    answer = Client(shop).post("/api/goods/9/discount", json={"percent": 50})
    assert (answer.status, answer.json["error"]["code"]) == (404, "MODEL_NOT_FOUND")


def test_none_as_a_value_is_null_and_as_the_type_is_204(shop):
    Client(shop).delete("/api/goods/1")
    assert Client(shop).get("/api/goods/cheapest").body == b"null"
    assert Client(shop).delete("/api/goods/all").expect(204).body == b""


def test_parameters_without_default_are_required(shop):
    assert Client(shop).get("/api/goods/total?a=1").json == 3
    answer = Client(shop).get("/api/goods/total?b=1")
    assert (answer.status, answer.json["error"]["message"]) == (400, "a is a required argument")


def test_types_are_read_and_wrong_ones_refused(shop):
    query = "when=2020-01-01&tags=x&tags=y&size=l&kind=b&exact=1.5&where[a]=1"
    assert Client(shop).get(f"/api/goods/echo?{query}").json == {
        "text": None, "when": "2020-01-01T00:00:00.000Z", "tags": ["x", "y"], "size": "l", "kind": "b", "exact": 1.5, "where": {"a": "1"},
    }  # fmt: skip
    for wrong in ("when=x", "size=m", "kind=c", "exact=x", "where=x", "size[a]=1"):
        assert Client(shop).get(f"/api/goods/echo?{wrong}").status == 400, wrong
    assert Client(shop).get("/api/goods/total?a=1.5").status == 400


def test_null_where_no_none_is_expected_counts_as_absent(shop):
    assert Client(shop).post("/api/goods/take", json={"product": None}).status == 400


def test_a_model_is_made_an_instance(shop):
    assert Client(shop).post("/api/goods/take", json={"product": {"name": "x"}}).json == "Product x True"
    assert Client(shop).post("/api/goods/take", json={"product": {"name": {}}}).status == 422


def test_several_paths_are_several_routes(shop):
    assert Client(shop).get("/api/goods/one").json == "none"
    assert Client(shop).get("/api/goods/uno/7").json == "7"


def test_the_access_type_is_derived_and_the_docstring_describes(app):
    class Note(PersistedModel):
        @remote_method(verb="get")
        @staticmethod
        def read() -> int:
            """Read it.

            More.
            """
            return 1

        @remote_method()
        def act(self) -> None: ...

    seen = {}
    serve(app, Note).before_remote("**", lambda ctx: seen.update({ctx.method_string: (ctx.method.access, ctx.method.description)}))
    Client(app).post("/api/Notes", json={})
    Client(app).get("/api/Notes/read")
    Client(app).post("/api/Notes/1/act")
    assert seen["Note.read"] == ("READ", "Read it.")
    assert seen["Note.prototype.act"] == ("EXECUTE", "")


def test_results_of_several_parts(app):
    class Job(Model):
        @remote_method(verb="get", returns="count")
        @staticmethod
        def named() -> int:
            return 3

        @remote_method(verb="get", returns=("a", "b"))
        @staticmethod
        def pair() -> tuple[int, int]:
            return 1, 2

        @remote_method(verb="get", returns=("a", Returned("code", target="status"), Returned(target="header", header="X-Own")))
        @staticmethod
        def told() -> tuple[int, int, str]:
            return 1, 202, "yes"

        @remote_method(verb="get", returns=Returned(target="header", header="X-Own"))
        @staticmethod
        def marked() -> str:
            return "only"

        @remote_method(status=201)
        @staticmethod
        def made() -> None: ...

        @remote_method(error_status=422)
        @staticmethod
        def fails() -> None:
            raise ValueError("too odd")

        @remote_method(verb="get")
        @staticmethod
        def refuses() -> None:
            raise Forbidden("no")

        @remote_method(verb="get")
        @staticmethod
        def date() -> datetime:
            return datetime(2020, 1, 1, tzinfo=UTC)

        @remote_method(verb="get", returns="data")
        @staticmethod
        def octets() -> bytes:
            return b"hi"

    serve(app, Job)
    assert Client(app).get("/api/Jobs/named").json == {"count": 3}
    assert Client(app).get("/api/Jobs/pair").json == {"a": 1, "b": 2}
    told = Client(app).get("/api/Jobs/told")
    assert (told.status, told.headers["x-own"], told.json) == (202, "yes", {"a": 1})
    marked = Client(app).get("/api/Jobs/marked").expect(200)
    assert (marked.headers["x-own"], marked.json) == ("only", {})
    assert Client(app).post("/api/Jobs/made").expect(201).body == b""
    failed = Client(app).post("/api/Jobs/fails")
    assert (failed.status, failed.json["error"]["message"]) == (422, "too odd")
    assert Client(app).get("/api/Jobs/refuses").status == 403
    assert Client(app).get("/api/Jobs/date").json == {"$type": "date", "$data": "2020-01-01T00:00:00.000Z"}
    assert Client(app).get("/api/Jobs/octets").json == {"data": {"$type": "base64", "$data": "aGk="}}


def test_parts_of_the_call_are_handed_over_by_type(app):
    class Job(Model):
        @remote_method(verb="get")
        @staticmethod
        def look(
            ctx: RemoteContext, req: lbpy.HttpRequest, res: falcon.Response, host: Annotated[str, Arg("X-Host", "header")], plain: str = "",
        ) -> dict[str, str]:  # fmt: skip
            res.set_header("X-Seen", ctx.method_string)
            return {"path": req.path, "host": host, "plain": plain}

    answer = Client(serve(app, Job)).get("/api/Jobs/look", headers={"X-Host": "h", "Plain": "never"})
    assert answer.json == {"path": "/api/Jobs/look", "host": "h", "plain": ""}
    assert answer.headers["x-seen"] == "Job.look"


def test_options_are_never_the_clients(app):
    class Note(PersistedModel):
        @remote_method(verb="get")
        @staticmethod
        def injected(options: dict[str, Any]) -> list[str]:
            return sorted(options)

        @remote_method(verb="get")
        @staticmethod
        def tenant(options: lbpy.Options) -> str:
            return str(options["tenant"])

        @classmethod
        def options_from_request(cls, ctx: RemoteContext) -> lbpy.Options:
            return {**super().options_from_request(ctx), "tenant": ctx.req.get_header("X-Tenant")}

    serve(app, Note)
    assert "evil" not in Client(app).get("/api/Notes/injected?options[evil]=1").json
    assert Client(app).get("/api/Notes/tenant?options[tenant]=evil", headers={"X-Tenant": "mine"}).json == "mine"
    seen = []
    Note.observe("access", lambda ctx: seen.append(ctx.options["tenant"]))
    Client(app).get("/api/Notes?options[tenant]=evil", headers={"X-Tenant": "mine"})
    assert seen == ["mine"]


def test_a_method_of_a_built_in_name_takes_its_place(app):
    class Note(PersistedModel):
        title: str

        @remote_method(name="find")
        @classmethod
        def few(cls, filter: dict[str, Any] | None = None) -> list[str]:
            return [one.title for one in cls.find()]

    serve(app, Note)
    Client(app).post("/api/Notes", json={"title": "a"})
    assert Client(app).get("/api/Notes").json == ["a"]
    assert Client(app).get("/api/Notes/1").json["title"] == "a"


def test_a_subclass_has_the_methods_and_may_override_them(app):
    class Base(PersistedModel):
        @remote_method(verb="get")
        @staticmethod
        def who() -> str:
            return "base"

        @remote_method(verb="get")
        @staticmethod
        def kept() -> str:
            return "kept"

    class Child(Base):
        @staticmethod
        def who() -> str:
            return "child"

    serve(app, Child)
    assert Client(app).get("/api/Children/who").json == "child"
    assert Client(app).get("/api/Children/kept").json == "kept"


def test_unshared_methods_have_no_route(app):
    class Job(Model):
        @remote_method(verb="get", shared=False)
        @staticmethod
        def secret() -> int:
            return 1

    assert Client(serve(app, Job)).get("/api/Jobs/secret").status == 404


def test_what_cannot_be_read_is_a_definition_error_with_the_place(app):
    class Job(Model):
        @remote_method()
        @staticmethod
        def odd(x: set[int]) -> None: ...

    with pytest.raises(DefinitionError, match=r"Job\.odd"):
        serve(app, Job).routes()


def test_asynchronous_methods_are_refused(app):
    class Job(Model):
        @remote_method()
        @staticmethod
        async def later() -> None: ...

    with pytest.raises(DefinitionError, match="later"):
        serve(app, Job).routes()


# -- in JSON ------------------------------------------------------------------

GREET = {
    "accepts": [{"arg": "msgText", "type": "string", "required": True, "http": {"source": "query"}}],
    "returns": {"arg": "greeting", "type": "string"},
    "http": [{"path": "/greet", "verb": "get"}, {"path": "hello/:msg", "verb": "GET"}],
}


def described(app: lbpy.App, methods: Any, cls: type[Model] | None = None) -> lbpy.App:
    made = cls or type("Thing", (PersistedModel,), {"__module__": __name__})
    return serve(app, declared_with(made, {"name": "Thing", "methods": methods}, Model))


def test_the_function_is_found_by_its_name_in_snake_case(app):
    class Thing(PersistedModel):
        @classmethod
        def say_hello(cls, msg_text):
            return f"hi {msg_text}"

        def shout(self, times):
            return self.id * (times or 1)

    methods = {
        "sayHello": GREET,
        "prototype.shout": {"accepts": [{"arg": "times", "type": "number"}], "returns": [{"arg": "n", "root": True}]},
    }
    described(app, methods, Thing)
    Client(app).post("/api/Things", json={})
    assert Client(app).get("/api/Things/greet?msgText=x").json == {"greeting": "hi x"}
    assert Client(app).get("/api/Things/greet").status == 400
    assert Client(app).post("/api/Things/1/shout").json == 1
    assert Client(app).put("/api/Things/1/shout", json={"times": 3}).json == 3


def test_without_a_function_the_route_is_closed(app):
    described(app, {"sayHello": GREET, "old": {"isStatic": False, "http": {"verb": "post"}}})
    answer = Client(app).get("/api/Things/greet")
    assert (answer.status, answer.json["error"]["code"]) == (501, "NOT_PORTED")
    assert Client(app).post("/api/Things/9/old").status == 501
    assert Client(app).get("/api/Things").json == []


def test_operations_are_not_taken_for_functions(app):
    described(app, {"save": {"http": {"verb": "get", "path": "/save"}}})
    assert Client(app).get("/api/Things/save").status == 501


def test_a_description_of_a_built_in_method_is_a_further_way_to_it(app):
    described(app, {"count": {"http": {"verb": "get", "path": "/tally"}, "returns": {"arg": "sum"}}})
    assert Client(app).get("/api/Things/tally").json == {"sum": 0}
    assert Client(app).get("/api/Things/count").json == {"count": 0}


def test_any_argument_may_come_as_a_header(app):
    class Thing(PersistedModel):
        @staticmethod
        def look(agent):
            return agent

    described(app, {"look": {"accepts": {"arg": "agent", "type": "string"}, "returns": {"arg": "v", "root": True}}}, Thing)
    assert Client(app).post("/api/Things/look", headers={"Agent": "a"}).json == "a"


ODD = {"accepts": "x", "returns": 5, "http": [1, {"verb": "fetch"}]}


@pytest.mark.parametrize("methods", [[], None, "x", {"a": 1}, {"a": ODD}, {"a": {}}])
def test_odd_descriptions_do_no_harm(app, methods):
    assert Client(described(app, methods)).get("/api/Things").status == 200


def test_a_function_that_takes_no_such_argument_is_told(app):
    class Thing(PersistedModel):
        @staticmethod
        def look():
            return 1

    with pytest.raises(DefinitionError, match="agent"):
        described(app, {"look": {"accepts": {"arg": "agent"}}}, Thing).routes()
