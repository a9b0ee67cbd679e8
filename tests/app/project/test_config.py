"""Reading files, laying overlays over them, and putting `${NAME}` in."""

from __future__ import annotations

import re

import pytest

from lbpy.app.project.config import environment, filled, judge_unread, note_samples, read_layers
from lbpy.app.project.dynamic import resolved
from lbpy.app.project.files import Folder, read_json
from lbpy.app.project.merging import merged, merged_middleware
from lbpy.errors import ProjectError
from lbpy.types import UNSET


@pytest.fixture
def read(write):
    """Reads one configuration from files of `server/`; gives its layers and the folder."""

    def layers(name, files, env="development", environ=None):
        root = write({f"server/{file}": content for file, content in files.items()})
        folder = Folder(root, root / "server", env, environ or {})
        return read_layers(folder, name), folder

    return layers


def codes(folder):
    return [(one.level, one.code, one.file, one.key) for one in folder.report.findings]


# -- one file ----------------------------------------------------------------


def test_a_syntax_error_refuses_with_line_and_column(read):
    _, folder = read("config", {"config.json": '{\n  "port": 3000,\n}'})
    [one] = folder.report.findings
    assert (one.level, one.file) == ("refuse", "server/config.json")
    assert re.match(r"line [23], column \d+: ", one.text)


@pytest.mark.parametrize("text", ["[]", "null", '"x"', '{"a": NaN}', "", '{"a":' + "[" * 100_000])
def test_whatever_is_no_json_object_refuses(read, text):
    layers, folder = read("config", {"config.json": text})
    assert layers.value == {}
    assert [one.level for one in folder.report.findings] == ["refuse"]


def test_of_a_doubled_key_the_last_one_counts_and_its_path_is_warned_of(read):
    layers, folder = read("config", {"config.json": '{"remoting": {"json": {"limit": 1, "limit": 2}}}'})
    assert layers.value == {"remoting": {"json": {"limit": 2}}}
    assert codes(folder) == [("warn", "KEY_TWICE", "server/config.json", "remoting.json.limit")]


def test_a_byte_order_mark_is_skipped(tmp_path):
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_json(Folder(tmp_path, tmp_path), tmp_path / "a.json") == {"a": 1}


def test_bytes_that_are_no_text_are_warned_of(tmp_path):
    folder = Folder(tmp_path, tmp_path)
    (tmp_path / "a.json").write_bytes(b'{"a": "\xff"}')
    assert read_json(folder, tmp_path / "a.json") == {"a": "\ufffd"}
    assert [one.code for one in folder.report.findings] == ["NOT_UTF8"]


# -- merging -----------------------------------------------------------------


def test_objects_merge_deeply_and_lists_by_index():
    old = {"a": {"b": 1, "c": [1, {"d": 1}]}, "e": 1}
    assert merged(old, {"a": {"c": [2, {"f": 2}]}}) == {"a": {"b": 1, "c": [2, {"d": 1, "f": 2}]}, "e": 1}
    assert old["a"]["c"] == [1, {"d": 1}]


@pytest.mark.parametrize("old", [{"a": {"b": 1}}, {"a": [1]}, {"a": 1}])
def test_null_replaces_anything(old):
    assert merged(old, {"a": None}) == {"a": None}


def test_lists_of_different_length_cannot_merge():
    text = "Cannot merge array values of different length for the option `a.b`."
    with pytest.raises(ProjectError) as caught:
        merged({"a": {"b": [1]}}, {"a": {"b": [1, 2]}})
    assert (caught.value.text, caught.value.key) == (text, "a.b")


@pytest.mark.parametrize(("old", "new"), [({}, 1), ([], {}), (1, {}), ("x", [])])
def test_different_kinds_cannot_merge(old, new):
    with pytest.raises(ProjectError, match=r"Cannot merge values of incompatible types for the option `a\.b`\."):
        merged({"a": {"b": old}}, {"a": {"b": new}})


def test_middleware_merges_by_phase_and_name():
    added = []
    result = merged_middleware({"auth": {"x": {"params": {"a": 1}}}}, {"auth": {"x": {"params": {"b": 2}}}}, added.append)
    assert result == {"auth": {"x": {"params": {"a": 1, "b": 2}}}}
    assert added == []


def test_a_phase_or_entry_that_the_main_file_lacks_is_added_and_told():
    added = []
    result = merged_middleware({"auth": {}}, {"auth": {"y": {}}, "own": {"z": {}}}, added.append)
    assert result == {"auth": {"y": {}}, "own": {"z": {}}}
    assert added == ["auth.y", "own"]


def test_lists_of_one_middleware_are_matched_by_name():
    old = {"auth": {"x": [{"name": "a", "paths": "/a"}]}}
    new = {"auth": {"x": [{"name": "a", "enabled": False}, {"name": "b"}]}}
    assert merged_middleware(old, new, print) == {
        "auth": {"x": [{"name": "a", "paths": "/a", "enabled": False}, {"name": "b"}]}
    }


def test_a_single_entry_and_a_list_are_united():
    assert merged_middleware({"auth": {"x": {"a": 1}}}, {"auth": {"x": [{"b": 2}]}}, print) == {
        "auth": {"x": [{"a": 1}, {"b": 2}]}
    }


# -- overlays ----------------------------------------------------------------


def test_local_then_environment_win_over_the_main_file(read):
    files = {
        "config.json": {"a": 1, "b": 1, "c": 1},
        "config.local.json": {"b": 2, "c": 2},
        "config.production.json": {"c": 3},
    }
    layers, folder = read("config", files, env="production")
    assert layers.value == {"a": 1, "b": 2, "c": 3}
    assert codes(folder) == []


def test_an_overlay_of_another_environment_is_silent(read):
    layers, folder = read("config", {"config.json": {"a": 1}, "config.production.json": "broken"})
    assert (layers.value, codes(folder)) == ({"a": 1}, [])


def test_an_overlay_that_cannot_be_merged_refuses_by_file_and_key(read):
    _, folder = read("config", {"config.json": {"a": {"b": 1}}, "config.local.json": {"a": {"b": {}}}})
    assert codes(folder) == [("refuse", "OVERLAY_MERGE", "server/config.local.json", "a.b")]


def test_without_a_main_file_overlays_are_left_out(read):
    layers, folder = read("datasources", {"datasources.local.json": {"db": {}}})
    assert layers.value == {}
    assert codes(folder) == [("warn", "MAIN_MISSING", "server/datasources.json", "")]


@pytest.mark.parametrize("source", ["settings = {'a': (1, 2)}", "def settings():\n    return {'a': [1, 2]}"])
def test_a_python_counterpart_is_a_dict_or_a_function(read, source):
    layers, folder = read("config", {"config.json": {}, "config.local.py": source, "config.local.js": "module.exports = {}"})
    assert layers.value == {"a": [1, 2]}
    assert codes(folder) == [("note", "OVERLAY_COUNTERPART", "server/config.local.py", "")]


@pytest.mark.parametrize("source", ["settings = 1", "raise ValueError('pa55word')", "a b", "import sys; sys.exit(3)", ""])
def test_a_python_counterpart_that_fails_refuses_without_its_message(read, source):
    _, folder = read("config", {"config.json": {}, "config.local.py": source})
    [one] = folder.report.findings
    assert (one.level, one.code) == ("refuse", "COUNTERPART_FAILED")
    assert "pa55word" not in one.line()


def test_json_beside_a_script_is_its_counterpart(read):
    layers, folder = read("config", {"config.json": {}, "config.local.json": {"a": 1}, "config.local.js": ""})
    assert layers.value == {"a": 1}
    assert [one.level for one in folder.report.findings] == ["note"]


@pytest.mark.parametrize(
    ("name", "script", "env", "level", "closes"),
    [
        ("config", "module.exports = {}", "development", "warn", False),
        ("component-config", "module.exports = {}", "development", "warn", False),
        ("model-config", "module.exports = {}", "development", "closed", True),
        ("middleware", "module.exports = {files: {}}", "development", "warn", False),
        ("middleware", "module.exports = {auth: {'./jwt': {}}}", "development", "closed", True),
        ("middleware", "module.exports = require('./lib/x')", "development", "closed", True),
        ("datasources", "module.exports = {}", "development", "warn", False),
        ("datasources", "module.exports = {}", "production", "refuse", False),
    ],
)
def test_what_a_script_without_counterpart_does(read, name, script, env, level, closes):
    layers, folder = read(name, {f"{name}.json": {"x": {}}, f"{name}.{env}.js": script}, env)
    assert judge_unread(folder, layers) is closes
    assert [(one.level, one.file) for one in folder.report.findings] == [(level, f"server/{name}.{env}.js")]


def test_an_accepted_script_closes_nothing(read):
    layers, folder = read("model-config", {"model-config.json": {}, "model-config.local.js": ""})
    folder.report.accept(["server/model-config.local.js"], "server/config.json")
    assert not judge_unread(folder, layers)


@pytest.mark.parametrize(
    "name", ["config.json-sample", "datasources.json.dist", "datasources.example.json", "middleware.json.bak"]
)
def test_samples_are_noted_by_name(read, name):
    _, folder = read("config", {"config.json": {}, name: "{}"})
    note_samples(folder)
    assert codes(folder) == [("note", "SAMPLE_FILE", f"server/{name}", "")]


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "development"),
        ({"NODE_ENV": "test"}, "test"),
        ({"NODE_ENV": "test", "LBPY_ENV": "live"}, "live"),
        ({"LBPY_ENV": ""}, "development"),
    ],
)
def test_the_environment_has_a_name(environ, name):
    assert environment(environ) == name


# -- ${NAME} -----------------------------------------------------------------


def put(value, **names):
    lost = []
    result = resolved(value, lambda name: names.get(name, UNSET), lambda path, name: lost.append((path, name)))
    return result, lost


@pytest.mark.parametrize(
    ("text", "result"),
    [("${N}", 7), ("a${T}", "ab"), ("${T}-${T}c", "b-bc"), ("x${N}", "x7"), ("${T", "${T"), ("$T", "$T"), ("x${F}", "xfalse")],
)
def test_names_are_put_in(text, result):
    assert put(text, N=7, T="b", F=False) == (result, [])


def test_names_are_put_into_nested_values():
    assert put({"a": ["${T}", {"b": "${T}"}, None, 1]}, T="x") == ({"a": ["x", {"b": "x"}, None, 1]}, [])


def test_what_cannot_be_resolved_is_absent_and_told_by_path():
    assert put({"a": {"b": "x${GONE}", "c": 1}, "d": ["${GONE}", 2]}) == (
        {"a": {"c": 1}, "d": [2]},
        [("a.b", "GONE"), ("d[0]", "GONE")],
    )


def test_the_environment_wins_over_settings_and_what_is_missing_is_warned_of(read):
    files = {"datasources.json": {"db": {"url": "${URL}", "root": "${restApiRoot}", "x": "${GONE}"}}}
    layers, folder = read("datasources", files, environ={"URL": "from environment"})
    assert filled(folder, layers, {"URL": "setting", "restApiRoot": "/v1"}).value == {
        "db": {"url": "from environment", "root": "/v1"}
    }
    assert codes(folder) == [("warn", "NAME_UNRESOLVED", "server/datasources.json", "db.x")]
