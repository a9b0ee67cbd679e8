"""Tables become models of a project, on a real PostgreSQL and on SQLite."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from click.testing import Result

from lbpy.testing import StoreSettings

LBPY = Callable[..., Result]


@pytest.fixture
def postgres_database(postgresql_store: StoreSettings) -> str:
    """The URL of an empty database."""
    return postgresql_store["url"]


@pytest.fixture
def shop(project: Path, change: Callable[..., None], postgres_database: str) -> Path:
    change("server/datasources.json", shop={"connector": "postgresql", "url": postgres_database})
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute("CREATE TABLE customer (id SERIAL PRIMARY KEY, full_name TEXT NOT NULL)")
        connection.execute("CREATE TABLE order_item (id SERIAL PRIMARY KEY, customer_id INTEGER REFERENCES customer (id))")
    return project


def test_each_table_becomes_a_model_that_is_not_public(lbpy: LBPY, shop: Path) -> None:
    assert lbpy("discover", "notes", "shop").output == "common/models/customer.json: written\ncommon/models/order-item.json: written\n"
    model = json.loads((shop / "common/models/order-item.json").read_text())
    assert (model["name"], model["base"], list(model["properties"])) == ("OrderItem", "PersistedModel", ["id", "customerId"])
    config = json.loads((shop / "server/model-config.json").read_text())
    assert config["OrderItem"] == {"dataSource": "shop", "public": False}
    assert "_meta" in config or "Note" in config


def test_a_second_run_changes_nothing(lbpy: LBPY, shop: Path) -> None:
    lbpy("discover", "notes", "shop")
    before = {path: path.read_text() for path in shop.rglob("*.json")}
    assert "left as it is" in lbpy("discover", "notes", "shop").output
    assert {path: path.read_text() for path in shop.rglob("*.json")} == before


def test_relations_are_followed_from_the_named_table(lbpy: LBPY, shop: Path) -> None:
    assert "customer.json" in lbpy("discover", "notes", "shop", "order_item", "--relations").output
    model = json.loads((shop / "common/models/order-item.json").read_text())
    (relation,) = model["options"]["relations"].values()
    assert relation == {"model": "Customer", "type": "belongsTo", "foreignKey": "customerId"}
    assert lbpy("check", "notes").exit_code == 0


def test_tables_of_models_that_are_configured_make_no_second_ones(lbpy: LBPY) -> None:
    lbpy("new", "shop")
    lbpy("migrate", "shop")
    with closing(sqlite3.connect("shop/data.db")) as connection:
        connection.execute("CREATE TABLE order_item (id INTEGER PRIMARY KEY, amount INTEGER)")
    before = {path.name for path in Path("shop/common/models").iterdir()}
    told = lbpy("discover", "shop", "db").output
    assert "common/models/user.json: not written: model-config.json names a model of that name already\n" in told
    assert "common/models/order-item.json: written\n" in told
    assert {path.name for path in Path("shop/common/models").iterdir()} == {*before, "order-item.json"}
    assert lbpy("check", "shop").exit_code == 0


def test_a_store_that_knows_no_tables_is_one_text(lbpy: LBPY, shop: Path, change: Callable[..., None]) -> None:
    change("server/datasources.json", mem={"connector": "memory"})
    refused = lbpy("discover", "notes", "mem")
    assert (refused.exit_code, refused.output) == (1, "Error: mem: the memory connector cannot tell which tables there are\n")


def test_the_plan_of_a_migration_marks_what_loses_data(lbpy: LBPY, shop: Path, postgres_database: str) -> None:
    lbpy("discover", "notes", "shop", "customer")
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute("ALTER TABLE customer ADD COLUMN old TEXT")
    wanted = 'shop: ALTER TABLE "public"."customer" DROP COLUMN "old";  -- loses data, needs --allow-data-loss\n'
    assert wanted in lbpy("migrate", "notes", "--plan").output
    assert "shop: nothing to do; 1 step left that would lose data, see --plan\n" in lbpy("migrate", "notes").output
    assert "shop: brought up to date\n" in lbpy("migrate", "notes", "--allow-data-loss").output
    assert "shop: nothing to do\n" in lbpy("migrate", "notes", "--plan").output
