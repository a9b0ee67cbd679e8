"""The transient connector makes ids and forgets the rest."""

import re
from typing import Any

import pytest

from lbpy.connectors.transient import TransientCollection, connect
from lbpy.data.contract import SourcePlace
from lbpy.errors import ProjectError
from lbpy.model.definition import attached, from_json
from lbpy.query.nodes import EVERY_ROW, Filter

GENERATED = {"name": "string", "id": {"type": "number", "id": True, "generated": True}}


def ghosts(properties: dict[str, Any] = GENERATED, **settings: Any) -> TransientCollection:
    connector = connect(settings, SourcePlace("nowhere", "."))
    definition = from_json({"name": "Ghost", "properties": properties}, lambda _: None)
    return connector.collection(attached(definition, connector.id_kind))


def test_a_created_row_gets_24_hexadecimal_digits() -> None:
    row = ghosts().create({"name": "Boo"})
    assert row["name"] == "Boo"
    assert re.fullmatch("[0-9a-f]{24}", row["id"])


def test_number_ids_have_at_most_four_digits() -> None:
    made = [ghosts(defaultIdType="number").create({})["id"] for _ in range(20)]
    assert all(0 < id < 10_000 for id in made)


def test_a_given_id_is_kept() -> None:
    assert ghosts().create({"id": "up1"}) == {"id": "up1"}


def test_ids_may_be_made_by_a_function() -> None:
    made = ghosts(generateId=lambda model, row, id: f"{model}-{row['name']}-{id}").create({"name": "Boo"})
    assert made["id"] == "Ghost-Boo-id"


def test_a_model_without_an_id_gets_none() -> None:
    assert ghosts({"name": "string"}).create({"name": "Boo"}) == {"name": "Boo"}


def test_the_given_row_is_not_changed() -> None:
    row = {"name": "Boo"}
    ghosts().create(row)
    assert row == {"name": "Boo"}


def test_nothing_is_kept() -> None:
    rows = ghosts()
    id = rows.create({"name": "Boo"})["id"]
    assert (rows.find(Filter()), rows.count(EVERY_ROW)) == ([], 0)
    assert (rows.update(EVERY_ROW, {"name": "x"}), rows.delete(EVERY_ROW), rows.replace(id, {"id": id})) == (0, 0, False)


def test_an_unknown_type_of_ids_is_refused() -> None:
    with pytest.raises(ProjectError, match=r"datasources\.json:nowhere\.defaultIdType: nonsense is no type"):
        ghosts(defaultIdType="nonsense")
