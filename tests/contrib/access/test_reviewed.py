"""What a stranger's look at the whole found open: it stays closed."""

import pytest

import lbpy
from lbpy import Model, PersistedModel, allow, deny, has_many, remote_method
from lbpy.contrib.hooks.counts import counts
from tests.app.test_composition import call


@pytest.fixture
def app():
    with lbpy.App() as app:
        app.data_source("db", connector="memory")
        yield app


def test_rules_of_a_model_without_a_data_source_count(app):
    class Chat(Model, acls=[deny("$everyone"), allow("$everyone", method="hello")]):
        @remote_method(verb="get")
        @classmethod
        def secret(cls) -> str:
            return "s"

        @remote_method(verb="get")
        @classmethod
        def hello(cls) -> str:
            return "h"

    app.model(Chat)
    app.enable_auth(data_source="db")
    assert call(app, "/api/Chats/secret")[0] == "401 Unauthorized"
    assert call(app, "/api/Chats/hello")[0] == "200 OK"


@pytest.mark.parametrize(("options", "query", "status"), [
    ({}, "", "200 OK"),
    ({}, 'filter={"counts":["reviews"]}', "401 Unauthorized"),
    ({"always": ["reviews"]}, "", "401 Unauthorized"),
])  # fmt: skip
def test_numbers_of_closed_records_are_closed(app, options, query, status):
    class Product(PersistedModel):
        name: str
        reviews = has_many("Review")

    class Review(PersistedModel, acls=[deny("$everyone")]):
        text: str

    counts(Product, options)
    app.model(Review, data_source="db")
    app.model(Product, data_source="db")
    app.enable_auth(data_source="db")
    Product.create(name="tea").reviews.create({"text": "x"})
    assert call(app, "/api/Products", QUERY_STRING=query)[0] == status
    assert call(app, "/api/Products/1", QUERY_STRING=query)[0] == status
    assert call(app, "/api/Products/count")[0] == "200 OK"
