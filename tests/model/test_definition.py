"""What LoopBack's model JSON means: keys, properties, types, defaults, and how a child is merged over its base."""

import dataclasses
import uuid
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from lbpy.errors import DefinitionError
from lbpy.model.definition import ModelDefinition, Property, attached, define, merge_settings, united, with_id
from lbpy.model.kinds import SIMPLE_KINDS, Array, ListOf, Nested

KEY = {"id": {"type": "number", "id": True, "generated": True}}


# -- top-level keys


def test_definitions_are_frozen(read):
    made = read({"properties": KEY})
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.name = "Other"
    with pytest.raises(TypeError):
        made.properties["x"] = made.id
    assert isinstance(made.settings, MappingProxyType)


def test_what_stands_in_options_wins_over_the_same_key_at_the_top(read):
    made = read({"strict": False, "forceId": True, "options": {"strict": True, "validateUpsert": True}})
    assert (made.strict, made.force_id, made.setting("validateUpsert")) == ("reject", True, True)


def test_every_other_key_is_a_setting(read):
    made = read({"mongodb": {"collection": "things"}, "strictDelete": True, "scopes": {"a": {}}, "methods": {}, "validations": []})
    assert made.setting("mongodb") == {"collection": "things"}
    assert made.setting("strictDelete") is True
    assert made.setting("nothing", 5) == 5
    assert not {"name", "properties", "options", "base"} & made.settings.keys()


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({}, "/People"),
        ({"plural": "folk"}, "/folk"),
        ({"http": {"path": "crowd"}}, "/crowd"),
        ({"http": {"path": "/a/b"}}, "/a/b"),
        ({"plural": "folk", "http": {"path": "crowd"}}, "/crowd"),
        ({"plural": "folk", "http": {}}, "/folk"),
    ],
)
def test_the_path_comes_from_http_then_plural_then_the_name(read, spec, path):
    made = read({"name": "Person", **spec})
    assert made.path == path
    assert made.default_path == (path == "/People")


@pytest.mark.parametrize(("value", "strict"), [(True, "reject"), (False, "off"), ("filter", "filter"), ("throw", "reject"), (None, "off")])
def test_strict(read, value, strict):
    assert read({"strict": value}).strict == strict


@pytest.mark.parametrize("spelling", ["hidden", "hiddenProperties"])
@pytest.mark.parametrize("names", [["a", "b"], {"a": True, "b": True, "c": False}])
def test_hidden_properties_as_list_or_map_under_either_name(read, spelling, names):
    assert read({spelling: names}).hidden == {"a", "b"}


def test_protected_properties_under_either_name(read):
    assert read({"protected": ["a"], "protectedProperties": {"b": True}}).protected == {"a", "b"}


@pytest.mark.parametrize(
    ("key", "setting", "on"),
    [
        ({"type": "number", "id": True, "generated": True}, "unset", True),
        ({"type": "number", "id": True, "generated": True}, "auto", True),
        ({"type": "number", "id": True, "generated": True}, False, False),
        ({"type": "string", "id": True}, "unset", False),
        ({"type": "string", "id": True}, "auto", False),
        ({"type": "string", "id": True}, True, True),
        ({"type": "string", "id": True, "defaultFn": "uuid"}, "unset", False),
    ],
)
def test_ids_are_forced_where_the_store_makes_them(read, key, setting, on):
    given = {} if setting == "unset" else {"forceId": setting}
    assert read({"properties": {"id": key}, **given}).force_id is on


def test_a_model_without_an_id_gets_one_unless_told_otherwise(read):
    made = with_id(read({"properties": {"a": "string"}}))
    assert (list(made.properties), made.id.generated, made.force_id) == (["a", "id"], True, True)
    assert with_id(read({"idInjection": False})).id is None
    own = read({"properties": {"code": {"type": "string", "id": True}}})
    assert with_id(own) is own


def test_an_id_of_two_properties_is_no_single_id(read):
    made = read({"properties": {"a": {"type": "number", "id": 1}, "b": {"type": "number", "id": 2}}})
    assert (made.id, made.properties["b"].id) == (None, 2)
    assert with_id(made) is made


def test_a_generated_id_takes_the_kind_of_the_store(read):
    text = SIMPLE_KINDS["string"]
    assert attached(read({"properties": KEY}), text).id.kind is text
    kept = {"id": {**KEY["id"], "useDefaultIdType": False}}
    assert attached(read({"properties": kept}), text).id.kind is SIMPLE_KINDS["number"]
    own = read({"properties": {"id": {"type": "date", "id": True}}})
    assert attached(own, text) is own


# -- properties


@pytest.mark.parametrize("name", sorted(SIMPLE_KINDS))
def test_types_are_named_in_any_case(read, name):
    assert read({"properties": {"a": name.upper()}}).properties["a"].kind is SIMPLE_KINDS[name]


def test_the_short_form_means_the_same_as_the_long_one(read):
    assert read({"properties": {"a": "date"}}) == read({"properties": {"a": {"type": "date"}}})


@pytest.mark.parametrize("spec", [["string"], {"type": ["string"]}])
def test_a_list_of_one_type(read, spec):
    kind = read({"properties": {"a": spec}}).properties["a"].kind
    assert isinstance(kind, ListOf)
    assert kind.item is SIMPLE_KINDS["string"]


def test_an_empty_list_is_a_list_of_anything(read):
    assert type(read({"properties": {"a": []}}).properties["a"].kind) is Array


@pytest.mark.parametrize("spec", [{"x": "number"}, {"type": {"x": "number"}}])
def test_an_inline_object_is_nested(read, spec):
    kind = read({"properties": {"a": spec}}).properties["a"].kind
    assert isinstance(kind, Nested)
    assert (kind.name, dict(kind.fields)) == ("", {"x": SIMPLE_KINDS["number"]})


def test_an_inline_object_may_have_a_property_called_type(read):
    kind = read({"properties": {"a": {"type": {"type": "string", "n": "number"}}}}).properties["a"].kind
    assert kind is SIMPLE_KINDS["string"]


def test_the_name_of_a_model_nests_it(read):
    properties = {"x": "number", "pin": "string", "own": "string"}
    inner = read({"name": "Inner", "properties": properties, "hidden": ["pin"], "protected": ["own"]})
    kind = read({"properties": {"a": "Inner", "b": ["Inner"]}}, Inner=inner).properties["b"].kind.item
    assert (kind.name, list(kind.fields), kind.hidden) == ("Inner", ["x", "pin", "own"], {"pin", "own"})


def test_a_model_called_like_a_type_is_that_model(read):
    inner = read({"name": "Date", "properties": {"x": "number"}})
    assert isinstance(read({"properties": {"a": "Date"}}, Date=inner).properties["a"].kind, Nested)


@pytest.mark.parametrize("name", ["integer", "Unknown"])
def test_a_type_that_nobody_knows_is_any(read, name):
    assert read({"properties": {"a": name}}).properties["a"].kind is SIMPLE_KINDS["any"]


@pytest.mark.parametrize("spec", [{"type": 5}, 7])
def test_what_can_be_no_type_is_a_definition_error_that_says_where(read, spec):
    with pytest.raises(DefinitionError, match=r"Thing\.a"):
        read({"properties": {"a": spec}})


@pytest.mark.parametrize("name", ["a.b", "constructor", "__proto__", "prototype"])
def test_names_that_no_property_can_have(read, name):
    with pytest.raises(DefinitionError, match="Thing"):
        read({"properties": {name: "string"}})


def test_attributes_of_a_property(read):
    one = read(
        {
            "properties": {
                "a": {
                    "type": "string",
                    "required": {"message": "is needed"},
                    "index": {"unique": True},
                    "persistDefaultValues": False,
                    "applyDefaultOnWrites": False,
                    "length": 20,
                    "documented": False,
                    "postgresql": {"columnName": "aa"},
                    "min": 3,
                }
            }
        }
    ).properties["a"]
    assert (one.required, one.required_message, one.unique, one.index) == (True, "is needed", True, {"unique": True})
    assert (one.persist_default, one.default_on_write) == (False, False)
    assert one.stores == {"postgresql": {"columnName": "aa"}}
    assert (one.extra["length"], one.extra["min"], one.extra["documented"]) == (20, 3, False)


def test_attributes_of_a_property_left_out(read):
    one = read({"properties": {"a": "string"}}).properties["a"]
    assert one == Property("a", SIMPLE_KINDS["string"])
    assert (one.required, one.default, one.index, one.unique, one.persist_default, one.default_on_write) == (
        False, None, False, False, True, True,
    )  # fmt: skip


# -- defaults


def default_of(read, **attributes):
    return read({"properties": {"a": attributes}}).properties["a"].default


@pytest.mark.parametrize("value", ["x", 5, False, None, ""])
def test_a_constant_default(read, value):
    assert default_of(read, type="any", default=value)() == value


@pytest.mark.parametrize("value", [[], {}, [{"a": []}]])
def test_a_list_or_object_as_default_is_a_fresh_one_each_time(read, value):
    default = default_of(read, type="any", default=value)
    assert default() == value
    assert default() is not default()
    assert not value or default()[0]["a"] is not default()[0]["a"]


@pytest.mark.parametrize("attributes", [{"default": "$now"}, {"defaultFn": "now"}])
def test_now(read, attributes):
    before = datetime.now(UTC).replace(microsecond=0)
    made = default_of(read, type="date", **attributes)()
    assert before <= made <= datetime.now(UTC)
    assert made.microsecond % 1000 == 0


@pytest.mark.parametrize(("name", "version"), [("guid", 1), ("uuid", 1), ("uuidv4", 4)])
def test_unique_ids(read, name, version):
    default = default_of(read, type="string", defaultFn=name)
    assert uuid.UUID(default()).version == version
    assert default() != default()


def test_short_ids(read):
    default = default_of(read, type="string", defaultFn="shortid")
    assert len(default()) <= 14
    assert default() != default()


def test_an_unknown_function_gives_no_default(read):
    assert default_of(read, type="string", defaultFn="random") is None


def test_a_default_wins_over_a_function(read):
    assert default_of(read, type="string", default="x", defaultFn="uuid")() == "x"


@pytest.mark.parametrize(
    ("kind", "value", "misfit"),
    [
        ("number", 5, False),
        ("number", "0", True),
        ("boolean", 0, True),
        ("date", "now", True),
        ("string", "", False),
        (["date"], [], False),
    ],
)
def test_a_default_of_another_type_is_kept_as_written(read, kind, value, misfit):
    one = read({"properties": {"a": {"type": kind, "default": value}}}).properties["a"]
    assert (one.default(), one.misfit) == (value, misfit)


# -- merging


BASE = {
    "name": "Base",
    "plural": "bases",
    "description": ["old"],
    "strict": True,
    "hidden": ["a"],
    "properties": {**KEY, "a": {"type": "string", "required": True}, "b": "number"},
    "acls": [{"permission": "DENY"}],
    "relations": {"x": {"type": "hasMany", "model": "X"}, "y": {"type": "belongsTo", "model": "Y"}},
    "scopes": {"one": {"where": {"a": 1}}},
    "scope": {"where": {"a": 1}},
    "indexes": {"i": {"keys": {"a": 1}}},
    "mixins": {"Stamp": {"created": True}},
    "methods": {"f": {"accepts": []}},
    "mine": {"list": [1, 2], "deep": {"k": 1}},
    "mongodb": {"collection": "c"},
}


@pytest.fixture
def child(read):
    base = read(BASE)
    return lambda **spec: read({"name": "Child", **spec}, base=base)


def test_own_properties_come_first_then_inherited_ones(child):
    assert list(child(properties={"z": "string"}).properties) == ["z", "id", "a", "b"]


def test_a_property_of_the_child_replaces_the_whole_entry(child):
    assert child(properties={"a": "number"}).properties["a"] == Property("a", SIMPLE_KINDS["number"])


@pytest.mark.parametrize("removal", [{"properties": {"a": None}}, {"properties": {"a": False}}, {"excludeBaseProperties": ["a"]}])
def test_an_inherited_property_can_be_removed(child, removal):
    assert list(child(**removal).properties) == ["id", "b"]


def test_an_id_of_the_childs_own_drops_the_inherited_one(child):
    made = child(properties={"code": {"type": "string", "id": True}})
    assert ("id" in made.properties, made.id.name, made.force_id) == (False, "code", False)


def test_lists_of_hidden_names_are_united_whatever_their_form(child, read):
    assert child(hidden={"b": True}).hidden == {"a", "b"}
    old = read({"hiddenProperties": ["a"]})
    assert read({"hiddenProperties": {"b": True}}, base=old).hidden == {"a", "b"}
    assert read({"hidden": ["c"]}, base=old).hidden == {"a", "c"}


def test_rules_of_access_are_appended(child):
    assert child(acls=[{"permission": "ALLOW"}]).setting("acls") == [{"permission": "DENY"}, {"permission": "ALLOW"}]


def test_a_relation_is_replaced_whole(child):
    relations = child(relations={"x": {"type": "hasOne"}}).setting("relations")
    assert relations == {"x": {"type": "hasOne"}, "y": {"type": "belongsTo", "model": "Y"}}


@pytest.mark.parametrize(
    ("key", "own", "merged"),
    [
        ("scopes", {"two": {}}, {"one": {"where": {"a": 1}}, "two": {}}),
        ("scope", {"order": "a"}, {"where": {"a": 1}, "order": "a"}),
        ("indexes", {"i": {"options": {"unique": True}}}, {"i": {"keys": {"a": 1}, "options": {"unique": True}}}),
        ("mixins", {"Stamp": {"updated": False}}, {"Stamp": {"created": True, "updated": False}}),
        ("methods", {"g": {}}, {"f": {"accepts": []}, "g": {}}),
        ("mine", {"list": [2, 3], "deep": {"l": 2}}, {"list": [1, 2, 3], "deep": {"k": 1, "l": 2}}),
        ("mongodb", {"indexes": 1}, {"collection": "c", "indexes": 1}),
        ("description", ["new"], ["new"]),
        ("strict", False, False),
        ("plural", "children", "children"),
    ],
)
def test_settings_are_merged(child, key, own, merged):
    assert child(**{key: own}).setting(key) == merged


def test_plural_and_path_are_inherited(child, read):
    assert child().path == "/bases"
    routed = read({"name": "Routed", "http": {"path": "/r"}})
    assert read({"name": "Child", "plural": "kids"}, base=routed).path == "/r"
    assert read({"name": "Child"}, base=read({"name": "Plain"})).path == "/Children"


def test_merging_changes_neither_side(child):
    child(acls=[{"permission": "ALLOW"}], mine={"list": [9]}, hidden=["b"])
    assert BASE["acls"] == [{"permission": "DENY"}]
    assert merge_settings({"a": [1]}, {}) == {"a": [1]}


def test_of_several_bases_the_first_wins():
    def one(name: str, **properties: str) -> ModelDefinition:
        return define(name, {key: Property(key, SIMPLE_KINDS[kind]) for key, kind in properties.items()}, {"hidden": [*properties]})

    both = united([one("A", x="string", a="date"), one("B", x="number", b="date")])
    assert list(both.properties) == ["x", "a", "b"]
    assert both.properties["x"].kind is SIMPLE_KINDS["string"]
    assert both.hidden == {"x", "a", "b"}
    assert united([]) is None
