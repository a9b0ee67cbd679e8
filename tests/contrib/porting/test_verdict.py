"""What the scripts of a folder close, switch off or only warn of (source: real-projects.md 2.1, 9)."""

import pytest

from lbpy.app.boot import read
from lbpy.app.ported import EVERYTHING

NOTE = "common/models/note.js"


def script(body, parameter="Note"):
    return f"'use strict';\nmodule.exports = function({parameter}) {{\n{body}\n}};\n"


def closed_by(verdict, body):
    return verdict({NOTE: script(body)})[0].closed.get("Note", ())


# -- access control ----------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("server/boot/authentication.js", "module.exports = function enableAuthentication(server) {\n  server.enableAuth();\n};\n"),
        ("server/server.js", "var app = loopback(); app.enableAuth();"),
        ("server/boot/x.js", "module.exports = function(app) { if (process.env.AUTH) { app.enableAuth({datasource: 'db'}); } };"),
    ],
)
def test_enable_auth_counts_wherever_it_stands(verdict, file, text):
    assert verdict({file: text})[0].enables_auth


@pytest.mark.parametrize("text", ["// server.enableAuth();", "/*\n server.enableAuth();\n*/", "log('x')"])
def test_enable_auth_in_a_comment_does_not_count(verdict, text):
    assert not verdict({"server/boot/authentication.js": script(text, "server")})[0].enables_auth


def test_the_scaffold_needs_no_counterpart(verdict):
    root = "module.exports = function(server) {\n  // Install a `/` route\n  var router = server.loopback.Router();\n"
    root += "  router.get('/', server.loopback.status());\n  server.use(router);\n};\n"
    auth = script("  // enable authentication\n  server.enableAuth();", "server")
    ported, found = verdict({"server/boot/root.js": root, "server/boot/authentication.js": auth, NOTE: script("")})
    assert found == []
    assert not ported.closes_api


# -- methods switched off ----------------------------------------------------


def test_methods_that_are_switched_off_by_name_stay_so(verdict):
    body = """Note.disableRemoteMethodByName('upsert');
    Note.disableRemoteMethodByName('prototype.__get__tags');
    Note.disableRemoteMethod('updateAttributes', false);
    ['exists', 'count'].forEach(function(name) { Note.disableRemoteMethod(name, true); });"""
    ported, found = verdict({NOTE: script(body)})
    assert ported.disabled == {"Note": ("upsert", "prototype.__get__tags", "prototype.updateAttributes", "exists", "count")}
    assert not ported.closed
    assert [one for one in found if one[0] == "closed"] == []


def test_methods_switched_off_for_models_that_are_computed_close_the_api(verdict):
    body = "['Note', 'Task'].forEach(name => app.models[name].disableRemoteMethodByName('create'));"
    assert verdict({"server/boot/x.js": script(body, "app")})[0].closes_api


def test_methods_switched_off_by_computation_close_the_model(verdict):
    assert closed_by(verdict, "Note.sharedClass.methods().forEach(function(m) { Note.disableRemoteMethod(m.name); });") == (EVERYTHING,)


def test_a_helper_that_switches_methods_off_is_read_too(verdict):
    files = {NOTE: script("require('../off')(Note);"), "common/off.js": "module.exports = M => { M.disableRemoteMethodByName('find'); };"}
    assert verdict(files)[0].disabled == {"Note": ("find",)}


# -- hooks -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "closed"),
    [
        ("Note.beforeRemote('create', f)", ("create",)),
        ("Note.beforeRemote('prototype.*', f)", ("prototype.*",)),
        ("Note.beforeRemote('**', f)", ("**",)),
        ("Note.beforeRemote(name, f)", ("**",)),
        ("Note.afterRemote('find', f)", ("find",)),
        ("Note.afterRemote('prototype.__get__tags', f)", ("prototype.__get__tags",)),
        ("Note.afterRemote('create', f)", ()),
        ("Note.observe('access', f)", ("**",)),
        ("Note.observe('loaded', f)", ("**",)),
        ("Note.observe('after save', f)", ()),
        ("Note.observe('before save', f)", ()),
        ("Note.settings.acls.push({})", ("**",)),
        ("Note.createOptionsFromRemotingContext = function(ctx) {}", ("**",)),
    ],
)
def test_hooks_close_what_they_ran_at(verdict, body, closed):
    assert closed_by(verdict, body) == closed


@pytest.mark.parametrize(
    ("word", "closes"), [("userId", True), ("user_id", True), ("unauthorized", True), ("acl", True), ("author", False), ("oracle", False)]
)
def test_hooks_on_writing_close_where_the_script_speaks_of_protecting(verdict, word, closes):
    closed = closed_by(verdict, f"Note.observe('before save', function(ctx) {{ ctx.{word}(); }})")
    assert ("create" in closed, "find" in closed, "deleteById" in closed) == (closes, False, False)


def test_hooks_on_deleting_close_deleting_only(verdict):
    closed = closed_by(verdict, "Note.observe('before delete', function(ctx) { check(ctx.token); })")
    assert ("deleteById" in closed, "create" in closed) == (True, False)


def test_the_words_of_a_required_module_count_and_an_absent_one_too(verdict):
    observe = "Note.observe('before save', require('../check'))"
    with_words = {NOTE: script(observe), "common/check.js": "module.exports = ctx => ctx.options.accessToken;"}
    assert "create" in verdict(with_words)[0].closed["Note"]
    assert "create" in verdict({NOTE: script("Note.observe('before save', require('../gone'))")})[0].closed["Note"]


def test_unguarded_hooks_are_told(verdict):
    assert verdict({NOTE: script("Note.observe('before save', f)")})[1] == [("warn", "OPERATION_HOOK", f"{NOTE}:observe.before_save")]


def test_replaced_methods_are_closed(verdict):
    body = "var find = Note.find; Note.find = function(f, cb) { find.call(Note, {where: {ownerId: 1}}, cb); };"
    assert closed_by(verdict, body) == ("find",)
    assert closed_by(verdict, "ctx.query.where.count = 5; ctx.result.find = secret") == ()


def test_a_boot_script_closes_the_model_that_it_names(verdict):
    files = {"server/boot/x.js": script("var Note = app.models.Note; Note.beforeRemote('find', f)", "app")}
    assert verdict(files)[0].closed == {"Note": ("find",)}


def test_a_hook_on_what_is_read_closes_the_ways_by_relations(verdict):
    task = {"name": "Task", "properties": {}, "relations": {"notes": {"type": "hasMany", "model": "Note", "foreignKey": ""}}}
    ported, _ = verdict({NOTE: script("Note.observe('access', f)"), "common/models/task.json": task})
    assert ported.closed["Task"] == ("prototype.__*__notes",)
    assert ported.kept_out == {"Task": ("notes",)}


# -- the whole API -----------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "closes"),
    [
        ("app.use(function(req, res, next) { if (!req.accessToken) res.status(401).end(); })", True),
        ("app.use(guard(token))", True),
        ("app.use('/api', guard(token))", True),
        ("app.use('/hook', guard(token))", False),
        ("app.use(loopback.token({currentUserLiteral: 'me'}))", False),
        ("app.use(app.get('restApiRoot'), server.loopback.rest())", False),
        ("app.middleware('session', session({secret: 'x'}))", False),
        ("app.middleware('auth:before', function(req) { req.token })", True),
        ("app.middleware('final', function(req) { req.token })", False),
        ("app.use(function(req, res, next) { count++; next(); })", False),
        ("app.remotes().phases.addBefore('invoke', 'x').use(function(ctx) { ctx.userId })", True),
        ("app.models.ACL.create({model: 'Note'})", True),
    ],
)
def test_a_guarding_handler_closes_the_api(verdict, body, closes):
    assert verdict({"server/boot/x.js": script(body, "app")})[0].closes_api is closes


def test_own_components_close_the_api_where_they_may_guard(verdict):
    config = {"server/component-config.json": {"./components/x": {}}}
    assert verdict({**config, "server/components/x.js": "module.exports = app => { app.token = 1; };"})[0].closes_api
    ported, found = verdict({**config, "server/components/x.js": "module.exports = app => { app.counter = 1; };"})
    assert not ported.closes_api
    assert found == [("warn", "COMPONENT_UNPORTED", "server/components/x.js")]


# -- roles, rest -------------------------------------------------------------


def test_roles_without_resolver_are_known(verdict):
    body = "app.models.Role.registerResolver('member', f); Role.registerResolver(x, f)"
    ported, found = verdict({"server/boot/r.js": script(body, "app")})
    assert ported.roles == {"member", "*"}
    assert ("warn", "ROLE_UNPORTED", "server/boot/r.js:registerResolver.member") in found


def test_remote_methods_and_rules_are_told(verdict):
    body = "Note.remoteMethod('a', {}); Note.remoteMethod('b', {}); Note.validatesUniquenessOf('title');"
    _, found = verdict({NOTE: script(body)})
    assert [one[1] for one in found] == ["VALIDATION", "REMOTE_METHODS"]


def test_boot_scripts_are_told_with_what_to_do(write):
    from_text = {"server/boot/a.js": script("app.get('/x', f)", "app"), "server/boot/b.js": script("ds.autoupdate()", "app")}
    lines = read(write(from_text), {}).report.lines()
    assert [line.partition(" does")[0] for line in lines] == ["warn BOOT_UNPORTED server/boot/a.js", "warn BOOT_UNPORTED server/boot/b.js"]
    assert "1 routes of its own answer 404" in lines[0]
    assert '"autoupdate": true' in lines[1]


def test_what_a_person_looked_at_is_open(verdict):
    config = {"restApiRoot": "/api", "compat": {"accept": [NOTE]}}
    ported, found = verdict({NOTE: script("Note.observe('access', f)"), "server/config.json": config})
    assert not ported.closed
    assert [one[0] for one in found] == ["note"]


def test_a_counterpart_lifts_its_script_only(verdict):
    python = "from lbpy import PersistedModel\n\n\nclass Note(PersistedModel):\n    pass\n"
    files = {NOTE: script("Note.observe('access', f)"), "common/models/note.py": python}
    files["common/models/task.js"] = script("Task.observe('access', f)", "Task")
    assert verdict(files)[0].closed == {"Task": (EVERYTHING,)}


# -- over HTTP ---------------------------------------------------------------


def test_closed_routes_answer_501_and_tell_nothing(client):
    http = client({NOTE: script("Note.beforeRemote('create', f)")})
    answer = http.post("/api/Notes", json={"title": 1})
    error = {"statusCode": 501, "name": "Error", "code": "NOT_PORTED", "message": "This operation is not available."}
    assert (answer.status, answer.json) == (501, {"error": error})
    assert http.get("/api/Notes").json == []


def test_authorisation_answers_before_501(client):
    acls = [{"principalType": "ROLE", "principalId": "$everyone", "permission": "DENY", "property": "*"}]
    note = {"name": "Note", "properties": {}, "acls": acls}
    auth = {"server/boot/authentication.js": script("server.enableAuth();", "server"), "common/models/note.json": note}
    http = client({**auth, NOTE: script("Note.observe('access', f)")})
    assert http.get("/api/Notes").status == 401
    assert http.get("/api/Tasks").status == 200


def test_disabled_methods_have_no_routes(client):
    http = client({NOTE: script("Note.disableRemoteMethodByName('upsert'); Note.disableRemoteMethodByName('findById')")})
    assert http.patch("/api/Notes", json={}).status == 404
    assert http.get("/api/Notes/1").status == 404
    assert http.get("/api/Notes").status == 200


# -- mixins that stand in ----------------------------------------------------


@pytest.mark.parametrize(("file", "name"), [("time-stamp", "TimeStamp"), ("timestamp", "Timestamp"), ("TimeStamp", "TimeStamp")])
def test_a_script_that_the_built_in_mixin_stands_in_for_is_noted(verdict, file, name):
    files = {
        "common/models/note.json": {"name": "Note", "mixins": {name: True}},
        f"common/mixins/{file}.js": "module.exports = function(Model) { Model.observe('before save', stamp); };",
    }
    assert ("note", "MIXIN_BUILT_IN", f"common/mixins/{file}.js") in verdict(files)[1]
    counterpart = {**files, f"common/mixins/{file}.py": "def mixin(model, options):\n    pass\n"}
    assert not [code for _, code, _ in verdict(counterpart)[1] if code == "MIXIN_BUILT_IN"]
