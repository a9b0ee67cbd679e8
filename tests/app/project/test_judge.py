"""What is said of a model definition, and what of it is left out."""

from __future__ import annotations

import pytest

from lbpy.app.project.judge import Names, judged_acls, judged_definition, judged_relations
from lbpy.app.project.keys import Section
from lbpy.app.project.report import Report

NAMES = Names(frozenset({"Note", "Customer", "User"}), frozenset({"TimeStamp"}))


def judge(stored=True, **definition):
    report = Report()
    return judged_definition(Section(report, "note.json", definition, name="Note"), NAMES, stored=stored), report


def found(report):
    return [(one.level, one.code, one.key) for one in report.findings]


def test_a_sound_definition_passes_unchanged():
    definition = {
        "name": "Note",
        "base": "PersistedModel",
        "plural": "notes",
        "options": {"validateUpsert": True},
        "properties": {
            "title": {"type": "String", "required": True},
            "tags": ["string"],
            "gone": False,
            "spot": {"x": "number"},
        },
        "relations": {"owner": {"type": "belongsTo", "model": "Customer", "foreignKey": ""}},
        "acls": [{"accessType": "*", "principalType": "ROLE", "principalId": "$everyone", "permission": "DENY"}],
        "scope": {"order": "title", "where": {"a": 1}},
        "mixins": {"TimeStamp": True, "Other": False},
        "methods": {},
        "scopes": {},
    }
    judged, report = judge(**definition)
    assert (dict(judged.definition), judged.closed, report.findings) == (definition, "", ())


def test_empty_parts_of_the_wrong_kind_are_empty():
    judged, report = judge(acls={}, methods=[], relations=[], validations=[])
    assert (judged.definition["acls"], judged.definition["methods"], judged.definition["relations"]) == ([], {}, {})
    assert report.findings == ()


@pytest.mark.parametrize(
    ("definition", "finding"),
    [
        ({"author": "x"}, ("note", "KEY_UNKNOWN", "author")),
        ({"options": {"myOwn": 1}}, ("note", "KEY_UNKNOWN", "options.myOwn")),
        ({"hiden": ["content"]}, ("warn", "KEY_UNKNOWN", "hiden")),
        ({"hiden": ["content"], "hidden": []}, ("note", "KEY_UNKNOWN", "hiden")),
        ({"options": {"Protected": ["a"]}}, ("warn", "KEY_UNKNOWN", "options.Protected")),
        ({"strict": "throw"}, ("note", "STRICT_WORD", "strict")),
        ({"settings": {"hidden": ["a"]}}, ("warn", "SETTINGS_KEY", "settings")),
        ({"settings": {"a": 1}}, ("note", "SETTINGS_KEY", "settings")),
        ({"validations": [1]}, ("note", "NO_EFFECT", "validations")),
        ({"properties": [1]}, ("warn", "WRONG_KIND", "properties")),
    ],
)
def test_keys_without_effect_are_told(definition, finding):
    assert found(judge(**definition)[1]) == [finding]


def test_a_near_miss_names_the_key_that_was_meant():
    assert judge(relation={})[1].findings[0].remedy == "did you mean `relations`?"


@pytest.mark.parametrize(
    ("spec", "finding"),
    [
        ({"required": True}, ("warn", "TYPE_MISSING", "properties.a")),
        ("bool", ("warn", "TYPE_UNKNOWN", "properties.a")),
        ({"type": ["tinyInt"]}, ("warn", "TYPE_UNKNOWN", "properties.a.type[0]")),
        ({"x": "file"}, ("warn", "TYPE_UNKNOWN", "properties.a.x")),
        (5, ("warn", "WRONG_KIND", "properties.a")),
        ({"type": 5}, ("warn", "WRONG_KIND", "properties.a.type")),
        ({"type": "string", "required": "true"}, ("warn", "REQUIRED_TEXT", "properties.a.required")),
        ({"type": "string", "require": True}, ("warn", "ATTRIBUTE_UNKNOWN", "properties.a.require")),
        ({"type": "string", "enum": ["a"]}, ("note", "NO_EFFECT", "properties.a.enum")),
        ({"type": "number", "default": "0"}, ("warn", "DEFAULT_KIND", "properties.a.default")),
        ({"type": "string", "default": 0}, ("warn", "DEFAULT_KIND", "properties.a.default")),
        ({"type": "number", "default": False}, ("warn", "DEFAULT_KIND", "properties.a.default")),
        ({"type": "date", "default": "now"}, ("warn", "DEFAULT_NOW", "properties.a.default")),
        ({"type": "string", "defaultFn": "nanoid"}, ("warn", "DEFAULT_UNKNOWN", "properties.a.defaultFn")),
    ],
)
def test_doubtful_properties_are_told(spec, finding):
    assert found(judge(properties={"a": spec})[1]) == [finding]


@pytest.mark.parametrize("spec", [{"required": True}, {"type": 5}, {"type": None, "default": 1}])
def test_a_property_without_a_usable_type_takes_anything(spec):
    assert judge(properties={"a": spec})[0].definition["properties"]["a"]["type"] == "any"


@pytest.mark.parametrize(
    "spec",
    [
        {"type": "Customer"},
        ["Customer"],
        {"type": "date", "default": "$now"},
        {"type": "boolean", "default": False},
        {"type": "string", "required": {"message": "x"}},
        {"type": "string", "mysql": {"columnName": "A"}},
        {"type": "array", "default": []},
        None,
    ],
)
def test_sound_properties_are_silent(spec):
    assert judge(properties={"a": spec})[1].findings == ()


def test_several_ids_and_none_are_told():
    two = {"a": {"type": "string", "id": True}, "b": {"type": "string", "id": True}}
    assert found(judge(properties=two)[1]) == [("note", "ID_COMPOSITE", "properties")]
    assert found(judge(properties={"id": False})[1]) == [("warn", "ID_REMOVED", "properties.id")]
    assert found(judge(stored=False, properties={"id": False})[1]) == []


@pytest.mark.parametrize(
    ("relation", "finding"),
    [
        ({"type": "hasmny", "model": "Customer"}, ("warn", "RELATION_TYPE", "relations.r.type")),
        ({"type": "hasMany", "model": "customer"}, ("warn", "RELATION_TARGET", "relations.r.model")),
        ({"type": "hasMany"}, ("warn", "RELATION_TARGET", "relations.r.model")),
        ({"type": "hasMany", "model": "Customer", "through": "Gone"}, ("warn", "RELATION_TARGET", "relations.r.through")),
    ],
)
def test_a_relation_that_cannot_be_made_is_left_out(relation, finding):
    judged, report = judge(relations={"r": relation})
    assert judged.definition["relations"] == {}
    assert found(report) == [finding]


def test_a_target_in_another_case_is_named():
    assert judge(relations={"r": {"type": "hasMany", "model": "customer"}})[1].findings[0].remedy == "did you mean `Customer`?"


def test_polymorphic_spellings_of_2x_lose_the_key_that_is_too_much():
    shape = {"as": "p", "foreignKey": "pId", "discriminator": "pType"}
    judged, report = judge(relations={"r": {"type": "belongsTo", "model": "Customer", "polymorphic": shape}})
    assert judged.definition["relations"]["r"] == {
        "type": "belongsTo",
        "polymorphic": {"foreignKey": "pId", "discriminator": "pType"},
    }
    assert [one.level for one in report.findings] == ["warn", "warn"]


def test_a_relation_named_like_a_property_is_told():
    found_here = found(judge(properties={"r": "string"}, relations={"r": {"type": "hasMany", "model": "Note"}})[1])
    assert found_here == [("warn", "RELATION_NAME", "relations.r")]


def test_model_config_may_extend_a_relation_in_parts():
    relations = {"r": {"foreignKey": "x"}, "s": {"model": "Gone"}}
    section = Section(Report(), "model-config.json", {"relations": relations})
    assert judged_relations(section, NAMES, partial=True) == {"r": {"foreignKey": "x"}}
    assert found(section.report) == [("warn", "RELATION_TARGET", "relations.s.model")]


RULE = {"principalType": "ROLE", "principalId": "$everyone", "permission": "DENY"}


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"permission": None}, ["ACL_WORD"]),
        ({"permission": "deny"}, ["ACL_WORD"]),
        ({"principalType": None}, ["ACL_WORD"]),
        ({"principalType": "role"}, ["ACL_WORD"]),
        ({"principalType": "Customer"}, []),
        ({"accessType": "read"}, ["ACL_WORD"]),
        ({"AccessType": "READ"}, ["KEY_UNKNOWN"]),
        ({"principalId": "$team"}, ["ROLE_DOLLAR"]),
        ({"property": ["find", "count"]}, []),
    ],
)
def test_doubtful_rules_are_told_and_kept(changes, codes):
    report, entry = Report(), {key: one for key, one in {**RULE, **changes}.items() if one is not None}
    assert judged_acls(Section(report, "note.json", {"acls": [entry]})) == ([entry], "")
    assert [one.code for one in report.findings] == codes


def test_rules_that_are_no_list_close_the_model():
    judged, report = judge(acls={"0": RULE})
    assert judged.closed == "ACLS_UNREADABLE"
    assert [one.level for one in report.findings] == ["closed"]


def test_a_part_of_the_scope_of_the_wrong_kind_is_left_out():
    judged, report = judge(scope={"order": {"priority": 1}, "limit": 5})
    assert judged.definition["scope"] == {"limit": 5}
    assert found(report) == [("warn", "SCOPE_PART", "scope.order")]


def test_a_scope_whose_where_cannot_be_read_closes_the_model():
    assert judge(scope={"where": "x"})[0].closed == "SCOPE_WHERE"


@pytest.mark.parametrize(
    ("mixin", "closed", "level"),
    [("SoftDelete", "MIXIN_UNKNOWN", ["closed"]), ("RowCount", "", ["warn"]), ("Customer", "", []), ("TimeStamp", "", [])],
)
def test_mixins(mixin, closed, level):
    judged, report = judge(mixins={mixin: True})
    assert judged.closed == closed
    assert [one.level for one in report.findings] == level
