"""Upserts: what an id in the data means, and which rules are asked."""

from __future__ import annotations

import pytest

import lbpy
from tests.data.notes import FREE, NOTE


def test_with_the_old_coercion_such_an_id_counts_as_none(model):
    _, api = model(FREE, "lossyCoercion")
    for method in ("POST", "PATCH", "PUT"):
        assert api(method, "/Things", {"id": "abc", "title": "a"})[0] == 200
    assert [one["id"] for one in api("GET", "/Things")[1]] == [1, 2, 3]


def test_an_upsert_validates_what_is_merged(model, store):
    for name, spec in (("Thing", NOTE), ("Other", {**FREE, "name": "Other"})):
        cls, api = model(spec, store=store)
        cls.create(title="a")
        assert api("PATCH", f"/{name}s", {"id": 1, "stars": 1})[0] == 200
        assert api("PATCH", f"/{name}s", {"id": 1, "title": ""})[0] == 422


def test_where_the_store_merges_by_itself_a_model_may_want_what_was_sent_to_be_valid(model):
    cls, api = model({**FREE, "validateUpsert": True})
    cls.create(title="a")
    assert api("PATCH", "/Things", {"id": 1, "stars": 1})[0] == 422


def test_a_new_row_is_always_validated_whole(model, store):
    _, api = model(FREE, store=store)
    assert api("PATCH", "/Things", {"id": 1, "stars": 1})[0] == 422


@pytest.mark.parametrize("spec", [NOTE, FREE], ids=["forced", "free"])
def test_rules_of_upserts_can_be_switched_off_but_types_cannot(model, spec):
    cls, api = model({**spec, "validateUpsert": False})
    cls.create(title="a")
    assert api("PATCH", "/Things", {"id": 1, "title": ""})[0] == 200
    assert api("PATCH", "/Things", {"id": 1, "stars": "x"})[0] == 422


@pytest.mark.parametrize(
    ("spec", "method", "path", "data", "status", "rows"),
    [
        (NOTE, "PATCH", "/Things", {"title": "b"}, 200, ["a", "b"]),
        (NOTE, "PATCH", "/Things", {"id": 1, "title": "b"}, 200, ["b"]),
        (NOTE, "PATCH", "/Things", {"id": 9, "title": "b"}, 404, ["a"]),
        (FREE, "PATCH", "/Things", {"id": 9, "title": "b"}, 200, ["a", "b"]),
        (NOTE, "PUT", "/Things", {"title": "b"}, 200, ["a", "b"]),
        (NOTE, "PUT", "/Things", {"id": 1, "title": "b"}, 200, ["b"]),
        (NOTE, "PUT", "/Things", {"id": 9, "title": "b"}, 404, ["a"]),
        (FREE, "PUT", "/Things", {"id": 9, "title": "b"}, 200, ["a", "b"]),
        (NOTE, "PUT", "/Things/1", {"title": "b"}, 200, ["b"]),
        (NOTE, "PUT", "/Things/9", {"title": "b"}, 404, ["a"]),
        (FREE, "PUT", "/Things/9", {"title": "b"}, 404, ["a"]),
        (NOTE, "PATCH", "/Things/1", {"title": "b"}, 200, ["b"]),
        (NOTE, "PATCH", "/Things/9", {"title": "b"}, 404, ["a"]),
        (FREE, "PATCH", "/Things/9", {"title": "b"}, 404, ["a"]),
    ],
)
def test_what_an_id_in_an_upsert_means(model, store, spec, method, path, data, status, rows):
    cls, api = model(spec, store=store)
    cls.create(title="a", stars=1)
    assert api(method, path, data)[0] == status
    assert [one.title for one in cls.find(order="id")] == rows


def test_a_list_cannot_be_upserted(model):
    _, api = model(NOTE)
    assert api("PATCH", "/Things", [{"title": "a"}])[0] == 400
    assert api("PATCH", "/Things/1", [{"title": "a"}])[0] in (400, 404)


@pytest.mark.parametrize("call", ["upsert", "replace_or_create"])
def test_what_data_says_of_an_id_beside_a_key_of_another_name_gives_way(app, call):
    class Land(lbpy.PersistedModel, force_id=False):
        code: str = lbpy.prop(id=True)
        name: str | None = None

    app.model(Land, data_source="db")
    for name in ("new", "known"):
        assert getattr(Land, call)({"code": "at", "id": "forged", "name": name}).to_dict().get("id", "at") == "at"
