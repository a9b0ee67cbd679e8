"""Middleware and components in order, and what becomes of names that nobody has."""

from __future__ import annotations

import pytest

from lbpy.app.project.components import read_components
from lbpy.app.project.keys import Section
from lbpy.app.project.names import Installed
from lbpy.app.project.report import Report
from lbpy.app.project.stack import read_middleware, read_phases, with_cors, with_files, with_rest


@pytest.fixture
def read(tmp_path):
    def entries(config, report=None):
        section = Section(report or Report(), "server/middleware.json", config)
        folder = tmp_path / "server"
        made = read_middleware(section, read_phases(section), folder, Installed().middleware)
        return with_files(made, section, tmp_path), section

    return entries


def found(section):
    return [(one.level, one.code, one.key) for one in section.report.findings]


def test_entries_run_by_phase_not_by_their_place_in_the_file(read):
    entries, _ = read(
        {
            "initial": {"cors": {}},
            "routes:after": {"helmet": {}},
            "routes:before": {"cors": {}},
            "initial:before": {"cors": {}},
        }
    )
    assert [one.phase for one in entries] == ["initial:before", "initial", "routes:before", "routes:after"]


def test_an_own_phase_stands_behind_the_one_named_before_it(read):
    entries, _ = read({"parse": {"cors": {}}, "mine": {"helmet": {}}, "routes": {"loopback#rest": {}}})
    assert [one.phase for one in entries] == ["parse", "mine", "routes"]


def test_an_order_that_contradicts_itself_refuses(read):
    _, section = read({"final": {}, "initial": {}})
    assert found(section) == [("refuse", "PHASE_ORDER", "")]


def test_an_entry_is_read_whole(read, tmp_path):
    config = {
        "params": ["$!../client", {"a": "$!./x"}],
        "paths": "/a",
        "verbs": ["get"],
        "methods": ["POST"],
        "optional": True,
    }
    (tmp_path / "client").mkdir()
    [one], section = read({"files": {"loopback#static": config}})
    assert one.params == (str(tmp_path / "client"), {"a": str(tmp_path / "server" / "x")})
    assert (one.paths, one.methods, one.optional, one.enabled) == (("/a",), ("POST", "GET"), True, True)
    assert (one.file, one.key) == ("server/middleware.json", "files.loopback#static")
    assert found(section) == []


def test_one_value_for_params_is_one_argument_and_all_methods_are_none_named(read):
    [one], _ = read({"initial": {"cors": {"params": {"origin": True}, "methods": ["ALL"]}}})
    assert (one.params, one.methods) == (({"origin": True},), ())


def test_a_list_below_one_name_is_several_entries(read):
    entries, _ = read({"files": {"cors": [{"paths": "/a"}, {"paths": "/b", "enabled": False}]}})
    assert [(one.paths, one.enabled, one.key) for one in entries] == [
        (("/a",), True, "files.cors[0]"),
        (("/b",), False, "files.cors[1]"),
    ]


@pytest.mark.parametrize(
    ("phase", "name", "level", "closed"),
    [
        ("auth", "express-jwt", "closed", "MIDDLEWARE_UNKNOWN"),
        ("final", "express-jwt", "warn", ""),
        ("initial", "morgan", "warn", ""),
        ("session", "express-session", "warn", ""),
        ("final:after", "errorhandler", "note", ""),
        ("parse", "body-parser#json", "note", ""),
    ],
)
def test_names_that_nobody_has(read, phase, name, level, closed):
    [one], section = read({phase: {name: {}}})
    assert one.closed == closed
    assert [finding.level for finding in section.report.findings] == [level]


def test_an_accepted_middleware_closes_nothing(read):
    report = Report(["middleware:express-jwt"])
    [one], _ = read({"auth": {"express-jwt": {}}}, report)
    assert (one.closed, [finding.level for finding in report.findings]) == ("", ["note"])


def test_own_modules_are_left_to_whoever_ports_them(read):
    [one], section = read({"auth": {"./middleware/tenant": {}}})
    assert (one.own, one.enabled, found(section)) == (True, True, [])


def test_the_old_error_handler_is_the_strong_one(read):
    [one], _ = read({"final:after": {"loopback#errorHandler": {"params": {"x": 1}}}})
    assert (one.name, one.params) == ("strong-error-handler", ())


@pytest.mark.parametrize(
    ("folder", "code"),
    [("$!../gone", "FILES_MISSING"), ("$!..", "FILES_MISSING"), ("$!../", "FILES_UNSERVED"), ("$!../../", "FILES_UNSERVED")],
)
def test_files_that_are_absent_or_private_are_not_served(read, folder, code):
    [one], section = read({"files": {"loopback#static": {"params": folder}}})
    assert not one.enabled
    assert found(section) == [("warn", code, "files.loopback#static.params")]


def test_rest_is_added_where_no_entry_names_it(read):
    entries, section = read({"auth": {"cors": {}}, "final": {"helmet": {}}})
    added = with_rest(entries, section, read_phases(section), "/v1")
    assert [(one.phase, one.name, one.paths) for one in added][1] == ("routes", "loopback#rest", ("/v1",))
    assert found(section) == [("note", "REST_ADDED", "")]


def test_cors_of_2x_fills_a_middleware_without_params(read):
    entries, _ = read({"initial": {"cors": {}}})
    assert with_cors(entries, {"origin": True, "credentials": True, "x": 1})[0].params == (
        {"origin": True, "credentials": True},
    )


# -- components --------------------------------------------------------------


def components(config, **kwargs):
    section = Section(Report(), "server/component-config.json", config)
    return read_components(section, Installed().components, **kwargs), section


@pytest.mark.parametrize(
    ("value", "on"), [({}, True), ({"mountPath": "/x"}, True), (True, True), (None, False), (False, False)]
)
def test_null_and_false_switch_a_component_off(value, on):
    [one], section = components({"loopback-component-explorer": value})
    assert (one.enabled, found(section)) == (on, [])


@pytest.mark.parametrize(
    ("name", "level", "closed"),
    [
        ("loopback-component-logger", "warn", ""),
        ("loopback-component-fixtures", "warn", ""),
        ("loopback-ds-roles", "closed", "COMPONENT_UNKNOWN"),
    ],
)
def test_components_that_nobody_has(name, level, closed):
    [one], section = components({name: {}})
    assert (one.enabled, one.closed) == (False, closed)
    assert [finding.level for finding in section.report.findings] == [level]


def test_options_of_the_explorer_without_effect_are_told():
    _, section = components({"loopback-component-explorer": {"uiDirs": ["x"], "generateOperationScopedModels": True}})
    assert [one.level for one in section.report.findings] == ["warn", "note"]


def test_the_explorer_may_be_kept_off():
    assert not components({"loopback-explorer": {}}, explorer_off=True)[0][0].enabled
