"""Methods in JSON without a Python function are told with file, key and remedy, and answer 501 until they have one."""

from __future__ import annotations

import falcon.testing
import pytest

from lbpy.app.boot import read, started
from lbpy.errors import ProjectError

NOTE = {
    "name": "Note",
    "properties": {"title": "string"},
    "methods": {
        "sayHello": {"accepts": {"arg": "name", "type": "string"}, "returns": {"arg": "v", "root": True}, "http": {"verb": "get"}},
        "prototype.shout": {"http": {"verb": "get"}},
        "old": {"isStatic": False, "http": {"verb": "get"}},
        "count": {"http": {"verb": "get", "path": "/tally"}},
    },
}
CODE = """
from lbpy import PersistedModel, remote_method


class Note(PersistedModel):
    @classmethod
    def say_hello(cls, name):
        return f"hello {name}"

    @remote_method(verb="get", name="old")
    def aged(self) -> str:
        return "old"
"""
CONFIG = {
    "_meta": {"sources": ["../common/models"]},
    "Note": {"dataSource": "db", "public": True, "methods": {"more": {"http": {"verb": "get"}}}},
}


@pytest.fixture
def found(scaffold):
    """The findings and the client of the scaffold with files replaced."""
    apps = []

    def of(files):
        apps.append(started(read(scaffold({"common/models/note.json": NOTE, "server/model-config.json": CONFIG, **files}), {})))
        listed = [one for one in apps[-1].report.findings if one.code == "METHOD_UNPORTED"]
        return listed, falcon.testing.TestClient(apps[-1])

    yield of
    for app in apps:
        app.close()


def test_each_is_told_with_file_key_and_remedy(found):
    listed, http = found({})
    note, config = "common/models/note.json:methods.", "server/model-config.json:Note.methods."
    assert [one.place() for one in listed] == [f"{note}sayHello", f"{note}prototype.shout", f"{note}old", f"{config}more"]
    assert {one.level for one in listed} == {"closed"}
    assert listed[0].line().endswith(
        "has no Python function: its routes are closed; write the function into the Python file beside the JSON (`lbpy port` makes a stub)"
    )
    statuses = [http.simulate_get(f"/api/Notes/{path}").status_code for path in ("sayHello", "1/shout", "more", "tally")]
    assert statuses == [501, 501, 501, 200]


def test_a_function_of_that_name_or_a_decorated_one_answers_them(found):
    listed, http = found({"common/models/note.py": CODE})
    assert [one.key for one in listed] == ["methods.prototype.shout", "Note.methods.more"]
    assert http.simulate_get("/api/Notes/sayHello?name=ann").json == "hello ann"


def test_a_closed_route_logs_no_traceback(found, caplog):
    _, http = found({})
    caplog.clear()
    http.simulate_get("/api/Notes/sayHello")
    assert not any(one.exc_info for one in caplog.records)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("    @classmethod\n    def say_hello(cls):\n        return 1\n", "Note.say_hello: takes no argument 'name'"),
        ("    def say_hello(self, name):\n        return 1\n", "Note.say_hello: sayHello is described as a class method"),
        ("    @remote_method()\n    def odd(self, x: set[int]) -> None: ...\n", "Note.odd: set[int] is nothing that a request can carry"),
    ],
)
def test_a_function_that_does_not_fit_keeps_the_project_from_starting(scaffold, text, told):
    code = f"from lbpy import PersistedModel, remote_method\n\n\nclass Note(PersistedModel):\n{text}"
    with pytest.raises(ProjectError) as refused:
        started(read(scaffold({"common/models/note.json": NOTE, "common/models/note.py": code}), {}))
    assert str(refused.value).startswith(f"common/models/note.py: {told}")


def test_the_items_of_a_list_may_be_separated_as_config_json_says(scaffold):
    note = {**NOTE, "methods": {"join": {"accepts": {"arg": "a", "type": ["string"]}, "returns": {"arg": "v"}, "http": {"verb": "get"}}}}
    code = "from lbpy import PersistedModel\n\n\nclass Note(PersistedModel):\n    @classmethod\n    def join(cls, a):\n        return a\n"
    config = {"restApiRoot": "/api", "remoting": {"rest": {"arrayItemDelimiters": [",", "|"]}}}
    files = {"common/models/note.json": note, "common/models/note.py": code, "server/config.json": config}
    with started(read(scaffold(files), {})) as app:
        assert falcon.testing.TestClient(app).simulate_get("/api/Notes/join?a=b,c|d").json == {"v": ["b", "c", "d"]}
