from typing import Literal

import pytest

import lbpy
from lbpy.connectors.postgres import PostgresConnector
from lbpy.data.discovery import Schemas, TableInfo, default_name, discover_schema, kept_name
from lbpy.errors import OperatorError
from lbpy.model.definition import from_json
from lbpy.query.nodes import Filter

TABLES = """
CREATE TABLE customer_info (id SERIAL PRIMARY KEY, full_name VARCHAR(40) NOT NULL, joined TIMESTAMPTZ, "CamelCol" REAL, spot POINT);
CREATE TABLE order_item (
    order_no INTEGER, line INTEGER, price NUMERIC(10, 2), tags VARCHAR[],
    customer_id INTEGER CONSTRAINT fk_cust REFERENCES customer_info (id), PRIMARY KEY (order_no, line)
);
CREATE VIEW v_cust AS SELECT id, full_name FROM customer_info;
CREATE SCHEMA other;
CREATE TABLE other.thing (x INTEGER);
"""


@pytest.fixture
def shop(postgres: PostgresConnector) -> PostgresConnector:
    for statement in TABLES.split(";")[:-1]:
        postgres.execute(statement)
    return postgres


def test_the_tables_of_the_schema_are_found(shop: PostgresConnector) -> None:
    customer, order = TableInfo("table", "customer_info", "public"), TableInfo("table", "order_item", "public")
    view, thing = TableInfo("view", "v_cust", "public"), TableInfo("table", "thing", "other")
    assert shop.discover_model_definitions() == [customer, order]
    assert shop.discover_model_definitions(views=True) == [customer, order, view]
    assert shop.discover_model_definitions(all=True) == [thing, customer, order]
    assert shop.discover_model_definitions(owner="other") == [thing]
    assert shop.discover_model_definitions(limit=1, skip=1) == [order]


def test_keys_are_found_from_both_sides(shop: PostgresConnector) -> None:
    assert [(one.column, one.position) for one in shop.discover_primary_keys("order_item")] == [("order_no", 1), ("line", 2)]
    (key,) = shop.discover_foreign_keys("order_item")
    assert (key.name, key.column, key.to_table, key.to_column) == ("fk_cust", "customer_id", "customer_info", "id")
    assert shop.discover_exported_foreign_keys("customer_info") == [key]


def test_a_definition_is_that_of_loopback(shop: PostgresConnector) -> None:
    found = Schemas(shop, relations=True).discover("order_item")
    assert list(found) == ["public.order_item", "public.customer_info"]
    order = found["public.order_item"]
    assert order["name"] == "OrderItem"
    assert order["options"] == {
        "idInjection": False,
        "postgresql": {"schema": "public", "table": "order_item"},
        "relations": {"fkCustrel": {"model": "CustomerInfo", "type": "belongsTo", "foreignKey": "customerId"}},
    }
    assert order["properties"]["orderNo"] == {
        **{"type": "Number", "required": True, "length": None, "precision": None, "scale": 0, "id": 1},
        "postgresql": {
            **{"columnName": "order_no", "dataType": "integer", "dataLength": None, "dataPrecision": None},
            **{"dataScale": 0, "nullable": "NO"},
        },
    }
    types = {name: one["type"] for name, one in found["public.customer_info"]["properties"].items()}
    assert types == {"id": "Number", "fullName": "String", "joined": "Date", "camelcol": "Number", "spot": "GeoPoint"}


def test_an_id_that_the_database_makes_is_generated(shop: PostgresConnector) -> None:
    id = discover_schema(shop, "customer_info")["properties"]["id"]
    assert (id["id"], id["generated"], id["required"]) == (1, True, False)


def test_a_discovered_model_works_on_its_table(shop: PostgresConnector) -> None:
    rows = shop.collection(from_json(discover_schema(shop, "customer_info"), lambda _: None))
    assert rows.is_actual()
    made = rows.create({"fullName": "Ann", "camelcol": 1.5})
    assert rows.find(Filter()) == [made | {"joined": None, "spot": None}]


def test_models_are_built_and_bound_with_those_that_they_refer_to(shop: PostgresConnector, postgres_database: str) -> None:
    class Kept(lbpy.PersistedModel):
        def shout(self) -> str:
            return str(self["fullName"]).upper()

    with lbpy.App() as app:
        db = app.data_source("db", connector="postgresql", url=postgres_database)
        found = db.discover_and_build_models("order_item", relations=True, base=Kept)
        assert list(found) == ["OrderItem", "CustomerInfo"]
        ann = found["CustomerInfo"].create({"fullName": "Ann"})
        found["OrderItem"].create({"orderNo": 1, "line": 1, "customerId": ann.id})
        [order] = found["OrderItem"].find(include="fkCustrel")
        assert order.to_dict()["fkCustrel"]["fullName"] == "Ann"
        assert isinstance(ann, Kept)
        assert ann.shout() == "ANN"


def test_a_store_without_tables_says_so() -> None:
    with lbpy.App() as app, pytest.raises(OperatorError, match="db: the memory connector cannot tell"):
        app.data_source("db", connector="memory").discover_and_build_models("x")


def test_names_may_be_kept(shop: PostgresConnector) -> None:
    found = discover_schema(shop, "order_item", mapper=kept_name)
    assert found["name"] == "order_item"
    assert list(found["properties"]) == ["order_no", "line", "price", "tags", "customer_id"]


@pytest.mark.parametrize(
    ("sort", "name", "expected"),
    [
        ("table", "order_item", "OrderItem"),
        ("table", "v-cust", "VCust"),
        ("column", "CamelCol", "camelcol"),
        ("fk", "fk_custRel", "fkCustrel"),
    ],
)
def test_names_are_mapped_as_loopback_does(sort: Literal["table", "column", "fk"], name: str, expected: str) -> None:
    assert default_name(sort, name) == expected


def test_a_table_that_is_not_there_is_an_error(shop: PostgresConnector) -> None:
    with pytest.raises(OperatorError, match=r"Table 'nope' does not exist\."):
        discover_schema(shop, "nope")
