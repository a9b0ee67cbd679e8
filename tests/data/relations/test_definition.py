"""What LoopBack's JSON of a relation means."""

from __future__ import annotations

from typing import Any

import pytest

from lbpy.data.relations.definition import Polymorphic, RelationDefinition, read_relation
from lbpy.errors import DefinitionError


def read(name: str = "parts", **spec: Any) -> RelationDefinition:
    return read_relation("OrderItem", name, spec)


def test_a_belongs_to_keeps_its_key_under_its_own_name() -> None:
    assert read("maker", type="belongsTo", model="Factory").foreign_key == "makerId"


@pytest.mark.parametrize("type", ["hasMany", "hasOne", "hasmany", "HASMANY"])
def test_the_other_side_keeps_a_key_named_after_the_owner(type: str) -> None:
    assert read(type=type, model="Part").foreign_key == "orderItemId"


def test_empty_text_is_the_default_key() -> None:
    assert read(type="hasMany", model="Part", foreignKey="").foreign_key == "orderItemId"


def test_a_list_of_keys_is_named_after_the_target() -> None:
    assert read(type="referencesMany", model="Part").foreign_key == "partIds"


@pytest.mark.parametrize(
    ("name", "type", "place"),
    [("x", "embedsOne", "part"), ("x", "embedsMany", "parts"), ("part", "embedsOne", "_part"), ("parts", "embedsMany", "_parts")],
)
def test_embedded_rows_never_lie_under_the_name_of_the_relation(name: str, type: str, place: str) -> None:
    assert read(name, type=type, model="Part").place == place


@pytest.mark.parametrize(
    "shape", [True, "parts", {"selector": "parts"}, {"as": "parts"}, {"foreignKey": "partsId", "discriminator": "partsType"}]
)
def test_every_form_of_polymorphic_says_key_and_discriminator(shape: Any) -> None:
    assert read(type="belongsTo", polymorphic=shape).polymorphic == Polymorphic("partsId", "partsType")


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({"type": "belongsTo"}, "BELONGS_TO_MISSING_MODEL"),
        ({"type": "belongsTo", "model": "A", "polymorphic": True}, "POLYMORPHIC_BELONGS_TO_MODEL"),
        ({"type": "hasMany", "polymorphic": "a"}, "POLYMORPHIC_NOT_BELONGS_TO_MISSING_MODEL"),
        ({"type": "hasMany", "model": "A", "polymorphic": {"foreignKey": "k"}}, "POLYMORPHIC_MISSING_DISCRIMINATOR"),
        ({"type": "hasMany", "model": "A", "polymorphic": {"discriminator": "d"}}, "POLYMORPHIC_MISSING_FOREIGN_KEY"),
        (
            {"type": "hasMany", "model": "A", "polymorphic": {"as": "x", "foreignKey": "k", "discriminator": "d"}},
            "POLYMORPHIC_EXTRANEOUS_AS",
        ),
        (
            {"type": "hasMany", "model": "A", "polymorphic": {"selector": "x", "foreignKey": "k", "discriminator": "d"}},
            "POLYMORPHIC_EXTRANEOUS_SELECTOR",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_loopbacks_code(spec: dict[str, Any], code: str) -> None:
    with pytest.raises(DefinitionError, match=f"OrderItem.parts.*{code}"):
        read(**spec)


def test_an_unknown_type_and_a_taken_name_are_refused() -> None:
    with pytest.raises(DefinitionError, match="unknown type"):
        read(type="hasSome", model="A")
    with pytest.raises(DefinitionError, match="taken"):
        read("trigger", type="hasMany", model="A")
