"""Where the arguments of an application's own methods come from, in Python and in JSON, through the HTTP door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import falcon
import pytest
from marshmallow.validate import Range

import lbpy
from lbpy import Arg, Configuration, Download, FormFile, Model, PersistedModel, prop, remote_method
from lbpy.model.declare import declared_with
from lbpy.testing import Client

MULTIPART: dict[str, Any] = {"headers": {"Content-Type": "multipart/form-data; boundary=b"}}


def form_of(*parts: tuple[str, str | None, bytes], closed: bool = True) -> dict[str, Any]:
    """A multipart body: (name, filename or None, content) for each part; what sends it."""
    lines = []
    for name, filename, content in parts:
        told = f'; filename="{filename}"\r\nContent-Type: image/png' if filename is not None else ""
        lines += [b"--b", f'Content-Disposition: form-data; name="{name}"{told}'.encode(), b"", content]
    body = b"\r\n".join([*lines, *([b"--b--", b""] if closed else [])])
    return {"body": body, **MULTIPART}


@pytest.fixture
def app() -> Iterator[lbpy.App]:
    with lbpy.App() as app:
        app.data_source("db", connector="memory")
        yield app


class Item(PersistedModel):
    """What is sent as an object."""

    name: str
    size: int | None = None


class Job(Model):
    """Methods with arguments from everywhere."""

    @remote_method(verb="post", path="/from/:place")
    @staticmethod
    def sources(
        place: Annotated[str, Arg(source="path")], asked: Annotated[int, Arg(source="query")],
        told: Annotated[str, Arg("X-Told", "header")],
        form: Annotated[bool, Arg(source="form")] = False, whole: Annotated[dict[str, Any] | None, Arg(source="body")] = None,
    ) -> list[Any]:  # fmt: skip
        return [place, asked, told, form, whole]

    @remote_method()
    @staticmethod
    def photo(photo: FormFile, title: str, size: int = 0) -> list[Any]:
        assert photo.read(1) == b"p"
        return [photo.filename, photo.content_type, photo.size, b"".join(photo).decode(), title, size]

    @remote_method()
    @staticmethod
    def photos(photos: list[FormFile], small: Annotated[FormFile | None, Arg(limit=10)] = None) -> list[str]:
        return [one.read().decode() for one in photos]

    @remote_method()
    @staticmethod
    def limited(photo: Annotated[FormFile, Arg(limit=10)]) -> int:
        return photo.size

    @remote_method()
    @staticmethod
    def back(photo: FormFile) -> Download:
        return Download(photo, photo.content_type)

    @remote_method()
    @staticmethod
    def plain(title: str = "none") -> str:
        return title

    @remote_method()
    @staticmethod
    def many(items: Item | list[Item], more: dict[str, Any] | list[dict[str, Any]] | None = None) -> list[str]:
        return [type(one).__name__ for one in (items if isinstance(items, list) else [items])]

    @remote_method(verb="get")
    @staticmethod
    def listed(tags: list[str], numbers: list[int] | None = None) -> list[Any]:
        return [tags, numbers]


@pytest.fixture
def jobs(app: lbpy.App) -> lbpy.App:
    app.model(Item, data_source="db")
    app.model(Job)
    return app


# -- sources ------------------------------------------------------------------


def test_each_source_is_looked_at_alone(jobs):
    answer = Client(jobs).post("/api/Jobs/from/here?asked=2&form=true", json={"form": True, "asked": 3}, headers={"X-Told": "t"})
    assert answer.json == ["here", 2, "t", True, {"form": True, "asked": 3}]
    assert Client(jobs).post("/api/Jobs/from/here?form=true", json={"asked": 3}, headers={"X-Told": "t"}).status == 400
    assert Client(jobs).post("/api/Jobs/from/here?asked=2", json={}).json["error"]["message"] == "X-Told is a required argument"


def test_a_form_member_is_text_in_an_urlencoded_form_and_typed_in_json(jobs):
    assert Client(jobs).post("/api/Jobs/from/x?asked=2", form={"form": "1"}, headers={"X-Told": "t"}).json[3] is True
    assert Client(jobs).post("/api/Jobs/from/x?asked=2", json={"form": "1"}, headers={"X-Told": "t"}).status == 400


# -- multipart ----------------------------------------------------------------


def test_a_multipart_form_has_texts_and_files(jobs):
    answer = Client(jobs).post("/api/Jobs/photo", **form_of(("title", None, b"tea"), ("photo", "a.png", b"png"), ("size", None, b"7")))
    assert answer.json == ["a.png", "image/png", 3, "ng", "tea", 7]


def test_a_name_that_comes_several_times_is_a_list(jobs):
    two = form_of(("photos", "a", b"1"), ("photos", "b", b"2"))
    assert Client(jobs).post("/api/Jobs/photos", **two).json == ["1", "2"]
    assert Client(jobs).post("/api/Jobs/photos", **form_of(("photos", "a", b"1"))).json == ["1"]


def test_a_file_may_be_the_answer(jobs):
    large = b"x" * 300_000
    answer = Client(jobs).post("/api/Jobs/back", **form_of(("photo", "a.png", large)))
    assert (answer.body, answer.headers["content-type"]) == (large, "image/png")


def test_methods_without_files_do_not_read_multipart(jobs):
    assert Client(jobs).post("/api/Jobs/plain", **form_of(("title", None, b"tea"))).json == "none"


def test_files_over_their_limit_are_413(jobs):
    assert Client(jobs).post("/api/Jobs/limited", **form_of(("photo", "a", b"x" * 10))).json == 10
    assert Client(jobs).post("/api/Jobs/limited", **form_of(("photo", "a", b"x" * 11))).status == 413
    assert Client(jobs).post("/api/Jobs/limited", **form_of(("photo", "a", b"x" * 6), ("other", "b", b"x" * 6))).status == 413
    assert Client(jobs).post("/api/Jobs/photo", **form_of(("title", None, b"x" * 200_000))).status == 413


@pytest.mark.parametrize(
    "sent",
    [
        form_of(("title", None, b"tea")),
        form_of(("title", None, b"tea"), ("photo", None, b"text")),
        form_of(("title", "t.txt", b"tea"), ("photo", "a.png", b"png")),
        form_of(("title", None, b"\xff"), ("photo", "a.png", b"png")),
        form_of(("", None, b"x")),
        form_of(("title", None, b"tea"), ("photo", "a.png", b"png"), closed=False),
        {"body": b"nothing of the kind", **MULTIPART},
        {"body": b"x", "headers": {"Content-Type": "multipart/form-data"}},
        {"body": b"", **MULTIPART},
        {"body": b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n--b--\r\n', **MULTIPART},
        {"json": {"photo": "x", "title": "t"}},
        form_of(*(("title", None, b"x") for _ in range(100))),
    ],
)
def test_forms_that_cannot_be_read_are_the_callers_mistake(jobs, sent):
    assert Client(jobs).post("/api/Jobs/photo", **sent).status == 400


# -- types --------------------------------------------------------------------


def test_an_object_or_a_list_of_objects(jobs):
    assert Client(jobs).post("/api/Jobs/many", json={"items": {"name": "a"}}).json == ["Item"]
    assert Client(jobs).post("/api/Jobs/many", json={"items": [{"name": "a"}, {"name": "b"}], "more": [{}]}).json == ["Item", "Item"]
    for wrong in (None, 1, [1], [None]):
        assert Client(jobs).post("/api/Jobs/many", json={"items": wrong}).status == 400, wrong


def test_one_text_is_one_item_unless_the_application_says_what_separates_them(jobs):
    assert Client(jobs).get("/api/Jobs/listed?tags=a,b").json == [["a,b"], None]
    with lbpy.App(configuration=replace(Configuration(), array_item_delimiters=(",", "|"))) as app:
        app.model(type("Other", (Job,), {"__module__": __name__}))
        assert Client(app).get("/api/Others/listed?tags=a,b|c&numbers=1,2").json == [["a", "b", "c"], [1, 2]]
        assert Client(app).get("/api/Others/listed?tags=a,b&tags=c").json == [["a,b", "c"], None]
        assert Client(app).get('/api/Others/listed?tags=["a,b"]').json == [["a,b"], None]
        assert Client(app).get("/api/Others/listed?tags=a&numbers=1,x").status == 400


# -- in JSON ------------------------------------------------------------------


def described(app: lbpy.App, function: Any, *accepts: Any, **more: Any) -> lbpy.App:
    """A model Thing with a method `act`, answered by a function of the arguments."""
    spec = {"accepts": list(accepts), "returns": {"arg": "v", "root": True}, "http": {"verb": "post"}, **more}
    made = type("Thing", (PersistedModel,), {"__module__": __name__, "act": staticmethod(function)})
    app.model(declared_with(made, {"name": "Thing", "methods": {"act": spec}}, Model), data_source="db")
    return app


@pytest.mark.parametrize(
    ("http", "place"),
    [
        ({"source": "body"}, {"a": "body"}), ({"source": "form"}, "body"), ({"source": "formData"}, "body"), ({"source": "query"}, "query"),
        ({"source": "header"}, "header"), ({}, "body"), (None, "body"),
    ],
)  # fmt: skip
def test_sources_as_json_names_them(app, http, place):
    described(app, lambda a: a, {"arg": "a", "type": "any", "http": http})
    assert Client(app).post("/api/Things/act?a=query", json={"a": "body"}, headers={"A": "header"}).json == place


def test_parts_of_the_call_as_json_names_them(app):
    names = ("req", "res", "context", "optionsFromRequest")
    arguments = [{"arg": name.lower(), "type": "object", "http": name if "F" in name else {"source": name}} for name in names]

    def look(req, res, context, optionsfromrequest):
        assert isinstance(req, falcon.Request)
        assert isinstance(res, falcon.Response)
        return [context.method_string, "accessToken" in optionsfromrequest]

    assert Client(described(app, look, *arguments)).post("/api/Things/act", json={"optionsfromrequest": {}}).json == ["Thing.act", True]


def test_a_default_in_json_is_documentation_and_one_in_python_counts(app):
    described(app, lambda a, b=5: [a, b], {"arg": "a", "type": "number", "default": 1}, {"arg": "b", "type": "number", "default": 2})
    assert Client(app).post("/api/Things/act").json == [None, 5]


def test_a_plain_options_object_is_the_clients_alone(app):
    described(app, lambda options: options, {"arg": "options", "type": "object"})
    assert Client(app).post("/api/Things/act", json={"options": {"a": 1}}).json == {"a": 1}


@pytest.mark.parametrize(
    ("type", "sent", "made"),
    [
        ("Item", {"name": "a"}, "Item"),
        (["Item"], [{"name": "a"}], ["Item"]),
        ({"name": "string"}, {"name": "a"}, "dict"),
        ([{"name": "string"}], [{"name": "a"}], ["dict"]),
        ([["number"]], [[1]], ["list"]),
        ("nosuch", 1, "int"),
    ],
)
def test_types_as_json_names_them(app, type, sent, made):
    app.model(Item, data_source="db")
    described(app, lambda a: [kind(one) for one in a] if isinstance(a, list) else kind(a), {"arg": "a", "type": type})
    assert Client(app).post("/api/Things/act", json={"a": sent}).json == made


def kind(value: Any) -> str:
    return type(value).__name__


def test_a_model_in_json_is_made_an_instance_whose_types_are_read(app):
    app.model(Item, data_source="db")
    described(app, lambda a: a and a.size, {"arg": "a", "type": "Item", "allowArray": False})
    assert Client(app).post("/api/Things/act", json={"a": {"size": 3}}).json == 3
    assert Client(app).post("/api/Things/act", json={"a": None}).json is None
    assert Client(app).post("/api/Things/act", json={"a": {"size": {}}}).status == 422
    assert Client(app).post("/api/Things/act", json={"a": [{}]}).status == 400


def test_allow_array_takes_both(app):
    described(app, lambda a: a, {"arg": "a", "type": "object", "allowArray": True, "http": {"source": "body"}})
    assert Client(app).post("/api/Things/act", json=[{"b": 1}]).json == [{"b": 1}]
    assert Client(app).post("/api/Things/act", json={"b": 1}).json == {"b": 1}
    assert Client(app).post("/api/Things/act", json=[1]).status == 400


def test_files_of_a_form_as_json_names_them(app):
    file = {"arg": "file", "type": "file", "http": {"source": "form"}}
    described(app, lambda file, name: [file.read().decode(), name], file, {"arg": "name"})
    assert Client(app).post("/api/Things/act", **form_of(("file", "a", b"1"), ("name", None, b"n"))).json == ["1", "n"]


def test_path_variables_are_arguments_by_name(app):
    described(app, lambda a, b: [a, b], {"arg": "a"}, {"arg": "b", "type": "number"}, http={"verb": "get", "path": "/:a/to/:b"})
    assert Client(app).get("/api/Things/x/to/2").json == ["x", 2]
    assert Client(app).get("/api/Things/x/to/y").status == 400


class Wish(Model):
    grams: int = prop(validate=Range(min=25))


class Stored(PersistedModel):
    grams: int = prop(validate=Range(min=25))


class Desk(Model):
    @remote_method()
    @staticmethod
    def take(wish: Annotated[Wish, Arg(source="body")]) -> int:
        return wish.grams

    @remote_method()
    @staticmethod
    def take_all(wishes: list[Wish]) -> int:
        return sum(one.grams for one in wishes)

    @remote_method()
    @staticmethod
    def look(stored: Annotated[Stored, Arg(source="body")]) -> bool:
        return "grams" in stored


def test_rules_of_a_model_without_a_store_are_checked_and_those_of_a_stored_one_when_it_is_saved():
    with lbpy.App() as app:
        app.model(Desk)
        client = Client(app)
        assert client.post("/api/Desks/take", json={"grams": 30}).expect(200).json == 30
        assert client.post("/api/Desks/take", json={}).expect(422).error["details"]["codes"] == {"grams": ["presence"]}
        few = client.post("/api/Desks/take_all", json={"wishes": [{"grams": 30}, {"grams": 1}]}).expect(422)
        assert few.error["details"]["codes"] == {"grams": ["numericality.min"]}
        assert client.post("/api/Desks/look", json={}).expect(200).json is False
