"""The memory connector beyond what all connectors share: ids, the order of rows, shared collections."""

from typing import Any

import pytest

from lbpy.connectors.memory import MemoryCollection, MemoryConnector, connect
from lbpy.data.contract import SourcePlace
from lbpy.errors import Duplicate, ProjectError
from lbpy.model.definition import attached, from_json
from lbpy.query.nodes import EVERY_ROW, And, Equal, Filter, In, Order, Path, Where

PARCEL = {"id": {"type": "number", "id": True}, "weight": "number"}


@pytest.fixture
def connector() -> MemoryConnector:
    return connect({}, SourcePlace("db", "."))


def collection(connector: MemoryConnector, name: str, properties: dict[str, Any], **settings: Any) -> MemoryCollection:
    definition = from_json({"name": name, "properties": properties, **settings}, lambda _: None)
    return connector.collection(attached(definition, connector.id_kind))


@pytest.fixture
def parcels(connector: MemoryConnector) -> MemoryCollection:
    return collection(connector, "Parcel", PARCEL)


def ids(rows: MemoryCollection) -> list[Any]:
    return [row["id"] for row in rows.find(Filter())]


def add(rows: MemoryCollection, *given: Any) -> list[Any]:
    return [rows.create({} if id is None else {"id": id})["id"] for id in given]


# -- ids ---------------------------------------------------------------------


def test_ids_are_counted_from_one(parcels: MemoryCollection) -> None:
    assert add(parcels, None, None) == [1, 2]


def test_a_larger_given_id_moves_the_counter(parcels: MemoryCollection) -> None:
    assert add(parcels, 50, None) == [50, 51]


def test_a_smaller_given_id_uses_up_a_number(parcels: MemoryCollection) -> None:
    assert add(parcels, 50, 7, -5, None) == [50, 7, -5, 53]


def test_a_refused_duplicate_uses_up_a_number(parcels: MemoryCollection) -> None:
    add(parcels, 50)
    with pytest.raises(Duplicate, match=r"Duplicate entry for Parcel\.id"):
        add(parcels, 50)
    assert add(parcels, None) == [52]


def test_falsy_ids_count_as_none(parcels: MemoryCollection, connector: MemoryConnector) -> None:
    assert add(parcels, 0, 0) == [1, 2]
    assert add(collection(connector, "Tag", {"id": {"type": "string", "id": True}}), "") == ["1"]


def test_an_id_that_no_counter_can_follow_leaves_it_alone(parcels: MemoryCollection) -> None:
    assert add(parcels, 10**400, None) == [10**400, 2]


def test_text_ids_are_counted_as_text_and_numerals_move_the_counter(connector: MemoryConnector) -> None:
    tags = collection(connector, "Tag", {"id": {"type": "string", "id": True}})
    assert add(tags, None, "b", "10", "9", None) == ["1", "b", "10", "9", "12"]
    assert ids(tags) == ["1", "10", "12", "9", "b"]


def test_ids_of_any_kind_are_kept_by_their_text(connector: MemoryConnector) -> None:
    things = collection(connector, "Thing", {"id": {"type": "any", "id": True}})
    add(things, "x", {"k": [1]}, 5)
    with pytest.raises(Duplicate):
        add(things, "5")
    assert len(ids(things)) == 3


def test_a_kind_that_cannot_hold_the_counter_gets_the_number(connector: MemoryConnector) -> None:
    assert add(collection(connector, "Blob", {"id": {"type": "buffer", "id": True}}), None) == [1]


def test_a_model_without_an_id_gets_numbers(connector: MemoryConnector) -> None:
    notes = collection(connector, "Note", {"text": "string"})
    assert notes.create({"text": "t"}) == {"text": "t", "id": 1}


def test_a_made_up_id_stands_where_the_model_has_it(connector: MemoryConnector, parcels: MemoryCollection) -> None:
    parcels.create({"weight": 1})
    last = collection(connector, "Last", {"weight": "number", "id": {"type": "number", "id": True}})
    last.create({"weight": 1})
    assert [list(row) for row in parcels.find(Filter())] == [["id", "weight"]]
    assert [list(row) for row in last.find(Filter())] == [["weight", "id"]]


def test_a_refused_list_stores_nothing(parcels: MemoryCollection) -> None:
    add(parcels, 1)
    with pytest.raises(Duplicate):
        parcels.create_many([{"id": 90}, {}, {"id": 90}])
    assert ids(parcels) == [1]


def test_changes_leave_the_id_alone(parcels: MemoryCollection) -> None:
    add(parcels, 1)
    parcels.update(EVERY_ROW, {"id": 5, "weight": 2})
    parcels.replace(1, {"id": 6, "weight": 3})
    assert parcels.find(Filter()) == [{"id": 1, "weight": 3}]


# -- order and look-up -------------------------------------------------------


def test_rows_come_in_the_order_of_their_ids(parcels: MemoryCollection) -> None:
    add(parcels, 10, 9, 100, -1, 2.5)
    assert ids(parcels) == [-1, 2.5, 9, 10, 100]
    parcels.delete(Equal(path(parcels), 100))
    add(parcels, 50, 20, 200)
    assert ids(parcels) == [-1, 2.5, 9, 10, 20, 50, 200]


COUNTRY = {"id": {"type": "string", "id": True}, "name": "string"}


def tied(rows: MemoryCollection, where: Where = EVERY_ROW) -> str:
    name = from_json({"name": "Country", "properties": COUNTRY}, lambda _: None).properties["name"]
    return " ".join(row["id"] for row in rows.find(Filter(where=where, order=(Order(Path("name", ("name",), name, name.kind), True),))))


def test_texts_of_equal_rank_come_as_they_were_made_and_numbers_first(connector: MemoryConnector) -> None:
    rows = collection(connector, "Country", COUNTRY)
    add(rows, "zz", "10", "aa", "9", "007")
    assert (tied(rows), " ".join(ids(rows))) == ("9 10 zz aa 007", "007 10 9 aa zz")
    id = from_json({"name": "Country", "properties": COUNTRY}, lambda _: None).properties["id"]
    place = Path("id", ("id",), id, id.kind)
    assert tied(rows, In(place, ("aa", "zz", "9"))) == "9 zz aa"
    rows.update(Equal(place, "zz"), {"name": "last"})
    assert rows.find(Filter(where=Equal(place, "zz"))) == [{"id": "zz", "name": "last"}]
    rows.update(EVERY_ROW, {"name": "same"})
    rows.delete(Equal(place, "zz"))
    assert tied(rows) == "9 10 aa 007"
    add(rows, "zz")
    rows.update(EVERY_ROW, {"name": "same"})
    assert (tied(rows), " ".join(ids(rows))) == ("9 10 aa 007 zz", "007 10 9 aa zz")


def test_a_page_without_order_is_one_by_id(parcels: MemoryCollection) -> None:
    add(parcels, 3, 1, 2)
    assert [row["id"] for row in parcels.find(Filter(skip=1, limit=1))] == [2]


def path(rows: MemoryCollection) -> Path:
    one = from_json({"name": "Parcel", "properties": PARCEL}, lambda _: None).properties["id"]
    return Path("id", ("id",), one, one.kind)


class Unseen(int):
    """An id that tells if it is compared while it is hidden."""

    hidden = False
    __hash__ = int.__hash__

    def __eq__(self, other: object) -> bool:
        assert not self.hidden, "the row was scanned"
        return int(self) == other


@pytest.mark.parametrize("count", [1, 2])
def test_rows_are_looked_up_by_id_without_a_scan(parcels: MemoryCollection, count: int) -> None:
    (unseen,) = add(parcels, Unseen(3), 1, 2)[:1]
    add(parcels, None)
    assert len(ids(parcels)) == 4
    unseen.hidden = True
    where = Equal(path(parcels), 1) if count == 1 else And((EVERY_ROW, In(path(parcels), (2, 1, 7))))
    assert [row["id"] for row in parcels.find(Filter(where=where))] == [1, 2][:count]
    assert parcels.count(where) == parcels.delete(where) == count


# -- collections -------------------------------------------------------------


def test_two_models_may_share_a_collection(connector: MemoryConnector) -> None:
    shelves = collection(connector, "Shelf", PARCEL, memory={"collection": "Furniture"})
    racks = collection(connector, "Rack", PARCEL, options={"memory": {"collection": "Furniture"}})
    assert add(shelves, None) + add(racks, None) == [1, 2]
    assert ids(shelves) == ids(racks) == [1, 2]


def test_rows_outlive_closing(parcels: MemoryCollection, connector: MemoryConnector) -> None:
    add(parcels, 1)
    connector.close()
    assert ids(parcels) == [1]


def test_automigrate_starts_counting_anew(parcels: MemoryCollection) -> None:
    add(parcels, 50)
    parcels.automigrate()
    assert (ids(parcels), add(parcels, None)) == ([], [1])


def test_a_file_that_is_no_path_is_refused() -> None:
    with pytest.raises(ProjectError, match=r"datasources\.json:db\.file"):
        connect({"file": 5}, SourcePlace("db", "."))


def test_a_url_cannot_name_a_file() -> None:
    assert connect({"url": "mongodb://left-over/db"}, SourcePlace("db", ".")).name == "memory"
    with pytest.raises(ProjectError, match=r"datasources\.json:db\.url"):
        connect({"url": "memory:///rows.json"}, SourcePlace("db", "."))
