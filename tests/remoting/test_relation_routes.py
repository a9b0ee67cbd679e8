"""Relation routes over HTTP: names, access types, status codes, and what they leave out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import lbpy
from lbpy.data.bound import bound_of
from lbpy.data.persisted import PersistedModel
from lbpy.model.declare import class_from_json
from lbpy.remoting.relations import relation_methods
from lbpy.testing import Client

SPECS: tuple[dict[str, Any], ...] = (
    {
        "name": "Owner",
        "properties": {"name": "string"},
        "hidden": ["pets2"],
        "relations": {
            "pets": {"type": "hasMany", "model": "Pet", "options": {"nestRemoting": True}},
            "chip": {"type": "hasOne", "model": "Chip", "options": {"http": {"path": "the-chip"}}},
            "clubs": {"type": "hasAndBelongsToMany", "model": "Club"},
            "ghosts": {"type": "hasMany", "model": "Ghost"},
        },
    },
    {
        "name": "Pet",
        "properties": {"name": "string", "code": "string"},
        "hidden": ["code"],
        "relations": {"owner": {"type": "belongsTo", "model": "Owner"}, "toys": {"type": "hasMany", "model": "Toy"}},
    },
    {"name": "Chip", "properties": {"number": "string"}},
    {"name": "Club", "properties": {"word": "string"}},
    {"name": "Toy", "properties": {"what": "string"}},
)


@pytest.fixture
def models() -> Iterator[dict[str, Any]]:
    with lbpy.App() as app:
        source = app.data_source("db", connector="memory")
        made = {spec["name"]: class_from_json(spec, PersistedModel) for spec in SPECS}
        app.attach_all([(cls, source) for cls in made.values()])
        for cls in made.values():
            app.serve(cls, everything=True)
        yield {**made, "app": app}


@pytest.fixture
def client(models: dict[str, Any]) -> Client:
    owner = models["Owner"].create(name="Ann")
    owner.pets.create(name="Rex", code="x1").toys.create(what="ball")
    models["Owner"].create(name="Bob").pets.create(name="Tom", code="x2")
    return Client(models["app"])


def test_methods_have_loopbacks_names_and_access_types(models: dict[str, Any]) -> None:
    found = {one.full_name: one.access for one in relation_methods(bound_of(models["Owner"]))}
    assert {name: access for name, access in found.items() if name.endswith("__clubs")} == {
        "prototype.__findById__clubs": "READ",
        "prototype.__destroyById__clubs": "WRITE",
        "prototype.__updateById__clubs": "WRITE",
        "prototype.__link__clubs": "WRITE",
        "prototype.__unlink__clubs": "WRITE",
        "prototype.__exists__clubs": "READ",
        "prototype.__get__clubs": "READ",
        "prototype.__create__clubs": "WRITE",
        "prototype.__delete__clubs": "WRITE",
        "prototype.__count__clubs": "READ",
    }


def test_a_relation_that_leads_nowhere_has_no_routes(models: dict[str, Any]) -> None:
    assert not [one for one in relation_methods(bound_of(models["Owner"])) if "ghosts" in one.name]


def test_hidden_properties_of_the_other_side_stay_hidden(client: Client) -> None:
    assert client.get("/api/Owners/1/pets").json == [{"name": "Rex", "id": 1, "ownerId": 1}]
    assert client.get("/api/Owners/1/pets/1").json == {"name": "Rex", "id": 1, "ownerId": 1}
    created = client.post("/api/Owners/1/pets", json={"name": "Max", "code": "x3"})
    assert created.json == {"name": "Max", "id": 3, "ownerId": 1}


def test_hidden_properties_tell_nothing_through_filters(client: Client) -> None:
    for query in ('filter={"where":{"code":"x1"}}', 'filter={"order":"code"}'):
        assert client.get(f"/api/Owners/1/pets?{query}").status == 400
    assert client.get("/api/Owners/1/pets/count", where={"code": "x1"}).status == 400


def test_requests_reach_their_owners_records_only(client: Client) -> None:
    assert client.get("/api/Owners/1/pets/2").status == 404
    assert client.put("/api/Owners/1/pets/2", json={"name": "x"}).status == 404
    assert client.delete("/api/Owners/1/pets/2").status == 404
    assert client.get("/api/Owners/1/pets", filter={"where": {"ownerId": 2}}).json == []


def test_the_path_of_a_relation_may_be_another(client: Client) -> None:
    assert client.post("/api/Owners/1/the-chip", json={"number": "7"}).status == 200
    assert client.post("/api/Owners/1/the-chip", json={"number": "8"}).status == 409
    assert client.get("/api/Owners/1/chip").status == 404


def test_links_are_put_looked_up_and_deleted(client: Client, models: dict[str, Any]) -> None:
    models["Club"].create(word="dogs")
    assert client.put("/api/Owners/1/clubs/rel/1").status == 200
    assert client.head("/api/Owners/1/clubs/rel/1").status == 200
    assert client.head("/api/Owners/2/clubs/rel/1").status == 404
    assert client.delete("/api/Owners/1/clubs/rel/1").status == 204
    assert client.put("/api/Owners/1/clubs/rel/9").status == 404


def test_nested_routes_go_through_the_owners_records_only(client: Client) -> None:
    assert client.get("/api/Owners/1/pets/1/toys").json == [{"what": "ball", "id": 1, "petId": 1}]
    assert client.get("/api/Owners/2/pets/1/toys").status == 404
    assert client.get("/api/Owners/1/pets/1/toys/count").json == {"count": 1}
    assert client.post("/api/Owners/1/pets/1/toys", json={"what": "bone"}).json["petId"] == 1


@pytest.mark.parametrize("body", [[1], [None, "x"], 5, "text", [[]]])
def test_bodies_that_are_no_records_are_refused(client: Client, body: Any) -> None:
    for path in ("/api/Owners/1/pets", "/api/Owners/1/clubs", "/api/Owners/1/the-chip"):
        assert 400 <= client.post(path, json=body).status < 500
    assert client.get("/api/Owners/1/pets/count").json == {"count": 1}


@pytest.mark.parametrize("id", ["x", "%00", "1e999", "-1", "null", "{}", "true"])
def test_ids_of_any_text_are_never_a_server_error(client: Client, id: str) -> None:
    for verb in ("GET", "PUT", "DELETE"):
        for path in ("pets/", "clubs/", "clubs/rel/"):
            assert client.request(verb, f"/api/Owners/1/{path}{id}").status < 500


@pytest.mark.parametrize(
    "include", ['"nothing"', '{"pets":"nothing"}', '{"relation":"pets","scope":5}', '{"relation":"pets","scope":{"where":5}}']
)
def test_includes_that_cannot_be_are_refused(client: Client, include: str) -> None:
    assert client.get("/api/Owners", filter=f'{{"include":{include}}}').status == 400
