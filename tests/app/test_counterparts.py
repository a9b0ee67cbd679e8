"""Python in a project folder: classes beside their JSON, boot scripts, mixins and components."""

import sys

import pytest

from lbpy.app.boot import read, rehearsed, started
from lbpy.errors import ProjectError
from lbpy.testing import Client

CLASS = '''
from lbpy import PersistedModel, Saving


class Note(PersistedModel):
    """A note."""

    def shout(self) -> str:
        return self.title.upper()


def stamp(ctx: Saving[Note]) -> None:
    ctx.instance.title = ctx.instance.title + "!"


Note.observe("before save", stamp)
'''


@pytest.fixture
def start(scaffold):
    """Boots the scaffold with some files replaced; gives the application."""
    apps = []

    def app(files, **environ):
        apps.append(started(read(scaffold(files), environ)))
        return apps[-1]

    yield app
    for one in apps:
        one.close()


# -- models ------------------------------------------------------------------


def test_a_class_beside_the_json_has_its_properties_and_its_own_methods(start):
    app = start({"common/models/note.py": CLASS})
    note = app.registry.model("Note").create(title="hi")
    assert (note.title, note.shout()) == ("hi!", "HI!")
    http = Client(app)
    assert http.post("/api/Notes", json={"title": "x"}).json == {"title": "x!", "id": 2}


def test_a_model_may_be_a_python_class_alone(start):
    python = "from lbpy import PersistedModel\n\n\nclass Task(PersistedModel):\n    text: str\n"
    config = {"_meta": {"sources": ["../common/models"]}, "Task": {"dataSource": "db", "public": True}}
    app = start({"common/models/task.py": python, "server/model-config.json": config})
    assert Client(app).post("/api/Tasks", json={}).status == 422


def test_classes_of_a_project_import_one_another_whatever_their_file_is_called(start):
    base = "from lbpy import PersistedModel\n\n\nclass BaseNote(PersistedModel):\n    def kind(self):\n        return 'base'\n"
    own = "from .base_note import BaseNote\n\n\nclass Note(BaseNote):\n    pass\n"
    files = {
        "common/models/base-note.json": {"name": "BaseNote", "properties": {"title": "string"}},
        "common/models/base-note.py": base,
        "common/models/note.json": {"name": "Note", "base": "BaseNote"},
        "common/models/note.py": own,
    }
    assert start(files).registry.model("Note").create(title="x").kind() == "base"


def test_another_base_than_in_the_json_is_refused_with_what_to_write(start):
    files = {
        "common/models/base.json": {"name": "Base", "properties": {}},
        "common/models/note.json": {"name": "Note", "base": "Base"},
        "common/models/note.py": CLASS,
    }
    with pytest.raises(ProjectError, match=r"common/models/note.py: .*class Note\(Base\)"):
        start(files)


def test_a_file_without_the_class_is_refused(start):
    with pytest.raises(ProjectError, match=r"note.py: defines no model class Note"):
        start({"common/models/note.py": "x = 1\n"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\nraise ValueError('secret')\n", "ValueError in line 2"),
        ("def (:\n", "SyntaxError in line 1: invalid syntax"),
        ("x = 1\nraise SyntaxError('secret')\n", "SyntaxError in line 2"),
        ("x = [\n", "SyntaxError in line 1: '[' was never closed"),
        ("x = 1\ny = Lenght(min=2)\n", "NameError in line 2: name 'Lenght' is not defined"),
        ("raise NameError('secret')\n", "NameError in line 1"),
        ("x = 1\nimport nosuch.part\n", "ModuleNotFoundError in line 2: No module named 'nosuch'"),
        ("x = 1\nfrom lbpy import Modle\n", "ImportError in line 2: cannot import name 'Modle' from 'lbpy'"),
        ("raise ImportError('secret')\n", "ImportError in line 1"),
        ("import sys\nsys.exit(1)\n", "SystemExit in line 2"),
    ],
)
def test_an_error_names_file_and_line_and_of_its_message_only_what_python_says_of_names(start, text, told):
    with pytest.raises(ProjectError) as caught:
        start({"common/models/note.py": text})
    assert str(caught.value) == f"common/models/note.py: {told}"


def test_closing_the_application_gives_its_modules_back(start):
    app = start({"common/models/note.py": CLASS})
    name = app.registry.model("Note").__module__
    assert name in sys.modules
    app.close()
    assert name not in sys.modules


def test_a_folder_can_be_booted_twice_at_once(start):
    first, second = start({"common/models/note.py": CLASS}), start({"common/models/note.py": CLASS})
    assert first.registry.model("Note") is not second.registry.model("Note")


# -- boot scripts ------------------------------------------------------------


def boot_script(name):
    return f"def boot(app):\n    app.settings.setdefault('ran', []).append({name!r})\n"


def test_boot_scripts_run_in_order_with_the_application(start):
    files = {f"server/boot/{name}.py": boot_script(name) for name in ("b", "A", "_skipped", "c.d")}
    files["server/boot/production/a.py"] = boot_script("production")
    files["server/boot/staging/a.py"] = boot_script("staging")
    assert start(files, NODE_ENV="production").settings["ran"] == ["A", "b", "c.d", "production"]


def test_boot_scripts_see_models_that_work(start):
    script = "def boot(app):\n    app.registry.model('Note').create(title='seed')\n"
    assert start({"server/boot/seed.py": script}).registry.model("Note").count() == 1


def test_a_rehearsal_runs_no_boot_script(scaffold):
    with rehearsed(read(scaffold({"server/boot/a.py": boot_script("a")}), {})) as app:
        assert "ran" not in app.settings


@pytest.mark.parametrize(
    ("text", "told"), [("def boot(app):\n    raise KeyError('x')\n", "KeyError in line 2"), ("x = 1\n", "defines no function boot")]
)
def test_a_boot_script_that_fails_names_its_file(start, text, told):
    with pytest.raises(ProjectError) as caught:
        start({"server/boot/a.py": text})
    assert str(caught.value) == f"server/boot/a.py: {told}"


# -- mixins ------------------------------------------------------------------

TAGGED = """
def mixin(model, options):
    name = options.get("name", "tag")
    model.define_property(name, "string")

    def stamp(ctx):
        ctx.instance[name] = (ctx.instance[name] if name in ctx.instance else "") + model.__name__

    model.observe("before save", stamp)
"""


def with_mixins(mixins, **files):
    return {"common/mixins/tagged.py": TAGGED, "common/models/note.json": {"name": "Note", "properties": {}, "mixins": mixins}, **files}


@pytest.mark.parametrize(
    ("value", "row"),
    [(True, {"tag": "Note"}), ({"name": "x"}, {"x": "Note"}), ([{"name": "x"}, {"name": "y"}], {"x": "Note", "y": "Note"}), (False, {})],
)
def test_a_mixin_is_applied_with_each_of_its_options(start, value, row):
    note = start(with_mixins({"Tagged": value})).registry.model("Note").create({})
    assert {name: one for name, one in note.to_dict().items() if name != "id"} == row


def test_mixins_are_inherited_and_their_observers_run_after_those_of_the_base(start):
    sub = {"name": "Sub", "base": "Note", "properties": {}}
    config = {"_meta": {"sources": ["../common/models"], "mixins": ["../common/mixins"]}}
    config |= {name: {"dataSource": "db"} for name in ("Note", "Sub")}
    files = {"common/models/sub.json": sub, "server/model-config.json": config}
    assert start({**with_mixins({"Tagged": True}), **files}).registry.model("Sub").create({}).tag == "NoteSub"


def test_a_model_name_as_mixin_lends_its_properties(start):
    config = {"_meta": {"sources": ["../common/models"]}, "Note": {"dataSource": "db"}, "Other": {"dataSource": "db"}}
    files = {
        "common/models/note.json": {"name": "Note", "properties": {"a": "string"}, "mixins": {"Other": True}},
        "common/models/other.json": {"name": "Other", "properties": {"a": "number", "b": "number"}},
    }
    app = start({**files, "server/model-config.json": config})
    kinds = {name: one.kind.name for name, one in app.registry.model("Note").definition__.properties.items() if name != "id"}
    assert kinds == {"a": "string", "b": "number"}


@pytest.mark.parametrize(
    ("mixins", "status"),
    [({"TimeStamp": True}, 200), ({"SoftDelete": True}, 501), ({"SoftDelete": {"builtin": True}}, 200), ({"Gone": {"builtin": True}}, 501)],
)
def test_only_timestamp_stands_in_unasked(start, mixins, status):
    app = start({"common/models/note.json": {"name": "Note", "properties": {}, "mixins": mixins}})
    assert Client(app).get("/api/Notes").status == status


# -- components --------------------------------------------------------------


def test_a_component_of_the_project_gets_the_application_and_its_options(start):
    files = {
        "server/component-config.json": {"./components/hello": {"word": "hi"}, "./components/off": None},
        "server/components/hello.py": "def component(app, options):\n    app.settings['word'] = options['word']\n",
        "server/components/off.py": "raise ValueError\n",
    }
    assert start(files).settings["word"] == "hi"


def test_the_packages_that_count_are_brought_along(start):
    app = start({"server/component-config.json": {"loopback3-xtotalcount": {}, "loopback-content-range": True}})
    headers = Client(app).get("/api/Notes").headers
    assert (headers["X-Total-Count"], headers["Content-Range"]) == ("0", "items */0")
