"""Stubs: what is written, that nothing is overwritten, and that filling one opens its routes."""

import ast

import pytest
from click.testing import CliRunner

from lbpy.app.boot import read
from lbpy.contrib.porting.command import port
from lbpy.contrib.porting.filled import read_counterpart
from lbpy.contrib.porting.stubs import stubs_of

NOTE = "common/models/note.js"
SCRIPT = """module.exports = function(Note) {
  Note.beforeRemote('create', function(ctx, x, next) { next(); });
  Note.observe('before save', function(ctx, next) { next(); });
  Note.remoteMethod('archive', {
    accepts: [{arg: 'year', type: 'number', required: true}, {arg: 'tags', type: ['string']}],
    returns: {arg: 'count', type: 'number'},
    http: {verb: 'get', path: '/archive/:year'},
  });
  Note.remoteMethod('prototype.close', {returns: {type: 'object', root: true}});
};
"""


@pytest.fixture
def stubs(write):
    def made(files):
        return {one.file: one.text for one in stubs_of(read(write(files), {}))}

    return made


def test_remote_methods_have_signature_and_route(stubs):
    text = stubs({NOTE: SCRIPT})["common/models/note.py"]
    ast.parse(text)
    assert '@remote_method(verb="get", path="/archive/:year")\n    @classmethod\n' in text
    assert "def archive(cls, year: float, tags: list[str] | None = None) -> float:" in text
    assert "def close(self) -> dict[str, Any]:" in text
    assert "Answers POST /:id/close. To do: what `prototype.close` did." in text


def test_hooks_are_registered(stubs):
    text = stubs({NOTE: SCRIPT})["common/models/note.py"]
    assert 'Note.before_remote("create", before_remote_create)' in text
    assert "def before_save(ctx: Saving[Note]) -> None:" in text


def test_methods_of_the_json_are_plain_functions(stubs):
    note = {"name": "Note", "properties": {}, "methods": {"ping": {"http": {"verb": "get"}}}}
    text = stubs({"common/models/note.json": note})["common/models/note.py"]
    assert "    @classmethod\n    def ping(cls) -> None:" in text
    assert "@remote_method" not in text


def test_a_base_of_the_project_is_imported_and_gets_a_class(stubs):
    note = {"name": "Note", "base": "Task", "properties": {}}
    found = stubs({NOTE: SCRIPT, "common/models/note.json": note})
    assert "from .task import Task" in found["common/models/note.py"]
    assert "class Task(PersistedModel):" in found["common/models/task.py"]


def test_whatever_else_a_script_does_leaves_a_reminder(stubs):
    text = stubs({NOTE: "module.exports = function(Note) { Note.disableRemoteMethodByName('find'); Note.find = function() {}; }"})
    assert "switches off: find" in text["common/models/note.py"]
    assert "def to_do_2() -> None:" in text["common/models/note.py"]


def test_boot_scripts_and_mixins_get_a_function(stubs):
    task = {"name": "Task", "properties": {}, "mixins": {"SoftDelete": True}}
    files = {"server/boot/x.js": "module.exports = function(app) { go(); }", "common/models/task.json": task}
    found = stubs({**files, "common/mixins/soft-delete.js": ""})
    assert "def boot(app: App) -> None:" in found["server/boot/x.py"]
    assert "def mixin(model: type[Model], options: Mapping[str, Any]) -> None:" in found["common/mixins/soft-delete.py"]


def test_odd_scripts_still_give_python(stubs):
    quotes = "\"" * 3
    lines = (
        "Note.remoteMethod('class', {accepts: {arg: 'from', type: 'x'}, http: {path: '/\"; import os'}});",
        f"Note.remoteMethod('a b{quotes}', {{accepts: [{{arg: 'a'}}, 1, {{}}]}});",
        "Note.observe('odd\"hook\\\\', f);",
        f"Note.observe('x{quotes}'); Note.beforeRemote('{quotes}', f);",
    )
    body = "module.exports = function(Note) {\n" + "\n".join(lines) + "\n};"
    for text in stubs({NOTE: body}).values():
        ast.parse(text)


def test_the_command_writes_beside_the_scripts_and_over_nothing(write):
    root = write({NOTE: SCRIPT, "server/boot/x.js": "module.exports = function(app) { go(); }", "server/boot/x.py": "mine = 1\n"})
    answer = CliRunner().invoke(port, [str(root)])
    assert answer.output.splitlines() == ["common/models/note.py", "1 stubs written"]
    assert (root / "server/boot/x.py").read_text() == "mine = 1\n"
    assert CliRunner().invoke(port, [str(root)]).output == "nothing to write\n"


# -- filled or not -----------------------------------------------------------

OPEN_HOOK = """from lbpy import PersistedModel


class Note(PersistedModel):
    pass


def check(ctx):
    raise NotImplementedError


Note.observe("access", check)
"""


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("", False),
        ('"""Nothing yet."""\nimport os\n', False),
        (OPEN_HOOK, False),
        (OPEN_HOOK.replace("raise NotImplementedError", "ctx.query"), True),
        ("def x(:", True),
    ],
)
def test_a_counterpart_counts_once_nothing_in_it_is_a_stub(tmp_path, text, filled):
    (tmp_path / "note.py").write_text(text)
    assert read_counterpart(tmp_path / "note.py").filled is filled


def test_an_open_remote_method_keeps_its_own_route_closed_only(tmp_path):
    text = (
        "class Note:\n    @remote_method(verb='get')\n    @classmethod\n    def a(cls):\n        raise NotImplementedError\n\n"
        "    @remote_method()\n    def b(self):\n        raise NotImplementedError\n\n"
        "    def my_method(self):\n        raise NotImplementedError\n"
    )
    (tmp_path / "note.py").write_text(text)
    found = read_counterpart(tmp_path / "note.py", {"prototype.myMethod": {}})
    assert (found.filled, found.open_methods) == (True, ("a", "prototype.b", "prototype.myMethod"))


def test_a_filled_stub_opens_its_routes_and_an_open_one_does_not(client):
    files = {NOTE: "module.exports = function(Note) { Note.observe('access', f); }"}
    assert client({**files, "common/models/note.py": OPEN_HOOK}).get("/api/Notes").status == 501
    filled = OPEN_HOOK.replace("raise NotImplementedError", 'ctx.query = {"where": {"title": "a"}}')
    http = client({**files, "common/models/note.py": filled})
    for title in "ab":
        http.post("/api/Notes", json={"title": title})
    assert [one["title"] for one in http.get("/api/Notes").json] == ["a"]


def test_an_open_mixin_keeps_its_models_closed(client):
    task = {"name": "Task", "properties": {}, "mixins": {"Guard": True}}
    stub = "def mixin(model, options):\n    raise NotImplementedError\n"
    files = {"common/models/task.json": task, "common/mixins/guard.py": stub}
    http = client(files)
    assert http.get("/api/Tasks").status == 501
    assert http.get("/api/Notes").status == 200
    filled = client({**files, "common/mixins/guard.py": "def mixin(model, options):\n    pass\n"})
    assert filled.get("/api/Tasks").status == 200
