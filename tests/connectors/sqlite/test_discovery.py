"""Tables of a SQLite database as definitions of models."""

import pytest

import lbpy
from lbpy.connectors.sqlite import SqliteConnector
from lbpy.data.discovery import ForeignKeyInfo, Schemas, TableInfo, discover_schema, kept_name
from lbpy.errors import OperatorError
from lbpy.model.definition import from_json
from lbpy.query.nodes import Filter

TABLES = """
CREATE TABLE customer_info (
    id INTEGER PRIMARY KEY, full_name VARCHAR(40) NOT NULL, joined DATETIME, "CamelCol" REAL, vip BOOLEAN, face BLOB, note
);
CREATE TABLE order_item (
    order_no INTEGER, line INTEGER, price DECIMAL(10, 2), customer_id INT(11) REFERENCES Customer_Info,
    parent_no INTEGER, parent_line INTEGER, lost INTEGER REFERENCES nowhere (id),
    PRIMARY KEY (line, order_no), FOREIGN KEY (parent_no, parent_line) REFERENCES order_item (order_no, line)
);
CREATE TABLE code (id INTEGER PRIMARY KEY, name TEXT) WITHOUT ROWID;
CREATE VIEW v_cust AS SELECT id, full_name FROM customer_info;
CREATE TEMPORARY TABLE passing (id INTEGER PRIMARY KEY AUTOINCREMENT);
"""


@pytest.fixture
def shop(memory: SqliteConnector) -> SqliteConnector:
    for statement in TABLES.split(";")[:-1]:
        memory.execute(statement)
    return memory


def test_tables_are_found_but_not_those_of_sqlite_or_of_a_connection(shop: SqliteConnector) -> None:
    code, customer, order = (TableInfo("table", name, "main") for name in ("code", "customer_info", "order_item"))
    assert shop.discover_model_definitions() == [code, customer, order]
    assert shop.discover_model_definitions(all=True, views=True) == [code, customer, order, TableInfo("view", "v_cust", "main")]
    assert shop.discover_model_definitions(limit=1, skip=1) == [customer]
    assert shop.discover_model_definitions(owner="other") == []


def test_keys_are_found_from_both_sides(shop: SqliteConnector) -> None:
    assert [(one.column, one.position) for one in shop.discover_primary_keys("order_item")] == [("line", 1), ("order_no", 2)]
    *own, customer = shop.discover_foreign_keys("order_item")
    assert [(one.name, one.position, one.column, one.to_column) for one in own] == [
        ("parent_no", 1, "parent_no", "order_no"),
        ("parent_no", 2, "parent_line", "line"),
    ]
    assert customer == ForeignKeyInfo("customer_id", "main", "order_item", "customer_id", 1, "main", "customer_info", "id")
    assert shop.discover_exported_foreign_keys("customer_info") == [customer]


def test_columns_become_properties_with_the_types_that_sqlite_gives_them(shop: SqliteConnector) -> None:
    customer = discover_schema(shop, "customer_info")
    assert customer["options"] == {"idInjection": False, "sqlite": {"schema": "main", "table": "customer_info"}}
    assert {name: one["type"] for name, one in customer["properties"].items()} == {
        **{"id": "Number", "fullName": "String", "joined": "Date", "camelcol": "Number"},
        **{"vip": "Boolean", "face": "Binary", "note": "String"},
    }
    assert customer["properties"]["fullName"] | {"sqlite": {}} == {
        **{"type": "String", "required": True, "length": 40, "precision": None, "scale": None, "sqlite": {}},
    }
    order = discover_schema(shop, "order_item", mapper=kept_name)["properties"]
    assert [(order[name]["precision"], order[name]["scale"]) for name in ("price", "customer_id")] == [(10, 2), (None, None)]


@pytest.mark.parametrize(("table", "generated"), [("customer_info", True), ("code", False)])
def test_an_id_that_sqlite_counts_is_generated(shop: SqliteConnector, table: str, generated: bool) -> None:
    id = discover_schema(shop, table)["properties"]["id"]
    assert (id["id"], id.get("generated", False), id["required"]) == (1, generated, not generated)


def test_relations_follow_foreign_keys_of_one_column(shop: SqliteConnector) -> None:
    found = Schemas(shop, relations=True).discover("order_item")
    assert list(found) == ["main.order_item", "main.customer_info"]
    assert found["main.order_item"]["options"]["relations"] == {
        "customerIdrel": {"model": "CustomerInfo", "type": "belongsTo", "foreignKey": "customerId"}
    }


def test_a_discovered_model_works_on_its_table_and_can_be_migrated(shop: SqliteConnector) -> None:
    spec = discover_schema(shop, "customer_info")
    spec["properties"]["fullName"]["index"] = True
    spec["properties"]["more"] = "string"
    rows = shop.collection(from_json(spec, lambda _: None))
    assert not rows.is_actual()
    rows.autoupdate()
    made = rows.create({"fullName": "Ann", "camelcol": 1.5, "vip": True})
    assert rows.find(Filter()) == [made | dict.fromkeys(("joined", "face", "note", "more"))]


def test_a_table_can_be_made_anew_from_what_was_discovered(shop: SqliteConnector) -> None:
    rows = [shop.collection(from_json(discover_schema(shop, table), lambda _: None)) for table in ("customer_info", "order_item")]
    for one in rows:
        one.automigrate()
    assert rows[0].create({"fullName": "Ann"})["id"] == 1


def test_models_are_built_and_bound_with_those_that_they_refer_to() -> None:
    with lbpy.App() as app:
        db = app.data_source("db", connector="sqlite")
        for statement in TABLES.split(";")[:-1]:
            db.execute(statement)
        found = db.discover_and_build_models("order_item", relations=True)
        ann = found["CustomerInfo"].create({"fullName": "Ann"})
        found["OrderItem"].create({"orderNo": 1, "line": 1, "customerId": ann.id})
        [order] = found["OrderItem"].find(include="customerIdrel")
        assert order.to_dict()["customerIdrel"]["fullName"] == "Ann"


def test_a_table_that_is_not_there_is_an_error(shop: SqliteConnector) -> None:
    with pytest.raises(OperatorError, match=r"Table 'nope' does not exist\."):
        discover_schema(shop, "nope")


@pytest.mark.parametrize(("key", "counted"), [("INTEGER", True), ("INT", False), ("TEXT", False)])
def test_only_a_key_that_sqlite_counts_is_told_as_generated(memory: SqliteConnector, key: str, counted: bool) -> None:
    memory.execute(f"CREATE TABLE land (code {key} PRIMARY KEY, name TEXT)")
    assert [one.generated for one in memory.discover_model_properties("land")] == [counted, False]
