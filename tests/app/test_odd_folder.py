"""A made-up folder with the odd things of real ones, sections 3 to 7 of real-projects.md: it boots, and its report names each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lbpy
from lbpy.app.boot import read, rehearsed
from lbpy.app.project.reading import Project
from lbpy.testing import Client

META = {"sources": ["../common/models", "./models", "../node_modules/login-package/models"], "mixins": ["../common/mixins"]}
SERVED = {"dataSource": "db", "public": True}

ENTRIES = {
    **dict.fromkeys(("order", "File", "Ghost", "Lost", "Ruled"), SERVED),
    "Silent": {"dataSource": "db"},
    "Shut": {"dataSource": "db", "public": "false"},
    "Loose": {"dataSource": None, "public": True},
    "Clouded": {"dataSource": "cloud", "public": True},
    "Emptied": {"dataSource": "empty", "public": True},
    "Missed": {"dataSource": "gone", "public": True},
    "Mixed": {**SERVED, "$promise": {}},
}
TWICE = f'"Order": {json.dumps(SERVED)}, ' * 2
MODEL_CONFIG = f'{{"_meta": {json.dumps(META)}, {TWICE}{json.dumps(ENTRIES)[1:]}'
"""As text: one key stands in it twice."""

SERVER: dict[str, Any] = {
    "server/model-config.json": MODEL_CONFIG,
    "server/config.json": {
        "restApiRoot": "/api",
        "legacyExplorer": False,
        "restApiRot": "/v1",
        "compat": {"accept": ["mixin:Nowhere"]},
        "remoting": {
            "context": {"enableHttpContext": True},
            "cors": {"origin": True},
            "errorHandler": {"disableStackTrace": False},
            "handleErrors": False,
            "queue": 1,
        },
    },
    "server/config.local.js": "module.exports = {port: process.env.PORT};",
    "server/config.json.example": "{}",
    "server/datasources.json": {
        "db": {"name": "other", "connector": "memory"},
        "cloud": {"name": "cloud", "connector": "cloudant"},
        "empty": {"name": "empty", "connector": ""},
        "remote": {"name": "remote", "connector": "memory", "user": "${NO_SUCH_NAME}"},
    },
    "server/middleware.json": {
        "initial": {"loopback-context#per-request": {}, "csurf": {"paths": ["/api/Ruleds"]}, "unheard-of": {}},
        "parse": {"body-parser#json": {}},
        "routes": {},
        "files": {"serve-static": {"params": "$!../absent"}},
        "final": {"loopback#urlNotFound": {}},
        "final:after": {"errorhandler": {}},
    },
    "server/middleware.development.json": {"initial": {"compression": {}}},
    "server/component-config.json": {
        "loopback-component-fixtures": {},
        "loopback-component-logger": {},
    },
    "server/boot/sync.js": "module.exports = function (app) { app.get('/sync', function () {}); };",
}

ORDER = {
    "name": "Order",
    "base": "PersistedModel",
    "strict": "throw",
    "validations": [{"a": 1}],
    "settings": {"hidden": ["note"]},
    "plurall": "orders",
    "author": "me",
    "scope": {"order": {"priority": 1}},
    "mixins": {"Counts": True, "SoftDelete2": False},
    "properties": {
        "note": {"required": False},
        "paid": "bool",
        "title": {"type": "string", "required": "true"},
        "amount": {"type": "number", "default": "0"},
        "placed": {"type": "date", "default": "now"},
        "token": {"type": "string", "defaultFn": "nanoid"},
        "kind": {"type": "string", "require": True},
        "shade": {"type": "string", "unique": True},
        "lines": {"type": "array"},
    },
    "relations": {
        "customer": {"type": "belongsTo", "model": "Nobody", "foreignKey": ""},
        "parts": {"type": "hasSome", "model": "Ruled"},
        "lines": {"type": "hasMany", "model": "Ruled"},
        "subject": {"type": "belongsTo", "model": "Ruled", "polymorphic": True},
    },
}

RULED = {
    "name": "Ruled",
    "base": "PersistedModel",
    "idInjection": False,
    "properties": {"a": {"type": "string", "id": 1}, "b": {"type": "string", "id": 2}},
    "acls": [
        "all",
        {"principalType": "role", "principalId": "$everyone", "permission": "deny", "property": "find"},
        {"principalType": "ROLE", "principalId": "$boss", "permission": "ALLOW", "AccessType": "READ"},
        {"principalType": "ROLE", "principalId": "$everyone", "permissions": "DENY"},
    ],
}

MODELS: dict[str, Any] = {
    "common/models/order.json": ORDER,
    "common/models/order.js": "module.exports = function (Order) { Order.beforeRemote('create', function () {}); };",
    "common/models/small-order.json": {"name": "order", "http": {"path": "small-orders"}},
    "server/models/order.json": {"name": "Order"},
    "common/models/ruled.json": RULED,
    "common/models/lost.json": {"name": "Lost", "base": "Nowhere"},
    "common/models/mixed.json": {"name": "Mixed", "author": "me", "mixins": {"IsOwned": True}, "acls": {"deny": 1}},
    "common/models/spare.json": {"name": "Spare"},
    **{f"common/models/{one.lower()}.json": {"name": one} for one in ("File", "Silent", "Shut", "Loose", "Clouded", "Emptied", "Missed")},
}

FINDINGS = [
    ("closed", "CONNECTOR_UNKNOWN", "server/datasources.json:cloud.connector"),
    ("closed", "CONNECTOR_MISSING", "server/datasources.json:empty.connector"),
    ("closed", "ACLS_UNREADABLE", "common/models/mixed.json:acls"),
    ("closed", "MIXIN_UNKNOWN", "common/models/mixed.json:mixins.IsOwned"),
    ("closed", "SOURCE_NONE", "server/model-config.json:Loose.dataSource"),
    ("closed", "SOURCE_MISSING", "server/model-config.json:Missed.dataSource"),
    ("closed", "MIDDLEWARE_UNKNOWN", "server/middleware.json:initial.csurf"),
    ("closed", "REMOTE_HOOK", "common/models/order.js:beforeRemote.create"),
    ("warn", "REMOTING_CONTEXT", "server/config.json:remoting.context"),
    ("warn", "OVERLAY_UNREAD", "server/config.local.js"),
    ("warn", "KEY_TWICE", "server/model-config.json:Order"),
    ("warn", "OVERLAY_ADDS", "server/middleware.development.json:initial.compression"),
    ("warn", "NAME_UNRESOLVED", "server/datasources.json:remote.user"),
    ("warn", "SOURCE_FOLDER", "server/model-config.json:_meta.sources"),
    ("warn", "MODEL_TWICE", "server/models/order.json"),
    ("warn", "COMPONENT_UNKNOWN", "server/component-config.json:loopback-component-fixtures"),
    ("warn", "COMPONENT_UNKNOWN", "server/component-config.json:loopback-component-logger"),
    ("warn", "MODEL_UNDEFINED", "server/model-config.json:Ghost"),
    ("warn", "BASE_UNKNOWN", "common/models/lost.json:base"),
    ("warn", "MODEL_CASE", "server/model-config.json:order"),
    ("warn", "MODEL_RESERVED", "server/model-config.json:File"),
    ("warn", "KEY_UNKNOWN", "common/models/order.json:plurall"),
    ("warn", "SETTINGS_KEY", "common/models/order.json:settings"),
    ("warn", "SCOPE_PART", "common/models/order.json:scope.order"),
    ("warn", "MIXIN_UNKNOWN", "common/models/order.json:mixins.Counts"),
    ("warn", "TYPE_MISSING", "common/models/order.json:properties.note"),
    ("warn", "TYPE_UNKNOWN", "common/models/order.json:properties.paid"),
    ("warn", "REQUIRED_TEXT", "common/models/order.json:properties.title.required"),
    ("warn", "DEFAULT_KIND", "common/models/order.json:properties.amount.default"),
    ("warn", "DEFAULT_NOW", "common/models/order.json:properties.placed.default"),
    ("warn", "DEFAULT_UNKNOWN", "common/models/order.json:properties.token.defaultFn"),
    ("warn", "ATTRIBUTE_UNKNOWN", "common/models/order.json:properties.kind.require"),
    ("warn", "RELATION_TARGET", "common/models/order.json:relations.customer.model"),
    ("warn", "RELATION_TYPE", "common/models/order.json:relations.parts.type"),
    ("warn", "RELATION_NAME", "common/models/order.json:relations.lines"),
    ("warn", "POLYMORPHIC_OLD", "common/models/order.json:relations.subject.model"),
    ("warn", "ACL_UNREADABLE", "common/models/ruled.json:acls[0]"),
    ("warn", "ACL_WORD", "common/models/ruled.json:acls[1].permission"),
    ("warn", "ACL_WORD", "common/models/ruled.json:acls[1].principalType"),
    ("warn", "KEY_UNKNOWN", "common/models/ruled.json:acls[2].AccessType"),
    ("warn", "ROLE_DOLLAR", "common/models/ruled.json:acls[2].principalId"),
    ("warn", "KEY_UNKNOWN", "common/models/ruled.json:acls[3].permissions"),
    ("warn", "ACL_WORD", "common/models/ruled.json:acls[3].permission"),
    ("warn", "PUBLIC_TEXT", "server/model-config.json:Shut.public"),
    ("warn", "MIDDLEWARE_UNKNOWN", "server/middleware.json:initial.unheard-of"),
    ("warn", "FILES_MISSING", "server/middleware.json:files.serve-static.params"),
    ("warn", "BOOT_UNPORTED", "server/boot/sync.js"),
    ("warn", "ACCEPT_UNUSED", "server/config.json:compat.accept"),
    ("note", "NO_EFFECT", "server/config.json:legacyExplorer"),
    ("note", "KEY_UNKNOWN", "server/config.json:restApiRot"),
    ("note", "KEY_UNKNOWN", "server/config.json:remoting.queue"),
    ("note", "NO_EFFECT", "server/config.json:remoting.handleErrors"),
    ("note", "NO_EFFECT", "server/config.json:remoting.errorHandler.disableStackTrace"),
    ("note", "SAMPLE_FILE", "server/config.json.example"),
    ("note", "SOURCE_NAME", "server/datasources.json:db.name"),
    ("note", "MODEL_UNUSED", "common/models/lost.json"),
    ("note", "MODEL_UNUSED", "common/models/spare.json"),
    ("note", "KEY_UNKNOWN", "common/models/order.json:author"),
    ("note", "KEY_UNKNOWN", "common/models/mixed.json:author"),
    ("note", "STRICT_WORD", "common/models/order.json:strict"),
    ("note", "NO_EFFECT", "common/models/order.json:validations"),
    ("note", "NO_EFFECT", "common/models/order.json:properties.shade.unique"),
    ("note", "ID_COMPOSITE", "common/models/ruled.json:properties"),
    ("note", "PUBLIC_ABSENT", "server/model-config.json:Silent.public"),
    ("note", "KEY_UNKNOWN", "server/model-config.json:Mixed.$promise"),
    ("note", "NO_EFFECT", "server/middleware.json:initial.loopback-context#per-request"),
    ("note", "NO_EFFECT", "server/middleware.json:parse.body-parser#json"),
    ("note", "ERROR_HANDLER_OLD", "server/middleware.json:final:after.errorhandler"),
    ("note", "REST_ADDED", "server/middleware.json"),
]
"""Level, code and place, from the worst to the mildest."""

Write = Callable[[Any], Path]


@pytest.fixture
def project(write: Write) -> Project:
    return read(write({**SERVER, **MODELS}), {})


def test_the_report_names_each_thing_and_nothing_else(project: Project) -> None:
    assert {(one.level, one.code, one.place()) for one in project.report.findings} == set(FINDINGS)


def test_starting_adds_nothing_to_it(project: Project) -> None:
    before = project.report.findings
    with rehearsed(project):
        assert project.report.findings == before


def test_every_finding_says_what_to_do(project: Project) -> None:
    assert [one.line() for one in project.report.findings if not one.text or not one.remedy] == []


def test_its_lines_are_fewer_than_its_findings(project: Project) -> None:
    lines = project.report.lines()
    assert len(lines) < len(FINDINGS)
    assert {line.split()[1] for line in lines} == {code for _, code, _ in FINDINGS}


@pytest.mark.parametrize("model", ["Orders", "Files", "Silents"])
def test_what_is_merely_odd_is_served(project: Project, model: str) -> None:
    assert status(project, f"/api/{model}") == 200


@pytest.mark.parametrize("model", ["Mixeds", "Ruleds"])
def test_what_cannot_be_honoured_is_closed(project: Project, model: str) -> None:
    assert status(project, f"/api/{model}") == 501


@pytest.mark.parametrize("model", ["Cloudeds", "Emptieds", "Misseds", "Looses"])
def test_what_has_no_store_is_closed(project: Project, model: str) -> None:
    assert status(project, f"/api/{model}") == 501


@pytest.mark.parametrize("model", ["Shuts", "Ghosts", "Losts", "Spares"])
def test_what_is_hidden_or_left_out_has_no_routes(project: Project, model: str) -> None:
    assert status(project, f"/api/{model}") == 404


def test_a_hook_that_does_not_run_closes_its_method_alone(project: Project) -> None:
    with rehearsed(project) as app:
        http = Client(app)
        assert http.post("/api/Orders", json={"title": "x"}).status == 501
        assert http.get("/api/Orders/count").json == {"count": 0}


def test_the_folder_boots_in_one_line(write: Write) -> None:
    with lbpy.boot(write({**SERVER, **MODELS})) as app:
        assert "/api/small-orders" in {path for _, path, _ in app.routes()}


def status(project: Project, path: str) -> int:
    with rehearsed(project) as app:
        return Client(app).get(path).status
