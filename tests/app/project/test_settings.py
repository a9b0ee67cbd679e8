"""What the keys of config.json come to."""

from __future__ import annotations

import pytest

from lbpy.app.project.keys import Section
from lbpy.app.project.report import Report
from lbpy.app.project.settings import FormBody, JsonBody, Rest, read_app_config
from lbpy.types import SWITCHES


def read(config, **environ):
    report = Report()
    return read_app_config(Section(report, "server/config.json", config), "test", environ), report


def found(report):
    return [(one.level, one.key) for one in report.findings]


def test_an_empty_file_gives_loopbacks_defaults():
    config, report = read({})
    assert (config.rest_api_root, config.host, config.port, config.enable_auth, config.acl_error_status) == (
        "/api",
        "0.0.0.0",
        3000,
        False,
        401,
    )
    assert config.remoting.rest == Rest(True, True, False, False, None)
    assert (config.remoting.json, config.remoting.form) == (JsonBody(102400, False), FormBody(102400, True))
    assert report.findings == ()


@pytest.mark.parametrize(("root", "used"), [("/", "/"), ("/v1", "/v1"), ("/api/", "/api"), (None, "/api")])
def test_the_api_root(root, used):
    assert read({"restApiRoot": root})[0].rest_api_root == used


@pytest.mark.parametrize("root", ["api", "", 5, ["/x"]])
def test_an_api_root_without_slash_refuses(root):
    assert found(read({"restApiRoot": root})[1]) == [("refuse", "restApiRoot")]


def test_the_environment_beats_host_and_port():
    config, _ = read({"host": "a", "port": 1}, HOST="b", PORT="2")
    assert (config.host, config.port, config.get("port"), config.get("env")) == ("b", 2, 2, "test")


@pytest.mark.parametrize(("port", "used"), [("8080", 8080), (0, 0), (None, 3000)])
def test_a_port_may_be_a_text(port, used):
    config, report = read({"port": port})
    assert (config.port, found(report)) == (used, [])


@pytest.mark.parametrize("port", [True, "x", -1, 70000, {}, 1.5])
def test_a_port_that_is_none_is_warned_of(port):
    config, report = read({"port": port}, PORT="also none")
    assert (config.port, found(report)) == (3000, [("warn", "port")])


@pytest.mark.parametrize(("value", "on", "findings"), [(True, True, 0), (False, False, 0), ("false", True, 1), (0, True, 1)])
def test_a_doubtful_enable_auth_turns_it_on(value, on, findings):
    config, report = read({"enableAuth": value})
    assert (config.enable_auth, len(report.findings)) == (on, findings)


def test_remoting_is_read():
    config, report = read(
        {
            "remoting": {
                "json": {"limit": "2kb", "type": "application/vnd.api+json"},
                "urlencoded": {"limit": "1.5mb", "extended": False},
                "rest": {
                    "handleErrors": False,
                    "handleUnknownPaths": False,
                    "xml": True,
                    "supportedTypes": ["application/json"],
                },
                "errorHandler": {"debug": True},
                "sharedMethods": {"*": False, "find": True},
            }
        }
    )
    assert config.remoting.json == JsonBody(2048, True, ("application/vnd.api+json",))
    assert config.remoting.form == FormBody(1572864, False)
    assert config.remoting.rest == Rest(False, False, False, True, ("application/json",))
    assert dict(config.remoting.error_handler) == {"debug": True}
    assert dict(config.remoting.shared_methods) == {"*": False, "find": True}
    assert report.findings == ()


@pytest.mark.parametrize(
    ("remoting", "finding"),
    [
        ({"context": {"enableHttpContext": False}}, ("note", "remoting.context")),
        ({"context": {"enableHttpContext": True}}, ("warn", "remoting.context")),
        ({"handleErrors": False}, ("note", "remoting.handleErrors")),
        ({"errorHandler": {"disableStackTrace": True}}, ("note", "remoting.errorHandler.disableStackTrace")),
        ({"queue": 1}, ("note", "remoting.queue")),
        ({"cors": True}, ("note", "remoting.cors")),
        ({"json": {"limit": "much"}}, ("warn", "remoting.json.limit")),
        ({"json": {"strict": "no"}}, ("warn", "remoting.json.strict")),
        ({"rest": {"normalizeHTTPPath": True}}, ("warn", "remoting.rest.normalizeHTTPPath")),
        ([1], ("warn", "remoting")),
    ],
)
def test_what_is_not_honoured_in_remoting_is_told(remoting, finding):
    assert found(read({"remoting": remoting})[1]) == [finding]


def test_own_keys_are_settings_and_silent():
    config, report = read({"shop": {"name": "x"}, "url": "http://x"})
    assert config.get("shop") == {"name": "x"}
    assert report.findings == ()


@pytest.mark.parametrize(("beside", "level"), [({}, "warn"), ({"restApiRoot": "/api"}, "note")])
def test_a_near_miss_of_a_known_key_is_warned_of_unless_that_key_is_there_too(beside, level):
    [one] = read({"restApiRot": "/x", **beside})[1].findings
    assert (one.level, one.remedy) == (level, "did you mean `restApiRoot`?")


def test_switches_come_from_the_file_and_from_the_run():
    config, report = read(
        {"compat": {"filterHidden": True, "lossyCoercion": False, "accept": ["a.js"]}},
        LBPY_COMPAT="nullForMissing, brokenRegexp",
    )
    assert config.settings.compat == {"filterHidden", "nullForMissing", "brokenRegexp"}
    assert config.accept == ("a.js",)
    assert report.findings == ()


def test_all_switches_for_one_run():
    assert read({}, LBPY_COMPAT="all")[0].settings.compat == SWITCHES


@pytest.mark.parametrize(
    ("config", "environ", "key"),
    [
        ({"compat": {"filterHiden": True}}, "", "compat.filterHiden"),
        ({"compat": {"filterHidden": "yes"}}, "", "compat.filterHidden"),
        ({"compat": True}, "", "compat"),
        ({}, "nonsense", "LBPY_COMPAT.nonsense"),
    ],
)
def test_an_unknown_switch_or_value_stays_off_and_is_warned_of(config, environ, key):
    read_config, report = read(config, LBPY_COMPAT=environ)
    assert read_config.settings.compat == frozenset()
    assert found(report) == [("warn", key)]


def test_limits_are_read_and_includes_are_open_unless_set():
    limits = read({"limits": {"filterBytes": None, "whereDepth": 5, "maxLimit": 100}})[0].settings.limits
    assert (limits.filter_bytes, limits.where_depth, limits.max_limit) == (None, 5, 100)
    assert (limits.include_depth, limits.include_edges, limits.include_rows) == (12, None, None)
    assert read({"limits": {"includeEdges": 9}})[0].settings.limits.include_edges == 9


@pytest.mark.parametrize("limits", [{"whereDepth": None}, {"maxLimit": 0}, {"filterBytes": "big"}, {"rows": 5}])
def test_a_limit_that_is_none_is_warned_of(limits):
    assert [level for level, _ in found(read({"limits": limits})[1])] == ["warn"]


@pytest.mark.parametrize(
    ("value", "used"),
    [(True, True), (False, False), (2, 2), ("10.0.0.1, 10.0.0.2", ("10.0.0.1", "10.0.0.2")), (["::1"], ("::1",))],
)
def test_trust_proxy_takes_express_forms(value, used):
    assert read({"trustProxy": value})[0].trust_proxy == used
    assert read({"trust proxy": value})[0].trust_proxy == used
