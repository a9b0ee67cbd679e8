"""A whole folder read: where it is found, which models it has and in which order, what is closed, left out or refused."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lbpy.app.project.config import MAIN_NAMES
from lbpy.app.project.reading import find_project, read_project
from lbpy.errors import ProjectError

META = {"sources": ["../common/models"], "mixins": ["../common/mixins"]}


@pytest.fixture
def read(scaffold):
    """Reads the scaffold with some files replaced."""

    def project(files=(), **environ):
        return read_project(scaffold(dict(files)), environ)

    return project


@pytest.fixture
def read_models(read):
    """Reads model files, each named in model-config unless that is given."""

    def project(definitions, config=None):
        files = {f"common/models/{one['name'].lower()}.json": one for one in definitions}
        entries = config if config is not None else {one["name"]: {"dataSource": "db", "public": True} for one in definitions}
        return read({**files, "common/models/note.json": None, "server/model-config.json": {"_meta": META, **entries}})

    return project


def model(name, base="PersistedModel", **keys):
    return {"name": name, "base": base, **keys}


def found(project):
    return [(one.level, one.code, one.place()) for one in project.report.findings]


def names(project):
    return [one.name for one in project.models]


# -- where the project is ----------------------------------------------------


def test_the_scaffold_reads_without_a_finding(read):
    project = read()
    assert project.report.findings == ()
    assert names(project) == ["User", "Note"]
    assert (project.env, project.config.port, project.closes_api) == ("development", 3000, False)


def test_a_project_is_found_at_the_folder_or_as_the_only_one_below(write):
    root = write({"apps/api/server/model-config.json": {}, "apps/api/node_modules/x/server/model-config.json": {}})
    assert find_project(root) == find_project(root / "apps" / "api") == (root / "apps" / "api").resolve()


def test_configuration_may_lie_outside_of_server(write):
    project = read_project(write({"model-config.json": {"_meta": {}}}), {})
    assert project.root == project.server


def test_two_projects_refuse_with_both(write):
    with pytest.raises(ProjectError, match=r"several projects below .*: a, b; name one"):
        find_project(write({"a/server/model-config.json": {}, "b/model-config.json": {}}))


def test_no_project_refuses(tmp_path):
    with pytest.raises(ProjectError, match=r"no server/model-config\.json"):
        find_project(tmp_path)
    with pytest.raises(ProjectError, match="is no folder"):
        find_project(tmp_path / "gone")


def test_missing_main_files_are_warned_of(read):
    absent = ["config", "datasources", "middleware", "component-config"]
    project = read({f"server/{name}.json": None for name in absent})
    warned = [one.file for one in project.report.findings if one.code == "MAIN_MISSING"]
    assert warned == [f"server/{name}.json" for name in absent]
    assert not project.report.refused


# -- models ------------------------------------------------------------------


def test_bases_come_first_whatever_the_order_of_the_file(read_models):
    assert names(read_models([model("C", "B"), model("B", "A"), model("A")])) == ["A", "B", "C"]


def test_a_base_is_pulled_in_without_routes(read_models):
    project = read_models([model("Child", "Parent"), model("Parent")], {"Child": {"dataSource": "db", "public": True}})
    parent, child = project.models
    assert (parent.name, parent.public, parent.configured, parent.data_source) == ("Parent", False, False, None)
    assert (child.base, child.public, child.data_source) == ("Parent", True, "db")


def test_a_model_that_model_config_does_not_name_is_not_built(read_models):
    project = read_models([model("A"), model("Spare")], {"A": {"dataSource": "db", "public": True}})
    assert names(project) == ["A"]
    assert found(project) == [("note", "MODEL_UNUSED", "common/models/spare.json")]
    entry = '"Spare": {"dataSource": "db", "public": true}'
    assert project.report.findings[0].remedy == f"if it is to be, add {entry} to server/model-config.json"


def test_a_python_model_that_model_config_does_not_name_is_told_too(read):
    project = read({"common/models/coffee-shop.py": "", "common/models/_parts.py": ""})
    assert found(project) == [("note", "MODEL_UNUSED", "common/models/coffee-shop.py")]
    assert '"CoffeeShop": {"dataSource": "db"' in project.report.findings[0].remedy


def test_a_model_that_is_named_but_has_no_base_is_not_asked_to_be_named(read_models):
    unused = read_models([model("A", "Ghost")]).report.findings[-1]
    assert (unused.code, unused.remedy) == ("MODEL_UNUSED", "see the finding of its base")


def test_a_name_comes_from_the_file_where_the_key_is_absent(read):
    config = {"_meta": META, "CoffeeShop": {"dataSource": "db", "public": True}}
    project = read(
        {
            "common/models/coffee-shop.json": {"properties": {}},
            "common/models/note.json": None,
            "server/model-config.json": config,
        }
    )
    assert [(one.name, one.base, one.file) for one in project.models] == [
        ("CoffeeShop", "PersistedModel", "common/models/coffee-shop.json")
    ]


def test_built_in_models_have_no_definition(read):
    user = read().models[0]
    assert (user.name, user.definition, user.public, user.data_source) == ("User", None, True, "db")


def test_scripts_and_counterparts_beside_a_model_are_told(read):
    note = read({"common/models/note.py": "", "common/models/note.js": ""}).models[1]
    assert (note.code, note.script) == ("common/models/note.py", "common/models/note.js")


def test_a_model_may_be_python_only(read):
    config = {"_meta": META, "Shop": {"dataSource": "db", "public": True}}
    project = read({"common/models/shop.py": "", "common/models/note.json": None, "server/model-config.json": config})
    assert [(one.name, one.definition, one.code) for one in project.models] == [("Shop", None, "common/models/shop.py")]
    assert project.report.findings == ()


def test_an_own_model_may_extend_the_built_in_one_of_its_name(read_models):
    project = read_models([model("User", "User")])
    assert [(one.name, one.base) for one in project.models] == [("User", "")]
    assert project.report.findings == ()


def test_an_undefined_model_is_left_out(read_models):
    project = read_models([], {"Ghost": {"dataSource": "db", "public": True}})
    assert names(project) == []
    assert found(project) == [("warn", "MODEL_UNDEFINED", "server/model-config.json:Ghost")]


def test_an_unknown_base_leaves_out_the_model_and_its_sub_models(read_models):
    project = read_models([model("A", "Nowhere"), model("B", "A"), model("C")])
    assert names(project) == ["C"]
    assert [one[:2] for one in found(project)].count(("warn", "BASE_UNKNOWN")) == 2


def test_an_inheritance_circle_refuses(read_models):
    project = read_models([model("A", "B"), model("B", "A"), model("C", "C")])
    assert [one[:2] for one in found(project)][:3] == [("refuse", "BASE_CIRCLE")] * 3
    assert project.report.refused


def test_names_that_differ_by_case_only_are_warned_of(read_models):
    project = read_models([model("user")], {name: {"dataSource": "db", "public": True} for name in ("User", "user")})
    assert names(project) == ["User", "user"]
    assert found(project) == [("warn", "MODEL_CASE", "server/model-config.json:user")]


def test_a_model_named_like_a_type_is_built(read_models):
    project = read_models([model("File")])
    assert names(project) == ["File"]
    assert [one[1] for one in found(project)] == ["MODEL_RESERVED"]


def test_of_two_files_with_one_model_the_first_counts(read):
    files = {"server/models/note.json": {"name": "Note", "base": "Model"}}
    project = read(files)
    assert project.models[1].base == "PersistedModel"
    assert found(project) == [("warn", "MODEL_TWICE", "server/models/note.json")]


@pytest.mark.parametrize(
    ("source", "level"),
    [
        ("loopback/common/models", None),
        ("../node_modules/loopback-component-passport/lib/models", None),
        ("./models", None),
        ("../lib/models", "note"),
        ("../node_modules/other/models", "warn"),
        ("other/models", "warn"),
    ],
)
def test_source_folders_that_are_not_there(read, source, level):
    project = read({"server/model-config.json": {"_meta": {"sources": [source]}}})
    assert [one.level for one in project.report.findings] == ([level] if level else [])


# -- entries of model-config -------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "public", "levels"),
    [
        ({"public": False}, False, []),
        ({"public": "false"}, False, ["warn"]),
        ({"public": "true"}, True, ["note"]),
        ({"public": 0}, False, ["note"]),
        ({}, True, ["note"]),
    ],
)
def test_public(read_models, entry, public, levels):
    project = read_models([model("A")], {"A": {"dataSource": "db", **entry}})
    assert project.models[0].public is public
    assert [one.level for one in project.report.findings] == levels


def test_a_source_defined_nowhere_closes_its_models(read_models):
    project = read_models(
        [model("A"), model("B")], {"A": {"dataSource": "dv", "public": True}, "B": {"dataSource": "db", "public": True}}
    )
    assert [(one.name, one.closed) for one in project.models] == [("A", "SOURCE_MISSING"), ("B", "")]
    assert found(project) == [("closed", "SOURCE_MISSING", "server/model-config.json:A.dataSource")]


@pytest.mark.parametrize(
    ("base", "entry", "closed"),
    [
        ("PersistedModel", {"dataSource": None, "public": True}, "SOURCE_NONE"),
        ("PersistedModel", {"dataSource": False, "public": False}, ""),
        ("Model", {"dataSource": None, "public": True}, ""),
        ("User", {"dataSource": None, "public": True}, "SOURCE_NONE"),
    ],
)
def test_crud_without_a_source_is_closed(read_models, base, entry, closed):
    project = read_models([model("A", base)], {"A": entry})
    assert project.models[0].closed == closed
    assert len(project.report.findings) == bool(closed)


@pytest.mark.parametrize(
    "entry", [{"properties": {"a": "string"}}, {"base": "X"}, {"plural": "as"}, {"options": {"base": "X"}}]
)
def test_the_1x_format_refuses(read_models, entry):
    project = read_models([model("A")], {"A": {"dataSource": "db", "public": True, **entry}})
    assert [one[:2] for one in found(project)] == [("refuse", "FORMAT_OLD")]


def test_the_parts_of_an_entry_are_kept(read_models):
    entry = {
        "dataSource": "db",
        "public": True,
        "relations": {"user": {"type": "belongsTo", "model": "Memo"}},
        "acls": [{"principalType": "ROLE", "principalId": "$everyone", "permission": "DENY"}],
        "options": {"remoting": {"sharedMethods": {"*": False}}, "dataSource": "x"},
        "methods": {"greet": {}},
        "$promise": {},
    }
    project = read_models([model("Memo")], {"Memo": entry})
    [memo] = project.models
    assert (dict(memo.relations), list(memo.acls), dict(memo.methods)) == (entry["relations"], entry["acls"], {"greet": {}})
    assert dict(memo.options) == {"remoting": {"sharedMethods": {"*": False}}}
    assert sorted(found(project)) == [
        ("note", "KEY_UNKNOWN", "server/model-config.json:Memo.$promise"),
        ("warn", "NO_EFFECT", "server/model-config.json:Memo.options.dataSource"),
    ]


def test_what_closes_a_base_closes_its_sub_models_until_it_is_accepted(read):
    files = {
        "common/models/note.json": model("Note", mixins={"SoftDelete": True}),
        "common/models/memo.json": model("Memo", "Note"),
        "server/model-config.json": {
            "_meta": META,
            "Note": {"dataSource": "db", "public": True},
            "Memo": {"dataSource": "db", "public": True},
        },
    }
    assert [one.closed for one in read(files).models] == ["MIXIN_UNKNOWN", "MIXIN_UNKNOWN"]
    accepting = {**files, "server/config.json": {"compat": {"accept": ["mixin:SoftDelete"]}}}
    project = read(accepting)
    assert [one.closed for one in project.models] == ["", ""]
    assert project.report.exit_code == 0


def test_a_python_mixin_opens_its_models(read):
    files = {"common/models/note.json": model("Note", mixins={"SoftDelete": True}), "common/mixins/soft-delete.py": ""}
    project = read(files)
    assert project.report.findings == ()
    assert [*project.mixins] == ["SoftDelete"]


# -- data sources ------------------------------------------------------------


def test_empty_addresses_and_credentials_are_unset(read):
    project = read(
        {
            "server/datasources.json": {
                "db": {"connector": "mongodb", "url": "", "password": "", "database": "", "port": "27017"}
            }
        }
    )
    assert dict(project.sources["db"].settings) == {"database": "", "port": "27017"}
    assert project.report.findings == ()


@pytest.mark.parametrize(
    "connector", ["memory", "loopback-connector-mongodb", "loopback-component-storage", "./connectors/own"]
)
def test_connectors_have_long_and_short_names(read, connector):
    assert read({"server/datasources.json": {"db": {"connector": connector}}}).report.findings == ()


@pytest.mark.parametrize(
    ("source", "code"),
    [({}, "CONNECTOR_MISSING"), ({"connector": ""}, "CONNECTOR_MISSING"), ({"connector": "ledger"}, "CONNECTOR_UNKNOWN")],
)
def test_a_source_without_connector_closes_its_models(read, source, code):
    project = read({"server/datasources.json": {"db": source}})
    assert [one.closed for one in project.models] == [code, code]
    assert [one[:2] for one in found(project)] == [("closed", code)]


def test_a_name_other_than_the_key_is_noted(read):
    assert found(read({"server/datasources.json": {"db": {"name": "x", "connector": "memory"}}})) == [
        ("note", "SOURCE_NAME", "server/datasources.json:db.name")
    ]


# -- the rest ----------------------------------------------------------------


def test_boot_scripts_stand_by_name_then_those_of_the_environment(read):
    files = {
        f"server/boot/{name}": ""
        for name in ("b.js", "A.js", "a.py", "A.py", "_x.js", "index.js", "development/c.js", "test/d.js")
    }
    project = read(files)
    assert [(one.name, one.script, one.code) for one in project.boot_scripts] == [
        ("A", "server/boot/A.js", "server/boot/A.py"),
        ("a", "", "server/boot/a.py"),
        ("b", "server/boot/b.js", ""),
        ("c", "server/boot/development/c.js", ""),
    ]


def test_every_script_that_may_close_something_is_listed(read):
    files = ["common/models/note.js", "common/mixins/x.js", "server/server.js", "server/boot/sub/a.js"]
    assert read(dict.fromkeys([*files, "client/app.js"], "")).scripts == tuple(sorted(files))


def test_a_component_overlay_that_cannot_run_keeps_the_explorer_off(read):
    project = read({"server/component-config.development.js": ""})
    assert [one.enabled for one in project.components] == [False]


def test_a_model_config_overlay_that_cannot_run_closes_the_api(read):
    assert read({"server/model-config.local.js": ""}).closes_api


def test_no_value_of_a_project_enters_a_finding(read):
    secret = "s3cr3t value"
    project = read(
        {
            "server/datasources.json": {"db": {"connector": secret, "password": secret, "name": secret}},
            "server/config.json": {"port": secret, "remoting": {"json": {"limit": secret}}, "enableAuth": secret},
            "common/models/note.json": model("Note", strict="throw", properties={"a": {"type": secret, "default": secret}}),
        }
    )
    assert len(project.report.findings) > 5
    assert secret not in "\n".join(project.report.lines())


FILES = [*(f"server/{name}.json" for name in MAIN_NAMES), "common/models/note.json"]
WORDS = (
    "_meta sources name base properties relations acls scope mixins options type"
    " model dataSource public routes auth paths params"
)
KEYS = st.text(max_size=3) | st.sampled_from(
    [*WORDS.split(), "remoting", "json", "limits", "compat", "where", "id", "db", "Note"]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=4)
    | st.sampled_from(["Note", "User", "db", "${X}", "hasMany"])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FILES), st.dictionaries(KEYS, VALUES, max_size=4))
def test_whatever_json_a_file_holds_is_read_or_reported(read, file, content):
    project = read({file: content})
    assert len(project.report.lines()) <= len(project.report.findings)
