"""The example application in Python: each feature through its HTTP door, on memory and on SQLite."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import lbpy
from examples.teahouse import hooks
from examples.teahouse.app import create_app
from examples.teahouse.middleware import below
from examples.teahouse.models import Card, Customer, Kind, Line, Order, Origin, Payment, Review, Tea, Tin
from examples.teahouse.seed import seed
from lbpy import Principal
from lbpy.contrib.models import RoleMapping
from lbpy.testing import Client, client

PASSWORD = "oolong-is-best"

Customer.define_setting("saltWorkFactor", 4)  # hashes that take no time


@dataclass
class House:
    """The application with its first rows, and clients of it."""

    app: lbpy.App
    anyone: Client
    manager: Client
    ann: Customer
    bob: Customer

    @property
    def as_ann(self) -> Client:
        return self.anyone.as_user(self.ann)

    @property
    def as_bob(self) -> Client:
        return self.anyone.as_user(self.bob)

    def sent(self) -> list[Any]:
        return list(self.app.registry.source("mail").connector.transports["stub"].sent)


@pytest.fixture(params=["memory", "sqlite"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    stores = {"memory": ("memory://",), "sqlite": (f"sqlite:///{tmp_path}/teahouse.db", f"sqlite:///{tmp_path}/ledger.db")}
    app = create_app(*stores[request.param])
    with client(app) as anyone:
        seed(app, PASSWORD)
        manager = Customer.find_one({"email": "manager@tea.example"})
        ann, bob = (Customer.create(email=f"{name}@tea.example", password=PASSWORD, nickname=name) for name in ("ann", "bob"))
        yield House(app, anyone, anyone.as_user(manager), ann, bob)


def tea(name: str = "Sencha") -> Tea:
    found = Tea.find_one({"name": name})
    assert found is not None
    return found


def at(name: str = "Sencha", below: str = "") -> str:
    return f"/api/teas/{tea(name).id}{below}"


def order(who: Client, *lines: tuple[str, int], **sent: Any) -> Any:
    wanted = [{"teaId": tea(name).id, "grams": grams} for name, grams in lines or [("Assam", 100)]]
    return who.post("/api/orders/place", json={"lines": wanted}, **sent)


# -- models ------------------------------------------------------------------


def test_every_kind_of_property_comes_back_as_it_was_sent(house: House) -> None:
    sent = {
        "name": "Tieguanyin", "kind": "oolong", "caffeine": "much", "price": 11.5, "inStock": 40, "organic": True,
        "picked": "2025-04-05T00:00:00.000Z", "batch": "6f1c2f0e-6f52-4f0e-8c57-0a1b2c3d4e5f",
        "barcode": {"type": "Buffer", "data": [1, 2]}, "place": {"lat": 25, "lng": 118},
        "origin": {"country": "CN", "garden": "Anxi", "altitude": 800}, "flavours": ["floral"],
        "brewing": {"minutes": 3}, "story": {"any": ["thing"]},
    }  # fmt: skip
    made = house.manager.post("/api/teas", json=sent).expect(200).json
    stored = house.anyone.get(f"/api/teas/{made['id']}").expect(200).json
    assert {name: stored[name] for name in sent} == sent
    read = tea("Tieguanyin")
    assert (read.kind == Kind.OOLONG, read.barcode, str(read.price)) == (True, b"\1\2", "11.5")
    assert isinstance(read.origin, Origin)


def test_defaults_are_made_for_each_tea_anew(house: House) -> None:
    one, other = (house.manager.post("/api/teas", json={"name": name, "kind": "white", "price": 3}).json for name in ("Bai", "Mu"))
    assert (one["caffeine"], one["flavours"], one["inStock"]) == ("little", [], 0)
    assert one["batch"] != other["batch"]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"name": "T"}, {"name": ["length.min"]}),
        ({"name": "Sencha"}, {"name": ["uniqueness"]}),
        ({"kind": "red"}, {"kind": ["inclusion"]}),
        ({"caffeine": "lots"}, {"caffeine": ["inclusion"]}),
        ({"price": -1}, {"price": ["numericality.min"]}),
        ({"price": 1, "cost": 2}, {"price": ["custom"]}),
        ({"flavours": ["salty"]}, {"flavours": ["inclusion"]}),
        ({"batch": "1"}, {"batch": ["type"]}),
    ],
)
def test_a_broken_rule_is_named(house: House, change: dict[str, Any], codes: dict[str, Any]) -> None:
    refused = house.manager.post("/api/teas", json={"name": "New", "kind": "white", "price": 3, **change}).expect(422)
    assert codes.items() <= refused.error["details"]["codes"].items()


def test_a_price_of_null_is_refused_and_breaks_nothing(house: House) -> None:
    refused = house.manager.post("/api/teas", json={"name": "New", "kind": "white", "price": None, "cost": 2}).expect(422)
    assert "price" in refused.error["details"]["codes"]


def test_unknown_properties_are_refused(house: House) -> None:
    house.manager.post("/api/teas", json={"name": "New", "kind": "white", "price": 3, "colour": "red"}).expect(422)


def test_nobody_sees_or_asks_for_hidden_properties(house: House) -> None:
    tea().update_attributes(cost="2.10")
    assert not {"cost", "words"} & house.anyone.get(at()).json.keys()
    house.anyone.get("/api/teas", filter={"where": {"cost": {"gt": 1}}}).expect(400)


def test_protected_properties_show_only_where_a_tea_stands_alone(house: House) -> None:
    tea().update_attributes(supplier="Kato")
    Review.create(stars=5, tea_id=tea().id)
    assert house.anyone.get(at()).json["supplier"] == "Kato"
    assert "supplier" not in house.anyone.get("/api/reviews", filter={"include": "tea"}).json[0]["tea"]


def test_teas_are_in_order_and_scopes_have_routes(house: House) -> None:
    def names(path: str) -> list[str]:
        return [one["name"] for one in house.anyone.get(path).expect(200).json]

    assert names("/api/teas") == ["Assam", "Lapsang", "Sencha", "Yin Zhen"]
    assert (names("/api/teas/organic"), names("/api/teas/cheap")) == (["Sencha"], ["Assam"])
    assert house.anyone.get("/api/teas/cheap/count").json == {"count": 1}


# -- relations ---------------------------------------------------------------


def test_an_include_brings_related_records_within_its_scope(house: House) -> None:
    for stars in (1, 4, 5):
        Review.create(stars=stars, tea_id=tea().id, customer_id=house.ann.id)
    wanted = {"relation": "reviews", "scope": {"where": {"stars": {"gt": 1}}, "order": "stars DESC", "fields": ["stars"], "limit": 1}}
    found = house.anyone.get("/api/teas", filter={"where": {"name": "Sencha"}, "include": wanted}).expect(200).json
    assert [one["stars"] for one in found[0]["reviews"]] == [5]


def test_many_teas_have_many_tags(house: House) -> None:
    word = house.manager.post(at(below="/tags"), json={"word": "summer"}).expect(200).json
    house.manager.put(at("Assam", f"/tags/rel/{word['id']}")).expect(200)
    assert {one["name"] for one in house.anyone.get(f"/api/tags/{word['id']}/teas").json} == {"Sencha", "Assam"}
    assert house.anyone.get("/api/teas/count", where={"tags": {"word": "summer"}}).json == {"count": 2}


def test_the_tin_of_a_tea_lies_inside_it(house: House) -> None:
    house.manager.post(at(below="/tin"), json={"colour": "red"}).expect(200)
    assert house.anyone.get(at(below="/tin")).json["grams"] == 100
    assert isinstance(tea().tin.get(), Tin)


def test_addresses_lie_inside_their_customer(house: House) -> None:
    path = f"/api/customers/{house.ann.id}/addresses"
    made = house.as_ann.post(path, json={"street": "Teeweg 1", "city": "Kiel"}).expect(200).json
    house.as_ann.post(path, json={"street": "", "city": "Kiel"}).expect(422)
    assert house.as_ann.get(path).json == [made]
    house.as_bob.get(path).expect(401)


def test_favourites_are_a_list_of_keys(house: House) -> None:
    path = f"/api/customers/{house.ann.id}/favourites"
    house.as_ann.put(f"{path}/rel/{tea().id}").expect(200)
    assert [one["name"] for one in house.as_ann.get(path).expect(200).json] == ["Sencha"]
    assert [one.name for one in house.ann.reload().favourites.find()] == ["Sencha"]


def test_pictures_belong_to_teas_and_to_customers(house: House) -> None:
    house.ann.pictures.create(caption="Ann")
    tea().pictures.create(caption="Leaves")
    found = house.anyone.get("/api/pictures", filter={"order": "caption"}).json
    assert [(one["caption"], one["subjectType"]) for one in found] == [("Ann", "Customer"), ("Leaves", "Tea")]
    assert house.anyone.get(f"/api/pictures/{found[1]['id']}/subject").json["name"] == "Sencha"


def test_an_order_has_teas_through_its_lines_on_another_store(house: House) -> None:
    made = order(house.as_ann, ("Sencha", 50), ("Assam", 100)).expect(201).json
    assert {one["name"] for one in house.as_ann.get(f"/api/orders/{made['id']}/teas").json} == {"Sencha", "Assam"}
    found = house.as_ann.get("/api/orders", filter={"include": {"lines": "tea"}}).expect(200).json
    assert {line["tea"]["name"]: line["grams"] for line in found[0]["lines"]} == {"Sencha": 50, "Assam": 100}


# -- remote methods ----------------------------------------------------------


def test_a_search_takes_its_words_from_the_query_and_the_kind_from_the_path(house: House) -> None:
    def found(path: str) -> list[str]:
        return [one["name"] for one in house.anyone.get(path).expect(200).json]

    assert found("/api/teas/search?q=S") == ["Assam", "Lapsang", "Sencha"]
    assert found("/api/teas/search/black?q=s") == ["Assam", "Lapsang"]
    house.anyone.get("/api/teas/search").expect(400)
    house.anyone.get("/api/teas/search/red?q=a").expect(400)


def test_a_quote_has_several_results_and_a_header(house: House) -> None:
    answer = house.anyone.get(at(below="/quote/50"), headers={"X-Currency": "GBP"}).expect(200)
    assert answer.json == {"net": 3.25, "tax": 0.23}
    assert answer.headers["X-Currency"] == "GBP"
    house.anyone.get(at(below="/quote/50"), headers={"X-Currency": "USD"}).expect(400)


def test_an_exception_of_python_has_the_status_that_the_method_names(house: House) -> None:
    for grams in (7, 0, -25):
        house.anyone.get(at(below=f"/quote/{grams}")).expect(422)
    house.anyone.get("/api/teas/999/quote/25").expect(404)


def test_a_delivery_is_the_whole_body_and_the_method_says_the_status(house: House) -> None:
    assert house.manager.post(at(below="/restock"), json={"grams": 500, "cost": 3.1}).expect(201).json == {"inStock": 2500}
    assert str(tea().cost) == "3.1"
    house.manager.post(at(below="/restock"), json={"grams": "lots"}).expect(422)
    house.manager.post(at(below="/restock"), json={}).expect(422)


def test_a_stocktake_is_read_while_it_comes_in(house: House) -> None:
    text = b"Sencha;10\r\nAssam;20\nUnknown;30"
    answer = house.manager.post("/api/teas/stocktake", body=text, headers={"Content-Type": "text/csv"}).expect(200)
    assert answer.json == {"sha256": hashlib.sha256(text).hexdigest(), "lines": 3, "changed": 2}
    assert (tea().stock, tea("Assam").stock) == (10, 20)
    house.manager.post("/api/teas/stocktake", body=b"Sencha;many", headers={"Content-Type": "text/csv"}).expect(400)
    house.manager.post("/api/teas/stocktake", body=b"Sencha;1\n" + b"x" * 1_000_001, headers={"Content-Type": "text/csv"}).expect(413)


def test_a_picture_comes_in_a_form_with_its_caption(house: House) -> None:
    path = at(below="/pictures/upload")
    made = house.manager.post(path, form={"caption": "Leaves"}, files={"file": ("leaf.png", b"\x89PNG")}).expect(200).json
    assert (made["caption"], made["type"]) == ("Leaves", "image/png")
    assert "content" not in made
    assert tea().pictures.find()[0].content == b"\x89PNG"


def test_prices_are_streamed_and_know_their_request(house: House) -> None:
    with house.anyone.stream("GET", "/api/teas/price-list") as answer:
        head = answer.headers["Content-Disposition"], answer.headers["Content-Type"], answer.headers["Cache-Control"]
        parts = list(answer.chunks)
    assert head == ("attachment; filename=\"prices.csv\"; filename*=UTF-8''prices.csv", "text/csv", "no-cache")
    assert len(parts) == 6
    assert parts[1] == b"Assam;4.20\n"
    assert parts[-1].startswith(b"request;")


def test_a_bar_code_is_a_file(house: House) -> None:
    house.anyone.get(at(below="/barcode.png")).expect(404)
    tea().update_attributes(barcode=b"\x89PNG")
    answer = house.anyone.get(at(below="/barcode.png")).expect(200)
    assert (answer.headers["Content-Type"], answer.body) == ("image/png", b"\x89PNG")


def test_the_door_sees_request_and_response(house: House) -> None:
    answer = house.anyone.get("/api/house/door").expect(200)
    assert answer.json == {"greeting": "Welcome at localhost."}
    assert answer.headers["X-Visits"] == "1"
    assert house.anyone.get("/api/house/door").headers["X-Visits"] == "2"


def test_a_method_knows_its_call_and_its_caller(house: House) -> None:
    seen = house.as_ann.get("/api/house/visitor").expect(200).json
    assert (seen["method"], seen["known"], seen["token"]) == ("House.visitor", True, True)
    assert house.anyone.get("/api/house/visitor").json["known"] is False


def test_a_method_has_several_paths_and_an_error_its_own_status(house: House) -> None:
    for path in ("coffee", "espresso"):
        assert house.anyone.post(f"/api/house/{path}").expect(418).error["code"] == "TEAPOT"


def test_deletion_of_an_order_cancels_it(house: House) -> None:
    made = order(house.as_ann).json
    assert house.as_ann.delete(f"/api/orders/{made['id']}").expect(200).json == {"count": 1}
    assert house.as_ann.get(f"/api/orders/{made['id']}").json["status"] == "cancelled"
    Order.update_all({"id": made["id"]}, {"status": "sent"})
    assert house.as_ann.delete(f"/api/orders/{made['id']}").expect(409).error["code"] == "SENT"


def test_what_is_switched_off_has_no_route(house: House) -> None:
    methods = {method for _, _, method in house.app.routes()}
    assert not {"Order.create", "Order.replaceById", "Review.replaceOrCreate", "Tea.replaceOrCreate", "Tea.updateAll"} & methods
    house.manager.post("/api/orders", json={"total": 0}).expect(404)


def test_progress_comes_as_events_that_know_who_asks(house: House) -> None:
    made = order(house.as_ann).json
    Order.update_all({"id": made["id"]}, {"status": "packed"})
    path, events = f"/api/orders/{made['id']}/progress", {"Accept": "text/event-stream"}
    with house.as_ann.stream("GET", path, headers=events) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        text = b"".join(answer.chunks).decode()
    assert text.count('"step"') == 2
    assert f'"for":{house.ann.id}' in text


# -- hooks -------------------------------------------------------------------


def test_clients_make_one_record_at_a_time(house: House) -> None:
    answer = house.manager.post("/api/tags", json=[{"word": "a"}]).expect(400)
    assert answer.headers["X-Failed"] == "Tag.create"


def test_what_is_read_of_teas_may_be_kept_for_a_minute(house: House) -> None:
    assert house.anyone.get("/api/teas").headers["Cache-Control"] == "public, max-age=60"
    assert "Cache-Control" not in house.anyone.get("/api/tags").headers


def test_calls_that_fail_are_noted(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "teahouse"):
        assert house.anyone.post("/api/house/coffee").headers["X-Failed"] == "House.coffee"
    assert "House.coffee failed: I am a teapot." in caplog.text


def test_slow_statements_are_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    hooks.around_statements(house.app.registry.source("ledger"), slow=0)
    order(house.as_ann).expect(201)
    assert "SELECT" in caplog.text


def test_a_review_is_of_whoever_wrote_it_and_has_no_blanks_around(house: House) -> None:
    sent = {"stars": 4, "text": "  Good. ", "teaId": tea().id, "customerId": house.bob.id}
    made = house.as_ann.post("/api/reviews", json=sent).expect(200).json
    assert (made["customerId"], made["text"]) == (house.ann.id, "Good.")
    changed = house.as_ann.patch(f"/api/reviews/{made['id']}", json={"customerId": house.bob.id, "stars": 5}).expect(200).json
    assert (changed["customerId"], changed["stars"]) == (house.ann.id, 5)


def test_reviews_make_the_rating_of_a_tea(house: House) -> None:
    made = [house.as_ann.post("/api/reviews", json={"stars": stars, "teaId": tea().id}).json for stars in (2, 5)]
    assert tea().rating == 3.5
    house.as_ann.delete(f"/api/reviews/{made[0]['id']}").expect(200)
    assert tea().rating == 5
    Review.destroy_all()
    assert tea().rating is None


def test_clients_see_their_own_orders_only(house: House) -> None:
    order(house.as_ann).expect(201)
    order(house.as_bob).expect(201)
    assert {one["customerId"] for one in house.as_ann.get("/api/orders").expect(200).json} == {house.ann.id}
    assert house.as_ann.get("/api/orders/count", where={"customerId": house.bob.id}).json == {"count": 0}
    assert house.manager.get("/api/orders/count").json == {"count": 2}


def test_what_is_stored_for_searches_is_shown_to_nobody(house: House) -> None:
    made = house.manager.post("/api/teas", json={"name": "Gyokuro", "kind": "green", "price": 30}).expect(200).json
    assert "words" not in made
    assert tea("Gyokuro").words == "gyokuro"


def test_a_tea_that_is_out_of_stock_says_so(house: House) -> None:
    assert house.anyone.get(at("Lapsang")).json["soldOut"] is True
    assert "soldOut" not in house.anyone.get(at()).json


def test_old_orders_are_forgotten_with_their_lines_and_sent_ones_are_kept(house: House) -> None:
    order(house.as_ann).expect(201)
    assert house.manager.post("/api/orders/purge", json={"before": "2000-01-01"}).expect(200).json == {"count": 0}
    Order.update_all({}, {"status": "sent"})
    house.manager.post("/api/orders/purge", json={"before": "2100-01-01"}).expect(409)
    Order.update_all({}, {"status": "cancelled"})
    assert house.manager.post("/api/orders/purge", json={"before": "2100-01-01"}).json == {"count": 1}
    assert (Order.count(), Line.count()) == (0, 0)


# -- mixins ------------------------------------------------------------------


def test_teas_have_times_slugs_and_labels(house: House) -> None:
    made = house.manager.post("/api/teas", json={"name": "Long Jing", "kind": "green", "price": 12}).expect(200).json
    found = house.anyone.get(f"/api/teas/{made['id']}").json
    assert (found["slug"], found["label"]) == ("long-jing", "Long Jing, green tea")
    changed = house.manager.patch(f"/api/teas/{made['id']}", json={"name": "Lung Ching"}).expect(200).json
    assert changed["slug"] == "lung-ching"
    assert changed["updatedAt"] >= found["createdAt"]


def test_deleted_teas_are_marked_only(house: House) -> None:
    path = at("Lapsang")
    assert house.manager.delete(path).expect(200).json == {"count": 1}
    house.anyone.get(path).expect(404)
    assert Tea.count() == 3
    assert len(Tea.find(options={"deleted": True})) == 4


def test_clients_cannot_write_the_rating(house: House) -> None:
    assert house.manager.patch(at(), json={"rating": 5}).expect(200).json.get("rating") is None


def test_reviews_are_counted_where_somebody_asks(house: House) -> None:
    Review.create(stars=5, tea_id=tea().id)
    found = house.anyone.get("/api/teas", filter={"counts": ["reviews"], "where": {"name": "Sencha"}}).expect(200).json
    assert found[0]["reviewsCount"] == 1
    house.anyone.get("/api/teas", filter={"counts": ["tags"]}).expect(400)


def test_lists_say_how_many_there_are_in_all(house: House) -> None:
    assert house.anyone.get("/api/teas", filter={"limit": 1}).headers["X-Total-Count"] == "4"


# -- transactions ------------------------------------------------------------


def test_an_order_is_placed_as_a_whole(house: House) -> None:
    answer = order(house.as_ann, ("Sencha", 50), ("Assam", 100), headers={"Accept-Language": "de"}).expect(201)
    assert (answer.json["total"], answer.json["status"], answer.json["customerId"]) == (7.45, "placed", house.ann.id)
    assert answer.headers["Location"] == f"/api/orders/{answer.json['id']}"
    assert (tea().stock, tea("Assam").stock) == (1950, 4900)
    [letter] = house.sent()
    assert (letter["To"], letter.get_content().strip()) == ("ann@tea.example", "Danke für Ihre Bestellung.")


def test_an_order_that_fails_leaves_nothing_behind(house: House) -> None:
    assert order(house.as_ann, ("Assam", 100), ("Lapsang", 100)).expect(409).error["code"] == "OUT_OF_STOCK"
    assert (Order.count(), Line.count(), Card.count(), tea("Assam").stock, house.sent()) == (0, 0, 0, 5000, [])
    house.as_ann.post("/api/orders/place", json={"lines": [{"teaId": 999, "grams": 50}]}).expect(404)
    house.as_ann.post("/api/orders/place", json={"lines": []}).expect(422)
    order(house.as_ann, ("Assam", 900), ("Assam", 900)).expect(422)
    house.as_ann.post("/api/orders/place", json={}).expect(400)


def test_a_full_card_undoes_the_stamp_and_not_the_order(house: House) -> None:
    Card.create(customer_id=house.ann.id, stamps=10)
    order(house.as_ann).expect(201)
    assert (Order.count(), house.ann.reload().card.get()) == (1, Card.find_one())
    assert house.as_ann.get(f"/api/customers/{house.ann.id}/card").expect(200).json["stamps"] == 10


def test_a_payment_that_is_refused_was_never_there(house: House) -> None:
    made = order(house.as_ann, ("Assam", 100)).json
    house.manager.post("/api/payments", json={"amount": 4, "orderId": made["id"]}).expect(200)
    assert house.manager.post("/api/payments", json={"amount": 1, "orderId": made["id"]}).expect(409).error["code"] == "OVERPAID"
    found = Order.find_by_id(made["id"])
    assert found is not None
    assert (Payment.count(), found.paid) == (1, 4)


# -- users -------------------------------------------------------------------


def test_somebody_signs_up_signs_in_and_signs_out(house: House) -> None:
    said = {"email": "eve@tea.example", "password": PASSWORD}
    house.anyone.post("/api/customers", json=said).expect(200)
    token = house.anyone.post("/api/customers/login", json=said).expect(200).json
    assert token["ttl"] == 3600
    eve = house.anyone.with_headers({"Authorization": token["id"]})
    assert eve.get("/api/customers/me").expect(200).json["email"] == "eve@tea.example"
    eve.post("/api/customers/logout").expect(204)
    eve.get("/api/customers/me").expect(401)


def test_only_managers_write_teas(house: House) -> None:
    sent = {"name": "New", "kind": "white", "price": 3}
    house.anyone.post("/api/teas", json=sent).expect(401)
    house.as_ann.post("/api/teas", json=sent).expect(401)
    house.manager.post("/api/teas", json=sent).expect(200)


def test_a_role_in_python_opens_what_is_under_the_counter(house: House) -> None:
    house.as_ann.get("/api/teas/under-the-counter").expect(401)
    for _ in range(3):
        order(house.as_ann).expect(201)
    assert [one["name"] for one in house.as_ann.get("/api/teas/under-the-counter").expect(200).json] == ["Yin Zhen"]


def test_a_review_is_changed_by_its_owner_only(house: House) -> None:
    made = house.as_ann.post("/api/reviews", json={"stars": 4, "teaId": tea().id}).json
    house.as_bob.patch(f"/api/reviews/{made['id']}", json={"stars": 1}).expect(401)
    house.as_ann.patch(f"/api/reviews/{made['id']}", json={"stars": 1}).expect(200)


def test_nobody_pays_their_own_order(house: House) -> None:
    made = order(house.as_ann).json
    house.as_ann.post(f"/api/orders/{made['id']}/payments", json={"amount": 4}).expect(401)
    house.as_ann.patch(f"/api/orders/{made['id']}", json={"paid": 4}).expect(401)


def test_a_principal_may_bring_its_role(house: House) -> None:
    clerk = house.anyone.as_user(Principal("USER", 99, frozenset({"manager"})))
    clerk.post("/api/tags", json={"word": "new"}).expect(200)


# -- composition and configuration -------------------------------------------


def test_every_answer_says_how_long_it_took_and_the_api_is_not_for_robots(house: House) -> None:
    api, page = house.anyone.get("/api/teas"), house.anyone.get("/menu")
    assert all(one.headers["Server-Timing"].startswith("app;dur=") for one in (api, page))
    assert (api.headers["X-Robots-Tag"], page.headers["X-Robots-Tag"]) == ("noindex", None)


def test_the_menu_is_a_page_by_another_application(house: House) -> None:
    tea().update_attributes(name="<Sencha>")
    page = house.anyone.get("/menu").expect(200)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<li>&lt;Sencha&gt; <b>" in page.text
    assert "Yin Zhen" not in page.text


def test_the_whole_application_lies_below_a_path(house: House) -> None:
    site = Client(below("/teahouse", house.app))
    assert site.get("/teahouse/api/teas/count").expect(200).json == {"count": 4}
    assert "This page lies at /teahouse/menu." in site.get("/teahouse/menu").text
    assert site.get("/").text == "The teahouse is at /teahouse/menu.\n"


def test_an_application_by_flask_can_be_mounted_as_well(house: House) -> None:
    shelf = Flask("shelf")
    shelf.add_url_rule("/<name>", view_func=lambda name: f"{tea(name).stock} grams", endpoint="shelf")
    house.app.mount("/shelf", shelf)
    assert house.anyone.get("/shelf/Sencha").expect(200).text == "2000 grams"


def test_a_request_may_not_ask_for_everything(house: House) -> None:
    house.app.registry.model("Tag").create_many([{"word": str(number)} for number in range(101)])
    assert len(house.anyone.get("/api/tags", filter={"limit": 500}).expect(200).json) == 100
    include: Any = "tags"
    for _ in range(5):
        include = {"tags": {"teas": include}}
    house.anyone.get("/api/teas", filter={"include": include}).expect(400)


def test_an_old_answer_of_loopback_is_switched_on(house: House) -> None:
    answer = house.as_ann.put(f"/api/customers/{house.ann.id}/favourites/rel/999").expect(200)
    assert answer.json is None


def test_an_enquiry_becomes_a_letter_and_is_kept_nowhere(house: House) -> None:
    house.anyone.post("/api/enquiries", json={"email": "eve@tea.example", "text": "Do you have Pu-erh?"}).expect(200)
    house.anyone.post("/api/enquiries", json={"email": "eve", "text": "short"}).expect(422)
    [letter] = house.sent()
    assert (letter["Reply-To"], letter["Subject"]) == ("eve@tea.example", "Enquiry")


def test_the_first_rows_are_made_once(house: House) -> None:
    assert seed(house.app, PASSWORD) == 0
    assert house.app[RoleMapping].count() == 1


def test_the_manager_of_the_first_rows_signs_in(house: House) -> None:
    said = {"email": "manager@tea.example", "password": PASSWORD}
    token = house.anyone.post("/api/customers/login", json=said).expect(200).json["id"]
    house.anyone.with_headers({"Authorization": token}).post("/api/tags", json={"word": "new"}).expect(200)
