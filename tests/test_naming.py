"""Plurals, camel case, class names and dashed paths, held against what LoopBack made of the same words."""

import pytest

from lbpy.naming import camel_case, dasherize, normalized_path, plural_of

PLURALS = """
    Note Notes, Person People, SalesPerson SalesPeople, People People, Child Children, Children Children, Man Men, Woman Women,
    Human Humans, Goose geese, geese geese, Mongoose Mongooses, Foot feet, Tooth teeth, Mouse Mice, Spouse Spouses, Ox Oxen,
    Fox Foxes, Oxen Oxen, Category Categories, Categories Categories, Company Companies, Soliloquy Soliloquies, Toy Toys,
    Box Boxes, Church Churches, Dish Dishes, Boss Bosses, Address Addresses, Addresses Addresses, Bus Buses, BUSES BUSES,
    Virus Viruses, Octopus Octopuses, Status Statuses, Alias Aliases, Campus Campuses, Bonus Bonuses, Analysis Analyses,
    Basis Bases, Axis Axes, Potato Potatoes, Tomato Tomatoes, Photo Photos, Hero Heros, Datum Data, Data Data, Medium Media,
    Forum Forums, Museum Museums, Criterion Criteria, Genus genera, Index Indices, Vertex Vertices, Matrix Matrices,
    Quiz Quizzes, Knife Knives, Giraffe Giraffes, Wolf Wolves, Leaf Leafs, Half Halves, Roof Roofs, Archive Archives,
    Drive Drives, Movie Movies, Database Databases, Equipment Equipment, Information Information, Series Series, News News,
    Money Money, MyEquipment MyEquipments, User Users, AccessToken AccessTokens, ACL ACLs, RoleMapping RoleMappings,
    ITEMS ITEMs, data-thing data-things, order_item order_items, Pizza Pizzas, Schema Schemas, Militia Militia, Police Police,
    Dice Dices, Slice Slice, Café Cafés, FAQ FAQs, X Xes
"""


@pytest.mark.parametrize("pair", [pair.split() for pair in PLURALS.split(",")], ids=lambda pair: pair[0])
def test_a_plural_is_the_one_of_loopback(pair):
    name, plural = pair
    assert plural_of(name) == plural


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("Customer", "customer"),
        ("OrderItem", "orderItem"),
        ("OrderItem_id", "orderItemId"),
        ("Order_Item_id", "orderItemId"),
        ("data-thing_id", "data-thingId"),
        ("ACL", "aCL"),
        ("", ""),
    ],
)
def test_camel_case_lowers_the_first_letter_and_takes_underscores_out(name, result):
    assert camel_case(name) == result


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("Product", "product"),
        ("TradePriceRequest", "trade-price-request"),
        ("secret-thing", "secret-thing"),
        ("TimeStamp", "time-stamp"),
        ("HTTPServer", "http-server"),
        ("Thing2", "thing2"),
    ],
)
def test_a_name_becomes_a_dashed_file_name(name, result):
    assert dasherize(name) == result


@pytest.mark.parametrize(
    ("path", "result"),
    [
        ("/AnswersQuestions", "/answers-questions"),
        ("/MyCamel_Models", "/my-camel--models"),
        ("/replaceOrCreate", "/replace-or-create"),
        ("/:userId/findOne", "/:userId/find-one"),
        ("/:id/exists", "/:id/exists"),
        ("/", "/"),
        ("", ""),
    ],
)
def test_a_normalized_path_is_dashed_and_keeps_placeholders(path, result):
    assert normalized_path(path) == result
