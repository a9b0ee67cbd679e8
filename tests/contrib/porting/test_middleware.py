"""Middleware that is a module of the project: closed until its Python counterpart is there, which `lbpy port` begins."""

from __future__ import annotations

import pytest

from lbpy.app.boot import read, started
from lbpy.contrib.porting.stubs import write_stubs
from lbpy.errors import ProjectError

REST = {"loopback#rest": {"paths": ["${restApiRoot}"]}}
SCRIPT = "module.exports = function(options) { return function(req, res, next) { next(); }; };"
FALCON = """
class Tenant:
    def __init__(self, *params):
        self.params = params

    def process_request(self, req, resp):
        resp.set_header("X-Tenant", " ".join(map(str, self.params)))


def middleware(*params):
    return Tenant(*params)


def named(*params):
    return Tenant("named", *params)
"""
WSGI = """
def middleware(word):
    def wrap(app):
        def serve(environ, start_response):
            def start(status, headers, exc_info=None):
                return start_response(status, [*headers, ("X-Word", word)], exc_info)
            return app(environ, start)
        return serve
    return wrap
"""
HERE = "server/middleware/tenant.py"


def files(phase="auth", config=None, name="./middleware/tenant", **more):
    own = {phase: {name: {} if config is None else config}}
    middleware = {"routes": REST, **own} if phase == "final" else {**own, "routes": REST}
    return {"server/middleware.json": middleware, **more}


def ported(text, *told, **more):
    return {**files(*told, **more), HERE: text}


# -- closed -------------------------------------------------------------------


@pytest.mark.parametrize("script", [{"server/middleware/tenant.js": SCRIPT}, {}])
@pytest.mark.parametrize(
    ("phase", "config", "level", "notes", "tasks"),
    [
        ("auth", {}, "closed", 501, 501),
        ("routes:before", {"paths": ["/api/Notes"]}, "closed", 501, 200),
        ("initial", {"methods": ["POST"]}, "closed", 200, 200),
        ("final", {}, "warn", 200, 200),
        ("auth", {"optional": True}, "warn", 200, 200),
        ("auth", {"enabled": False}, None, 200, 200),
    ],
)
def test_without_a_counterpart_its_paths_and_methods_are_closed(client, verdict, script, phase, config, level, notes, tasks):
    folder = {**files(phase, config), **script}
    place = f"server/middleware.json:{phase}../middleware/tenant"
    assert verdict(folder)[1] == ([(level, "MIDDLEWARE_UNPORTED", place)] if level else [])
    http = client(folder)
    assert http.get("/api/Notes").status == notes
    assert http.get("/api/Tasks").status == tasks
    assert http.post("/api/Notes", json={}).status == (200 if level != "closed" else 501)


def test_what_was_looked_at_is_open(client):
    accepted = {"server/config.json": {"restApiRoot": "/api", "compat": {"accept": ["middleware:./middleware/tenant"]}}}
    assert client({**files(), **accepted}).get("/api/Notes").status == 200


# -- answered -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "config", "told"),
    [
        ("./middleware/tenant", {}, ""),
        ("./middleware/tenant.js", {"params": "a"}, "a"),
        ("./middleware/tenant", {"params": ["a", 2]}, "a 2"),
        ("./middleware/tenant#named", {"params": ["a"]}, "named a"),
    ],
)
def test_a_function_makes_a_falcon_middleware_from_the_params(client, name, config, told):
    answer = client(ported(FALCON, config=config, name=name)).get("/api/Notes")
    assert (answer.status, answer.headers["X-Tenant"]) == (200, told)


def test_paths_of_params_are_those_beside_the_file(client, tmp_path):
    told = client(ported(FALCON, config={"params": "$!./x"})).get("/api/Notes").headers["X-Tenant"]
    assert told == str(tmp_path / "server" / "x")


def test_a_function_makes_a_wsgi_middleware(client):
    answer = client(ported(WSGI, config={"params": "w", "paths": ["/api/Notes"]}))
    assert answer.get("/api/Notes").headers["X-Word"] == "w"
    assert answer.get("/api/Tasks").headers["X-Word"] is None


def test_a_folder_with_an_index_is_a_module(client):
    assert client({**files(), "server/middleware/tenant/index.py": FALCON}).get("/api/Notes").headers["X-Tenant"] == ""


@pytest.mark.parametrize(
    ("text", "config", "told"),
    [
        ("x = 1\n", {}, "server/middleware/tenant.py: defines no function middleware"),
        (WSGI, {}, "server/middleware/tenant.py: TypeError"),
        ("def middleware():\n    raise KeyError('secret')\n", {}, "server/middleware/tenant.py: KeyError in line 2"),
    ],
)
def test_a_counterpart_that_fails_is_named_with_its_file(write, text, config, told):
    with pytest.raises(ProjectError) as refused:
        started(read(write(ported(text, config=config)), {}))
    assert str(refused.value) == told


def test_what_it_makes_may_be_no_middleware_at_all(write):
    with pytest.raises(ProjectError, match=r"middleware '\./middleware/tenant' in auth"):
        started(read(write(ported("def middleware():\n    return 5\n")), {}))


# -- stubs --------------------------------------------------------------------


def test_a_stub_is_written_and_keeps_the_paths_closed_until_it_is_filled(write, client):
    folder = {**files(name="./middleware/tenant#named", config={"params": ["a"]}), "server/middleware/tenant.js": SCRIPT}
    assert write_stubs(read(write(folder), {})) == [HERE]
    project = read(write({}), {})
    text = (project.root / HERE).read_text("utf-8")
    assert "def named(*params: Any) -> object:" in text
    project = read(write({**folder, HERE: text}), {})
    assert [(one.code, one.file) for one in project.report.findings] == [("STUB_OPEN", HERE)]
    assert client({**folder, HERE: text}).get("/api/Notes").status == 501
    assert client({**folder, HERE: FALCON}).get("/api/Notes").headers["X-Tenant"] == "named a"
